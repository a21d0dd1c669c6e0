"""The life of a case, as one pure function: ``step(case, event, now)``. No other code changes a case's state.

Imports the matching and the error family. A case is one request that waits for one procedure: open → granted → used;
aside: denied (rejected), expired (nobody answered in time, or the grant was not used), void (the law changed, a stop).
While it is open, a timeout or a rejection may escalate it: another procedure's requirement takes the place of its own,
and its votes begin anew. Times are microseconds since 1970, as the store keeps them, and arrive as arguments.

Who may vote is not known here: whoever counts says so with each vote, by the directory of that moment (``Voted.may``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal, TypeAlias

from workbench.governance.errors import GovernanceError
from workbench.governance.matching import fill

Verdict: TypeAlias = Literal["approve", "reject"]

DEFAULT_TIMEOUT = 24 * 3_600 * 1_000_000  # µs, where a procedure names none (governance §3); then deny
MAX_ESCALATIONS = 8  # the language allows no longer chain; a circle that got past it ends here all the same


class CaseError(GovernanceError):
    """A vote or an event that a case does not take, and why."""


class CaseState(StrEnum):
    """The states; those from ``used`` on are final."""

    OPEN = "open"
    GRANTED = "granted"
    USED = "used"
    DENIED = "denied"
    EXPIRED = "expired"
    VOID = "void"


STANDING = frozenset({CaseState.OPEN, CaseState.GRANTED})


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a procedure asks for. ``counts``: how many approvals each ``require`` wants, in order.

    ``digest`` is the procedure's rule digest. ``timelock`` and ``timeout`` are in µs. ``on_timeout`` and
    ``on_rejection`` name the procedure that is escalated to; empty: deny.
    """

    procedure: str
    digest: str
    counts: tuple[int, ...]
    timelock: int = 0
    timeout: int = DEFAULT_TIMEOUT
    on_timeout: str = ""
    on_rejection: str = ""


Requirements: TypeAlias = Mapping[str, Requirement]  # every procedure of the version in force, by name


@dataclass(frozen=True, slots=True)
class CaseVote:
    """A vote that was taken. ``at``: when it arrived. ``credential``: the key's fingerprint, or the token's id."""

    stage: int
    principal: str
    verdict: Verdict
    at: int
    credential: str = ""


@dataclass(frozen=True, slots=True)
class Escalated:
    """That one procedure's requirement took the place of another's, at ``at``."""

    at: int
    from_procedure: str
    to_procedure: str
    why: Literal["timeout", "rejection"]


@dataclass(frozen=True, slots=True)
class Case:
    """Where a case is in its life. ``procedure`` is the one that holds the request; ``requirement`` the one whose
    approvals count now. ``version``: digest of the constitution it stands under. ``stage`` counts escalations.

    A grant may be used when ``usable_from <= now < usable_until``. ``used_by``: ledger number of the decision that did.
    ``reason`` says in words why it came to rest, where it did.
    """

    id: str
    requester: str
    procedure: str
    procedure_digest: str
    requirement: Requirement
    version: str
    opened_at: int
    deadline: int
    state: CaseState = CaseState.OPEN
    stage: int = 0
    votes: tuple[CaseVote, ...] = ()
    escalations: tuple[Escalated, ...] = ()
    quorum_at: int | None = None
    usable_from: int | None = None
    usable_until: int | None = None
    used_by: int | None = None
    reason: str = ""
    seated: tuple[tuple[str, ...], ...] = ()  # once granted: who took the seats of each `require`
    barred: frozenset[str] = frozenset()  # who is known to have rejected it besides: a vote's row may be lost

    @property
    def rejecters(self) -> frozenset[str]:
        """Everyone who has rejected it, at any stage: none of them can approve it any more."""
        return self.barred | {vote.principal for vote in self.votes if vote.verdict == "reject"}

    @property
    def approvers(self) -> tuple[str, ...]:
        """Those whose approval stands at this stage, in order of arrival."""
        barred = self.rejecters | {self.requester}
        found = [vote.principal for vote in self.votes if vote.stage == self.stage and vote.verdict == "approve"]
        return tuple(dict.fromkeys(person for person in found if person not in barred))

    @property
    def due(self) -> int | None:
        """When it will move by itself; ``None`` for never."""
        if self.state is CaseState.OPEN:
            return self.deadline
        return self.usable_until if self.state is CaseState.GRANTED else None

    def usable(self, now: int) -> bool:
        """Whether its grant may be used at ``now``."""
        if self.state is not CaseState.GRANTED or self.usable_from is None or self.usable_until is None:
            return False
        return self.usable_from <= now < self.usable_until


@dataclass(frozen=True, slots=True)
class Voted:
    """A vote arrived at ``vote.at``, its signature (or token) proved.

    ``may[i]``: who may take a seat of the i-th ``require`` *now*; it must tell of the voter and of everyone who has
    approved at this stage. ``escalations``: see :data:`Requirements`.
    """

    vote: CaseVote
    may: tuple[frozenset[str], ...]
    escalations: Requirements


