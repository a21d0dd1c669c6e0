"""Whether a roster key is held, by the ledger's own entries: the table of holds only repeats them.

Whoever can write to the database could otherwise take a suspension back by deleting a row. A suspension or revocation
in the ledger holds whatever became of its signatures; a lifting counts only where those who may have signed it. Not
for faces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.governance.key_statements import from_json, refuse_unentitled, signers
from workbench.governance.roster import owner_of
from workbench.service.activated import activated
from workbench.store.key_holds import StoredHold
from workbench.store.ledger import StoredEntry
from workbench.store.timeline import happenings

STATES = {"suspend": "suspended", "revoke": "revoked", "lift": "lifted"}
HELD = ("suspended", "revoked")
_ALL = 2**31


def said_of_keys(connection: Connection) -> dict[str, StoredHold]:
    """Fingerprint → what the ledger said of that key last, as its row should repeat it."""
    last: dict[str, StoredHold] = {}
    revoked: set[str] = set()
    for entry in reversed(happenings(connection, after=0, before=None, limit=_ALL, kinds=("key",))):
        body = json.loads(entry.body)["body"]
        if "envelope" not in body or body["id"] in revoked:
            continue  # a further ledger key's word; or something after what nothing can follow
        if body["event"] in HELD or (body["id"] in last and _lifts(connection, body)):
            last[body["id"]] = _hold(entry, body)
        if body["event"] == "revoked":
            revoked.add(body["id"])
    return last


def _hold(entry: StoredEntry, body: Mapping[str, Any]) -> StoredHold:
    names = [str(name) for name in body["signed_by"]]
    detail = {
        "why": body["why"],
        "principal": body["principal"],
        "signed_by": names,
        "statement": body["statement"],
    }
    return StoredHold(body["id"], body["event"], ", ".join(names), entry.at, json.dumps(detail))


def _lifts(connection: Connection, body: Mapping[str, Any]) -> bool:
    """Whether an entry is a lifting by people who may, under the version that they named."""
    try:
        statement, seals = from_json(body["envelope"])
        version = activated(connection, statement.constitution)
        said = (statement.act, statement.key, statement.swarm_id)
        if said != ("lift", body["id"], version.swarm_id):
            return False
        roster = version.content.roster
        people = signers(statement, seals, roster)
        refuse_unentitled(statement, seals, people, owner_of(statement.key, roster), blocks=False)
    except GovernanceError:
        return False
    return True
