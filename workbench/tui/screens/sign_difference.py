"""What a proposal changes, line by line, below the proposal where the screen has room for it. A mixin of Sign."""

from __future__ import annotations

from functools import partial

from workbench.service.views import ProposalView
from workbench.tui.lexers import cedar, english
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.view.diff import DiffRow, diff_rows
from workbench.tui.view.sign import texts_of
from workbench.tui.widgets.diff_view import DiffView


class SignDifference(WorkbenchScreen):
    """Fills the pane ``#sign-difference``, which wide screens show."""

    def __init__(self) -> None:
        super().__init__()
        self._compared = ("", "")  # digest and state of the proposal whose texts are shown

    def difference_pane(self) -> DiffView:
        """The pane, to be composed."""
        pane = DiffView(id="sign-difference")
        pane.add_class("pane", update=False)
        return pane

    def compare(self, proposal: ProposalView) -> None:
        """Show the text that differs, Cedar+ before English, where that is not shown yet and there is room for it."""
        shown = (proposal.version.digest, proposal.state)  # how it stands is written over its text
        if not self.has_class("-wide") or self._compared == shown:
            return
        self._compared = shown
        review = proposal.review
        in_english = review.before_cedar == review.after_cedar and review.before_english != review.after_english
        texts = (
            (review.before_english, review.after_english) if in_english else (review.before_cedar, review.after_cedar)
        )
        told = partial(self._differ, proposal, in_english)
        self.run_service(diff_rows, *texts, group="difference", on_result=told)

    def _differ(self, proposal: ProposalView, in_english: bool, rows: tuple[DiffRow, ...]) -> None:
        if self._compared == (proposal.version.digest, proposal.state):
            pane = self.query_one("#sign-difference", DiffView)
            pane.show(rows, titles=texts_of(proposal), lexer=english.lex if in_english else cedar.lex)
            pane.border_title = "English" if in_english else "Cedar+"
