"""Review's view of the draft's test cases on both engines, failures first. Knows no service."""

from __future__ import annotations

from textual.content import Content

from workbench.service.views import TestResult, TestRun
from workbench.tui.screens.review_panes import FindingPane
from workbench.tui.view import cases as view
from workbench.tui.view.prose import plural


class TestsPane(FindingPane):
    """Filled by a run of the tests."""

    __test__ = False  # not a test class
    HELP = "Every case of the draft, decided by our engine and by Cedar's own, failures first. Enter goes on to Tests."

    def __init__(self, *, id: str = "review-tests") -> None:
        super().__init__(view.COLUMNS, loading="Running the tests", title="Test cases", id=id)
        self.border_title = "Tests"  # for its help: it has no border
        self.revision = -1
        self._results: tuple[TestResult, ...] = ()

    def show_run(self, run: TestRun) -> None:
        """Show a run; its revision says which draft it is of."""
        self.revision = run.revision
        self._results = tuple(sorted(run.results, key=_order))
        wrong = sum(not (result.passed and result.engines_agree) for result in run.results)
        self.mark = Content.styled(f"✗{wrong}", "$deny") if wrong else Content.styled("✓", "$ok")
        if not run.results:
            self.mark = Content.styled("none", "$muted")
            self.empty(
                "No test cases yet",
                "Compiling a sentence makes some; a on a witness of Meaning adds it as one.",
                "2 opens Author",
            )
            return
        ordered = TestRun(run.revision, self._results)
        self.fill(view.summary(run), view.rows(ordered), plural(len(run.results), "test"))

    def told(self, key: str) -> Content:
        result = next((result for result in self._results if result.name == key), None)
        return view.detail(result) if result is not None else Content("")

    @property
    def telling(self) -> frozenset[str]:
        """The tests that failed, and those that nobody has reviewed."""
        return frozenset(result.name for result in self._results if _order(result) < 2)


def _order(result: TestResult) -> int:
    if not result.passed or not result.engines_agree:
        return 0
    return 2 if result.reviewed_by else 1
