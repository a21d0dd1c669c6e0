"""Screen 3: the draft's test cases on both engines, and a person's word on what each of them expects.

Three views: the cases; the conditions of the rules, and which cases show what each does; the mistakes in the rules that
no case would notice. What is long runs as a job, which says how far it is and is stopped by ``esc``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.widget import Widget
from textual.widgets import ContentSwitcher, Static

from workbench.service.views import Draft, KeyView
from workbench.tui.actions import REGISTRY, Action
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.review_panes import POLL, FindingPane
from workbench.tui.screens.tests_changes import CaseChanges
from workbench.tui.screens.tests_keys import ACTIONS, FOOTER, HELP
from workbench.tui.screens.tests_panes import CasesPane, ConditionsPane, MistakesPane
from workbench.tui.view import tests as view
from workbench.tui.view.review import progress_text
from workbench.tui.widgets.chrome import Clickable

if TYPE_CHECKING:
    from workbench.analysis.coverage import Covered
    from workbench.service.analysis_jobs import Job
    from workbench.service.casebook import CaseRun, Proposed
    from workbench.service.trial_form import Field
    from workbench.tui.view.export import ExportView

_ON_CASES = frozenset({"correct", "reject", "remove", "next_open", "export"})


class TestViewsLine(Static, Clickable):
    """The views, clickable."""

    __test__ = False


class TestsScreen(CaseChanges, WorkbenchScreen):
    """Three views of the cases; ``v`` goes on to the next."""

    __test__ = False  # not a test class

    NUMBER = 3
    NAME = "tests"
    CSS_PATH = ["tests.tcss", "review_panes.tcss"]  # noqa: RUF012 (Textual declares it so)
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self._run: CaseRun | None = None
        self._wanted = ""
        self._left: CaseRun | None = None  # the run that was shown when another screen came in front
        self._view: view.View = "cases"
        self._covered_of = self._scored_of = -1  # the revisions that were looked at
        self._job: Job[Any] | None = None
        self._ended: Callable[[Any], object] | None = None

    def compose_body(self) -> Iterable[Widget]:
        yield TestViewsLine(id="tests-views", markup=False)
        yield ContentSwitcher(
            CasesPane(self._ask_for_words), ConditionsPane(), MistakesPane(), initial="tests-cases", id="tests-body"
        )

    def on_mount(self) -> None:
        self._draw_views()

    def on_screen_suspend(self) -> None:
        self._left = self._run

    def on_unmount(self) -> None:
        if self._job is not None:
            self._job.stop()

    # ---- running -------------------------------------------------------------------------------------------------

    def workspace_ready(self) -> None:
        memory = self.workbench.remembered
        chosen = memory.get(self.NAME, "filter", "all")
        self._cases.filter = next((each for each in view.FILTERS if each == chosen), "all")
        shown = memory.get(self.NAME, "view", "cases")
        if shown in view.VIEWS and shown != self._view:
            self.action_show_view(shown)
        self.run_service(
            self.workspace.signing_keys, group="keys", on_result=self._keys_arrived, on_error=lambda _: None
        )

    def _keys_arrived(self, keys: tuple[KeyView, ...]) -> None:
        self._keys = keys

    def refresh_data(self) -> None:
        """Runs the tests when the draft has changed since the last run."""
        self.run_service(self.workspace.draft, group="draft", on_result=self._draft_arrived, on_error=self._failed)

    def _draft_arrived(self, draft: Draft) -> None:
        if self._run is None or self._run.run.revision != draft.revision:
            self._run_cases()
        else:
            self._look_at_view()

    def action_run(self) -> None:
        """Run every case again; on the other views, look again."""
        if self._view == "conditions":
            self._covered_of = -1
        elif self._view == "mistakes":
            self._scored_of = -1
        self._run_cases()

    def _run_cases(self) -> None:
        self.run_service(self.workspace.casebook.run, group="run", on_result=self._ran, on_error=self._failed)

    def _age(self) -> None:
        """What was measured of an older revision says so."""
        revision = self._run.run.revision if self._run is not None else -1
        for pane, of in (
            (self.query_one(ConditionsPane), self._covered_of),
            (self.query_one(MistakesPane), self._scored_of),
        ):
            if of not in (-1, revision):
                pane.age()

    def export_view(self) -> ExportView | None:
        """The view that is shown, as it is filtered."""
        return self._pane().export_view()

    def _failed(self, error: Exception) -> None:
        self._run = None
        for pane in self.query(FindingPane):
            pane.failed(error)
        self._draw_views()
        self.show_hints()

    def _ran(self, run: CaseRun) -> None:
        self._run = run
        self._age()
        self._cases.show_run(run)
        if self._left is not None and self.in_front:  # what a compilation brought meanwhile is looked at next
            self._cases.look_at_new(self._left)
            self._left = None
        if self._wanted and self._cases.list.go_to(self._wanted):
            self._wanted = ""
        if self.in_front and not self.focused:
            self._pane().focus_list()
        self._draw_views()
        self._look_at_view()
        self.show_hints()

    def show_test(self, name: str) -> None:
        """Put the cursor on a case, as soon as it has run."""
        self.action_show_view("cases")
        if self._cases.filter != "all":
            self._cases.filter = "all"
            self.show_filtered()
        self._wanted = "" if self._cases.list.go_to(name) else name

    def show_filtered(self) -> None:
        """Show what the filter leaves."""
        if self._run is not None:
            self._cases.show_run(self._run)
            self._cases.focus_list()
            self.show_hints()

    def _ask_for_words(self, name: str) -> None:
        """The request of the case under the cursor in plain words, once the cursor rests."""
        trying = self.workspace.trying

        def words() -> tuple[Field, ...]:
            return trying.tried(trying.of_case(name)).fields

        told = partial(self._cases.told_of, name)
        self.run_service(words, group="words", on_result=told, on_error=lambda _: None)

    # ---- views ---------------------------------------------------------------------------------------------------

    def _pane(self) -> FindingPane:
        return self.query_one(f"#tests-{self._view}", FindingPane)

    def action_view(self) -> None:
        """The next view."""
        self._turn(1)

    def action_view_before(self) -> None:
        """The view before."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        self.action_show_view(view.VIEWS[(view.VIEWS.index(self._view) + step) % len(view.VIEWS)])

    def action_mistakes(self) -> None:
        """What the cases do not hold fast."""
        self.action_show_view("mistakes")

    def action_show_view(self, name: str) -> None:
        """One of the views, by name."""
        self._view = next(each for each in view.VIEWS if each == name)
        self.workbench.remembered.put(self.NAME, "view", self._view)
        self.query_one("#tests-body", ContentSwitcher).current = f"tests-{name}"
        self._pane().focus_list()
        self._draw_views()
        self._look_at_view()
        self.show_hints()

    def _draw_views(self) -> None:
        marks = {name: self.query_one(f"#tests-{name}", FindingPane).mark for name in view.VIEWS}
        self.query_one(TestViewsLine).update(view.views_line(self._view, marks, self.size.width - 2))

    def _look_at_view(self) -> None:
        """Work out what the view shows, where that was not done for this draft."""
        if self._run is None:
            return
        revision = self._run.run.revision
        if self._view == "conditions" and self._covered_of != revision:
            self._covered_of = revision
            self.run_service(
                self.workspace.casebook.coverage, group="covered", on_result=self._covered, on_error=self._uncovered
            )
        if self._view == "mistakes" and self._scored_of != revision and self._job is None:
            self._scored_of = revision
            self._begin(self.workspace.casebook.measure(), self.query_one(MistakesPane).show_score)

    def _covered(self, covered: tuple[Covered, ...]) -> None:
        pane = self.query_one(ConditionsPane)
        pane.show_covered(covered, self._run.rules if self._run is not None else {})
        if self._view == "conditions":
            pane.focus_list()
        self._draw_views()
        self.show_hints()

    def _uncovered(self, error: Exception) -> None:
        self._covered_of = -1
        self.query_one(ConditionsPane).failed(error)

    # ---- long work -----------------------------------------------------------------------------------------------

    def _begin(self, job: Job[Any], ended: Callable[[Any], object]) -> None:
        if self._job is not None:
            self._job.stop()
        self._job, self._ended = job, ended
        self._look()

    def _look(self) -> None:
        job, pane = self._job, self._pane()
        if job is None:
            return
        if not job.done:
            if self._view == "mistakes" or job.kind == "tests":
                title = "Proposing cases" if job.kind == "tests" else "Looking for mistakes that no case notices"
                pane.working(title, progress_text(job.progress), "esc stops")
            self.set_timer(POLL, self._look)
            return
        self._job, ended = None, self._ended
        if job.error is not None:
            self._spoilt(job.kind, job.error)
        elif job.result is not None and ended is not None:
            ended(job.result)
            self._age()
        else:
            self._stopped(job.kind)
        if self._view != "cases" or job.kind == "tests":
            self._pane().focus_list()
        self._draw_views()
        if job.result is not None:
            self._look_at_view()  # the draft may have been changed meanwhile
        self.show_hints()

    def _spoilt(self, kind: str, error: Exception) -> None:
        if kind == "tests":
            self._show_again()
            self.workbench.report(error)
        else:
            self._scored_of = -1
            self.query_one(MistakesPane).failed(error)

    def _stopped(self, kind: str) -> None:
        if kind == "tests":
            self._show_again()
            self.notify("Stopped; the cases are as they were.", timeout=3)
        else:
            self.query_one(MistakesPane).empty("Stopped", "Nothing was found out.", "r looks again")

    def _show_again(self) -> None:
        """After long work that was shown in place of a view."""
        self._covered_of = -1
        if self._run is not None:
            self._cases.show_run(self._run)

    def action_propose(self) -> None:
        """Proposals for the rules as they are now; what people wrote, reviewed, corrected or rejected stays."""
        self.action_show_view("cases")
        self._begin(self.workspace.casebook.propose(), self._proposed)

    def _proposed(self, proposed: Proposed) -> None:
        found = proposed.found
        said = (
            f"{len(found.added)} new, {len(found.dropped)} that the rules no longer give went; what people said stays."
        )
        self.run_service(
            self.workspace.casebook.take, proposed, group="change",
            on_result=lambda _draft: self._taken(said), on_error=self._not_taken,
        )  # fmt: skip

    def _taken(self, said: str) -> None:
        self.notify(said, title="Proposed anew", markup=False, timeout=6)
        self._run_cases()

    def _not_taken(self, error: Exception) -> None:
        self.workbench.report(error)
        self._run_cases()

    # ---- keys ----------------------------------------------------------------------------------------------------

    def hints(self) -> list[Action]:
        """What can be done in the view shown."""
        found = [action for action in (REGISTRY[id_] for id_ in FOOTER[self._view]) if self.is_possible(action)]
        if self._view == "mistakes":  # the same key, another deed
            found = [replace(action, title="Add case") if action.id == "tests.accept" else action for action in found]
        return found

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a case is there only where there is one."""
        on_cases = self._view == "cases"
        if action in _ON_CASES:
            return on_cases and self._cases.showing
        if action == "accept":
            return self.current is not None if on_cases else self._view == "mistakes" and self._pane().showing
        if action == "filter":
            return on_cases and self._run is not None and bool(self._run.run.results or self._run.rejected)
        return super().check_action(action, parameters)

    def action_accept(self) -> None:
        """Review the case in the name of a signer of this machine; on Mistakes: add the case that would notice."""
        if self._view == "cases":
            self._accept_current()
        else:
            self._add_killing()

    def _add_killing(self) -> None:
        pane = self.query_one(MistakesPane)
        case, key = pane.case, pane.current
        if case is not None:
            self.run_service(
                self.workspace.add_tests, [case], group=f"add {key}", on_result=partial(self._killing_added, key)
            )

    def _killing_added(self, key: str, draft: Draft) -> None:
        self._scored_of = draft.revision  # its sentences still stand; r measures again
        self.query_one(MistakesPane).added(key)
        self._run_cases()

    def on_row_list_chosen(self) -> None:
        """Enter: a case in full; from a condition to a case that shows it; on Mistakes it adds the case."""
        if self._view == "mistakes":
            self._add_killing()
        elif self._view == "conditions":
            covered = self.query_one(ConditionsPane).covered
            if covered is not None and covered.pair:
                self.show_test(covered.pair[0])
        else:
            self._cases.add_class("-open")
            self._cases.query_one(".pane-about").focus()

    async def action_close(self) -> None:
        """Stop what is being worked out; else back to where one was sent from, or from the evidence to the list."""
        if self._job is not None:
            self._job.stop()
            return
        if await self.workbench.go_back():
            return
        self._cases.remove_class("-open")
        self._pane().focus_list()

    def action_next_open(self) -> None:
        """To the next case that failed or that nobody has reviewed, around the end."""
        rows = self._cases.list
        keys = [row.key for row in rows.rows]
        for index in [*range(rows.cursor + 1, len(keys)), *range(rows.cursor + 1)]:
            if keys[index] in self._cases.telling:
                rows.cursor = index
                return
        self.notify("Every test passes and is reviewed", timeout=3)
