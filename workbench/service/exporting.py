"""Exporting the ledger so that a third party can check it with the ledger's public key alone.

JSONL: the first line holds a signed checkpoint over the whole ledger, then each entry as the exact text of its
canonical bytes, its index, and its inclusion proof under that checkpoint (RFC 9162). Payloads only where they are asked
for, with the salts that their digests in the entries need. ``samples/audit/check_export.py`` is such a third party.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from workbench.governance.keys import public_line
from workbench.governance.merkle import leaf_hash
from workbench.governance.proofs import MerkleTree
from workbench.service.checkpointing import Checkpointing
from workbench.service.clock import micros
from workbench.service.errors import WorkbenchError
from workbench.service.session import Session
from workbench.store import checkpoints
from workbench.store.feed import payload
from workbench.store.ledger import StoredEntry, entries, entry

FORMAT = "concord-ledger-export/1"


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported: entries ``first`` to ``last``, each proved to be in the ledger of ``size`` with ``root``."""

    first: int
    last: int
    size: int
    root: str
    ledger_key: str
    payloads: int
    redacted: int


class Exporting:
    """The use case ``audit export``."""

    def __init__(self, session: Session, checkpointing: Checkpointing) -> None:
        self._session = session
        self._checkpointing = checkpointing

    def export(
        self,
        write: Callable[[str], object],
        *,
        first: int = 1,
        last: int | None = None,
        since: datetime | None = None,
        with_payloads: bool = False,
    ) -> Exported:
        """Write the lines with ``write``, each ended by a line break. Makes a checkpoint over all there is now.

        ``first`` and ``last`` are entry numbers; ``since`` begins with the first entry at or after that time. Raises
        :class:`WorkbenchError`: ``bad_range``, ``ledger_broken`` (what is stored is not what was signed: nothing after
        that is written), ``sealed``, ``no_ledger_key``.
        """
        row = self._checkpointing.make()
        line = public_line(self._session.ledger_key().public, f"ledger of {self._session.swarm_id}")
        with self._session.read() as connection:
            if since is not None:
                first = max(first, _first_since(connection, row.size, since))
            last = row.size if last is None else last
            _check_range(first, last, row.size)
            tree = MerkleTree(checkpoints.leaf_hashes(connection, row.size))
            if tree.root() != row.root:
                raise _broken("the stored entries do not make the root that the ledger's head has")
            header = {
                "format": FORMAT,
                "swarm_id": self._session.swarm_id,
                "first": first,
                "last": last,
                "with_payloads": with_payloads,
                "checkpoint": json.loads(row.statement),
                "ledger_key": line,
            }
            write(_line(header))
            kept = erased = 0
            for stored in _between(connection, first, last):
                said: dict[str, Any] = {
                    "index": stored.seq - 1,
                    "entry": _text(stored),
                    "proof": tree.inclusion(stored.seq - 1),
                }
                if with_payloads and stored.kind == "decision":
                    said["payload"] = _payload(connection, stored.seq)
                    kept, erased = kept + (said["payload"] is not None), erased + (said["payload"] is None)
                write(_line(said))
        return Exported(first, last, row.size, row.root, line, kept, erased)


def _check_range(first: int, last: int, size: int) -> None:
    if not 1 <= first <= last <= size:
        raise WorkbenchError(
            "no such entries",
            f"`{first}` to `{last}` of {size:,} entries",
            f"name numbers from 1 to {size}",
            "bad_range",
        )


def _first_since(connection: Connection, size: int, since: datetime) -> int:
    """The number of the first entry at or after ``since``; times never run back, so it is found by halving."""
    wanted = micros(since.astimezone(UTC) if since.tzinfo else since.replace(tzinfo=UTC))
    low, high = 1, size + 1
    while low < high:
        middle = (low + high) // 2
        found = entry(connection, middle)
        if found is None:
            raise _broken(f"entry {middle} is missing")
        low, high = (low, middle) if found.at >= wanted else (middle + 1, high)
    return low


def _between(connection: Connection, first: int, last: int) -> Iterator[StoredEntry]:
    wanted = first
    for stored in entries(connection, after=first - 1):
        if stored.seq != wanted:
            raise _broken(f"entry {wanted} is missing")
        yield stored
        if wanted == last:
            return
        wanted += 1


def _text(stored: StoredEntry) -> str:
    """The entry's bytes as text, where they are those that its hash is of."""
    if not isinstance(stored.body, bytes) or leaf_hash(stored.body) != stored.hash:
        raise _broken(f"entry {stored.seq} is not what its hash was made of")
    return stored.body.decode()


def _payload(connection: Connection, seq: int) -> dict[str, str] | None:
    found = payload(connection, seq)
    if found is None:
        return None
    parts = {"request": found.request, "entities": found.entities, "decision": found.decision}
    return {"salt": found.salt.hex()} | {name: data.decode("utf-8", "surrogateescape") for name, data in parts.items()}


def _line(value: object) -> str:
    """ASCII, so that no character of an agent's can end a line or act on a terminal."""
    return json.dumps(value, separators=(",", ":")) + "\n"


def _broken(what: str) -> WorkbenchError:
    return WorkbenchError(
        "the ledger was changed",
        what,
        "`workbench audit verify` says where; nothing more was exported",
        "ledger_broken",
    )
