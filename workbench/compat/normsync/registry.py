"""One norm store shared by the calls of a running server: what stands behind the REST paths and the MCP tools.

Imports this package only. Every call holds one lock, and answers only once the store has written: what was
acknowledged survives the process where the store is a file.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from workbench.compat.normsync import AgentAction, NormMonitor, NormRevision, NormStore, NormViolation, WorldNorm


class NormRegistry:
    """Norms and violations of one store. A norm that is added twice is there once, and fires once."""

    def __init__(self, store: NormStore, *, clock: Callable[[], float] = time.time) -> None:
        """``clock``: seconds since 1970; every action that is checked, and every revision, is given its time."""
        self._store = store
        self._monitor = NormMonitor(store=store)
        self._clock = clock
        self._lock = Lock()

    def add(self, norm: WorldNorm) -> WorldNorm:
        """Put a norm in force. One with its id is replaced, and is in force again where it was repealed."""
        with self._lock:
            self._store.save_norm(norm)
            self._revise(norm, "add", "norm added over a server")
        return norm

    def repeal(self, norm_id: str) -> WorldNorm | None:
        """End a norm; it stays listed, inactive. ``None``: no active norm has this id."""
        with self._lock:
            found = next((norm for norm in self._store.get_norms(active_only=True) if norm.id == norm_id), None)
            if found is None or not self._store.repeal(norm_id):
                return None
            self._revise(found, "repeal", "norm repealed over a server")
        found.active = False
        return found

    def norms(self, active_only: bool = False) -> list[WorldNorm]:
        """Every norm, or the active ones, in the store's order."""
        with self._lock:
            return list(self._store.get_norms(active_only=active_only))

    def check(
        self, agent_id: str, action: str, location: str = "", target: str = "", faction: str = ""
    ) -> list[NormViolation]:
        """What an action violates, in the norms' order. The violations are stored."""
        with self._lock:
            asked = AgentAction(
                agent_id, action, location, target=target, faction=faction, timestamp=float(self._clock())
            )
            found = list(self._monitor.check(asked))
            for violation in found:
                self._store.save_violation(violation)
        return found

    def violations(self) -> list[NormViolation]:
        """Every violation that was stored, newest first."""
        with self._lock:
            return list(self._store.get_violations())

    def close(self) -> None:
        """Close the store."""
        with self._lock:
            self._store.close()

    def _revise(self, norm: WorldNorm, change: str, reason: str) -> None:
        self._store.save_revision(
            NormRevision(norm_id=norm.id, revision_type=change, reason=reason, timestamp=float(self._clock()))
        )


class StoreUnusableError(Exception):
    """A place that cannot hold a norm store, or a file that is none. Its text says why."""


def open_registry(path: str = "") -> NormRegistry:
    """A registry over the store at ``path``, its folder made where missing; in memory where none is named.

    Raises :class:`StoreUnusableError`.
    """
    if not path or path == ":memory:":
        return NormRegistry(NormStore(":memory:"))
    place = Path(path).expanduser()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        registry = NormRegistry(NormStore(str(place)))
        registry.norms()  # a file that is no store says so now, not at the first call
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusableError(str(error) or type(error).__name__) from error
    return registry
