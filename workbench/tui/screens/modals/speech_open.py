"""Which transcript to open: one opened lately, a sample, or any file by its path. Knows no service."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input

from workbench.tui.screens.modals.window import Window
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys

_COLUMNS = (Column("", 6), Column("file", 30), Column("where", drop_below=50))


class OpenTranscriptScreen(Window[str]):
    """Answers a path, ``""`` for none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="none"),
        Binding("tab", "app.focus_next", show=False),
    ]
    DEFAULT_CSS = """
    OpenTranscriptScreen .window { width: 92; padding: 0 1; }
    OpenTranscriptScreen Input { background: $panel; margin: 0 1 1 1; }
    OpenTranscriptScreen RowList { height: auto; max-height: 16; background: $surface; }
    """

    def __init__(self, recent: Sequence[str], samples: Sequence[Path]) -> None:
        super().__init__()
        given = [("recent", Path(path)) for path in recent] + [("sample", path) for path in samples]
        seen: dict[Path, str] = {}
        for sort, path in given:
            seen.setdefault(path, sort)
        self._paths = [(sort, path) for path, sort in seen.items()]

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content("Open a transcript")
            window.border_subtitle = Content(self.told("enter opens · tab to the list · esc back"))
            yield Input(placeholder="a path, as ./run.jsonl; or pick one below", compact=True)
            yield RowList(_COLUMNS, empty="nothing was opened yet")

    def on_mount(self) -> None:
        rows = [
            Row(str(path), (Cell(sort, "muted"), Cell(path.name, "strong"), Cell(str(path.parent), "muted")))
            for sort, path in self._paths
        ]
        table = self.query_one(RowList)
        table.show(rows)
        table.styles.height = max(1, min(len(rows), 14))
        self.query_one(Input).focus()

    def on_key(self, event: object) -> None:
        """The arrows go from the field into the list."""
        if getattr(event, "key", "") == "down" and self.query_one(Input).has_focus:
            self.query_one(RowList).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A path; with none, the row under the cursor."""
        row = self.query_one(RowList).current
        path = event.value.strip()
        if path or row is not None:
            self.dismiss(path or (row.key if row is not None else ""))

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        self.dismiss(event.key)

    def action_none(self) -> None:
        """Back, with nothing picked."""
        self.dismiss("")
