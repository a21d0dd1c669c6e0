"""Review's view of what is proved of a constitution: invariants, then what is worth telling. Knows no service."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.content import Content

from workbench.analysis.results import ProofReport
from workbench.tui.screens.review_panes import AnalysisPane
from workbench.tui.view import proofs as view
from workbench.tui.view.prose import plural
from workbench.tui.view.rulebook import Rulebook
from workbench.tui.view.table import Row
from workbench.tui.view.witness import Shown, assumed


class Ready(NamedTuple):
    """A report with its rows and summaries: of what is news, and of everything. ``loud``: rows to stop at."""

    report: ProofReport
    listed: dict[str, view.Listed]
    mark: Content
    rows: tuple[list[Row], list[Row]]
    summaries: tuple[Content, Content]
    loud: frozenset[str]


class ProofsPane(AnalysisPane):
    """Filled by a report of proofs."""

    DOING: ClassVar[str] = "Proving what the constitution can never do"
    HELP = (
        "Invariants first: each is proved to be kept, or broken by the request shown. Then what is proved of the rules "
        "and worth telling: one that never applies, that others always override or cover, that can fail. z lists also "
        "what is no news."
    )

    def __init__(self, *, id: str = "review-proofs") -> None:
        super().__init__(view.COLUMNS, title="What is proved", about="Answer", id=id)
        self.border_title = "Proofs"  # for its help: it has no border
        self._ready: Ready | None = None
        self._listed: dict[str, view.Listed] = {}
        self._everything = False

    def forget(self) -> None:
        self._ready, self._listed = None, {}

    def prepare(self, result: ProofReport, book: Rulebook) -> Ready:
        told, every = view.listed(result, book), view.listed(result, book, everything=True)
        return Ready(
            result,
            {each.key: each for each in every},
            view.badge(result, book),
            (view.rows(told, book), view.rows(every, book)),
            (view.summary(result, book), view.summary(result, book, everything=True)),
            frozenset(each.key for each in told if view.stands_out(each, book)),
        )

    def show_result(self, prepared: Ready) -> None:
        self._ready, self._listed, self.mark = prepared, prepared.listed, prepared.mark
        self._list_it(prepared)

    def toggle_everything(self) -> None:
        """List also what is no news, or leave it out."""
        self._everything = not self._everything
        if self._ready is not None:
            self._list_it(self._ready)

    def _list_it(self, ready: Ready) -> None:
        rows, summary = ready.rows[self._everything], ready.summaries[self._everything]
        answers = sum(self._listed[row.key].answer is not None for row in rows)
        self.fill(summary, rows, plural(answers, "answer"), assumed(ready.report.assumption))

    def told(self, key: str) -> Content:
        listed = self._listed.get(key)
        if listed is None:
            return view.nothing()
        return view.detail(listed, self.book)

    def witness(self, key: str) -> Shown | None:
        listed = self._listed.get(key)
        return view.shown(listed, self.book) if listed is not None else None

    @property
    def telling(self) -> frozenset[str]:
        """All news but what is as it should be."""
        return self._ready.loud if self._ready is not None else frozenset()
