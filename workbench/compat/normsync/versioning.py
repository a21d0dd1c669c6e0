"""Who changed a norm, when and why, with the norm as it was then (specification §4).

Imports the records and the store, in whose file the versions live (table ``norm_versions``).

normsync counts versions by norm *id* and lists them by *name*. An edit of the condition or of the prohibited words
makes a new id, so that a name's history shows version 1 twice, and ``diff_versions`` compares the later of the two.
Programs read these numbers and files keep them, so they stay as they are; ``NormVersionStore(store, numbering="name")``
numbers the versions of a name one after the other, which is what a history is read for.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from workbench.compat.normsync.norm import WorldNorm
from workbench.compat.normsync.store import NormStore

Numbering: TypeAlias = Literal["id", "name"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS norm_versions (
    id INTEGER PRIMARY KEY AUTOINCREMENT, norm_id TEXT NOT NULL, norm_name TEXT NOT NULL, version INTEGER NOT NULL,
    changed_at REAL NOT NULL, changed_by TEXT NOT NULL, change_reason TEXT NOT NULL, previous_version INTEGER,
    norm_snapshot TEXT NOT NULL
);
"""
COLUMNS = "norm_id, norm_name, version, changed_at, changed_by, change_reason, previous_version"


@dataclass
class NormVersion:
    """One recorded change. ``changed_at``: seconds since the epoch; ``previous_version``: None for the first."""

    norm_id: str
    norm_name: str
    version: int
    changed_at: float
    changed_by: str
    change_reason: str
    previous_version: int | None


class NormVersionStore:
    """The version history inside a :class:`NormStore`. Recording a change does not save the norm itself."""

    def __init__(self, store: NormStore, *, numbering: Numbering = "id") -> None:
        if numbering not in ("id", "name"):
            raise ValueError(f"`{numbering}` is no numbering: `id` (as normsync numbers) or `name`")
        self._store = store
        self._numbering = numbering
        with store._writing() as connection:
            connection.execute(SCHEMA)

    def record_change(self, norm: WorldNorm, changed_by: str, reason: str) -> NormVersion:
        """Record a norm as it is now, under the next number of its id (or of its name: see the module)."""
        counted, of = ("norm_id", norm.id) if self._numbering == "id" else ("norm_name", norm.name)
        snapshot = json.dumps(norm.to_dict())
        with self._store._writing() as connection:
            connection.execute("BEGIN IMMEDIATE")  # two processes that record at once must not take one number
            query = f"SELECT MAX(version) FROM norm_versions WHERE {counted} = ?"
            previous: int | None = connection.execute(query, (of,)).fetchone()[0]
            made = NormVersion(norm.id, norm.name, (previous or 0) + 1, time.time(), changed_by, reason, previous)
            connection.execute(
                f"INSERT INTO norm_versions ({COLUMNS}, norm_snapshot) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (made.norm_id, made.norm_name, made.version, made.changed_at, changed_by, reason, previous, snapshot),
            )
        return made

    def get_history(self, norm_name: str) -> list[NormVersion]:
        """All versions recorded under a name, the highest number first."""
        query = f"SELECT {COLUMNS} FROM norm_versions WHERE norm_name = ? ORDER BY version DESC, id"
        return [NormVersion(*row) for row in self._store._rows(query, (norm_name,))]

    def get_norm_at(self, norm_name: str, timestamp: float) -> WorldNorm | None:
        """The norm of this name as it was recorded last until then (seconds since the epoch), else None."""
        query = (
            "SELECT norm_snapshot FROM norm_versions WHERE norm_name = ? AND changed_at <= ? "
            "ORDER BY changed_at DESC, id LIMIT 1"
        )
        rows = self._store._rows(query, (norm_name, timestamp))
        return WorldNorm.from_dict(json.loads(rows[0][0])) if rows else None

    def diff_versions(self, norm_name: str, v1: int, v2: int) -> dict[str, Any]:
        """Fields that differ between two versions of a name, as ``{field: {"v1": …, "v2": …}}`` in their order.

        ``{"error": …}`` where a version is missing. Where a number stands twice, the later record counts.
        """
        query = "SELECT version, norm_snapshot FROM norm_versions WHERE norm_name = ? ORDER BY id"
        snapshots: dict[Any, str] = dict(self._store._rows(query, (norm_name,)))
        if v1 not in snapshots or v2 not in snapshots:
            return {"error": f"Version(s) not found for norm '{norm_name}'"}
        first, second = json.loads(snapshots[v1]), json.loads(snapshots[v2])
        fields = dict.fromkeys([*first, *second])
        return {
            name: {"v1": first.get(name), "v2": second.get(name)}
            for name in fields
            if first.get(name) != second.get(name)
        }
