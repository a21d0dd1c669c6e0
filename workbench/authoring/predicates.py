"""Grammar of clauses: what is said of the principal, the resource, the request. Pure.

Imports shorthand, atoms, meaning.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.comparisons import both_or_each, denials
from workbench.authoring.meaning import ANY, OWNERS, PRINCIPAL, AttrRef, Cond, Join, Not, Ref, join
from workbench.authoring.qualities import leads
from workbench.authoring.relations import of_type, part_of
from workbench.authoring.shorthand import Shorthand
from workbench.language.ast import EntityLit


class Predicates(Shorthand):
    """Conditions."""

    def conditions(self, i: int) -> Iterator[tuple[Cond, int]]:
        """Clauses joined by "and", "or", commas, "either … or", "both … and", parentheses."""
        yield from self.joined(i, self.stated)

    # ---- clauses

    def stated(self, i: int) -> Iterator[tuple[Cond, int]]:
        """A clause, and what it says of what is missing: "… (or that is unknown)", "… (and that is known)"."""
        for cond, j in self.clause(i):
            yield cond, j
            for phrases, unknown in ((self.words.flag.or_unknown, True), (self.words.flag.and_known, False)):
                k = self.longest(j, phrases)
                if k >= 0:
                    yield atoms.sided(cond, unknown, i, k), k

    def clause(self, i: int) -> Iterator[tuple[Cond, int]]:
        """One clause, positive or negated."""
        j = self.say(i, "(")
        if j >= 0:
            for cond, k in self.conditions(j):
                m = self.say(k, ")")
                if m >= 0:
                    yield Join(cond.op, cond.parts, True) if isinstance(cond, Join) else cond, m
            return
        yield from self._either(i)
        yield from self.alike(i)
        j = self.longest(i, self.words.negation.not_the_case)
        if j >= 0:
            for cond, k in self.clause(j):
                yield Not(cond), k
            return
        for ref, j in self.refs(i):
            yield from self.joined(j, lambda at, ref=ref: self.predicate(at, ref))  # type: ignore[misc]
        for mention, j in self.attribute(i):
            yield from self._said_of(i, j, mention)
        yield from self._parted(i)
        yield from self._expired(i, ANY)
        yield from self._there(i)
        yield from self._quantified(i)
        yield from self.keyed(i, ANY, clause=True)
        yield from self._clock(i)

    def _flag(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """ "the customer consented", "… is true / given", "… is not true", "is false"."""
        cond = atoms.boolean(mention, i, j)
        yield cond, j
        for phrases, negated in ((self.words.flag.given, False), (self.words.flag.not_given, True)):
            k = self.longest(j, phrases)
            if k >= 0:
                there = atoms.given(mention, i, k)
                yield Not(there) if negated else there, k
        be = self.longest(j, self.words.copula.is_)
        if be >= 0:
            k = self.longest(be, self.words.flag.true)
            if k >= 0:
                yield cond, k
            k = self.longest(be, self.words.flag.not_true)
            if k >= 0:
                yield Not(cond), k

    def _either(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "either the battery is above 90 or the order is express": what belongs together within more."""
        lists, joins = self.words.listing, self.words.connective
        for opening, joint, op in ((lists.either, joins.or_, "||"), (lists.both, joins.and_, "&&")):
            j = self.longest(i, opening)
            for first, k in self.clause(j) if j >= 0 else ():
                m = self.longest(self.comma(k), joint)
                for other, n in self.clause(self.maybe(m, *joins.again)) if m >= 0 else ():
                    yield Join("||" if op == "||" else "&&", (first, other), True), n

    def _said_of(self, i: int, j: int, mention: AttrRef) -> Iterator[tuple[Cond, int]]:
        """What is said of an attribute, or of the entity or record that it names."""
        yield from self.joined(j, lambda at: self.compared(i, at, mention))
        yield from self._flag(i, j, mention)
        if leads(mention):
            led = Ref(OWNERS, via=mention)
            yield from self.joined(j, lambda at: self.predicate(at, led))

    def _expired(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "[whose] licence has expired": ``licenceExpiry`` lies in the past."""
        for owner, j in self.owners(i) if ref == ANY else [(ref, i)]:
            for word in self.lexicon.attributes:
                items = word.phrase.items
                if len(items) > 1 and items[-1] in self.words.naming.expiry and not word.phrase.gapped:
                    k = self._lemmas(j, items[:-1])
                    ended = (*self.words.moment.expired, *self.words.moment.passed)
                    m = self.longest(k, ended) if k >= 0 else -1
                    if m >= 0:
                        yield atoms.passed(AttrRef((word,), owner), "<", i, m), m

    def _there(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "there are at least 2 signatures", "there is no review"."""
        j = self.longest(i, self.words.being.there_is)
        if j >= 0:
            yield from self.joined(j, lambda at: self.holding(at, ANY))
            no = self.longest(j, self.words.article.no)
            yield from self.lacking(no, ANY) if no >= 0 else ()

    def _quantified(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "more than 100 rows are requested": a number of ``rowsRequested``, its words parted by "is" or "are"."""
        for op, j in self.table(i, self.words.comparator.signs):
            for amount, k in self.amounts(j):
                for word in self.lexicon.attributes:
                    items = word.phrase.items
                    if len(items) < 2 or word.phrase.gapped:
                        continue
                    for head, tail in ((items[:-1], items[-1:]), (items[1:], items[:1])):
                        m = self._lemmas(k, head)
                        be = self.longest(m, self.words.copula.is_) if m >= 0 else -1
                        n = self._lemmas(be, tail) if be >= 0 else -1
                        if n >= 0:
                            yield atoms.compare(AttrRef((word,), ANY), op, amount, i, n), n

    def _parted(self, i: int) -> Iterator[tuple[Cond, int]]:
        """ "the change's checks are [not] green": what ``checks_green`` says, its words parted by "is" or "are"."""
        for ref, j in self.owners(i):
            for word in self.lexicon.attributes:
                items = tuple(item for item in word.phrase.items if item not in self.words.copula.be)
                k = self._lemmas(j, items[:-1]) if len(items) > 1 and not word.phrase.gapped else -1
                be = self.longest(k, (*self.words.copula.is_are, *self.words.order.perfect)) if k >= 0 else -1
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
            for found in (self.window(negated), self.days(negated)):
                for cond, k in found:
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
            for cond, m in self.joined(be, lambda at: self._signed(at, ref), signed=True):
                if isinstance(cond, Join):
                    yield cond, m
            yield from self._neither(be, ref)
        no = self.longest(i, self.words.negation.verb)
        for k, negated in ((i, False), (no, True)):
            if k >= 0:
                for cond, m in self._verb(k, ref):
                    for meant in denials(cond) if negated else (cond,):
                        yield meant, m

    def _signed(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """One thing that something is, or is not."""
        yield from self.complement(i, ref)
        no = self.longest(i, self.words.negation.plain)
        for cond, j in self.complement(no, ref) if no >= 0 else ():
            yield Not(cond), j

    def _neither(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "neither deprecated nor restricted"."""
        j = self.longest(i, self.words.listing.neither)

        def more(parts: list[Cond], at: int) -> Iterator[tuple[Cond, int]]:
            k = self.longest(self.comma(at), self.words.connective.nor)
            for cond, m in self.complement(k, ref) if k >= 0 else ():
                whole = join("||", [*parts, cond])
                yield Not(Join("||", whole.parts if isinstance(whole, Join) else (whole,), True)), m
                yield from more([*parts, cond], m)

        for first, k in self.complement(j, ref) if j >= 0 else ():
            yield from more([first], k)

    def _verb(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        yield from self.gapped(i, ref)
        token = self.at(i)
        if token is None or token.kind != "word":
            return
        yield from self.measured(i, ref)
        yield from self.tagged(i, ref)
        for words, j in self.attributes(i):  # "runs as the agent"
            if leads(AttrRef(words, ref)):
                for other, k in self.refs(j):
                    if "principal" in other.owners:
                        who = Ref(("principal",), other.type)
                        yield atoms.identity(who, AttrRef(words, ref), i, k), k
        if token.lemma in self.words.flag.verbs.values():
            for words, j in self.attributes(i):  # "contains personal data", where that is what an attribute says
                yield atoms.boolean(AttrRef(words, ref), i, j), j
        have = self.longest(i, self.words.verb.have)
        if have >= 0:
            no = self.longest(have, self.words.article.no)
            yield from self.holding(have, ref)
            yield from self._the_same(have) if ref.via is None else ()
            if no >= 0:
                yield from self.lacking(no, ref)
            if ref.via is None:
                yield from self.counted(have)
        if ref.via is not None:  # what follows speaks of the one who acts and of what is acted on
            return
        exceed = self.longest(i, self.words.verb.exceeds)
        number = self.number(exceed) if exceed >= 0 and ref.owners != PRINCIPAL.owners else None
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
        yield from self.measured(i, ref)
        yield from self.numbered(i, ref)
        yield from self.tagged(i, ref)
        yield from self.flags(i, ref)
        yield from self.circumstance(i, ref)
        yield from self.among(i, ref)
        start = self.longest(i, self.words.article.a_the)
        for word, j in self.types(start if start >= 0 else i):
            yield of_type(ref, word.type, i, j), j
            quoted = self.quoted(j)
            if quoted is not None:
                yield atoms.entity(ref, EntityLit(word.type, quoted[0]), i, quoted[1]), quoted[1]
        for words, j in self.attributes(start if start >= 0 else i):
            yield atoms.boolean(AttrRef(words, ref), i, j), j
            yield from self.quantity(i, j, AttrRef(words, ref))  # "was created more than 90 days ago"
        j = self.longest(i, self.words.being.member_of)
        for other, k in self.refs(j) if j >= 0 else ():
            yield part_of(ref, other, i, k), k
        for values, j in self.values(i):  # "high priority"
            for words, k in self.attributes(j):
                yield atoms.known_value(AttrRef(words, ref), values, i, k), k
        for mention, j in self.others(i):
            yield atoms.identity(ref, mention, i, j), j
        if ref.via is not None:  # what follows speaks of the one who acts and of what is acted on
            return
        j = self.longest(i, self.words.preposition.same)
        if j >= 0:
            yield from self.sameness(j)
        yield from self.done_by(i)
        yield from self.elsewhere(i, ref)
        j = self.longest(i, self.words.possessive.own_predicate)
        if j >= 0:
            yield atoms.own("own", i, j), j
        if "context" in ref.owners:
            yield from self.sized(i)

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
        for opening, negated in ((leads.with_, False), (leads.without, True)):
            j = self.longest(i, opening)
            if j >= 0:
                with_ = not negated
                for cond, k in self.joined(j, lambda at, with_=with_: self.holding(at, ref, company=with_)):  # type: ignore[misc]
                    for meant in both_or_each(cond) if negated else (cond,):
                        yield meant, k
        j = self.longest(i, leads.with_no)
        yield from self.lacking(j, ref) if j >= 0 else ()
        no = self.longest(i, self.words.negation.plain)
        for cond, j in self._bare(no, ref) if no >= 0 else ():  # "clinicians not in the ward"
            yield Not(cond), j
        yield from self.elsewhere(i, ref)
        yield from self.belonging(i) if ref.via is None else ()
        yield from self.gapped(i, ref)
        yield from self.membership(i, ref)
        yield from self.measured(i, ref)
        yield from self.numbered(i, ref)
        yield from self.tagged(i, ref)
        yield from self.circumstance(i, ref)
        if ref.via is not None:
            return
        j = self.longest(i, self.words.preposition.same)
        if j >= 0:
            yield from self.sameness(j)
        yield from self.done_by(i)
        token = self.at(i)
        done = token is not None and token.lower != token.lemma  # "hired before 2020-01-01"
        if "principal" not in ref.owners:
            yield from self.sized(i)
        if "principal" not in ref.owners or done:
            for words, j in self.attributes(i):
                yield from self.quantity(i, j, AttrRef(words, ref))

    def _bare(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """What stands after a noun without a verb, and may be denied there."""
        yield from self.membership(i, ref)
        yield from self.tagged(i, ref)
        yield from self.gapped(i, ref)
        yield from self.circumstance(i, ref)
        j = self.longest(i, self.words.preposition.same)
        yield from self.sameness(j) if j >= 0 and ref.via is None else ()

    def _whose(self, i: int, ref: Ref) -> Iterator[tuple[Cond, int]]:
        """ "whose severity is above 3", "whose steward's clearance is below 2"."""
        j = self.longest(i, self.words.connective.whose)
        if j >= 0:
            for mention, k in self.attribute(j):
                if mention.ref == ANY:
                    yield from self._said_of(i, k, AttrRef(mention.words, ref))
                elif mention.ref.via is not None:
                    yield from self._said_of(i, k, _of(mention, ref))
            yield from self.keyed(j, ref, clause=True)
            yield from self._expired(j, ref)

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
                    yield from self._whose(start, ref)
                for other, m in self.refs(start):
                    if "principal" in other.owners and ref.via is None:
                        m = self.maybe(m, *self.words.copula.have)
                        no = self.longest(m, self.words.negation.did_not)
                        token = self.at(no if no >= 0 else m)
                        if token is not None and token.kind == "word":
                            end = self.used((no if no >= 0 else m) + 1)
                            cond = atoms.own(token.lemma, start, end)
                            yield Not(cond) if no >= 0 else cond, end

            yield from self.joined(j, unit)
        yield from self._whose(i, ref)
        j = self.longest(i, self.words.being.of_which)
        for other, k in self.refs(j) if j >= 0 else ():
            be = self.longest(k, self.words.copula.is_)
            start = self.maybe(be, *self.words.article.a_the) if be >= 0 else -1
            for words, m in self.attributes(start) if start >= 0 and "principal" in other.owners else ():
                yield atoms.identity(Ref(("principal",), other.type), AttrRef(words, ref), i, m), m


def _of(mention: AttrRef, ref: Ref) -> AttrRef:
    """The mention, its first owner known: "whose steward's clearance" is of what "whose" stands for."""
    via = mention.ref.via
    if via is None:
        return AttrRef(mention.words, ref if mention.ref == ANY else mention.ref)
    return AttrRef(mention.words, Ref(OWNERS, via=_of(via, ref)))
