"""Grammar of limits: on an amount ("must not exceed 500") and on a number of times. Pure. Imports preferences, norm."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.authoring import atoms
from workbench.authoring.meaning import ANY, AttrRef, Cond, Ref
from workbench.authoring.norm import Doing, Kind, Norm, Subject, Tail
from workbench.authoring.preferences import Preferences

_AMOUNT = Ref(("resource", "context"))
_BROKEN = {"<=": ">", "<": ">=", ">=": "<", ">": "<="}  # of a sum in euros what is in dollars breaks no limit


class Limits(Preferences):
    """How much and how often."""

    # ---- how often

    def frequency(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "No more than 5 restarts an hour are allowed for bots", "a player is limited to three duels per hour"."""
        order = self.words.order
        for op, j in self.table(i, self.words.comparator.signs):
            for doing, window, k in self._number_of(j, op):
                for kind, subject, m in self._counted_state(k):
                    self._counted_parts(i, j, k)
                    self.part(k, m, "modality")
                    for tail, end in self.tails(m, opening.plus(window=window)):
                        yield Norm(kind, subject, (doing,), tail), end
        for subject, j in self.subject(i):
            kinds: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
                ("permit", "<=", order.limited_count), ("forbid", ">", order.exceed_count),
            )  # fmt: skip
            for kind, op, phrases in kinds:
                k = self.longest(j, phrases)
                for doing, window, m in self._number_of(k, op) if k >= 0 else ():
                    self.part(i, j, "subject")
                    self.part(j, k, "modality")
                    self._counted_parts(k, k, m)
                    for tail, end in self.tails(m, opening.plus(window=window)):
                        yield Norm(kind, subject, (doing,), tail), end

    def _counted_parts(self, i: int, j: int, k: int) -> None:
        """The number (from ``j``) and the time are the condition, what is counted between them the action."""
        number = self.number(j)
        noun = next((at for _, at in self.nominal(number[1])), k) if number is not None else k
        self.part(i, number[1] if number is not None else k, "condition")
        self.part(number[1] if number is not None else k, min(noun, k), "action")
        self.part(min(noun, k), k, "condition")

    def _number_of(self, i: int, op: str) -> Iterator[tuple[Doing, str, int]]:
        """ "[at most] 5 restarts an hour": an action counted by its noun, and over what time."""
        for doing, j in self.counted_noun(i, op, self.nominal):
            yield doing, "", j  # without a window it is refused, but for that
            for window, k in self.table(j, self.words.window.over):
                yield doing, window, k

    def _counted_state(self, i: int) -> Iterator[tuple[Kind, Subject, int]]:
        """ "are allowed [for bots]", "may be made [by a bot]"."""
        modality = self.words.modality
        kinds: tuple[tuple[Kind, tuple[str, ...]], ...] = (
            ("permit", modality.permit_state), ("forbid", modality.forbid_state),
        )  # fmt: skip
        ends: list[tuple[Kind, int]] = []
        for kind, phrases in kinds:
            j = self.longest(i, phrases)
            if j >= 0:
                ends.append((kind, j))
        for kind, phrases in (("permit", modality.permit), ("forbid", modality.forbid)):
            j = self.longest(i, phrases)
            be = self.longest(j, self.words.copula.be) if j >= 0 else -1
            token = self.at(be) if be >= 0 else None
            verbs = {*self.words.verb.counting, *self.words.order.in_the_active}
            if token is not None and (token.lemma in verbs or any(token.lemma == p.verb for p in self.lexicon.actions)):
                ends.append((kind, self.used(be + 1)))
        for kind, j in ends:
            yield kind, Subject(), j
            for k in self.any_of(j, (*self.words.preposition.to_for, *self.words.preposition.by)):
                for subject, m in self.subject(k):
                    yield kind, subject, m

    # ---- on what condition

    def requirement(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Deployments to production require a rollback plan", "merging requires that the tests passed"."""
        for doing, j in self.nominal(i):
            for before, k in self.tails(j, opening):
                m = self.longest(self.comma(k), self.words.approval.needs)
                for cond, n in self._required_of(m) if m >= 0 else ():
                    self.part(i, j, "action")
                    self.part(k, m, "modality")
                    self.part(m, n, "condition")
                    for tail, end in self.tails(n, before.plus(only=(cond,))):
                        yield Norm("permit", Subject(), (doing,), tail), end

    def _required_of(self, i: int) -> Iterator[tuple[Cond, int]]:
        approval = self.longest(self.maybe(i, *self.words.approval.article), self.words.approval.noun) >= 0
        if self.number(i) is None and not approval:  # "two signatures" does not say whether more will do
            yield from self.joined(i, lambda at: self.holding(at, ANY, company=True))
        that = self.longest(i, self.words.connective.that)
        if that >= 0:
            yield from self.conditions(that)

    # ---- how much

    def amount_of_actor(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Agents must not exceed 500 when they issue a refund", "… in refunds"."""
        for subject, j in self.subject(i):
            exceed = self.longest(j, self.words.order.exceed_count)
            for amount, end in self.amounts(exceed) if exceed >= 0 else ():
                cond = atoms.measure(">", amount, exceed, end)
                for doing, k in self._when_doing(end):
                    self.part(i, j, "subject")
                    self.part(j, end, "condition")
                    self.part(end, k, "action")
                    for tail, m in self.tails(k, opening.plus(when=(cond,))):
                        yield Norm("forbid", subject, (doing,), tail), m

    def _when_doing(self, i: int) -> Iterator[tuple[Doing, int]]:
        j = self.longest(i, self.words.connective.if_)
        if j >= 0:
            yield from self.doing(self.maybe(j, *self.words.pronoun.relative))
        for k in self.any_of(i, self.words.preposition.all):
            yield from self.nominal(k)

    def cap(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "A refund must not exceed 500", "the amount of a refund must be at most 500"."""
        subjects: list[tuple[Doing, int, AttrRef | None]] = [(doing, j, None) for doing, j in self.nominal(i)]
        start = self.maybe(i, *self.words.article.the)
        for words, j in self.attributes(start):
            k = self.longest(j, self.words.preposition.of_for)
            if k >= 0:
                subjects.extend((doing, m, AttrRef(words, _AMOUNT)) for doing, m in self.nominal(k))
        for doing, j, _ in list(subjects):
            k = self.longest(j, self.words.possessive.mark)
            if k >= 0:
                subjects.extend((doing, m, AttrRef(words, _AMOUNT)) for words, m in self.attributes(k))
        for doing, j, mention in subjects:
            for cond, k in self._limits(j, mention):
                self.part(i, j, "action")
                self.part(j, k, "condition")
                for tail, n in self.tails(k, opening.plus(when=(cond,))):
                    yield Norm("forbid", Subject(), (doing,), tail), n

    def _limits(self, i: int, mention: AttrRef | None) -> Iterator[tuple[Cond, int]]:
        """The condition under which the limit is broken."""
        never = self.longest(i, self.words.limit.never)
        must = self.longest(i, self.words.limit.must)
        exceed = self.longest(never, self.words.limit.exceed) if never >= 0 else -1
        broken = ">"
        if exceed < 0 and never >= 0:
            exceed, broken = self.longest(never, self.words.limit.fall_below), "<"
        if exceed >= 0:
            yield from self._bound(i, exceed, mention, broken)
        be = self.longest(must, self.words.copula.be) if must >= 0 else -1
        limited = self.longest(i, self.words.limit.limited_to)
        for k in (be, limited):
            if k < 0:
                continue
            for op, j in [("<=", k)] if k == limited else list(self.table(k, self.words.comparator.signs)):
                allowed = self.longest(i, self.words.modality.permit) == must  # "may be over 500" sets no limit
                if op in ("<=", "<") or (op in (">=", ">") and not (allowed and k == be)):
                    yield from self._bound(i, j, mention, _BROKEN[op])

    def _bound(self, i: int, j: int, mention: AttrRef | None, op: str) -> Iterator[tuple[Cond, int]]:
        for amount, end in self.amounts(j):
            if mention is None:
                yield atoms.measure(op, amount, i, end), end
            else:
                yield atoms.compare(mention, op, amount, i, end), end
        if mention is not None and not self.lasts(j):
            for other, end in self.attribute(j):
                yield atoms.relate(mention, op, other, i, end), end
