"""Operators at their edges; every row is also asked of cedarpy, which has the last word."""

from __future__ import annotations

import pytest

from tests.engine.support import Cedar, entity, ours
from workbench.engine import Evaluator

ROWS = [
    entity("U::u", {"max": 2**63 - 1, "min": -(2**63), "one": 1, "yes": True, "rec": {"a": {"b": 1}}}, ["G::g"]),
    entity("G::g", {}, ["G::top"]),
    entity("Action::a", {}, ["Action::group"]),
]
REQUEST = {
    "principal": 'U::"u"',
    "action": 'Action::"a"',
    "resource": 'U::"none"',
    "context": {"s": [1, True], "e": {}},
}
MAX, MIN = 2**63 - 1, -(2**63)

TRUE = [
    f"principal.max - 1 + 1 == {MAX}",
    f"principal.min + 1 - 1 == {MIN}",
    f"principal.min + 0 == {MIN}",
    f"-principal.max - 1 == {MIN}",
    f"-{MAX} - 1 == principal.min",
    "principal.max * -1 < 0",
    "principal.one - 2 - 3 == -4",
    "2 - 3 * 2 == -4",
    "principal.yes != principal.one",
    "context.s.contains(true) && context.s.contains(1) && !context.s.contains(false) && !context.s.contains(0)",
    "[1, true, 1] == [true, 1] && [1] != [true]",
    "[[1], [true]].contains([true]) && ![[1]].contains([true])",
    "{a: 1} != {a: true} && {a: 1, b: 2} == {b: 2, a: 1}",
    "[].containsAll([]) && ![].containsAny([]) && [].isEmpty() && context.s.containsAll([true])",
    "context.s.containsAny([2, true]) && !context.s.containsAny([false, 2])",
    'principal in G::"top" && !(G::"top" in principal) && principal in principal && resource in resource',
    'action in Action::"group" && action in [Action::"x", Action::"a"] && !(action in [])',
    'principal in [G::"x", G::"g"] && !(resource in G::"g")',
    'principal is U in G::"g" && !(principal is V in context.e)',
    "principal has rec.a.b && !(principal has rec.x.y) && !(principal has rec.a.c) && !(resource has one)",
    "context.e has x || true",
    '!resource.hasTag("x") && !principal.hasTag("x")',
    '"a" like "*" && "" like "*" && "" like "" && !("a" like "")',
    '!("a" like "a*a") && "aa" like "a*a" && "aXa" like "a*a" && !("aab" like "aab*aab")',
    '"abcbc" like "a*bc" && !("abcb" like "a*bc") && "a*b" like "a\\*b" && !("axb" like "a\\*b")',
    '"xaaby" like "*aab*" && !("xaay" like "*aab*") && "𝄞" like "*𝄞"',
    '"abab" like "*ab*ab*" && !("aba" like "*ab*ab*")',
    "if principal.yes then true else context.missing",
    "false && context.missing || true",
    'datetime("1969-12-31T23:59:59Z").toDate() == datetime("1969-12-31")',
    'datetime("1969-12-31T23:59:59Z").toTime() == duration("23h59m59s")',
    'duration("-1500ms").toSeconds() == -1 && duration("36h").toDays() == 1',
    'datetime("2024-01-01T00:00:00+0130") == datetime("2023-12-31T22:30:00Z")',
    'ip("10.0.0.1") == ip("10.0.0.1/32") && ip("10.0.0.0/8") != ip("10.0.0.1/8")',
    '!ip("127.0.0.0/7").isLoopback() && ip("127.0.0.0/8").isLoopback() && !ip("::1").isInRange(ip("0.0.0.0/0"))',
    'decimal("-0.5").lessThan(decimal("0.0")) && decimal("1.50") == decimal("1.5")',
    'decimal("1.0") != 1 && ip("1.1.1.1") != "1.1.1.1"',
]
ERRORS = [
    "principal.max + 1 == 0",
    "principal.min - 1 == 0",
    "-principal.min == 0",
    "principal.min * -1 == 0",
    'principal in [G::"g", 1]',
    "principal in [1]",
    "true && 1",
    "false || 1",
    "if 1 then true else true",
    'resource.getTag("x") == 1',
    "principal.yes < principal.yes",
]  # fmt: skip


EDGES = [*(("true", c) for c in TRUE), *(("error", c) for c in ERRORS)]


@pytest.mark.parametrize(("expected", "condition"), EDGES)
def test_edge(expected: str, condition: str) -> None:
    policy = f"permit (principal, action, resource) when {{ {condition} }};"
    answer = ours(Evaluator.from_cedar(policy), REQUEST, ROWS)
    assert answer == (("allow", ["policy0"], []) if expected == "true" else ("deny", [], ["policy0"]))
    assert answer == Cedar(policy, ROWS).decide(REQUEST)
