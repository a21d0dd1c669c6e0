"""What a person does on Review: going from view to view and from change to change, opening, adding, proposing.

Mixed into the screen before its base class, which knows what is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tui.screens.modals.invariants import InvariantsScreen
from workbench.tui.screens.modals.propose import ProposeScreen
from workbench.tui.screens.modals.witness import WitnessScreen
from workbench.tui.screens.review_adding import ask_to_add
from workbench.tui.screens.review_proofs import ProofsPane
from workbench.tui.view import review as view
from workbench.tui.view import witness as witness_view

if TYPE_CHECKING:
    from workbench.service.views import KeyView, ProposalView, ReviewView
    from workbench.tui.screens.base import WorkbenchScreen
    from workbench.tui.screens.review_compared import Compared
    from workbench.tui.screens.review_panes import AnalysisPane, FindingPane
    from workbench.tui.screens.review_promises import Promises
    from workbench.tui.screens.review_text import TextPane

    _Base = WorkbenchScreen
else:
    _Base = object


class ReviewActs(_Base):
    """Every action of the screen."""

    if TYPE_CHECKING:
        _view: view.View
        _compared: Compared | None
        _keys: tuple[KeyView, ...]
        _promises: Promises

        @property
        def review(self) -> ReviewView | None: ...
        @property
        def _text(self) -> TextPane: ...
        @property
        def _witness(self) -> witness_view.Shown | None: ...
        def _pane(self) -> FindingPane | None: ...
        def _analysis(self) -> AnalysisPane | None: ...
        def _run_tests(self) -> None: ...
        def action_show_view(self, name: view.View) -> None: ...

    def action_view(self) -> None:
        """The next view."""
        self._step_view(1)

    def action_view_before(self) -> None:
        """The view before."""
        self._step_view(-1)

    def _step_view(self, step: int) -> None:
        self.action_show_view(view.VIEWS[(view.VIEWS.index(self._view) + step) % len(view.VIEWS)])

    def action_next_hunk(self) -> None:
        """To the next change, witness, answer or test that wants a look."""
        self._step(1)

    def action_previous_hunk(self) -> None:
        """To the one before."""
        self._step(-1)

    def _step(self, direction: int) -> None:
        pane = self._pane()
        if pane is None:
            self._text.diff.step_hunk(direction)
        else:
            pane.step(direction)

    def action_text(self) -> None:
        """The other text."""
        self._text.switch_text()
        self.workbench.remembered.put(self.NAME, "text", self._text.shown)

    def action_columns(self) -> None:
        """Side by side, or one column; as soon as one was chosen, whatever the width."""
        self._text.diff.toggle_layout()
        self.workbench.remembered.put(self.NAME, "layout", self._text.diff.layout_now)

    def action_folds(self) -> None:
        """All lines, or only those near a change; all answers, or only those worth telling."""
        if self._view == "text":
            self._text.diff.toggle_folds()
        else:
            self.query_one(ProofsPane).toggle_everything()

    def action_open(self) -> None:
        """The witness as a request with all its data; a test on its own screen."""
        pane = self._pane()
        if pane is None or self._compared is None:
            return
        if self._view == "tests":
            self.run_worker(self.workbench.goto_test(pane.current))
        elif self._witness is not None:
            window = WitnessScreen(pane.witnesses, pane.current, self._compared.book, self.workspace)
            self.app.push_screen(window, self._witness_closed)

    def _witness_closed(self, key: str | None) -> None:
        pane = self._pane()
        if key and pane is not None:
            pane.list.go_to(key)

    def action_add_test(self) -> None:
        """Make the witness a test case of the draft."""
        shown = self._witness
        if shown is not None:
            ask_to_add(self, self.workspace, shown, self.refresh_data)

    def action_copy(self) -> None:
        """Copy the witness as JSON."""
        shown = self._witness
        if shown is not None:
            self.workbench.copy(witness_view.as_json(shown))

    def action_semantics(self) -> None:
        """Ours, or Cedar's."""
        analysis = self._analysis()
        if analysis is not None:
            analysis.switch_semantics()

    def action_data(self) -> None:
        """Anything may be missing, or all is there."""
        analysis = self._analysis()
        if analysis is not None:
            analysis.switch_data()

    def action_again(self) -> None:
        """Ask once more."""
        analysis = self._analysis()
        if analysis is not None:
            analysis.ask()
        elif self._view == "tests":
            self._run_tests()
        else:
            self._promises.again()
            self.refresh_data()

    def action_invariants(self) -> None:
        """Write the draft's invariants; they are proved anew afterwards."""
        if self.has_workspace:
            self.app.push_screen(InvariantsScreen(self.workspace))

    def action_stop(self) -> None:
        """Stop what runs."""
        analysis = self._analysis()
        if analysis is not None:
            analysis.cancel()
        else:
            self._promises.stop()

    def action_propose(self) -> None:
        """Ask for a summary and propose; what stands in the way is said first."""
        review = self.review
        if review is None:
            return
        if review.blockers:
            first = review.blockers[0]
            said = "\n".join(part for part in (first.message, first.help) if part)
            self.notify(said, title="The draft cannot be proposed yet", severity="warning", markup=False)
            return
        people = tuple(dict.fromkeys(key.principal for key in self._keys if key.principal))
        self.app.push_screen(ProposeScreen(self.workspace, review, people), self._proposed)

    async def _proposed(self, proposal: ProposalView | None) -> None:
        if proposal is not None:
            self.notify(f"{proposal.version.version} waits for signatures", title="Proposed", markup=False)
            await self.workbench.goto_proposal(proposal.version.digest)
