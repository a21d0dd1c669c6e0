"""Whether a case's row is as the ledger has it: its state and times as its entries left them, what was asked as the key
says under which it was held. Whoever writes to the database alone could otherwise open, grant or prolong a case, or put
another request under what people approve. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from workbench.governance.case_history import ToldCase
from workbench.governance.held_requests import HeldRequest
from workbench.language.schema import Schema
from workbench.service.errors import WorkbenchError
from workbench.service.receipts import cell
from workbench.store.cases import StoredCase


def difference(row: StoredCase, told: ToldCase | None) -> str:
    """What is not as its entries say, in words; empty where all is. Raises as a detail that is none (``ValueError`` …).

    ``due``, ``opened_at`` and ``resource`` decide nothing and are left to the audit.
    """
    if told is None or told.trouble:
        return "no entry opened it" if told is None else told.trouble
    detail = json.loads(row.detail)
    for name, (here, said) in _pairs(row, detail, told).items():
        if here != said:
            return f"its {name.replace('_', ' ')} is not what entry {told.entry} says"
    return ""


def payload_difference(row: StoredCase, held: HeldRequest | None, schema: Schema) -> str:
    """Why what was asked is not what the case was opened for; empty where it is, or where it was erased.

    ``schema``: of the version that held it. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for what is none.
    """
    if held is None:
        return "" if not row.case_key else "what was asked is gone"
    request = held.request
    named = (str(request.principal), str(request.action), str(request.resource))
    if named != (row.requester, row.action, row.resource):
        return "what was asked is not what its row names"
    return "" if held.key_when_held(schema) == row.case_key else "what was asked is not what its key says"


def changed(id: str, what: str) -> WorkbenchError:
    """The refusal of a case whose row was changed (``case_changed``); the audit names what was."""
    return WorkbenchError(
        "a case was changed in the store",
        f"the case `{id}`: {what}",
        "`workbench audit verify` names what was changed; restore the workspace from a backup",
        "case_changed",
    )


def _pairs(row: StoredCase, detail: Mapping[str, Any], told: ToldCase) -> dict[str, tuple[Any, Any]]:
    """Field → as the row has it, as the entries have it."""
    here = {
        "procedure": row.procedure,
        "procedure_digest": row.procedure_digest,
        "requirement": row.requirement,
        "version": row.version_digest,
        "stage": detail["stage"],
        "requester": cell(row.requester),
        "action": cell(row.action),
    }
    return {
        "state": (row.state, told.state),
        **{name: (value, told.said[name]) for name, value in here.items()},
        "event": (row.opened_seq, told.decision),
        "deadline": (detail["deadline"], told.deadline),
        "usable_from": (detail["usable_from"], told.usable_from),
        "usable_until": (detail["usable_until"], told.usable_until),
        "used_by": (detail["used_by"], told.used_by),
        "seats": (tuple(cell(person) for people in detail["seated"] for person in people), told.seats),
    }
