"""How grave a violation is, wherever it is shown: told by form, told in words where there is room, never by colour
alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.fakes import FakeWorkspace, make_app, make_row, settled
from tests.tui.test_shell import text_of
from workbench.language.annotations import SEVERITIES
from workbench.tui.view import detail, events, overview, severity
from workbench.tui.view.events import verdict
from workbench.tui.view.signs import AGENT_GLYPHS

VIOLATION = replace(
    make_row(23), outcome="deny", code="forbidden", rule="forbid-refund-over-500", violation=True, severity="critical"
)


def test_every_severity_there_is_has_a_step_of_its_own_and_the_steps_rise():
    steps = [severity.MARKS[name].step for name in SEVERITIES]
    assert steps == sorted(steps), "the blocks of Unicode stand in the order of their height"
    assert len(set(steps)) == len(SEVERITIES) == len(severity.MARKS)
    taken = {*AGENT_GLYPHS, *(verdict(name, False).glyph for name in ("allow", "deny", "hold"))}
    assert taken.isdisjoint(steps)


@pytest.mark.parametrize(("width", "said"), [(200, "█ critical forbid-refund-over-500"), (79, "█ forbid-refund-")])
def test_a_row_tells_it_in_words_where_there_is_room_and_by_its_step_elsewhere(width, said):
    layout = events.columns(width, events.needs_of(VIOLATION))
    line = "".join(text for _, text in events.cells(VIOLATION, layout))
    assert said in line
    assert ("critical" in line) == (width == 200)
    kinds = [kind for kind, text in events.cells(VIOLATION, layout) if "█" in text]
    assert kinds == ["severity-critical"]


def test_what_is_no_violation_has_none():
    row = replace(make_row(3), outcome="deny", code="not_permitted", rule="", violation=False)
    layout = events.columns(200, events.needs_of(VIOLATION))
    assert not any(kind.startswith("severity") for kind, _ in events.cells(row, layout))


@given(st.integers(60, 240), st.sampled_from(["", *SEVERITIES]))
def test_rules_stand_in_a_line_whether_a_row_is_grave_or_not(width, name):
    layout = events.columns(width, events.needs_of(VIOLATION))
    line = "".join(text for _, text in events.cells(replace(VIOLATION, severity=name), layout))
    rule = next(column for column in layout if column.field == "rule")
    assert line[rule.start - 1 :].startswith(VIOLATION.rule[: rule.width - 1])
    plain = events.columns(width, events.needs_of(VIOLATION) | {"severity": 0})
    assert "severity" not in {column.field for column in plain}, "no empty column where nothing is grave"


def test_the_overview_lists_it_as_the_feed_does():
    line = overview.violation_line(VIOLATION, overview.violation_columns([VIOLATION], 160))
    assert "█ critical forbid-refund-over-500" in line.plain
    spans = [span.style for span in line.spans if "█" in line.plain[span.start : span.end]]
    assert spans == [severity.MARKS["critical"].colour]


def test_a_severity_of_another_release_is_shown_with_its_own_word_made_harmless():
    shown = severity.badge("dire\x1b[31m").plain
    assert shown.startswith("▄ dire")
    assert "\x1b" not in shown


async def test_the_feed_and_the_detail_say_it():
    workspace = FakeWorkspace(40)
    workspace.add(replace(VIOLATION, seq=5_000))
    workspace.add(replace(VIOLATION, seq=5_001, severity="unheard_of"))
    app = make_app(workspace)
    async with app.run_test(size=(200, 60)) as pilot:
        await settled(pilot)
        await pilot.press("6", "k")
        await settled(pilot)
        shown = text_of(app)
        assert "█ critical forbid-refund-over-500" in shown
        assert "▄ unheard" in shown, "it is drawn, not an error"
    said = detail.event_detail(workspace.event(5_000), 100).plain.splitlines()[0]
    assert said == "▲ VIOLATION  █ critical  A rule forbids exactly this."
