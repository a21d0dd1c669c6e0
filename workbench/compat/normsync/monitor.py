"""The monitor: asks which active norms an action violates. It reports and never blocks (specification §2).

Imports the records, the store and the index. Matching is normsync's: parts of words, not words; scope, priority and
metadata take no part. The workbench's own norms (``workbench.norms``) are the ones in which they mean something.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from threading import Lock
from typing import Any

from workbench.compat.normsync.index import NormIndex, plain
from workbench.compat.normsync.norm import MUTATIONS, AgentAction, NormRevision, NormViolation, WorldNorm
from workbench.compat.normsync.store import NormStore, Row, Stamp, _norm


class NormMonitor:
    """Norms in a list of its own, or those of a store, asked anew at every check.

    A list is copied shallowly: the norms are shared, and what happens to their fields counts at the next check. A
    store is given first or by name; a list beside ``store`` is ignored, as normsync ignores it. Norms that other
    connections or processes write to the store's file count at the next check too.

    Two defects of normsync are mended for store-backed monitors: there ``add_norm`` put the norm on a list that no
    check read, so that it was never enforced; and ``repeal_norm`` knew only that list. Here both act on the store.
    """

    def __init__(self, norms: Iterable[WorldNorm] | NormStore | None = None, *, store: NormStore | None = None) -> None:
        self._store: NormStore | None = norms if isinstance(norms, NormStore) else store
        self._norms: list[WorldNorm] = []
        if self._store is None and norms is not None and not isinstance(norms, NormStore):
            self._norms = list(norms)
        self._index = NormIndex()
        self._lock = Lock()
        self._stamp: Stamp | None = None
        self._known: dict[Row, WorldNorm] = {}  # the index's own norms, by what is stored of them

    def active_norms(self) -> list[WorldNorm]:
        """The norms in force, in a new list: the shared objects, or new ones from the store."""
        if self._store is not None:
            return self._store.get_norms(active_only=True)
        return [norm for norm in self._norms if norm.active]

    def add_norm(self, norm: WorldNorm) -> None:
        """Append a norm to the list, or save it in the store (where one that is in force already is left as it is)."""
        if self._store is not None:
            self._store.enforce(norm)
        else:
            self._norms.append(norm)

    def repeal_norm(self, norm_id: str) -> NormRevision | None:
        """Set the first active norm with this id to inactive; the revision to record, or None if there is none."""
        if self._store is not None:
            repealed = self._store.repeal(norm_id)
        else:
            norm = next((norm for norm in self._norms if norm.active and norm.id == norm_id), None)
            repealed = norm is not None
            if norm is not None:
                norm.active = False
        return NormRevision(norm_id, "repeal", timestamp=time.time()) if repealed else None

    def check(self, action: AgentAction) -> list[NormViolation]:
        """The violations of an action, in the order of the norms.

        Raises ``TypeError`` where action, location, target or faction is not text.
        """
        told = action.action
        hay = " ".join((told, action.location, action.target, action.faction)).lower()
        fired = self._fired(hay, told.lower().strip())
        if not fired:
            return []
        agent, where = action.agent_id, action.location
        return [
            NormViolation(
                norm.id,
                norm.name,
                action.id,
                agent,
                f"Agent '{agent}' performed '{told}' in '{where}', violating norm '{norm.name}'",
                timestamp=action.timestamp if action.timestamp else time.time(),
            )
            for norm in fired
        ]

    def _fired(self, hay: str, verb: str) -> list[Any]:
        index, store = self._index, self._store
        if store is None:
            if index.stamp != MUTATIONS.last or index.count != len(self._norms):
                index.sync(self._norms)
        elif not self._follow(store):
            return plain(store.get_norms(active_only=True), hay, verb)
        return index.fired(hay, verb)

    def _follow(self, store: NormStore) -> bool:
        """Bring the index up to the store, reading the norms only where they may have changed; False if it cannot."""
        stamp = store.stamp()
        if stamp is not None and stamp != self._stamp:
            with self._lock:  # an older reading must not overtake a newer one
                stamp = store.stamp()  # before the rows: what is written in between is read again next time
                known: dict[Row, WorldNorm] = {}
                norms = []
                for row in store._norm_rows(active_only=True):
                    norm = known[row] = self._known.get(row) or _norm(row)
                    norms.append(norm)
                self._index.sync(norms)
                self._known, self._stamp = known, stamp
        return stamp is not None
