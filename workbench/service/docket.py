"""Cases as the service keeps them: read from rows, moved by ``governance.cases.step`` alone, written back with their
ledger entries and notices. Everything happens inside the caller's transaction. Not for faces.

Ledger entries name the case, the requester, the action and the procedures; never what the request said.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from workbench.governance.approvers import requirements_of
from workbench.governance.case_history import ToldCase
from workbench.governance.case_votes import SignedCaseVote
from workbench.governance.cases import (
    STANDING,
    Case,
    CaseState,
    CaseVote,
    Escalated,
    Event,
    Requirement,
    Requirements,
    step,
)
from workbench.governance.held_requests import HeldRequest
from workbench.governance.times import format_time
from workbench.service.case_rows import changed, difference, payload_difference
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.receipts import cell
from workbench.service.session import Session
from workbench.service.told import told_cases
from workbench.store import cases as store
from workbench.store.ledger import LedgerHead, Receipt, append
from workbench.store.notices import queue

STANDING_STATES = tuple(str(state) for state in STANDING)
_KEPT = 16  # versions whose requirements are remembered
_DETAIL = ("deadline", "stage", "quorum_at", "usable_from", "usable_until", "used_by", "reason", "seated")


@dataclass(frozen=True, slots=True)
class Docketed:
    """A case with its row and its votes as stored (in the order of ``case.votes``), all as the ledger has it.

    ``held``: what was asked; ``None`` where it was erased.
    """

    case: Case
    row: store.StoredCase
    votes: tuple[store.StoredCaseVote, ...] = ()
    held: HeldRequest | None = None


@dataclass(frozen=True, slots=True)
class Distrusted:
    """A row that is no case, or none as the ledger has it, and why."""

    row: store.StoredCase
    error: WorkbenchError


class Docket:
    """Every case of a workspace."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._requirements: OrderedDict[str, Requirements] = OrderedDict()

    def requirements(self, connection: Connection, digest: str) -> Requirements:
        """The procedures of a version by name."""
        with self._lock:
            found = self._requirements.get(digest)
        if found is None:
            found = requirements_of(self._session.laws.checked(connection, digest).program)
            with self._lock:
                self._requirements[digest] = found
                while len(self._requirements) > _KEPT:
                    self._requirements.popitem(last=False)
        return found

    # ---- reading -----------------------------------------------------------------------------------------------------

    def read(self, connection: Connection, row: store.StoredCase) -> Docketed:
        """This row as a case. Raises :class:`WorkbenchError`: ``store_corrupt`` where it is none, ``case_changed``
        where it is not as the ledger has it."""
        (item,) = self.judged(connection, [row])
        if isinstance(item, Distrusted):
            raise item.error
        return item

    def sound(self, connection: Connection, rows: Iterable[store.StoredCase]) -> list[Docketed]:
        """Those of these rows that are cases as the ledger has them; a row that was changed stops no other."""
        return [item for item in self.judged(connection, rows) if isinstance(item, Docketed)]

    def judged(self, connection: Connection, rows: Iterable[store.StoredCase]) -> list[Docketed | Distrusted]:
        """Every one of these rows, as a case or with what is wrong with it."""
        rows = list(rows)
        votes = store.votes(connection, [row.id for row in rows])
        told = told_cases(connection, rows)
        judged: list[Docketed | Distrusted] = []
        for row in rows:
            try:
                judged.append(self._read(connection, row, votes[row.id], told.get(row.id)))
            except WorkbenchError as error:
                judged.append(Distrusted(row, error))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
                wrong = _damaged(row.id)
                wrong.__cause__ = error
                judged.append(Distrusted(row, wrong))
        return judged

    def _read(
        self,
        connection: Connection,
        row: store.StoredCase,
        votes: list[store.StoredCaseVote],
        told: ToldCase | None,
    ) -> Docketed:
        """Raises :class:`WorkbenchError`; ``ValueError``, ``KeyError`` and the like for a row that is no case."""
        wrong = difference(row, told)
        if wrong or told is None:
            raise changed(row.id, wrong)
        held = HeldRequest.from_json(row.payload)
        schema = self._session.laws.checked(connection, told.opened_under).schema
        wrong = payload_difference(row, held, schema)
        if wrong:
            raise changed(row.id, wrong)
        detail = json.loads(row.detail)
        case = Case(
            id=row.id,
            requester=row.requester,
            procedure=row.procedure,
            procedure_digest=row.procedure_digest,
            requirement=self._requirement(connection, row, detail["requirement_digest"]),
            version=row.version_digest,
            opened_at=row.opened_at,
            state=CaseState(row.state),
            votes=tuple(_vote_of(vote) for vote in votes),
            escalations=tuple(Escalated(**move) for move in detail["escalations"]),
            seated=tuple(tuple(people) for people in detail["seated"]),
            barred=told.rejecters,
            **{name: detail[name] for name in _DETAIL if name != "seated"},
        )
        return Docketed(case, row, tuple(votes), held)

    def _requirement(self, connection: Connection, row: store.StoredCase, digest: str) -> Requirement:
        found = self.requirements(connection, row.version_digest).get(row.requirement)
        if found is None or found.digest != digest:
            raise _damaged(row.id)
        return found

    # ---- writing -----------------------------------------------------------------------------------------------------

    def open(
        self, connection: Connection, head: LedgerHead, case: Case, held: HeldRequest, key: str, seq: int
    ) -> Docketed:
        """Keep a new case; ``key`` is the held request's, ``seq`` the decision's."""
        request = held.request
        row = store.StoredCase(
            id=case.id,
            case_key=key,
            procedure=case.procedure,
            procedure_digest=case.procedure_digest,
            requirement=case.requirement.procedure,
            version_digest=case.version,
            state=str(case.state),
            requester=case.requester,
            action=str(request.action),
            resource=str(request.resource),
            opened_seq=seq,
            opened_at=case.opened_at,
            due=case.due,
            detail=_detail(case),
            payload=held.to_json(),
        )
        store.add(connection, row)
        self._tell(connection, head, row, case, "opened", case.opened_at, {"decision": seq})
        _notify(connection, row, case, case.opened_at)
        return Docketed(case, row, held=held)

    def void(self, connection: Connection, head: LedgerHead, told: ToldCase, why: str, now: int) -> None:
        """End a case that stands by the ledger, whatever has become of its row: none can be hidden and put back."""
        body = {"event": str(CaseState.VOID), "id": told.id, **told.said, "why": cell(why)}
        append(connection, head, kind="case", at=now, body=body)
        store.close(connection, told.id, str(CaseState.VOID))

    def move(self, connection: Connection, head: LedgerHead, item: Docketed, event: Event, now: int) -> Docketed:
        """Take one step; write what came of it, with its entries and notices. Raises ``CaseError`` as ``step`` does.

        ``now`` (µs) may be the time that a frozen clock stands at; entries get the ledger's own.
        """
        before, after = item.case, step(item.case, event, now)
        if after == before:
            return item
        row = replace(
            item.row,
            requirement=after.requirement.procedure,
            version_digest=after.version,
            state=str(after.state),
            due=after.due,
            detail=_detail(after),
        )
        if not store.move(connection, item.row, row):
            raise WorkbenchError(
                "the case has moved on", f"`{row.id}` is not {item.row.state} any more", "", "case_moved"
            )
        if after.stage != before.stage:
            last = after.escalations[-1]
            more = {"to_procedure": last.to_procedure, "why": f"after a {last.why}"}
            self._tell(connection, head, row, after, "escalated", now, more)
            _notify(connection, row, after, now)
        if after.version != before.version:
            self._tell(connection, head, row, after, "continued", now, {})
        if after.state is CaseState.USED:
            body = {"event": "used", "id": row.id, "procedure": row.procedure, "decision": after.used_by}
            append(connection, head, kind="grant", at=now, body=body)
        elif after.state is not before.state:
            self._tell(connection, head, row, after, str(after.state), now, {})
        return replace(item, case=after, row=row)

    def take(
        self, connection: Connection, head: LedgerHead, item: Docketed, event: Event, signed: SignedCaseVote, now: int
    ) -> Docketed:
        """As :meth:`move` for a vote: it gets its own entry, before what it brings about, and its row.

        Where it raises, the vote is not taken, and the caller must let the transaction be undone.
        """
        said = signed.statement
        body = {
            "event": said.verdict,
            "id": item.row.id,
            "verdict": said.verdict,
            "principal": cell(said.principal),
            "credential": signed.signed_by,
            "stage": said.stage,
            "vote": signed.digest,
        }
        receipt: Receipt = append(connection, head, kind="case_vote", at=now, body=body)
        kept = {
            "statement": said.to_json(),
            "signed_by": signed.signed_by,
            "signature": signed.signature,
            "entry": receipt.seq,
        }
        row = store.StoredCaseVote(
            item.row.id, said.stage, said.principal, said.verdict, receipt.at, json.dumps(kept, separators=(",", ":"))
        )
        store.add_vote(connection, row)
        moved = self.move(connection, head, item, event, now)
        return replace(moved, votes=(*item.votes, row))

    def _tell(
        self,
        connection: Connection,
        head: LedgerHead,
        row: store.StoredCase,
        case: Case,
        event: str,
        at: int,
        more: Mapping[str, Any],
    ) -> None:
        body: dict[str, Any] = {
            "event": event,
            "id": case.id,
            "requester": cell(case.requester),
            "action": cell(row.action),
            "procedure": case.procedure,
            "procedure_digest": case.procedure_digest,
            "requirement": case.requirement.procedure,
            "version": case.version,
            "stage": case.stage,
            **more,
        }
        if case.state is CaseState.OPEN:
            body["deadline"] = format_time(moment(case.deadline))
        elif case.state is CaseState.GRANTED and case.usable_from is not None and case.usable_until is not None:
            body |= {
                "approved_by": [cell(person) for people in case.seated for person in people],
                "usable_from": format_time(moment(case.usable_from)),
                "usable_until": format_time(moment(case.usable_until)),
            }
        else:
            body["why"] = cell(case.reason)
        append(connection, head, kind="case", at=at, body=body)


