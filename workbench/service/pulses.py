"""The pulse of a swarm: decisions by time, by agent and by rule within a window that ends now; rates. Reads only.

What was counted is kept, and only what was recorded since is counted anew: a window of a day over a million decisions
costs one look at all of them, once, and then what a second brings.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TypeAlias

from sqlalchemy import Connection

from workbench.service.clock import micros, moment
from workbench.service.errors import WorkbenchError
from workbench.service.pulse_views import Pulse, Share
from workbench.service.session import Session
from workbench.service.views import Bucket
from workbench.store import feed, pulse
from workbench.store.ledger import read_head

SLICES = 240
COARSE = 12  # so many of them make one slice of what is counted by name
LONGEST = 7 * 86_400.0  # seconds
MOST_NAMED = 50
MOST_SLICES = 10_000  # of the rates
_KEPT_WINDOWS = 4

_Outcome: TypeAlias = tuple[str, bool]  # outcome, violation
_Named: TypeAlias = tuple[str, str, bool]  # name, outcome, violation


@dataclass(slots=True)
class _Window:
    """What is known of one width of slices. Keys of the mappings are numbers of slices since 1970."""

    high: int = 0
    slices: defaultdict[int, Counter[_Outcome]] = field(default_factory=lambda: defaultdict(Counter))
    agents: defaultdict[int, Counter[_Named]] = field(default_factory=lambda: defaultdict(Counter))
    rules: defaultdict[int, Counter[_Named]] = field(default_factory=lambda: defaultdict(Counter))

    def forget_before(self, first: int) -> None:
        """Slices before ``first`` are out of the window."""
        for number in [each for each in self.slices if each < first]:
            del self.slices[number]
        for named in (self.agents, self.rules):
            for number in [each for each in named if (each + 1) * COARSE <= first]:
                del named[number]


class Pulses:
    """The use case ``pulse``. May be called from any thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = Lock()
        self._windows: dict[tuple[int, int, bool], _Window] = {}

    def read(self, seconds: float = 300.0, most: int = MOST_NAMED) -> Pulse:
        """The last ``seconds`` (at most seven days), with at most ``most`` agents and rules.

        What is counted by name goes back to the beginning of a coarser slice: up to a twentieth of the window further.
        Raises :class:`WorkbenchError` (``bad_window``) for a window that is none.
        """
        if not 1.0 <= seconds <= LONGEST:
            raise WorkbenchError(
                "no such window", f"`{seconds:g}` seconds", "between one second and seven days", "bad_window"
            )
        width = max(int(seconds * 1_000_000) // SLICES, 1)
        with self._lock, self._session.read() as connection:
            window, first = self._counted(connection, width, SLICES, named=True)
            return _pulse(window, width, first, most)

    def rates(self, slices: int, width_seconds: float) -> tuple[Bucket, ...]:
        """Decisions by the time they were recorded, oldest slice first; the last slice holds the present.

        Raises :class:`WorkbenchError` (``bad_window``) for none, for more than ``MOST_SLICES``, or for more than seven
        days of them.
        """
        width = int(width_seconds * 1_000_000) if 0 < width_seconds <= LONGEST else 0
        if not (1 <= slices <= MOST_SLICES and 1 <= width <= LONGEST * 1_000_000 / slices):
            raise WorkbenchError(
                "no such window",
                f"`{slices}` slices of `{width_seconds:g}` seconds",
                f"between 1 and {MOST_SLICES:,} slices, of seven days at most in all",
                "bad_window",
            )
        with self._lock, self._session.read() as connection:
            window, first = self._counted(connection, width, slices, named=False)
            return _buckets(window, width, first, slices)

    def _counted(self, connection: Connection, width: int, slices: int, *, named: bool) -> tuple[_Window, int]:
        """So many slices of ``width`` µs up to now, and the number of the first of them."""
        now = max(micros(self._session.clock.now()), read_head(connection).last_at)
        first = now // width - slices + 1
        high = feed.high_water(connection)
        window = self._windows.pop((width, slices, named), None)
        if window is None or window.high > high:  # another database stands here now
            window = _Window()
        self._windows[width, slices, named] = window
        while len(self._windows) > _KEPT_WINDOWS:
            del self._windows[next(iter(self._windows))]
        window.forget_before(first)
        if high > window.high:
            start, coarse = first * width, width * COARSE
            for each in pulse.by_time(connection, window.high, high, start, width):
                window.slices[each.slice][each.outcome, each.violation] += each.many
            start = (first // COARSE) * coarse
            if named:
                _count_named(window.agents, pulse.by_agent(connection, window.high, high, start, coarse))
                _count_named(window.rules, pulse.by_rule(connection, window.high, high, start, coarse))
            window.high = high
        return window, first


def _count_named(kept: dict[int, Counter[_Named]], found: Iterable[pulse.CountedFor]) -> None:
    for one in found:
        kept[one.slice][one.name, one.outcome, one.violation] += one.many


def _pulse(window: _Window, width: int, first: int, most: int) -> Pulse:
    buckets = _buckets(window, width, first, SLICES)
    agents = _shares(window.agents.values())
    rules = _shares(window.rules.values())
    return Pulse(SLICES * width / 1_000_000, width / 1_000_000, buckets, agents[:most], rules[:most], len(agents))


def _buckets(window: _Window, width: int, first: int, slices: int) -> tuple[Bucket, ...]:
    start = moment(first * width)
    buckets = []
    for place in range(slices):
        found = window.slices.get(first + place, Counter[_Outcome]())
        buckets.append(
            Bucket(
                start + timedelta(microseconds=place * width),
                found["allow", False],
                found["deny", False] + found["deny", True],
                found["hold", False] + found["hold", True],
                sum(count for (_, violation), count in found.items() if violation),
            )
        )
    return tuple(buckets)


def _shares(slices: Iterable[Counter[_Named]]) -> tuple[Share, ...]:
    """Those refused most first; then the busiest; then by name."""
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for counted in slices:
        for (name, outcome, violation), count in counted.items():
            slot = counts[name]
            slot[("allow", "deny", "hold").index(outcome)] += count
            slot[3] += count if violation else 0
    shares = [Share(name, *slot) for name, slot in counts.items()]
    return tuple(sorted(shares, key=lambda each: (-each.violations, -each.refused, -each.total, each.name)))
