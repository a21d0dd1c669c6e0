"""Edges that a review of the engine found: strange callers, escapes with company, rounding, explanations that erred."""

from __future__ import annotations

import decimal
import json
from enum import IntEnum, StrEnum
from typing import Any

import cedarpy
import pytest

from tests.engine.support import entity, evaluator, ours
from workbench.engine import Entities, Evaluator, Grant, Request, RequestError, case_key
from workbench.engine.conversion import InputError, loads, untyped
from workbench.engine.values import EntityUid

SCHEMA = """
entity T; entity A { d: datetime }; action g;
action r in [g] appliesTo { principal: A, resource: T, context: { d?: datetime } };
"""
ASKED = {"principal": 'A::"a"', "action": 'Action::"r"', "resource": 'T::"t"', "context": {}}
BROAD = "permit (principal, action, resource);"


# ---- Cedar's semantics under a schema, with a store that knows nothing of it -----------------------------------------


@pytest.mark.parametrize("repeats", [False, True])
def test_action_groups_hold_whatever_the_store_was_made_with(repeats: bool) -> None:
    engine = evaluator(
        'permit (principal, action in Action::"g", resource); '
        'forbid (principal, action in Action::"g", resource) when { !(context has d) };',
        SCHEMA,
    )
    rows = [entity("A::a", {"d": "2020-01-01"})]
    misfit = [entity("A::a", {"d": "2020-01-01", "more": 1})]
    for entities in (rows, Entities.from_json(rows), Entities.from_json(rows, engine.schema), misfit):
        many = engine.decide_all([ASKED], entities, semantics="cedar")
        assert ours(engine, ASKED, entities) == ("deny", ["rule1"], [])
        assert many[0].reasons == ("rule1",)


# ---- escapes without a schema ----------------------------------------------------------------------------------------

ESCAPES = [
    {"__entity": {"type": "A", "id": "a"}},
    {"__entity": {"type": "A", "id": "a"}, "y": 1},
    {"__extn": {"fn": "ip", "arg": "1.2.3.4"}},
    {"__extn": {"fn": "ip", "arg": "1.2.3.4"}, "z": 1},
    {"__entity": {"type": "A", "id": "a"}, "__extn": {"fn": "ip", "arg": "1.2.3.4"}},
    {"__expr": 1},
    {"__expr": "1", "a": 2},
]


@pytest.mark.parametrize("value", ESCAPES, ids=json.dumps)
def test_an_escape_with_company_is_a_record_as_in_cedar(value: Any) -> None:
    policies = "\n".join(
        f"permit (principal, action, resource) when {{ {condition} }};"
        for condition in ('context.x == A::"a"', 'context.x == ip("1.2.3.4")', "context.x has __entity",
                          "context.x has __extn", "context.x has __expr", "context.x has y")
    )  # fmt: skip
    request = {"principal": 'A::"a"', "action": 'Action::"r"', "resource": 'T::"t"', "context": {"x": value}}
    answer = cedarpy.is_authorized(request, policies, "[]")
    assert answer.decision.value != "NoDecision"
    theirs = sorted(answer.diagnostics.reasons), sorted(e.split("`")[1] for e in answer.diagnostics.errors)
    assert ours(Evaluator.from_cedar(policies), request, [])[1:] == theirs


def test_minus_zero_is_no_integer_in_json() -> None:
    for text in ("-0", '{"a": [1, -0]}'):
        with pytest.raises(InputError, match="-0"):
            loads(text)
    assert loads('[0, -1, "-0", -10]') == [0, -1, "-0", -10]
    with pytest.raises(ValueError):
        cedarpy.Entities.from_json_str(json.dumps([entity("A::a", {"x": 7})]).replace("7", "-0"))


# ---- scores ----------------------------------------------------------------------------------------------------------


