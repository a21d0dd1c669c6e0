"""Who was entered into the directory, in the order of first entering: an order that only grows. Not for faces.

The directory itself knows no order and forgets who left; the ledger tells both. Read as far as it has come, once. May
import the store.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from contextlib import suppress

from sqlalchemy import Connection

from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.service.receipts import cell
from workbench.store import directory
from workbench.store.overlays import hash_at


class RegisteredRead:
    """Entities in the order in which the ledger first names them. For one thread at a time."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._read, self._mark = 0, ""  # hash of that entry: another one there is another ledger
        self._order: dict[EntityUid, None] = {}
        self._types: frozenset[str] | None = None  # what the names were taken for
        self._names: tuple[str, ...] = ()

    def read(self, connection: Connection, types: Collection[str]) -> tuple[str, ...]:
        """The names of all of these types that were ever entered, also of those that left since, as lists show them. An
        entry that cannot be read names nobody.
        """
        if self._read and hash_at(connection, self._read) != self._mark:
            self._begin()  # the database was set back: whoever was entered since then was not
        wanted = frozenset(types)
        fresh = directory.entries(connection, self._read)
        if not fresh and wanted == self._types:
            return self._names
        for seq, hash_, body in fresh:
            self._read, self._mark = seq, hash_
            with suppress(KeyError, ValueError, TypeError):
                for uid in json.loads(body)["body"]["loaded"]:
                    with suppress(RequestError):
                        self._order.setdefault(as_uid(uid))
        self._types = wanted
        self._names = tuple(dict.fromkeys(cell(uid.id) for uid in self._order if uid.type in wanted))
        return self._names
