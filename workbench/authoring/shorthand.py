"""Grammar of numbers said beside what they number: "of severity 1", "below level 10", "30 days overdue". Pure.

Imports belongings, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.belongings import Belongings
from workbench.authoring.meaning import AttrRef, Cond, Not, Ref
from workbench.authoring.quantities import Amount


class Shorthand(Belongings):
    """Numbers without a verb."""

    def numbered(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """A quality told by its number, after a noun or after "is"."""
        of = self.longest(i, self.words.preposition.of)
        for words, j in self.attributes(of) if of >= 0 else ():  # "of severity 1 or 2"
            yield from self.quantity(i, j, AttrRef(words, ref))
        signs = [*self.table(i, self.words.comparator.signs), ("==", i)]
        for op, j in signs:
            for words, k in self.attributes(j) if j > i else ():  # "below level 10"
                for amount, m in self.amounts(k):
                    yield atoms.compare(AttrRef(words, ref), op, amount, i, m), m
            number = self.number(j)
            if number is not None:  # "more than 30 days overdue"
                for words, k in self.attributes(number[1]):
                    yield atoms.compare(AttrRef(words, ref), op, Amount(number[0]), i, k), k
        yield from self._by_how_much(i, ref)

    def _by_how_much(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "overdue by more than 30 days": of ``days_overdue``, its unit said after the number."""
        for word in self.lexicon.attributes:
            items = word.phrase.items
            if len(items) < 2 or word.phrase.gapped:
                continue
            for unit, rest in ((items[0], items[1:]), (items[-1], items[:-1])):
                j = self._lemmas(i, rest) if unit in self.lexicon.units else -1
                by = self.longest(j, self.words.preposition.by) if j >= 0 else -1
                for op, k in [*self.table(by, self.words.comparator.signs), ("==", by)] if by >= 0 else ():
                    number = self.number(k)
                    m = self._lemmas(number[1], (unit,)) if number is not None else -1
                    if number is not None and m >= 0:
                        yield atoms.compare(AttrRef((word,), ref), op, Amount(number[0]), i, m), m

    def alike(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "both are in the same region", "both have the same owner": said of the one who acts and of the thing."""
        both = self.longest(i, self.words.listing.both)
        be = self.longest(both, self.words.copula.is_) if both >= 0 else -1
        no = self.longest(be, self.words.negation.plain) if be >= 0 else -1
        for start, negated in ((be, False), (no, True)):
            j = self.longest(start, self.words.preposition.same) if start >= 0 else -1
            for cond, k in self._the_same(j) if j >= 0 else ():
                yield Not(cond) if negated else cond, k
        have = self.longest(both, self.words.verb.have) if both >= 0 else -1
        yield from self._the_same(have) if have >= 0 else ()

    def _the_same(self, i: int) -> Iterator[tuple[Cond, int]]:
        if self.longest(i, self.words.sameness.the_same) >= 0:
            yield from self.sameness(i)
