"""Grammar of preferences ("prefer … for …", "avoid giving … to …", "… are preferred for …"). Pure.

Imports approvals, norm.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workbench.authoring.approvals import ApprovalShapes
from workbench.authoring.norm import Doing, Norm, Subject, Tail


class Preferences(ApprovalShapes):
    """What is preferred and what is avoided."""

    def preference(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Prefer agents with a reputation above 80 for sensitive tickets", "avoid giving … to …"."""
        for weight, stated, j in self._strength(i):
            self.part(i, j, "modality")
            for subject, doing, matched, k in self._preferred(j):
                self.part(j, k, "action")
                for tail, m in self.tails(k, opening):
                    yield self._scored(weight, stated, matched, subject, doing, tail), m
        yield from self._preferred_passive(i, opening)

    def _scored(self, weight: Decimal, stated: bool, matched: bool, subject: Subject, doing: Doing, tail: Tail) -> Norm:
        score, note = weight, ""
        if not stated:
            matched = matched or bool(subject.conds and (tail.when or tail.thing.conds))
            score = Decimal("2.0") if matched and weight > 0 else weight
            note = f"no strength is said: the score is {score}"
        notes = (note,) if note else ()
        return Norm("prefer", subject, (doing,), tail, score, notes=notes)

    def _preferred_passive(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "On-call engineers are strongly preferred for open incidents"."""
        order = self.words.order
        for subject, j in self.subject(i):
            for phrases, weight, stated in (
                (order.be_strongly_preferred, "2.0", True), (order.be_preferred, "1.0", False),
                (order.be_avoided, "-1.0", False),
            ):  # fmt: skip
                k = self.longest(j, phrases)
                for doing, m in self._for_what(k) if k >= 0 else ():
                    self.part(i, j, "subject")
                    self.part(j, k, "modality")
                    self.part(k, m, "action")
                    matched = bool(subject.conds and doing.thing.conds)
                    for tail, n in self.tails(m, opening):
                        yield self._scored(Decimal(weight), stated, matched, subject, doing, tail), n

    def _strength(self, i: int) -> Iterator[tuple[Decimal, bool, int]]:
        for phrases, sign in ((self.words.preference.prefer, 1), (self.words.preference.avoid, -1)):
            j = self.longest(i, phrases)
            if j >= 0:
                k = self.longest(j, self.words.preference.strongly)
                scored = self._score(j)
                if scored is not None:
                    yield scored[0], True, scored[1]
                elif k >= 0:
                    yield Decimal(2 * sign) + Decimal("0.0"), True, k
                else:
                    yield Decimal(sign) + Decimal("0.0"), False, j
        strongly = ((self.words.preference.strongly_prefer, "2.0"), (self.words.preference.strongly_avoid, "-2.0"))
        for phrases, score in strongly:
            j = self.longest(i, phrases)
            if j >= 0:
                yield Decimal(score), True, j

    def _score(self, i: int) -> tuple[Decimal, int] | None:
        j = self.longest(i, self.words.preference.score)
        minus = self.longest(j, self.words.preference.minus) if j >= 0 else -1
        number = self.number(minus if minus >= 0 else j) if j >= 0 else None
        if number is None:
            return None
        value = Decimal(number[0])
        return (-value if minus >= 0 else value), self.maybe(number[1], ",")

    def _preferred(self, i: int) -> Iterator[tuple[Subject, Doing, bool, int]]:
        """(who, what, whether a kind of actor is matched with a kind of task, end)."""
        for subject, j in self.subject(self.maybe(i, *self.words.connective.that)):
            for doing, m in self._for_what(j):
                yield subject, doing, bool(subject.conds and doing.thing.conds), m
            k = self.longest(j, self.words.preposition.to)
            if k >= 0:
                for doing, m in self.doing(k):
                    yield subject, doing, bool(subject.conds and doing.thing.conds), m
        for start in {i, self.longest(i, self.words.preposition.to)} - {-1}:
            for doing, j in self.doing(start):
                yield Subject(), doing, False, j
            yield from self._given(start)

    def _for_what(self, i: int) -> Iterator[tuple[Doing, int]]:
        """ "for sensitive tickets", "for deployments", "on …"."""
        j = self.longest(i, self.words.preposition.for_on)
        if j >= 0:
            yield from self._dispatch(j)
            yield from self.nominal(j)

    def _dispatch(self, i: int) -> Iterator[tuple[Doing, int]]:
        """ "for sensitive tickets": the action by which tasks are given out (one that is "be given …")."""
        uids = dict.fromkeys(phrase.uid for phrase in self.lexicon.actions if phrase.passive)
        for thing, j in self.thing(i):
            for uid in uids:
                yield Doing(uid, thing), j

    def _given(self, i: int) -> Iterator[tuple[Subject, Doing, bool, int]]:
        """ "giving German tickets to agents who …": an action done to the principal ("be given …")."""
        token = self.at(i)
        for phrase in self.lexicon.actions:
            if token is None or not phrase.passive or phrase.verb != token.lemma or phrase.rest not in ((None,), ()):
                continue
            for thing, j in self.thing(i + 1):
                k = self.longest(j, self.words.preposition.to)
                if k >= 0:
                    for subject, m in self.subject(k):
                        yield subject, Doing(phrase.uid, thing), bool(subject.conds and thing.conds), m
