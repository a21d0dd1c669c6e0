"""Turning the draft into a proposal: a summary, who proposes it, and what it will need. See ``proposing``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.service.views import ProposalView, ReviewView
from workbench.tui.screens.modals.proposing import ProposingWindow
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text
from workbench.tui.view.review import CLASSES, changed, suggested_summary

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


class ProposeScreen(ProposingWindow[ProposalView]):
    """Answers the proposal that was made, or ``None``."""

    def __init__(self, workspace: Workspace, review: ReviewView, people: Sequence[str]) -> None:
        super().__init__(people)
        self._workspace, self._review = workspace, review

    def heading(self) -> str:
        return "Propose the draft"

    def about(self) -> Content:
        review = self._review
        rules = changed(review)
        return stack(
            Content.assemble(
                (f"{review.amendment_class} amendment", CLASSES.get(review.amendment_class, "$ink bold")),
                (f" of {one_line(review.before_version)}, {rules}", "$ink"),
            ),
            Content.assemble(("needs ", "$muted"), text(review.procedure)),
            *(text(f"▲ {one_line(warning.message)}", "$sev-warning") for warning in review.warnings),
        )

    def suggested(self) -> str:
        return suggested_summary(self._review)

    def work(self, summary: str, proposer: str) -> Callable[[], ProposalView]:
        workspace = self._workspace
        return lambda: workspace.propose(summary, proposer=proposer)
