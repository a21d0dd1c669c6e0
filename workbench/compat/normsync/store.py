"""One SQLite file of norms, violations and revisions: the format of ``.normsync/norms.db`` (specification §3).

Imports the records. A file that normsync made opens here, and one made here opens there: the same tables, columns and
ids; no schema version, no index, no WAL. Each write is committed before the call returns. Actions are not stored.
The connection is shared between threads; writes wait for one another.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, TypeAlias

from workbench.compat.normsync.norm import NormRevision, NormViolation, WorldNorm

Row: TypeAlias = tuple[Any, ...]
Stamp: TypeAlias = tuple[int, int]

SCHEMA = """
CREATE TABLE IF NOT EXISTS norms (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT, condition TEXT, prohibited TEXT,
    scope TEXT DEFAULT 'global', active INTEGER DEFAULT 1, priority INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS violations (
    id TEXT PRIMARY KEY, norm_id TEXT, norm_name TEXT, action_id TEXT, agent_id TEXT, description TEXT,
    severity TEXT DEFAULT 'warn', timestamp REAL
);
CREATE TABLE IF NOT EXISTS revisions (
    id TEXT PRIMARY KEY, norm_id TEXT, revision_type TEXT, reason TEXT, timestamp REAL
);
"""
_NORMS = "SELECT name, description, condition, prohibited, scope, active, priority FROM norms"


def _norm(row: Row) -> WorldNorm:
    name, description, condition, prohibited, scope, active, priority = row
    return WorldNorm(name, description, condition, prohibited, scope, bool(active), priority)


class NormStore:
    """Norms, violations and revisions in one SQLite database; ``:memory:`` keeps them for this object's life.

    Raises ``sqlite3.OperationalError`` where the file's folder is missing (no folder is made), and
    ``sqlite3.DatabaseError`` for a file that is not SQLite.
    """

    def __init__(self, db_path: str = ":memory:") -> None:
        self._path = db_path
        self._lock = RLock()
        self._elsewhere = 0  # rows that this connection wrote to tables that are not `norms`
        self._conn = sqlite3.connect(db_path, check_same_thread=False)
        try:
            self._conn.executescript(SCHEMA)
        except sqlite3.Error:
            self._conn.close()
            raise

    def close(self) -> None:
        """Close the connection; closing twice is no error."""
        self._conn.close()

    # ---- writing -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self, *, norms: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction of its own; what it writes elsewhere than in `norms` is counted apart."""
        with self._lock:
            before = self._conn.total_changes
            try:
                with self._conn:
                    yield self._conn
            finally:
                if not norms:
                    self._elsewhere += self._conn.total_changes - before

    def save_norm(self, norm: WorldNorm) -> None:
        """Insert a norm; one with the same id is replaced, and then stands last."""
        written = (
            norm.id,
            norm.name,
            norm.description,
            norm.condition,
            norm.prohibited,
            norm.scope,
            int(norm.active),
            norm.priority,
        )
        with self._writing(norms=True) as connection:
            connection.execute("INSERT OR REPLACE INTO norms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", written)

    def save_violation(self, v: NormViolation) -> None:
        """Insert a violation, replacing one with the same id."""
        written = (v.id, v.norm_id, v.norm_name, v.action_id, v.agent_id, v.description, v.severity, v.timestamp)
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO violations VALUES (?, ?, ?, ?, ?, ?, ?, ?)", written)

    def save_revision(self, rev: NormRevision) -> None:
        """Insert a revision, replacing one with the same id."""
        written = (rev.id, rev.norm_id, rev.revision_type, rev.reason, rev.timestamp)
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO revisions VALUES (?, ?, ?, ?, ?)", written)

    def enforce(self, norm: WorldNorm) -> None:
        """Save a norm, unless it is stored just so already: a norm that is in force keeps its place in the order."""
        with self._lock:
            if _as_stored(norm) not in self._norm_rows(active_only=True):
                self.save_norm(norm)

    def repeal(self, norm_id: str) -> bool:
        """Set the first active norm of this id to inactive, where it stands; whether there was one.

        The id is the one that readers see: computed from the stored fields, not the row's own.
        """
        with self._lock:
            rows = self._conn.execute(f"{_NORMS.replace('SELECT', 'SELECT rowid,')} WHERE active = 1 ORDER BY rowid")
            for rowid, *fields in rows.fetchall():
                if _norm(tuple(fields)).id == norm_id:
                    with self._writing(norms=True) as connection:
                        connection.execute("UPDATE norms SET active = 0 WHERE rowid = ?", (rowid,))
                    return True
        return False

    # ---- reading -----------------------------------------------------------------------------------------------------

    def get_norms(self, active_only: bool = False) -> list[WorldNorm]:
        """All norms in the order of their last saving, made anew at each call; ids are computed, not read."""
        return [_norm(row) for row in self._norm_rows(active_only=active_only)]

    def get_violations(self) -> list[NormViolation]:
        """All violations, the newest first."""
        return [NormViolation(*row) for row in self._rows(
            "SELECT norm_id, norm_name, action_id, agent_id, description, severity, timestamp FROM violations "
            "ORDER BY timestamp DESC, rowid"
        )]  # fmt: skip

    def get_revisions(self) -> list[NormRevision]:
        """All revisions, the newest first."""
        return [NormRevision(*row) for row in self._rows(
            "SELECT norm_id, revision_type, reason, timestamp FROM revisions ORDER BY timestamp DESC, rowid"
        )]  # fmt: skip

    def _rows(self, query: str, parameters: Iterable[Any] = ()) -> list[Row]:
        with self._lock:
            return self._conn.execute(query, tuple(parameters)).fetchall()

    def _norm_rows(self, *, active_only: bool) -> list[Row]:
        """Stored norms as rows. ``active = 1``, not "not 0": a norm saved with active 2 is listed, never in force."""
        return self._rows(f"{_NORMS} WHERE active = 1 ORDER BY rowid" if active_only else f"{_NORMS} ORDER BY rowid")

    def stamp(self) -> Stamp | None:
        """What changes whenever the norms may have: other connections' commits, and this one's writes.

        ``None`` while this connection is inside a transaction (a rollback takes back rows, but no count of them).
        """
        if self._conn.in_transaction:
            return None
        with self._lock:
            version: int = self._conn.execute("PRAGMA data_version").fetchone()[0]
            return version, self._conn.total_changes - self._elsewhere


def _as_stored(norm: WorldNorm) -> Row:
    return (
        norm.name,
        norm.description,
        norm.condition,
        norm.prohibited,
        norm.scope,
        int(norm.active),
        norm.priority,
    )
