"""Two versions line by line, over the whole screen: Cedar+, English or schema. Reads only."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content

from workbench.service.views import VersionView
from workbench.tui.lexers import Lexer, cedar, english
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.diff import diff_rows
from workbench.tui.view.plain import one_line
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.window_keys import window_keys


class VersionDiffScreen(Window[None]):
    """``before`` against ``after``; esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="close", next="step(1)", previous="step(-1)", text="text", columns="columns", fold="folds"),
    ]
    DEFAULT_CSS = """
    VersionDiffScreen DiffView {
        width: 96%; height: 92%; background: $background;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    """

    def __init__(self, before: VersionView, after: VersionView) -> None:
        super().__init__()
        self._before, self._after = before, after
        self._texts: tuple[tuple[str, str, str, Lexer], ...] = (
            ("Cedar+", before.cedar_plus, after.cedar_plus, cedar.lex),
            ("English", before.english, after.english, english.lex),
            ("Schema", before.schema, after.schema, cedar.lex),
        )
        # begin with a text that differs: an amendment of English alone is not shown as no change
        self._shown = next((n for n, (_, left, right, _) in enumerate(self._texts) if left != right), 0)

    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        self._show()
        self.query_one(DiffView).focus()

    def _show(self) -> None:
        _, left, right, lexer = self._texts[self._shown]
        titles = (one_line(self._before.version), one_line(self._after.version))
        self.query_one(DiffView).show(diff_rows(left, right), titles=titles, lexer=lexer)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        name = self._texts[self._shown][0]
        count = f"change {event.index} of {event.total}" if event.total else "no change"
        versions = f"{one_line(self._before.version)} → {one_line(self._after.version)}"
        event.diff.border_title = Content(f"{name}  {versions} · {count}")
        event.diff.border_subtitle = Content(
            self.told("n p changes · E Cedar+/English/schema · t columns · z folds · esc back")
        )

    def action_close(self) -> None:
        """Back to the timeline."""
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        """To the next or previous change."""
        self.query_one(DiffView).step_hunk(step)

    def action_text(self) -> None:
        """The next text."""
        self._shown = (self._shown + 1) % len(self._texts)
        self._show()

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one(DiffView).toggle_layout()

    def action_folds(self) -> None:
        """All lines, or those near a change."""
        self.query_one(DiffView).toggle_folds()
