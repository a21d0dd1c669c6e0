"""Grammar of whose and where: "of critical patients", "packed by them", "outside their zone". Pure.

Imports holdings, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.holdings import Holdings
from workbench.authoring.meaning import ANY, OWNERS, RESOURCE, AttrRef, Cond, Not, Ref, join
from workbench.authoring.qualities import leads
from workbench.language.schema import EntityRef


class Belongings(Holdings):
    """What is another's, by whom something was done, where it is not."""

    def done_by(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "owned by them", "packed by the worker", "assigned to their deputy"."""
        starts = [(verb, j) for verb, j in self.table(i, self.words.relation.after_noun)]
        token = self.at(i)
        by = self.longest(i + 1, self.words.preposition.by)
        if token is not None and token.kind == "word" and token.lower != token.lemma and by >= 0:
            starts.append((token.lemma, by))
        for verb, j in dict.fromkeys(starts):
            for other, k in self.refs(j):
                if "principal" in other.owners:
                    yield atoms.own(verb, i, k), k
            for mention, k in self.attribute(j):
                if leads(mention):
                    yield atoms.agent(verb, mention, i, k), k

    def elsewhere(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "outside their zone", "in another region", "other than their own"."""
        j = self.longest(i, self.words.being.outside) if ref.via is None else -1
        if j >= 0:
            for cond, k in self.sameness(j):
                yield Not(cond), k
        j = self.longest(i, self.words.being.in_another) if ref.via is None else -1
        for words, k in self.attributes(j) if j >= 0 else ():
            yield Not(atoms.same(AttrRef(words, ANY), i, k)), k
        j = self.longest(i, self.words.being.other_than)
        k = self.longest(j, self.words.possessive.own_predicate) if j >= 0 else -1
        if k >= 0 and ref.via is None:
            yield Not(atoms.own("own", i, k)), k
        elif k >= 0 and ref.via is not None and ref.via.ref == RESOURCE:  # "of departments other than their own"
            yield Not(atoms.same(AttrRef(ref.via.words, ANY), i, k)), k

    def belonging(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "[prescriptions] of critical patients": what is said of the one entity of that type that they name."""
        j = self.longest(i, self.words.being.belonging)
        start = self.maybe(j, *self.words.article.a_the_any) if j >= 0 else -1
        if start < 0:
            return
        for word, _ in (pair for at in range(start, min(start + 4, len(self.tokens))) for pair in self.types(at)):
            named = tuple(w for w in self.lexicon.attributes if w.type == EntityRef(word.type))
            if not named:
                continue
            ref = Ref(OWNERS, via=AttrRef(named, RESOURCE))
            for adjectives, k in self.adjectives(start, ref):
                m = self._nouns(k, word.phrase.nouns)
                if m < 0:
                    continue
                for after, n in self.postmodifiers(m, ref):
                    conds = (*adjectives, *after)
                    if conds:
                        yield join("&&", conds), n

    def postmodifiers(self, i: int, ref: Ref, *, grouped: bool = True) -> Iterator[tuple[list[Cond], int]]:
        """What may follow a noun: see :class:`~workbench.authoring.predicates.Predicates`."""
        raise NotImplementedError
