"""Small mistakes in one atom of a condition: a limit off by one, ``<`` for ``<=``, any for all, an attribute for its
neighbour; and a window of time shifted as a whole. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Literal, TypeAlias

from workbench.analysis.neighbours import Neighbours
from workbench.engine.extensions.datetime import Datetime, parse_datetime, parse_duration
from workbench.engine.extensions.decimal import Decimal4, parse_decimal
from workbench.engine.values import I64_MAX, I64_MIN, EvalError
from workbench.language.ast import (
    WILDCARD,
    Binary,
    BinaryOp,
    Call,
    Expr,
    GetAttr,
    Has,
    Is,
    Like,
    Lit,
    Method,
    SetLit,
    Unary,
    Wildcard,
)

AtomKind: TypeAlias = Literal["comparison", "number", "set", "pattern", "attribute", "type"]

_BESIDE: dict[str, BinaryOp] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_METHODS = {
    "lessThan": "lessThanOrEqual",
    "lessThanOrEqual": "lessThan",
    "greaterThan": "greaterThanOrEqual",
    "greaterThanOrEqual": "greaterThan",
}
_HOUR = 3_600_000
_SETS = {"containsAll": "containsAny", "containsAny": "containsAll"}


def atom_variants(atom: Expr, beside: Neighbours) -> Iterator[tuple[AtomKind, Expr]]:
    """The atom with one mistake in it, again and again another. ``beside`` knows the schema."""
    match atom:
        case Binary(op=op) if op in _BESIDE:
            yield "comparison", replace(atom, op=_BESIDE[op])
        case Method(method=method) if method in _METHODS:
            yield "comparison", replace(atom, method=_METHODS[method])
        case Method(method=method) if method in _SETS:
            yield "set", replace(atom, method=_SETS[method])
        case Like(pattern=pattern):
            yield from (("pattern", replace(atom, pattern=other)) for other in _patterns(pattern))
        case Is(type=type_):
            yield from (("type", replace(atom, type=other)) for other in beside.types(atom.expr) if other != type_)
    if not isinstance(atom, Call):
        for other in _numbers(atom):
            yield "number", other
    for other in _attributes(atom, beside):
        yield "attribute", other


def _patterns(pattern: tuple[str | Wildcard, ...]) -> Iterator[tuple[str | Wildcard, ...]]:
    """Without one of its wildcards, or without an end that it is tied to."""
    for place, piece in enumerate(pattern):
        if isinstance(piece, Wildcard):
            yield (*pattern[:place], *pattern[place + 1 :])
    if pattern and isinstance(pattern[0], str):
        yield (WILDCARD, *pattern)
    if pattern and isinstance(pattern[-1], str):
        yield (*pattern, WILDCARD)


def _attributes(expr: Expr, beside: Neighbours) -> Iterator[Expr]:
    """Each attribute read instead of it: the next one of the same type."""
    if isinstance(expr, Has):
        return  # whether it is there is one matter, what it is another
    if isinstance(expr, GetAttr):
        other = beside.attribute(expr)
        if other is not None:
            yield replace(expr, attr=other)
    yield from _within(expr, lambda inner: _attributes(inner, beside))


def _within(expr: Expr, change: Callable[[Expr], Iterator[Expr]]) -> Iterator[Expr]:
    """``expr`` with one of its parts changed."""
    match expr:
        case GetAttr(expr=inner) | Like(expr=inner) | Is(expr=inner):
            yield from (replace(expr, expr=other) for other in change(inner))
        case Unary(arg=arg):
            yield from (replace(expr, arg=other) for other in change(arg))
        case Binary(left=left, right=right):
            yield from (replace(expr, left=other) for other in change(left))
            yield from (replace(expr, right=other) for other in change(right))
        case Method(receiver=receiver, args=args):
            yield from (replace(expr, receiver=other) for other in change(receiver))
            for place, arg in enumerate(args):
                yield from (replace(expr, args=(*args[:place], other, *args[place + 1 :])) for other in change(arg))
        case SetLit(items=items):
            for place, item in enumerate(items):
                yield from (replace(expr, items=(*items[:place], other, *items[place + 1 :])) for other in change(item))


# ---- numbers and times -----------------------------------------------------------------------------------------------


def _numbers(expr: Expr) -> Iterator[Expr]:
    """Each number in ``expr`` one more, and one less; a decimal or a time by its smallest step."""
    moved = (_moved(expr, step) for step in (-1, 1))
    yield from (other for other in moved if other is not None)
    if not isinstance(expr, Call):
        yield from _within(expr, _numbers)


def _moved(expr: Expr, by: int) -> Expr | None:
    """A constant so many of its smallest steps further; ``None`` for what is none, or has no such neighbour."""
    match expr:
        case Lit(value=int() as value) if not isinstance(value, bool):
            return replace(expr, value=value + by) if I64_MIN <= value + by <= I64_MAX else None
        case Call(function=("decimal" | "datetime" | "duration") as function, args=(Lit(value=str() as text),)):
            near = _later(function, text, by)
            return None if near is None else replace(expr, args=(Lit(near),))
    return None


def _later(function: str, text: str, by: int) -> str | None:
    try:
        if function == "decimal":
            units = parse_decimal(text).units + by
            return str(Decimal4(units)) if I64_MIN <= units <= I64_MAX else None
        if function == "duration":
            millis = parse_duration(text).millis + by
            return _span(millis) if I64_MIN < millis <= I64_MAX else None
        moment = Datetime(parse_datetime(text).millis + by)
        return str(moment) if moment.writable else None
    except EvalError:
        return None


def _span(millis: int) -> str:
    """``21h``, ``-4m59s999ms``: as a person writes it."""
    rest, parts = abs(millis), []
    for unit, length in (("d", 86_400_000), ("h", _HOUR), ("m", 60_000), ("s", 1_000), ("ms", 1)):
        if unit != "d" or rest % length == 0:  # 25 hours are no day and an hour
            count, rest = divmod(rest, length)
            parts += [f"{count}{unit}"] if count else []
    return ("-" if millis < 0 else "") + ("".join(parts) or "0ms")


def shifted(expr: Expr) -> Iterator[Expr]:
    """A window (``h >= 8 && h < 20``, or its complement) moved as a whole: by one, and times by an hour."""
    match expr:
        case Binary(op=("&&" | "||"), left=left, right=right):
            one, other = _edge(left), _edge(right)
            if one is None or other is None or one[0] != other[0] or one[1] == other[1]:
                return
            step = 1 if isinstance(one[2], Lit) else _HOUR
            for by in (-step, step):
                first, second = _moved(one[2], by), _moved(other[2], by)
                if first is not None and second is not None:
                    yield replace(expr, left=one[3](first), right=other[3](second))


def _edge(expr: Expr) -> tuple[Expr, bool, Expr, Callable[[Expr], Expr]] | None:
    """What is compared, whether it is from below, with which constant, and the comparison with another."""
    match expr:
        case Binary(op=("<" | "<=" | ">" | ">=") as op, left=left, right=(Lit() | Call()) as right):
            return left, op in (">", ">="), right, lambda other: replace(expr, right=other)
    return None
