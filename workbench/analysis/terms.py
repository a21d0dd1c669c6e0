"""The language of questions to the solver: typed terms, hash-consed, simplified as they are made. Pure.

A :class:`Terms` factory belongs to one symbolic world; nothing is global, so a finished analysis is let go whole.
Within a factory equal terms are the same object. Sorts are texts: ``Bool``, ``Int``, ``Text``, ``Ip``, ``E:<type>`` for
entities, and ``S:<sort>`` for finite sets. Sets of literals are terms ``set``; what quantifies over a set's members
(``subset``, ``meets``, ``within``) is a predicate whose meaning ``analysis.facts`` adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

from workbench.analysis.patterns import matches, pieces
from workbench.engine.values import I64_MAX, I64_MIN
from workbench.language.ast import Wildcard

Op: TypeAlias = Literal[
    "const",  # data: bool, int, str, Ip, or the id of an entity
    "app",  # data: the name of a function that nothing is known of; without arguments, an unknown
    "not", "and", "or", "ite", "eq", "le", "lt",
    "add", "mul", "div", "mod",  # div and mod floor, by a positive constant
    "like",  # data: the pattern
    "v4", "inrange",  # of Ip
    "set",  # a set of the arguments
    "member", "subset", "meets", "within",
]  # fmt: skip


class Term:
    """One node. ``id`` grows with the time of making; compare by identity."""

    __slots__ = ("args", "data", "id", "op", "sort")

    def __init__(self, op: Op, sort: str, args: tuple[Term, ...], data: Any, id: int) -> None:
        self.op = op
        self.sort = sort
        self.args = args
        self.data = data
        self.id = id

    def __repr__(self) -> str:
        inner = " ".join(map(repr, self.args))
        return f"({self.op}{f' {self.data!r}' if self.data is not None else ''}{f' {inner}' if inner else ''})"

    def walk(self) -> Iterator[Term]:
        """Every node once, arguments first; iterative."""
        return cone([self])


def cone(roots: Iterable[Term]) -> Iterator[Term]:
    """Every node under ``roots`` once, arguments before what they are in."""
    seen: set[Term] = set()
    stack = [(root, False) for root in roots]
    while stack:
        term, opened = stack.pop()
        if opened:
            yield term
        elif term not in seen:
            seen.add(term)
            stack.append((term, True))
            stack += [(arg, False) for arg in term.args if arg not in seen]


def set_of(sort: str) -> str:
    """The sort of sets of ``sort``."""
    return f"S:{sort}"


class Terms:
    """Makes terms. Every method returns the simplest equal term that it sees."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Term] = {}
        self._negated: dict[Term, Term] = {}
        self.true = self._make("const", "Bool", (), True)
        self.false = self._make("const", "Bool", (), False)

    def _make(self, op: Op, sort: str, args: tuple[Term, ...] = (), data: Any = None) -> Term:
        key = (op, sort, args, type(data), data)
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = Term(op, sort, args, data, len(self._made))
        return found

    # ---- leaves

    def const(self, sort: str, data: Any) -> Term:
        """A constant of the sort; two different ones are different values."""
        return self._make("const", sort, (), data)

    def boolean(self, value: bool) -> Term:
        return self.true if value else self.false

    def integer(self, value: int) -> Term:
        return self._make("const", "Int", (), value)

    def text(self, value: str) -> Term:
        return self._make("const", "Text", (), value)

    def app(self, name: str, sort: str, args: tuple[Term, ...] = ()) -> Term:
        """An unknown function of the arguments; one name at two sorts is two functions."""
        return self._make("app", sort, args, name)

    # ---- logic

    def not_(self, term: Term) -> Term:
        """Moved inwards, so that what follows from, or contradicts, a part is seen as such."""
        if term.op == "not":
            return term.args[0]
        if term.op == "const":
            return self.boolean(not term.data)
        found = self._negated.get(term)
        if found is None:
            if term.op == "and":
                found = self.or_(*map(self.not_, term.args))
            elif term.op == "or":
                found = self.and_(*map(self.not_, term.args))
            else:
                found = self._make("not", "Bool", (term,))
            self._negated[term] = found
        return found

    def and_(self, *terms: Term) -> Term:
        return self._junction("and", terms, self.true, self.false)

    def or_(self, *terms: Term) -> Term:
        return self._junction("or", terms, self.false, self.true)

    def _junction(self, op: Literal["and", "or"], terms: Iterable[Term], unit: Term, zero: Term) -> Term:
        """``and`` and ``or`` are each other's mirror image. Flattens, drops doubles, and sees ``a ∧ (¬a ∨ b)``."""
        parts: dict[Term, None] = {}
        for term in terms:
            for part in term.args if term.op == op else (term,):
                if part is zero:
                    return zero
                if part is not unit:
                    parts[part] = None
        other: Literal["and", "or"] = "or" if op == "and" else "and"
        kept: list[Term] = []
        changed = False
        for part in parts:
            if part.op != other:
                if self.not_(part) in parts:
                    return zero
            else:
                if any(inner in parts for inner in part.args):
                    continue  # absorbed
                left = [inner for inner in part.args if self.not_(inner) not in parts]
                if len(left) < len(part.args):
                    changed = True
                    kept.append(self._junction(other, left, zero, unit))
                    continue
            kept.append(part)
        if changed:
            return self._junction(op, kept, unit, zero)
        if not kept:
            return unit
        if len(kept) == 1:
            return kept[0]
        return self._make(op, "Bool", tuple(sorted(kept, key=_by_id)))

    def implies(self, if_: Term, then: Term) -> Term:
        return self.or_(self.not_(if_), then)

    def ite(self, condition: Term, then: Term, otherwise: Term) -> Term:
        """``then`` and ``otherwise`` have one sort."""
        if condition is self.true or then is otherwise:
            return then
        if condition is self.false:
            return otherwise
        if then.sort == "Bool":
            return self.and_(self.implies(condition, then), self.or_(condition, otherwise))
        if condition.op == "not":
            return self.ite(condition.args[0], otherwise, then)
        return self._make("ite", then.sort, (condition, then, otherwise))

    def eq(self, left: Term, right: Term) -> Term:
        """Equality of one sort; never of sets (:meth:`same`)."""
        if left is right:
            return self.true
        if left.op == "const" and right.op == "const":
            return self.false
        if left.sort == "Bool":
            for one, two in ((left, right), (right, left)):
                if one is self.true:
                    return two
                if one is self.false:
                    return self.not_(two)
            if self.not_(left) is right:
                return self.false
        if right.op == "const" or (left.op != "const" and right.id < left.id):
            left, right = right, left
        return self._make("eq", "Bool", (left, right))

    # ---- numbers

    def le(self, left: Term, right: Term) -> Term:
        if left is right:
            return self.true
        if left.op == "const" and right.op == "const":
            return self.boolean(left.data <= right.data)
        return self._make("le", "Bool", (left, right))

    def lt(self, left: Term, right: Term) -> Term:
        return self.not_(self.le(right, left))

    def add(self, left: Term, right: Term) -> Term:
        if left.op == "const" and right.op == "const":
            return self.integer(left.data + right.data)
        return self._make("add", "Int", (left, right))

    def mul(self, left: Term, right: Term) -> Term:
        if left.op == "const" and right.op == "const":
            return self.integer(left.data * right.data)
        return self._make("mul", "Int", (left, right))

    def neg(self, term: Term) -> Term:
        return self.mul(self.integer(-1), term)

    def sub(self, left: Term, right: Term) -> Term:
        return self.add(left, self.neg(right))

    def div(self, term: Term, by: int) -> Term:
        """Rounded down; ``by`` > 0."""
        return (
            self.integer(term.data // by) if term.op == "const" else self._make("div", "Int", (term, self.integer(by)))
        )

    def mod(self, term: Term, by: int) -> Term:
        return (
            self.integer(term.data % by) if term.op == "const" else self._make("mod", "Int", (term, self.integer(by)))
        )

    def quotient(self, term: Term, by: int) -> Term:
        """Rounded towards zero; ``by`` > 0."""
        down = self.div(self.neg(term), by)
        return self.ite(self.le(self.integer(0), term), self.div(term, by), self.neg(down))

    def is_i64(self, term: Term) -> Term:
        """Whether an integer fits Cedar's ``Long``."""
        return self.and_(self.le(self.integer(I64_MIN), term), self.le(term, self.integer(I64_MAX)))

    # ---- text and addresses

    def like(self, text: Term, pattern: tuple[str | Wildcard, ...]) -> Term:
        if text.op == "const":
            return self.boolean(matches(text.data, pattern))
        if len(parts := pieces(pattern)) == 1:
            return self.eq(text, self.text(parts[0]))
        if text.op == "ite":
            return self._outside(text, lambda each: self.like(each, pattern))
        return self._make("like", "Bool", (text,), pattern)

    def is_v4(self, ip: Term) -> Term:
        return self.boolean(ip.data.is_ipv4()) if ip.op == "const" else self._make("v4", "Bool", (ip,))

    def in_range(self, ip: Term, other: Term) -> Term:
        if ip.op == "const" and other.op == "const":
            return self.boolean(ip.data.is_in_range(other.data))
        return self._make("inrange", "Bool", (ip, other))

    # ---- sets

    def literal_set(self, sort: str, items: Iterable[Term]) -> Term:
        """The set of these terms of ``sort``."""
        return self._make("set", set_of(sort), tuple(sorted(set(items), key=_by_id)))

    def _outside(self, term: Term, of: Any) -> Term:
        condition, then, otherwise = term.args
        return self.ite(condition, of(then), of(otherwise))

    def member(self, whole: Term, item: Term) -> Term:
        if whole.op == "set":
            return self.or_(*(self.eq(each, item) for each in whole.args))
        if whole.op == "ite":
            return self._outside(whole, lambda each: self.member(each, item))
        return self._make("member", "Bool", (whole, item))

    def subset(self, part: Term, whole: Term) -> Term:
        """Whether every member of ``part`` is one of ``whole``."""
        if part is whole:
            return self.true
        if part.op == "set":
            return self.and_(*(self.member(whole, each) for each in part.args))
        for index, each in enumerate((part, whole)):
            if each.op == "ite":
                return self._outside(
                    each, lambda inner, i=index: self.subset(*((inner, whole) if i == 0 else (part, inner)))
                )
        return self._make("subset", "Bool", (part, whole))

    def same(self, left: Term, right: Term) -> Term:
        """Equality of sets: by their members."""
        return self.and_(self.subset(left, right), self.subset(right, left))

    def meets(self, left: Term, right: Term) -> Term:
        """Whether the sets have a member in common."""
        for one, two in ((left, right), (right, left)):
            if one.op == "set":
                return self.or_(*(self.member(two, each) for each in one.args))
            if one.op == "ite":
                return self._outside(one, lambda inner, two=two: self.meets(inner, two))
        left, right = sorted((left, right), key=_by_id)
        return self._make("meets", "Bool", (left, right))

    def within(self, entity: Term, groups: Term) -> Term:
        """Whether ``entity`` is, or is in, a member of the unknown set of entities ``groups``."""
        return self._make("within", "Bool", (entity, groups))


def _by_id(term: Term) -> int:
    return term.id
