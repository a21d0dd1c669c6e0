"""What came back from the person's own editor, line by line; it is taken over already, and can be taken back."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content

from workbench.tui.lexers import cedar, english
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.diff import diff_rows
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.window_keys import window_keys


class EditedScreen(Window[bool]):
    """``before`` against ``after``. Answers whether the editor's text is to be taken back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close"),
        Binding("enter", "close", show=False),
        *window_keys(undo="back", next="step(1)", previous="step(-1)", columns="columns"),
    ]
    DEFAULT_CSS = """
    EditedScreen DiffView {
        width: 96%; height: auto; max-height: 92%; min-height: 8; background: $background;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    """

    def __init__(self, before: str, after: str, suffix: str) -> None:
        super().__init__()
        self._texts = before, after
        self._lexer = cedar.lex if suffix == ".cedarplus" else english.lex

    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        shown = self.query_one(DiffView)
        shown.styles.height = min(sum(text.count("\n") + 1 for text in self._texts) + 5, 200)
        shown.show(diff_rows(*self._texts), titles=("before", "from the editor"), lexer=self._lexer)
        shown.focus()

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        count = f"change {event.index} of {event.total}" if event.total else "no change"
        event.diff.border_title = Content(f"Taken over from the editor · {count}")
        event.diff.border_subtitle = Content(self.told("enter goes on · u takes it back · n p changes · t columns"))

    def action_close(self) -> None:
        """It stays taken over."""
        self.dismiss(False)

    def action_back(self) -> None:
        """As it was before."""
        self.dismiss(True)

    def action_step(self, step: int) -> None:
        """To the next or previous change."""
        self.query_one(DiffView).step_hunk(step)

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one(DiffView).toggle_layout()
