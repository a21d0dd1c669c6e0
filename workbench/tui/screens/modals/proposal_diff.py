"""The texts of a proposal against those it amends, over the whole screen: what a signer reads before signing."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.screen import ModalScreen

from workbench.service.views import ProposalView
from workbench.tui.lexers import cedar, english
from workbench.tui.view.diff import diff_rows
from workbench.tui.widgets.diff_view import DiffView


class ProposalDiffScreen(ModalScreen[None]):
    """Reads only; esc goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "close", "Back"),
        Binding("n", "step(1)", "Next change"),
        Binding("p", "step(-1)", "Previous change"),
        Binding("e", "text", "English or Cedar+"),
        Binding("t", "columns", "Columns"),
        Binding("z", "folds", "Fold"),
    ]
    DEFAULT_CSS = """
    ProposalDiffScreen DiffView {
        width: 96%; height: 92%; background: $background;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    """

    def __init__(self, proposal: ProposalView) -> None:
        super().__init__()
        self._proposal = proposal
        self._english = False

    def compose(self) -> ComposeResult:
        yield DiffView()

    def on_mount(self) -> None:
        self._show()
        self.query_one(DiffView).focus()

    def _show(self) -> None:
        review = self._proposal.review
        texts = (
            (review.before_english, review.after_english)
            if self._english
            else (review.before_cedar, review.after_cedar)
        )
        diff = self.query_one(DiffView)
        titles = (f"{review.before_version}", f"{self._proposal.version.version}, proposed")
        diff.show(diff_rows(*texts), titles=titles, lexer=english.lex if self._english else cedar.lex)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        name = "English" if self._english else "Cedar+"
        where = f"change {event.index} of {event.total}" if event.total else "no change"
        event.diff.border_title = Content(f"{name} of {self._proposal.version.version} · {where}")
        event.diff.border_subtitle = Content("n p changes · e English/Cedar+ · t columns · z folds · esc back")

    def action_close(self) -> None:
        """Back to the proposal."""
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        """To the next or previous change."""
        self.query_one(DiffView).step_hunk(step)

    def action_text(self) -> None:
        """The other text."""
        self._english = not self._english
        self._show()

    def action_columns(self) -> None:
        """Side by side, or one column."""
        self.query_one(DiffView).toggle_layout()

    def action_folds(self) -> None:
        """All lines, or those near a change."""
        self.query_one(DiffView).toggle_folds()
