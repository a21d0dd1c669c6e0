"""A list of any number of decisions, drawn line by line from a cache of rows. It knows neither services nor store.

The owner hands over the ids (``seq``, ascending) and fills in rows when :class:`EventList.RowsWanted` asks for them:
one message for a page, never one for a row. A million ids are 8 MB; rows are kept for the pages near the eye only.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workbench.tui.view.events import Column, cells, columns, needs_of
from workbench.tui.view.severity import MARKS
from workbench.tui.view.signs import signs
from workbench.tui.widgets.chosen import chosen
from workbench.tui.widgets.hand import Hand

if TYPE_CHECKING:
    from workbench.service.views import EventRow

PAGE = 128
KEPT_ROWS = 64 * PAGE
KEPT_STRIPS = 1024
CURSOR = "▸"
KINDS = ("time", "allow", "deny", "hold", "violation", "action", "resource", "rule", "asked", "cursor", "cursor-mark")


class EventList(Hand, ScrollView, can_focus=True):
    """The feed's list. Following: the cursor stays on the newest row. Moving the cursor or the view pauses that."""

    HELP = """Every decision, the newest at the bottom. While it follows, new ones push the list up; moving with j, k,
    the arrows or the wheel pauses that, and G follows again. Enter opens the decision under the cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"event-list--{kind}" for kind in KINDS),
        *(f"event-list--agent-{number}" for number in range(1, 9)),
        *(f"event-list--severity-{name}" for name in MARKS),
    }

    HAND_OPENS = True
    DEFAULT_CSS = """
    EventList {
        background: $background; color: $ink; height: 1fr; width: 1fr;
        scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll;
        & .event-list--time { color: $muted; }
        & .event-list--allow { color: $allow; }
        & .event-list--deny { color: $deny; text-style: bold; }  /* without colours it must not be the faintest */
        & .event-list--hold { color: $hold; }
        & .event-list--violation { color: $deny; text-style: bold; }
        & .event-list--action { color: $ink; }
        & .event-list--resource { color: $muted; }
        & .event-list--rule, & .event-list--asked { color: $muted; }
        & .event-list--cursor { background: $panel; }
        & .event-list--cursor-mark { color: $accent; text-style: bold; }
        & .event-list--agent-1 { color: $agent-1; }
        & .event-list--agent-2 { color: $agent-2; }
        & .event-list--agent-3 { color: $agent-3; }
        & .event-list--agent-4 { color: $agent-4; }
        & .event-list--agent-5 { color: $agent-5; }
        & .event-list--agent-6 { color: $agent-6; }
        & .event-list--agent-7 { color: $agent-7; }
        & .event-list--agent-8 { color: $agent-8; }
        & .event-list--severity-critical { color: $deny; text-style: bold; }
        & .event-list--severity-high { color: $sev-warning; text-style: bold; }
        & .event-list--severity-warn { color: $hold; }
        & .event-list--severity-info { color: $muted; }
    }
    EventList:focus .event-list--cursor { background: $cursor; text-style: $cursor-style; }
    """

    cursor: reactive[int] = reactive(-1, repaint=False)
    following: reactive[bool] = reactive(True, repaint=False)

    class Opened(Message):
        """Enter, or a click on the row that has the cursor: show this decision."""

        def __init__(self, seq: int) -> None:
            super().__init__()
            self.seq = seq

    class Moved(Message):
        """The cursor moved, the list grew, or following began or ended."""

    class LaidOut(Message):
        """The list's rows have these columns now."""

        def __init__(self, columns: tuple[Column, ...]) -> None:
            super().__init__()
            self.columns = columns

    class RowsWanted(Message):
        """The rows of these ids are about to be seen and are not here."""

        def __init__(self, ids: array[int]) -> None:
            super().__init__()
            self.ids = ids

    def __init__(self, *, agent: bool = True, id: str | None = None) -> None:
        super().__init__(id=id)
        self._agent = agent
        self._needs: dict[str, int] = {}
        self._signs: object = None
        self._ids: array[int] = array("q")
        self._rows: OrderedDict[int, EventRow] = OrderedDict()
        self._strips: OrderedDict[tuple[int, bool], Strip] = OrderedDict()
        self._asked: set[int] = set()
        self._styles: dict[str, Style] = {}
        self._layout: tuple[Column, ...] = ()
        self._told: tuple[Column, ...] = ()
        self._drawn_width = -1

    # -- data in -------------------------------------------------------------------------------------------------

    @property
    def total(self) -> int:
        """How many decisions are listed."""
        return len(self._ids)

    @property
    def last_id(self) -> int:
        """The newest ``seq`` listed, 0 when there is none."""
        return self._ids[-1] if self._ids else 0

    @property
    def selected(self) -> int | None:
        """The ``seq`` under the cursor."""
        return self._ids[self.cursor] if 0 <= self.cursor < len(self._ids) else None

    def set_ids(self, ids: array[int], *, near: int | None = None) -> None:
        """List these instead (of none, nothing is known any more); the cursor goes to ``near``, unless following."""
        self._ids = ids
        for known in (self._asked,) if ids else (self._asked, self._rows, self._strips):
            known.clear()
        self._resize()
        if self.following or near is None or not ids:
            self.cursor = len(ids) - 1
        else:
            self.cursor = min(bisect_left(ids, near), len(ids) - 1)
        self._show_cursor(centre=True)
        self.refresh()
        self.post_message(self.Moved())

    def extend(self, ids: array[int], rows: Iterable[EventRow] = ()) -> None:
        """Newer decisions, ascending; ``rows`` may bring some of them along."""
        last = self._ids[-1] if self._ids else 0
        fresh = ids if not ids or ids[0] > last else array("q", (seq for seq in ids if seq > last))
        if not fresh:
            return
        self._keep(rows)
        before = len(self._ids)
        self._ids.extend(fresh)
        self._resize()
        if self.following:
            self.cursor = len(self._ids) - 1
            self._show_cursor()
            self.refresh()
        elif before < self.scroll_offset.y + self.size.height:
            self.refresh()
        self.post_message(self.Moved())

    def fill(self, rows: Iterable[EventRow]) -> None:
        """The rows that were asked for."""
        for row in self._keep(rows):
            self._asked.discard(row.seq)
            for marked in (False, True):
                self._strips.pop((row.seq, marked), None)
        self.refresh()

    def unfilled(self, ids: Iterable[int]) -> None:
        """The rows of ``ids`` could not be fetched: they are asked for again when next seen."""
        self._asked.difference_update(ids)

    def select(self, seq: int) -> bool:
        """Put the cursor on ``seq`` (pauses following); ``False`` when it is not listed."""
        index = bisect_left(self._ids, seq)
        if index >= len(self._ids) or self._ids[index] != seq:
            return False
        self._pause_at(index, centre=True)
        return True

    def _keep(self, rows: Iterable[EventRow]) -> list[EventRow]:
        """Keep these rows; a name that is longer than any before makes its column wider, if there is room."""
        kept, longest = list(rows), dict(self._needs)
        for row in kept:
            self._rows[row.seq] = row
            for name, cells_ in needs_of(row).items():
                longest[name] = max(longest.get(name, 0), cells_)
        while len(self._rows) > KEPT_ROWS:
            self._rows.popitem(last=False)
        if longest != self._needs:
            self._needs = longest
            self._lay_out()
        return kept

    def _lay_out(self) -> None:
        """Decide the columns anew; they are told where they are others than before."""
        wanted = columns(self.scrollable_content_region.width, self._needs or None, agent=self._agent)
        if wanted != self._layout:
            self._layout = wanted
            self._strips.clear()
            self.refresh()
        if wanted != self._told:  # a first row may have been drawn with them before
            self._told = wanted
            self.post_message(self.LaidOut(wanted))

    def _resize(self) -> None:
        self.virtual_size = Size(max(self.scrollable_content_region.width, 1), len(self._ids))

    # -- moving --------------------------------------------------------------------------------------------------

    def action_move(self, step: int) -> None:
        """Move the cursor by so many rows."""
        self._pause_at(self.cursor + step)

    def action_page(self, direction: int) -> None:
        """Move the cursor by a screenful."""
        self._pause_at(self.cursor + direction * max(self.size.height - 1, 1))

    def action_first(self) -> None:
        """To the oldest decision."""
        self._pause_at(0)

    def action_follow(self) -> None:
        """To the newest decision, and stay with it."""
        self.following = True
        self.cursor = len(self._ids) - 1
        self._show_cursor()
        self.refresh()
        self.post_message(self.Moved())

    def action_toggle_follow(self) -> None:
        """Follow, or stay here."""
        if self.following:
            self.following = False
            self.post_message(self.Moved())
        else:
            self.action_follow()

    def action_open(self) -> None:
        """Show the decision under the cursor; the list stays where it is."""
        seq = self.selected
        if seq is not None:
            self.following = False
            self.post_message(self.Moved())
            self.post_message(self.Opened(seq))

    def hand_move(self, step: int) -> None:
        self.action_move(step)

    def hand_page(self, direction: int) -> None:
        self.action_page(direction)

    def hand_go(self, index: int) -> None:
        self._pause_at(index)

    def hand_last(self) -> None:
        self.action_follow()

    def hand_open(self) -> None:
        self.action_open()

    def hand_at(self) -> int:
        return max(self.cursor, 0)

    def _pause_at(self, index: int, *, centre: bool = False) -> None:
        if not self._ids:
            return
        self.following = False
        self.cursor = min(max(index, 0), len(self._ids) - 1)
        self._show_cursor(centre=centre)
        self.refresh()
        self.post_message(self.Moved())

    def _show_cursor(self, *, centre: bool = False) -> None:
        height = self.scrollable_content_region.height
        if self.cursor < 0 or height <= 0:
            return
        top = self.scroll_offset.y
        if top <= self.cursor < top + height and not self.following:
            return
        if self.following:
            wanted = len(self._ids) - height
        elif centre:
            wanted = self.cursor - height // 2
        else:
            wanted = self.cursor if self.cursor < top else self.cursor - height + 1
        self.scroll_to(y=max(wanted, 0), animate=False, force=True, immediate=True)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        if self._ids and self.scroll_offset.y > 0:
            self.following = False
            self.post_message(self.Moved())
        super()._on_mouse_scroll_up(event)

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y
        if not 0 <= index < len(self._ids):
            return
        again = index == self.cursor
        self._pause_at(index)
        if again:
            self.action_open()

    # -- drawing -------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self._resize()
        self._show_cursor()
        self._lay_out()

    def notify_style_update(self) -> None:
        """The theme changed: colours are asked for again."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """The row at line ``y`` of what is seen; a placeholder while it is being fetched."""
        width = self.scrollable_content_region.width
        if width != self._drawn_width or self._signs is not signs():
            self._drawn_width, self._signs = width, signs()
            self._strips.clear()
            self._layout = columns(width, self._needs or None, agent=self._agent)
        if not self._styles:
            self._read_styles()
        index = y + self.scroll_offset.y
        ground = self._styles["ground"]
        if not 0 <= index < len(self._ids):
            return Strip.blank(width, ground)
        seq = self._ids[index]
        marked = index == self.cursor
        known = self._strips.get((seq, marked))
        if known is not None:
            return known
        row = self._rows.get(seq)
        if row is None:
            self._ask(index)
            return Strip([Segment(f" {'·' * 8}", ground + self._styles["time"])]).adjust_cell_length(width, ground)
        strip = self._draw(row, marked, width)
        self._strips[(seq, marked)] = strip
        if len(self._strips) > KEPT_STRIPS:
            self._strips.popitem(last=False)
        return strip

    def _draw(self, row: EventRow, marked: bool, width: int) -> Strip:
        ground = self._styles["ground"] + self._styles["cursor"] if marked else self._styles["ground"]
        mark = Segment(CURSOR if marked else " ", ground + self._styles["cursor-mark"])
        segments = [mark, *(Segment(text, ground + self._style(kind)) for kind, text in cells(row, self._layout))]
        strip = Strip(segments).adjust_cell_length(width, ground)
        return chosen(strip, ground) if ground.reverse else strip

    def _style(self, kind: str) -> Style:
        return self._styles.get(kind) or self._styles["rule"]  # a severity of another release

    def _ask(self, index: int) -> None:
        start = index - index % PAGE
        wanted = array(
            "q", (s for s in self._ids[start : start + PAGE] if s not in self._rows and s not in self._asked)
        )
        if wanted:
            self._asked.update(wanted)
            self.call_later(self._want, wanted)

    def _want(self, ids: array[int]) -> None:
        # in the list's own task: a message made while the screen draws would count as the screen's and not reach it
        self.post_message(self.RowsWanted(ids))

    def _read_styles(self) -> None:
        self._styles = {
            name.removeprefix("event-list--"): self.get_component_rich_style(name, partial=True)
            for name in self.COMPONENT_CLASSES
            if name.startswith("event-list--")
        }
        self._styles["ground"] = self.rich_style

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor's row is drawn stronger while the list has the focus."""
        super().watch_has_focus(has_focus)
        self._styles.clear()
        self._strips.clear()
        self.refresh()

    def watch_cursor(self, before: int, after: int) -> None:
        """Draw the two rows that changed."""
        for index in (before, after):
            line = index - self.scroll_offset.y
            if 0 <= line < self.size.height:
                self.refresh(Region(0, line, self.size.width, 1))
