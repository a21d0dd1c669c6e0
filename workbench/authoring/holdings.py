"""Grammar of what one has or is "with": attributes, values, flags, tags, amounts, counts within a time. Pure.

Imports qualities, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from workbench.authoring import atoms
from workbench.authoring.counters import counter
from workbench.authoring.lexicon import CONTEXT, Owner
from workbench.authoring.meaning import ABOUT, ANY, AttrRef, Cond, Not, Ref
from workbench.authoring.qualities import Qualities, leads

_COUNT_UP = {">": 1, ">=": 0, "==": 0}
_COUNT_DOWN = {"<": 0, "<=": 1}


class Holdings(Qualities):
    """Having."""

    def lacking(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """What one has no: "[no] consent", "[no] refills left"; said after the word that denies it."""
        for cond, j in self.holding(i, ref):
            yield Not(cond), j

    def sized(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "above 500", "of up to 200", "exceeding 500": the amount of the request, unsaid."""
        start = self.maybe(i, *self.words.preposition.of)
        for op, j in self.table(start, self.words.comparator.signs):
            for amount, k in self.amounts(j):
                yield atoms.measure(op, amount, i, k), k
        for amount, j in self.amounts(start):
            for op, k in self.table(j, self.words.comparator.suffixes):
                yield atoms.measure(op, amount, i, k), k

    def holding(self, i: int, ref: Ref, *, company: bool = False) -> Iterator[tuple[Cond, int]]:
        """What one has or is "with": "a reputation above 80", "priority high", "high priority", values, flags.

        ``company``: after "with", where somebody may be meant with whom it is done ("share it with a manager").
        """
        start = self.longest(i, self.words.article.a_the)
        yield from self.listing(i, self.value_items(ref))
        for mention, j in self.attribute(i):
            owner = ref if mention.ref == ANY else mention.ref
            narrowed = AttrRef(mention.words, owner)
            yield from self.quantity(i, self.maybe(j, *self.words.preposition.of), narrowed)
            yield from self.listing(self.maybe(j, *self.words.preposition.of), self.attribute_items(narrowed))
            flag, there = _of_noun(mention, ref), narrowed
            if company:  # "with a contractor": of whom, ``is_contractor`` does not say
                flag = replace(flag, words=tuple(w for w in flag.words if not self.is_noun(w)))
            if company and ref == ANY and mention.ref == ANY:
                flag, there = replace(flag, ref=ABOUT), replace(narrowed, ref=ABOUT)
            yield atoms.boolean(flag, i, j), j
            if not (company and leads(mention)):
                yield atoms.given(there, i, j), j
            yield Not(atoms.none_left(narrowed, i, j)), j
            yield from self.patterned(i, j, narrowed)
        yield from self.keyed(i, ref, clause=False)
        if ref.via is None:
            yield from self.qualified(i)
        between = self.longest(i, self.words.comparator.between)
        for low, j in self.amounts(between) if between >= 0 else ():
            both = self.longest(j, self.words.connective.and_)
            for high, k in self.amounts(both) if both >= 0 else ():
                for mention, m in self.attribute(k):
                    yield atoms.between(_of_noun(mention, ref), low, high, i, m), m
        for low, j in self.amounts(i):  # "1 to 10 lines"
            to = self.longest(j, self.words.being.to)
            for high, k in self.amounts(to) if to >= 0 else ():
                for mention, m in self.attribute(k):
                    yield atoms.between(_of_noun(mention, ref), low, high, i, m), m
        for op, j in [
            *self.table(i, self.words.comparator.signs),
            ("==", self.longest(i, self.words.comparator.exactly)),
        ]:
            for amount, at in self.amounts(j) if j >= 0 else ():
                for mention, k in self.attribute(self.maybe(at, *self.words.preposition.of)):  # "20 kg of fuel"
                    yield atoms.compare(_of_noun(mention, ref), op, amount, i, k), k
        for words, j in self.values(start if start >= 0 else i):
            for attributes, k in self.attributes(j):
                yield atoms.known_value(AttrRef(attributes, ref), words, i, k), k
        j = self.longest(i, self.words.text.the_tag)
        if j >= 0:
            yield from self.listing(j, self.value_items(ref))

    def counted(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "[has] sent 30 messages in the last hour" → the counter has reached 30."""
        token = self.at(i)
        starts = [(i, "")]
        if token is not None and token.kind == "word":
            starts.append((i + 1, token.lemma))
        for start, verb in starts:
            for op, j in list(self.table(start, self.words.comparator.signs)) or [(">=", start)]:
                number = self.number(j)
                if number is None or not isinstance(number[0], int) or op not in (*_COUNT_UP, *_COUNT_DOWN):
                    continue
                after = self.maybe(number[1], *self.words.comparator.or_more)
                times = self.longest(after, self.words.times.noun) if verb else -1  # "[has] replied 20 times today"
                said: list[tuple[list[str], int]] = [([], times)] if times >= 0 else []
                for nouns, k in (*said, *self.noun_words(after)):
                    if verb and nouns and not self._counts(verb, nouns):
                        continue
                    for window, m in self.table(k, self.words.window.over):
                        limit = number[0] + (_COUNT_UP[op] if op in _COUNT_UP else _COUNT_DOWN[op])
                        up = op in _COUNT_UP
                        note = f"{limit} already counted is enough" if up else f"{limit} already counted is too many"
                        reached = counter(nouns, verb, window, limit, note, i, m)
                        yield reached if up else Not(reached), m

    def _counts(self, verb: str, nouns: list[str]) -> bool:
        """Whether having done ``verb`` is what a counter of ``nouns`` counts."""
        done = {a.verb for a in self.lexicon.actions if a.objects and set(a.objects) <= set(nouns)}
        return (
            verb in self.words.verb.counting
            or verb in done
            or any({verb, *nouns} <= set(w.phrase.items) for w in self.lexicon.attributes)
        )

    def noun_words(self, i: int) -> Iterator[tuple[list[str], int]]:
        """One or two plain nouns."""
        found: list[str] = []
        for j in range(i, i + 2):
            token = self.at(j)
            if token is None or token.kind != "word":
                return
            found.append(token.lemma)
            yield list(found), self.used(j + 1)


def _of_noun(mention: AttrRef, ref: Ref) -> AttrRef:
    """Whose an attribute is that a noun is said to have: the noun's own, or else the request's; never another's."""
    if mention.ref != ANY or ref == ANY:
        return mention
    if ref.via is not None:
        return AttrRef(mention.words, ref)
    owners: tuple[Owner, ...] = ref.owners if CONTEXT in ref.owners else (*ref.owners, "context")
    return AttrRef(mention.words, Ref(owners, ref.type))
