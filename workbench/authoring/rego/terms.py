"""What a term of Rego can stand for while it is converted, and the conditions under which it does.

Imports Cedar+'s tree, nodes and kinds. Evaluation is Rego's own, over facts that are not known yet: a term has
*branches*, each a condition of Cedar and the value that the term has where it holds; where none holds, the term is
undefined, as Rego has it. Conditions are total: each fact is read only behind a test that it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from workbench.authoring.rego.kinds import Kind
from workbench.language.ast import Binary, BinaryOp, Expr, Has, Lit, Unary

TRUE, FALSE = Lit(True), Lit(False)


@dataclass(frozen=True, slots=True)
class Const:
    value: bool | int | Decimal | str

    def __eq__(self, other: object) -> bool:  # True == 1 in Python, but not in Rego
        return (
            isinstance(other, Const)
            and isinstance(self.value, bool) == isinstance(other.value, bool)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash((isinstance(self.value, bool), self.value))


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of the request, read by ``expr``, which is defined here."""

    expr: Expr
    kind: Kind = field(compare=False)


@dataclass(frozen=True, slots=True)
class Input:
    """A part of Rego's ``input``, known to be there; what it is depends on what is done with it."""

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Many:
    """A collection that the text writes out; ``kind``: ``set`` or ``array``."""

    kind: str
    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """An object that the text writes out."""

    items: tuple[tuple[Const, Value], ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The elements that rules put together. ``keyed``: by ``name[value]``, a set in v0 and an object in v1."""

    name: str
    keyed: bool


@dataclass(frozen=True, slots=True)
class Words:
    """A text that is put together (a message): defined, but not to be compared."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many elements something has, of which only is known when it has none."""

    empty: Expr


Value: TypeAlias = Const | Fact | Input | Many | Table | Rules | Words | Size


class Branch(NamedTuple):
    condition: Expr
    value: Value


Branches: TypeAlias = list[Branch]


def _flat(op: BinaryOp, parts: Iterable[Expr]) -> list[Expr]:
    """The operands of nested ``op``, each once, in order."""
    found: dict[Expr, None] = {}
    pending = list(parts)[::-1]
    while pending:
        part = pending.pop()
        if isinstance(part, Binary) and part.op == op:
            pending.extend((part.right, part.left))
        else:
            found.setdefault(part)
    return list(found)


def _joined(op: BinaryOp, parts: list[Expr]) -> Expr:
    whole = parts[0]
    for part in parts[1:]:
        whole = Binary(op, whole, part)
    return whole


def conj(*parts: Expr) -> Expr:
    """All of them, in order, so that a test for presence stays before the reading."""
    kept = [part for part in _flat("&&", parts) if part != TRUE]
    if FALSE in kept:
        return FALSE
    tests = [part for part in kept if isinstance(part, Has)]
    kept = [part for part in kept if not (isinstance(part, Has) and any(_longer(test, part) for test in tests))]
    return _joined("&&", kept) if kept else TRUE


def _longer(test: Has, other: Has) -> bool:
    """Whether ``test`` asks for a part of what ``other`` asks for, and so for that too."""
    length = len(other.path)
    return test.expr == other.expr and len(test.path) > length and test.path[:length] == other.path


def disj(*parts: Expr) -> Expr:
    """Any of them; what all have in common at the front is said once."""
    kept = [part for part in _flat("||", parts) if part != FALSE]
    if TRUE in kept:
        return TRUE
    if len(kept) < 2:
        return kept[0] if kept else FALSE
    lists = [_flat("&&", [part]) for part in kept]
    common = 0
    while all(len(one) > common and one[common] == lists[0][common] for one in lists):
        common += 1
    if not common:
        return _joined("||", kept)
    rests = [conj(*one[common:]) for one in lists]
    return conj(*lists[0][:common], disj(*rests))


_OPPOSITE: dict[BinaryOp, BinaryOp] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def neg(part: Expr) -> Expr:
    """Not ``part``, which is total."""
    if isinstance(part, Lit):
        return FALSE if part == TRUE else TRUE
    if isinstance(part, Unary) and part.op == "!":
        return part.arg
    if isinstance(part, Binary) and part.op in _OPPOSITE:
        return Binary(_OPPOSITE[part.op], part.left, part.right)
    return Unary("!", part)


def any_of(branches: Iterable[Branch]) -> Expr:
    """The condition under which there is a value."""
    return disj(*(branch.condition for branch in branches))


def live(branches: Iterable[Branch]) -> Branches:
    """Without those that never hold."""
    return [branch for branch in branches if branch.condition != FALSE]
