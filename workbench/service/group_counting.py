"""Keeps the counts of groups and agents up with the record: what is new at once, what is old from the newest back.

One for a workspace, shared by all who ask. It reads at most a few hundred thousand numbers a call, so that nobody waits
long: over a long record the first answers cover the newest part, and say what is left. Not for faces.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock

from sqlalchemy import Connection

from workbench.governance.errors import GovernanceError
from workbench.governance.group_acknowledgement import GroupWords, read_word
from workbench.service.group_counts import MOST, Counts, width_for
from workbench.service.group_views import Counting
from workbench.service.session import Session
from workbench.store import groups as store
from workbench.store.ledger import read_head
from workbench.store.overlays import hash_at

STEP = 50_000  # numbers of the ledger in one query
NEW_STEPS = 8  # queries for what is new, in one call
OLD_STEPS = 1  # and for what is old: somebody waits for the answer


class Tally:
    """The counts of a workspace."""

    def __init__(self, session: Session, *, step: int = STEP, most: int = MOST) -> None:
        self._session = session
        self._step, self._most = step, most
        self._lock = Lock()
        self._begin()

    def _begin(self) -> None:
        self._counts = Counts(self._most)
        self._words = WordsRead()
        self._high: int | None = None  # counted up to here …
        self._low = 0  # … from after this number on
        self._mark = ""  # hash of entry ``_high``: another one there is another ledger

    @contextmanager
    def standing(self) -> Iterator[tuple[Counts, GroupWords, int]]:
        """The counts, what was said of groups, and the present (µs), to be read inside the ``with`` block only."""
        with self._lock:
            with self._session.read() as connection:
                head = read_head(connection)
                now = self._session.now(head)
                self._catch_up(connection, head.size, now)
                words = self._words.read(connection)
            yield self._counts, words, now

    @property
    def progress(self) -> Counting:
        """How far it has come."""
        return Counting(self._low, self._counts.dropped)

    def finish(self) -> None:
        """Count everything, however long that takes: for whoever prints it once."""
        while True:
            with self.standing():
                if not self._low:
                    return

    def _catch_up(self, connection: Connection, size: int, now: int) -> None:
        if self._high and hash_at(connection, self._high) != self._mark:
            self._begin()  # the database was set back: nothing that was counted holds any more
        if self._high is None:
            self._high = self._low = size
        for _ in range(NEW_STEPS):
            if self._high >= size:
                break
            upto = min(self._high + self._step, size)
            self._count(connection, self._high, upto, now)
            self._high = upto
        self._mark = hash_at(connection, self._high)
        for _ in range(OLD_STEPS):
            if not self._low:
                break
            after = max(self._low - self._step, 0)
            self._count(connection, after, self._low, now)
            self._low = after

    def _count(self, connection: Connection, after: int, upto: int, now: int) -> None:
        newest = store.newest_before(connection, upto)
        if newest is None or newest[0] <= after:
            return
        width = width_for(now - newest[1])
        self._counts.fold(store.counted(connection, after, upto, width), width)


class WordsRead:
    """What was said of groups, read from the ledger as far as it has come."""

    def __init__(self) -> None:
        self._begin()

    def _begin(self) -> None:
        self._read, self._mark = 0, ""  # hash of that entry: another one there is another ledger
        self._words = GroupWords()

    def read(self, connection: Connection) -> GroupWords:
        """What stands now. An entry that cannot be read acknowledges nothing: ``audit verify`` names it."""
        if self._read and hash_at(connection, self._read) != self._mark:
            self._begin()  # the database was set back: what was said since then was not said
        for entry in store.entries(connection, self._read):
            self._read, self._mark = entry.seq, hash_at(connection, entry.seq)
            with suppress(GovernanceError, KeyError, ValueError, TypeError):
                self._words.take(read_word(json.loads(entry.body)["body"], entry.seq))
        return self._words
