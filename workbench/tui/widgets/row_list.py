"""A list of one-line rows in columns with a cursor: findings, test cases, proposals.

Line API: rows are drawn when seen. The cursor is a sign (``▸``) and a tint, never a colour alone; cells name a role and
the theme colours it. Knows no service: rows come in through :meth:`RowList.show`, messages go out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.events import Click
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from workbench.tui.view.plain import visible
from workbench.tui.view.table import ROLES, Cell, Column, Row
from workbench.tui.widgets.chosen import chosen
from workbench.tui.widgets.hand import Hand

CURSOR = "▸"


class RowList(Hand, ScrollView, can_focus=True):
    """A list. ``header`` shows the titles of the columns; ``empty`` is said where there are no rows."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"row-list--{role}" for role in ROLES} | {
        "row-list--cursor",
        "row-list--header",
    }
    HAND_OPENS = True
    DEFAULT_CSS = """
    RowList {
        overflow-x: hidden; overflow-y: auto;
        & .row-list--plain { color: $ink; }
        & .row-list--strong { color: $ink; text-style: bold; }
        & .row-list--muted { color: $muted; }
        & .row-list--accent { color: $accent; }
        & .row-list--allow { color: $allow; }
        & .row-list--deny { color: $deny; }
        & .row-list--hold { color: $hold; }
        & .row-list--error { color: $sev-error; }
        & .row-list--warning { color: $sev-warning; }
        & .row-list--info { color: $sev-info; }
        & .row-list--header { color: $muted; text-style: bold; }
        & .row-list--cursor { background: $panel; text-style: $cursor-style; }
        &:focus .row-list--cursor { background: $cursor; }
    }
    """

    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """The cursor is on another row (or on another row's content)."""

        def __init__(self, rows: RowList, index: int, key: str) -> None:
            super().__init__()
            self.rows = rows
            self.index = index
            self.key = key

        @property
        def control(self) -> RowList:
            return self.rows

    class Chosen(Moved):
        """A row was opened with enter or a click on the row under the cursor."""

    def __init__(
        self, columns: Sequence[Column], *, header: bool = False, empty: str = "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._empty = empty
        self._columns = tuple(columns)
        self._header = header
        self._rows: tuple[Row, ...] = ()

    # ---- data ----------------------------------------------------------------------------------------------------

    @property
    def rows(self) -> tuple[Row, ...]:
        return self._rows

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self._rows else None

    def show(self, rows: Sequence[Row], columns: Sequence[Column] | None = None) -> None:
        """Replaces the rows, and the columns where other ones are given; the cursor stays on the row of its key, else
        as near as it can.
        """
        before = self.current
        self._columns = self._columns if columns is None else tuple(columns)
        self._rows = tuple(rows)
        keys = [row.key for row in self._rows]
        place = keys.index(before.key) if before is not None and before.key in keys else self.cursor
        self._resize()
        with self.prevent(self.Moved):
            self.cursor = place
        self.refresh()
        current = self.current
        if current is not None and current != before:
            self.post_message(self.Moved(self, self.cursor, current.key))

    def say_empty(self, said: str) -> None:
        """What is said from now on where there are no rows."""
        if said != self._empty:
            self._empty = said
            self.refresh()

    def go_to(self, key: str) -> bool:
        """Puts the cursor on the row called ``key``; ``False`` when there is none."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                self.cursor = index
                return True
        return False

    # ---- moving --------------------------------------------------------------------------------------------------

    def validate_cursor(self, value: int) -> int:
        return min(max(value, 0), max(len(self._rows) - 1, 0))

    def watch_cursor(self, before: int, now: int) -> None:
        self.refresh()
        self._follow()
        if self._rows and before != now:
            self.post_message(self.Moved(self, now, self._rows[now].key))

    def _follow(self, *, immediate: bool = False) -> None:
        """Bring the row under the cursor into sight."""
        first, lines = self._span(self.cursor)
        # the sticky header covers the first line of the view
        region = Region(0, first, 1, lines + self._head)
        self.scroll_to_region(region, animate=False, force=True, immediate=immediate)

    def action_move(self, step: int) -> None:
        self.cursor += step

    def action_page(self, direction: int) -> None:
        self.cursor += direction * max(1, self.size.height - self._head - 1)

    def action_end(self, direction: int) -> None:
        self.cursor = 0 if direction < 0 else len(self._rows) - 1

    def action_choose(self) -> None:
        if self._rows:
            self.post_message(self.Chosen(self, self.cursor, self._rows[self.cursor].key))

    # ---- the hand (``widgets.hand``) -------------------------------------------------------------------------------

    def hand_move(self, step: int) -> None:
        self.action_move(step)

    def hand_page(self, direction: int) -> None:
        self.action_page(direction)

    def hand_go(self, index: int) -> None:
        self.cursor = index

    def hand_last(self) -> None:
        self.action_end(1)

    def hand_open(self) -> None:
        self.action_choose()

    def hand_at(self) -> int:
        return self.cursor

    def hand_texts(self) -> Sequence[str] | None:
        return [" ".join(visible(cell.text) for cell in row.cells) for row in self._rows] or None

    def on_click(self, event: Click) -> None:
        line = event.y - self.gutter.top  # the event counts from the border
        index, _ = self._place(line + self.scroll_offset.y - self._head)
        if line < self._head or not 0 <= index < len(self._rows):
            return
        if index == self.cursor:
            self.action_choose()
        self.cursor = index

    # ---- drawing -------------------------------------------------------------------------------------------------

    @property
    def _head(self) -> int:
        return 1 if self._header else 0

    def _span(self, index: int) -> tuple[int, int]:
        """The first line of a row, and how many it has; for lists whose rows have several lines."""
        return index, 1

    def _place(self, line: int) -> tuple[int, int]:
        """The row that a line of the list belongs to, and which of its lines it is."""
        return line, 0

    def _part(self, index: int, part: int) -> Sequence[Cell]:  # noqa: ARG002 (rows have one line here)
        """The cells of a line of a row."""
        return self._rows[index].cells

    def _resize(self) -> None:
        first, lines = self._span(len(self._rows) - 1) if self._rows else (0, 0)
        self.virtual_size = Size(self.scrollable_content_region.width, first + lines + self._head)

    def on_resize(self) -> None:
        self._resize()

    def _widths(self, width: int) -> list[int]:
        """Width of each column; 0 leaves it out."""
        widths = [0 if width < column.drop_below else column.width for column in self._columns]
        kept = [w for w, column in zip(widths, self._columns, strict=True) if w or not column.width]
        left = width - 2 - sum(widths) - (len(kept) - 1)
        return [max(left, 4) if not column.width else w for w, column in zip(widths, self._columns, strict=True)]

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        plain = self.rich_style
        if self._header and y == 0:
            titles = tuple(Cell(column.title, "header") for column in self._columns)
            return self._draw(titles, width, "  ").apply_style(plain)
        index, part = self._place(y + self.scroll_offset.y - self._head)
        if not self._rows and index == 0 and self._empty:
            note = Segment(f"  {self._empty}", self.get_component_rich_style("row-list--muted"))
            return Strip([note]).adjust_cell_length(width).apply_style(plain)
        if not 0 <= index < len(self._rows):
            return Strip.blank(width, plain)
        here = index == self.cursor
        strip = self._draw(self._part(index, part), width, f"{CURSOR} " if here and not part else "  ")
        if here:
            tint = self.get_component_rich_style("row-list--cursor")
            return chosen(strip, tint).apply_style(plain)
        return strip.apply_style(plain)

    def _draw(self, cells: Sequence[Cell], width: int, lead: str) -> Strip:
        get = self.get_component_rich_style
        parts = [Segment(lead, get("row-list--accent", partial=True))]
        for cell, size in zip(cells, self._widths(width), strict=False):
            if size:
                style = get(f"row-list--{cell.role}", partial=True)
                parts += [Segment(_fit(visible(cell.text), size), style), Segment(" ")]
        return Strip(parts).adjust_cell_length(width)


def _fit(text: str, width: int) -> str:
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
