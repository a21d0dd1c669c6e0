"""Grammar of procedures ("requires approval from …"). Pure.

Imports tails, norm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from workbench.authoring.meaning import Cond, Env, Leaf, Option
from workbench.authoring.norm import Approval, Approvals, Asked, Norm, Style, Subject, Tail
from workbench.authoring.subjects import subject_cond
from workbench.authoring.tails import Tails
from workbench.language.ast import (
    AmendmentClass,
    Binary,
    Duration,
    Expr,
    Fallback,
    GetAttr,
    Lit,
    Method,
    SetLit,
    Var,
)

_UNITS: tuple[Literal["second", "minute", "hour", "day"], ...] = ("second", "minute", "hour", "day")
_CLASSES: tuple[AmendmentClass, ...] = ("minor", "major", "sensitive")


def _signer_role(*roles: str, among: bool = False) -> Leaf:
    """``principal.role == "operator"`` of a signer, under the governance schema; ``among``: one of several roles."""
    role = GetAttr(Var("principal"), "role")
    one: Expr = Binary("==", role, Lit(roles[0]))
    several: Expr = Method(SetLit(tuple(map(Lit, roles))), "contains", (role,))
    return _of_signer(several if among else one)


def _of_signer(expr: Expr) -> Leaf:
    def build(_env: Env, _unknown: bool) -> list[Option]:
        return [Option(expr)]

    return Leaf(build)


_NO_REQUESTER = _of_signer(Binary("!=", Var("principal"), GetAttr(Var("context"), "requester")))


class ApprovalShapes(Tails):
    """Procedures."""

    def approval(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "A refund above 500 requires approval from a supervisor within 1 hour; if nobody answers, …"."""
        start, name = i, ""
        j = self.longest(i, self.words.approval.procedure)
        quoted = self.quoted(j) if j >= 0 else None
        if quoted is not None and self.say(quoted[1], ":") >= 0:
            name, start = quoted[0], quoted[1] + 1
        yield from self._amendment(start, name)
        for doing, j in self.nominal(start):
            for tail, k in self.tails(j, opening):
                after = self.comma(k)
                head = name or self._name(start, k)
                for required, m in self._required(after):
                    self.part(start, j, "action")
                    self.part(after, m, "approval")
                    described = self.longest(m, self.words.preposition.with_) >= 0  # "two leads with …": of the leads
                    for late, n in [(tail, m)] if described else self.tails(m, tail):
                        for asked, end in self._terms(n, Approvals(head, required)):
                            yield Norm("procedure", Subject(), (doing,), late, approvals=asked), end

    def approval_active(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Two senior engineers must approve every deployment to production within 30 minutes".

        Without a number or an article it would not be said how many of them.
        """
        if self.number(i) is None and self.longest(i, self.words.article.a) < 0:
            return
        for required, j in self._approvers(i, None, False):
            k = self.longest(j, self.words.asking.must_approve)
            for doing, m in self.nominal(k) if k >= 0 else ():
                self.part(i, k, "approval")
                self.part(k, m, "action")
                for tail, n in self.tails(m, opening):
                    for asked, end in self._terms(n, Approvals(self._name(k, m), required)):
                        yield Norm("procedure", Subject(), (doing,), tail, approvals=asked), end

    def approval_first(self, i: int, opening: Tail) -> Iterator[tuple[Norm, int]]:
        """ "Approval from a supervisor is required for refunds above 500", "… to close an account"."""
        for required, j in self._asked(i, False):
            k = self.longest(j, self.words.asking.is_required)
            for at in self.any_of(k, self.words.asking.for_what) if k >= 0 else ():
                for doing, m in (*self.nominal(at), *self.doing(at)):
                    self.part(i, at, "approval")
                    self.part(at, m, "action")
                    for tail, n in self.tails(m, opening):
                        for asked, end in self._terms(n, Approvals(self._name(at, m), required)):
                            yield Norm("procedure", Subject(), (doing,), tail, approvals=asked), end

    def asking(self, i: int) -> Iterator[tuple[Asked, int]]:
        """Approval as a restriction: "only with the approval of …", "without approval from …", "unless … approves it".

        The procedure has no name yet.
        """
        words = self.words.asking
        styles: tuple[tuple[Style, tuple[str, ...]], ...] = (
            ("only", words.only_with), ("without", words.without), ("with", words.with_),
        )  # fmt: skip
        for style, phrases in styles:
            for j in self.any_of(i, phrases):
                for required, k in self._asked(j, False):
                    for asked, end in self._terms(k, Approvals("", required)):
                        yield Asked(style, asked), end
        joins, order = self.words.connective, self.words.order
        clauses: tuple[tuple[Style, tuple[str, ...]], ...] = (
            ("only", (*joins.only_if, *order.only_after)), ("without", (*joins.unless, *order.before)),
        )  # fmt: skip
        for style, phrases in clauses:
            for j in self.any_of(i, phrases):
                for required, k in self._approving(j):
                    for asked, end in self._terms(k, Approvals("", required)):
                        yield Asked(style, asked), end

    def _approving(self, i: int) -> Iterator[tuple[tuple[Approval, ...], int]]:
        """ "[unless] two supervisors approve it", "[unless it is] approved by …"."""
        for required, j in self._approvers(i, None, False):
            k = self.longest(j, self.words.asking.approves)
            if k >= 0:
                yield required, self.maybe(k, *self.words.asking.approves_what)
        j = self.longest(i, self.words.asking.approved_by)
        if j >= 0:
            yield from self._approvers(j, None, False)

    def _amendment(self, i: int, name: str) -> Iterator[tuple[Norm, int]]:
        """ "A major amendment requires approval from an operator and from a supervisor"."""
        start = self.maybe(i, *self.words.article.each)
        for size in _CLASSES:
            j = self.longest(start, [text for text, of in self.words.approval.amendments.items() if of == size])
            if j < 0:
                continue
            for required, k in self._required(j, signers=True):
                asked = Approvals(name or f"amend_{size}", required, amendment=size)
                for terms, m in self._terms(k, asked):
                    yield Norm("procedure", Subject(), (), approvals=terms), m

    def _name(self, i: int, j: int) -> str:
        dropped = self.words.article.dropped
        words = [t.text.lower() for t in self.tokens[i:j] if t.kind in ("word", "number") and t.lower not in dropped]
        slug = re.sub(r"[^a-z0-9]+", "_", "_".join(words)).strip("_")
        return slug if slug[:1].isalpha() else f"procedure_{slug}"

    def _required(self, i: int, *, signers: bool = False) -> Iterator[tuple[tuple[Approval, ...], int]]:
        j = self.longest(i, self.words.approval.needs)
        if j >= 0:
            yield from self._asked(j, signers)
        j = self.longest(i, self.words.approval.approved_by)
        if j >= 0:
            yield from self._approvers(j, None, signers)
        j = self.longest(i, self.words.approval.required_from)
        if j >= 0:
            yield from self._approvers(j, None, signers)
        count = self.number(i)
        if count is not None and isinstance(count[0], int):
            j = self.longest(count[1], self.words.approval.counted_from)
            if j >= 0:
                yield from self._approvers(j, count[0], signers)

    def _asked(self, i: int, signers: bool) -> Iterator[tuple[tuple[Approval, ...], int]]:
        start = self.maybe(i, *self.words.approval.article)
        count = self.number(start)
        number = count[0] if count is not None and isinstance(count[0], int) else None
        j = self.longest(count[1] if count is not None else start, self.words.approval.noun)
        k = self.longest(j, self.words.approval.from_) if j >= 0 else -1
        if k >= 0 and (count is None or number is not None):
            yield from self._approvers(k, number, signers)

    def _approvers(self, i: int, count: int | None, signers: bool) -> Iterator[tuple[tuple[Approval, ...], int]]:
        for approval, j in self._approver(i, count, signers):
            yield (approval,), j
            k = self.longest(self.comma(j), self.words.approval.and_from)
            if k >= 0:
                inner = self.number(k)
                m = self.longest(inner[1], self.words.approval.more_from) if inner else -1
                number = inner[0] if inner and m >= 0 and isinstance(inner[0], int) else None
                for rest, n in self._approvers(m if m >= 0 else k, number, signers):
                    yield (approval, *rest), n

    def _approver(self, i: int, count: int | None, signers: bool) -> Iterator[tuple[Approval, int]]:
        number = self.number(i)
        start, needed = i, count or 1
        if number is not None and count is None and isinstance(number[0], int):
            needed, start = number[0], number[1]
            start = self.maybe(start, *self.words.approval.different)
        if (
            needed < 1 or self.longest(start, self.words.article.universal) >= 0
        ):  # "every supervisor" is no number of approvals
            return
        if signers:
            for conds, j in self._signer(start):
                yield Approval(needed, conds), j
            return
        j = self.longest(start, self.words.who.somebody)
        whom = self.longest(j, self.words.approval.for_whom) if j >= 0 else -1
        if whom >= 0:
            for cond, k in self.conditions(whom):
                yield Approval(needed, (cond,)), k
        elif j >= 0:
            yield Approval(needed, ()), j
        for subject, j in self.subject(start, self.words.connective.or_):
            conds = () if subject.anybody else (subject_cond(subject, start),)
            if conds:
                yield Approval(needed, conds), j

    def _signer(self, i: int) -> Iterator[tuple[tuple[Cond, ...], int]]:
        """A role of the roster, by its noun or in quotes, or one of several; and perhaps not the requester's own."""
        words = self.words.approval
        for opening, closing in ((words.whose_role, ")"), (words.whose_role_is, "")):
            j = self.longest(i, opening)
            for role, k in self._roles(j) if j >= 0 else ():
                for conds, m in (((role,), k), ((role, _NO_REQUESTER), self.longest(k, words.no_requester))):
                    end = self.say(m, closing) if closing and m >= 0 else m
                    if end >= 0:
                        yield conds, end
        j = self.maybe(i, *self.words.article.a)
        token = self.at(j)
        if token is not None and self.free(j):
            yield (_signer_role(token.lemma),), self.used(j + 1)

    def _roles(self, i: int) -> Iterator[tuple[Cond, int]]:
        quoted = self.quoted(i)
        if quoted is not None:
            yield _signer_role(quoted[0]), quoted[1]
        for texts, j in self.texts_among(i):
            yield _signer_role(*texts, among=True), j

    def _terms(self, i: int, asked: Approvals) -> Iterator[tuple[Approvals, int]]:
        """Deadlines and fallbacks in any order."""
        yield asked, i
        after = self.longest(i, self.words.approval.separators)
        start = after if after >= 0 else i
        for opening, lock in ((self.words.approval.within, False), (self.words.approval.timelock, True)):
            j = self.longest(start, opening)
            found = self._duration(j) if j >= 0 else None
            if found is not None and (asked.timelock if lock else asked.timeout) is None:
                duration, k = found
                more = replace(asked, timelock=duration) if lock else replace(asked, timeout=duration)
                yield from self._terms(k, more)
        j = self.longest(start, self.words.approval.takes_effect)
        found = self._duration(j) if j >= 0 else None
        k = self.longest(found[1], self.words.approval.later) if found is not None else -1
        if found is not None and k >= 0 and asked.timelock is None:
            yield from self._terms(k, replace(asked, timelock=found[0]))
        for phrases, rejected in ((self.words.approval.on_timeout, False), (self.words.approval.on_rejection, True)):
            j = self.longest(start, phrases)
            if j < 0 or (asked.on_rejection if rejected else asked.on_timeout) is not None:
                continue
            starts = [(j, asked)]
            within = self.longest(j, self.words.approval.within)
            found = self._duration(within) if within >= 0 and not rejected and asked.timeout is None else None
            if found is not None:  # "if nobody answers within 10 minutes"
                starts.append((found[1], replace(asked, timeout=found[0])))
            for at, known in starts:
                for fallback, k in self._fallback(self.comma(at)):
                    more = replace(known, on_rejection=fallback) if rejected else replace(known, on_timeout=fallback)
                    yield from self._terms(k, more)

    def _duration(self, i: int) -> tuple[Duration, int] | None:
        number = self.number(i)
        count, j = (number[0], number[1]) if number is not None else (1, self.longest(i, self.words.times.one))
        token = self.at(j) if j >= 0 else None
        if token is None or not isinstance(count, int) or count < 1:
            return None
        said = self.words.times.units.get(token.lemma)
        if said == "week":
            return Duration(count * 7, "day"), self.used(j + 1)
        for unit in _UNITS:
            if said == unit:
                return Duration(count, unit), self.used(j + 1)
        return None

    def _fallback(self, i: int) -> Iterator[tuple[Fallback, int]]:
        j = self.longest(i, self.words.approval.deny)
        if j >= 0:
            yield Fallback("deny"), j
        j = self.longest(i, self.words.approval.escalate)
        if j < 0:
            return
        j = self.maybe(j, *self.words.approval.the_procedure)
        quoted = self.quoted(j)
        if quoted is not None:
            yield Fallback("escalate", quoted[0]), quoted[1]
        words: list[str] = []
        for k in range(self.maybe(j, *self.words.approval.fallback_article), len(self.tokens)):
            if not self.free(k) or len(words) == 4:
                break
            words.append(self.tokens[k].text.lower())
            yield Fallback("escalate", "_".join(words)), self.used(k + 1)
