"""The same hand in every list: motions, counts, searching; ours and Textual's own, on screens and in windows."""

from __future__ import annotations

import pytest
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.widgets import Input, OptionList, Static, TextArea

from tests.tui.fakes import FakeWorkspace, make_app, settled
from workbench.tui.actions import LIST, REGISTRY, bindings_for
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.chrome import FooterBar
from workbench.tui.widgets.event_list import EventList
from workbench.tui.widgets.hand import Hand, at
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.search_line import SearchLine

WORDS = [f"row {index} {'refund' if index % 7 == 3 else 'reply'}" for index in range(100)]


class Lists(Window[None]):
    """A window with one list of each kind."""

    def compose(self):
        yield RowList((Column(""),), id="rows")
        yield OptionList(*WORDS, id="options")
        yield VerticalScroll(Static("\n".join(WORDS), markup=False), id="scroll")
        yield TextArea("\n".join(WORDS), read_only=True, id="read")
        yield TextArea("\n".join(WORDS), id="write")
        yield Input("", id="field")

    def on_mount(self):
        self.query_one(RowList).show([Row(str(n), (Cell(text),)) for n, text in enumerate(WORDS)])
        self.query_one(RowList).focus()


@pytest.fixture
async def lists():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 40)) as pilot:
        await settled(pilot)
        await app.push_screen(Lists())
        for widget in app.screen.query("Lists > *"):
            widget.styles.height = 5
        await pilot.pause()
        yield pilot


def place(widget) -> int:
    """Where the cursor is, or what is at the top."""
    if isinstance(widget, TextArea):
        return widget.cursor_location[0]
    if isinstance(widget, (RowList, OptionList)):
        return at(widget)
    return widget.scroll_offset.y


@pytest.mark.parametrize("kind", ["rows", "options", "scroll", "read"])
async def test_every_list_has_the_motions_and_counts(lists, kind):
    widget = lists.app.screen.query_one(f"#{kind}")
    widget.focus()
    last = 95 if kind == "scroll" else 99  # what only scrolls ends when its last line is seen
    await lists.press("g")
    assert place(widget) == 0
    await lists.press("j", "j", "k")
    assert place(widget) == 1
    await lists.press("pagedown")
    screenful = place(widget) - 1
    assert 2 <= screenful <= 5
    await lists.press("pageup")
    assert place(widget) == 1
    await lists.press("G")
    assert place(widget) == last
    await lists.press("k")
    assert place(widget) == last - 1
    await lists.press("g", "0", "1", "2", "j")
    assert place(widget) == 12
    await lists.press("j")  # the count was for one motion
    assert place(widget) == 13
    await lists.press("0", "3", "k")
    assert place(widget) == 10
    await lists.press("0", "5", "0", "G")
    assert place(widget) == 49
    await lists.press("0", "7", "g")
    assert place(widget) == 6
    await lists.press("0", "9", "x", "j")  # another key ends a count
    assert place(widget) == 7
    if kind != "read":  # where ctrl+d is the editor's
        await lists.press("0", "2", "ctrl+d")
        assert place(widget) == 7 + 2 * screenful
        await lists.press("0", "2", "ctrl+u")
        assert place(widget) == 7


@pytest.mark.parametrize("kind", ["write", "field"])
async def test_an_editor_takes_every_letter_as_text(lists, kind):
    widget = lists.app.screen.query_one(f"#{kind}")
    widget.focus()
    await lists.press(*"0jkgG/nN")
    text = widget.text if kind == "write" else widget.value
    assert "0jkgG/nN" in text
    assert not lists.app.screen.query(SearchLine)


@pytest.mark.parametrize("kind", ["rows", "options"])
async def test_words_are_searched_for_while_they_are_typed(lists, kind):
    widget, screen = lists.app.screen.query_one(f"#{kind}"), lists.app.screen
    widget.focus()
    await lists.press("g", "slash", *"refund")
    await lists.pause()
    assert place(widget) == 3
    assert "1 of 14" in str(screen.query_one("#search-found", Static).render())
    await lists.press("enter")
    await lists.pause()
    assert widget.has_focus
    assert not screen.query(SearchLine)
    await lists.press("n", "n")
    assert place(widget) == 17
    await lists.press("N")
    assert place(widget) == 10
    await lists.press("G", "n")  # round the end
    assert place(widget) == 3
    await lists.press("N")
    assert place(widget) == 94


