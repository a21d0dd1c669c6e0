"""F1 in a window: every window says what it is for, and what can be done in what has the focus."""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from textual.widgets import Static

from tests.tui.fakes import make_app, make_row, settled
from tests.tui.test_shell import known_classes, text_of
from workbench.tui.actions import REGISTRY, load_all
from workbench.tui.screens import modals
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.draft_revisions import RevisionsScreen
from workbench.tui.screens.modals.keys import HelpScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.focus_help import named
from workbench.tui.view.why import title
from workbench.tui.view.window_help import WINDOWS, window_help

ABSTRACT = {"Window", "SigningWindow", "GroupWordWindow", "ProposingWindow", "HelpScreen"}


def windows() -> list[type]:
    for module in pkgutil.iter_modules(modals.__path__):
        importlib.import_module(f"{modals.__name__}.{module.name}")
    return [kind for kind in known_classes(Window)[1:] if kind.__module__.startswith("workbench.")]


def test_every_window_is_explained_in_sentences() -> None:
    wanting = []
    for kind in windows():
        told = window_help([each.__name__ for each in kind.__mro__])
        text = " ".join((getattr(kind, "HELP", "") or (told.text if told else "")).split())
        if kind.__name__ not in ABSTRACT and (len(text.split()) < 8 or not text.endswith(".")):
            wanting.append((kind.__name__, text))
    assert not wanting
    assert set(WINDOWS) <= {kind.__name__ for kind in windows()}  # none that is gone


def test_a_part_is_never_called_by_its_class() -> None:
    load_all()
    for kind in known_classes(Static.__mro__[1]):
        if isinstance(kind.__dict__.get("HELP"), str):
            assert not re.search(r"[a-z][A-Z]", named(kind.__name__)), kind


async def test_f1_in_a_window_explains_it_and_the_focus_and_goes_back_to_it() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        question = ConfirmScreen("Leave?", "something", yes="Leave", no="Stay")
        app.push_screen(question)
        await settled(pilot)
        await pilot.press("f1")
        await settled(pilot)
        assert isinstance(app.screen, HelpScreen)
        said = " ".join(text_of(app).split())
        assert "answer that changes nothing" in said
        assert "A button: Enter or a click" in said
        await pilot.press("f1")
        await settled(pilot)
        assert app.screen is question


async def test_f1_in_a_window_follows_the_chosen_key() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        REGISTRY.choose({"global.help": ("f11",), "window.back": ("f12",)})
        app.take_keys()
        app.push_screen(none := RevisionsScreen(SimpleNamespace(list=lambda: ())))  # type: ignore[arg-type]
        await settled(pilot)
        said = text_of(app)
        assert "No revision yet" in said
        assert said.count("F12 back") == 2, "on the border, and where there is nothing to list"
        await pilot.press("f12")
        await settled(pilot)
        assert app.screen is not none
        app.push_screen(ConfirmScreen("Leave?", "something", yes="Leave", no="Stay"))
        await settled(pilot)
        await pilot.press("f11")
        await settled(pilot)
        shown = app.screen
        REGISTRY.choose({})
        assert isinstance(shown, HelpScreen)


async def test_f1_on_the_feed_has_a_title_in_words() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("f1")
        await settled(pilot)
        assert "─ Decisions ─" in text_of(app)


@pytest.mark.parametrize("theme", ["workbench-dark", "mono"])
async def test_a_choice_that_has_the_focus_is_seen_without_colours_too(theme: str) -> None:
    app = make_app(theme=theme)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("e")
        await settled(pilot)
        chosen = app.screen.query_one("#form SelectCurrent Static#label")
        assert not chosen.has_focus
        before = chosen.visual_style
        await pilot.press("shift+tab")
        await settled(pilot)
        after = chosen.visual_style
        assert (after.bold, after.reverse, after.underline) != (before.bold, before.reverse, before.underline)


def test_why_tells_the_time_that_the_list_tells() -> None:
    at = datetime(2026, 3, 2, 10, 55, 7, tzinfo=UTC)  # as whoever sent it says
    row = replace(make_row(7), at=at, recorded_at=at.replace(hour=9, minute=39))
    said = title(SimpleNamespace(event=SimpleNamespace(row=row)))  # type: ignore[arg-type]
    assert "09:39:07" in said
    assert "10:55" not in said


async def test_the_sheet_of_keys_cuts_no_sentence_in_forty_columns() -> None:
    app = make_app()
    async with app.run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("question_mark")
        await settled(pilot)
        lines = text_of(app).splitlines()
        assert any("Open the decision" in line for line in lines)
        assert not [line for line in lines if "…" in line and "│" in line]