def _notify(connection: Connection, row: store.StoredCase, case: Case, at: int) -> None:
    detail = {
        "agent": case.requester,
        "procedure": case.requirement.procedure,
        "stage": case.stage,
        "deadline": format_time(moment(case.deadline)),
        "event": row.opened_seq,
        "state": str(case.state),
    }
    queue(connection, kind="case", subject=case.id, dedupe=f"{case.id}|{case.stage}", at=at, detail=detail)


def _detail(case: Case) -> str:
    kept = {name: getattr(case, name) for name in _DETAIL}
    kept["requirement_digest"] = case.requirement.digest
    kept["escalations"] = [asdict(move) for move in case.escalations]
    return json.dumps(kept, separators=(",", ":"))


def _vote_of(vote: store.StoredCaseVote) -> CaseVote:
    if vote.verdict not in ("approve", "reject"):
        raise ValueError(vote.verdict)
    by = json.loads(vote.vote).get("signed_by", "")
    return CaseVote(
        vote.stage, vote.principal, "approve" if vote.verdict == "approve" else "reject", vote.received_at, by
    )


def _damaged(id: str) -> WorkbenchError:
    return WorkbenchError(
        "a case is damaged",
        f"what the store has of the case `{id}` cannot be read",
        "restore from a backup",
        "store_corrupt",
    )