async def test_esc_goes_back_to_where_the_search_began(lists):
    widget = lists.app.screen.query_one("#rows")
    await lists.press("0", "5", "G", "slash", *"refund", "escape")
    await lists.pause()
    assert place(widget) == 4
    before = place(widget)
    await lists.press("n")  # nothing is searched for
    assert place(widget) == before
    await lists.press("slash", *"nowhere")
    await lists.pause()
    assert place(widget) == 4
    assert "no row has this" in str(lists.app.screen.query_one("#search-found", Static).render())


async def test_capitals_matter_only_where_they_are_typed(lists):
    widget = lists.app.screen.query_one("#rows")
    widget.show([Row("a", (Cell("Alpha"),)), Row("b", (Cell("beta"),)), Row("c", (Cell("ALPHA"),))])
    await lists.press("g", "slash", *"alp", "enter")
    await lists.pause()
    await lists.press("n")
    assert widget.cursor == 2
    await lists.press("slash", *"AL", "enter")
    await lists.pause()
    await lists.press("g", "n", "n")
    assert widget.cursor == 2


async def test_a_screens_own_keys_are_its_own_until_a_search_is_on():
    """``N`` lists the norms; while words are searched for it goes to the match before; esc ends that."""
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        rows = RowList((Column(""),))
        await app.screen.mount(rows)
        rows.show([Row(str(n), (Cell(text),)) for n, text in enumerate(WORDS)])
        rows.focus()
        await pilot.press("slash", *"refund", "enter")
        await pilot.pause()
        assert "1 of 14" in app.screen.query_one(FooterBar).note
        await pilot.press("N")
        assert (rows.cursor, app.screen) == (94, app.front)
        await pilot.press("escape")
        assert app.screen.query_one(FooterBar).note == ""
        await pilot.press("N")
        await pilot.pause()
        assert app.screen is not app.front


class Searching(Lists):
    """A window with a search of its own."""

    BINDINGS = [Binding("slash", "find", "Find")]  # noqa: RUF012

    found = 0

    def action_find(self):
        self.found += 1


async def test_a_window_with_a_search_of_its_own_keeps_it():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.push_screen(Searching())
        await pilot.press("slash", "j")
        assert app.screen.found == 1
        assert not app.screen.query(SearchLine)
        assert app.screen.query_one(RowList).cursor == 1


async def test_the_feed_follows_again_with_the_same_keys():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        feed = app.screen.query_one(EventList)
        assert feed.following
        await pilot.press("0", "1", "0", "k")
        assert (feed.following, feed.cursor) == (False, feed.total - 11)
        await pilot.press("0", "5", "G")
        assert (feed.following, feed.cursor) == (False, 4)
        await pilot.press("G")
        assert feed.following
        assert app.current_mode == "live"  # no digit of a count opened a screen


async def test_a_digit_without_a_count_opens_its_screen_from_a_list():
    app = make_app(FakeWorkspace(400))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("0", "x", "9")
        await settled(pilot, 1)
        assert app.current_mode == "history"


def test_all_lists_of_ours_take_their_keys_from_the_registry():
    """So that they can be changed: a list that binds its own keys fails here."""
    wanted = {(binding.key, binding.action) for binding in bindings_for(LIST)}
    assert {action.id for action in REGISTRY.of(LIST)} >= {"list.down", "list.follow", "list.search"}
    for kind in (RowList, EventList, *Hand.__subclasses__()):
        own = {(b.key, b.action) for b in kind._merge_bindings().key_to_bindings.values() for b in b}
        assert wanted <= own, kind
        assert not [b for b in kind.__dict__.get("BINDINGS", ()) if b.key in {key for key, _ in wanted}], kind
