"""What the use cases share: an open workspace's database, clock, keys and law. Not for faces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection

from workbench.governance.keys import load_private
from workbench.governance.procedures import amendment_procedure
from workbench.governance.unsigned import is_unsigned
from workbench.governance.witnesses import ledger_keys
from workbench.service.clock import Clock
from workbench.service.errors import WorkbenchError, governed, store_errors
from workbench.service.law import LawBook
from workbench.service.timekeeping import Timekeeping
from workbench.store.database import Database
from workbench.store.ledger import LedgerHead, read_head, save_state

if TYPE_CHECKING:
    from workbench.governance.keys import SigningKey
    from workbench.governance.roster import RosterEntry

LEDGER_KEY = "ledger.key"
KEYS = "keys"
VERSIONS = "versions"
PROPOSALS = "proposals"
PROFILES = ("demo", "solo", "team", "unsigned")
_UNEXPECTED = "the workspace holds something that it should not"


class Step(Protocol):
    """Something that time moves by itself: amendments, overlays, cases."""

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """Take what is due at ``now`` (µs), inside a write; when it will next move by itself, ``None`` for never."""


class Session:
    """An open workspace. ``profile`` is ``demo``, ``solo``, ``team`` or ``unsigned``.

    ``steps`` are taken in order by :meth:`settle`: what comes into force first, then what that ends.
    """

    def __init__(self, location: Path, database: Database, clock: Clock, swarm_id: str, profile: str) -> None:
        self.location = location
        self.database = database
        self.clock = clock
        self.swarm_id = swarm_id
        self.profile = profile
        self.laws = LawBook()
        self.time = Timekeeping(clock)
        self.steps: list[Step] = []
        self._key_lock = Lock()
        self._ledger_key: SigningKey | None = None

    @property
    def badge(self) -> str:
        """The word that every screen shows about this workspace.

        ``SOLO`` is gone once the version in force asks more than one person for a sensitive amendment.
        """
        if self.profile == "solo" and not self._one_decides():
            return ""
        return {"demo": "DEMO", "solo": "SOLO", "unsigned": "UNSIGNED"}.get(self.profile, "")

    def _one_decides(self) -> bool:
        try:
            with self.read() as connection:
                program = self.laws.checked(connection, read_head(connection).active_digest).program
        except WorkbenchError:
            return True  # a workspace that cannot be read is no team's
        return sum(require.count for require in amendment_procedure(program, "sensitive").requires) <= 1

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

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> None:
        """Let every step take what is due at ``now`` (µs), and note when the next is. Inside a write.

        While a jump of the clock holds the timelocks frozen, time stands still for all of them.
        """
        if head.frozen_at is not None:
            now = min(now, head.frozen_at)
        dues = [step.settle(connection, head, now) for step in self.steps]
        soonest = min((due for due in dues if due is not None), default=None)
        if soonest != head.next_due:
            head.next_due = soonest
            save_state(connection, head)

    def tick(self) -> LedgerHead:
        """Take the steps that are due; cheap when there are none. The head as it is afterwards."""
        head = self.head()
        if self.is_due(head):
            with self.write() as connection:
                head = read_head(connection)
                self.catch_up(connection, head)
        return head

    def is_due(self, head: LedgerHead) -> bool:
        """Whether :meth:`catch_up` has something to do."""
        return self.time.astray(head) or (head.next_due is not None and head.next_due <= self.now(head))

    def catch_up(self, connection: Connection, head: LedgerHead) -> None:
        """Look at the clock, then take what is due. Inside a write."""
        self.time.check(connection, head)
        self.settle(connection, head, self.now(head))

    def start(self) -> None:
        """Take up the time where other processes of this machine left it."""
        with self.read() as connection:
            head = read_head(connection)
            unkept = self.time.start(connection, head)
            if self.profile == "unsigned" and not self._lies_open(connection, head):
                self.profile = "team"  # a setting alone must not make signatures needless
        if unkept:
            with (
                suppress(WorkbenchError),
                self.write() as connection,
            ):  # a disk that is full or read-only may be looked at
                self.time.keep(connection)

    def _lies_open(self, connection: Connection, head: LedgerHead) -> bool:
        """Whether the version in force has a key that lies open, which alone makes a workspace unsigned."""
        with suppress(WorkbenchError):
            return is_unsigned(self.laws.in_force(connection, head).checked.version)
        return False

    def now(self, head: LedgerHead) -> int:
        """The present in µs as the ledger believes it: it never runs back, and a jump forward is not believed."""
        return self.time.now(head)

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

    def ledger_key_of(self, roster: Sequence[RosterEntry]) -> SigningKey:
        """The workspace's own key, where ``roster`` has it as a ledger key: another could only make words that nobody
        believes, of votes that are then used up.

        Raises :class:`WorkbenchError`: ``no_ledger_key``, ``wrong_ledger_key``.
        """
        key = self.ledger_key()
        if key.public not in ledger_keys(roster):
            raise WorkbenchError(
                "this is not the ledger key",
                f"the roster has no ledger key {key.public.fingerprint}, which is the one in `{LEDGER_KEY}`",
                "put the right key in its place, from a backup",
                "wrong_ledger_key",
            )
        return key
