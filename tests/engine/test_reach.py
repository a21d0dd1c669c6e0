"""What the random generator reaches, measured: every operator meets every kind, has values, and errs.

A generator that never makes a case finds no bug in it, and nothing else would say so.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

from tests.engine.generate import Generator
from tests.engine.pools import KINDS
from workbench.engine import Entities, Evaluator, Request
from workbench.engine.compile import compile_expr
from workbench.engine.pins import ContainsPin, EqualPin, RangePin, TypePin, UidPin, pins_of
from workbench.engine.rules import CompiledRule
from workbench.engine.values import EntityUid, EvalError, type_name
from workbench.language import ast
from workbench.language.lower import desugar
from workbench.language.parser import parse

ERROR = "error"
SEEDS = 200


def outcome(expr: ast.Expr, env: Any) -> str:
    """The kind of the value that an expression has on a request, or that it errs."""
    try:
        value = compile_expr(expr)(env)
    except EvalError:
        return ERROR
    return "entity" if isinstance(value, EntityUid) else {"ipaddr": "ip"}.get(type_name(value), type_name(value))


# rare methods that are alike are counted together
_FAMILY = {
    **dict.fromkeys(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"], "to a unit"),
    **dict.fromkeys(["isIpv4", "isIpv6", "isLoopback", "isMulticast", "isInRange"], "of an address"),
    **dict.fromkeys(["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"], "order of decimals"),
}


def label(expr: ast.Expr) -> str:
    """The operator: ``==``, ``contains``, ``ip`` …, else the sort of node."""
    match expr:
        case ast.Is(container=container):
            return "is" if container is None else "is in"
        case ast.Binary(op=op) | ast.Unary(op=op):
            return f"unary {op}" if isinstance(expr, ast.Unary) else op
        case ast.Method(method=name) | ast.Call(function=name):
            return _FAMILY.get(name, name)
        case _:
            return type(expr).__name__.lower()


@cache
def reached() -> tuple[Counter[tuple[str, tuple[str, ...], str]], set[str], set[type]]:
    """How often each (operator, kinds of its operands, kind of its result) occurs; features; kinds of pins."""
    seen: Counter[tuple[str, tuple[str, ...], str]] = Counter()
    features: set[str] = set()
    pins: set[type] = set()
    for seed in range(SEEDS):
        make = Generator(seed)
        policies = make.policies(36)
        entities = Entities.from_json(make.entities())
        envs = [Evaluator._env(Request.from_json(make.request()), entities, None) for _ in range(2)]
        for order, statement in enumerate(parse(policies, max_depth=64).statements):
            policy = desugar(statement)
            assert isinstance(policy, ast.Policy)
            pins |= {type(pin) for pin in pins_of(CompiledRule(order, "x", policy)).pins}
            features |= set(scope_features(policy))
            for condition in policy.conditions:
                features.add(condition.kind)
                for node in ast.walk(condition.body):
                    features |= set(node_features(node))
                    operands = list(ast.children(node))
                    if len(operands) <= 2:
                        for env in envs:
                            seen[label(node), tuple(outcome(one, env) for one in operands), outcome(node, env)] += 1
    return seen, features, pins


def scope_features(policy: ast.Policy) -> list[str]:
    scope = policy.scope
    uids = [(entity.type, entity.id) for entity in scope.action.entities]
    return [
        *(f"{name} {side.kind}" for name, side in (("principal", scope.principal), ("resource", scope.resource))),
        f"action {scope.action.kind} {min(len(uids), 2)}",
        "an action named twice" if len(uids) > len(set(uids)) else "",
    ]


def node_features(node: ast.Expr) -> list[str]:
    match node:
        case ast.Has(path=path):
            return [f"has {len(path)}", *(["has a quoted name"] if "x y" in path else [])]
        case ast.GetAttr(attr="x y" | "if"):
            return ["a name that is no identifier"]
        case ast.Lit(value=value) if isinstance(value, int) and not isinstance(value, bool) and value < 0:
            return ["a negative literal", *(["the least literal"] if value == -(2**63) else [])]
        case ast.Lit(value=str() as text) if any(ord(letter) > 0xFFFF for letter in text):
            return ["text beyond the basic plane"]
        case ast.Like(pattern=pattern):
            found = (
                ["a star that is meant"] if any(isinstance(piece, str) and "*" in piece for piece in pattern) else []
            )
            return [
                *found,
                *(["several wildcards"] if sum(not isinstance(piece, str) for piece in pattern) > 1 else []),
            ]
        case ast.SetLit(items=items):
            inner = {type(item) for item in items}
            return [
                "an empty set" if not items else "a set",
                *(["a set in a set"] if ast.SetLit in inner else []),
                *(["a record in a set"] if ast.RecordLit in inner else []),
            ]
        case ast.Binary(op="in", right=ast.SetLit(items=items)):
            return ["in []" if not items else "in [..]"]
        case ast.Binary(op="&&" | "||" as op, left=left):
            length = 2
            while isinstance(left, ast.Binary) and left.op == op:
                length, left = length + 1, left.left
            return [f"a chain of {op}"] if length >= 60 else []
        case _:
            return []


def test_every_operator_meets_every_kind() -> None:
    """As its left operand, among operands that all have values. (``test_operand_types`` goes through all pairs.)"""
    seen, _, _ = reached()
    met: dict[str, set[str]] = {}
    for operator, operands, _ in seen:
        if operands and ERROR not in operands:
            met.setdefault(operator, set()).add(operands[0])
    groups = [
        ("==",),
        ("!=",),
        ("<", "<=", ">", ">="),
        ("+", "-", "*"),
        ("&&", "||"),
        ("in",),
        ("getattr",),
        ("contains",),
    ]
    for group in groups:
        assert set().union(*(met[operator] for operator in group)) >= set(KINDS), group


def test_every_operator_has_values_and_errs_by_itself() -> None:
    seen, _, _ = reached()
    values = {operator for operator, operands, result in seen if result != ERROR}
    errors = {operator for operator, operands, result in seen if result == ERROR and ERROR not in operands}
    every = {operator for operator, _, _ in seen}
    assert values == every
    never = {"==", "!=", "var", "lit", "entitylit", "setlit", "recordlit", "if"}  # which err only through an operand
    assert every - errors <= never
    assert len(every) >= 38


def test_equality_meets_every_pair_of_kinds_often_enough() -> None:
    seen, _, _ = reached()
    pairs = {operands for operator, operands, _ in seen if operator in ("==", "!=") and ERROR not in operands}
    assert {(kind, kind) for kind in KINDS} <= pairs
    assert len(pairs) > 60


def test_every_form_is_written() -> None:
    _, features, pins = reached()
    wanted = {
        "when", "unless", "has 1", "has 2", "has 3", "has a quoted name", "a name that is no identifier", "in []",
        "in [..]", "a negative literal", "the least literal", "text beyond the basic plane", "a star that is meant",
        "several wildcards", "an empty set", "a set in a set", "a record in a set", "a chain of &&", "a chain of ||",
        "action any 0", "action eq 1", "action in 0", "action in 1", "action in 2", "an action named twice",
        *(f"{side} {kind}" for side in ("principal", "resource") for kind in ("any", "eq", "in", "is", "is_in")),
    }  # fmt: skip
    assert wanted <= features, sorted(wanted - features)
    assert pins == {UidPin, TypePin, EqualPin, ContainsPin, RangePin}


def test_data_and_templates_vary() -> None:
    slots: set[str] = set()
    text = ""
    for seed in range(30):
        make = Generator(seed)
        templates = {place: make.template() for place in range(4)}
        slots |= {"+".join(sorted(link["values"])) for link in make.links(templates, 4)}
        text += json.dumps([make.entities(), make.request()], ensure_ascii=False)
    assert slots == {"?principal", "?resource", "?principal+?resource"}
    for fragment in ('"offset"', '"tags"', "𝄞", "-9223372036854775808", '"if"', '"x y"', "\\u0000", "0000-01-01"):
        assert fragment in text, fragment
