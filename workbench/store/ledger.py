"""Appending to the ledger, one entry or a group at a time, and reading it back.

Sequence, time, previous hash and Merkle frontier come from the head row, read inside the write transaction that holds
the file's lock: two processes can never append to the same place. Time never runs backwards in it.
May import ``governance.ledger`` for the bytes and the tables; takes a connection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, select

from workbench.governance.ledger import FIRST_PREV, MerkleFrontier, seal
from workbench.store.errors import StoreError
from workbench.store.tables import head, ledger

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class LedgerHead:
    """The head row of this moment; only valid inside the transaction it was read in.

    ``next_due`` (µs) is when something will happen by itself; ``generation`` grows with directory, facts and overlays.
    ``frozen_at`` (µs) is the trusted time when a jump of the clock froze the timelocks; ``sealed`` why every decision
    is denied until a signer acknowledges it (empty: it is not).
    """

    size: int
    hash: str
    frontier: bytes
    last_at: int
    active_digest: str
    next_due: int | None
    generation: int
    frozen_at: int | None = None
    sealed: str = ""
    _tree: MerkleFrontier | None = field(default=None, repr=False, compare=False)

    def root(self) -> str:
        """The Merkle root over every entry, in hex."""
        return self.tree().root()

    def tree(self) -> MerkleFrontier:
        """The right edge of the Merkle tree, read once. Raises ``StoreError`` (``store_corrupt``)."""
        if self._tree is None:
            self._tree = _frontier(self)
        return self._tree


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an entry went: its number, hash, the hash before it, and its time (µs)."""

    seq: int
    hash: str
    prev: str
    at: int


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as stored; ``body`` holds the canonical bytes of the whole entry."""

    seq: int
    kind: str
    at: int
    hash: str
    prev: str
    body: bytes


_HEAD = select(*(head.c[name] for name in LedgerHead.__dataclass_fields__ if name != "_tree")).where(head.c.id == 1)
_SAVE = (
    head.update()
    .where(head.c.id == 1)
    .values(
        size=bindparam("new_size"),
        hash=bindparam("new_hash"),
        frontier=bindparam("new_frontier"),
        last_at=bindparam("new_last_at"),
    )
)
_INSERT = ledger.insert()
_ENTRY = select(ledger.c.seq, ledger.c.kind, ledger.c.at, ledger.c.hash, ledger.c.prev, ledger.c.body)
_ONE = _ENTRY.where(ledger.c.seq == bindparam("seq"))
_CHUNK = 500  # numbers in one IN list
_PAGE = _ENTRY.where(ledger.c.seq > bindparam("after")).order_by(ledger.c.seq).limit(bindparam("limit"))


def begin(connection: Connection) -> None:
    """Write the head row of an empty ledger."""
    connection.execute(
        head.insert(),
        {
            "id": 1,
            "size": 0,
            "hash": FIRST_PREV,
            "frontier": b"[]",
            "last_at": 0,
            "active_digest": "",
            "next_due": None,
            "generation": 0,
            "frozen_at": None,
            "sealed": "",
        },
    )


def read_head(connection: Connection) -> LedgerHead:
    """The head row. Raises ``StoreError`` (``store_corrupt``) where it is gone."""
    found = connection.execute(_HEAD).first()
    if found is None:
        raise StoreError("store_corrupt", "the ledger's head is missing", "restore the workspace from a backup")
    return LedgerHead(*found)


class Batch:
    """Entries that are sealed one after the other and written together, inside one write transaction.

    ``current`` moves with every entry, so that single appends (:func:`append`) may come between; nothing is in the
    database before :meth:`flush`, and nothing counts before the commit.
    """

    def __init__(self, connection: Connection, current: LedgerHead) -> None:
        self._connection = connection
        self._current = current
        self._rows: list[dict[str, Any]] = []

    def add(self, *, kind: str, at: int, body: Mapping[str, Any]) -> Receipt:
        """Seal an entry. ``at`` (µs) is the clock's; the entry gets the later of it and the last entry's, floored to
        milliseconds. Raises ``ArtifactError`` for a body that no entry may hold; then nothing was added.
        """
        current = self._current
        seq = current.size + 1
        time = max(at, current.last_at) // 1000 * 1000
        prev = current.hash
        sealed = seal(seq, kind, _EPOCH + timedelta(microseconds=time), prev, body)
        current.tree().append(sealed.hash)
        current.size, current.hash, current.last_at = seq, sealed.hash, time
        self._rows.append(
            {"seq": seq, "kind": kind, "at": time, "hash": sealed.hash, "prev": prev, "body": sealed.data}
        )
        return Receipt(seq, sealed.hash, prev, time)

    def flush(self) -> None:
        """Write what was added, and the head."""
        if not self._rows:
            return
        current = self._current
        self._connection.execute(_INSERT, self._rows)
        self._rows = []
        current.frontier = json.dumps(current.tree().state(), separators=(",", ":")).encode()
        self._connection.execute(
            _SAVE,
            {
                "new_size": current.size,
                "new_hash": current.hash,
                "new_frontier": current.frontier,
                "new_last_at": current.last_at,
            },
        )


def append(connection: Connection, current: LedgerHead, *, kind: str, at: int, body: Mapping[str, Any]) -> Receipt:
    """Append one entry inside a write transaction and move ``current`` with it (see :meth:`Batch.add`)."""
    batch = Batch(connection, current)
    receipt = batch.add(kind=kind, at=at, body=body)
    batch.flush()
    return receipt


_STATE = ("active_digest", "next_due", "generation", "frozen_at", "sealed")


def save_state(connection: Connection, current: LedgerHead) -> None:
    """Write what ``current`` says beside the ledger: what is in force, when something is next due, what is frozen."""
    connection.execute(head.update().where(head.c.id == 1).values({name: getattr(current, name) for name in _STATE}))


def entry(connection: Connection, seq: int) -> StoredEntry | None:
    """One entry; ``None`` for a number that no entry has, however large."""
    if not 0 < seq < 2**63:
        return None
    found = connection.execute(_ONE, {"seq": seq}).first()
    return None if found is None else StoredEntry(*found)


def entries_of(connection: Connection, seqs: Iterable[int]) -> Iterator[StoredEntry]:
    """The entries with these numbers, in their order; a number that no entry has is left out."""
    wanted = sorted({seq for seq in seqs if 0 < seq < 2**63})
    for start in range(0, len(wanted), _CHUNK):
        chosen = _ENTRY.where(ledger.c.seq.in_(wanted[start : start + _CHUNK])).order_by(ledger.c.seq)
        for row in connection.execute(chosen):
            yield StoredEntry(*row)


def entries(connection: Connection, after: int = 0, page: int = 2000) -> Iterator[StoredEntry]:
    """Every entry after ``after`` in order, read a page at a time by key."""
    while True:
        found = connection.execute(_PAGE, {"after": after, "limit": page}).all()
        for row in found:
            yield StoredEntry(*row)
        if len(found) < page:
            return
        after = found[-1][0]


def _frontier(current: LedgerHead) -> MerkleFrontier:
    try:
        return MerkleFrontier.restore(current.size, json.loads(current.frontier))
    except (ValueError, TypeError) as error:
        raise StoreError(
            "store_corrupt", f"the ledger's frontier is damaged: {error}", "restore the workspace from a backup"
        ) from error
