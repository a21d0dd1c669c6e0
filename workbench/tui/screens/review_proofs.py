"""Review's view of what is proved of a constitution: invariants, then what is worth telling. Knows no service."""

from __future__ import annotations

from typing import ClassVar

from textual.content import Content

from workbench.analysis.results import ProofReport
from workbench.tui.screens.review_panes import AnalysisPane
from workbench.tui.view import proofs as view
from workbench.tui.view.prose import plural
from workbench.tui.view.witness import Shown, assumed


class ProofsPane(AnalysisPane):
    """Filled by a report of proofs."""

    DOING: ClassVar[str] = "Proving what the constitution can never do"
    HELP = (
        "Invariants first: each is proved to be kept, or broken by the request shown. Then what is proved of the rules "
        "and worth telling: one that never applies, that others always override or cover, that can fail. z lists also "
        "what is no news."
    )

    def __init__(self, *, id: str = "review-proofs") -> None:
        super().__init__(view.COLUMNS, title="What is proved", id=id)
        self._report: ProofReport | None = None
        self._listed: tuple[view.Listed, ...] = ()
        self._everything = False

    def forget(self) -> None:
        self._report, self._listed = None, ()

    def show_result(self, result: ProofReport) -> None:
        self._report = result
        self.mark = view.badge(result, self.book)
        self._list_it()

    def toggle_everything(self) -> None:
        """List also what is no news, or leave it out."""
        self._everything = not self._everything
        if self._report is not None:
            self._list_it()

    def _list_it(self) -> None:
        assert self._report is not None
        self._listed = view.listed(self._report, self.book, everything=self._everything)
        summary = view.summary(self._report, self.book, everything=self._everything)
        counted, taken = plural(len(self._listed), "answer"), assumed(self._report.assumption)
        self.fill(summary, view.rows(self._listed, self.book), counted, taken)

    def told(self, key: str) -> Content:
        listed = self._row(key)
        if listed is None:
            return view.nothing()
        return view.detail(listed, self.book)

    def witness(self, key: str) -> Shown | None:
        listed = self._row(key)
        return view.shown(listed, self.book) if listed is not None else None

    @property
    def telling(self) -> frozenset[str]:
        """Everything but what is as it should be."""
        return frozenset(listed.key for listed in self._listed if view.stands_out(listed, self.book))

    def _row(self, key: str) -> view.Listed | None:
        return next((listed for listed in self._listed if listed.key == key), None)
