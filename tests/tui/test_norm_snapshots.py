"""Pictures of what is said of norms, with their texts: on Overview and History, and in the windows about them."""

from __future__ import annotations

import pytest

from tests.tui.fakes import make_app, settled
from tests.tui.norm_fakes import normed
from tests.tui.pictures import SIZES, THEMES, picture
from workbench.tui.screens.history import PAUSE
from workbench.tui.screens.modals.norm_add import PAUSE as TYPED
from workbench.tui.view.timeline import GROUPS

LINE = [*"no-attack", "space", "vertical_line", *"maul"]
NORMS = ("9", *"v" * list(GROUPS).index("norms"), "j", "j")
SMALL, WIDE = SIZES
DARK, LIGHT = THEMES
PICTURES = {
    "overview-norms": ((), [(DARK, SMALL), (DARK, WIDE), (LIGHT, WIDE)]),
    "history-norms": (NORMS, [(DARK, SMALL), (LIGHT, WIDE)]),
    "norms": (("N", "j"), [(DARK, SMALL), (LIGHT, WIDE)]),
    "norm-forms": ((*NORMS, "n"), [(DARK, SMALL)]),
    "norm-compare": ((*NORMS, "d"), [(DARK, WIDE)]),
    "norm-add": (("a", *LINE), [(DARK, SMALL)]),
}


def wanted() -> list[tuple[str, str, tuple[int, int]]]:
    return [(name, *each) for name, (_, drawn) in PICTURES.items() for each in drawn]


@pytest.mark.parametrize(("name", "theme", "size"), wanted(), ids=lambda value: str(value))
def test_the_screen_looks_as_it_did(snap_compare, name, theme, size):
    app = make_app(normed(), theme=theme)

    async def before(pilot):
        await settled(pilot)
        keys = PICTURES[name][0]
        for key in keys if name != "norm-add" else keys[:1]:
            await pilot.press(key)
            await settled(pilot)
        if name == "norm-add":
            await pilot.press(*keys[1:])
            await pilot.pause(TYPED * 1.5)
        await pilot.pause(PAUSE * 1.5)
        await settled(pilot)

    picture(snap_compare, app, name, size, before)


@pytest.mark.parametrize("keys", [(*NORMS, "enter"), ("N", "enter"), ("a",)])
async def test_it_survives_any_size(keys):
    """From 40x10 to 200x60 and back: nothing raises, nothing is wider than the screen."""
    async with make_app(normed()).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        windows = len(pilot.app.screen_stack)
        for size in [(60, 14), (200, 60), (40, 10), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert len(pilot.app.screen_stack) == windows, "no error window"
