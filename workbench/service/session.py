"""What the use cases share: an open workspace's database, clock, keys and law. Not for faces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from workbench.governance.keys import load_private
from workbench.service.clock import Clock, micros
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.law import LawBook
from workbench.store.database import Database
from workbench.store.ledger import LedgerHead, read_head

if TYPE_CHECKING:
    from workbench.governance.keys import SigningKey

DATABASE = "workspace.db"
LEDGER_KEY = "ledger.key"
KEYS = "keys"
VERSIONS = "versions"
PROPOSALS = "proposals"
PROFILES = ("demo", "solo", "team")
_UNEXPECTED = "the workspace holds something that it should not"


class Session:
    """An open workspace. ``profile`` is ``demo``, ``solo`` or ``team``."""

    def __init__(self, location: Path, database: Database, clock: Clock, swarm_id: str, profile: str) -> None:
        self.location = location
        self.database = database
        self.clock = clock
        self.swarm_id = swarm_id
        self.profile = profile
        self.laws = LawBook()
        self._key_lock = Lock()
        self._ledger_key: SigningKey | None = None

    @property
    def badge(self) -> str:
        """The word that every screen shows about this workspace."""
        return {"demo": "DEMO", "solo": "SOLO"}.get(self.profile, "")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction; failures of store and governance arrive as :class:`WorkbenchError`."""
        with store_errors(), governed(_UNEXPECTED), self.database.write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction; failures of store and governance arrive as :class:`WorkbenchError`."""
        with store_errors(), governed(_UNEXPECTED), self.database.read() as connection:
            yield connection

    def now(self, head: LedgerHead) -> int:
        """The present in µs: the later of the clock and the ledger's last entry, so that it never runs back."""
        return max(micros(self.clock.now()) // 1000 * 1000, head.last_at)

    def head(self) -> LedgerHead:
        """Where the ledger stands at this moment."""
        with self.read() as connection:
            return read_head(connection)

    def ledger_key(self) -> SigningKey:
        """The workspace's own key. Raises :class:`WorkbenchError` (``no_ledger_key``)."""
        with self._key_lock:
            if self._ledger_key is None:
                path = self.location / LEDGER_KEY
                try:
                    data = path.read_bytes()
                except OSError as error:
                    raise WorkbenchError(
                        "the ledger key is missing",
                        f"`{path}` cannot be read",
                        "restore it from a backup: without it no vote can be witnessed and no version activated",
                        "no_ledger_key",
                    ) from error
                with governed("the ledger key cannot be used"):
                    self._ledger_key = load_private(data, None)
            return self._ledger_key