def test_scores_are_exact_whatever_the_callers_context_rounds() -> None:
    engine = evaluator(
        BROAD + "prefer score(100000.0) (principal, action, resource);"
        "prefer score(0.0001) (principal, action, resource) when { context.x == 1 };"
        "prefer score(-0.01) (principal, action, resource) when { context.x == 2 };"
    )
    requests = [Request('A::"a"', 'Action::"r"', 'T::"t"', {"x": x}) for x in (0, 1, 2)]
    with decimal.localcontext(decimal.Context(prec=3, traps=[decimal.Inexact, decimal.Rounded])):
        ranking = engine.rank(requests)
    assert [place for place, _ in ranking.allowed] == [1, 0, 2]
    assert [str(decision.score) for _, decision in ranking.allowed] == ["100000.0001", "100000.0", "99999.99"]


# ---- strange callers -------------------------------------------------------------------------------------------------


def nested(levels: int) -> Any:
    value: Any = "2020-01-01"
    for _ in range(levels):
        value = {"__extn": {"fn": "offset", "args": [value, "1ms"]}}
    return value


@pytest.mark.parametrize("semantics", ["cedar+", "cedar"])
@pytest.mark.parametrize("levels", [65, 3_000])
def test_extension_values_nested_without_end_are_refused(levels: int, semantics: Any) -> None:
    engine = evaluator(BROAD, SCHEMA)
    decision = engine.decide({**ASKED, "context": {"d": nested(levels)}}, semantics=semantics)
    assert (decision.outcome, decision.code) == ("deny", "invalid_request")
    decision = engine.decide(ASKED, [entity("A::a", {"d": nested(levels)})], semantics=semantics)
    assert (decision.outcome, decision.code) == ("deny", "invalid_entity")
    assert "nested" in decision.errors[0].message
    assert engine.decide(ASKED, [entity("A::a", {"d": nested(20)})]).outcome == "allow"


@pytest.mark.parametrize("nothing", [None, 5, {}, "x"])
def test_what_are_no_entities_is_refused_in_cedars_semantics_too(nothing: Any) -> None:
    assert evaluator(BROAD, SCHEMA).decide(ASKED, nothing, semantics="cedar").code == "invalid_entity"


@pytest.mark.parametrize(
    "uid", [EntityUid(["x"], 1), EntityUid("A", 1), EntityUid("A", "\ud800"), EntityUid("no type", "a")]  # type: ignore[arg-type]
)  # fmt: skip
def test_a_uid_is_checked_however_it_was_made(uid: Any) -> None:
    with pytest.raises(RequestError, match="principal"):
        Request(uid, 'Action::"r"', 'T::"t"')
    assert evaluator(BROAD).decide({**ASKED, "resource": uid}).code == "invalid_request"


@pytest.mark.parametrize("more", [{1: 2, "zz": 3}, {"speech": 5}, {"speech": [1]}, {"context": [1]}])
def test_odd_parts_of_a_request_are_refused(more: Any) -> None:
    with pytest.raises(RequestError):
        Request.from_json({**ASKED, **more})
    assert evaluator(BROAD).decide({**ASKED, **more}).code == "invalid_request"


@pytest.mark.parametrize(
    "request_",
    [{**ASKED, "context": {"\ud800": 1}}, {**ASKED, "context": {"a": "\ud800"}}, {**ASKED, "principal": "\ud800"},
     {**ASKED, "principal": {"type": "\ud800", "id": "a"}}, {**ASKED, "\ud800": 1}],
)  # fmt: skip
@pytest.mark.parametrize("schema", [None, SCHEMA], ids=["untyped", "typed"])
def test_what_is_said_of_half_characters_can_be_sent(request_: Any, schema: Any) -> None:
    decision = evaluator(BROAD, schema).decide(request_)
    assert decision.code == "invalid_request"
    json.dumps(decision.to_dict(), ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "links",
    [[{"new_id": "x"}], [None], [{"template_id": "policy0", "new_id": "x", "values": None}],
     [{"template_id": "policy0", "new_id": 3, "values": {}}],
     [{"template_id": "policy0", "new_id": "x", "values": {1: 2}}],
     [{"template_id": "policy0", "new_id": "x", "values": {"?principal": 7}}]],
)  # fmt: skip
def test_a_link_that_is_none_is_a_value_error(links: Any) -> None:
    with pytest.raises(ValueError):
        Evaluator.from_cedar("permit (principal == ?principal, action, resource);", links)


