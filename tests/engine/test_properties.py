"""What must hold of every program and every request."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.generate import Generator
from tests.engine.support import evaluator
from workbench.engine import Entities, Evaluator, Request
from workbench.engine.conversion import parse_uid, untyped
from workbench.engine.env import Env
from workbench.engine.values import EntityUid, Record, SetValue, equal, to_json

seeds = st.integers(0, 10**6)


def mixture(make: Generator, count: int) -> list[str]:
    """Cedar+ rules: policies, preferences, procedures and observed ones, each with an id."""
    rules = []
    for place in range(count):
        text = make.policy()
        match make.r.randrange(8):
            case 0:
                text = "prefer score(0.1) " + text[text.index("(") :]
            case 1:
                when = f"on action == {make.action()} when {{ {make.condition()} }}"
                text = f"procedure proc{place} {{ {when} require approval from principal }}"
            case 2:
                text = f'@stage("observe") {text}'
        rules.append(f'@id("r{place}") {text}')
    return rules


def summary(decision: Any, *, order: bool = True) -> tuple[Any, ...]:
    lists = decision.reasons, decision.procedures, tuple(e.rule for e in decision.errors), decision.observed
    return decision.outcome, decision.code, decision.score, *(lists if order else tuple(sorted(x) for x in lists))


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_the_order_of_rules_does_not_matter(seed: int) -> None:
    make = Generator(seed)
    rules, rows = mixture(make, 12), make.entities()
    one = evaluator("\n".join(rules))
    Random(seed).shuffle(rules)
    other, entities = evaluator("\n".join(rules)), Entities.from_json(rows)
    for _ in range(5):
        request = make.request()
        assert summary(one.decide(request, entities), order=False) == summary(
            other.decide(request, entities), order=False
        )


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_a_further_forbid_never_allows(seed: int) -> None:
    """And a further procedure never allows what was not; a further prefer or observed rule changes no outcome."""
    make = Generator(seed)
    rules, rows = mixture(make, 10), make.entities()
    forbid = "forbid" + make.policy()[6:]
    before, entities = evaluator("\n".join(rules)), Entities.from_json(rows)
    tighter = evaluator("\n".join([*rules, forbid]))
    held = evaluator(
        "\n".join([*rules, f"procedure more {{ on action == {make.action()} require approval from principal }}"])
    )
    same = evaluator(
        "\n".join([*rules, '@stage("observe") ' + forbid, "prefer score(1.0) (principal, action, resource);"])
    )
    for _ in range(8):
        request = make.request()
        outcome = before.decide(request, entities).outcome
        assert tighter.decide(request, entities).outcome in ("deny", outcome)
        assert held.decide(request, entities).outcome in ("hold" if outcome == "allow" else outcome, outcome)
        assert same.decide(request, entities).outcome == outcome


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_the_index_finds_what_asking_every_rule_finds(seed: int) -> None:
    """With many rules an action, so that the tree is deep; and it leaves most of them out."""
    make = Generator(seed)
    policies, rows = make.policies(250), make.entities()
    engine = Evaluator.from_cedar(policies)
    everything = engine._index
    entities = Entities.from_json(rows)
    for _ in range(6):
        request = Request.from_json(make.request())
        env = engine._env(request, entities, None)
        (found, erring), asked = engine._ask(env), everything.applicable(env)
        satisfied, failed = linear(asked, env)
        assert [rule.id for rule in found] == satisfied
        assert [rule.id for rule, _ in erring] == failed
        ask, certain = everything.select(env)
        assert len({*ask, *certain}) == len(ask) + len(certain)
        assert len(ask) < len(asked)
        assert {rule.id for rule in certain} <= set(satisfied)


def linear(rules: Any, env: Env) -> tuple[list[str], list[str]]:
    satisfied, failed = [], []
    for rule in rules:
        try:
            if rule.test(env):
                satisfied.append(rule.id)
        except Exception:
            failed.append(rule.id)
    return satisfied, failed


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_evidence_agrees_with_the_decision(seed: int) -> None:
    """The tracing form of a rule computes what the plain form does, and every read is of the input."""
    make = Generator(seed)
    engine, entities = evaluator("\n".join(mixture(make, 15))), Entities.from_json(make.entities())
    for _ in range(4):
        request = make.request()
        decision = engine.decide(request, entities)
        erring = {error.rule for error in decision.errors}
        assert {item.rule for item in decision.evidence} >= erring | set(decision.reasons) - set(decision.procedures)
        for item in decision.evidence:
            for read in item.reads:
                holder, _, field = read.path.partition(".")
                if holder == "context" and field in request["context"]:
                    assert read.value == to_json(untyped(request["context"][field]))
                    assert not read.missing


def test_one_evaluator_serves_many_threads() -> None:
    make = Generator(7)
    engine, entities = evaluator("\n".join(mixture(make, 40))), Entities.from_json(make.entities())
    requests = [make.request() for _ in range(200)]
    expected = [engine.decide(request, entities).to_dict() for request in requests]
    fresh = evaluator("\n".join(mixture(Generator(7), 40)))
    with ThreadPoolExecutor(8) as pool:
        for answers in pool.map(lambda _: [fresh.decide(r, entities).to_dict() for r in requests], range(6)):
            assert answers == expected


# ---- values ----------------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(max_size=4), st.integers(0, 1)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from("abc"), inner, max_size=3)),
    max_leaves=8,
)


@given(json_values)
def test_values_round_trip(data: Any) -> None:
    value = untyped(data)
    assert equal(untyped(to_json(value)), value)
    assert hash(SetValue.of([value])) == hash(SetValue.of([untyped(to_json(value))]))


@given(json_values, json_values)
def test_equality_is_typed(left: Any, right: Any) -> None:
    """Values are equal exactly when their JSON forms, types told apart, are; and sets go by equality."""
    a, b = untyped(left), untyped(right)
    same = repr(to_json(a)) == repr(to_json(b))
    assert equal(a, b) == same
    assert (len(SetValue.of([a, b])) == 1) == same
    assert (Record(x=a) == Record(x=b)) == same


def test_true_is_not_one() -> None:
    assert not equal(True, 1)
    assert len(SetValue.of([1, True, 0, False])) == 4
    assert SetValue.of([True]) != SetValue.of([1])
    assert Record(a=True) != Record(a=1)


@given(st.text(max_size=12))
def test_uids_round_trip(text: str) -> None:
    uid = EntityUid("A::B", text)
    assert parse_uid(str(uid)) == uid
    assert Request(str(uid), uid, {"type": "A::B", "id": text}) == Request(uid, str(uid), uid)


@pytest.mark.parametrize(
    "text", ['A::"\\u{110000}"', 'A::"\\u{d800}"', 'A::"\\q"', 'A::"', '"a"', 'A:"a"', 'A::"a"b', ' A::"a"']
)
def test_uids_that_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_uid(text)


def test_a_request_cannot_be_changed() -> None:
    request = Request('A::"a"', 'A::"b"', 'A::"c"', {"x": 1})
    with pytest.raises(AttributeError):
        request.principal = request.action
    assert Request.from_json(request.to_json()) == request
