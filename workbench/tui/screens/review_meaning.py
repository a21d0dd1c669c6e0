"""Review's view of what a change means: kinds of request that differ, with a request for each. Knows no service."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from textual.content import Content

from workbench.analysis.results import Difference
from workbench.tui.screens.review_panes import AnalysisPane
from workbench.tui.view import meaning as view
from workbench.tui.view.prose import plural
from workbench.tui.view.rulebook import Rulebook
from workbench.tui.view.table import Row
from workbench.tui.view.witness import Shown, assumed

TITLES = ("What is decided otherwise", "The request")
TITLES_OF_NOTHING = ("Nothing is decided otherwise", "What was proved")


class Ready(NamedTuple):
    """A difference with its rows."""

    difference: Difference
    found: dict[str, view.Found]
    rows: list[Row]


class MeaningPane(AnalysisPane):
    """Filled by a difference."""

    DOING: ClassVar[str] = "Proving what the change means"
    HELP = (
        "What is decided otherwise, kind of request by kind of request, each with one concrete request that both "
        "engines have decided before it is shown. Only what is proved is called unchanged; what is not decided is "
        "called that. s and d change what is taken for granted: whose semantics decides, and what data may be missing."
    )

    def __init__(self, *, id: str = "review-meaning") -> None:
        super().__init__(view.COLUMNS, title=TITLES[0], about=TITLES[1], id=id)
        self.border_title = "Meaning"  # for its help: it has no border
        self._difference: Difference | None = None
        self._found: dict[str, view.Found] = {}

    def forget(self) -> None:
        self._difference, self._found = None, {}

    def prepare(self, result: Difference, book: Rulebook) -> Ready:
        found = view.found(result)
        return Ready(result, {each.key: each for each in found}, view.rows(found, book))

    def show_result(self, prepared: Ready) -> None:
        result = prepared.difference
        self._difference, self._found = result, prepared.found
        self.mark = view.badge(result)
        self.entitle(*(TITLES_OF_NOTHING if view.changes_nothing(prepared.found.values()) else TITLES))
        counted = plural(len(result.witnesses), "witness", "witnesses") if result.witnesses else ""
        self.fill(view.summary(result), prepared.rows, counted, assumed(result.assumption))

    @property
    def brief(self) -> Content:
        """What was found, in few lines, or how far it is; empty before anybody asked. For beside the text."""
        if self._difference is not None:
            return view.brief(self._difference, self._found.values(), self.book)
        if self.running:
            return Content.assemble(self.mark, (" proving what it means …", "$muted"))
        return self.mark

    def told(self, key: str) -> Content:
        found = self._found.get(key)
        if found is None or self._difference is None:
            return Content("")
        return view.detail(found, self._difference, self.book)

    def witness(self, key: str) -> Shown | None:
        found = self._found.get(key)
        return view.shown(found, self._difference) if found is not None and self._difference is not None else None
