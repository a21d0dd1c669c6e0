"""Review's view of the draft's test cases: as Tests lists and tells them, failures first. Knows no service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from workbench.tui.screens.tests_panes import CasesPane

if TYPE_CHECKING:
    from workbench.service.casebook import CaseRun
    from workbench.service.views import TestResult


class TestsPane(CasesPane):
    """Filled by a run of the tests. ``wanted`` is asked for the plain words of the case under the cursor."""

    __test__ = False  # not a test class
    HELP = "Every case of the draft, decided by our engine and by Cedar's own, failures first. Enter goes on to Tests."
    ELSEWHERE: ClassVar[bool] = True

    def __init__(self, wanted: Callable[[str], object], *, id: str = "review-tests") -> None:
        super().__init__(wanted, id=id)
        self.border_title = "Tests"  # for its help: it has no border

    @property
    def revision(self) -> int:
        """Which draft the run is of; -1 before the first."""
        return self._run.run.revision if self._run is not None else -1

    def show_run(self, run: CaseRun) -> None:
        """Show a run, failures first, then what nobody has reviewed."""
        results = tuple(sorted(run.run.results, key=_order))
        super().show_run(replace(run, run=replace(run.run, results=results)))

    def _said_none(self) -> None:
        self.empty(
            "No test cases yet",
            "Compiling a sentence makes some; a on a witness of Meaning adds it as one.",
            "2 opens Author",
        )


def _order(result: TestResult) -> int:
    if not result.passed or not result.engines_agree:
        return 0
    return 2 if result.reviewed_by else 1
