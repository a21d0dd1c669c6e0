"""What time it is for the ledger and for timelocks, and what happens when the wall clock jumps forward.

Ledger time is the later of the last entry's and the wall clock's. Where the wall clock runs over a minute ahead of the
monotonic one, it is not believed: entries take the time that should be, timelocks stand still in every process
(``head.frozen_at``) and stay so until an operator accepts the new time, or the clock is set right again. A mark of both
clocks is kept for each boot of the machine, so that a jump between two processes is seen as well.
"""

from __future__ import annotations

import json
from contextlib import suppress

from sqlalchemy import Connection

from workbench.service.clock import JUMP, REBASE, Clock, ClockMark, ClockWatch
from workbench.store.directory import set_setting, setting
from workbench.store.ledger import LedgerHead, append, save_state

_KEY = "clock_mark:{}"


class Timekeeping:
    """One process's watch over its clocks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watch = ClockWatch(clock)
        self._stored = self._watch.mark

    def start(self, connection: Connection, head: LedgerHead) -> bool:
        """Take up the mark of this boot; whether one must still be kept (:meth:`keep`).

        Without a mark nothing is known of what the clock did before: then what the ledger says is believed while
        timelocks are frozen, and the wall clock otherwise.
        """
        mark = self._kept(connection)
        if mark is None and head.frozen_at is not None:
            mark = ClockMark(head.last_at, self._clock.monotonic())
        elif mark is None:
            return bool(self._clock.boot())
        self._watch.mark = self._stored = mark
        return False

    def now(self, head: LedgerHead) -> int:
        """The present in µs, whole milliseconds; never before the ledger's last entry."""
        return max(self._watch.read()[0] // 1000 * 1000, head.last_at)

    def own(self) -> int:
        """What this process's clocks alone say, in µs: whatever time the ledger has come to."""
        return self._watch.read()[0] // 1000 * 1000

    def astray(self, head: LedgerHead) -> bool:
        """Whether :meth:`check` has something to do."""
        ahead = self._watch.read()[1]
        aged = self._watch.mark.monotonic - self._stored.monotonic > REBASE
        return (ahead > 0) != (head.frozen_at is not None) or (aged and bool(self._clock.boot()))

    def check(self, connection: Connection, head: LedgerHead) -> None:
        """Freeze the timelocks where the clock jumped, or let them go on where it was set right. Inside a write."""
        kept = self._kept(connection)
        if kept is not None and kept.monotonic >= self._watch.mark.monotonic:
            self._watch.mark = self._stored = kept  # another process knows better: a new time was accepted there
        now, ahead = self._watch.read()
        if ahead and head.frozen_at is None:
            head.frozen_at = max(now // 1000 * 1000, head.last_at)
            self._note(connection, head, "frozen", ahead)
        elif not ahead and head.frozen_at is not None:
            head.frozen_at = None
            self._note(connection, head, "corrected", 0)
        if not ahead and self._watch.mark.monotonic - self._stored.monotonic > REBASE:
            self.keep(connection)

    def ahead(self) -> int:
        """By how many seconds the wall clock is beyond what is believed; 0 where it is believed."""
        return self._watch.read()[1] // 1_000_000

    def accept(self, connection: Connection, head: LedgerHead) -> None:
        """Believe the wall clock as it stands; timelocks go on. Inside a write; the caller has an operator's word."""
        self._watch.mark = self._watch.present()
        self.keep(connection)
        head.frozen_at = None
        save_state(connection, head)

    def keep(self, connection: Connection) -> None:
        """Keep this process's mark for the others of this boot. Inside a write."""
        self._stored = self._watch.mark
        if self._clock.boot():
            mark = {"wall": self._stored.wall, "monotonic": self._stored.monotonic}
            set_setting(connection, _KEY.format(self._clock.boot()), json.dumps(mark))

    def _kept(self, connection: Connection) -> ClockMark | None:
        boot = self._clock.boot()
        with suppress(ValueError, KeyError, TypeError):
            text = setting(connection, _KEY.format(boot)) if boot else ""
            if text:
                read = json.loads(text)
                return ClockMark(int(read["wall"]), float(read["monotonic"]))
        return None

    def _note(self, connection: Connection, head: LedgerHead, event: str, ahead: int) -> None:
        body = {"event": event, "id": "clock", "ahead_seconds": ahead // 1_000_000, "allowed_seconds": int(JUMP)}
        append(connection, head, kind="clock", at=self.now(head), body=body)
        save_state(connection, head)
