"""The three views of Tests: a list under a summary, with the row beside it. They know no service."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from workbench.service.views import RuleView, TestResult
from workbench.tui.hints import hinted
from workbench.tui.screens.review_panes import FindingPane
from workbench.tui.view import cases, exported
from workbench.tui.view import tests as view
from workbench.tui.view import tests_quality as quality

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.analysis.mutation import MutationScore
    from workbench.service.casebook import CaseRun
    from workbench.service.trial_form import Field
    from workbench.tui.view.export import ExportView


class Measured(FindingPane):
    """A view of something that is measured of one revision, and says so once there is a newer one."""

    aged = False

    def age(self) -> None:
        """The draft was changed since: what is shown holds of an older revision."""
        if self.mark.plain and not self.aged:
            self.aged = True
            self.mark = Content.styled(f"{self.mark.plain} ↻ stale", "$sev-warning")
            self.list.border_subtitle = Content(hinted("of an older revision · r measures again", "tests"))


class CasesPane(FindingPane):
    """The cases on both engines. ``wanted`` is asked, by name, for the plain words of the case under the cursor."""

    HELP = "Every case of the draft, decided by our engine and by Cedar's own. Enter shows one in full."
    ELSEWHERE: ClassVar[bool] = False  # nothing can be said of a case here; enter leads to where it can

    def __init__(self, wanted: Callable[[str], object], *, id: str = "tests-cases") -> None:
        super().__init__(
            cases.COLUMNS, loading="Running the tests", title="Test cases", about="Case", header=True, id=id
        )
        self.border_title = "Cases"  # for its help: it has no border
        self._wanted = wanted
        self._run: CaseRun | None = None
        self._told: dict[str, tuple[Field, ...]] = {}
        self.filter: view.Filter = "all"

    def show_run(self, run: CaseRun) -> None:
        """Show a run, as far as the filter lets it through."""
        if self._run is None or self._run.run.revision != run.run.revision:
            self._told.clear()
        self._run = run
        self.mark = view.mark(run)
        rows = view.rows(run, self.filter)
        if not run.run.results and (self.ELSEWHERE or not run.rejected):
            self._said_none()
            return
        if not rows and self.filter != "all":
            title, why = view.EMPTY[self.filter]
            self.empty(title, why, "f shows others")
            return
        self.fill(cases.summary(run.run), rows, view.counted(run, self.filter))

    def look_at_new(self, since: CaseRun) -> None:
        """Put the cursor on the first open case that came in since another run, where one did."""
        if self._run is not None and self.showing:
            self.list.go_to(next((name for name in view.fresh(since, self._run) if name in self.telling), ""))

    def _said_none(self) -> None:
        ways = "p proposes some from the rules; t makes one by hand; compiling a sentence makes some too."
        self.empty("No test cases yet", hinted(ways, "tests"), "2 opens Author")

    def export_view(self) -> ExportView | None:
        """The cases that the filter leaves."""
        run = self._run
        if run is None or not self.showing:
            return None
        rejected = run.rejected if self.filter == "rejected" else ()
        return exported.tests(view.left(run, self.filter), rejected, self.filter)

    def told_of(self, name: str, fields: Sequence[Field]) -> None:
        """The request of a case in plain words has arrived."""
        self._told[name] = tuple(fields)
        if self.current == name:
            self._draw()

    def told(self, key: str) -> Content:
        if self._run is None or not key:
            return Content("")
        if self.filter == "rejected":
            found = next((case for case in self._run.rejected if case.get("name") == key), None)
            return view.rejected_detail(found) if found is not None else Content("")
        result = self.result
        if result is None:
            return Content("")
        if key not in self._told:
            self._wanted(key)
        return view.detail(result, self._run, self._told.get(key, ()), elsewhere=self.ELSEWHERE)

    @property
    def result(self) -> TestResult | None:
        """The case under the cursor, where it was run."""
        if self._run is None or self.filter == "rejected" or not self.showing:
            return None
        results = self._run.run.results
        return next((result for result in results if result.name == self.current), None)

    @property
    def telling(self) -> frozenset[str]:
        """The cases that failed, and those that nobody has reviewed."""
        results = self._run.run.results if self._run is not None else ()
        return frozenset(result.name for result in results if view.is_wrong(result) or not result.reviewed_by)

    @property
    def first_look(self) -> str:
        """A case that failed or that nobody ever reviewed, before those that people elsewhere did."""
        return view.first_look(self._run) if self._run is not None else ""


class ConditionsPane(Measured):
    """Which conditions the cases meet both ways, and which two cases show each."""

    HELP = "Every condition of every rule: whether some case found it true, and some false. Enter opens such a case."

    def __init__(self, *, id: str = "tests-conditions") -> None:
        super().__init__(
            quality.CONDITIONS,
            loading="Looking at every condition",
            title="Conditions",
            about="Condition",
            header=True,
            id=id,
        )
        self.border_title = "Conditions"
        self._covered: tuple[Covered, ...] = ()
        self._rules: Mapping[str, RuleView] = {}

    def show_covered(self, covered: Sequence[Covered], rules: Mapping[str, RuleView]) -> None:
        self._covered, self._rules, self.aged = tuple(covered), rules, False
        self.mark = quality.conditions_mark(covered)
        if not covered:
            self.empty("No conditions", "No rule decides anything yet.", "2 opens Author")
            return
        self.fill(quality.conditions_summary(covered), quality.conditions_rows(covered), "")

    def export_view(self) -> ExportView | None:
        """The conditions with their figures."""
        return exported.conditions(self._covered) if self._covered and self.showing else None

    @property
    def covered(self) -> Covered | None:
        """The condition under the cursor."""
        return self._covered[int(self.current)] if self.current else None

    def told(self, key: str) -> Content:
        if not key:
            return Content("")
        each = self._covered[int(key)]
        return quality.conditions_detail(each, self._rules.get(each.rule))

    @property
    def telling(self) -> frozenset[str]:
        return frozenset(str(at) for at, each in enumerate(self._covered) if not (each.both and each.paired))


class MistakesPane(Measured):
    """Small mistakes in the rules that no case notices, each with the case that would."""

    HELP = "What could be wrong in the rules without any case noticing, one sentence each. a adds the case that would."

    def __init__(self, *, id: str = "tests-mistakes") -> None:
        super().__init__(
            quality.MISTAKES, loading="Looking for mistakes", title="Mistakes", about="Mistake", header=True, id=id
        )
        self.border_title = "Mistakes"
        self._score: MutationScore | None = None
        self._added: frozenset[str] = frozenset()

    def show_score(self, score: MutationScore) -> None:
        if score is not self._score:
            self._added = frozenset()
        self._score, self.aged = score, False
        self.mark = quality.mistakes_mark(score)
        rows = quality.mistakes_rows(score, self._added)
        if not rows:
            self.empty("No mistake goes unnoticed", quality.mistakes_summary(score).plain, "")
            return
        self.fill(quality.mistakes_summary(score), rows, "")

    def added(self, key: str) -> None:
        """A case was added for the mistake ``key``."""
        self._added |= {key}
        if self._score is not None:
            self.show_score(self._score)
            self.age()

    def export_view(self) -> ExportView | None:
        """The mistakes with the cases that would notice them."""
        return exported.mistakes(self._score) if self._score is not None and self.showing else None

    @property
    def case(self) -> Mapping[str, Any] | None:
        """The case that would notice the mistake under the cursor, where it was not added yet."""
        if self._score is None or not self.current or self.current in self._added:
            return None
        return quality.case_of(self._score, self.current)

    def told(self, key: str) -> Content:
        return quality.mistakes_detail(self._score, key) if self._score is not None and key else Content("")

    @property
    def telling(self) -> frozenset[str]:
        return frozenset()
