"""Going back to what stood before the version in force: a proposal like any other, with the same quorum."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content

from workbench.service.views import VersionView
from workbench.tui.screens.modals.proposing import ProposingWindow
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


class RevertScreen(ProposingWindow[str]):
    """Answers the digest of the proposal, or ``None``."""

    ASKED: ClassVar[tuple[str, str]] = ("Why", "one sentence that signers read")
    LACKING: ClassVar[str] = "say why: signers read it first"

    def __init__(self, workspace: Workspace, version: VersionView, people: Sequence[str]) -> None:
        super().__init__(people)
        self._workspace, self._version = workspace, version

    def heading(self) -> str:
        return f"Go back from {one_line(self._version.version)}"

    def about(self) -> Content:
        return stack(
            text(f"Proposes the content of {one_line(str(self._version.parent_version))} as a new version."),
            text("It needs the quorum of what it undoes, and no timelock. Your draft stays.", "$muted"),
        )

    def work(self, summary: str, proposer: str) -> Callable[[], str]:
        workspace = self._workspace
        return lambda: workspace.amending.revert(summary, proposer)
