"""The checkpoints that this workspace signed, and the Merkle root that the stored hashes have at any size.

May import the tables and the pure Merkle tree; takes a connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, select

from workbench.governance.merkle import MerkleFrontier
from workbench.store.tables import checkpoints, ledger

_CHUNK = 20_000  # hashes read at once


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """``statement`` is the signed envelope, exactly as in the file of the same size; ``at`` in µs."""

    size: int
    root: str
    at: int
    statement: str


_ROW = select(*(checkpoints.c[name] for name in StoredCheckpoint.__dataclass_fields__))


def newest(connection: Connection) -> StoredCheckpoint | None:
    """The one over most entries."""
    found = connection.execute(_ROW.order_by(checkpoints.c.size.desc()).limit(1)).first()
    return None if found is None else StoredCheckpoint(*found)


def listing(connection: Connection) -> list[StoredCheckpoint]:
    """All that are kept, smallest first."""
    return [StoredCheckpoint(*row) for row in connection.execute(_ROW.order_by(checkpoints.c.size))]


def add(connection: Connection, row: StoredCheckpoint) -> None:
    """Keep a new one."""
    connection.execute(checkpoints.insert(), asdict(row))


def remove(connection: Connection, sizes: Collection[int]) -> None:
    """Forget those of these sizes."""
    if sizes:
        connection.execute(delete(checkpoints).where(checkpoints.c.size.in_(list(sizes))))


def leaf_hashes(connection: Connection, size: int) -> Iterator[str]:
    """The stored hashes of the first ``size`` entries, in order, read a page at a time. Fewer where there are fewer."""
    after, left = 0, size
    while left > 0:
        query = select(ledger.c.seq, ledger.c.hash).where(ledger.c.seq > after).order_by(ledger.c.seq)
        rows = connection.execute(query.limit(min(_CHUNK, left))).all()
        if not rows:
            return
        yield from (row[1] for row in rows)
        after, left = rows[-1][0], left - len(rows)


def root_at(connection: Connection, size: int) -> str | None:
    """The root over the first ``size`` entries, from their stored hashes; ``None`` where there are not so many."""
    frontier = MerkleFrontier()
    for leaf in leaf_hashes(connection, size):
        frontier.append(leaf)
    return frontier.root() if frontier.size == size else None
