"""Core trees → Cedar's JSON policy form, exactly as Cedar itself writes it (a test holds the two together).

Made here rather than by cedarpy because every rule's digest needs it. Imports the tree only.
"""

from __future__ import annotations

from typing import Any

from workbench.language.ast import (
    ActionScope,
    Binary,
    Call,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    Policy,
    RecordLit,
    SetLit,
    Slot,
    Unary,
    Var,
    Wildcard,
)

_PLAIN_METHODS = frozenset({"contains", "containsAll", "containsAny", "getTag", "hasTag"})


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Cedar's JSON of one core policy, annotations left out."""
    return {
        "effect": policy.effect,
        "principal": _scope(policy.scope.principal),
        "action": action_to_json(policy.scope.action),
        "resource": _scope(policy.scope.resource),
        "conditions": [
            {"kind": condition.kind, "body": expr_to_json(condition.body)} for condition in policy.conditions
        ],
    }


def _entity(entity: EntityLit) -> dict[str, str]:
    return {"type": entity.type, "id": entity.id}


def _target(entity: EntityLit | Slot) -> dict[str, Any]:
    return {"slot": f"?{entity.name}"} if isinstance(entity, Slot) else {"entity": _entity(entity)}


def _scope(scope: EntityScope) -> dict[str, Any]:
    target = {} if scope.entity is None else _target(scope.entity)
    match scope.kind:
        case "any":
            return {"op": "All"}
        case "eq":
            return {"op": "==", **target}
        case "in":
            return {"op": "in", **target}
        case "is":
            return {"op": "is", "entity_type": scope.type}
        case "is_in":
            return {"op": "is", "entity_type": scope.type, "in": target}


def action_to_json(scope: ActionScope) -> dict[str, Any]:
    """Cedar's JSON of an action constraint; ``in [A]`` and ``in A`` are the same."""
    entities = [_entity(entity) for entity in scope.entities]
    match scope.kind:
        case "any":
            return {"op": "All"}
        case "eq":
            return {"op": "==", "entity": entities[0]}
        case "in":
            return {"op": "in", "entity": entities[0]} if len(entities) == 1 else {"op": "in", "entities": entities}


def expr_to_json(expr: Expr) -> dict[str, Any]:
    """Cedar's JSON of a core expression; raises :class:`ValueError` for sugar."""
    match expr:
        case Lit(value=value):
            return {"Value": value}
        case Var(name=name):
            return {"Var": name}
        case GetAttr(expr=inner, attr=attr):
            return {".": {"left": expr_to_json(inner), "attr": attr}}
        case Binary(op=op, left=left, right=right):
            return {op: {"left": expr_to_json(left), "right": expr_to_json(right)}}
        case EntityLit():
            return {"Value": {"__entity": _entity(expr)}}
        case Slot(name=name):
            return {"Slot": f"?{name}"}
        case Unary(op=op, arg=arg):
            return {("!" if op == "!" else "neg"): {"arg": expr_to_json(arg)}}
        case Has(expr=inner, path=path):
            return _has(inner, path)
        case Like(expr=inner, pattern=pattern):
            return {"like": {"left": expr_to_json(inner), "pattern": _pattern(pattern)}}
        case Is(expr=inner, type=type_name, container=container):
            held = {} if container is None else {"in": expr_to_json(container)}
            return {"is": {"left": expr_to_json(inner), "entity_type": type_name, **held}}
        case If(condition=condition, then=then, otherwise=otherwise):
            parts = {"if": condition, "then": then, "else": otherwise}
            return {"if-then-else": {key: expr_to_json(part) for key, part in parts.items()}}
        case SetLit(items=items):
            return {"Set": [expr_to_json(item) for item in items]}
        case RecordLit(items=fields):
            return {"Record": {key: expr_to_json(value) for key, value in fields}}
        case Call(function=function, args=args):
            return {function: [expr_to_json(arg) for arg in args]}
        case Method(receiver=receiver, method=method, args=args):
            if method in _PLAIN_METHODS:
                return {method: {"left": expr_to_json(receiver), "right": expr_to_json(args[0])}}
            if method == "isEmpty":
                return {"isEmpty": {"arg": expr_to_json(receiver)}}
            return {method: [expr_to_json(receiver), *(expr_to_json(arg) for arg in args)]}
    raise ValueError(f"not plain Cedar: {expr!r}")


def _pattern(pieces: tuple[str | Wildcard, ...]) -> list[Any]:
    """Cedar keeps the literal text of a pattern character by character."""
    found: list[Any] = []
    for piece in pieces:
        found.extend(["Wildcard"] if isinstance(piece, Wildcard) else [{"Literal": char} for char in piece])
    return found


def _has(inner: Expr, path: tuple[str, ...]) -> dict[str, Any]:
    """``a has b.c`` is ``a has b && a.b has c``, as Cedar writes it."""
    subject = expr_to_json(inner)
    steps: list[dict[str, Any]] = []
    for attr in path:
        steps.append({"has": {"left": subject, "attr": attr}})
        subject = {".": {"left": subject, "attr": attr}}
    result = steps[0]
    for step in steps[1:]:
        result = {"&&": {"left": result, "right": step}}
    return result
