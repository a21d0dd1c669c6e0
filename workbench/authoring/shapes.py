"""Grammar of norms: the shapes of sentences with their negations and word orders. Pure.

``norms()`` yields every reading that uses every token. Imports limits, which has all other shapes, and norm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.authoring.lexicon import ActionPhrase
from workbench.authoring.limits import Limits
from workbench.authoring.meaning import PRINCIPAL
from workbench.authoring.nominals import is_verb
from workbench.authoring.norm import Doing, Kind, Norm, Subject, Tail, Thing
from workbench.authoring.subjects import subject_cond


class Shapes(Limits):
    """Whole sentences."""

    def norms(self) -> list[Norm]:
        """Every reading of the whole sentence (none where it is outside the grammar)."""
        found: dict[Norm, None] = {}
        for opening, i in self._openings():
            for norm, j in self._body(i, opening):
                end = self.maybe(j, ".", "!", ";")
                if end == len(self.tokens):
                    found[norm] = None
        return list(found)

    def _openings(self) -> Iterator[tuple[Tail, int]]:
        start = self.maybe(0, *self.words.connective.please)
        yield Tail(), start if start == 0 else 0
        joins, order = self.words.connective, self.words.order
        for words, name in (
            (joins.if_, "when"), (joins.unless, "unless"), (order.after, "when"), (order.before, "until"),
        ):  # fmt: skip
            j = self.longest(0, words)
            if j >= 0:
                for cond, k in self.conditions(j):
                    yield Tail().plus(**{name: (cond,)}), self.maybe(self.comma(k), *joins.then)
        for cond, k in self.joined(0, self.restriction):  # "During a change freeze, …", "Between 22:00 and 06:00, …"
            comma = self.comma(k)
            if comma > k:
                yield Tail(when=(cond,)), comma
        for cond, k in self.window(0):  # "On weekends nobody may …"
            yield Tail(when=(cond,)), self.comma(k)
        for start in self.any_of(0, order.place):  # "In muted rooms, …"
            for thing, k in self.thing(start):
                comma = self.comma(k)
                if comma > k and thing != Thing():
                    yield Tail(thing=thing), comma

    def _body(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        yield from self._active(i, opening)
        yield from self._nobody(i, opening)
        yield from self._only_subject(i, opening)
        yield from self._imperative(i, opening)
        yield from self._imperative_only(i, opening)
        yield from self._passive(i, opening)
        yield from self._state(i, opening)
        yield from self._given_out(i, opening)
        yield from self.cap(i, opening)
        yield from self.requirement(i, opening)
        yield from self.frequency(i, opening)
        yield from self.amount_of_actor(i, opening)
        yield from self.approval(i, opening)
        yield from self.approval_active(i, opening)
        yield from self.approval_first(i, opening)
        yield from self.preference(i, opening)

    # ---- who may do what

    def _active(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        for subject, end in self.subject(i):
            for before, j in self._but(end, subject, opening):
                for kind, k in self._modality(j):
                    self.part(i, j, "subject")
                    for doing, m in self.doing(k):
                        self._mark(j, k, m)
                        for tail, n in self.tails(m, before):
                            yield Norm(kind, subject, (doing,), tail), n
                    for doings, m in self._several(k):
                        for tail, n in self.tails(m, before):
                            yield Norm(kind, subject, doings, tail, notes=self._each(kind, k, m)), n

    def _each(self, kind: Kind, i: int, j: int) -> tuple[str, ...]:
        """A rule sees one request: "may not A and B" cannot say that only both together are forbidden."""
        both = any(token.lower in self.words.connective.and_ for token in self.tokens[i:j])
        return ("each of these is forbidden by itself",) if both and kind == "forbid" else ()

    def _but(self, i: int, subject: Subject, opening: Tail) -> Iterator[tuple[Tail, int]]:
        """Nothing, or who of those who act is spared: "[all agents] except leads", "[clerks] other than trainees"."""
        yield opening, i
        start = self.comma(i)
        j = self.longest(start, self.words.connective.except_who) if not subject.anybody else -1
        for spared, k in self.subject(j) if j >= 0 else ():
            end = self.comma(k) if start > i else k
            if not spared.anybody:
                yield opening.plus(unless=(subject_cond(spared, j),)), end

    def _mark(self, i: int, j: int, k: int) -> None:
        self.part(i, j, "modality")
        self.part(j, k, "action")

    def _several(self, i: int) -> Iterator[tuple[tuple[Doing, ...], int]]:
        """ "reply to or close tickets", "close tickets and delete memories": two or more actions."""
        for first, j in self.doing(i):
            yield from self._more_doings([first], j, "")

    def _more_doings(self, before: list[Doing], j: int, word: str) -> Iterator[tuple[tuple[Doing, ...], int]]:
        after = self.comma(j)
        for joint, phrases in (("or", self.words.connective.or_), ("and", self.words.connective.and_)):
            k = self.longest(after, phrases) if word in ("", joint) else -1
            if k >= 0:
                hangs = before[-1].open and self.tokens[j - 1].lower in self.words.preposition.all
                for nxt, m in self.doing(k):
                    doings = [*before, nxt]
                    for shared in self._shared(doings):
                        if not (hangs and shared[-2].open):  # "push to or merge into …": what "to" leads to follows
                            yield shared, m
                    yield from self._more_doings(doings, m, joint)
        if after > j:
            for nxt, k in self.doing(after):
                yield from self._more_doings([*before, nxt], k, word)

    def _shared(self, doings: list[Doing]) -> Iterator[tuple[Doing, ...]]:
        """Verbs without an object take that of the next verb ("view or close sensitive tickets").

        Where such a verb may also stand alone ("reply or close sensitive tickets"), both are readings.
        """
        filled: list[Doing] = []
        alone = False
        for doing in reversed(doings):
            if doing.open and filled:
                alone = alone or (bool(filled[0].thing.conds) and self._intransitive(doing))
                doing = Doing(doing.uid, filled[0].thing, filled[0].count, doing.loose, doing.group)
            filled.insert(0, doing)
        yield tuple(filled)
        if alone:
            yield tuple(doings)

    def _intransitive(self, doing: Doing) -> bool:
        return any(p.uid == doing.uid and p.rest and p.rest[0] is not None for p in self.lexicon.actions)

    def _modality(self, i: int) -> Iterator[tuple[Kind, int]]:
        kinds: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("forbid", self.words.modality.forbid),
            ("permit", self.words.modality.permit),
            ("only", self.words.modality.permit_only),
        )
        for kind, phrases in kinds:
            j = self.longest(i, phrases)
            if j >= 0:
                yield kind, j

    def _nobody(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        subjects: list[tuple[Subject, int]] = []
        j = self.longest(i, self.words.who.nobody)
        if j >= 0:
            subjects.extend((Subject(conds=tuple(conds)), k) for conds, k in self.postmodifiers(j, PRINCIPAL))
        j = self.longest(i, self.words.who.none_of)
        if j >= 0:
            subjects.extend(self.subject(j))
        subjects.extend(self.neither(i))
        for subject, k in subjects:
            self.part(i, k, "subject")
            tails = [(opening, k)]
            m = self.longest(k, self.words.connective.except_who)
            if m >= 0:
                for spared, n in self.subject(m):
                    tails.append((opening.plus(unless=(subject_cond(spared, m),)), n))
            for before, m in tails:
                may = self.longest(m, self.words.modality.after_nobody)
                if may >= 0:
                    for doing, n in self.doing(may):
                        self._mark(m, may, n)
                        for tail, end in self.tails(n, before):
                            yield Norm("forbid", subject, (doing,), tail), end
                    for doings, n in self._several(may):
                        for tail, end in self.tails(n, before):
                            yield Norm("forbid", subject, doings, tail), end

    def _only_subject(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        j = self.longest(i, self.words.connective.only)
        if j < 0:
            return
        for subject, k in self.subject(j):
            self.part(i, k, "subject")
            may = self.longest(k, self.words.modality.permit)
            if may >= 0:
                for doing, m in self.doing(may):
                    self._mark(k, may, m)
                    for tail, n in self.tails(m, opening):
                        yield Norm("only_subject", subject, (doing,), tail), n

    def _imperative(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        j = self.longest(i, self.words.modality.imperative_forbid)
        starts = [(Subject(), j)] if j >= 0 else []
        k = self.longest(i, self.words.modality.forbid_it)
        if k >= 0:
            starts.extend((who, self.longest(m, self.words.preposition.to)) for who, m in self._beneficiary(k))
        for subject, start in starts:
            if start < 0:
                continue
            for doing, m in self.doing(start):
                self._mark(i, start, m)
                for tail, n in self.tails(m, opening):
                    yield Norm("forbid", subject, (doing,), tail), n

    def _imperative_only(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Merge pull requests only if the tests pass": restricts, as "must be done only …" does."""
        token = self.at(i)
        if token is not None and token.lower == token.lemma:
            for doing, j in self.doing(i):
                self.part(i, j, "action")
                for tail, k in self.tails(j, opening):
                    yield Norm("must", Subject(), (doing,), tail), k

    def _beneficiary(self, i: int) -> Iterator[tuple[Subject, int]]:
        yield Subject(), i
        j = self.longest(i, self.words.preposition.for_)
        if j >= 0:
            yield from self.subject(j)

    # ---- what may be done

    def _passive(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        no = self.longest(i, self.words.article.no)
        only = self.longest(i, self.words.connective.only)
        for start, how in ((i, ""), (no, "no"), (only, "only")):
            if start < 0:
                continue
            for said, j, phrase in self.passive(start):
                doing = replace(said, only=how == "only")  # whoever is named by "by" may do it to nothing else
                for kind, k in self._passive_modality(j, how):
                    yield from self._neither_done(start, j, k, (kind, doing, phrase), opening)
                    be = self.maybe(k, *self.words.modality.ever) if how == "no" else k
                    be = self.longest(be, self.words.copula.be)
                    for spared in ("", "only") if kind in ("permit", "must") and how == "" else ("",):
                        at = self.longest(be, self.words.connective.only) if spared and be >= 0 else be
                        for m in self.participle(at, phrase) if at >= 0 else ():
                            self.part(start, j, "action")
                            self._mark(j, at, m)
                            ends: list[tuple[tuple[Doing, ...], int]] = [((doing,), m)]
                            ends.extend(((placed,), end) for placed, end in self.placed(m, phrase, doing))
                            either = (*self.words.connective.or_, *self.words.connective.and_)
                            ends.extend(self._more_done(start, j, [doing], m, either))
                            for done, at_end in ends:
                                for tail, n in self.tails(at_end, opening):
                                    yield Norm("only" if spared else kind, Subject(), done, tail), n

    def _more_done(
        self, start: int, j: int, before: list[Doing], m: int, joints: Sequence[str]
    ) -> Iterator[tuple[tuple[Doing, ...], int]]:
        """ "[must not be closed] or deleted": what else is done to the noun from ``start`` to ``j``."""
        after = self.comma(m)
        for last, k in ((True, self.longest(after, joints)), (False, after if after > m else -1)):
            if k < 0:
                continue
            again = self.maybe(k, *self.words.copula.be)
            for doing, end, phrase in self.passive(start):
                if end != j or any(doing.uid == one.uid for one in before):
                    continue
                for n in self.participle(again, phrase):
                    if last:
                        yield (*before, doing), n
                    yield from self._more_done(start, j, [*before, doing], n, joints)

    def _neither_done(
        self, start: int, j: int, k: int, said: tuple[Kind, Doing, ActionPhrase], opening: Tail
    ) -> Iterator[tuple[Norm, int]]:
        """ "may neither be closed nor deleted", "may be neither closed nor deleted": both are forbidden."""
        kind, doing, phrase = said
        be = self.longest(k, self.words.copula.be)
        inner = self.longest(be, self.words.listing.neither) if be >= 0 else -1
        outer = self.longest(k, self.words.listing.neither)
        at = inner if inner >= 0 else self.longest(outer, self.words.copula.be) if outer >= 0 else -1
        for m in self.participle(at, phrase) if at >= 0 and kind in ("permit", "must") else ():
            for done, end in self._more_done(start, j, [doing], m, self.words.connective.nor):
                self.part(start, j, "action")
                self._mark(j, at, end)
                for tail, n in self.tails(end, opening):
                    yield Norm("forbid", Subject(), done, tail), n

    def _given_out(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Sensitive tickets must not be given to trainees": what is done to the one who acts."""
        for phrase in self.lexicon.actions:
            if not phrase.passive or phrase.rest not in ((None,), ()):
                continue
            for thing, j in self.thing(i):
                for kind, k in self._passive_modality(j, ""):
                    be = self.longest(k, self.words.copula.be)
                    token = self.at(be) if be >= 0 else None
                    only = token is not None and token.lower in self.words.connective.only
                    at = be + 1 if only else be
                    token = self.at(at) if be >= 0 else None
                    if token is None or not is_verb(token.lemma, phrase.verb) or (only and kind != "permit"):
                        continue
                    for to in self.any_of(at + 1, self.words.preposition.to):
                        for subject, m in self.subject(to):
                            self._mark(j, at + 1, m)
                            made: Kind = "only_subject" if only else kind
                            for tail, n in self.tails(m, opening):
                                yield Norm(made, subject, (Doing(phrase.uid, thing),), tail), n

    def _passive_modality(self, i: int, how: str) -> Iterator[tuple[Kind, int]]:
        if how == "no":
            j = self.longest(i, self.words.modality.after_nobody)
            if j >= 0:
                yield "forbid", j
            return
        for kind, j in self._modality(i):
            if how == "only":
                if kind == "permit":
                    yield kind, j
            else:
                yield kind, j
        j = self.longest(i, self.words.modality.must)
        if j >= 0 and how == "":
            yield "must", j

    def _state(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Refunds are allowed only between …", "sharing tickets outside the company is forbidden"."""
        for doing, j in self.nominal(i):
            states: tuple[tuple[Kind, tuple[str, ...]], ...] = (
                ("forbid", self.words.modality.forbid_state),
                ("permit", self.words.modality.permit_state),
                ("only", self.words.modality.only_state),
                ("only_subject", self.words.order.reserved_for),
            )
            for before, at in self.tails(j, opening):
                for kind, phrases in states:
                    k = self.longest(at, phrases)
                    if k < 0:
                        continue
                    self.part(i, j, "action")
                    self.part(at, k, "modality")
                    if kind == "only_subject":
                        for subject, n in self.subject(k):
                            for tail, end in self.tails(n, before):
                                yield Norm(kind, subject, (doing,), tail), end
                        continue
                    m = self.longest(k, self.words.preposition.to_for)
                    whom = list(self.subject(m)) if m >= 0 else []
                    for subject, n in [(Subject(), k), *whom]:
                        for tail, end in self.tails(n, before):
                            yield Norm(kind, subject, (doing,), tail), end
