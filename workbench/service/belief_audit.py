"""The directory, the facts and the credentials against what the ledger says of them: who is believed was not changed.

Each is a table that a decision reads; whoever writes to the database alone could make an agent a lead, or a key of its
own an approver's. The ledger holds a digest of the directory after each change, every fact, and every change of a
credential. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from workbench.engine.values import EntityUid
from workbench.governance.credential_history import STATE_AFTER
from workbench.service.proving import credential_body
from workbench.service.views import VerifyLine
from workbench.store import credentials
from workbench.store import directory as store

Entries = Sequence[Mapping[str, Any]]


def belief_lines(connection: Connection, besides: Entries) -> Iterable[VerifyLine]:
    """One line for each of the three; ``besides``: the ledger's entries that are no decisions, in order."""
    for kind, check in (("directory", _directory), ("fact", _facts), ("credential", _credentials)):
        entries = [entry for entry in besides if entry["kind"] == kind]
        try:
            wrong, right = check(connection, entries)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            wrong, right = f"an entry or a row cannot be read: {type(error).__name__}", ""
        subject = "directory" if kind == "directory" else f"{kind}s"
        yield VerifyLine(not wrong, subject, wrong or right)


def _directory(connection: Connection, entries: Entries) -> tuple[str, str]:
    rows = store.entities(connection)
    here = {str(EntityUid(type_, id_)) for type_, id_, _ in rows}
    said: dict[str, int] = {}
    for entry in entries:
        said.update(dict.fromkeys(entry["body"]["loaded"], entry["seq"]))
        for uid in entry["body"]["removed"]:
            said.pop(uid, None)
    missing = next((uid for uid in said if uid not in here), None)
    if missing is not None:
        return f"`{missing}`, which entry {said[missing]} loaded, is gone", ""
    stray = next((uid for uid in sorted(here) if uid not in said), None)
    if stray is not None:
        return f"`{stray}` is believed, and no entry loaded it", ""
    last = entries[-1] if entries else None
    state = last["body"].get("state") if last is not None else None
    if last is not None and state is not None and state != store.digest_of(rows):
        return f"an entity is not as it was when entry {last['seq']} changed the directory last", ""
    return "", f"{len(rows)} entities, as the ledger has them"


def _facts(connection: Connection, entries: Entries) -> tuple[str, str]:
    here = {(who, name): json.loads(value) for who, name, value in store.fact_rows(connection)}
    said = {
        (entry["body"]["principal"], entry["body"]["attribute"]): (json.loads(entry["body"]["value"]), entry["seq"])
        for entry in entries
    }
    for who, name in sorted(here.keys() | said.keys()):
        value, seq = said.get((who, name), (None, 0))
        if (who, name) not in here:
            return f"`{name}`{_of(who)}, which entry {seq} set, is gone", ""
        if not seq:
            return f"`{name}`{_of(who)} is vouched for, and no entry set it", ""
        if here[who, name] != value:
            return f"`{name}`{_of(who)} is not what entry {seq} set", ""
    return "", f"{len(here)} facts, as the ledger has them"


def _credentials(connection: Connection, entries: Entries) -> tuple[str, str]:
    here = {row.id: row for row in credentials.all_of(connection)}
    said: dict[str, tuple[Mapping[str, Any], int]] = {}
    for entry in entries:
        said[entry["body"]["id"]] = entry["body"], entry["seq"]
    for id_ in sorted(here.keys() | said.keys()):
        row, (body, seq) = here.get(id_), said.get(id_, ({}, 0))
        if row is None:
            return f"`{id_}`, which entry {seq} names, is gone", ""
        if not seq:
            return f"`{id_}` proves `{row.principal}`, and no entry made it", ""
        same = all(body[name] == value for name, value in credential_body(row, body["event"]).items())
        if not same or row.state != STATE_AFTER[body["event"]]:
            return f"`{id_}` of `{row.principal}` is not as entry {seq} left it", ""
    return "", f"{len(here)} credentials, as the ledger has them"


def _of(who: str) -> str:
    return f" of `{who}`" if who else ""
