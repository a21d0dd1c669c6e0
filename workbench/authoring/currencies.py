"""Sums of money whose currency is not said, where the schema lists several: every currency is a reading. Pure.

The readings are "in whatever currency" and one for each that is listed, so that the author is asked. A rule that reads
the currency itself says enough. Imports lexicon; language for trees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.authoring.lexicon import CONTEXT, Lexicon, flatten
from workbench.authoring.words import split_name
from workbench.language.ast import (
    Binary,
    Expr,
    GetAttr,
    If,
    Lit,
    Method,
    Policy,
    Prefer,
    Procedure,
    Statement,
    Unary,
    Var,
    bodies,
    walk,
)

_DECIMAL = ("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual")
_ORDER = ("<", "<=", ">", ">=", "==", "!=")


def in_each_currency(
    statements: Sequence[Statement], lexicon: Lexicon
) -> Iterator[tuple[tuple[Statement, ...], tuple[str, ...]]]:
    """The statements as they are; and, where they compare a sum without its currency, once for each currency.

    Yields them with what is assumed. Nothing is assumed where the schema lists no more than one currency.
    """
    exprs = [expr for statement in statements for expr in bodies(statement)]
    read = {node for expr in exprs for node in walk(expr)}
    open_ = {
        currency: listed
        for node in read
        if (found := _currency_of(node, lexicon)) is not None
        for currency, listed in (found,)
        if currency not in read and len(listed) > 1 and _has(statements, lexicon, node, currency)
    }
    if len(open_) != 1:
        yield tuple(statements), ()
        return
    ((currency, listed),) = open_.items()
    name = currency.attr if isinstance(currency, GetAttr) else ""
    yield tuple(statements), (f"whatever the `{name}`",)
    for value in listed:
        test = Binary("==", currency, Lit(value))
        yield (
            tuple(_stated(statement, lexicon, currency, test) for statement in statements),
            (f"only what is in {value} is limited or allowed by this",),
        )


def _currency_of(node: Expr, lexicon: Lexicon) -> tuple[Expr, tuple[str, ...]] | None:
    """The attribute beside a compared sum that says its currency, and the values listed for it."""
    match node:
        case Binary(op=op, left=GetAttr() as sum_, right=Lit(value=int())) if op in _ORDER:
            pass
        case Method(receiver=GetAttr() as sum_, method=method) if method in _DECIMAL:
            pass
        case _:
            return None
    naming = lexicon.words.naming
    if not set(split_name(sum_.attr)) & set(naming.measures):
        return None
    owner, path = _path(sum_)
    for name in naming.currency:
        listed = dict.fromkeys(
            word.value
            for word in lexicon.values
            if word.path == (*path[:-1], name) and (word.place == CONTEXT) == (owner == CONTEXT)
        )
        if listed and _required(lexicon, (*path[:-1], name)):
            return GetAttr(sum_.expr, name), tuple(listed)
    return None


def _has(statements: Sequence[Statement], lexicon: Lexicon, compared: Expr, currency: Expr) -> bool:
    """Whether whatever the statements are about has the currency beside the sum; another type's says nothing."""
    sum_ = (
        compared.left if isinstance(compared, Binary) else compared.receiver if isinstance(compared, Method) else None
    )
    if sum_ is None:
        return False
    owner, path = _path(sum_)
    _, beside = _path(currency)
    schema = lexicon.schema
    uids = [
        action.uid
        for statement in statements
        for scope in [statement.action if isinstance(statement, Procedure) else statement.scope.action]
        for entity in (scope.entities if scope is not None else ())
        for action in schema.members_of((entity.type, entity.id))
    ]
    for action in [schema.actions[uid] for uid in uids] or list(schema.actions.values()):
        types = action.principals if owner == "principal" else action.resources
        records = (
            [action.context.attributes] if owner == CONTEXT else [schema.entity_types[t].attributes for t in types]
        )
        for record in records:
            names = {at for at, _ in flatten(record)}
            if path in names and beside not in names:
                return False
    return True


def _required(lexicon: Lexicon, path: tuple[str, ...]) -> bool:
    """Whether the attribute is there wherever it may be; an optional one would say nothing of many sums."""
    schema = lexicon.schema
    records = [e.attributes for e in schema.entity_types.values()] + [
        a.context.attributes for a in schema.actions.values()
    ]
    return all(a.required for record in records for at, a in flatten(record) if at == path)


def _path(node: Expr) -> tuple[str, tuple[str, ...]]:
    """``context.offer.price`` → context, (offer, price)."""
    steps: list[str] = []
    while isinstance(node, GetAttr):
        steps.insert(0, node.attr)
        node = node.expr
    return (node.name if isinstance(node, Var) else ""), tuple(steps)


def _stated(statement: Statement, lexicon: Lexicon, currency: Expr, test: Expr) -> Statement:
    """``statement`` with ``test`` beside every comparison of a sum in that currency."""

    def of(expr: Expr) -> Expr:
        match expr:
            case Binary(op="&&" | "||", left=left, right=right):
                return replace(expr, left=of(left), right=of(right))
            case Unary(arg=arg):
                return replace(expr, arg=of(arg))
            case If(condition=condition, then=then, otherwise=otherwise):
                return If(of(condition), of(then), of(otherwise))
            case _:
                found = _currency_of(expr, lexicon)
                return Binary("&&", expr, test) if found is not None and found[0] == currency else expr

    match statement:
        case Procedure(when=when):
            return replace(statement, when=None if when is None else of(when))
        case Policy() | Prefer():
            return replace(statement, conditions=tuple(replace(c, body=of(c.body)) for c in statement.conditions))