def test_members_of_enumerations_are_what_they_stand_for() -> None:
    class Colour(StrEnum):
        red = "red"

    class Size(IntEnum):
        big = 3

    schema = "entity A; action r appliesTo { principal: A, resource: A, context: { c: String, n: Long } };"
    engine = evaluator('permit (principal, action, resource) when { context.c == "red" && context.n == 3 };', schema)
    assert engine.decide(Request('A::"a"', 'Action::"r"', 'A::"b"', {"c": Colour.red, "n": Size.big})).allowed
    assert engine.decide(Request('A::"a"', 'Action::"r"', 'A::"b"', {"c": "red", "n": True})).code == "invalid_request"
    assert type(untyped(Colour.red)) is str


def test_a_speech_of_the_callers_own_is_part_of_the_case() -> None:
    own = "entity A; action r appliesTo { principal: A, resource: A, context: { speech: { text: String } } };"
    engine = evaluator(BROAD + 'procedure p { on action == Action::"r" require approval from principal }', own)

    def asked(text: str) -> Request:
        return Request('A::"a"', 'Action::"r"', 'A::"b"', {"speech": {"text": text}})

    grant = Grant("p", case_key(asked("hello"), engine.schema))
    assert engine.decide(asked("hello"), grants=[grant]).outcome == "allow"
    assert engine.decide(asked("something else"), grants=[grant]).outcome == "hold"
    assert engine.decide(asked("hello"), grants=None).outcome == "hold"  # type: ignore[arg-type]


# ---- explanations ----------------------------------------------------------------------------------------------------


def test_a_context_compared_as_a_whole_can_be_changed() -> None:
    engine = evaluator(BROAD + '@id("f") forbid (principal, action, resource) when { context == {a: 1} };')
    decision = engine.decide(Request('A::"a"', 'Action::"r"', 'T::"t"', {"a": 1}))
    assert decision.retry == "after_change"
    assert decision.spared_by[0].conditions == ("`context == {a: 1}` is false",)
    fixed = evaluator(BROAD + '@id("f") forbid (principal, action, resource) when { resource in T::"t" };')
    decision = fixed.decide(Request('A::"a"', 'Action::"r"', 'T::"t"'))
    assert decision.retry == "never"
    assert "for this principal and resource" in decision.remedy


def test_a_remedy_says_how_many_conditions_it_leaves_out() -> None:
    five = " && ".join(f"context.n > {n}" for n in range(10, 15))
    decision = evaluator(f"permit (principal, action, resource) when {{ {five} }};").decide(
        Request('A::"a"', 'Action::"r"', 'T::"t"', {"n": 0})
    )
    assert len(decision.why_not[0].failed) == 5
    assert "and 2 more conditions hold" in decision.remedy


def test_an_erring_permit_is_what_a_default_deny_tells_of() -> None:
    engine = evaluator('@id("p") permit (principal, action, resource) when { principal.role == "x" };')
    decision = engine.decide(ASKED, semantics="cedar")
    assert (decision.code, decision.retry) == ("not_permitted", "after_change")
    assert "principal.role" in decision.remedy


def test_a_deadline_is_nothing_to_correct() -> None:
    engine = evaluator('permit (principal, action, resource) when { context.x like "*" };')
    decision = engine.decide({**ASKED, "context": {"x": "y"}}, deadline=lambda: True)
    assert decision.code == "deadline_exceeded"
    assert decision.remedy.startswith("Ask again")


def test_plans_of_evidence_do_not_pile_up_without_a_schema() -> None:
    engine = evaluator("permit (principal, action, resource) when { context.x == 1 };")
    for number in range(3_000):
        engine.decide(Request('A::"a"', f'Action::"r{number}"', 'T::"t"', {"x": 1})).evidence  # noqa: B018
    (rule,) = engine._index._unscoped
    assert len(rule.plans) <= 1_025
