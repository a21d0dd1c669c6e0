"""Small mistakes in one atom of a condition: a limit off by one, ``<`` for ``<=``, any for all. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal, TypeAlias

from workbench.engine.extensions.decimal import Decimal4, parse_decimal
from workbench.engine.values import I64_MAX, I64_MIN, EvalError
from workbench.language.ast import Binary, BinaryOp, Call, Expr, Like, Lit, Method, SetLit, Unary, Wildcard

AtomKind: TypeAlias = Literal["comparison", "number", "set", "pattern"]

_BESIDE: dict[str, BinaryOp] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_METHODS = {
    "lessThan": "lessThanOrEqual",
    "lessThanOrEqual": "lessThan",
    "greaterThan": "greaterThanOrEqual",
    "greaterThanOrEqual": "greaterThan",
}
_SETS = {"containsAll": "containsAny", "containsAny": "containsAll"}


def atom_variants(atom: Expr) -> Iterator[tuple[AtomKind, Expr]]:
    """The atom with one mistake in it, again and again another."""
    match atom:
        case Binary(op=op) if op in _BESIDE:
            yield "comparison", replace(atom, op=_BESIDE[op])
        case Method(method=method) if method in _METHODS:
            yield "comparison", replace(atom, method=_METHODS[method])
        case Method(method=method) if method in _SETS:
            yield "set", replace(atom, method=_SETS[method])
        case Like(pattern=pattern):
            for place, piece in enumerate(pattern):
                if isinstance(piece, Wildcard):
                    yield "pattern", replace(atom, pattern=(*pattern[:place], *pattern[place + 1 :]))
    if not isinstance(atom, Call):
        for other in _numbers(atom):
            yield "number", other


def _numbers(expr: Expr) -> Iterator[Expr]:
    """Each number in ``expr`` one more, and one less; a decimal by its smallest step."""
    match expr:
        case Lit(value=int() as value) if not isinstance(value, bool):
            yield from (replace(expr, value=near) for near in (value - 1, value + 1) if I64_MIN <= near <= I64_MAX)
        case Call(function="decimal", args=(Lit(value=str() as text),)):
            yield from (replace(expr, args=(Lit(near),)) for near in _decimals(text))
        case Unary(op="-", arg=arg):
            yield from (replace(expr, arg=other) for other in _numbers(arg))
        case Binary(left=left, right=right):
            yield from (replace(expr, left=other) for other in _numbers(left))
            yield from (replace(expr, right=other) for other in _numbers(right))
        case Method(receiver=receiver, args=args):
            yield from (replace(expr, receiver=other) for other in _numbers(receiver))
            yield from (replace(expr, args=other) for other in _among(args))
        case SetLit(items=items):
            yield from (replace(expr, items=other) for other in _among(items))


def _among(items: tuple[Expr, ...]) -> Iterator[tuple[Any, ...]]:
    for place, item in enumerate(items):
        for other in _numbers(item):
            yield (*items[:place], other, *items[place + 1 :])


def _decimals(text: str) -> Iterator[str]:
    try:
        units = parse_decimal(text).units
    except EvalError:
        return
    for near in (units - 1, units + 1):
        if I64_MIN <= near <= I64_MAX:
            yield str(Decimal4(near))
