"""The cases against what the ledger says of them: no case was opened, granted, prolonged or used in the table alone.

Whoever writes to the database could otherwise mark a case as granted. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.governance.times import format_time
from workbench.service.clock import moment
from workbench.service.receipts import cell
from workbench.service.views import VerifyLine
from workbench.store import cases as store

Entries = Sequence[Mapping[str, Any]]
_SAME = ("procedure", "procedure_digest", "requirement", "version", "stage", "requester", "action")
_STATES = {"opened": "open", "escalated": "open", "continued": ""}  # empty: as it was


def case_lines(connection: Connection, besides: Entries) -> Iterable[VerifyLine]:
    """One line; ``besides``: the ledger's entries that are no decisions, in order."""
    entries = [entry for entry in besides if entry["kind"] in ("case", "grant")]
    try:
        wrong = _wrong(connection, entries)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        wrong = f"an entry or a row cannot be read: {type(error).__name__}"
    count = sum(1 for entry in entries if entry["body"].get("event") == "opened")
    yield VerifyLine(not wrong, "cases", wrong or f"{count:,} opened, each standing as the ledger has it")


def _wrong(connection: Connection, entries: Entries) -> str:
    said = _told(entries)
    for row in store.each(connection):
        told = said.pop(row.id, None)
        if told is None:
            return f"the case `{row.id}` is kept, and no entry opened it"
        shown = _shown(row)
        for name, value in told.items():
            if name != "entry" and shown.get(name) != value:
                return f"the case `{row.id}`: its {name.replace('_', ' ')} is not what entry {told['entry']} says"
    missing = next(iter(said), None)
    return "" if missing is None else f"the case `{missing}`, of which entry {said[missing]['entry']} tells, is gone"


def _told(entries: Entries) -> dict[str, dict[str, Any]]:
    """Case → what its entries, read one after the other, say of it; ``entry`` is the last one's number."""
    said: dict[str, dict[str, Any]] = {}
    for entry in entries:
        body = entry["body"]
        event, told = body["event"], said.setdefault(body["id"], {})
        told["entry"] = entry["seq"]
        if entry["kind"] == "grant":
            told |= {"state": "used", "used_by": body["decision"]}
            continue
        told["state"] = _STATES.get(event, event) or told["state"]
        told |= {name: body[name] for name in _SAME}
        told |= {name: body[name] for name in ("deadline", "usable_from", "usable_until") if name in body}
        if event == "opened":
            told["event"] = body["decision"]
        if event == "granted":
            told["seats"] = body["approved_by"]
    return said


def _shown(row: store.StoredCase) -> dict[str, Any]:
    """A row in the words of its entries."""
    detail = json.loads(row.detail)
    times = {name: detail[name] for name in ("deadline", "usable_from", "usable_until")}
    return {
        "state": row.state,
        "procedure": row.procedure,
        "procedure_digest": row.procedure_digest,
        "requirement": row.requirement,
        "version": row.version_digest,
        "stage": detail["stage"],
        "requester": cell(row.requester),
        "action": cell(row.action),
        "event": row.opened_seq,
        "used_by": detail["used_by"],
        "seats": [cell(person) for people in detail["seated"] for person in people],
        **{name: format_time(moment(at)) for name, at in times.items() if at is not None},
    }
