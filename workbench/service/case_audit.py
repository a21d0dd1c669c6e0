"""The cases against what the ledger says of them: no case was opened, granted, prolonged or used in the table alone.

Whoever writes to the database could otherwise mark a case as granted. Asks more than a decision does: entries that no
case could have, votes by what proved nobody at that time, and every column. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.engine.request import RequestError
from workbench.governance.artifact import load_yaml
from workbench.governance.case_history import CASE_KINDS, ToldCase, told_after
from workbench.governance.credential_history import ToldCredential, credential_after
from workbench.governance.held_requests import HeldRequest
from workbench.governance.times import parse_time
from workbench.language.schema import Schema
from workbench.service.case_rows import difference, payload_difference
from workbench.service.checked import check_version
from workbench.service.clock import micros
from workbench.service.receipts import salted
from workbench.service.views import VerifyLine
from workbench.store import cases as store
from workbench.store import feed, versions
from workbench.store.cases import StoredCase
from workbench.store.ledger import entry as ledger_entry

Entries = Sequence[Mapping[str, Any]]


def case_lines(connection: Connection, besides: Entries) -> Iterable[VerifyLine]:
    """Two lines; ``besides``: the ledger's entries that are no decisions, in order."""
    checks: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
        ("cases", lambda: _cases(connection, besides)),
        ("approvers", lambda: _approvers(besides)),
    )
    for subject, check in checks:
        try:
            wrong, right = check()
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            wrong, right = f"an entry or a row cannot be read: {type(error).__name__}", ""
        yield VerifyLine(not wrong, subject, wrong or right)


def _cases(connection: Connection, besides: Entries) -> tuple[str, str]:
    said: dict[str, ToldCase] = {}
    for entry in besides:
        if entry["kind"] in CASE_KINDS:
            id = entry["body"]["id"]
            at = micros(parse_time(entry["at"]))
            said[id] = told_after(said.get(id), entry["kind"], entry["seq"], at, entry["body"])
    count = len(said)
    schemas: dict[str, Schema] = {}
    for row in store.each(connection):
        told = said.pop(row.id, None)
        if told is None:
            return f"the case `{row.id}` is kept, and no entry opened it", ""
        wrong = difference(row, told) or _beside(row, told) or _asked(connection, row, told, schemas)
        if wrong:
            return f"the case `{row.id}`: {wrong}", ""
    missing = next(iter(said), None)
    if missing is not None:
        return f"the case `{missing}`, of which entry {said[missing].entry} tells, is gone", ""
    return "", f"{count:,} opened, each standing as the ledger has it"


def _beside(row: StoredCase, told: ToldCase) -> str:
    """The columns by which rows are found, not judged."""
    if row.due != told.due:
        return f"its due time is not what entry {told.entry} says"
    return "" if row.opened_at == told.opened_at else "its opening time is not that of the entry that opened it"


def _asked(connection: Connection, row: StoredCase, told: ToldCase, schemas: dict[str, Schema]) -> str:
    """What was asked is what the decision that opened it recorded; both are erased together. ``schemas`` by version."""
    recorded, opening = feed.payload(connection, row.opened_seq), ledger_entry(connection, row.opened_seq)
    if opening is None or opening.kind != "decision":
        return f"entry {row.opened_seq}, which opened it, is no decision"
    if not row.payload or not row.case_key:
        kept = bool(row.payload or row.case_key or row.resource)
        return "what was asked is gone" if recorded is not None else "what was asked was half erased" if kept else ""
    if recorded is None:
        return "what was asked was erased with its decision, and is kept"
    if salted(recorded.salt, "request", recorded.request) != json.loads(opening.body)["body"]["request"]:
        return ""  # the decision's own line tells of it
    question = {name: value for name, value in json.loads(recorded.request).items() if name != "credential"}
    sent = json.loads(recorded.entities)
    try:
        held = HeldRequest.from_json(row.payload)
    except (ValueError, KeyError, TypeError, RequestError):
        held = None
    if held is None or json.loads(row.payload)["request"] != question:
        return f"what was asked is not what decision {row.opened_seq} recorded"
    if not isinstance(sent, list) or list(held.entities) != sent[: len(held.entities)]:
        return f"what came with the request is not what decision {row.opened_seq} recorded"
    if told.opened_under not in schemas:
        schemas[told.opened_under] = _schema(connection, told.opened_under)
    return payload_difference(row, held, schemas[told.opened_under])


def _schema(connection: Connection, digest: str) -> Schema:
    stored = versions.by_digest(connection, digest)
    if stored is None:
        raise KeyError(digest)
    return check_version(load_yaml(stored.yaml)).schema


def _approvers(besides: Entries) -> tuple[str, str]:
    """Every vote was made by a credential that proved its principal when it came, whatever has become of the row."""
    credentials: dict[str, ToldCredential] = {}
    proving: dict[tuple[str, str], list[ToldCredential]] = {}
    count = 0
    for entry in besides:
        body = entry["body"]
        if entry["kind"] == "credential":
            known = credentials[body["id"]] = credential_after(credentials.get(body["id"]), entry["seq"], body)
            proving[known.named["principal"], known.name] = [known]
            if known.trouble:
                return f"the credential `{body['id']}`: {known.trouble}", ""
        elif entry["kind"] == "case_vote":
            count += 1
            made = proving.get((body["principal"], body["credential"]), [])
            if not any(each.active_at(entry["seq"]) for each in made):
                what = f"`{body['credential']}` proved nobody called `{body['principal']}` when it voted"
                return f"entry {entry['seq']}: {what}", ""
    return "", f"{count:,} votes on cases, each by what proved its principal then"
