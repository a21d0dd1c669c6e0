"""Pictures of Author, Tests, Review and Sign: two themes, two sizes; and the windows that ask first."""

import os
from dataclasses import replace

import pytest

from tests.tui.draft_fakes import CEDAR, DOUBLE, ENGLISH, NEW_RULE, SENTENCE, UNCLEAR, DraftWorkspace
from tests.tui.fakes import make_app, settled
from tests.tui.test_mistakes import Small, worked
from tests.tui.test_snapshots import TEXTS, as_text

SIZES = [(80, 24), (120, 40)]
THEMES = ["workbench-dark", "workbench-light"]
every = pytest.mark.parametrize(
    ("theme", "size"), [(t, s) for t in THEMES for s in SIZES], ids=lambda value: str(value)
)


def workspace():
    made = DraftWorkspace(proposed=True)
    made.saved = replace(made.saved, english=ENGLISH + SENTENCE + "\n", cedar_plus=CEDAR + "\n" + NEW_RULE)
    return made


def on(digit, *keys):
    async def before(pilot):
        await settled(pilot)
        await pilot.press(digit)
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)
        pilot.app.clear_notifications()
        await settled(pilot)

    return before


def reads(name, size, before):
    """``before``, then the text of what is drawn is held to the one that is kept."""

    async def then(pilot):
        await before(pilot)
        shown, path = as_text(pilot.app), TEXTS / f"{name}-{size[0]}x{size[1]}.txt"
        if os.environ.get("WORKBENCH_UPDATE_TEXT"):
            path.write_text(shown, encoding="utf-8")
        assert shown == path.read_text(encoding="utf-8")

    return then


@every
def test_author(snap_compare, theme, size):
    async def before(pilot):
        await on("2")(pilot)
        english = pilot.app.screen.query_one("#english")
        english.insert(f"{SENTENCE}\n{DOUBLE}\n{UNCLEAR}\n", english.document.end)
        await on("f5")(pilot)

    app = make_app(DraftWorkspace(), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=reads("author", size, before))


@every
def test_tests(snap_compare, theme, size):
    keys = ("n", "n", "n", "enter") if size[0] < 100 else ("n", "n", "n")
    app = make_app(workspace(), theme=theme)
    assert snap_compare(app, terminal_size=size, run_before=reads("tests", size, on("3", *keys)))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["conditions", "mistakes"])
def test_tests_views(snap_compare, name, size):
    """Of two real rules with two cases; in the light theme the mistakes."""

    async def before(pilot):
        await on("3", *("v" if name == "conditions" else "m"))(pilot)
        await worked(pilot)
        await on("3")(pilot)

    theme = "workbench-dark" if name == "conditions" else "workbench-light"
    assert snap_compare(make_app(Small(), theme=theme), terminal_size=size, run_before=before)


@every
def test_review(snap_compare, theme, size):
    assert snap_compare(make_app(workspace(), theme=theme), terminal_size=size, run_before=on("4"))


@every
def test_sign(snap_compare, theme, size):
    assert snap_compare(make_app(workspace(), theme=theme), terminal_size=size, run_before=on("5"))


def test_sign_window(snap_compare):
    assert snap_compare(make_app(workspace()), terminal_size=(80, 24), run_before=on("5", "a"))


def test_propose_window(snap_compare):
    assert snap_compare(make_app(workspace()), terminal_size=(80, 24), run_before=on("4", "P"))


@pytest.mark.parametrize("digit", "2345")
async def test_every_screen_survives_any_size(digit):
    """From 40x10 to 200x60 and back, with something to show: nothing raises, nothing is wider than the screen."""
    async with make_app(workspace()).run_test(size=(120, 40)) as pilot:
        await on(digit)(pilot)
        for size in [(40, 10), (30, 8), (200, 60), (60, 14), (99, 19), (100, 20), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            strips = pilot.app.screen._compositor.render_strips()
            assert {strip.cell_length for strip in strips} == {size[0]}
            assert len(pilot.app.screen_stack) == 1, "no error window"
