"""One of several rows, to be picked with enter. Knows no service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from workbench.tui.screens.modals.window import Window
from workbench.tui.view.table import Column, Row
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys


class PickScreen(Window[str]):
    """Answers the key of a row, ``""`` for none."""

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(back="none")]
    DEFAULT_CSS = """
    PickScreen #pick {
        width: 84; max-width: 94%; height: auto; max-height: 80%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    PickScreen #pick-rows { height: auto; max-height: 100%; background: $surface; }
    """

    def __init__(self, title: str, columns: Sequence[Column], rows: Sequence[Row], *, empty: str) -> None:
        super().__init__()
        self._title, self._columns, self._shown, self._empty = title, columns, tuple(rows), empty

    def compose(self) -> ComposeResult:
        with Vertical(id="pick") as window:
            window.border_title = Content(self._title)
            window.border_subtitle = Content(self.told("enter takes it · esc back" if self._shown else "esc back"))
            yield RowList(
                self._columns, header=any(column.title for column in self._columns), empty=self._empty, id="pick-rows"
            )

    def on_mount(self) -> None:
        table = self.query_one(RowList)
        table.show(self._shown)
        table.styles.height = max(1, min(len(self._shown) + 1, 30))
        table.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.key)

    def action_none(self) -> None:
        """Back, with nothing picked."""
        self.dismiss("")
