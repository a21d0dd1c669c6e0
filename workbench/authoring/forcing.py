"""Makes conditions true or false: which inputs a request needs so that an expression takes a given value. Pure.

``force(expr, truth, edits)`` yields extensions of ``edits`` (settings of single inputs) under which ``expr`` is
``truth``, the simplest first; none where no simple setting is known. Imports language only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from workbench.language.ast import (
    Binary,
    Call,
    EntityLit,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    SetLit,
    Unary,
    Var,
)

Key: TypeAlias = tuple[Any, ...]
Edits: TypeAlias = Mapping[Key, Any]
OTHER = "other"
SAME = "same"
_MIDDLE = Decimal(100)
_FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_METHODS = {"greaterThan": ">", "greaterThanOrEqual": ">=", "lessThan": "<", "lessThanOrEqual": "<="}


class _Marker:
    """A value that stands for something only the world knows."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return self.name


ABSENT, SELF, STRANGER, PRESENT = _Marker("absent"), _Marker("self"), _Marker("stranger"), _Marker("present")


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of one input with a constant number."""

    key: Key
    op: str
    value: Decimal
    decimal: bool

    def values(self, truth: bool) -> list[Decimal]:
        """Numbers at the boundary that make the comparison ``truth``, nearest first."""
        step = Decimal("0.0001") if self.decimal else Decimal(1)
        k = self.value
        near = (k, k + step, k - step)
        return [n for n in near if holds(n, self.op, k) == truth]


def holds(left: Decimal, op: str, right: Decimal) -> bool:
    """``left op right``."""
    return {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right,
        "==": left == right, "!=": left != right,
    }[op]  # fmt: skip


def path_of(node: Expr) -> Key | None:
    """``resource.a.b`` → ("resource", "a", "b")."""
    steps: list[str] = []
    while isinstance(node, GetAttr):
        steps.insert(0, node.attr)
        node = node.expr
    return (node.name, *steps) if isinstance(node, Var) and node.name != "action" else None


def compared(node: Expr) -> Compared | None:
    """``node`` as a comparison of an input with a constant number, if it is one."""
    match node:
        case Binary(op=("<" | "<=" | ">" | ">=" | "==" | "!=") as op, left=left, right=right):
            pass
        case Method(receiver=left, method=method, args=(right,)) if method in _METHODS:
            op = _METHODS[method]  # type: ignore[assignment]
        case _:
            return None
    number = _number(right)
    if number is None and _number(left) is not None:
        left, right, number = right, left, _number(left)
        op = _FLIPPED[op]  # type: ignore[assignment]
    key = path_of(left)
    if key is None or len(key) < 2 or number is None:
        return None
    return Compared(key, op, number[0], number[1])


def _number(node: Expr) -> tuple[Decimal, bool] | None:
    match node:
        case Lit(value=int() as value) if not isinstance(value, bool):
            return Decimal(value), False
        case Unary(op="-", arg=Lit(value=int() as value)) if not isinstance(value, bool):
            return Decimal(-value), False
        case Call(function="decimal", args=(Lit(value=str() as text),)):
            return Decimal(text), True
        case _:
            return None


def setting(edits: Edits, key: Key, value: Any) -> Iterator[Edits]:
    """``edits`` with one more setting, unless they say otherwise already."""
    if key in edits:
        old = edits[key]
        if old is value or old == value or (value is PRESENT and old is not ABSENT):
            yield edits
        elif old is PRESENT and value is not ABSENT:
            yield {**edits, key: value}
        return
    yield {**edits, key: value}


def force(node: Expr, truth: bool, edits: Edits) -> Iterator[Edits]:
    """Settings under which ``node`` is ``truth``, as extensions of ``edits``."""
    match node:
        case Lit(value=bool() as value):
            if value == truth:
                yield edits
        case Unary(op="!", arg=arg):
            yield from force(arg, not truth, edits)
        case Binary(op=("&&" | "||") as op, left=left, right=right):
            if (op == "&&") == truth:
                for first in force(left, truth, edits):
                    yield from force(right, truth, first)
            else:  # one side is enough; the other keeps the value that makes this one matter, where it can
                for first in force(left, truth, edits):
                    yield from force(right, not truth, first)
                for first in force(left, not truth, edits):
                    yield from force(right, truth, first)
                yield from force(left, truth, edits)
        case If(condition=condition, then=then, otherwise=otherwise):
            for first in force(condition, True, edits):
                yield from force(then, truth, first)
            for first in force(condition, False, edits):
                yield from force(otherwise, truth, first)
        case _:
            yield from _atom(node, truth, edits)


def _atom(node: Expr, truth: bool, edits: Edits) -> Iterator[Edits]:
    number = compared(node)
    if number is not None:
        settled = edits.get(number.key)
        if isinstance(settled, Decimal):
            if holds(settled, number.op, number.value) == truth:
                yield edits
            return
        for boundary in number.values(truth):
            yield from setting(edits, number.key, boundary)
        return
    match node:
        case GetAttr():
            key = path_of(node)
            if key is not None:
                yield from setting(edits, key, truth)
        case Binary(op=("==" | "!=") as op, left=left, right=right):
            yield from _equal(left, right, truth == (op == "=="), edits)
        case Binary(op=("<" | "<=" | ">" | ">=") as op, left=left, right=right):
            yield from _ordered(left, right, op, truth, edits)
        case Binary(op="in", left=Var(name=owner), right=EntityLit(type=of, id=name)):
            yield from setting(edits, (owner, "#in", of, name), truth)
        case Is(expr=Var(name=owner), type=name, container=None):
            if truth:
                yield from setting(edits, (owner, "#type"), name)
            elif edits.get((owner, "#type")) not in (None, name):
                yield edits
        case Is(expr=Var(name=owner), type=name, container=EntityLit() as group):
            inner = Binary("&&", Is(Var(owner), name), Binary("in", Var(owner), group))
            yield from force(inner, truth, edits)
        case Method(receiver=left, method="contains", args=(Lit(value=str() as value),)):
            key = path_of(left)
            if key is not None:
                yield from setting(edits, (*key, "#has", value), truth)
        case Method(receiver=left, method=("containsAny" | "containsAll") as method, args=(SetLit(items=items),)):
            parts: list[Expr] = [Method(left, "contains", (item,)) for item in items]
            if parts:
                joined = parts[0]
                for part in parts[1:]:
                    joined = Binary("||" if method == "containsAny" else "&&", joined, part)
                yield from force(joined, truth, edits)
        case Method(receiver=SetLit(items=items), method="contains", args=(right,)):
            for item in items if truth else ():
                yield from _equal(right, item, True, edits)
            if not truth:
                yield from _equal(right, Lit(OTHER), False, edits)
        case Has(expr=inner, path=path):
            key = path_of(inner)
            if key is not None:
                yield from setting(edits, (*key, *path), PRESENT if truth else ABSENT)
        case Like(expr=inner, pattern=pattern):
            key = path_of(inner)
            if key is not None:
                text = "".join(part if isinstance(part, str) else "x" for part in pattern)
                settled = edits.get(key)
                if isinstance(settled, str):
                    expected = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in pattern)
                    if (re.fullmatch(expected, settled, re.DOTALL) is not None) == truth:
                        yield edits
                else:
                    yield from setting(edits, key, text if truth else OTHER)


def _equal(left: Expr, right: Expr, truth: bool, edits: Edits) -> Iterator[Edits]:
    for side, constant in ((left, right), (right, left)):
        key = path_of(side)
        if key is not None and isinstance(constant, (Lit, EntityLit)):
            yield from _is_constant(key, constant, truth, edits)
            return
    first, last = path_of(left), path_of(right)
    if first is None or last is None:
        return
    if len(first) > 1 and len(last) > 1:
        yield from _paired(first, last, truth, edits)
    elif len(first) > 1 or len(last) > 1:
        key, whole = (first, last) if len(first) > 1 else (last, first)
        yield from setting(edits, key, (SELF, whole[0]) if truth else STRANGER)


def _is_constant(key: Key, constant: Lit | EntityLit, truth: bool, edits: Edits) -> Iterator[Edits]:
    """One input equal to a constant, or not."""
    if isinstance(constant, EntityLit):
        uid = (constant.type, constant.id)
        if len(key) == 1:
            yield from setting(edits, (key[0], "#id"), uid if truth else STRANGER)
        else:
            yield from setting(edits, key, ("#entity", *uid) if truth else STRANGER)
    elif truth or isinstance(constant.value, bool):
        yield from setting(edits, key, constant.value if truth else not constant.value)
    elif edits.get(key, constant.value) != constant.value:
        yield edits
    else:
        yield from setting(edits, key, OTHER)


def _paired(first: Key, last: Key, truth: bool, edits: Edits) -> Iterator[Edits]:
    """Two inputs equal or different, following what is set already."""
    if first in edits and last in edits:
        if (edits[first] == edits[last]) == truth:
            yield edits
    elif first in edits or last in edits:
        done, free = (first, last) if first in edits else (last, first)
        if truth or edits[done] != OTHER:
            yield {**edits, free: edits[done] if truth else OTHER}
    else:
        yield {**edits, first: SAME, last: SAME if truth else OTHER}


def _ordered(left: Expr, right: Expr, op: str, truth: bool, edits: Edits) -> Iterator[Edits]:
    """Two number inputs compared: at and around equality, following what is set already."""
    first, last = path_of(left), path_of(right)
    if first is None or last is None or len(first) < 2 or len(last) < 2:
        return
    for key, other, sign in ((first, last, op), (last, first, _FLIPPED[op])):
        settled = edits.get(other)
        if isinstance(settled, Decimal):
            for value in (settled, settled + 1, settled - 1):
                if holds(value, sign, settled) == truth:
                    yield from setting(edits, key, value)
            return
    for value in (_MIDDLE, _MIDDLE + 1, _MIDDLE - 1):
        if holds(value, op, _MIDDLE) == truth:
            for one in setting(edits, first, value):
                yield from setting(one, last, _MIDDLE)
