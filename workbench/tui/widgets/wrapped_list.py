"""A list whose rows are as high as what they say: the column that takes what is left is wrapped between words.

For short lists that are read, not scanned (findings, statements). Knows no service.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from workbench.tui.view.plain import visible
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.view.wrapping import wrap
from workbench.tui.widgets.row_list import RowList


class Line(NamedTuple):
    """One line of a row: which of its lines, and what of the wrapped column stands on it."""

    row: int
    part: int
    text: str


class WrappedList(RowList):
    """Wraps the one column without a width."""

    def __init__(
        self, columns: Sequence[Column], *, header: bool = False, empty: str = "", id: str | None = None
    ) -> None:
        super().__init__(columns, header=header, empty=empty, id=id)
        self._lines: list[Line] = []
        self._starts: list[int] = []  # the first line of each row

    def _wrap(self) -> None:
        """Wrap every row for the width there is; before the first layout there is none, and a row is one line."""
        width = self.scrollable_content_region.width
        place = next((at for at, column in enumerate(self._columns) if not column.width), 0)
        room = self._widths(width)[place] if width > 0 else 0
        self._lines, self._starts = [], []
        for index, row in enumerate(self._rows):
            self._starts.append(len(self._lines))
            pieces = _pieces(visible(row.cells[place].text), room)
            self._lines += [Line(index, part, text) for part, text in enumerate(pieces)]

    def show(self, rows: Sequence[Row], columns: Sequence[Column] | None = None) -> None:
        """As :meth:`RowList.show`."""
        before = [row.key for row in self._rows]
        super().show(rows, columns)
        self._resize()  # the columns may be others
        if before != [row.key for row in self._rows]:
            self.call_after_refresh(self._settle)

    def on_resize(self) -> None:
        super().on_resize()
        self.call_after_refresh(self._settle)

    def _resize(self) -> None:
        self._wrap()
        super()._resize()

    def _follow(self, *, immediate: bool = False) -> None:
        """As of :class:`RowList`, but reckoned once the list is laid out: the place of a row depends on how the rows
        before it wrap, and what was reckoned earlier would scroll away what :meth:`_settle` brought into sight."""
        if immediate:
            super()._follow(immediate=True)
        else:
            self.call_after_refresh(self._follow, immediate=True)

    def _settle(self) -> None:
        """The row under the cursor in sight, and the next one where there is room: by what is listed now, and not by
        the way on which it came to be listed.
        """
        room = self.size.height - self._head
        first, lines = self._span(self.cursor)
        after, more = self._span(min(self.cursor + 1, len(self._rows) - 1))
        wanted = min(first, max(first + lines, after + more) - room)
        # forced: the scrollbar may still be on its way, and without one Textual scrolls nothing
        self.scroll_to(y=max(wanted, 0), animate=False, immediate=True, force=True)

    def _span(self, index: int) -> tuple[int, int]:
        if not 0 <= index < len(self._starts):
            return 0, 0
        start = self._starts[index]
        return start, (self._starts[index + 1] if index + 1 < len(self._starts) else len(self._lines)) - start

    def _place(self, line: int) -> tuple[int, int]:
        if not self._lines or line < 0:
            return line, 0
        return (self._lines[line].row, self._lines[line].part) if line < len(self._lines) else (len(self._rows), 0)

    def _part(self, index: int, part: int) -> Sequence[Cell]:
        said = self._lines[self._starts[index] + part].text
        cells = zip(self._rows[index].cells, self._columns, strict=False)
        return [Cell(said if not column.width else "" if part else cell.text, cell.role) for cell, column in cells]


def _pieces(text: str, width: int) -> list[str]:
    return [text[start:end].rstrip() for start, end in wrap(text, width)] if width else [text]
