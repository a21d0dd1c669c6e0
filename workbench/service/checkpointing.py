"""When checkpoints are made: at every activation, with a backup or an export, and once a minute while the ledger grows.

The root comes from the head's frontier, so a checkpoint costs a signature and a row however long the ledger is. Nothing
is signed while the workspace is sealed: the ledger key must not vouch for two histories.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from threading import Lock

from sqlalchemy import Connection

from workbench.governance.checkpoints import Checkpoint, checkpoint_from_json, checkpoint_to_json, sign_checkpoint
from workbench.governance.errors import GovernanceError
from workbench.service.clock import moment
from workbench.service.errors import WorkbenchError
from workbench.service.mirror import UNSEEN, Mirror, Place
from workbench.service.session import Session
from workbench.store import checkpoints as store
from workbench.store.ledger import LedgerHead, read_head

EVERY = 60_000_000  # µs between two checkpoints of a growing ledger
KEPT = 50  # of the newest; those of activations stay beyond that


class Checkpointing:
    """Signs and keeps checkpoints, and has them mirrored. A step of the session, after what activates."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.mirror = Mirror(session)
        self._lock = Lock()
        self._covered = 0  # entries that the newest checkpoint is known to cover
        self._next = 0  # µs; no look at the table before
        self._version = ""  # a version whose activation is known to be covered
        self._healed = 0
        self._begun: int | None = None  # entries when this process first looked

    def settle(self, connection: Connection, head: LedgerHead, now: int) -> int | None:
        """Cover a version that came into force, in the same transaction. Nothing here is ever due by itself."""
        if head.active_digest != self._version and head.active_digest and not head.sealed:
            newest = store.newest(connection)
            if newest is not None and _version(newest) == head.active_digest:
                self._version = head.active_digest
            else:
                with suppress(WorkbenchError):  # without the ledger key nothing could have been activated either
                    self._add(connection, head, now)
                    self._healed = self._next = 0  # the next tick writes its file
        return None

    def guard(self, known: Place = UNSEEN) -> None:
        """Seal the workspace where its files are ahead of its database; before anything that is due is done.

        ``known``: where the caller saw the ledger end, in what was committed. Costs two stats and a look at the head.
        Raises :class:`WorkbenchError` where there is a gap and the seal cannot be written.
        """
        with self._lock:
            head = self._session.head()
            self._begun = head.size if self._begun is None else self._begun
            self.mirror.check(head, known)

    def tick(self, head: LedgerHead) -> None:
        """A checkpoint where one is due, and the files that are missing. Cheap where there is nothing to do."""
        if head.sealed:
            return
        with self._lock:
            now = self._session.now(head)
            if (head.size == self._covered and self._whole()) or now < self._next <= now + EVERY:
                return
            with suppress(WorkbenchError):  # no key, no space: tried again in a minute; the ledger stands without it
                self._next = now + EVERY
                with self._session.read() as connection:
                    newest = store.newest(connection)
                if newest is None or (newest.size < head.size and not 0 <= now - newest.at < EVERY):
                    newest = self._make()
                elif newest.size < head.size:
                    self._next = newest.at + EVERY
                self._covered = newest.size
                self._heal(newest.size)

    def make(self) -> store.StoredCheckpoint:
        """A checkpoint over every entry there is now, mirrored; the one that stands where nothing was added since.

        Raises :class:`WorkbenchError`: ``sealed``, ``no_ledger_key``, or what store and disk say.
        """
        with self._lock:
            made = self._make()
            self._covered = made.size
            self._heal(made.size)
        return made

    def close(self) -> None:
        """Cover what was added while this was open: whoever sets the database back to before is then seen to have.

        Cheap where nothing was added; never raises for what cannot be signed or written.
        """
        if self._begun is None:
            return
        with suppress(WorkbenchError):
            if self._session.head().size > max(self._begun, self._covered):
                self.make()

    def cover(self) -> None:
        """A checkpoint over a database that is about to be replaced, though it was stopped: it grows no more.

        Raises :class:`WorkbenchError` as :meth:`make` does, but not ``sealed``.
        """
        with self._lock:
            with self._session.write() as connection:
                head = read_head(connection)
                self._add(connection, head, head.last_at)
            self._heal(head.size)

    def _make(self) -> store.StoredCheckpoint:
        self._session.ledger_key()
        with self._session.read() as connection:
            surplus = _surplus(store.listing(connection))
        self.mirror.forget(surplus)  # before their rows: a file without a row would look like a lost history
        with self._session.write() as connection:
            head = read_head(connection)
            if head.sealed:
                raise WorkbenchError(
                    "the workspace is sealed",
                    "its database was restored from an older state, and no signer has acknowledged it",
                    "acknowledge it first",
                    "sealed",
                )
            store.remove(connection, [row.size for row in surplus])
            return self._add(connection, head, self._session.now(head))

    def _add(self, connection: Connection, head: LedgerHead, now: int) -> store.StoredCheckpoint:
        newest = store.newest(connection)
        if newest is not None and newest.size >= head.size:
            return newest
        point = Checkpoint(
            swarm_id=self._session.swarm_id,
            size=head.size,
            root=head.root(),
            head=head.hash,
            version=head.active_digest,
            at=moment(max(now, head.last_at)),
        )
        roster = self._session.laws.checked(connection, head.active_digest).version.content.roster
        signed = sign_checkpoint(self._session.ledger_key_of(roster), point)
        row = store.StoredCheckpoint(head.size, point.root, max(now, head.last_at), checkpoint_to_json(signed))
        store.add(connection, row)
        return row

    def _whole(self) -> bool:
        return self._healed == self._covered and self.mirror.folder.is_dir()

    def _heal(self, size: int) -> None:
        with self._session.read() as connection:
            rows = store.listing(connection)
        self.mirror.heal(rows)
        self._healed = size


def _version(row: store.StoredCheckpoint) -> str:
    """The digest of the version in force that a checkpoint names, or the empty string."""
    with suppress(GovernanceError):
        return checkpoint_from_json(row.statement).checkpoint.version
    return ""


def _surplus(rows: Sequence[store.StoredCheckpoint]) -> list[store.StoredCheckpoint]:
    """Those that need not be kept: neither among the newest nor the first under a version."""
    surplus, last = [], ""
    for place, row in enumerate(rows):
        version = _version(row)
        if version == last and place < len(rows) - (KEPT - 1):
            surplus.append(row)
        last = version
    return surplus
