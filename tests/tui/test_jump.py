"""Jump mode: a letter on everything that can have the focus, on every screen, in windows, and while typing."""

from __future__ import annotations

import re

import pytest
from textual.widget import Widget
from textual.widgets import Input, OptionList

from tests.tui.fakes import FakeWorkspace, make_app, settled
from workbench.tui.actions import REGISTRY, SCREEN_NAMES
from workbench.tui.screens.modals.export import ExportScreen
from workbench.tui.screens.modals.jump import LETTERS, JumpScreen, Letter, Word, places, targets
from workbench.tui.view.export import ExportView


def shown(app) -> list[str]:
    return [strip.text for strip in app.screen._compositor.render_strips()]


async def test_a_letter_puts_the_focus_on_what_it_stands_on():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        front = app.front
        found = targets(front)
        assert len(found) >= 2
        for letter, widget in found:
            await pilot.press("apostrophe")
            await pilot.pause()
            assert isinstance(app.screen, JumpScreen)
            place = places(front, found)[LETTERS.index(letter)]
            mark = f" {letter} " if isinstance(widget, Widget) else letter
            assert shown(app)[place.y][place.x : place.right] == mark
            if not isinstance(widget, Widget):
                await pilot.press("escape")
                await pilot.pause()
                continue
            assert widget.region.contains(place.x, place.y)
            await pilot.press(letter)
            await pilot.pause()
            assert app.screen is front
            assert front.focused is widget


async def test_letters_stand_beside_titles_and_on_words_that_can_be_clicked():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.goto("history")
        await settled(pilot)
        front = app.front
        plain = shown(app)
        await pilot.press("apostrophe")
        await settled(pilot)
        lettered = shown(app)
        words = re.compile(r"[A-Za-z]{3,}")
        for before, after in zip(plain[2:-1], lettered[2:-1], strict=True):
            missing = [word for word in words.findall(before) if word not in after]
            assert not missing, f"a letter hides {missing}"
        found = {letter: target for letter, target in targets(front) if isinstance(target, Word)}
        chip, _ = next((letter, word) for letter, word in found.items() if "norms" in word.action)
        await pilot.press(chip)
        await settled(pilot)
        assert app.screen is front
        assert front._wanted.group == "norms", "as a click on the word"


async def test_esc_and_letters_that_stand_nowhere_change_nothing():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        before = app.front.focused
        await pilot.press("apostrophe", "m", "2", "question_mark")
        await pilot.pause()
        assert isinstance(app.screen, JumpScreen)
        assert app.current_mode == "overview"
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is app.front
        assert app.front.focused is before


async def test_it_works_by_mouse_in_windows_and_while_typing():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        app.front.export_view = lambda: ExportView("x", ("a",), lambda: [(1,)])
        await pilot.press("e")
        await pilot.pause()
        window = app.screen
        assert isinstance(window, ExportScreen)
        assert isinstance(window.focused, Input)
        before = window.focused.value
        window.query_one("#cancel").focus()
        await pilot.press("apostrophe")
        await pilot.pause()
        letter = next(letter for letter, widget in targets(window) if getattr(widget, "id", "") == "write")
        await pilot.click(next(label for label in app.screen.query(Letter) if label.letter == letter))
        await pilot.pause()
        assert app.screen is window
        assert window.focused.id == "write"
        assert window.query_one(Input).value == before
        await pilot.press("escape")
        field = Input()
        await app.screen.mount(field)
        field.focus()
        await pilot.press("apostrophe")
        assert (field.value, app.screen) == ("'", app.front)
        await pilot.press("ctrl+o", "apostrophe")
        await pilot.pause()
        assert isinstance(app.screen, JumpScreen)


async def test_another_size_of_the_terminal_ends_it():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("apostrophe")
        await pilot.pause()
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert not isinstance(app.screen, JumpScreen)


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_letters_are_all_seen_and_never_cover_each_other(size):
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await app.screen.mount(*(OptionList("x", classes="crowd") for _ in range(30)))
        for widget in app.screen.query(".crowd"):
            widget.styles.dock, widget.styles.width, widget.styles.height = "left", 4, 1
        await pilot.pause()
        found = targets(app.screen)
        assert len(found) <= len(LETTERS)
        spots = places(app.screen, found)
        cells = [(x, spot.y) for spot in spots for x in range(spot.x, spot.right)]
        assert len(cells) == len(set(cells))
        assert all(0 <= x < size[0] and 0 <= y < size[1] for x, y in cells)


def test_the_key_is_free_on_every_screen():
    key = REGISTRY["global.jump"].keys[0]
    for scope in SCREEN_NAMES:
        assert not any(key in action.keys for action in REGISTRY.of(scope))
