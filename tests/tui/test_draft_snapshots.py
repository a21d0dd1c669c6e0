"""Pictures of Author, Tests, Review and Sign: two themes, two sizes; and the windows that ask first."""

from dataclasses import replace

import pytest

from tests.tui.draft_fakes import CEDAR, DOUBLE, ENGLISH, NEW_RULE, SENTENCE, UNCLEAR, DraftWorkspace
from tests.tui.fakes import make_app, settled
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.test_mistakes import Small, worked

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


@every
def test_author(snap_compare, theme, size):
    async def before(pilot):
        await on("2")(pilot)
        english = pilot.app.screen.query_one("#english")
        english.insert(f"{SENTENCE}\n{DOUBLE}\n{UNCLEAR}\n", english.document.end)
        await on("f5")(pilot)

    picture(snap_compare, make_app(DraftWorkspace(), theme=theme), "author", size, before)


@every
def test_tests(snap_compare, theme, size):
    keys = ("n", "n", "n", "enter") if size[0] < 100 else ("n", "n", "n")
    picture(snap_compare, make_app(workspace(), theme=theme), "tests", size, on("3", *keys))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", ["conditions", "mistakes"])
def test_tests_views(snap_compare, name, size):
    """Of two real rules with two cases; in the light theme the mistakes."""

    async def before(pilot):
        await on("3", *("v" if name == "conditions" else "m"))(pilot)
        await worked(pilot)
        await on("3")(pilot)

    theme = "workbench-dark" if name == "conditions" else "workbench-light"
    picture(snap_compare, make_app(Small(), theme=theme), f"tests-{name}", size, before)


@every
def test_review(snap_compare, theme, size):
    picture(snap_compare, make_app(workspace(), theme=theme), "review-draft", size, on("4"))


@every
def test_sign(snap_compare, theme, size):
    picture(snap_compare, make_app(workspace(), theme=theme), "sign", size, on("5"))


def test_sign_window(snap_compare):
    picture(snap_compare, make_app(workspace()), "sign-approve", SIZES[0], on("5", "a"))


def test_propose_window(snap_compare):
    picture(snap_compare, make_app(workspace()), "review-propose", SIZES[0], on("4", "P"))


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
