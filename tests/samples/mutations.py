"""Small changes of a rule's meaning: every comparison, bound, value, condition and scope, one at a time.

Works on core trees and imports language alone. A test set that notices every one of them pins the rule down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from workbench.language.ast import (
    WILDCARD,
    ActionScope,
    Binary,
    Call,
    Condition,
    EntityScope,
    Like,
    Lit,
    Method,
    Policy,
    Prefer,
    Procedure,
    Scope,
    SetLit,
    Statement,
    Unary,
)
from workbench.language.render import render_expr

_OPERATORS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
_METHODS = {
    "lessThan": "lessThanOrEqual",
    "lessThanOrEqual": "lessThan",
    "greaterThan": "greaterThanOrEqual",
    "greaterThanOrEqual": "greaterThan",
    "containsAll": "containsAny",
    "containsAny": "containsAll",
}
_ANY = EntityScope("any")

Mutant = tuple[str, Statement]  # what was done, in words, and the changed statement


def mutants(statement: Statement) -> Iterator[Mutant]:
    """Every changed statement. Approvers' conditions and durations are left alone: requests do not ask about them."""
    match statement:
        case Policy(scope=scope, conditions=conditions) | Prefer(scope=scope, conditions=conditions):
            for words, changed in _scopes(scope):
                yield words, replace(statement, scope=changed)
            for place, condition in enumerate(conditions):
                before, after = conditions[:place], conditions[place + 1 :]
                yield f"without its `{condition.kind}`", replace(statement, conditions=before + after)
                for words, body in expressions(condition.body):
                    mutated = Condition(condition.kind, body)
                    yield words, replace(statement, conditions=(*before, mutated, *after))
            if isinstance(statement, Prefer):
                yield "another score", replace(statement, score=statement.score + Decimal("0.1"))
        case Procedure(action=action, when=when):
            if action is not None:
                for words, widened in _actions(action):
                    yield words, replace(statement, action=widened)
            if when is not None:
                yield "without its `when`", replace(statement, when=None)
                for words, body in expressions(when):
                    yield words, replace(statement, when=body)


def _scopes(scope: Scope) -> Iterator[tuple[str, Scope]]:
    for words, action in _actions(scope.action):
        yield words, replace(scope, action=action)
    if scope.principal.kind != "any":
        yield "any principal", replace(scope, principal=_ANY)
    if scope.resource.kind != "any":
        yield "any resource", replace(scope, resource=_ANY)


def _actions(scope: ActionScope) -> Iterator[tuple[str, ActionScope]]:
    if scope.kind != "any":
        yield "any action", ActionScope("any")
    if len(scope.entities) > 1:
        for entity in scope.entities:
            kept = tuple(other for other in scope.entities if other != entity)
            yield f"without the action `{entity.id}`", replace(scope, entities=kept)


def expressions(expr: Any) -> Iterator[tuple[str, Any]]:
    """The expression ``expr`` with one node changed, wherever it stands."""
    for changed in _changed(expr):
        yield f"`{render_expr(changed)}` for `{render_expr(expr)}`", changed
    for field in fields(expr):
        value = getattr(expr, field.name)
        if field.name != "span" and is_dataclass(value):
            for words, inner in expressions(value):
                yield words, replace(expr, **{field.name: inner})
        elif isinstance(value, tuple) and isinstance(expr, SetLit | Method):
            for place, item in enumerate(value):
                for words, inner in expressions(item):
                    yield words, replace(expr, **{field.name: (*value[:place], inner, *value[place + 1 :])})


def _changed(expr: Any) -> Iterator[Any]:
    match expr:
        case Binary(op=op) if op in _OPERATORS:
            yield replace(expr, op=_OPERATORS[op])
        case Method(method=method) if method in _METHODS:
            yield replace(expr, method=_METHODS[method])
        case Unary(op="!", arg=arg):
            yield arg
        case Lit(value=bool()):
            pass
        case Lit(value=int(number)):
            yield Lit(number + 1)
            yield Lit(number - 1)
        case Lit(value=str(text)):
            yield Lit(text + "x")
        case SetLit(items=items) if len(items) > 1:
            for item in items:
                yield SetLit(tuple(other for other in items if other != item))
        case Like(pattern=pattern):
            for place, piece in enumerate(pattern):
                if piece is WILDCARD:
                    yield replace(expr, pattern=pattern[:place] + pattern[place + 1 :])
        case Call(function=function, args=(Lit(value=str(text)),)):
            for nearby in _nearby(function, text):
                yield Call(function, (Lit(nearby),))


def _nearby(function: str, text: str) -> Iterator[str]:
    """The next value below and above, as exactly as the type can tell."""
    match function:
        case "decimal":
            yield str(Decimal(text) + Decimal("0.0001"))
            yield str(Decimal(text) - Decimal("0.0001"))
        case "duration" if text != "0s":
            yield f"{text}1ms"
            yield {"15m": "14m59s999ms", "22h": "21h59m59s999ms", "6h": "5h59m59s999ms", "5m": "4m59s999ms"}[text]
        case "duration":
            yield "1ms"
            yield "-1ms"
        case "datetime":
            day = datetime.fromisoformat(text)
            for days in (-1, 1):
                yield (day + timedelta(days=days)).date().isoformat()
