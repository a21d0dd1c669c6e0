"""Neighbouring conditions that people say as one: "is high or low", "is between 10 and 50", "it is after 20:00". Pure.

Said as one only where the grammar reads it back as those very conditions. Imports nouns, naming; language for the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.authoring.flags import is_many
from workbench.authoring.naming import listed, quoted
from workbench.authoring.nouns import Nouns, path_of
from workbench.language.ast import Binary, BinaryOp, Expr, Lit, Method


def merged(nouns: Nouns, parts: Sequence[Expr], op: str, *, first: bool) -> tuple[str, int] | None:
    """A clause for the longest run of conditions at the start of ``parts``, with its length; ``None`` for no such run.

    ``first``: nothing stands before them in the chain, so that grouping them changes nothing.
    """
    for said, count in _offers(nouns, parts, op, first):
        if nouns.hearing is None or nouns.means(said, _joined(parts[:count], op)):
            return said, count
    return None


def _joined(parts: Sequence[Expr], op: str) -> Expr:
    node = parts[0]
    for part in parts[1:]:
        node = Binary("&&" if op == "&&" else "||", node, part)
    return node


def _offers(nouns: Nouns, parts: Sequence[Expr], op: str, first: bool) -> Iterator[tuple[str, int]]:
    yield from _alternatives(nouns, parts, op)
    if nouns.hearing is not None and first:
        yield from _tag(parts)
        yield from _hours(parts)
        yield from _range(nouns, parts, op)


def _alternatives(nouns: Nouns, parts: Sequence[Expr], op: str) -> Iterator[tuple[str, int]]:
    """One attribute with several values."""
    first = _value(parts[0], op)
    if first is None:
        return
    values = [first[2]]
    for part in parts[1:]:
        found = _value(part, op)
        if found is None or found[:2] != first[:2]:
            break
        values.append(found[2])
    while len(values) > 1:
        node, kind, _ = first
        name = nouns.attribute(*path_of(node))
        many = is_many(name)
        verb = ("are" if many else "is") if kind == "==" else ("include" if many else "includes")
        said = listed([quoted(value) for value in values], "and" if op == "&&" else "or")
        yield f"{name} {verb} {said}", len(values)
        values.pop()


def _value(part: Expr, op: str) -> tuple[Expr, str, str] | None:
    match part:
        case Binary(op="==", left=left, right=Lit(value=str() as value)) if op == "||" and path_of(left)[1]:
            return left, "==", value
        case Method(receiver=left, method="contains", args=(Lit(value=str() as value),)) if path_of(left)[1]:
            return left, "contains", value
        case _:
            return None


def _bound(part: Expr) -> tuple[Expr, BinaryOp, int] | None:
    match part:
        case Binary(op=("<" | "<=" | ">=") as op, left=left, right=Lit(value=value)) if type(value) is int:
            return (left, op, value) if path_of(left)[1] else None
        case _:
            return None


def _tag(parts: Sequence[Expr]) -> Iterator[tuple[str, int]]:
    """A tag that is there and has this value."""
    match parts:
        case [Method(receiver=one, method="hasTag", args=(Lit(value=str() as key),)),
              Binary(op="==", left=Method(receiver=other, method="getTag", args=(Lit(value=again),)),
                     right=Lit(value=str() as value)), *_] if one == other and key == again:  # fmt: skip
            yield f"the tag {quoted(key)} is {quoted(value)}", 2
        case _:
            pass


def _hours(parts: Sequence[Expr]) -> Iterator[tuple[str, int]]:
    """The hour of the day, by the clock."""
    one, two = _bound(parts[0]), _bound(parts[1]) if len(parts) > 1 else None
    if one is None or "hour" not in path_of(one[0])[1][-1].split("_"):  # "hours" may as well be how many
        return
    if two is not None and two[0] == one[0] and (one[1], two[1]) == (">=", "<"):
        yield f"it is between {one[2]:02}:00 and {two[2]:02}:00", 2
    if one[1] == ">=":
        yield f"it is after {one[2]:02}:00", 1
    elif one[1] == "<":
        yield f"it is before {one[2]:02}:00", 1


def _range(nouns: Nouns, parts: Sequence[Expr], op: str) -> Iterator[tuple[str, int]]:
    """A number from one to another."""
    one, two = _bound(parts[0]), _bound(parts[1]) if len(parts) > 1 else None
    if op == "&&" and one is not None and two is not None and one[0] == two[0] and (one[1], two[1]) == (">=", "<="):
        name = nouns.attribute(*path_of(one[0]))
        be = "are" if is_many(name) else "is"
        yield f"{name} {be} between {one[2]} and {two[2]}", 2
