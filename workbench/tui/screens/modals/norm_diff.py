"""Two forms of a norm line by line. Reads only."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from workbench.service.norm_views import NormVersion
from workbench.tui.lexers import cedar
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import norms as view
from workbench.tui.view.diff import diff_rows
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.window_keys import window_keys


class NormDiffScreen(Window[None]):
    """``before`` against ``after``; esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", next="step(1)", previous="step(-1)", columns="columns"),
    ]
    DEFAULT_CSS = """
    NormDiffScreen DiffView {
        width: 96%; height: auto; max-height: 92%; min-height: 16; background: $background;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    """

    def __init__(self, before: NormVersion, after: NormVersion) -> None:
        super().__init__()
        self._before, self._after = before, after

    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        before, after = self._before, self._after
        texts = view.as_text(before.norm), view.as_text(after.norm)
        titles = (f"form {before.version}", f"form {after.version}")
        shown = self.query_one(DiffView)
        shown.styles.height = max(len(text.split("\n")) for text in texts) * 2 + 4
        shown.show(diff_rows(*texts), titles=titles, lexer=cedar.lex)
        shown.focus()

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        count = f"change {event.index} of {event.total}" if event.total else "they say the same"
        forms = f"form {self._before.version} → {self._after.version}"
        event.diff.border_title = Content(f"{view.called(self._after.norm)}  {forms} · {count}")
        event.diff.border_subtitle = Content(self.told("n p changes · t columns · esc back"))

    def action_close(self) -> None:
        """Back to the forms."""
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        """To the next or previous change."""
        self.query_one(DiffView).step_hunk(step)

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one(DiffView).toggle_layout()
