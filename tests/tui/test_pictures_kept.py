"""The pictures that are kept, read as they lie there: each has its text, none shows what another does, none is missing.

No screen is drawn here. What a test draws is held to these files by the test itself.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections import defaultdict
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment, Segments
from rich.style import Style
from textual.strip import Strip

from tests.tui.pictures import PICTURES, SIZES, TEXTS, THEMES, picture, text_in, text_path
from tests.tui.test_panes import SHAPES, WINDOWS, kept_as
from workbench.tui.actions import SCREEN_NAMES

VIEWS = {
    "review": ("review-text", "review-meaning", "review-proofs", "review-tests"),
    "live": ("live", "live-groups", "live-agents"),
}
"""The texts of the screens that have views; each other screen has one, called as the screen is."""
ALONE = {text_path(kept_as(window), size).name for window in WINDOWS for size in SHAPES}
"""Texts of a window alone, cut out of its screen: they have no picture."""


@pytest.fixture(scope="module")
def shown_by() -> dict[str, list[str]]:
    """The names of the pictures by the text that is read in them."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PICTURES.rglob("*.svg")):
        found[text_in(path.read_text(encoding="utf-8"))].append(f"{path.parent.name}/{path.name}")
    return found


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(TEXTS.iterdir())}


def test_every_picture_has_its_text_and_every_text_its_picture(shown_by, texts):
    """Also fails where one of the two was renewed without the other, or a renamed test left its files behind."""
    kept = set(texts.values())
    assert [names for text, names in shown_by.items() if text not in kept] == []
    assert {name for name, text in texts.items() if text not in shown_by} == ALONE


def test_no_two_texts_are_the_same(texts):
    """A window that no longer opens, or a list that shows nothing any more, looks like what was there before it."""
    named = defaultdict(list)
    for name, text in texts.items():
        named[text].append(name)
    assert [names for names in named.values() if len(names) > 1] == []


@pytest.mark.parametrize("screen", SCREEN_NAMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_every_screen_has_pictures_in_both_themes(shown_by, texts, screen, size):
    for name in VIEWS.get(screen, (screen,)):
        pictures = shown_by[texts[text_path(name, size).name]]
        assert [theme for theme in THEMES if not any(theme in each for each in pictures)] == [], name


def test_what_is_kept_fits_its_size(texts):
    """A text with fewer rows was cut out; one with wider rows was drawn at another size."""
    for name, text in texts.items():
        width, height = map(int, re.search(r"-(\d+)x(\d+)\.txt$", name).groups())
        assert max(map(cell_len, text.splitlines())) <= width, name
        assert len(text.splitlines()) == height or name in ALONE, name


# ---- that what holds them can fail -----------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(st.text("ab <&>\"'é漢━▌", max_size=6), st.booleans()), max_size=5), min_size=1))
def test_the_text_of_a_picture_is_what_was_drawn(rows):
    """Whatever the runs of one style are, and wide letters, and rows with nothing in them."""
    console = Console(width=60, record=True, file=io.StringIO(), force_terminal=True)
    drawn = []
    for runs in rows:
        said = "".join(run for run, _ in runs)
        segments = [Segment(run, Style(bold=bold)) for run, bold in runs]
        rest = Segment(" " * (60 - cell_len(said)))  # a terminal's rows are all as wide
        console.print(Segments([*segments, rest, Segment.line()]), end="")
        drawn.append(said.rstrip() + "\n")
    assert text_in(console.export_svg()) == "".join(drawn)


def drawn_as(*lines: str) -> Any:
    """An app whose screen shows these lines."""
    strips = [Strip([Segment(line)]) for line in lines]
    return SimpleNamespace(screen=SimpleNamespace(_compositor=SimpleNamespace(render_strips=lambda: strips)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.tui.pictures.TEXTS", tmp_path)
    monkeypatch.delenv("WORKBENCH_UPDATE_TEXT", raising=False)
    return tmp_path


def test_a_picture_is_compared_only_where_its_text_is_kept_and_the_same(folder, monkeypatch):
    compared, same = [], True

    def compare(app, *, terminal_size, run_before):
        asyncio.run(run_before(SimpleNamespace(app=app)))
        compared.append(terminal_size)
        return same

    async def before(_):
        pass

    with pytest.raises(AssertionError, match=r"no text is kept as one-8x2\.txt"):
        picture(compare, drawn_as("a  ", "b"), "one", (8, 2), before)
    assert compared == []
    monkeypatch.setenv("WORKBENCH_UPDATE_TEXT", "1")
    picture(compare, drawn_as("a  ", "b"), "one", (8, 2), before)
    monkeypatch.delenv("WORKBENCH_UPDATE_TEXT")
    assert (folder / "one-8x2.txt").read_text(encoding="utf-8") == "a\nb\n"
    picture(compare, drawn_as("a", "b"), "one", (8, 2), before)
    with pytest.raises(AssertionError, match=r"(?s)-b\n\+c"):
        picture(compare, drawn_as("a", "c"), "one", (8, 2), before)
    assert compared == [(8, 2)] * 2
    same = False
    with pytest.raises(AssertionError, match="a colour or a style"):
        picture(compare, drawn_as("a", "b"), "one", (8, 2), before)
