"""Watching: the feed, and one event in full. Reads only."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.norms.world import ACT
from workbench.service.asked import asked_in_short
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.overlay_named import rules_named
from workbench.service.receipts import cell
from workbench.service.rules import rule_views
from workbench.service.session import Session
from workbench.service.views import EventDetail, EventRow, RuleView
from workbench.store import feed
from workbench.store.ledger import StoredEntry, entry

SHORT = 64 * 1024  # bytes of a request that is read for a list: a page of them may hold a megabyte each
_BESIDE = frozenset({"verb", "hay"})  # of an action told in words: its name in lists, and all the words once more


class Watching:
    """The use cases of Live and Overview."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def high_water(self) -> int:
        """The newest decision's ``seq``, 0 when there is none."""
        with self._session.read() as connection:
            return feed.high_water(connection)

    def events(self, after: int, before: int | None, limit: int) -> tuple[EventRow, ...]:
        """The first ``limit`` decisions with ``after < seq < before``, ascending."""
        with self._session.read() as connection:
            return event_rows(connection, feed.rows_between(connection, after, before, limit))

    def last_events(self, limit: int) -> tuple[EventRow, ...]:
        """The newest ``limit`` decisions, ascending."""
        with self._session.read() as connection:
            return event_rows(connection, feed.last_rows(connection, limit))

    def event_ids(self, only: feed.Only, after: int) -> array[int]:
        """``seq`` of every matching decision, ascending, as ``array('q')``."""
        with self._session.read() as connection:
            return feed.ids(connection, only, after)

    def rows(self, ids: Iterable[int]) -> tuple[EventRow, ...]:
        """The decisions of these ``seq``, in that order, each with what was ``asked``."""
        with self._session.read() as connection:
            return event_rows(connection, feed.rows_by_id(connection, ids), asked=True)

    def violations(self, limit: int) -> tuple[EventRow, ...]:
        """The newest violations, newest first."""
        with self._session.read() as connection:
            return event_rows(connection, feed.violations(connection, limit))

    def event(self, seq: int) -> EventDetail:
        """One decision in full. Raises :class:`WorkbenchError` (``no_event``)."""
        with self._session.read() as connection:
            row = feed.row(connection, seq)
            recorded = entry(connection, seq)
            if row is None or recorded is None:
                raise WorkbenchError("no such event", f"there is no decision `{seq}`", "", "no_event")
            payload = feed.payload(connection, seq)
            body = json.loads(recorded.body)["body"]
            decision: Mapping[str, Any] = json.loads(payload.decision) if payload else _from_ledger(body)
            request: Mapping[str, Any] = json.loads(payload.request) if payload else {"redacted": True}
            entities = json.loads(payload.entities) if payload else []
            rules = self._determining(connection, str(body["constitution"]), decision)
        return EventDetail(
            row=_row(row, payload.request if payload is not None else None, asked=True),
            request=request,
            entities=tuple(entities if isinstance(entities, list) else [entities]),
            decision=decision,
            rules=rules,
            version_digest=str(body["constitution"]),
            receipt=_receipt(recorded, body),
        )

    def _determining(self, connection: Connection, digest: str, decision: Mapping[str, Any]) -> tuple[RuleView, ...]:
        """The rules that determined the decision, as they stood in the version that decided, or beside it."""
        wanted = [*decision["reasons"], *decision["procedures"], *(error["rule"] for error in decision["errors"])]
        if not any(wanted):
            return ()
        try:
            checked = self._session.laws.checked(connection, digest)
        except (WorkbenchError, GovernanceError):
            return ()  # the record stands even where the version was lost
        beside = rules_named(connection, checked, set(wanted))
        views = {view.id: view for view in rule_views(beside)} if beside.rules else {}
        views |= {view.id: view for view in rule_views(checked.program, set(wanted))}
        return tuple(views[rule] for rule in dict.fromkeys(wanted) if rule in views)


def event_rows(connection: Connection, rows: Sequence[feed.FeedRow], *, asked: bool = False) -> tuple[EventRow, ...]:
    """Rows as faces list them; what an action told in words (``act``) does is taken from what was asked.

    ``asked``: fill in :attr:`EventRow.asked`, for which every request is read that is no longer than :data:`SHORT`.
    """
    acts = [row.seq for row in rows if row.action == ACT]
    others = [row.seq for row in rows if row.action != ACT] if asked else []
    requests = {**feed.requests(connection, acts), **feed.requests(connection, others, SHORT)}
    return tuple(_row(row, requests.get(row.seq), asked=asked) for row in rows)


def _row(row: feed.FeedRow, request: bytes | None = None, *, asked: bool = False) -> EventRow:
    seq, at, agent, action, resource, outcome, code, rule, violation, version, severity, recorded_at = row
    context = _context(request) if request is not None else {}
    verb = context.get("verb") if action == ACT else None
    return EventRow(
        seq, moment(at), agent, action, resource, outcome, code, rule, bool(violation), version, severity,
        moment(recorded_at), cell(verb) if isinstance(verb, str) else "",
        cell(asked_in_short(context, beside=_BESIDE if action == ACT else frozenset())) if asked and context else "",
    )  # fmt: skip


def _context(request: bytes) -> Mapping[str, Any]:
    """The context of a request as recorded; empty where it cannot be read."""
    try:
        context = json.loads(request)["context"]
    except (ValueError, LookupError, TypeError):
        return {}
    return context if isinstance(context, Mapping) else {}


def _receipt(recorded: StoredEntry, body: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "seq": recorded.seq,
        "hash": recorded.hash,
        "previous": recorded.prev,
        "recorded_at": moment(recorded.at),
        "digests": {name: body[name] for name in ("constitution", "schema", "request", "entities", "decision")},
    }


def _from_ledger(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is left of a decision whose payload was erased."""
    return {
        "outcome": body["outcome"],
        "code": body["code"],
        "retry": "never",
        "remedy": "",
        "reasons": body["reasons"],
        "procedures": body["procedures"],
        "errors": [{"rule": rule, "message": "erased"} for rule in body["errors"]],
        "evidence": [],
        "observed": [],
        "why_not": [],
        "score": "0",
    }
