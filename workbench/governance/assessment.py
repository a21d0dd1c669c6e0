"""Counting votes: the one place where it is decided whether a version has its quorum, since when, or is refused.

Imports votes, procedures, matching, recovery, revert. Services and ``verify`` both ask here, so they cannot differ.
Votes count in the order of their witnessed arrival. Distinct people and distinct key material; a person's reject
overrides their approve, whenever it came; a reject after the quorum by a signer whom the amendment leaves as they are
(comments of their keys apart) is a veto, also where they had rejected before it.

A version that was vetoed may be proposed again with the mark ``amendment.reproposes``. It must then be carried by the
quorum of a *sensitive* amendment, whatever its class, with the longer of the two timelocks; and no reject after that
quorum is a veto (one who takes back their own approve still empties their seat). The mark stands in the bytes that all
of them sign, so files alone tell what was asked of whom; that it names a version that was vetoed is for the service to
see to, and gives away nothing: whoever has that quorum could have changed the procedures themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from workbench.governance.artifact import AmendmentClassName, ConstitutionVersion, Signature
from workbench.governance.electorate import Electorate
from workbench.governance.errors import GovernanceError, VoteError
from workbench.governance.findings import RANK
from workbench.governance.matching import fill
from workbench.governance.procedures import AmendmentProcedure, amendment_procedure, seat_words
from workbench.governance.recovery import check_scope, is_recovery, recovery_procedure
from workbench.governance.revert import Revert
from workbench.governance.roster import RECOVERY_ROLE, keeps_place
from workbench.governance.votes import VerifiedVote, verify_vote
from workbench.language.program import Program


@dataclass(frozen=True, slots=True)
class Seat:
    """One approval that is asked for: by whom in words, who may give it, and who did (``""``: nobody yet)."""

    requirement: str
    may_fill: tuple[str, ...]
    filled_by: str = ""


@dataclass(frozen=True, slots=True)
class CountedVote:
    """A vote and whether it counts (a reject counts as one); ``code`` and ``why_not`` say why it does not."""

    signature: Signature
    counted: bool
    code: str = ""
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Assessment:
    """Where the votes on one version stand.

    ``quorum_at``: arrival of the vote that completed the quorum that still stands; ``due_at``: that plus the timelock.
    ``procedure`` is the one that applies: without a timelock for a revert in time, the recovery's for a recovery.
    ``rejected``: the quorum can no longer be met. ``vetoed``: the principal who vetoed, or ``""``. ``kind``:
    ``recovery``, ``revert`` (as it stands without timelock), ``reproposal``, or ``""``. ``may_veto_yet``: who rejected
    before the quorum that stands, and would veto by rejecting once more.
    """

    digest: str
    parent_digest: str | None
    procedure: AmendmentProcedure
    seats: tuple[Seat, ...]
    votes: tuple[CountedVote, ...]
    expires_at: datetime
    quorum_at: datetime | None = None
    rejected: bool = False
    vetoed: str = ""
    kind: str = ""
    may_veto_yet: frozenset[str] = frozenset()

    @property
    def satisfied(self) -> bool:
        """Whether the quorum is met and stands."""
        return self.quorum_at is not None

    @property
    def due_at(self) -> datetime | None:
        """When the timelock ends."""
        if self.quorum_at is None:
            return None
        return self.quorum_at + timedelta(seconds=self.procedure.timelock_seconds)


def assess(
    version: ConstitutionVersion,
    judge: ConstitutionVersion,
    judge_program: Program,
    revert: Revert | None = None,
    *,
    digest: str = "",
) -> Assessment:
    """Counts the votes on ``version`` under the roster and the procedures of ``judge``: its parent, or, for a genesis,
    itself (which needs no timelock). ``judge_program`` is the checked program of ``judge``; ``revert`` what
    ``revert.revert_of`` found: without it a revert waits like any other amendment. ``digest``: the version's, where the
    caller has computed it already, which takes longer than all the rest.

    The class is the one that the version claims; whoever accepts the version must have compared it with
    ``classes.amendment_class``. Raises nothing: a vote that does not hold is listed as not counted.
    """
    count = _count_for(version, judge, judge_program, revert)
    digest = digest or version.digest
    arrived: list[tuple[int, VerifiedVote]] = []
    for place, signature in enumerate(version.signatures):
        try:
            vote = verify_vote(signature, digest=digest, swarm_id=version.swarm_id, roster=judge.content.roster)
            arrived.append((place, vote))
        except VoteError as error:
            count.refused[place] = (error.code, error.message)
    for place, vote in sorted(arrived, key=_arrival):
        count.take(place, vote)
    return count.result(digest)


def _count_for(
    version: ConstitutionVersion, judge: ConstitutionVersion, judge_program: Program, revert: Revert | None
) -> _Count:
    """The empty count, with the procedure that this version must pass."""
    own: AmendmentClassName = version.amendment.cls
    recovery = is_recovery(version, judge)
    asked = "sensitive" if recovery or version.amendment.reproposes else own
    if revert is not None and RANK[revert.cls] > RANK[asked]:
        asked = revert.cls
    number, proposer = version.constitution_version, version.proposed_by
    electorate = Electorate(judge.content.roster, version=number, cls=asked, proposer=proposer, recovery=recovery)
    if recovery:
        count = _Count(version, electorate, recovery_procedure(judge.content.roster), kind="recovery")
        try:
            check_scope(version, judge)
        except GovernanceError:
            count.rejected = True
        return count
    procedure = amendment_procedure(judge_program, asked, electorate)
    if version.is_genesis:
        return _Count(version, electorate, procedure.without_timelock())
    if version.amendment.reproposes:
        of_own = Electorate(judge.content.roster, version=number, cls=own, proposer=proposer)
        timelock = amendment_procedure(judge_program, own, of_own).timelock_seconds
        return _Count(version, electorate, procedure.waiting_at_least(timelock), kind="reproposal")
    return _Count(version, electorate, procedure, revert=revert)


def _arrival(arrived: tuple[int, VerifiedVote]) -> tuple[str, int, str]:
    vote = arrived[1]
    return (vote.received_at.isoformat() if vote.received_at else "", vote.entry or 0, vote.digest)


@dataclass(slots=True)
class _Count:
    """The running count; votes are taken in order of arrival."""

    version: ConstitutionVersion
    electorate: Electorate
    procedure: AmendmentProcedure
    revert: Revert | None = None
    kind: str = ""
    seats: list[tuple[str, frozenset[str]]] = field(default_factory=list)
    approvals: dict[str, tuple[int, VerifiedVote]] = field(default_factory=dict)
    rejections: set[str] = field(default_factory=set)
    early: set[str] = field(default_factory=set)
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    quorum_at: datetime | None = None
    rejected: bool = False
    vetoed: str = ""

    def __post_init__(self) -> None:
        most = len(self.electorate.voters) + 1  # more seats than people stay unfillable, however many are asked for
        for require in self.procedure.requires:
            place = (seat_words(require.where), self.electorate.eligible(require.where))
            self.seats.extend([place] * min(require.count, most))
        self.rejected = not self._possible()

    @property
    def expires_at(self) -> datetime:
        return self.version.created_at + timedelta(seconds=self.procedure.timeout_seconds)

    def take(self, place: int, vote: VerifiedVote) -> None:
        """Counts one vote, or notes (by its place in the file) why it does not count."""
        person, at = vote.signer.principal, vote.received_at
        if at is None:
            self.refused[place] = ("not_witnessed", "the ledger key has not witnessed when it arrived")
            return
        if at < self.version.created_at:
            self.refused[place] = ("before_proposal", "it arrived before the version was made")
        elif vote.digest in self.seen:
            self.refused[place] = ("duplicate_vote", "the same vote is there already")
        elif vote.signer.role == RECOVERY_ROLE and self.kind != "recovery":
            self.refused[place] = ("recovery_only", f"`{person}` has a say in recoveries alone")
        elif vote.signature.verdict == "reject":
            self._reject(vote)
        elif person in self.rejections:
            self.refused[place] = ("overridden", f"`{person}` rejects, and a reject overrides")
        elif person in self.approvals:
            self.refused[place] = ("same_person", f"`{person}` is counted already")
        elif any(other.key == vote.key for _, other in self.approvals.values()):
            self.refused[place] = ("same_key", "its key is counted already")
        elif at > self.expires_at and self.quorum_at is None:
            self.refused[place] = ("after_expiry", "it arrived after the proposal expired")
        elif not any(person in eligible for _, eligible in self.seats):
            self.refused[place] = ("no_seat", f"`{person}` ({vote.signer.role}) fits no seat of the procedure")
        else:
            self.approvals[person] = (place, vote)
        self.seen.add(vote.digest)
        self._recount(at)

    def _reject(self, vote: VerifiedVote) -> None:
        person = vote.signer.principal
        late = self.quorum_at is not None and self.kind != "reproposal"
        outside = self.kind == "recovery" and vote.signer.role != RECOVERY_ROLE  # has no seat, so may veto at any time
        if keeps_place(vote.signer, self.version.content.roster):
            if late or outside:
                self.vetoed = self.vetoed or person
            self.early.add(person)
        self.rejections.add(person)
        if person in self.approvals:
            place, _ = self.approvals.pop(person)
            self.refused[place] = ("overridden", f"`{person}` rejects, and a reject overrides")
        eligible = any(person in may for _, may in self.seats)
        self.rejected = self.rejected or (self.procedure.rejection_ends and eligible) or not self._possible()

    def _recount(self, at: datetime) -> None:
        met = bool(self.seats) and not self.rejected and None not in self._filled()
        if not met:
            self.quorum_at = None
        elif self.quorum_at is None:
            self.quorum_at = at

    def _filled(self) -> list[str | None]:
        return fill([may for _, may in self.seats], list(self.approvals))

    def _possible(self) -> bool:
        people = [entry.principal for entry in self.electorate.voters if entry.principal not in self.rejections]
        return None not in fill([may for _, may in self.seats], people)

    def result(self, digest: str) -> Assessment:
        votes = []
        for place, signature in enumerate(self.version.signatures):
            code, why = self.refused.get(place, ("", ""))
            votes.append(CountedVote(signature, not code, code, why))
        yet = self.quorum_at is not None and not self.vetoed and self.kind != "reproposal"
        in_time = self.revert is not None and (self.quorum_at is None or self.quorum_at <= self.revert.until)
        return Assessment(
            digest=digest,
            parent_digest=self.version.parent_digest,
            procedure=self.procedure.without_timelock() if in_time else self.procedure,
            seats=tuple(
                Seat(words, tuple(sorted(may)), person or "")
                for (words, may), person in zip(self.seats, self._filled(), strict=True)
            ),
            votes=tuple(votes),
            expires_at=self.expires_at,
            quorum_at=self.quorum_at,
            rejected=self.rejected,
            vetoed=self.vetoed,
            kind="revert" if in_time else self.kind,
            may_veto_yet=frozenset(self.early) if yet else frozenset(),
        )
