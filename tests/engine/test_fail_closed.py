"""Fail closed: however a rule, a request or an entity is wrong, with a broad permit present, the answer is no.

And it is recorded, with the reason. Hostile data is in ``test_hostile_input``.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine import test_operand_types as kinds
from tests.engine.support import Cedar, entity, evaluator, program
from workbench.engine import Entities, Evaluator, Request
from workbench.language.program import Program

BROAD = '@id("broad") permit (principal, action, resource);\n'
ROWS = [
    entity("U::u", {"n": 1, "s": "x", "max": 2**63 - 1, "min": -(2**63), "set": [1], "b": True}, tags={"t": 1}),
    entity(
        "D::d",
        {"when": {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}, "d": {"__extn": {"fn": "decimal", "arg": "1.0"}}},
    ),
]  # fmt: skip
REQUEST = Request(
    'U::"u"', 'Action::"a"', 'D::"d"', {"n": 1, "ip": "bad", "owner": {"__entity": {"type": "U", "id": "?"}}}
)

# each of these has no value, or no Boolean one
FAULTS = [
    "principal.missing == 1",
    "context.missing",
    "context.owner.n == 1",
    'U::"unknown".n == 1',
    "context.n.deeper == 1",
    'principal.getTag("missing") == 1',
    'context.owner.getTag("t") == 1',
    "principal.getTag(1) == 1",
    "context.n.hasTag(\"t\")",
    "principal.max + 1 > 0",
    "principal.min - 1 < 0",
    "principal.max * 2 > 0",
    "-principal.min > 0",
    "principal.s + 1 > 0",
    "principal.b + 1 > 0",
    "principal.s < 1",
    "1 < principal.s",
    "principal.b <= true",
    "resource.d < resource.d",
    "resource.when < 1",
    'resource.when < duration("1d")',
    "context.n",
    "principal.s",
    "!context.n",
    "context.n && true",
    "true && context.n",
    "context.n || true",
    "false || context.n",
    "if context.n then true else true",
    "if true then context.n else true",
    "context.n in principal",
    "principal in context.n",
    "principal in [U::\"u\", 1]",
    "principal in principal.set",
    "context.n is U",
    "context.n like \"*\"",
    "context.n has x",
    "context.n.contains(1)",
    "principal.set.containsAll(1)",
    "principal.set.containsAny(context.n)",
    "context.n.isEmpty()",
    "ip(context.ip).isIpv4()",
    'ip("127.0.0.1").isInRange(context.n)',
    "context.n.isLoopback()",
    'decimal(context.ip).lessThan(decimal("1.0"))',
    'decimal("1.00000").lessThan(resource.d)',
    "resource.d.lessThan(1)",
    'datetime("2023-02-29") < resource.when',
    'resource.when.offset(duration("9223372036854775807ms")).offset(duration("1ms")) > resource.when',
    'resource.when.durationSince(resource.d) > duration("1d")',
    'datetime("1970-01-01").offset(duration("-9223372036854775808ms")).toDate() < resource.when',
    'duration("x") > duration("1d")',
    "[context.missing].isEmpty()",
    "{a: context.missing}.a == 1",
    "{a: 1}.b == 1",
]  # fmt: skip


RULES = {
    "permit": '@id("x") permit (principal, action, resource) when {{ {} }};',
    "forbid-when": '@id("x") forbid (principal, action, resource) when {{ {} }};',
    "forbid-unless": '@id("x") forbid (principal, action, resource) unless {{ {} }};',
    "forbid-scoped": '@id("x") forbid (principal, action == Action::"a", resource) when {{ {} }};',
    "procedure": 'procedure x {{ on action == Action::"a" when {{ {} }} require approval from principal }}',
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_a_faulty_rule_denies(rule: str, fault: str) -> None:
    engine = evaluator(BROAD + rule.format(fault))
    decision = engine.decide(REQUEST, ROWS, grants=["x"])
    assert (decision.outcome, decision.code, decision.reasons) == ("deny", "evaluation_error", ())
    assert [error.rule for error in decision.errors] == ["x"]
    assert decision.errors[0].message
    assert "x" in decision.remedy
    assert decision.violation
    assert {item.rule for item in decision.evidence} == {"broad", "x"}


@pytest.mark.parametrize("form", [*kinds.BINARY, *kinds.UNARY])
def test_every_operator_denies_on_every_kind_that_it_does_not_take(form: str) -> None:
    """Where cedarpy says that the condition errs, whatever the rule is; and only there."""
    condition = kinds.written(form, "context.a", "context.b")
    cedar = Cedar(f"permit (principal, action, resource) when {{ {condition} }};", kinds.ROWS)
    engines = [evaluator(BROAD + rule.format(condition)) for rule in RULES.values()]
    entities, seen = Entities.from_json(kinds.ROWS), set()
    for a in kinds.VALUES:
        for b in kinds.VALUES[::2] if "«b»" in form else [0]:
            request = kinds.asked(a=a, b=b)
            errs = bool(cedar.decide(request)[2])
            seen.add(errs)
            for engine in engines:
                decision = engine.decide(request, entities, grants=["x"])
                assert (decision.code == "evaluation_error") == errs, (a, b)
                assert not (errs and decision.outcome != "deny")
                assert [error.rule for error in decision.errors if error.message] == (["x"] if errs else [])
    assert (True in seen) == (form not in ("«a» == «b»", "«a» != «b»"))  # which alone never err


def test_every_fault_at_once_is_recorded_in_order() -> None:
    rules = "".join(f'@id("x{n}") permit (principal, action, resource) when {{ {f} }};' for n, f in enumerate(FAULTS))
    decision = evaluator(rules + BROAD).decide(REQUEST, ROWS)
    assert (decision.outcome, decision.code) == ("deny", "evaluation_error")
    assert [error.rule for error in decision.errors] == [f"x{n}" for n in range(len(FAULTS))]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_cannot_bind_does_not_deny(fault: str) -> None:
    """Out of scope, short-circuited, observed, or a mere preference."""
    for rule in (
        'forbid (principal, action == Action::"other", resource) when {{ {} }};',
        'forbid (principal == U::"other", action, resource) when {{ {} }};',
        "forbid (principal, action, resource is Other) when {{ {} }};",
        "forbid (principal, action, resource) when {{ false && ({}) }};",
        "forbid (principal, action, resource) when {{ false }} unless {{ {} }};",
        '@stage("observe") forbid (principal, action, resource) when {{ {} }};',
        "prefer score(1.0) (principal, action, resource) when {{ {} }};",
    ):
        decision = evaluator(BROAD + rule.format(fault)).decide(REQUEST, ROWS)
        assert (decision.outcome, decision.score) == ("allow", 0), rule


def test_a_satisfied_forbid_is_the_reason_and_errors_stay() -> None:
    engine = evaluator(
        BROAD
        + '@id("e") permit (principal, action, resource) when { context.x };'
        + '@id("f") forbid (principal, action, resource);'
    )
    decision = engine.decide(REQUEST, ROWS)
    assert (decision.code, decision.reasons, [e.rule for e in decision.errors]) == ("forbidden", ("f",), ["e"])


SCHEMA = """
entity Team enum ["blue"]; entity U in [Team] = { n: Long, o?: { s: Set<decimal> } } tags Long;
entity D = { u: U };
action g;
action a in [g] appliesTo { principal: [U], resource: [D], context: { n: Long, u?: U, i?: ipaddr } };
"""
GOOD_U = entity("U::u", {"n": 1})
GOOD_D = entity("D::d", {"u": {"type": "U", "id": "u"}})


def strict() -> Evaluator:
    return evaluator(BROAD, SCHEMA)


def ask(context: Any = None, rows: Any = None, **more: Any) -> Any:
    data = {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'D::"d"', "context": context or {"n": 1}} | more
    return strict().decide(data, [GOOD_U, GOOD_D] if rows is None else rows)


def test_the_good_request_is_allowed() -> None:
    assert ask().outcome == "allow"
    assert ask({"n": 1, "u": {"type": "U", "id": "u"}, "i": "10.0.0.0/8"}).outcome == "allow"


@pytest.mark.parametrize(
    ("context", "word"),
    [
        ({}, "n"),
        ({"n": "1"}, "n"),
        ({"n": True}, "n"),
        ({"n": None}, "n"),
        ({"n": 1.0}, "n"),
        ({"n": 2**63}, "n"),
        ({"n": 10**5000}, "n"),
        ({"n": [1]}, "n"),
        ({"n": 1, "extra": 1}, "extra"),
        ({"n": 1, "u": {"type": "D", "id": "d"}}, "u"),
        ({"n": 1, "u": "u"}, "u"),
        ({"n": 1, "u": {"id": "u"}}, "u"),
        ({"n": 1, "u": {"type": "U", "id": "\ud800"}}, "u"),
        ({"n": 1, "i": "10.0.0.1/33"}, "i"),
        ({"n": 1, "i": {"fn": "decimal", "arg": "1.0"}}, "i"),
        ({"n": 1, "i": {"fn": "exec", "arg": "1.0"}}, "i"),
    ],
)
def test_a_context_that_does_not_fit(context: Any, word: str) -> None:
    decision = strict().decide(
        {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'D::"d"', "context": context}, [GOOD_U, GOOD_D]
    )
    assert (decision.outcome, decision.code, decision.retry) == ("deny", "invalid_request", "after_change")
    assert f"`{word}`" in decision.errors[0].message
    assert f"`{word}`" in decision.remedy


@pytest.mark.parametrize(
    "more",
    [
        {"principal": 'D::"d"'},
        {"resource": 'U::"u"'},
        {"principal": 'Other::"d"'},
        {"action": 'Action::"g"'},
        {"action": 'Action::"none"'},
        {"action": 'Other::"a"'},
        {"principal": "u"},
        {"principal": 7},
        {"principal": {"type": "U"}},
        {"principal": 'U::"u" || true'},
        {"principal": 'if::"u"'},
        {"context": [1]},
        {"more": 1},
    ],
)
def test_a_request_that_does_not_fit(more: Any) -> None:
    decision = ask(**more)
    assert (decision.outcome, decision.code) == ("deny", "invalid_request")
    assert decision.errors[0].message


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (entity("U::x"), "n"),
        (entity("U::x", {"n": "1"}), "n"),
        (entity("U::x", {"n": 1, "z": 1}), "z"),
        (entity("U::x", {"n": 1, "o": {}}), "o.s"),
        (entity("U::x", {"n": 1, "o": {"s": ["1.0", "x"]}}), "o.s"),
        (entity("U::x", {"n": 1}, ["U::u"]), 'U::"u"'),
        (entity("U::x", {"n": 1}, ["Team::red"]), 'Team::"red"'),
        (entity("U::x", {"n": 1}, tags={"t": "1"}), "t"),
        (entity("D::x", {"u": {"type": "U", "id": "u"}}, tags={"t": 1}), "D"),
        (entity("Team::red"), 'Team::"red"'),
        (entity("Other::x"), "Other"),
        (entity("Action::a", {"x": 1}, ["Action::g"]), 'Action::"a"'),
        (entity("Action::a"), 'Action::"a"'),
        (entity("Action::b"), 'Action::"b"'),
        ({"uid": {"type": "U"}, "attrs": {"n": 1}, "parents": []}, "uid"),
        ({"uid": {"type": "U", "id": "x"}, "parents": []}, "attrs"),
        ({"uid": {"type": "U", "id": "x"}, "attrs": {"n": 1}}, "parents"),
        (GOOD_U, 'U::"u"'),
        (7, "uid"),
    ],
)
def test_an_entity_that_does_not_fit(row: Any, word: str) -> None:
    decision = ask(rows=[GOOD_U, GOOD_D, row])
    assert (decision.outcome, decision.code) == ("deny", "invalid_entity")
    assert f"`{word}`" in decision.errors[0].message


def test_an_empty_program_denies_everything() -> None:
    assert Evaluator(Program((), None)).decide(REQUEST, ROWS).code == "not_permitted"
    assert Evaluator(program("", SCHEMA)).decide({}, ()).code == "invalid_request"
