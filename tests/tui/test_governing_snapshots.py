"""Pictures of Cases and History in two themes and two sizes with their texts, and of the windows they open."""

from __future__ import annotations

import pytest

from tests.tui.fakes import make_app, settled
from tests.tui.held_fakes import busy
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.timeline_fakes import audited
from workbench.tui.screens.history import PAUSE

PICTURES = {
    "cases": (busy, ("7",)),
    "cases-all": (busy, ("7", "v", "j", "j", "j")),
    "cases-vote": (busy, ("7", "a")),
    "history": (audited, ("9", "j", "j", "j")),
    "history-version": (audited, ("9", "v", "j", "enter")),
    "history-rules": (audited, ("9", "v", "j", "r", "G")),
    "history-compare": (audited, ("9", "v", "j", "d")),
    "history-verify": (audited, ("9", "V")),
}
WINDOWS = ("cases-vote", "history-rules", "history-compare", "history-verify")  # drawn in one theme and size


def wanted() -> list[tuple[str, str, tuple[int, int]]]:
    return [
        (name, theme, size)
        for name in PICTURES
        for theme in THEMES
        for size in SIZES
        if name not in WINDOWS or (theme, size) == (THEMES[0], SIZES[0])
    ]


@pytest.mark.parametrize(("name", "theme", "size"), wanted(), ids=lambda value: str(value))
def test_the_screen_looks_as_it_did(snap_compare, name, theme, size):
    made, keys = PICTURES[name]
    app = make_app(made(), theme=theme)

    async def before(pilot):
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        await pilot.pause(PAUSE * 1.5)
        await settled(pilot)

    picture(snap_compare, app, name, size, before)


@pytest.mark.parametrize(("made", "keys"), [(busy, ("7",)), (audited, ("9",)), (audited, ("9", "enter"))])
async def test_the_screen_survives_any_size(made, keys):
    """From 40x10 to 200x60 and back: nothing raises, nothing is wider than the screen."""
    async with make_app(made()).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        for size in [(40, 10), (30, 8), (200, 60), (60, 14), (99, 19), (100, 20), (149, 36), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert len(pilot.app.screen_stack) == 1, "no error window"
