"""Erasing payloads so that their bytes are gone from the database file, not only from its tables.

May import the tables; :func:`erase` takes a connection, :func:`overwrite` a file of SQLite's.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, delete, select, update

from workbench.store.errors import from_sqlite
from workbench.store.tables import decisions, payloads

_CHUNK = 500


def erase(connection: Connection, events: Sequence[int], shown: str) -> None:
    """Delete the payloads of these decisions and show ``shown`` for their resources. Inside a write.

    What is freed in a file is overwritten with zeros at once (``secure_delete``); copies that SQLite moved about before
    are what :func:`overwrite` is for.
    """
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")
    for start in range(0, len(events), _CHUNK):
        chunk = list(events[start : start + _CHUNK])
        connection.execute(delete(payloads).where(payloads.c.seq.in_(chunk)))
        connection.execute(update(decisions).where(decisions.c.seq.in_(chunk)).values(resource=shown))


def with_payload(connection: Connection, events: Sequence[int]) -> set[int]:
    """Those of ``events`` whose payload is there."""
    found: set[int] = set()
    for start in range(0, len(events), _CHUNK):
        query = select(payloads.c.seq).where(payloads.c.seq.in_(list(events[start : start + _CHUNK])))
        found.update(int(seq) for seq in connection.execute(query).scalars())
    return found


def listed(connection: Connection, events: Sequence[int]) -> set[int]:
    """Those of ``events`` that are decisions."""
    found: set[int] = set()
    for start in range(0, len(events), _CHUNK):
        query = select(decisions.c.seq).where(decisions.c.seq.in_(list(events[start : start + _CHUNK])))
        found.update(int(seq) for seq in connection.execute(query).scalars())
    return found


def overwrite(path: Path, busy_seconds: float = 10.0) -> bool:
    """Write the file anew without what was deleted, and empty its write-ahead log; whether the log could be emptied.

    It cannot while another process reads an older state. Raises ``StoreError`` (locked, or full: as much space again as
    the file has is needed for a moment).
    """
    try:
        raw = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None)
        try:
            raw.execute("PRAGMA secure_delete = ON")
            raw.execute("VACUUM")
            busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
    except sqlite3.Error as error:
        raise from_sqlite(error, str(path)) from error
    return not busy
