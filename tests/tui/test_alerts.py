"""The line that is on every screen while something acts beside the signed version, or everything stands still."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.fakes import HOSTILE, NOW, FakeWorkspace, make_app, settled
from tests.tui.overlay_fakes import BRAKE, NORM, STOP, OverlaidWorkspace
from tests.tui.test_shell import text_of
from tests.tui.test_views import is_safe
from workbench.service.governing_views import OverlayView
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.view.alerts import SIGNS, alert_lines, alerts_of
from workbench.tui.widgets.chrome import TopBar


def shown(width: int, *overlays: OverlayView, most: int = 2, **changes: object) -> list[str]:
    status = replace(FakeWorkspace().status(), overlays=overlays, **changes)
    return [line.plain for line in alert_lines(alerts_of(status), NOW, width, most)]


def test_nothing_in_force_says_nothing():
    assert shown(80) == []


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (120, "■ STOP  agent nora · 3 h 59 min left · ana · “forty refunds a minute”"),
        (80, "■ STOP  agent nora · 3 h 59 min left · ana"),
        (60, "■ STOP  agent nora · 3 h 59 min left · ana"),
        (40, "■ STOP  agent nora · 3 h 59 min left"),
    ],
)
def test_a_stop_says_whom_for_how_long_and_by_whom(width, words):
    assert words in shown(width, STOP)[0]


def test_the_countdown_runs_by_the_time_handed_in():
    status = replace(FakeWorkspace().status(), overlays=(STOP,))
    alerts = alerts_of(status)
    for passed, left in ((0, "3 h 59 min"), (3 * 3600 + 3460, "1 min 20 s"), (3 * 3600 + 3535, "5 s")):
        assert f"{left} left" in alert_lines(alerts, NOW + timedelta(seconds=passed), 80)[0].plain


def test_several_are_counted_and_the_gravest_and_most_urgent_is_named_first():
    later = replace(STOP, id="aa", what='agent Agent::"emil"', expires_at=NOW + timedelta(days=2))
    line = shown(120, NORM, later, BRAKE, STOP)[0]
    assert line.startswith(" ■ 4 overlays  STOP agent nora 3 h 59 min · STOP agent emil 2 d")
    assert " · BRAKE without desk-work 2 d 23 h · 1 more" in line
    assert "NORM" in shown(200, NORM, later, BRAKE, STOP)[0]
    assert shown(80, NORM, BRAKE)[0].startswith(" ▼ 2 overlays ")


def test_a_norm_has_no_end_and_a_doubt_is_said():
    assert "left" not in shown(120, NORM)[0]
    doubtful = replace(STOP, what="not to be believed", doubt="its signature does not hold", expires_at=None)
    assert "not to be believed" in shown(80, doubtful)[0]


def test_a_seal_and_a_frozen_clock_come_first_and_say_what_to_do():
    lines = shown(100, STOP, sealed="restored", frozen_since=NOW)
    assert lines[0].startswith(" ✗ SEALED   ◷ CLOCK FROZEN  everything is denied")
    assert lines[0].rstrip().endswith("! acknowledges")
    assert lines[1].startswith(" ■ STOP  agent nora")
    (only,) = shown(100, STOP, most=1, sealed="restored")
    assert only.startswith(" ✗ SEALED   ■ STOP "), "one line holds both where the screen is low"
    assert "everything is denied until a signer acknowledges" in shown(80, sealed="restored")[0]
    assert "timelocks stand still since 09:30:00 UTC" in shown(80, frozen_since=NOW)[0]
    assert "`workbench acknowledge`" in shown(100, sealed="restored")[0]


WORDS = st.text(max_size=60) | st.just(HOSTILE) | st.just("漢字" * 20)
OVERLAYS = st.builds(
    lambda base, what, why, by, seconds: replace(
        base,
        what=what,
        why=why,
        placed_by=by,
        expires_at=None if base.kind == "norm" else NOW + timedelta(seconds=seconds),
    ),
    st.sampled_from([STOP, BRAKE, NORM]),
    WORDS,
    WORDS,
    WORDS,
    st.integers(-5, 10**6),
)


@settings(deadline=None)
@given(st.integers(30, 200), st.lists(OVERLAYS, max_size=6), st.booleans(), st.booleans(), st.integers(1, 2))
def test_whatever_is_in_force_fits_is_text_and_is_never_left_out(width, overlays, sealed, frozen, most):
    """At any width: no line too wide, nothing that a terminal would act on, every group there by glyph and word."""
    changes = {"sealed": "x" if sealed else "", "frozen_since": NOW if frozen else None}
    lines = shown(width, *overlays, most=most, **changes)
    assert len(lines) <= most
    assert all(cell_len(line) <= width for line in lines)
    assert all(is_safe(line) for line in lines)
    said = "\n".join(lines)
    assert ("✗ SEALED" in said) == sealed
    if frozen and (width >= 40 or not sealed):
        assert "◷ CLOCK FROZEN" in said
    if len(overlays) > 1 and (most == 2 or width >= 60):
        assert f"{len(overlays)} overlays" in said
    elif len(overlays) == 1 and (most == 2 or width >= 60):
        glyph, word, _ = SIGNS[overlays[0].kind]
        assert f"{glyph} {word}" in said


async def test_it_is_on_every_screen_at_every_size_and_goes_when_it_ends():
    workspace = OverlaidWorkspace(STOP)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in SCREEN_NAMES:
            await app.goto(name)
            await settled(pilot, 1)
            assert "■ STOP  agent nora · 3 h 59 min left" in text_of(app).splitlines()[2], name
        for size in ((200, 60), (60, 14), (40, 10), (30, 8), (80, 24)):
            await app.goto("live")
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            assert "■ STOP" in text_of(app), size
            assert app.front.query_one(TopBar).size.height == (3 if size[1] >= 16 else 2)
        workspace.overlays.standing.clear()
        app.look_now()
        await settled(pilot)
        assert "STOP" not in text_of(app)
        assert app.front.query_one(TopBar).size.height == 2


async def test_the_line_can_be_clicked():
    workspace = FakeWorkspace(status=lambda found: replace(found, overlays=(STOP,)))
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click(TopBar, offset=(20, 2))
        await settled(pilot)
        assert app.screen.query("#overlays")
