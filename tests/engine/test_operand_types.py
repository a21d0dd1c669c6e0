"""Every operator on every pair of kinds, at the edges of each: a value or an error, and which value, as cedarpy says.

Operands come as attributes and as literals, because constants are folded and looked up by the index. Each operator is
one policy that compares its result with ``context.wanted``: our own value, so that a satisfied policy says that both
engines computed the same.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.engine.support import Cedar, entity, ours
from workbench.engine import Entities, Evaluator, Request
from workbench.engine.compile import compile_expr
from workbench.engine.values import EvalError, to_json
from workbench.language.lower import desugar_expr
from workbench.language.parser import parse_expression

# literal → Cedar's JSON
SAMPLES: dict[str, Any] = {
    "true": True,
    "false": False,
    "0": 0,
    "1": 1,
    "9223372036854775807": 2**63 - 1,
    "-9223372036854775808": -(2**63),
    '""': "",
    '"t"': "t",
    '"𝄞"': "𝄞",
    'U::"u"': {"__entity": {"type": "U", "id": "u"}},
    'U::"none"': {"__entity": {"type": "U", "id": "none"}},
    'G::"g"': {"__entity": {"type": "G", "id": "g"}},
    "[]": [],
    "[1, true]": [1, True],
    '[U::"u", G::"g"]': [{"__entity": {"type": t, "id": i}} for t, i in (("U", "u"), ("G", "g"))],
    '[G::"g", 1]': [{"__entity": {"type": "G", "id": "g"}}, 1],
    "{}": {},
    "{t: 1}": {"t": 1},
    "{t: true}": {"t": True},
    **{
        f'{fn}("{text}")': {"__extn": {"fn": fn, "arg": text}}
        for fn, texts in {
            "decimal": ["1.0", "-922337203685477.5808"],
            "ip": ["127.0.0.1", "127.0.0.0/7", "::1", "ff00::/8", "0.0.0.0/0"],
            "datetime": ["1970-01-01", "1969-12-31T23:59:59.999Z", "9999-12-31"],
            "duration": ["1ms", "-25h", "9223372036854775807ms", "-9223372036854775808ms"],
        }.items()
        for text in texts
    },
}
BINARY = [
    *(f"«a» {op} «b»" for op in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "&&", "||", "in")),
    *(f"«a».{name}(«b»)" for name in ("contains", "containsAll", "containsAny", "hasTag", "getTag", "isInRange")),
    *(f"«a».{name}(«b»)" for name in ("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual")),
    *(f"«a».{name}(«b»)" for name in ("offset", "durationSince")),
    *("«a» is U in «b»", '«a» in [«b», G::"g"]', "if «a» then «b» else «a»", "if true then «a» else «b»"),
    *("[«a», «b»]", "{x: «a», y: «b»}"),
]
UNARY = [
    *("!«a»", "!!«a»", "-«a»", "«a».isEmpty()", "«a» is U", "«a» has t", "«a».t", '«a»["t"]', "«a» has t.t"),
    *('«a» like "*"', '«a» like ""', '«a» like "t*"', '«a».getTag("t")', '«a».hasTag("t")', "[«a»]", "{x: «a»}.x"),
    *(f"«a».{name}()" for name in ("isIpv4", "isIpv6", "isLoopback", "isMulticast", "toDate", "toTime")),
    *(f"«a».to{unit}()" for unit in ("Milliseconds", "Seconds", "Minutes", "Hours", "Days")),
]
ROWS = [entity("U::u", {"t": 1}, ["G::g"], tags={"t": True, "𝄞": "x"}), entity("G::g", {"t": [1]})]


LITERALS = list(SAMPLES)
VALUES = list(SAMPLES.values())


def written(form: str, a: str, b: str = "") -> str:
    return form.replace("«a»", f"({a})").replace("«b»", f"({b})")


def compare(expressions: list[str], requests: list[dict[str, Any]], *, direct: bool = False) -> tuple[int, int]:
    """Ask both engines whether each expression has the value that we compute; how many were satisfied, how many err.

    ``direct``: the expression is itself the condition, so that the index sees it.
    """
    conditions = expressions if direct else [f"({e}) == context.wanted.w{n}" for n, e in enumerate(expressions)]
    source = "\n".join(f"permit (principal, action, resource) when {{ {c} }};" for c in conditions)
    evaluator, cedar, entities = Evaluator.from_cedar(source), Cedar(source, ROWS), Entities.from_json(ROWS)
    compiled = [] if direct else [compile_expr(desugar_expr(parse_expression(text))) for text in expressions]
    satisfied = failed = 0
    for request in requests:
        env = Evaluator._env(Request.from_json(request), entities, None)
        wanted: dict[str, Any] = {}
        for place, compute in enumerate(compiled):
            try:
                wanted[f"w{place}"] = to_json(compute(env))
            except EvalError:
                wanted[f"w{place}"] = 0
        request["context"]["wanted"] = wanted
        mine = ours(evaluator, request, entities)
        assert mine == cedar.decide(request), json.dumps(request)[:400]
        if not direct:
            assert len(mine[1]) + len(mine[2]) == len(expressions)  # our value, or an error: nothing else
        satisfied, failed = satisfied + len(mine[1]), failed + len(mine[2])
    return satisfied, failed


def asked(**context: Any) -> dict[str, Any]:
    return {"principal": 'U::"u"', "action": 'Action::"a"', "resource": 'G::"g"', "context": context}


def test_attributes_of_every_two_kinds() -> None:
    expressions = [written(form, "context.a", "context.b") for form in BINARY]
    satisfied, failed = compare(expressions, [asked(a=a, b=b) for a in VALUES for b in VALUES])
    assert satisfied > 5_000
    assert failed > 20_000


def test_one_operand_of_every_kind() -> None:
    expressions = [written(form, "context.a") for form in UNARY]
    expressions += [written(form, literal) for form in UNARY for literal in LITERALS]
    satisfied, failed = compare(expressions, [asked(a=a) for a in VALUES])
    assert satisfied > 2_000
    assert failed > 10_000


@pytest.mark.parametrize("direct", [False, True], ids=["value", "condition"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_literal_beside_an_attribute(side: str, direct: bool) -> None:
    pairs = [(literal, "context.a") if side == "left" else ("context.a", literal) for literal in LITERALS]
    satisfied, failed = compare(
        [written(form, *pair) for form in BINARY for pair in pairs], [asked(a=a) for a in VALUES], direct=direct
    )
    assert satisfied > 1_000
    assert failed > 20_000


def test_two_literals() -> None:
    """Which are folded: an error must stay an error. (Half of them on each side: parsing is what takes the time.)"""
    forms = [form for form in BINARY if "if" not in form]
    for form in forms:
        compare([written(form, a, b) for a in LITERALS[::2] for b in LITERALS[1::2]], [asked()])
