"""Cases as screens and commands show them. Reads only; not for faces, which ask ``Workspace.cases``."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from threading import Lock
from typing import Any

from sqlalchemy import Connection

from workbench.engine.request import as_uid
from workbench.engine.values import EntityUid
from workbench.governance.approvers import Approvers
from workbench.governance.cases import STANDING, CaseState, seated
from workbench.governance.procedures import seat_words
from workbench.language.ast import Expr, Require
from workbench.service.case_voting import find, requires_of, trouble_with
from workbench.service.clock import moment
from workbench.service.docket import Distrusted, Docket, Docketed
from workbench.service.governing_views import CaseView, CaseVoteView, Escalation
from workbench.service.law import Law
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.views import Seat
from workbench.store import cases as store
from workbench.store.credentials import all_of
from workbench.store.ledger import read_head

_AT_REST = tuple(str(state) for state in CaseState if state not in STANDING)
_MOST_ASKED = 2_000  # principals who are asked whether they could fill a seat of a case that is looked at
_MOST_LISTED = 100  # and of each in a list; those with credentials come first
_MOST_NAMED = 100  # who may fill a seat, on a screen
_MOST_SEATS = 100  # of one case on a screen
_KEPT = 4_096
_LATEST = 253_402_300_800_000_000  # µs: the year 10000, which no date has

Eligible = tuple[frozenset[str], ...]


class CaseViews:
    """What is shown of cases."""

    def __init__(self, session: Session, docket: Docket) -> None:
        self._session = session
        self._docket = docket
        self._lock = Lock()
        self._eligible: OrderedDict[tuple[Any, ...], frozenset[str]] = OrderedDict()

    def list(self, *, open_only: bool, limit: int) -> tuple[CaseView, ...]:
        """Open cases by deadline; then, with ``open_only=False``, those granted and those at rest, newest first."""
        with self._session.read() as connection:
            rows = store.in_states(connection, (str(CaseState.OPEN),), limit)
            if not open_only:
                rows += store.in_states(connection, (str(CaseState.GRANTED),), limit - len(rows))
                rows += store.in_states(connection, _AT_REST, limit - len(rows))
            return self._views(connection, rows, _MOST_LISTED)

    def get(self, id: str) -> CaseView:
        """One case by id or the beginning of one.

        Raises :class:`WorkbenchError`: ``no_case``, ``not_unique``, ``case_changed``, ``store_corrupt``.
        """
        with self._session.read() as connection:
            row = find(connection, id)
            self._docket.read(connection, row)
            return self._views(connection, [row], _MOST_ASKED)[0]

    def of_event(self, seq: int) -> tuple[CaseView, ...]:
        """The cases that the decision with this ledger number opened."""
        with self._session.read() as connection:
            return self._views(connection, store.of_event(connection, seq), _MOST_ASKED)

    def _views(self, connection: Connection, rows: Sequence[store.StoredCase], most: int) -> tuple[CaseView, ...]:
        if not rows:
            return ()
        law = self._session.laws.in_force(connection, read_head(connection))
        proved = frozenset(row.principal for row in all_of(connection) if row.state == "active")
        asked = _Asked(law, proved, most)
        return tuple(
            self._view(connection, asked, item) if isinstance(item, Docketed) else _distrusted(item)
            for item in self._docket.judged(connection, rows)
        )

    def _view(self, connection: Connection, asked: _Asked, item: Docketed) -> CaseView:
        case, held = item.case, item.held
        checked = self._session.laws.checked(connection, case.version)
        words = next(
            (
                rule.english or rule.paraphrase
                for name in (r.id for r, p in checked.program.procedures if p.name == case.requirement.procedure)
                for rule in rule_views(checked.program, {name})
            ),
            "",
        )
        votes = self._votes(connection, item)
        return CaseView(
            id=case.id,
            procedure=case.procedure,
            requirement=case.requirement.procedure,
            state=_STATES[case.state],
            requester=case.requester,
            action=item.row.action,
            resource=item.row.resource,
            context={} if held is None else held.request.context,
            english=words,
            seats=self._seats(connection, asked, item, votes),
            votes=votes,
            escalations=tuple(
                Escalation(moment(move.at), move.from_procedure, move.to_procedure, move.why)
                for move in case.escalations
            ),
            opened_at=moment(case.opened_at),
            deadline=moment(case.deadline),
            usable_from=None if case.usable_from is None else moment(case.usable_from),
            usable_until=None if case.usable_until is None else moment(case.usable_until),
            version=checked.version.constitution_version,
            event=item.row.opened_seq,
            used_by=case.used_by,
            reason=case.reason,
            redacted=held is None,
        )

    def _votes(self, connection: Connection, item: Docketed) -> tuple[CaseVoteView, ...]:
        case = item.case
        views = []
        for vote, row in zip(case.votes, item.votes, strict=True):
            why = ""
            if vote.stage != case.stage:
                why = "it was given before the case was escalated"
            elif vote.verdict == "approve" and vote.principal in case.rejecters:
                why = f"`{vote.principal}` has rejected the case since"
            elif vote.verdict == "approve" and case.state is CaseState.OPEN:
                why = trouble_with(connection, item, row)
            said: Mapping[str, Any] = json.loads(row.vote).get("statement", {})
            comment = str(said.get("comment", ""))
            views.append(CaseVoteView(vote.principal, vote.verdict, moment(vote.at), comment, vote.stage, not why, why))
        return tuple(views)

    def _seats(
        self, connection: Connection, asked: _Asked, item: Docketed, votes: Sequence[CaseVoteView]
    ) -> tuple[Seat, ...]:
        case = item.case
        requires = requires_of(connection, self._session, case)
        if case.seated:  # who filled them when it was granted, whatever has become of those people since
            taken: list[list[str | None]] = [list(people) for people in case.seated]
            may: Eligible = tuple(frozenset() for _ in requires)
        else:
            counted = {vote.principal for vote in votes if vote.counted}
            may = self._may(requires, asked, item)
            taken = seated(case.requirement.counts, may, [who for who in case.approvers if who in counted])
        seats: list[Seat] = []
        for require, eligible, people in zip(requires, may, taken, strict=True):
            able = sorted(eligible - case.rejecters, key=lambda who: (who not in asked.proved, who))
            free = tuple(able[:_MOST_NAMED])
            for place in range(min(require.count, _MOST_SEATS - len(seats))):
                person = people[place] if place < len(people) else None
                seats.append(Seat(approver_words(require.where), free, person or ""))
        return tuple(seats)

    def _may(self, requires: Sequence[Require], asked: _Asked, item: Docketed) -> Eligible:
        """Who could fill which seat by the directory as it is now; nobody once the case is at rest.

        A condition that reads the approver alone is asked once for all requests of one requester.
        """
        case, held = item.case, item.held
        if held is None or case.state is not CaseState.OPEN:
            return tuple(frozenset(case.approvers) for _ in requires)
        law, directory = asked.law, asked.law.known.directory
        approvers: Approvers | None = None
        people: Sequence[EntityUid] = ()
        found = []
        for place, require in enumerate(requires):
            about = case.requester if Approvers.asks_of_people_only(require.where) else case.id
            at = (about, case.requirement.digest, place, law.digest, law.generation, asked.proved, asked.most)
            with self._lock:
                able = self._eligible.get(at)
            if able is None:
                if approvers is None:
                    approvers = Approvers(held.request, directory, held.world(directory), law.checked.schema)
                    names = dict.fromkeys([*sorted(asked.proved), *islice(approvers.everyone(), asked.most)])
                    people = [as_uid(name) for name in islice(names, asked.most)]
                (able,) = approvers.may([require], people)
                with self._lock:
                    self._eligible[at] = able
                    while len(self._eligible) > _KEPT:
                        self._eligible.popitem(last=False)
            found.append(able)
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Asked:
    """By what the seats of one answer are judged: the law, who has an active credential, how many people at most."""

    law: Law
    proved: frozenset[str]
    most: int


def _distrusted(item: Distrusted) -> CaseView:
    """What can be said of a row that is not as the ledger has it: what it names, and what is wrong. Nobody can vote."""
    row = item.row
    states = [state for state in CaseState if state == row.state]
    return CaseView(
        id=row.id,
        procedure=row.procedure,
        requirement=row.requirement,
        state=_STATES[states[0] if states else CaseState.VOID],
        requester=row.requester,
        action=row.action,
        resource=row.resource,
        context={},
        english="",
        seats=(),
        votes=(),
        escalations=(),
        opened_at=moment(row.opened_at if 0 <= row.opened_at < _LATEST else 0),
        deadline=None,
        usable_from=None,
        usable_until=None,
        version="",
        event=row.opened_seq,
        reason=f"{item.error.title}: {item.error.detail}",
        changed=True,
    )


def approver_words(where: Expr | None) -> str:
    """A seat's condition in words, of people in a directory: ``supervisor``, ``anyone`` …"""
    words = seat_words(where)
    if words == "signer" or words.startswith("signer "):
        words = "anyone" + words.removeprefix("signer")
    return words.replace("other than the proposer", "other than the requester")


_STATES: Mapping[CaseState, Any] = {state: str(state) for state in CaseState}
