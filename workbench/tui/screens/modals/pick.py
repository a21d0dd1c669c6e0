"""One of several rows, to be picked with enter. Knows no service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.view.plain import visible
from workbench.tui.view.table import Column, Row
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys


class PickScreen(Window[str]):
    """Answers the key of a row, ``""`` for none. ``empty``: said in place of the list where there is no row."""

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(back="none")]
    DEFAULT_CSS = """
    PickScreen #pick {
        width: 84; max-width: 94%; height: auto; max-height: 80%; background: $surface;
        border: round $primary; border-title-color: $primary; border-title-style: bold;
        border-subtitle-color: $muted; padding: 0 1;
    }
    PickScreen #pick-none { height: auto; color: $muted; }
    PickScreen #pick-rows { height: auto; max-height: 100%; background: $surface; }
    """

    def __init__(self, title: str, columns: Sequence[Column], rows: Sequence[Row], *, empty: str) -> None:
        super().__init__()
        self._title, self._columns, self._shown, self._empty = title, columns, tuple(rows), empty

    def compose(self) -> ComposeResult:
        with Vertical(id="pick") as window:
            window.border_title = Content(self._title)
            window.border_subtitle = Content(self.told("enter takes it · esc back" if self._shown else "esc back"))
            if self._shown:
                yield RowList(self._columns, header=any(column.title for column in self._columns), id="pick-rows")
            else:  # a list has one line for it, and this is a sentence
                yield Static(Content(f"○ {visible(self._empty)}"), id="pick-none")

    def on_mount(self) -> None:
        for table in self.query(RowList):
            table.show(self._shown)
            table.styles.height = min(len(self._shown) + 1, 30)
            table.focus()

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.key)

    def action_none(self) -> None:
        """Back, with nothing picked."""
        self.dismiss("")
