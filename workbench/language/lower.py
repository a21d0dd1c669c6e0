"""Surface trees → core trees, and core statements → the plain Cedar that judges them.

Sugar is gone from a core tree: bare names are attributes of ``context``, decimal literals are ``decimal("…")``
and their comparisons are methods. Imports the tree and the renderer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import overload

from workbench.language.ast import (
    ActionScope,
    Binary,
    Call,
    Condition,
    DecimalLit,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    Name,
    Policy,
    Prefer,
    Procedure,
    RecordLit,
    Require,
    Scope,
    SetLit,
    Statement,
    Unary,
    Var,
    bodies,
    children,
)
from workbench.language.diagnostics import Span
from workbench.language.render import render_statement

_DECIMAL_METHOD = {"<": "lessThan", "<=": "lessThanOrEqual", ">": "greaterThan", ">=": "greaterThanOrEqual"}
_SWAPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def desugar_expr(expr: Expr, *, bare_names: bool = False) -> Expr:
    """The core tree of ``expr``; with ``bare_names``, a :class:`Name` becomes an attribute of ``context``.

    Spans stay those of the surface. Raises :class:`ValueError` for a bare name where none may stand.
    """
    match expr:
        case Name(name=name, span=span):
            if not bare_names:
                raise ValueError(f"unknown name `{name}`")
            return GetAttr(Var("context", span), name, span)
        case DecimalLit(text=text, span=span):
            return _decimal(text, span)
        case Binary():
            return _binary(expr, bare_names)
        case Unary(op=op, arg=arg, span=span):
            return Unary(op, desugar_expr(arg, bare_names=bare_names), span)
        case Has(expr=inner, path=path, span=span):
            return Has(desugar_expr(inner, bare_names=bare_names), path, span)
        case Like(expr=inner, pattern=pattern, span=span):
            return Like(desugar_expr(inner, bare_names=bare_names), pattern, span)
        case Is(expr=inner, type=type_name, container=container, span=span):
            held = None if container is None else desugar_expr(container, bare_names=bare_names)
            return Is(desugar_expr(inner, bare_names=bare_names), type_name, held, span)
        case If(condition=condition, then=then, otherwise=otherwise, span=span):
            return If(
                desugar_expr(condition, bare_names=bare_names),
                desugar_expr(then, bare_names=bare_names),
                desugar_expr(otherwise, bare_names=bare_names),
                span,
            )
        case GetAttr(expr=inner, attr=attr, span=span):
            return GetAttr(desugar_expr(inner, bare_names=bare_names), attr, span)
        case SetLit(items=items, span=span):
            return SetLit(_all(items, bare_names), span)
        case RecordLit(items=fields, span=span):
            return RecordLit(tuple((key, desugar_expr(value, bare_names=bare_names)) for key, value in fields), span)
        case Call(function=function, args=args, span=span):
            return Call(function, _all(args, bare_names), span)
        case Method(receiver=receiver, method=method, args=args, span=span):
            return Method(desugar_expr(receiver, bare_names=bare_names), method, _all(args, bare_names), span)
    return expr


def _all(items: tuple[Expr, ...], bare_names: bool) -> tuple[Expr, ...]:
    return tuple(desugar_expr(item, bare_names=bare_names) for item in items)


def _binary(node: Binary, bare_names: bool) -> Expr:
    left = desugar_expr(node.left, bare_names=bare_names)
    right = desugar_expr(node.right, bare_names=bare_names)
    if node.op in _DECIMAL_METHOD:
        if isinstance(node.right, DecimalLit):
            return Method(left, _DECIMAL_METHOD[node.op], (right,), node.span)
        if isinstance(node.left, DecimalLit):
            return Method(right, _DECIMAL_METHOD[_SWAPPED[node.op]], (left,), node.span)
    return Binary(node.op, left, right, node.span)


def _decimal(text: str, span: Span) -> Expr:
    """``decimal("…")`` with superfluous zeros gone, so that ``0.80`` and ``0.8`` are one rule."""
    sign = "-" if text.startswith("-") else ""
    whole, _, fraction = text.lstrip("-").partition(".")
    plain = f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0') or '0'}"
    if plain == "0.0":
        sign = ""
    return Call("decimal", (Lit(sign + plain, span),), span)


@overload
def desugar(statement: Procedure) -> Procedure: ...
@overload
def desugar(statement: Policy | Prefer) -> Policy | Prefer: ...
@overload
def desugar(statement: Statement) -> Statement: ...
def desugar(statement: Statement) -> Statement:
    """The core statement: no sugar left, spans and annotations kept; one without sugar is returned as it is."""
    if not any(map(_is_sweet, bodies(statement))):
        return statement
    if isinstance(statement, Procedure):
        when = None if statement.when is None else desugar_expr(statement.when, bare_names=True)
        return replace(statement, when=when, requires=tuple(map(_require, statement.requires)))
    return replace(statement, conditions=tuple(map(_condition, statement.conditions)))


def _is_sweet(expr: Expr) -> bool:
    """Whether there is any sugar in ``expr``."""
    return isinstance(expr, DecimalLit | Name) or any(map(_is_sweet, children(expr)))


def _condition(condition: Condition) -> Condition:
    return replace(condition, body=desugar_expr(condition.body))


def _require(require: Require) -> Require:
    return replace(require, where=None if require.where is None else desugar_expr(require.where))


def as_policy(core: Policy | Prefer) -> Policy:
    """The policy that stands for a core rule: a ``prefer`` becomes a ``permit`` of the same scope."""
    if isinstance(core, Prefer):
        return Policy("permit", core.scope, core.conditions, core.annotations, core.span)
    return core


def lower_policy(statement: Policy | Prefer) -> str:
    """Plain Cedar text of a permit, a forbid, or a prefer (as a permit), annotations included."""
    return render_statement(as_policy(desugar(statement)))


_ANYONE = EntityScope("any")
_TRUE = Lit(True)


def procedure_policies(procedure: Procedure) -> tuple[tuple[str, Policy], ...]:
    """``(part, policy)`` for the trigger and each ``where`` (parts ``trigger``, ``where 0`` …), as core permits.

    In a ``where`` policy the principal is the approver. An amendment's scope is any action of the governance schema.
    """
    core = desugar(procedure)
    scope = Scope(_ANYONE, core.action or ActionScope("any"), _ANYONE)
    conditions: tuple[Condition, ...] = ()
    if core.amendment is not None:
        is_class = Binary("==", GetAttr(Var("context"), "class"), Lit(core.amendment))
        conditions = (Condition("when", is_class),)
    if core.when is not None:
        conditions += (Condition("when", core.when),)
    parts = [("trigger", Policy("permit", scope, conditions))]
    for index, require in enumerate(core.requires):
        body = _TRUE if require.where is None else require.where
        parts.append((f"where {index}", Policy("permit", scope, (Condition("when", body),))))
    return tuple(parts)
