"""Overlays: what the ledger says of them, and the table that repeats it for lists.

The ledger is the record. The rows let a list be read at once and let a difference between the two be seen; nothing is
decided by them alone. May import the tables and the ledger; takes a connection.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, delete, select

from workbench.store.ledger import StoredEntry
from workbench.store.tables import BESIDES, ledger, overlays


@dataclass(frozen=True, slots=True)
class StoredOverlay:
    """``statement`` is the signed envelope; ``detail`` JSON of its ledger entry and of how it ended; times in µs."""

    id: str
    kind: str
    state: str
    placed_by: str
    placed_at: int
    expires_at: int | None
    statement: str
    detail: str


_ROW = select(*(overlays.c[name] for name in StoredOverlay.__dataclass_fields__))
_ENTRIES = (
    select(ledger.c.seq, ledger.c.kind, ledger.c.at, ledger.c.hash, ledger.c.prev, ledger.c.body)
    .where(BESIDES)
    .where(ledger.c.kind == "overlay")
)


def entries(connection: Connection, after: int = 0) -> list[StoredEntry]:
    """The ledger's entries about overlays after number ``after``, in order; the index over happenings is walked."""
    query = _ENTRIES.where(ledger.c.seq > after).order_by(ledger.c.seq)
    return [StoredEntry(*row) for row in connection.execute(query)]


def hash_at(connection: Connection, seq: int) -> str:
    """The hash of an entry, empty where there is none."""
    found = connection.execute(select(ledger.c.hash).where(ledger.c.seq == seq)).scalar()
    return "" if found is None else str(found)


def rows(connection: Connection, state: str | None = None) -> list[StoredOverlay]:
    """The rows, all or those in ``state``, in the order of placing."""
    query = _ROW if state is None else _ROW.where(overlays.c.state == state)
    return [StoredOverlay(*row) for row in connection.execute(query.order_by(overlays.c.placed_at, overlays.c.id))]


def ids(connection: Connection, state: str) -> list[str]:
    """The ids of the rows in ``state``, in the order of placing: without the statements, which are long."""
    query = select(overlays.c.id).where(overlays.c.state == state).order_by(overlays.c.placed_at, overlays.c.id)
    return list(connection.execute(query).scalars())


def put(connection: Connection, row: StoredOverlay) -> None:
    """Write a row in place of one with the same id."""
    drop(connection, row.id)
    connection.execute(overlays.insert(), asdict(row))


def move(connection: Connection, id: str, values: Mapping[str, Any]) -> None:
    """Change columns of a row."""
    connection.execute(overlays.update().where(overlays.c.id == id).values(**values))


def drop(connection: Connection, id: str) -> None:
    """Remove a row; no error where there is none."""
    connection.execute(delete(overlays).where(overlays.c.id == id))
