"""Cases: requests that a procedure holds, until people have approved or rejected them.

Here is what happens inside other transactions: a decision's hold, its release, the passing of time. Voting is in
``case_voting``, what screens see in ``case_views``; both are reached from here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from workbench.engine.decision import Decision
from workbench.engine.grants import Grant, case_key
from workbench.engine.request import Request
from workbench.governance.cases import CaseState, Succeeded, Tick, Used, Voided, opened
from workbench.governance.held_requests import HeldRequest
from workbench.service.case_views import CaseViews
from workbench.service.case_voting import CaseVoting, trouble_with
from workbench.service.docket import STANDING_STATES, Docket, Docketed
from workbench.service.errors import WorkbenchError, governed
from workbench.service.governing_views import CaseView, SignWith
from workbench.service.law import Law
from workbench.service.session import Session
from workbench.service.told import told_dues, told_standing
from workbench.service.views import KeyView
from workbench.store import cases as store
from workbench.store.ledger import LedgerHead, save_state

_ID_BYTES = 8
_MOST_STEPS = 16  # of one case in one settling: escalations whose time is over at once are bounded anyway


@dataclass(frozen=True, slots=True)
class UsableGrant:
    """What a case has granted and may be used now: for the engine, and to be consumed by :meth:`Cases.use`."""

    case_id: str
    grant: Grant


class Cases:
    """The use cases of procedures at run time (governance §3)."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._docket = Docket(session)
        self._views = CaseViews(session, self._docket)
        self._voting = CaseVoting(session, self._docket)

    # ---- inside a decision -------------------------------------------------------------------------------------------

    def usable(
        self,
        connection: Connection,
        head: LedgerHead,
        law: Law,
        request: Request,
        now: int,
        entities: Sequence[Any] = (),
    ) -> tuple[UsableGrant, ...]:
        """The grants for this very request that may be used at ``now`` (µs): given under a procedure that ``law`` still
        has, timelock over, not used. ``entities``: what came with the request; it must be what people approved.

        While a jump of the clock holds time back, a timelock must be over by the time that stands, and the end of a
        grant's window must not have come by either.
        """
        key = HeldRequest(request, tuple(entities)).key(law.known.directory, law.checked.schema)
        rows = store.of_request(connection, key, (str(CaseState.GRANTED),))
        if not rows:
            return ()
        procedures = self._docket.requirements(connection, law.digest)
        own = case_key(request, law.checked.schema)
        found: dict[str, UsableGrant] = {}
        for item in self._docket.sound(connection, rows):
            case = item.case
            standing = procedures.get(case.procedure)
            lasts = standing is not None and standing.digest == case.procedure_digest
            in_time = case.usable(now) and case.usable(self._time(head, now))
            if lasts and in_time and _voted_for(connection, item):
                found.setdefault(case.procedure, UsableGrant(case.id, Grant(case.procedure, own)))
        return tuple(found.values())

    def use(self, connection: Connection, head: LedgerHead, now: int, grants: Sequence[UsableGrant], seq: int) -> None:
        """Consume grants: the decision with the ledger number ``seq`` came out as allow by them.

        Raises :class:`WorkbenchError` (``grant_not_usable``, ``case_moved``), and then the decision must not stand.
        """
        for used in grants:
            row = store.by_id(connection, used.case_id)
            if row is None:
                raise _unknown(used.case_id)
            with governed("the grant cannot be used"):
                self._docket.move(connection, head, self._docket.read(connection, row), Used(seq), now)

    def hold(
        self,
        connection: Connection,
        head: LedgerHead,
        now: int,
        law: Law,
        request: Request,
        decision: Decision,
        seq: int,
        entities: Sequence[Any] = (),
    ) -> tuple[str, ...]:
        """The ids of the cases of a held request, one for each of ``decision.procedures``: found again, or opened.

        ``entities``: what came with the request. ``seq``: the decision's ledger number.
        """
        held = HeldRequest(request, tuple(entities))
        key = held.key(law.known.directory, law.checked.schema)
        rows = store.of_request(connection, key, STANDING_STATES)
        standing = {item.row.procedure: item.row.id for item in reversed(self._docket.sound(connection, rows))}
        requirements = self._docket.requirements(connection, law.digest)
        ids = []
        for name in decision.procedures:
            if name not in standing:
                case = opened(
                    secrets.token_hex(_ID_BYTES),
                    requester=str(request.principal),
                    requirement=requirements[name],
                    version=law.digest,
                    at=now,
                )
                self._docket.open(connection, head, case, held, key, seq)
                standing[name] = case.id
                if head.next_due is None or case.deadline < head.next_due:
                    head.next_due = case.deadline
                    save_state(connection, head)
            ids.append(standing[name])
        return tuple(ids)

    # ---- time and other events ---------------------------------------------------------------------------------------

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """Take what is due at ``now`` (µs): cases of other versions, timeouts, ends of grants. Inside a write.

        Returns when the next case moves by itself, ``None`` where none does. What is due is what the ledger says; a
        case whose row was changed is left as it is, and holds up no other.
        """
        changed = store.under_other(connection, head.active_digest, STANDING_STATES)
        if changed:
            succeeded = Succeeded(head.active_digest, self._docket.requirements(connection, head.active_digest))
            for item in self._docket.sound(connection, changed):
                self._docket.move(connection, head, item, succeeded, now)
        for _ in range(_MOST_STEPS):
            dues = told_dues(connection, STANDING_STATES)
            ids = [id for id, due in dues.items() if due <= now]
            items = self._docket.sound(connection, store.by_ids(connection, ids)) if ids else []
            if not items:
                return min((due for due in dues.values() if due > now), default=None)
            tick = Tick(self._docket.requirements(connection, head.active_digest))
            for item in sorted(items, key=lambda item: (item.case.due or 0, item.row.id)):
                self._docket.move(connection, head, item, tick, now)
        return min(told_dues(connection, STANDING_STATES).values(), default=None)

    def void_for_stop(
        self, connection: Connection, head: LedgerHead, now: int, matches: Callable[[str, str], bool], why: str
    ) -> int:
        """Void the grants not used yet whose (requester, action) uids match; how many. ``why`` is said on the case."""
        rows = store.in_states(connection, (str(CaseState.GRANTED),))
        stopped = [row for row in rows if matches(row.requester, row.action)]
        sound = self._docket.sound(connection, stopped)
        for item in sound:
            self._docket.move(connection, head, item, Voided(why), now)
        hidden = told_standing(connection, (str(CaseState.GRANTED),), hidden=True)  # those whose rows were changed
        left = [told for told in hidden.values() if matches(told.said["requester"], told.said["action"])]
        for told in left:
            self._docket.void(connection, head, told, why, now)
        return len(sound) + len(left)

    def erase(self, connection: Connection, head: LedgerHead, now: int, seq: int) -> int:
        """Forget what the decision ``seq`` asked, in the cases it opened; how many. Those still standing become void.

        For ``audit redact``; inside a write.
        """
        rows = store.of_event(connection, seq)
        for item in self._docket.judged(connection, rows):
            if isinstance(item, Docketed):
                self._docket.move(connection, head, item, Voided("what was asked was erased"), now)
            store.erase(connection, item.row.id)
        return len(rows)

    @staticmethod
    def _time(head: LedgerHead, now: int) -> int:
        return now if head.frozen_at is None else min(now, head.frozen_at)

    # ---- for faces ---------------------------------------------------------------------------------------------------

    def list(self, open_only: bool = True, limit: int = 500) -> tuple[CaseView, ...]:
        """The open cases, the one whose time runs out first on top; with ``open_only=False`` all, at rest last."""
        return self._views.list(open_only=open_only, limit=limit)

    def get(self, id: str) -> CaseView:
        """One case by its id or the beginning of it. Raises :class:`WorkbenchError`: ``no_case``, ``not_unique``."""
        return self._views.get(id)

    def of_event(self, seq: int) -> tuple[CaseView, ...]:
        """The cases that a decision opened, by its ledger number; none where it was held by one that stood already."""
        return self._views.of_event(seq)

    def vote(self, id: str, verdict: str, *, using: SignWith, comment: str = "") -> CaseView:
        """Approve or reject with a key that belongs to a directory principal. The passphrase is used and forgotten.

        Raises :class:`WorkbenchError` with the reason's own code: see ``case_voting``.
        """
        return self._views.get(self._voting.vote(id, verdict, using=using, comment=comment))

    def vote_with_token(self, id: str, verdict: str, token: str, comment: str = "") -> CaseView:
        """Approve or reject by the bearer token of a directory principal, which is used and forgotten."""
        return self._views.get(self._voting.vote_with_token(id, verdict, token, comment))

    def to_sign(self, id: str, verdict: str, *, principal: str, comment: str = "") -> str:
        """The JSON of what ``principal`` would sign now, for signing elsewhere: see ``governance.case_votes``."""
        return self._voting.to_sign(id, verdict, principal=principal, comment=comment)

    def import_vote(self, envelope: str) -> CaseView:
        """Take a vote that was signed elsewhere (a DSSE envelope)."""
        return self._views.get(self._voting.import_vote(envelope))

    def approver_keys(self) -> tuple[KeyView, ...]:
        """The keys here (files, ssh-agent) that belong to directory principals with an active credential."""
        return self._voting.approver_keys()


def _voted_for(connection: Connection, item: Docketed) -> bool:
    """Whether the people in a granted case's seats have really approved it; the state in a row alone says nothing."""
    case = item.case
    voted = {
        vote.principal
        for vote, row in zip(case.votes, item.votes, strict=True)
        if (vote.stage, vote.verdict) == (case.stage, "approve") and not trouble_with(connection, item, row, later=True)
    }
    seats = [person for people in case.seated for person in people]
    counts = tuple(len(people) for people in case.seated)
    return counts == case.requirement.counts and len(set(seats)) == len(seats) and voted.issuperset(seats)


def _unknown(id: str) -> WorkbenchError:
    return WorkbenchError("no such case", f"there is no case `{id}`", "", "no_case")
