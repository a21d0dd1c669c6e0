"""A proposal against what it amends, over the whole screen: what a signer reads before signing. Its texts line by line,
and what it means: what is decided otherwise, with a request for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container
from textual.content import Content
from textual.widgets import ContentSwitcher, Static

from workbench.analysis.assumptions import Assumption
from workbench.service.views import ProposalView
from workbench.tui.lexers import cedar, english
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.screens.modals.witness import WitnessScreen
from workbench.tui.screens.review_meaning import MeaningPane
from workbench.tui.screens.review_panes import AnalysisPane, Work
from workbench.tui.screens.review_rules import read_rules
from workbench.tui.view import witness as witness_view
from workbench.tui.view.diff import diff_rows
from workbench.tui.view.review import views_line
from workbench.tui.view.rulebook import Rulebook
from workbench.tui.view.sign import texts_of
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.widgets.diff_view import DiffView
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

_TEXT, _MEANING = "proposal-text", "review-meaning"


class ViewsLine(Static, Clickable):
    """Text and meaning, clickable."""


class ProposalDiffScreen(ServiceCalls, Window[None]):
    """Reads only. ``m`` goes from the text to the meaning and back; esc goes back to the proposal."""

    CSS_PATH = "../review_panes.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(
            halt="halt",
            back="close",
            meaning="meaning",
            next="step(1)",
            previous="step(-1)",
            text="text",
            columns="columns",
            fold="folds",
            semantics="semantics",
            data="data",
            again="again",
            copy="copy",
        ),
    ]
    DEFAULT_CSS = """
    ProposalDiffScreen #proposal-window {
        width: 96%; height: 92%; background: $background; layout: vertical;
        border: round $primary; border-title-color: $primary; border-subtitle-color: $muted;
    }
    ProposalDiffScreen #proposal-views { height: 1; background: $surface; }
    ProposalDiffScreen ContentSwitcher { height: 1fr; }
    ProposalDiffScreen DiffView { height: 1fr; background: $background; }
    """

    def __init__(self, proposal: ProposalView, workspace: Workspace) -> None:
        super().__init__()
        self._proposal, self._workspace = proposal, workspace
        review = proposal.review  # begin with the text that differs, as Review does
        self._english = review.before_cedar == review.after_cedar and review.before_english != review.after_english
        self._book = Rulebook()
        self._where = ""

    def compose(self) -> ComposeResult:
        with Container(id="proposal-window"):
            yield ViewsLine(id="proposal-views", markup=False)
            with ContentSwitcher(initial=_TEXT):
                yield DiffView(id=_TEXT)
                yield MeaningPane()

    def on_mount(self) -> None:
        self._show()
        self._draw()
        self.query_one(DiffView).focus()
        version, review = self._proposal.version, self._proposal.review
        self.run_service(
            read_rules,
            self._workspace,
            review,
            version.digest,
            version.version,
            group="rules",
            on_result=self._ask,
            on_error=lambda _: self._ask(Rulebook(review.before_version, version.version)),
        )

    # ---- the text ------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        review = self._proposal.review
        texts = (
            (review.before_english, review.after_english)
            if self._english
            else (review.before_cedar, review.after_cedar)
        )
        diff = self.query_one(DiffView)
        diff.show(diff_rows(*texts), titles=texts_of(self._proposal), lexer=english.lex if self._english else cedar.lex)

    def on_diff_view_hunk_changed(self, event: DiffView.HunkChanged) -> None:
        name = "English" if self._english else "Cedar+"
        where = f"change {event.index} of {event.total}" if event.total else "no change"
        self._where = f"{name} of {self._proposal.version.version} · {where}"
        self._draw()

    # ---- the meaning ---------------------------------------------------------------------------------------------

    @property
    def _pane(self) -> MeaningPane:
        return self.query_one(MeaningPane)

    @property
    def _on_meaning(self) -> bool:
        return self.query_one(ContentSwitcher).current == _MEANING

    def _ask(self, book: Rulebook) -> None:
        """Signers are told what a proposal means as soon as it is known; nobody need ask for it."""
        self._book = book
        self._pane.about(self._start, book)
        self._pane.ask()

    def _start(self, assumption: Assumption) -> Work:
        return self._workspace.analysing.start_difference(after=self._proposal.version.digest, assumption=assumption)

    def on_analysis_pane_changed(self, event: AnalysisPane.Changed) -> None:
        event.stop()
        self._draw()
        if self._on_meaning and self.focused is None:
            self._pane.focus_list()

    def on_row_list_chosen(self) -> None:
        shown = self._pane.witnesses
        if self._pane.witness(self._pane.current) is not None:
            self.app.push_screen(WitnessScreen(shown, self._pane.current, self._book), self._witness_closed)

    def _witness_closed(self, key: str | None) -> None:
        if key:
            self._pane.list.go_to(key)

    # ---- both ----------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        meaning = self._on_meaning
        line = views_line(
            "meaning" if meaning else "text", {"meaning": self._pane.mark}, ("text", "meaning"), self.size.width - 8
        )
        self.query_one(ViewsLine).update(line)
        window = self.query_one("#proposal-window")
        window.border_title = Content(
            f"What {self._proposal.version.version} changes" if meaning else self._where or "Proposal"
        )
        keys = (
            "n p witnesses · enter opens · s d assumption" if meaning else "n p changes · E English/Cedar+ · t columns"
        )
        window.border_subtitle = Content(self.told(f"{keys} · m {'text' if meaning else 'meaning'} · esc back"))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Each key where it means something."""
        if action == "halt":
            return self._on_meaning and self._pane.running
        if action in ("semantics", "data", "again", "copy"):
            return self._on_meaning
        if action in ("text", "columns", "folds"):
            return not self._on_meaning
        return super().check_action(action, parameters)

    def action_show_view(self, name: str) -> None:
        """Show the text or the meaning."""
        self.query_one(ContentSwitcher).current = _MEANING if name == "meaning" else _TEXT
        self.set_focus(None)
        self._pane.focus_list() if name == "meaning" else self.query_one(DiffView).focus()
        self._draw()

    def action_meaning(self) -> None:
        """From the text to the meaning, or back."""
        self.action_show_view("text" if self._on_meaning else "meaning")

    def action_halt(self) -> None:
        """Stop what is being proved."""
        self._pane.cancel()

    def action_close(self) -> None:
        """Back to the proposal."""
        self.dismiss(None)

    def action_step(self, step: int) -> None:
        """To the next or previous change or witness."""
        if self._on_meaning:
            self._pane.step(step)
        else:
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

    def action_semantics(self) -> None:
        """Ours, or Cedar's."""
        self._pane.switch_semantics()

    def action_data(self) -> None:
        """Anything may be missing, or all is there."""
        self._pane.switch_data()

    def action_again(self) -> None:
        """Ask once more."""
        self._pane.ask()

    def action_copy(self) -> None:
        """Copy the witness under the cursor as JSON."""
        shown = self._pane.witness(self._pane.current)
        if shown is not None:
            self.workbench.copy(witness_view.as_json(shown))
