"""What the Overview draws of traffic and of what ends by itself: it fits, hides nothing, and numbers are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.fakes import HOSTILE, NOW, FakeWorkspace
from tests.tui.test_views import NASTY, is_safe
from workbench.service.group_views import Storm
from workbench.service.pulse_views import Pulse, Share
from workbench.service.views import Bucket, EventRow
from workbench.tui.view import charts, overview, traffic, upcoming
from workbench.tui.view.upcoming import Due, Waits

COUNTS = st.integers(0, 10**7)
BUCKETS = st.lists(st.tuples(COUNTS, COUNTS, COUNTS, COUNTS), min_size=1, max_size=240)


def pulse(rows, seconds=300.0, agents=(), rules=()) -> Pulse:
    width = seconds / len(rows)
    buckets = tuple(
        Bucket(NOW + timedelta(seconds=n * width), allow, deny + violations, hold, violations)
        for n, (allow, deny, hold, violations) in enumerate(rows)
    )
    return Pulse(seconds, width, buckets, agents, rules, len(agents))


# -- charts ------------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=300), st.integers(1, 120), st.integers(1, 9))
def test_an_area_has_its_size_and_hides_nothing(values, width, height):
    lines = charts.area(values, width, height)
    assert [len(line) for line in lines] == [width] * height
    slots = charts.spread(values, width * 2)
    for cell in range(width):
        assert (lines[-1][cell] != " ") == any(slots[cell * 2 : cell * 2 + 2])
    for above, below in pairwise(lines):
        assert all(low != " " for high, low in zip(above, below, strict=True) if high != " "), "nothing floats"


def test_dots_rise_with_the_value():
    assert charts.area([0, 0, 4, 4], 2, 1) == [" ⣿"]
    assert charts.area([1, 2, 3, 4], 2, 1) == ["⣠⣾"]
    assert charts.area([4, 8], 1, 2) == ["⢸", "⣿"]


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300), st.integers(1, 300))
def test_spreading_keeps_what_is_there(values, width):
    slots = charts.spread(values, width)
    assert len(slots) == width
    assert any(slots) == any(values)
    assert max(slots) <= max(values)
    assert min(slots) >= min(values)
    if len(values) % width == 0:
        assert sum(slots) * (len(values) // width) == pytest.approx(sum(values))


@given(st.lists(st.integers(0, 10**6), max_size=60), st.integers(1, 9))
def test_a_trailing_mean_is_of_the_last_ones_alone(values, span):
    for place, mean in enumerate(charts.trailing(values, span)):
        last = values[max(place - span + 1, 0) : place + 1]
        assert mean == pytest.approx(sum(last) / len(last))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.integers(0, 80))
def test_parts_give_out_every_cell_and_forget_nobody(counts, width):
    cells = charts.parts(counts, width)
    assert sum(cells) == (width if sum(counts) else 0)
    assert all(cell >= 0 for cell in cells)
    there = [count for count in counts if count]
    if len(there) <= width:
        assert all(bool(cell) == bool(count) for cell, count in zip(cells, counts, strict=True))


# -- traffic -----------------------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=60)
@given(BUCKETS, st.sampled_from(list(traffic.WINDOWS)), st.integers(30, 200), st.integers(4, 20), st.integers(0, 1))
def test_traffic_fits_its_pane(rows, window, width, height, ever):
    lines = traffic.traffic(pulse(rows), window, width, height, ever).plain.split("\n")
    assert len(lines) <= height
    assert all(cell_len(line) <= width for line in lines)
    if height >= 6:
        shown = [sum(column) for column in zip(*rows, strict=True)]
        for word, count in zip(("allow", "deny", "hold", "violation"), shown, strict=True):
            line = next(line for line in lines if line[2:].startswith(word))
            assert f"{count:,}" in line


def test_the_rate_is_of_the_last_minute_or_of_the_whole_window():
    fine = pulse([(100, 0, 0, 0)] * 192 + [(1, 0, 0, 0)] * 48)
    assert traffic.rate_now(fine) == pytest.approx(0.8)
    said = traffic.traffic(fine, "5 min", 60, 10).plain
    assert said.startswith("48/min now"), "as many as the last minute had"
    assert "peak 4,800/min" in said
    coarse = pulse([(6, 0, 0, 0)] * 240, 86_400.0)
    assert traffic.traffic(coarse, "24 h", 60, 10).plain.startswith("60/h on average")


@pytest.mark.parametrize(
    ("rate", "window", "said"),
    [
        (0, "5 min", "0/min"),
        (1, "5 min", "60/min"),
        (205.76, "1 h", "12,346/min"),
        (0.5 / 60, "5 min", "0.5/min"),
        (0.0001, "24 h", "0.4/h"),
        (2, "24 h", "7,200/h"),
    ],
)
def test_rates_are_short(rate, window, said):
    assert traffic.per_time(rate, window) == said


@given(st.floats(0, 10**6), st.floats(0, 10**6), st.sampled_from(list(traffic.WINDOWS)))
def test_the_unit_of_a_rate_never_jumps_and_more_is_never_said_as_less(one, other, window):
    (low, unit), (high, same) = (traffic.per_time(rate, window).split("/") for rate in sorted((one, other)))
    assert unit == same
    assert float(low.replace(",", "")) <= float(high.replace(",", ""))


def test_an_empty_window_says_why():
    nothing = pulse([(0, 0, 0, 0)] * 240)
    assert "no decision in the last 5 min" in traffic.traffic(nothing, "5 min", 60, 10, ever=7).plain
    assert "no decision yet" in traffic.traffic(nothing, "5 min", 60, 10, ever=0).plain


CHAIN = "1 version, head 1.0.0: consistent, NOT anchored"


def test_a_chain_that_nobody_compared_with_a_known_beginning_says_so_at_every_width():
    status = replace(FakeWorkspace().status(), chain_message=CHAIN, ledger_message="28 entries, the last one is 28")
    for width in (30, 38, 90):
        chain, ledger = overview.verified(status, width, 2).plain.split("\n")
        assert chain.startswith("▲ chain  NOT anchored")
        assert "✓" in ledger
        assert "…" not in chain + ledger
    assert "28 entries" in overview.verified(status, 30, 2).plain
    known = overview.verified(status, 90, 2, overview.Checked(NOW, True, True)).plain
    assert known.startswith("✓ chain  ok 1 version, head 1.0.0")
    broken = replace(status, chain_ok=False)
    assert overview.verified(broken, 90, 2).plain.startswith("✗ chain  BROKEN")


@given(
    st.lists(st.sampled_from(["1 version", "head 1.0.0", "x", "the last one is right"]), min_size=1, max_size=4),
    st.sampled_from([", ", ": ", "; "]),
    st.integers(0, 60),
)
def test_facts_are_said_whole_or_not_at_all(facts, mark, width):
    shown = overview.whole(mark.join(facts), width)
    assert len(shown) <= width
    count = len(shown.split(mark)) if shown else 0
    assert shown == mark.join(facts[:count])
    assert count == len(facts) or len(mark.join(facts[: count + 1])) > width, "as many as there is room for"


def test_errands_are_said_in_fewer_words_before_any_is_cut():
    status = replace(FakeWorkspace().status(), draft_changed=True, open_cases=3)
    waits = Waits((Due(NOW + timedelta(minutes=11), "case", "x", "c-1"),), (), 6)
    for width, said in ((34, "6 groups of refusals "), (60, "6 groups of refusals not acknowledged ")):
        shown = waiting(status, width, waits)
        assert said in shown
        assert "…" not in shown
        assert "draft differs" in shown


def waiting(status, width, *facts) -> str:
    return "\n".join(errand.line.plain for errand in overview.waiting(status, width, *facts))


def test_a_storm_comes_before_all_and_what_has_no_room_says_how_to_see_it():
    status = replace(FakeWorkspace().status(), open_proposals=1, open_cases=3, draft_changed=True, sealed="a copy")
    found = overview.waiting(status, 36, Waits((), (), 6), Storm(24_607, 9))
    assert [errand.name for errand in found] == ["storm", "sealed", "groups", "proposals", "cases", "draft"]
    assert overview.more(found, 3) == "3 more: tab, then ↓"
    assert overview.more(found, 6) == ""
    calm = overview.waiting(FakeWorkspace().status(), 36)
    assert overview.more(calm, 2) == "", "what does not wait need not be seen"


@given(st.integers(24, 120), st.integers(0, 10**7), st.integers(1, 10**4))
def test_a_storm_is_told_in_red_as_far_as_there_is_room(width, rate, groups):
    first = overview.waiting(FakeWorkspace().status(), width, None, Storm(rate, groups))[0]
    assert first.line.cell_length <= width
    assert first.line.plain.startswith("▲ storm")
    assert "$deny bold" in str(first.line.spans)
    if width >= 60:
        assert f"{rate:,} refusals/min" in first.line.plain


@settings(deadline=None)
@given(NASTY, COUNTS, COUNTS, COUNTS, COUNTS, st.integers(40, 120))
def test_whoever_is_refused_has_one_safe_line(name, allow, deny, hold, violations, width):
    share = Share(name, allow, deny + violations, hold, violations)
    columns, counted = traffic.tallied([share], total=True), traffic.tallied([share], total=False)
    said = traffic.agent_line(share, share.total, columns, width)
    for line in (said, traffic.rule_line(share, share.refused, counted, width)):
        assert "\n" not in line.plain
        assert cell_len(line.plain) <= width
        assert is_safe(line.plain)
    assert ("▲" in said.plain.replace(name, "")) >= (violations > 0)


def test_a_name_is_not_cut_beside_a_line_that_says_what_numbers_say():
    share = Share("never-share-external-text", 0, 2, 2, 2)
    columns = traffic.tallied([share], total=False)
    line = traffic.rule_line(share, 4, columns, 44)
    assert line.plain.startswith(" never-share-external-text ")
    assert len(strokes(line)) >= traffic.LEAST_BAR
    assert traffic.rule_line(Share("budget", 0, 2, 2, 2), 4, columns, 44).cell_length == line.cell_length <= 44


def strokes(line):
    return [char for char in line.plain if char in charts.STROKES.values()]


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 500), st.integers(1, 10**4), st.integers(60, 120))
def test_a_bar_is_as_long_as_there_are_decisions_and_told_without_colours(allow, deny, hold, other, width):
    """The same in both lists: length is how many, strokes are how they came out."""
    share = Share("ada", allow, deny, hold, 0)
    most = max(share.total, other)
    full = Share("ada", most, 0, 0, 0)
    columns = traffic.tallied([share, full], total=True)
    bar = strokes(traffic.agent_line(share, most, columns, width))
    there = {charts.STROKES[kind] for kind, many in (("allow", allow), ("deny", deny), ("hold", hold)) if many}
    assert set(bar) <= there
    if len(bar) >= traffic.TELLING_CELLS:
        assert set(bar) == there
    longest = strokes(traffic.agent_line(full, most, columns, width))
    assert len(bar) == pytest.approx(len(longest) * share.total / most, abs=1)
    refused = traffic.rule_line(share, max(share.refused, 1), traffic.tallied([share], total=False), width).plain
    assert charts.STROKES["allow"] not in refused, "what a rule let through is not what it refused"


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 2000), st.integers(40, 120))
def test_a_short_bar_overstates_no_outcome_by_more_than_half_a_cell(one, other, busiest, width):
    """Five refusals of 54 are not a third of a bar of three cells."""
    share = Share("theo", max(one, other), min(one, other), 0, 0)
    columns = traffic.tallied([share], total=True)
    bar = strokes(traffic.agent_line(share, max(busiest, share.total), columns, width))
    denied = bar.count(charts.STROKES["deny"])
    if len(bar) < traffic.TELLING_CELLS:
        assert denied <= len(bar) * share.deny / share.total + 0.5


def test_numbers_that_nobody_has_leave_their_cells_to_the_bars():
    calm, refused = Share("ines", 40, 0, 0, 0), Share("emil", 40, 3, 2, 1)
    alone = traffic.agent_line(calm, 40, traffic.tallied([calm], total=True), 46)
    beside = traffic.agent_line(calm, 40, traffic.tallied([calm, refused], total=True), 46)
    assert len(strokes(alone)) == len(strokes(beside)) + 9, "a sign, a figure and a space each"
    assert len(strokes(beside)) >= traffic.TELLING_CELLS, "in 120 columns"


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0"), (999, "999"), (1000, "1.0k"), (9_949, "9.9k"), (12_345, "12k"), (3_400_000, "3.4M")]
)
def test_counts_on_four_cells(count, said):
    assert traffic.short(count) == said


@given(st.integers(0, 10**12 - 1))
def test_a_count_never_takes_more_than_four_cells(count):
    assert len(traffic.short(count)) <= 4


def test_windows_go_round():
    names = list(traffic.WINDOWS)
    seen = [names[0]]
    for _ in names:
        seen.append(traffic.next_window(seen[-1]))
    assert seen == [*names, names[0]]
    assert traffic.next_window("of another release") == traffic.DEFAULT_WINDOW


# -- what ends by itself -----------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(-100, 10**6), NASTY), max_size=9), st.integers(34, 100), st.integers(1, 8))
def test_deadlines_fit_and_none_is_forgotten(dues, width, height):
    made = tuple(
        Due(NOW + timedelta(seconds=after), "case", what, "c-1") for after, what in sorted(dues, key=lambda due: due[0])
    )
    content = upcoming.pane(Waits(made), NOW, width, height)
    lines = content.plain.split("\n")
    assert len(lines) <= height
    assert all(cell_len(line) <= width and is_safe(line) for line in lines)
    told = sum("◷" in line for line in lines)
    more = lines[-1] if "later" in lines[-1] else "… and 0 later"
    assert len(made) in (told + int(more.split()[2]), told)


def test_the_cases_of_which_no_more_than_a_page_was_read_are_counted_all():
    made = tuple(Due(NOW + timedelta(seconds=after), "case", "refund", "c-1") for after in range(50))
    assert "… and 58 later" in upcoming.pane(Waits(made, read=50), NOW, 80, 4, open_cases=61).plain
    assert "… and 47 later" in upcoming.pane(Waits(made), NOW, 80, 4, open_cases=61).plain, "some have no deadline"


def test_where_nobody_signs_no_tick_says_that_somebody_did():
    status = FakeWorkspace().status()
    for height in (6, 12):
        signed, unsigned = (
            overview.in_force(replace(status, badge=badge), 60, height).plain for badge in ("DEMO", "UNSIGNED")
        )
        assert "signed  ✓" in signed
        assert "✓" not in unsigned
        assert "signed  ▲ by nobody" in unsigned


@pytest.mark.parametrize(
    ("seconds", "said"), [(-3, "now"), (42, "42 s"), (125, "2 min 5 s"), (7_260, "2 h 1 min"), (200_000, "2 d")]
)
def test_how_long_until(seconds, said):
    assert upcoming.left(NOW + timedelta(seconds=seconds), NOW) == said


def test_what_waits_says_the_first_deadline_failed_notices_and_groups():

    status = replace(FakeWorkspace().status(), open_cases=3)
    waits = Waits((Due(NOW + timedelta(minutes=11), "case", "x", "c-1"),), (f"storm: {HOSTILE}",), 2)
    said = waiting(status, 60, waits)
    assert "3 cases to answer, the first in 11 min" in said
    assert "1 notice not delivered" in said
    assert "2 groups of refusals not acknowledged" in said
    assert "the first in" not in waiting(status, 40, waits), "no room for it"


def test_the_names_of_violations_share_the_room_before_one_is_cut():
    """A resource of seven cells needs no nine where a rule's name needs nineteen."""
    rows = [
        EventRow(seq, NOW, "viktor", "set_priority", "T-48287", "deny", "forbidden", rule, True, "1.0.0", "warn")
        for seq, rule in enumerate(("close-high-priority", "email-domains"), 1)
    ]
    columns = overview.violation_columns(rows, 78)
    drawn = [overview.violation_line(each, columns) for each in rows]
    assert "close-high-priority" in drawn[0].plain
    assert all(line.cell_length <= 78 for line in drawn)
    long = [replace(each, rule="never-share-external-text") for each in rows]
    line = overview.violation_line(long[0], overview.violation_columns(long, 64)).plain
    assert "▲" in line, "the title says in a word what all of them are"
    assert "viol." not in line
    assert "never-share-external-text" in line
    assert "▲ viol" in drawn[0].plain, "but where no name is cut for it the word stands there too"
    assert overview.violation_columns([], 78), "and without any there are columns still"
