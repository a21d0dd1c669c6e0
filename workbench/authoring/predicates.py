"""Grammar of clauses: what is said of the principal, the resource, the request. Pure.

Imports comparisons, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.comparisons import Comparisons, denials
from workbench.authoring.meaning import ANY, AttrRef, Cond, Join, Not, Ref
from workbench.language.ast import EntityLit

_COUNT_UP = {">": 1, ">=": 0, "==": 0}


class Predicates(Comparisons):
    """Conditions."""

    def conditions(self, i: int) -> Iterator[tuple[Cond, int]]:
        """Clauses joined by "and", "or", commas, "either … or", "both … and", parentheses."""
        yield from self.joined(i, self.clause)

    # ---- clauses

    def clause(self, i: int) -> Iterator[tuple[Cond, int]]:
        """One clause, positive or negated."""
        j = self.say(i, "(")
        if j >= 0:
            for cond, k in self.conditions(j):
                m = self.say(k, ")")
                if m >= 0:
                    yield Join(cond.op, cond.parts, True) if isinstance(cond, Join) else cond, m
            return
        j = self.longest(i, self.words.negation.not_the_case)
        if j >= 0:
            for cond, k in self.clause(j):
                yield Not(cond), k
            return
        for ref, j in self.refs(i):
            yield from self.joined(j, lambda at, ref=ref: self.predicate(at, ref))  # type: ignore[misc]
        for mention, j in self.attribute(i):
            yield from self.compared(i, j, mention)
            yield from self._flag(i, j, mention)
        yield from self._parted(i)
        yield from self._clock(i)

    def _flag(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "the customer consented", "… is true / given", "… is not true", "is false"."""
        cond = atoms.boolean(mention, i, j)
        yield cond, j
        be = self.longest(j, self.words.copula.is_)
        if be >= 0:
            k = self.longest(be, self.words.flag.true)
            if k >= 0:
                yield cond, k
            k = self.longest(be, self.words.flag.not_true)
            if k >= 0:
                yield Not(cond), k

    def _parted(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "the change's checks are [not] green": what ``checks_green`` says, its words parted by "is" or "are"."""
        for ref, j in self.owners(i):
            for word in self.lexicon.attributes:
                items = tuple(item for item in word.phrase.items if item not in self.words.copula.be)
                k = self._lemmas(j, items[:-1]) if len(items) > 1 and not word.phrase.gapped else -1
                be = self.longest(k, self.words.copula.is_are) if k >= 0 else -1
                if be >= 0:
                    no = self.longest(be, self.words.negation.not_)
                    for start, negated in ((be, False), (no, True)):
                        m = self._lemmas(start, items[-1:]) if start >= 0 else -1
                        if m >= 0:
                            cond = atoms.boolean(AttrRef((word,), ref), i, m)
                            yield Not(cond) if negated else cond, m

    def _clock(self, i: int) -> Iterator[tuple[Cond, int]]:
        j = self.longest(i, self.words.clock.it_is)
        if j >= 0:
            negated = self.maybe(j, *self.words.negation.plain)
            for cond, k in self.window(negated):
                yield Not(cond) if negated > j else cond, k

    # ---- what is said of someone or something

    def predicate(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """A verb phrase said of ``ref``, negated or not."""
        be = self.longest(i, (*self.words.copula.is_, *self.words.copula.has_been))
        if be >= 0:
            no = self.longest(be, self.words.negation.not_)
            for k, negated in ((be, False), (no, True)):
                if k >= 0:
                    for cond, m in self.complement(k, ref):
                        for meant in denials(cond) if negated else (cond,):
                            yield meant, m
        no = self.longest(i, self.words.negation.verb)
        for k, negated in ((i, False), (no, True)):
            if k >= 0:
                for cond, m in self._verb(k, ref):
                    for meant in denials(cond) if negated else (cond,):
                        yield meant, m

    def _verb(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        yield from self.gapped(i, ref)
        token = self.at(i)
        if token is None or token.kind != "word":
            return
        if token.lemma in self.words.flag.verbs.values():
            for words, j in self.attributes(i):  # "contains personal data", where that is what an attribute says
                yield atoms.boolean(AttrRef(words, ref), i, j), j
        have = self.longest(i, self.words.verb.have)
        if have >= 0:
            no = self.longest(have, self.words.article.no)
            yield from self.holding(have, ref)
            if no >= 0:
                for cond, k in self.holding(no, ref):
                    yield Not(cond), k
            yield from self.counted(have)
        exceed = self.longest(i, self.words.verb.exceeds)
        number = self.number(exceed) if exceed >= 0 else None
        if number is not None:
            yield atoms.measure(">", number[0], i, number[1]), number[1]
        verb = self.words.verb
        no_verb = (*verb.have, *self.words.preposition.with_, *self.words.copula.is_, *verb.auxiliaries)
        if token.lower not in no_verb and "principal" in ref.owners:
            for j in (i + 1, *(k for _, k in self.refs(i + 1))):
                yield atoms.own(token.lemma, i, j), self.used(j)
        belong = self.longest(i, verb.belong_to)
        if belong >= 0:
            for other, k in self.refs(belong):
                if "principal" in other.owners:
                    yield atoms.own("own", i, k), k

    def complement(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """What follows "is": values, flags, "tagged x", membership, ownership, the same region, a number."""
        yield from self.listing(i, self.value_items(ref))
        yield from self.gapped(i, ref)
        yield from self.membership(i, ref)
        start = self.longest(i, self.words.article.a_the)
        for word, j in self.types(start if start >= 0 else i):
            quoted = self.quoted(j)
            if quoted is not None:
                yield atoms.entity(ref, EntityLit(word.type, quoted[0]), i, quoted[1]), quoted[1]
        for words, j in self.attributes(i):
            yield atoms.boolean(AttrRef(words, Ref(tuple(ref.owners), ref.type)), i, j), j
        for named in self.lexicon.attributes:  # "blocked" for `is_blocked`
            items = named.phrase.items
            j = (
                self._lemmas(i, items[1:])
                if items[0] in self.words.copula.be and len(items) > 1 and None not in items
                else -1
            )
            if j >= 0:
                yield atoms.boolean(AttrRef((named,), ref), i, j), j
        j = self.longest(i, self.words.preposition.same)
        if j >= 0:
            yield from self.sameness(j)
        for verb, j in self.table(i, self.words.relation.predicate):
            for other, k in self.refs(j):
                if "principal" in other.owners:
                    yield atoms.own(verb, i, k), k
        j = self.longest(i, self.words.possessive.own_predicate)
        if j >= 0:
            yield atoms.own("own", i, j), j
        if "context" in ref.owners:
            yield from self.sized(i)
        for mention, j in self.attribute(i):
            yield atoms.identity(ref, mention, i, j), j

    def sized(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "above 500", "of up to 200", "exceeding 500": the amount of the request, unsaid."""
        for op, j in self.table(self.maybe(i, *self.words.preposition.of), self.words.comparator.signs):
            number = self.number(j)
            if number is not None:
                yield atoms.measure(op, number[0], i, number[1]), number[1]
        number = self.number(self.maybe(i, *self.words.preposition.of))
        if number is not None:
            for op, k in self.table(number[1], self.words.comparator.suffixes):
                yield atoms.measure(op, number[0], i, k), k

    def holding(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """What one has or is "with": "a reputation above 80", "priority high", "high priority", values, flags."""
        start = self.longest(i, self.words.article.a_the)
        yield from self.listing(i, self.value_items(ref))
        for mention, j in self.attribute(i):
            owner = ref if mention.ref == ANY else mention.ref
            narrowed = AttrRef(mention.words, owner)
            yield from self.quantity(i, self.maybe(j, *self.words.preposition.of), narrowed)
            yield from self.listing(self.maybe(j, *self.words.preposition.of), self.attribute_items(narrowed))
            yield atoms.boolean(mention, i, j), j
        for op, j in [
            *self.table(i, self.words.comparator.signs),
            ("==", self.longest(i, self.words.comparator.exactly)),
        ]:
            number = self.number(j) if j >= 0 else None
            if number is not None:
                for mention, k in self.attribute(number[1]):
                    yield atoms.compare(mention, op, number[0], i, k), k
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
                if number is None or not isinstance(number[0], int) or op not in _COUNT_UP:
                    continue
                for nouns, k in self.noun_words(self.maybe(number[1], *self.words.comparator.or_more)):
                    if verb and not self._counts(verb, nouns):
                        continue
                    for window, m in self.table(k, self.words.window.over):
                        limit = number[0] + _COUNT_UP[op]
                        note = f"{limit} already counted is enough"
                        yield atoms.counter(nouns, verb, window, limit, note, i, m), m

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

    # ---- after a noun

    def postmodifiers(self, i: int, ref: Ref, *, grouped: bool = True) -> Iterator[tuple[list[Cond], int]]:
        """Nothing, or any number of "that …", "with …", "in their own region", "above 500", "tagged x" after a noun."""
        yield [], i
        members = set() if grouped else {j for _, j in self.membership(i, ref)}
        for cond, j in self.postmodifier(i, ref):
            if j > i and j not in members:
                for rest, k in self.postmodifiers(j, ref):
                    yield [cond, *rest], k

    def postmodifier(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        yield from self._relative(i, ref)
        leads = self.words.preposition
        for opening, negated in ((leads.with_, False), (leads.without, True), (leads.with_no, True)):
            j = self.longest(i, opening)
            if j >= 0:
                for cond, k in self.joined(j, lambda at: self.holding(at, ref)):
                    yield Not(cond) if negated else cond, k
        yield from self.gapped(i, ref)
        yield from self.membership(i, ref)
        j = self.longest(i, self.words.preposition.same)
        if j >= 0:
            yield from self.sameness(j)
        for verb, j in self.table(i, self.words.relation.after_noun):
            for other, k in self.refs(j):
                if "principal" in other.owners:
                    yield atoms.own(verb, i, k), k
        if "principal" not in ref.owners:
            yield from self.sized(i)
            for mention, j in self.attribute(i):
                yield from self.quantity(i, j, AttrRef(mention.words, ref))

    def _relative(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        j = self.longest(i, self.words.connective.relative)
        if j < 0 and self.longest(i, self.words.pronoun.relative) >= 0:
            j = i
        if j >= 0:

            def unit(at: int) -> Iterator[tuple[Cond, int]]:
                k = self.longest(at, self.words.connective.relative)
                start = k if k >= 0 else at
                if start > i:
                    yield from self.predicate(start, ref)
                for other, m in self.refs(start):
                    if "principal" in other.owners:
                        no = self.longest(m, self.words.negation.did_not)
                        token = self.at(no if no >= 0 else m)
                        if token is not None and token.kind == "word":
                            end = self.used((no if no >= 0 else m) + 1)
                            cond = atoms.own(token.lemma, start, end)
                            yield Not(cond) if no >= 0 else cond, end

            yield from self.joined(j, unit)
        j = self.longest(i, self.words.connective.whose)
        if j >= 0:
            for words, k in self.attributes(j):
                mention = AttrRef(words, ref)
                yield from self.compared(i, k, mention)
