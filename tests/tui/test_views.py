"""The pure functions that turn decisions and figures into text: right words, exact widths, nothing interpreted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from tests.tui.fakes import HOSTILE, FakeWorkspace, make_row
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.view import charts, chrome, detail, events, overview

NASTY = st.text(max_size=60) | st.sampled_from(
    [
        "\x1b]0;owned\a",
        "[bold red]x[/]",
        "名前" * 20,
        "e\u0301" * 9,
        "\u202egpj.exe",
        "a\u200bb",
        "\ud800",
        "",
        "x" * 9000,
    ]
)
WIDTHS = st.integers(20, 240)


def is_safe(text: str) -> bool:
    """Nothing in it that a terminal would act on."""
    return not any(
        ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 or char in "\u202e\u202d\u2066\u200b\u200f\ufeff" for char in text
    )


@settings(deadline=None)
@given(WIDTHS)
def test_columns_fit_the_width_and_never_overlap(width):
    layout = events.columns(width)
    assert all(column.width >= 1 for column in layout)
    end = 0
    for column in layout:
        assert column.start == end + 1
        end = column.start + column.width
    assert end <= width
    assert end >= width - 1  # and nothing is wasted


@pytest.mark.parametrize(("width", "fields"), [(40, 3), (60, 5), (79, 6), (119, 6), (199, 6)])
def test_what_matters_most_stays_longest(width, fields):
    names = [column.field for column in events.columns(width)]
    assert len(names) == fields
    assert {"agent", "action"} <= set(names)
    assert "outcome" in names or "short" in names, "a word, not a glyph alone"


@settings(deadline=None)
@given(
    agent=NASTY, action=NASTY, resource=NASTY, rule=NASTY, width=WIDTHS,
    severity=st.sampled_from(["", "info", "warn", "high", "critical", "unheard_of"]),
)  # fmt: skip
def test_a_row_is_exactly_as_wide_as_the_list_and_harmless(agent, action, resource, rule, width, severity):
    row = replace(make_row(1), agent=agent, action=action, resource=resource, rule=rule, severity=severity)
    layout = events.columns(width)
    texts = [text for _, text in events.cells(row, layout)]
    assert is_safe("".join(texts))
    assert 1 + sum(map(cell_len, texts)) == layout[-1].start + layout[-1].width


def test_at_80_columns_the_longest_usual_names_are_not_cut():
    row = replace(
        make_row(1), agent="valentina", action="share_external", resource="T-48543", rule="forbid-refund-over-50"
    )
    line = "".join(text for _, text in events.cells(row, events.columns(79)))
    assert "…" not in line


def test_following_and_pausing_say_where_one_is():
    assert events.follow_text(True, 9_099, 9_100) == "FOLLOWING · 9,100"
    assert events.follow_text(False, 7_995, 9_100) == "PAUSED at 7,996 of 9,100 — G follows"
    assert events.follow_text(True, -1, 0) == "waiting for the first decision"


@pytest.mark.parametrize(("following", "total"), [(True, 9_100), (False, 9_100), (False, 1_009_100), (True, 0)])
def test_where_one_is_fits_any_room_and_says_less_there(following, total):
    said = [events.follow_text(following, total - 1, total, room, "f9") for room in range(60)]
    assert all(len(text) <= max(room, len(said[0])) for room, text in enumerate(said))
    assert len(said[0]) <= 9
    assert said[-1] == events.follow_text(following, total - 1, total, key="f9")
    assert sorted(said, key=len) == said
    assert following or not total or all("PAUSED" in text for text in said)


# -- one decision ----------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seq=st.integers(1, 200), width=st.integers(40, 240))
def test_a_decision_in_full_says_everything_it_should(seq, width):
    found = FakeWorkspace().event(seq)
    text = detail.event_detail(found, width).plain
    assert found.row.agent in text
    assert events.verdict(found.row.outcome, found.row.violation).word.upper() in text
    for rule in found.rules:
        assert rule.id in text
        assert " ".join(rule.english.split()[:2]) in text
        assert "amount" in text
    if found.row.code == "not_permitted":
        assert "WHY NOT" in text
        assert "permit-replies" in text
    assert "RECEIPT" in text


def test_what_a_rule_read_is_marked_with_its_value_and_source():
    lines = detail.event_detail(FakeWorkspace().event(23), 100).plain.splitlines()
    marked = [line for line in lines if line.startswith("▌")]
    assert len(marked) == 2
    assert "context.amount" in marked[0] and "900" in marked[0] and "caller" in marked[0]  # noqa: PT018
    assert "resource.tags" in marked[1] and '["email", "warranty"]' in marked[1] and "directory" in marked[1]  # noqa: PT018


@settings(deadline=None)
@given(NASTY, NASTY, WIDTHS)
def test_agent_text_in_a_decision_is_harmless(one, two, width):
    found = FakeWorkspace().event(23)
    row = replace(found.row, agent=one, action=two, resource=one)
    hostile = replace(
        found,
        row=row,
        request={
            "principal": one,
            "action": two,
            "resource": {"type": one, "id": two},
            "context": {one: two, "x": [one]},
        },
        decision={**found.decision, "remedy": one, "errors": [{"rule": one, "message": two}]},
    )
    text = detail.event_detail(hostile, width).plain
    assert all(is_safe(line) for line in text.split("\n"))


def test_markup_from_agents_stays_text():
    found = FakeWorkspace().event(23)
    shown = detail.event_detail(replace(found, row=replace(found.row, agent=HOSTILE)), 100)
    assert "[red]" in shown.plain
    assert "\x1b" not in shown.plain


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"__entity": {"type": "Agent", "id": "ada"}}, 'Agent::"ada"'),
        ({"__extn": {"fn": "decimal", "arg": "1.5"}}, 'decimal("1.5")'),
        ([1, "é"], '[1, "é"]'),
        (None, "null"),
        ("x" * 300, '"' + "x" * 239 + "…"),
    ],
)
def test_values_are_shown_as_cedar_writes_them(value, text):
    assert detail.shown_value(value) == text


# -- charts ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=200), st.integers(1, 120), st.integers(1, 8))
def test_a_chart_has_its_size_and_hides_nothing(values, width, height):
    lines = charts.columns(values, width, height)
    assert len(lines) == height
    assert all(len(line) == width for line in lines)
    folded = charts.fold(values, width)
    assert sum(folded) == sum(values) if len(values) <= width * -(-len(values) // width or 1) else True
    for column, value in enumerate(folded):
        assert (lines[-1][column] != " ") == (value > 0)


def test_a_chart_grows_with_the_value():
    assert charts.sparkline([0, 1, 4, 8], 4) == " ▁▄█"
    assert charts.columns([8, 4], 2, 2) == ["█ ", "██"]


@settings(deadline=None)
@given(st.floats(-1, 2), st.integers(1, 80))
def test_a_bar_is_exactly_as_wide_as_asked(share, width):
    drawn = charts.bar(share, width)
    assert len(drawn) == width
    assert (drawn.strip() == "") == (share <= 0)


# -- chrome ----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.sampled_from(SCREEN_NAMES), st.integers(1, 240))
def test_the_bars_never_exceed_the_width(active, width):
    facts = chrome.Chrome(active, "DEMO", "1.0.0", "sha256:" + "ab" * 32, "▶ 8/s")
    assert chrome.tabs_line(active, width).cell_length <= width
    if width >= 40:
        line = chrome.facts_line(facts, width)
        assert line.cell_length <= width
        assert "1.0.0" in line.plain
        assert "▶ 8/s" in line.plain
        assert chrome.tabs_line(active, width).plain.count(active.capitalize()) == 1


@pytest.mark.parametrize(
    ("state", "text"),
    [
        ({"paused": False, "finished": False}, "▶ plays 0.5/s"),
        ({"paused": True, "finished": False}, "⏸ paused"),
        ({"paused": True, "finished": True}, "■ all played"),
        ({"paused": True, "finished": False, "failed": True}, "✗ space retries"),
    ],
)
def test_the_player_says_its_state(state, text):
    assert chrome.player_text(0.5, **state) == text


# -- overview --------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(st.integers(20, 120), st.integers(1, 20), st.integers(0, 5), st.booleans(), st.booleans())
def test_overview_panes_fit_and_keep_their_facts(width, height, proposals, changed, broken):
    status = replace(
        FakeWorkspace().status(),
        open_proposals=proposals,
        draft_changed=changed,
        ledger_ok=not broken,
        ledger_message=HOSTILE,
    )
    waits = Content("\n").join(errand.line for errand in overview.waiting(status, width))
    for content in (overview.in_force(status, width, height), waits, overview.verified(status, width, height)):
        assert all(cell_len(line) <= max(width, 36) for line in content.plain.split("\n"))
        assert all(is_safe(line) for line in content.plain.split("\n"))
    assert "1.0.0" in overview.in_force(status, width, height).plain
    assert ("BROKEN" in overview.verified(status, width, height).plain) == broken
    there = [errand.line.plain for errand in overview.waiting(status, max(width, 36)) if errand.name == "proposals"]
    assert [("to sign" in line) for line in there] == [True] * (proposals > 0)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7_200, "2 h"), (90_061, "1 d 1 h"), (-5, "0 s")]
)
def test_lengths_of_time_in_words(seconds, text):
    assert overview.span_text(seconds) == text
