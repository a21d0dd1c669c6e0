"""Who was entered into the directory, in the order of first entering: an order that only grows. Not for faces.

The directory itself knows no order and forgets who left; the ledger tells both. Read as far as it has come, once. May
import the store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress

from sqlalchemy import Connection

from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.store import directory
from workbench.store.overlays import hash_at


class RegisteredRead:
    """Entities in the order in which the ledger first names them. For one thread at a time."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._read, self._mark = 0, ""  # hash of that entry: another one there is another ledger
        self._order: dict[EntityUid, None] = {}

    def read(self, connection: Connection) -> Iterable[EntityUid]:
        """All that were ever entered, also those that left since. An entry that cannot be read names nobody."""
        if self._read and hash_at(connection, self._read) != self._mark:
            self._begin()  # the database was set back: whoever was entered since then was not
        for seq, hash_, body in directory.entries(connection, self._read):
            self._read, self._mark = seq, hash_
            with suppress(KeyError, ValueError, TypeError):
                for uid in json.loads(body)["body"]["loaded"]:
                    with suppress(RequestError):
                        self._order.setdefault(as_uid(uid))
        return self._order.keys()
