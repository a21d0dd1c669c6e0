"""Whether a roster key is held, by the ledger's own entries: the table of holds only repeats them.

Whoever can write to the database could otherwise take a suspension back by deleting a row. A suspension or revocation
in the ledger holds whatever became of its signatures; a lifting counts only where those who may have signed it, under
the version in force at that entry, after the very statement that it takes back, with keys that were not held. Not for
faces.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.governance.key_statements import from_json, refuse_unentitled, signers
from workbench.governance.roster import owner_of
from workbench.service.past import Past
from workbench.store.key_holds import StoredHold
from workbench.store.ledger import StoredEntry
from workbench.store.timeline import happenings

STATES = {"suspend": "suspended", "revoke": "revoked", "lift": "lifted"}
HELD = ("suspended", "revoked")
_ALL = 2**31


def said_of_keys(connection: Connection) -> dict[str, StoredHold]:
    """Fingerprint → what the ledger said of that key last, as its row should repeat it."""
    return {key: holds[-1][1] for key, holds in _history(connection).items()}


class KeysThen:
    """Which keys were held when an entry was written. One value reads one connection, once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def _said(self) -> dict[str, list[tuple[int, StoredHold]]]:
        return _history(self._connection)

    def held_at(self, key: str, seq: int) -> str:
        """``suspended`` or ``revoked`` where the key was so before entry ``seq``; else empty."""
        before = [hold.state for at, hold in self._said.get(key, ()) if at < seq]
        return before[-1] if before and before[-1] in HELD else ""


def _history(connection: Connection) -> dict[str, list[tuple[int, StoredHold]]]:
    """Fingerprint → (entry, what it said of that key), in order."""
    said: dict[str, list[tuple[int, StoredHold]]] = {}
    past = Past(connection)
    for entry in reversed(happenings(connection, after=0, before=None, limit=_ALL, kinds=("key",))):
        body = json.loads(entry.body)["body"]
        last = said[body["id"]][-1][1] if body["id"] in said else None
        if "envelope" not in body or (last is not None and last.state == "revoked"):
            continue  # a further ledger key's word; or something after what nothing can follow
        held = {key for key, holds in said.items() if holds[-1][1].state in HELD}
        if body["event"] in HELD or (last is not None and _lifts(past, entry.seq, body, last, held)):
            said.setdefault(body["id"], []).append((entry.seq, _hold(entry, body)))
    return said


def _hold(entry: StoredEntry, body: Mapping[str, Any]) -> StoredHold:
    names = [str(name) for name in body["signed_by"]]
    detail = {
        "why": body["why"],
        "principal": body["principal"],
        "signed_by": names,
        "statement": body["statement"],
    }
    return StoredHold(body["id"], body["event"], ", ".join(names), entry.at, json.dumps(detail))


def _lifts(past: Past, seq: int, body: Mapping[str, Any], last: StoredHold, held: Collection[str]) -> bool:
    """Whether entry ``seq`` is a lifting, of what was said last, by people who may then."""
    try:
        statement, seals = from_json(body["envelope"])
        version = past.version(statement.constitution)
        said = (statement.act, statement.key, statement.swarm_id, statement.constitution, statement.previous)
        previous = json.loads(last.detail)["statement"]
        if said != ("lift", body["id"], version.swarm_id, past.head_at(seq), previous):
            return False
        if any(seal.signed_by in held for seal in seals):
            return False
        roster = version.content.roster
        people = signers(statement, seals, roster)
        refuse_unentitled(statement, seals, people, owner_of(statement.key, roster), blocks=False)
    except GovernanceError:
        return False
    return True
