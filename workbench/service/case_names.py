"""What tells one case from another in the timeline: who asked to do what to which thing, and the amount that was asked.

The ledger names a case by its id only, because what was asked can be erased; so this is read from the cases' rows, for
sentences and for nothing that is decided. Not for faces, which ask ``Workspace.timeline``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.governance.held_requests import HeldRequest
from workbench.service.amounts import amount_of
from workbench.store import cases as store
from workbench.store.ledger import StoredEntry

CASE_KINDS = frozenset(("case", "case_vote", "grant"))


def asked(connection: Connection, entries: Sequence[StoredEntry]) -> Mapping[str, Mapping[str, str]]:
    """Case id → ``requester``, ``action``, ``resource`` and ``amount``, of the cases that these entries are about.

    Erased cases are left out, and so is whatever cannot be read: the audit says what is wrong with it.
    """
    rows = store.by_ids(connection, {id for entry in entries if (id := _id_of(entry))})
    return {
        row.id: {
            "requester": row.requester,
            "action": row.action,
            "resource": row.resource,
            "amount": amount_of(_context(row.payload)),
        }
        for row in rows
        if row.payload
    }


def _context(payload: str) -> Mapping[str, Any]:
    try:
        held = HeldRequest.from_json(payload)
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return held.request.context if held is not None else {}


def _id_of(entry: StoredEntry) -> str:
    try:
        found = json.loads(entry.body)["body"]["id"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return found if isinstance(found, str) else ""
