"""The list whose rows are as high as their text: nothing is lost, the cursor's row is in sight, a click hits a row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from tests.tui.test_views import NASTY, is_safe
from workbench.tui.actions import LIST, bindings_for
from workbench.tui.theming import fallback_variables
from workbench.tui.view.plain import visible
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.wrapped_list import WrappedList

COLUMNS = (Column("#", 3), Column("verdict", 9), Column("statement"))
WORDS = "If the address is right, support can release the order, and else it asks again until it is."


def rows(*texts: str) -> list[Row]:
    return [Row(str(n), (Cell(f"s{n}"), Cell("✓ fine"), Cell(text))) for n, text in enumerate(texts)]


class Listing(App[None]):
    BINDINGS = bindings_for(LIST)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return fallback_variables(self.current_theme)

    def compose(self) -> ComposeResult:
        yield WrappedList(COLUMNS, header=True, id="list")


class Wide(WrappedList):
    """One that is as wide as it is told, without an app."""

    room = 0

    @property
    def scrollable_content_region(self) -> Region:
        return Region(0, 0, self.room, 40)


def lines_of(widget: WrappedList) -> list[str]:
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


async def test_a_sentence_is_read_in_whole_and_its_row_is_hit_on_every_line() -> None:
    app = Listing()
    async with app.run_test(size=(50, 9)) as pilot:
        widget = app.query_one(WrappedList)
        widget.show(rows("Short.", WORDS, *["More."] * 6))
        await pilot.pause()
        first, lines = widget._span(1)
        drawn = lines_of(widget)
        assert lines >= 3
        assert " ".join(" ".join(drawn[1 + first : 1 + first + lines]).split()) == f"s1 ✓ fine {WORDS}"
        assert widget.virtual_size.height == 1 + 1 + lines + 6
        await pilot.click("#list", offset=(20, first + lines))  # the last line of the second row
        assert widget.cursor == 1
        assert lines_of(widget)[2].startswith("▸ s1")
        await pilot.press("G")
        await pilot.pause()
        assert widget.cursor == 7
        assert lines_of(widget)[-1].startswith("▸ s7"), "it came into sight"
        await pilot.press("g")
        await pilot.pause()
        assert lines_of(widget)[1].startswith("▸ s0")


@settings(deadline=None, max_examples=60)
@given(st.lists(NASTY, max_size=6), st.integers(20, 90))
def test_no_text_breaks_the_lines(texts: list[str], width: int) -> None:
    widget = Wide(COLUMNS, header=True)
    widget.room = width
    widget._rows = tuple(rows(*texts))
    widget._resize()
    for index, text in enumerate(texts):
        first, lines = widget._span(index)
        parts = [widget._part(index, part)[2].text for part in range(lines)]
        assert "".join("".join(parts).split()) == "".join(visible(text).split()), "nothing is lost"
        assert all(is_safe(part) and cell_len(part) <= widget._widths(width)[2] for part in parts)
        assert [widget._place(first + part) for part in range(lines)] == [(index, part) for part in range(lines)]


async def test_what_is_in_sight_does_not_depend_on_the_way_there() -> None:
    texts = ["Short.", WORDS, "More.", WORDS, "Again.", WORDS]
    seen = []
    for cursor_before in (0, 5):  # looking at the beginning or at the end when the rows came
        app = Listing()
        async with app.run_test(size=(50, 9)) as pilot:
            widget = app.query_one(WrappedList)
            widget.show(rows(*texts))
            widget.cursor = cursor_before
            await pilot.pause()
            widget.go_to("3")
            widget.show([*rows(*texts), Row("new", (Cell("s6"), Cell("✓ fine"), Cell("New.")))])
            await pilot.pause()
            seen.append(lines_of(widget))
    assert seen[0] == seen[1]
    assert any(line.startswith("▸ s3") for line in seen[0])
    assert any(line.startswith("  s4") for line in seen[0]), "and what comes next"


@pytest.mark.parametrize("hidden", [False, True], ids=["in sight", "behind another view"])
@pytest.mark.parametrize("before", ["layout", "filled", "narrow"])
async def test_the_cursors_row_is_in_sight_whenever_it_was_chosen(hidden: bool, before: str) -> None:
    """A row is chosen as soon as rows come, which may be before the list has a size, or while it has another one."""
    texts = [WORDS, "Short."] * 12
    app = Listing()
    async with app.run_test(size=(30, 9) if before == "narrow" else (60, 9)) as pilot:
        widget = app.query_one(WrappedList)
        widget.display = not hidden
        if before == "filled":
            widget.show(rows("One.", "Two."))
        if before != "layout":
            await pilot.pause()
        widget.show(rows(*texts))
        widget.go_to("20")
        if before == "narrow":
            await pilot.resize_terminal(60, 9)
        widget.display = True
        await pilot.pause()
        await pilot.pause()
        drawn = lines_of(widget)
        assert any(line.startswith("▸ s20") for line in drawn), "\n".join(drawn)
        assert any(line.startswith("  s21") for line in drawn), "and what comes next"


async def test_the_cursors_row_comes_into_sight_before_the_scrollbar_is_there() -> None:
    """Textual scrolls nothing without a scrollbar unless it is told to, and on a busy machine that comes later."""
    app = Listing()
    async with app.run_test(size=(60, 9)) as pilot:
        widget = app.query_one(WrappedList)
        widget.show(rows(*[WORDS] * 20))
        widget.go_to("15")
        await pilot.pause()
        widget.scroll_to(y=0, animate=False, immediate=True, force=True)
        widget.show_vertical_scrollbar = False
        widget._settle()
        assert any(line.startswith("▸ s15") for line in lines_of(widget))
