"""What the ledger tells of cases and credentials, remembered and read on: rows of tables are compared with it.

One memory for each database that is open. An entry is read once; a memory is only believed while its last entry is
still in the ledger as it was read, since a transaction may be undone, an older moment be looked at, or a file put back.
Reads only. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from workbench.governance.case_history import CASE_KINDS, ToldCase, told_after
from workbench.governance.credential_history import ToldCredential, credential_after
from workbench.service.errors import WorkbenchError
from workbench.store import told as store
from workbench.store.cases import StoredCase
from workbench.store.directory import digest_of

_MOST = 200_000  # things of one kind that are remembered; beyond that all is read anew

T = TypeVar("T")
Fold = Callable[[T | None, str, int, int, Mapping[str, Any]], T]


class _Memory(Generic[T]):
    """Entries of some kinds, folded by the id that they tell of, from ``since`` on."""

    def __init__(self, kinds: Sequence[str], fold: Fold[T]) -> None:
        self._kinds = kinds
        self._fold = fold
        self._lock = Lock()
        self._known: dict[str, T] = {}
        self._since = self._upto = 0
        self._hash = ""

    def of(self, connection: Connection, since: int, ids: Collection[str] | None) -> dict[str, T]:
        """What is told of these ids (``None``: of all) in the entries after ``since``, or earlier ones as well."""
        with self._lock:
            gone = bool(self._hash) and store.hash_of(connection, self._upto) != self._hash
            if gone or since < self._since or len(self._known) > _MOST or not self._hash:
                self._known, self._hash = {}, ""
                self._since = self._upto = since
            for entry in store.told(connection, self._kinds, self._upto):
                self._take(entry.kind, entry.seq, entry.at, entry.body)
                self._upto, self._hash = entry.seq, entry.hash
            if ids is None:
                return dict(self._known)
            return {id: self._known[id] for id in ids if id in self._known}

    def _take(self, kind: str, seq: int, at: int, data: bytes) -> None:
        try:
            body = json.loads(data)["body"]
            id = str(body["id"])
            self._known[id] = self._fold(self._known.get(id), kind, seq, at, body)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            return  # what no entry of ours says makes nothing believed; the audit names it


class _Told:
    """What one database's ledger tells."""

    def __init__(self) -> None:
        self.cases: _Memory[ToldCase] = _Memory(CASE_KINDS, told_after)
        self.credentials: _Memory[ToldCredential] = _Memory(
            ("credential",), lambda before, _kind, seq, _at, body: credential_after(before, seq, body)
        )


_open: WeakKeyDictionary[Engine, _Told] = WeakKeyDictionary()
_mutex = Lock()


def told_cases(connection: Connection, rows: Iterable[StoredCase]) -> dict[str, ToldCase]:
    """Case → what its entries say, of these rows. A row that names the wrong decision hides its own beginning."""
    since = {row.id: row.opened_seq for row in rows}
    if not since:
        return {}
    return _of(connection).cases.of(connection, max(0, min(since.values())), since.keys())


def told_standing(connection: Connection, states: Sequence[str], *, hidden: bool = False) -> dict[str, ToldCase]:
    """Case → what its entries say, of every case that stands in one of ``states`` by the ledger.

    Read from the oldest on that stands by its row; ``hidden``: from the first, so that no row can hide one.
    """
    oldest = 0 if hidden else store.oldest_case(connection, states)
    if oldest is None:
        return {}
    every = _of(connection).cases.of(connection, max(0, oldest), None)
    return {id: case for id, case in every.items() if case.state in states and not case.trouble}


def told_dues(connection: Connection, states: Sequence[str]) -> dict[str, int]:
    """Case → when it moves by itself (µs), of every case that stands by the ledger."""
    return {id: case.due for id, case in told_standing(connection, states).items() if case.due is not None}


def told_credentials(connection: Connection, ids: Collection[str]) -> dict[str, ToldCredential]:
    """Credential → what its entries say, from the ledger's first on."""
    return _of(connection).credentials.of(connection, 0, ids)


def require_told(connection: Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    """That the directory's rows, ``(type, id, JSON text)``, are as its newest ledger entry left them.

    Raises :class:`WorkbenchError` (``directory_changed``).
    """
    rows = list(rows)
    entry = store.newest(connection, "directory")
    try:
        state = None if entry is None else json.loads(entry.body)["body"].get("state")
    except (ValueError, KeyError, TypeError, AttributeError):
        state = ""
    if (entry is None and not rows) or (entry is not None and state in (None, digest_of(rows))):
        return
    when = "no entry of the ledger loaded it" if entry is None else f"it is not as entry {entry.seq} left it"
    raise WorkbenchError(
        "the directory was changed in the store",
        f"the directory was changed in the store: {when}; `workbench audit verify` names what",
        "restore the workspace from a backup",
        "directory_changed",
    )


def _of(connection: Connection) -> _Told:
    with _mutex:
        found = _open.get(connection.engine)
        if found is None:
            found = _open[connection.engine] = _Told()
        return found
