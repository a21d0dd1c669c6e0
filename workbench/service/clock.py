"""Time, as an argument: the pure rooms never ask for it, the service asks one of these.

The wall clock can be set; the monotonic one cannot. :class:`ClockWatch` compares the two, so that nobody shortens a
timelock by moving the wall clock forward.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
JUMP = 60.0  # seconds that the wall clock may run ahead of the monotonic one
REBASE = 3600.0  # seconds after which ordinary drift is forgotten


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything, and only within one boot."""

    def boot(self) -> str:
        """Names the run of the machine within which :meth:`monotonic` can be compared; empty: only this process."""


class SystemClock:
    """The machine's clocks. The monotonic one counts sleep too, where the system has such a clock."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        boottime = getattr(time, "CLOCK_BOOTTIME", None)
        return time.monotonic() if boottime is None else time.clock_gettime(boottime)

    def boot(self) -> str:
        """The kernel's id of this boot, where there is one."""
        with suppress(OSError):
            return _BOOT_ID.read_text().strip()
        return ""


class FrozenClock:
    """A clock that stands still until it is moved; for tests and for snapshots of screens."""

    def __init__(self, start: datetime | None = None, *, boot: str = "") -> None:
        self._now = (start or datetime(2026, 3, 2, 9, 0, tzinfo=UTC)).astimezone(UTC)
        self._monotonic = 0.0
        self._boot = boot

    def now(self) -> datetime:
        """The time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """The seconds it was advanced by."""
        return self._monotonic

    def boot(self) -> str:
        """The name it was given."""
        return self._boot

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass on both clocks."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set_back(self, seconds: float) -> None:
        """Move the wall clock back, as an operator or a time server may; the monotonic one stays."""
        self._now -= timedelta(seconds=seconds)

    def jump(self, seconds: float) -> None:
        """Move the wall clock forward; the monotonic one stays."""
        self._now += timedelta(seconds=seconds)


@dataclass(frozen=True, slots=True)
class ClockMark:
    """The two clocks read at one moment: ``wall`` in µs since 1970, ``monotonic`` in seconds."""

    wall: int
    monotonic: float


class ClockWatch:
    """Says what time may be believed to be: the wall clock, unless it ran ahead of the monotonic one.

    A small drift is forgiven once an hour, so that many small steps do not add up to a large one. A clock that was set
    back is believed (the ledger's own time then stands still).
    """

    def __init__(self, clock: Clock, mark: ClockMark | None = None) -> None:
        self._clock = clock
        self.mark = mark or self.present()

    def present(self) -> ClockMark:
        """Both clocks now."""
        return ClockMark(micros(self._clock.now()), self._clock.monotonic())

    def read(self) -> tuple[int, int]:
        """The time that may be believed (µs), and by how much the wall clock is beyond that (µs; 0: it is believed)."""
        now, mark = self.present(), self.mark
        passed = now.monotonic - mark.monotonic
        expected = mark.wall + int(passed * 1_000_000)
        ahead = now.wall - expected
        if ahead > JUMP * 1_000_000:
            return expected, ahead
        if passed > REBASE and -ahead <= JUMP * 1_000_000:
            self.mark = now
        return now.wall, 0


def micros(moment: datetime) -> int:
    """Microseconds since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(micros: int) -> datetime:
    """The aware UTC time of so many microseconds since 1970."""
    return _EPOCH + micros * _MICROSECOND