@dataclass(frozen=True, slots=True)
class Tick:
    """Time passed."""

    escalations: Requirements


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The version ``version`` (its digest) came into force, with these procedures."""

    version: str
    procedures: Requirements


@dataclass(frozen=True, slots=True)
class Voided:
    """Something ended it from outside; ``why`` in words."""

    why: str


@dataclass(frozen=True, slots=True)
class Used:
    """The decision with the ledger number ``seq`` came out as allow by this grant."""

    seq: int


Event: TypeAlias = Voted | Tick | Succeeded | Voided | Used


def opened(id: str, *, requester: str, requirement: Requirement, version: str, at: int) -> Case:
    """A new case: ``requirement`` is that of the procedure which holds the request."""
    return Case(
        id=id,
        requester=requester,
        procedure=requirement.procedure,
        procedure_digest=requirement.digest,
        requirement=requirement,
        version=version,
        opened_at=at,
        deadline=at + requirement.timeout,
    )


def step(case: Case, event: Event, now: int) -> Case:
    """The case after ``event`` at ``now`` (µs). Ticks, successions and voidings leave a final state as it is.

    Raises :class:`CaseError`. For a vote: ``case_closed``, ``too_late``, ``stale_stage``, ``requester_votes``,
    ``rejected_before``, ``already_voted``, ``not_eligible``. For a use: ``grant_not_usable``.
    """
    match event:
        case Voted():
            return _voted(case, event, now)
        case Tick():
            return _ticked(case, event, now)
        case Succeeded():
            return _succeeded(case, event)
        case Voided(why=why):
            return _rest(case, CaseState.VOID, why) if case.state in STANDING else case
        case Used(seq=seq):
            if not case.usable(now):
                raise CaseError("grant_not_usable", f"the case `{case.id}` has no grant that may be used now")
            return replace(case, state=CaseState.USED, used_by=seq)


def seated(counts: Sequence[int], may: Sequence[Collection[str]], people: Sequence[str]) -> list[list[str | None]]:
    """Who takes the seats of each ``require``: a largest matching, one seat a person.

    Not more seats of one ``require`` are looked at than people and one: so many stay empty, however many are asked for.
    """
    most = len(people) + 1
    wanted = [min(count, most) for count in counts]
    taken = fill([eligible for count, eligible in zip(wanted, may, strict=True) for _ in range(count)], people)
    rows, start = [], 0
    for count in wanted:
        rows.append(taken[start : start + count])
        start += count
    return rows


def _voted(case: Case, event: Voted, now: int) -> Case:
    vote, who = event.vote, event.vote.principal
    if case.state is not CaseState.OPEN:
        raise CaseError("case_closed", f"the case is {case.state}", "votes count only while it is open")
    if now >= case.deadline:
        raise CaseError("too_late", "the time for this case ran out before the vote arrived")
    if vote.stage != case.stage:
        raise CaseError("stale_stage", "the vote was for the case before it was escalated", "look again, and vote anew")
    if who == case.requester:
        raise CaseError("requester_votes", f"`{who}` asked for this and cannot vote on it", "another person must")
    if who in case.rejecters:
        raise CaseError("rejected_before", f"`{who}` rejected this case before it was escalated", "another person must")
    if not any(who in eligible for eligible in event.may):
        raise CaseError("not_eligible", f"`{who}` is nobody whom `{case.requirement.procedure}` asks")
    taken = replace(case, votes=(*case.votes, vote))
    if vote.verdict == "reject":
        target = event.escalations.get(case.requirement.on_rejection)
        return _escalated(taken, target, "rejection", vote.at) or _rest(taken, CaseState.DENIED, f"rejected by `{who}`")
    if who in case.approvers:
        raise CaseError("already_voted", f"`{who}` has approved this case", "each person counts once")
    rows = seated(case.requirement.counts, event.may, taken.approvers)
    full = tuple(tuple(person for person in row if person is not None) for row in rows)
    if not rows or any(len(people) < count for people, count in zip(full, case.requirement.counts, strict=True)):
        return taken
    usable_from = vote.at + case.requirement.timelock
    return replace(
        taken,
        state=CaseState.GRANTED,
        quorum_at=vote.at,
        usable_from=usable_from,
        usable_until=usable_from + case.requirement.timeout,
        seated=full,
    )


def _ticked(case: Case, event: Tick, now: int) -> Case:
    if case.state is CaseState.OPEN and now >= case.deadline:
        target = event.escalations.get(case.requirement.on_timeout)
        return _escalated(case, target, "timeout", now) or _rest(case, CaseState.EXPIRED, "nobody answered in time")
    if case.state is CaseState.GRANTED and case.usable_until is not None and now >= case.usable_until:
        return _rest(case, CaseState.EXPIRED, "the grant was not used in time")
    return case


def _succeeded(case: Case, event: Succeeded) -> Case:
    if case.state not in STANDING:
        return case
    asked = [(case.procedure, case.procedure_digest), (case.requirement.procedure, case.requirement.digest)]
    for name, digest in asked:
        now = event.procedures.get(name)
        if now is None or now.digest != digest:
            what = "has no procedure" if now is None else "changed the procedure"
            return _rest(case, CaseState.VOID, f"another version came into force, which {what} `{name}`")
    return replace(case, version=event.version)


def _escalated(case: Case, target: Requirement | None, why: Literal["timeout", "rejection"], at: int) -> Case | None:
    """The case under another requirement; ``None`` where there is none to go to."""
    if target is None or case.stage >= MAX_ESCALATIONS:
        return None
    move = Escalated(at, case.requirement.procedure, target.procedure, why)
    return replace(
        case,
        requirement=target,
        stage=case.stage + 1,
        deadline=at + target.timeout,
        escalations=(*case.escalations, move),
    )


def _rest(case: Case, state: CaseState, reason: str) -> Case:
    return replace(case, state=state, reason=reason)
