"""Counts of groups (rule × agent × action) and of agents, folded from what the store counted. Pure: values in and out.

Folding is adding: in any batches, in any order, the result is that of counting everything at once. Times are kept in
slices of three widths, each for as long as something asks for it, so that a window ends where it should without the
decisions being read again. Memory is bounded: the groups longest silent are dropped, and counted as dropped. May import
the store's tuple.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias, TypeVar

from workbench.language.annotations import SEVERITIES
from workbench.store.groups import Counted

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Window: TypeAlias = Literal["5m", "1h", "24h", "all"]
WINDOWS: tuple[Window, ...] = ("5m", "1h", "24h", "all")
Kind: TypeAlias = Literal["allow", "hold", "deny", "violation"]
KINDS: tuple[Kind, ...] = ("allow", "hold", "deny", "violation")  # ascending: a group is called by its gravest
Key: TypeAlias = tuple[str, str, str]  # rule, agent, action

Name = TypeVar("Name", str, Key)

MINUTES = 20  # of a sparkline
MOST = 5_000  # groups, and agents, that are kept


class _Width(NamedTuple):
    width: int  # µs of a slice
    kept: int  # slices


_WIDTHS = (_Width(5 * SECOND, 60), _Width(MINUTE, 60), _Width(15 * MINUTE, 96))
_OF_WINDOW: Mapping[Window, int] = {"5m": 0, "1h": 1, "24h": 2}
_RATE = 12  # slices of five seconds in the minute that a rate is of


def width_for(age: int) -> int:
    """The widest slice (µs) in which decisions that are at least ``age`` µs old may be counted together."""
    for place, (width, kept) in enumerate(_WIDTHS):
        if age < width * kept:
            return _WIDTHS[place].width
    return DAY


def kind_of(outcome: str, violation: bool) -> Kind:
    """What a decision counts as."""
    if violation:
        return "violation"
    return "hold" if outcome == "hold" else "allow" if outcome == "allow" else "deny"


class Slices:
    """How many, by time: a total, and slices of three widths as far back as each is kept."""

    __slots__ = ("_counts", "total")

    def __init__(self) -> None:
        self.total = 0
        self._counts: tuple[dict[int, int], ...] = ({}, {}, {})

    def add(self, start: int, count: int, width: int) -> None:
        """``count`` more within the ``width`` µs from ``start`` on (``width_for`` says how wide that may be)."""
        self.total += count
        for each, counts in zip(_WIDTHS, self._counts, strict=True):
            if each.width >= width:
                index = start // each.width
                counts[index] = counts.get(index, 0) + count
                if len(counts) > 2 * each.kept:
                    newest = max(counts)
                    for old in [index for index in counts if index <= newest - each.kept]:
                        del counts[old]

    def _since(self, place: int, now: int, slices: int) -> int:
        first = now // _WIDTHS[place].width - slices
        return sum(count for index, count in self._counts[place].items() if index > first)

    def within(self, window: Window, now: int) -> int:
        """How many in the window that ends at ``now``: to its length less at most one slice."""
        if window == "all":
            return self.total
        place = _OF_WINDOW[window]
        return self._since(place, now, _WIDTHS[place].kept)

    def rate(self, now: int) -> int:
        """How many in the last minute."""
        return self._since(0, now, _RATE)

    def minutes(self, now: int, many: int = MINUTES) -> tuple[int, ...]:
        """How many in each of the last ``many`` minutes, oldest first; the last one holds the present."""
        counts, last = self._counts[1], now // MINUTE
        return tuple(counts.get(index, 0) for index in range(last - many + 1, last + 1))

    def peak(self, since: int, now: int) -> int:
        """The most in one whole minute after the one of ``since``, or in the last minute, if that lies after it too."""
        first = since // MINUTE
        whole = (count for index, count in self._counts[1].items() if first < index <= now // MINUTE)
        width = _WIDTHS[0].width
        recent = self._since(0, now, min(now // width - since // width, _RATE))
        return max((recent, *whole))


class Group:
    """One rule stopping one agent at one action. Times in µs; ``newest``: the number of its latest decision."""

    __slots__ = ("code", "first", "key", "kind", "last", "newest", "severity", "slices")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.kind: Kind = "allow"
        self.severity = ""
        self.code = ""
        self.first = self.last = self.newest = 0
        self.slices = Slices()

    def add(self, row: Counted, width: int) -> None:
        """Fold some of its decisions in."""
        if not self.newest or row.first < self.first:
            self.first = row.first
        if (row.newest, row.code) > (self.newest, self.code):
            self.newest, self.code = row.newest, row.code
        self.last = max(self.last, row.last)
        kind = kind_of(row.outcome, row.violation)
        self.kind = max(self.kind, kind, key=KINDS.index)
        self.severity = max(self.severity, row.severity, key=_gravity)
        self.slices.add(row.start, row.many, width)


class Agent:
    """What one agent was told, by kind. Times in µs; ``newest``: the number of its latest decision."""

    __slots__ = ("first", "kinds", "last", "name", "newest")

    def __init__(self, name: str) -> None:
        self.name = name
        self.first = self.last = self.newest = 0
        self.kinds: dict[Kind, Slices] = {}

    def add(self, row: Counted, width: int) -> None:
        """Fold some of its decisions in."""
        if not self.newest or row.first < self.first:
            self.first = row.first
        self.newest, self.last = max(self.newest, row.newest), max(self.last, row.last)
        kind = kind_of(row.outcome, row.violation)
        self.kinds.setdefault(kind, Slices()).add(row.start, row.many, width)

    def within(self, window: Window, now: int) -> dict[Kind, int]:
        """How many of each kind in the window that ends at ``now``."""
        return {kind: self.kinds[kind].within(window, now) if kind in self.kinds else 0 for kind in KINDS}

    def rate(self, now: int) -> int:
        """Decisions of any kind in the last minute."""
        return sum(slices.rate(now) for slices in self.kinds.values())

    def minutes(self, now: int, many: int = MINUTES) -> tuple[int, ...]:
        """Decisions of any kind in each of the last minutes, oldest first."""
        each = [slices.minutes(now, many) for slices in self.kinds.values()]
        return tuple(map(sum, zip(*each, strict=True))) if each else (0,) * many


def _gravity(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1


class Counts:
    """Everything folded so far. Not for several threads at once."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.groups: dict[Key, Group] = {}
        self.agents: dict[str, Agent] = {}
        self.dropped = 0  # groups that were dropped: at least so many were met that are not listed

    def fold(self, rows: Iterable[Counted], width: int) -> None:
        """Add what the store counted in slices of ``width`` µs."""
        for row in rows:
            agent = self.agents.get(row.agent)
            if agent is None:
                agent = self.agents[row.agent] = Agent(row.agent)
            agent.add(row, width)
            if row.outcome == "allow":
                continue
            key = (row.rule, row.agent, row.action)
            group = self.groups.get(key)
            if group is None:
                group = self.groups[key] = Group(key)
            group.add(row, width)
        if len(self.groups) > self._most:
            spare = self._silent((g.last, key) for key, g in self.groups.items())
            for key in spare:
                del self.groups[key]
            self.dropped += len(spare)
        if len(self.agents) > self._most:
            for name in self._silent((a.last, name) for name, a in self.agents.items()):
                del self.agents[name]

    def _silent(self, last: Iterator[tuple[int, Name]]) -> list[Name]:
        """Those that were silent longest, so that a tenth of the room is free again."""
        ordered = sorted(last)
        return [key for _, key in ordered[: len(ordered) - self._most * 9 // 10]]
