"""Counting groups and agents is adding: in any batches and order, and every window is what a plain count says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.service.group_counts import (
    DAY,
    HOUR,
    KINDS,
    MINUTE,
    SECOND,
    WINDOWS,
    Counts,
    Window,
    kind_of,
    width_for,
)
from workbench.store.groups import Counted

NOW = 1_772_443_800 * SECOND + 7_654_321  # in the middle of every slice


class Happened(NamedTuple):
    """One decision, as the table has it."""

    seq: int
    at: int
    rule: str
    agent: str
    action: str
    outcome: str
    violation: bool
    severity: str


ages = st.one_of(
    st.integers(0, 2 * MINUTE), st.integers(0, 10 * MINUTE), st.integers(0, 2 * HOUR), st.integers(0, 3 * DAY)
)
told = st.sampled_from(
    [
        ("r1", "deny", True, "high"),
        ("r1", "deny", True, "warn"),
        ("r2", "deny", False, ""),
        ("", "deny", False, ""),
        ("h", "hold", False, ""),
        ("p", "allow", False, ""),
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> list[Happened]:
    """Decisions in the order of their numbers; time never runs backwards, as in the ledger."""
    times = sorted(NOW - age for age in draw(st.lists(ages, max_size=60)))
    made, seq = [], 0
    for at in times:
        seq += draw(st.integers(1, 3))
        rule, outcome, violation, severity = draw(told)
        who, what = draw(st.sampled_from("ab")), draw(st.sampled_from("xy"))
        made.append(Happened(seq, at, rule, who, what, outcome, violation, severity))
    return made


def grouped(rows: Iterable[Happened], width: int) -> list[Counted]:
    """What the database answers: the same as ``store.groups.counted``, in plain Python."""
    alike: dict[tuple[Any, ...], list[Happened]] = defaultdict(list)
    for row in rows:
        start = row.at - row.at % width
        key = (row.rule, row.agent, row.action, row.outcome, f"code-{row.outcome}", row.violation, row.severity, start)
        alike[key].append(row)
    return [
        Counted(*key, len(found), min(r.at for r in found), max(r.at for r in found), max(r.seq for r in found))
        for key, found in alike.items()
    ]


def seen(counts: Counts, now: int) -> Any:
    """Everything that can be asked of the counts at ``now``."""
    groups = {
        key: (
            group.kind, group.severity, group.code, group.first, group.last, group.newest, group.slices.rate(now),
            group.slices.minutes(now), *(group.slices.within(window, now) for window in WINDOWS),
        )
        for key, group in counts.groups.items()
    }  # fmt: skip
    agents = {
        name: (
            agent.first, agent.last, agent.newest, agent.rate(now), agent.minutes(now),
            *(tuple(agent.within(window, now).values()) for window in WINDOWS),
        )
        for name, agent in counts.agents.items()
    }  # fmt: skip
    return groups, agents


@settings(max_examples=80, deadline=None)
@given(histories(), st.data())
def test_folding_in_any_batches_and_order_is_grouping_at_once(history: list[Happened], data: st.DataObject) -> None:
    whole = Counts()
    whole.fold(grouped(history, 5 * SECOND), 5 * SECOND)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=6)))
    parts = [history[a:b] for a, b in zip([0, *cuts], [*cuts, len(history)], strict=True)]
    batched = Counts()
    for part in data.draw(st.permutations(parts)):
        # what is old is counted in wider slices, as the service does
        width = width_for(min((NOW - row.at for row in part), default=0))
        batched.fold(grouped(part, width), width)
    for later in (0, 61 * SECOND, 20 * MINUTE, 2 * HOUR):
        assert seen(batched, NOW + later) == seen(whole, NOW + later)


LENGTHS: dict[Window, tuple[int, int]] = {
    "5m": (5 * SECOND, 5 * MINUTE),
    "1h": (MINUTE, HOUR),
    "24h": (15 * MINUTE, DAY),
}


@settings(max_examples=80, deadline=None)
@given(histories(), st.integers(0, 2 * DAY))
def test_a_window_ends_within_a_slice_of_its_length(history: list[Happened], later: int) -> None:
    counts = Counts()
    counts.fold(grouped(history, 5 * SECOND), 5 * SECOND)
    now = NOW + later
    for key, group in counts.groups.items():
        mine = [row for row in history if (row.rule, row.agent, row.action) == key and row.outcome != "allow"]
        assert group.slices.within("all", now) == len(mine)
        for window, (width, length) in LENGTHS.items():
            surely = sum(row.at > now - length + width for row in mine)
            perhaps = sum(row.at > now - length for row in mine)
            assert surely <= group.slices.within(window, now) <= perhaps
        assert group.slices.minutes(now)[-1] == sum(row.at // MINUTE == now // MINUTE for row in mine)
        assert (group.first, group.last) == (mine[0].at, mine[-1].at)
        assert group.kind == max((kind_of(row.outcome, row.violation) for row in mine), key=KINDS.index)


@settings(max_examples=60, deadline=None)
@given(histories(), ages)
def test_the_peak_is_of_what_came_after(history: list[Happened], since: int) -> None:
    """What was there when a group was acknowledged never makes it grow."""
    counts = Counts()
    counts.fold(grouped(history, 5 * SECOND), 5 * SECOND)
    begun = NOW - min(since, HOUR - MINUTE)
    for key, group in counts.groups.items():
        after = [
            row.at
            for row in history
            if (row.rule, row.agent, row.action) == key
            and row.outcome != "allow"
            and row.at // (5 * SECOND) > begun // (5 * SECOND)
        ]
        peak = group.slices.peak(begun, NOW)
        assert peak <= len(after)
        whole = defaultdict(int)
        for at in after:
            whole[at // MINUTE] += 1
        assert peak >= max((n for minute, n in whole.items() if minute > begun // MINUTE), default=0)


def test_too_many_groups_leave_the_newest_and_say_so() -> None:
    """An agent that names a new action each time fills no memory, and hides no storm."""
    counts = Counts(most=100)
    loud = [Happened(1_000_000 + n, NOW, "r", "loud", "x", "deny", True, "warn") for n in range(50)]
    for number in range(1000):
        row = Happened(number + 1, NOW - DAY + number, "", f"rogue-{number}", f"action-{number}", "deny", False, "")
        counts.fold(grouped([row], MINUTE), MINUTE)
    counts.fold(grouped(loud, 5 * SECOND), 5 * SECOND)
    assert len(counts.groups) <= 100
    assert len(counts.agents) <= 100
    assert counts.dropped + len(counts.groups) == 1001
    assert counts.groups["r", "loud", "x"].slices.rate(NOW) == 50
    assert ("", "rogue-999", "action-999") in counts.groups


def test_memory_does_not_grow_with_time() -> None:
    """A group that goes on for a month keeps no more slices than one of a day."""
    counts = Counts()
    for number in range(0, 30 * DAY, 10 * MINUTE):
        row = Happened(number // MINUTE + 1, NOW + number, "r", "a", "x", "deny", True, "warn")
        counts.fold(grouped([row], 5 * SECOND), 5 * SECOND)
    slices = counts.groups["r", "a", "x"].slices
    assert slices.total == 30 * 144
    assert sum(len(kept) for kept in slices._counts) <= 2 * (60 + 60 + 96) + 3
