"""Screen 3: the draft's test cases on both engines, and a person's word on what each of them expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from textual.containers import Container, VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from workbench.service.views import Draft, KeyView, TestResult, TestRun
from workbench.tui.actions import Action
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.view import cases as view
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.state_box import StateBox


class TestsScreen(WorkbenchScreen):
    """A table of cases; ``r`` runs them, the rest is review."""

    __test__ = False  # not a test class

    NUMBER = 3
    NAME = "tests"
    CSS_PATH = "tests.tcss"
    AUTO_FOCUS = ""
    SMALLEST = (40, 10)
    HELP = (
        "Every case is decided by our engine and by Cedar's own. A generated case only proposes what should happen: "
        "read it, then a accepts it in your name, c corrects what it expects, x takes it out. Enter shows the request "
        "and what decided it. m lists mistakes in the rules that no case would notice, and adds the cases that do."
    )
    ACTIONS = (
        Action("tests.accept", "Accept", "Say that the test expects the right thing", ("a",), scope="tests"),
        Action("tests.correct", "Correct", "Change what the test expects", ("c",), scope="tests"),
        Action("tests.remove", "Remove", "Take the test out of the draft (asks)", ("x", "delete"), scope="tests"),
        Action("tests.run", "Run", "Run every test on both engines again", ("r",), scope="tests"),
        Action(
            "tests.mistakes",
            "Mistakes",
            "List mistakes in the rules that no test notices, and add the tests that would",
            ("m",),
            scope="tests",
            show=False,
        ),
        Action(
            "tests.next-open",
            "Next open",
            "Go to the next failed or unreviewed test",
            ("n",),
            scope="tests",
            show=False,
        ),
        Action("tests.close", "Close", "Back to the list", ("escape",), scope="tests", show=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self._run: TestRun | None = None
        self._wanted = ""
        self._keys: tuple[KeyView, ...] = ()

    def compose_body(self) -> Iterable[Widget]:
        table = RowList(view.COLUMNS, header=True, id="cases")
        table.add_class("pane")
        about = VerticalScroll(Static(id="case"), id="case-about", classes="pane")
        yield StateBox(
            Static(id="tests-summary"),
            Container(table, about, id="tests-panes"),
            loading="Running the tests",
            id="tests-box",
        )

    def on_mount(self) -> None:
        self.query_one("#cases").border_title = "Test cases"
        self.query_one("#case-about").border_title = "Evidence"

    # ---- running -------------------------------------------------------------------------------------------------

    def workspace_ready(self) -> None:
        self.run_service(
            self.workspace.signing_keys, group="keys", on_result=self._keys_arrived, on_error=lambda _: None
        )

    def _keys_arrived(self, keys: tuple[KeyView, ...]) -> None:
        self._keys = keys

    def refresh_data(self) -> None:
        """Runs the tests when the draft has changed since the last run."""
        self.run_service(self.workspace.draft, group="draft", on_result=self._draft_arrived, on_error=self._failed)

    def _draft_arrived(self, draft: Draft) -> None:
        if self._run is None or self._run.revision != draft.revision:
            self.action_run()

    def action_run(self) -> None:
        """Run every test."""
        self.run_service(self.workspace.run_tests, group="run", on_result=self._ran, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        self._run = None
        self.query_one(StateBox).failed(error)
        self.show_hints()

    def _ran(self, run: TestRun) -> None:
        first, self._run = self._run is None, run
        box = self.query_one(StateBox)
        if not run.results:
            box.empty(
                "No test cases yet",
                "Compiling a sentence on Author makes cases that fire its rule and cases that spare it.",
                "2 opens Author",
            )
        else:
            box.ready()
            self.query_one("#tests-summary", Static).update(view.summary(run))
            table = self.query_one("#cases", RowList)
            table.show(view.rows(run))
            if first:
                table.go_to(next((r.name for r in run.results if not r.passed or not r.reviewed_by), ""))
            if self._wanted and table.go_to(self._wanted):
                self._wanted = ""
            if self.in_front and not self.focused:
                table.focus()
            self._about()
        self.show_hints()

    def show_test(self, name: str) -> None:
        """Put the cursor on a case, as soon as it has run."""
        self._wanted = "" if self.query_one("#cases", RowList).go_to(name) else name

    # ---- one case ------------------------------------------------------------------------------------------------

    @property
    def current(self) -> TestResult | None:
        """The case under the cursor."""
        row = self.query_one("#cases", RowList).current
        results = self._run.results if self._run else ()
        return next((result for result in results if row is not None and result.name == row.key), None)

    def on_row_list_moved(self) -> None:
        self._about()

    def on_row_list_chosen(self) -> None:
        self.query_one("#tests-panes").add_class("-open")
        self.query_one("#case-about").focus()

    def action_close(self) -> None:
        """From the evidence back to the list."""
        self.query_one("#tests-panes").remove_class("-open")
        self.query_one("#cases").focus()

    def _about(self) -> None:
        result = self.current
        self.query_one("#case", Static).update(view.detail(result) if result else "")
        self.query_one("#case-about").scroll_home(animate=False)

    # ---- review --------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What needs a case is there only where there is one."""
        if action in ("accept", "correct", "remove", "next_open", "mistakes"):
            return bool(self._run and self._run.results)
        return super().check_action(action, parameters)

    def action_next_open(self) -> None:
        """To the next case that failed or that nobody has reviewed, around the end."""
        table = self.query_one("#cases", RowList)
        results = self._run.results if self._run else ()
        order = [*range(table.cursor + 1, len(results)), *range(table.cursor + 1)]
        for index in order:
            if not results[index].passed or not results[index].reviewed_by:
                table.cursor = index
                return
        self.notify("Every test passes and is reviewed", timeout=3)

    def action_accept(self) -> None:
        """Review the case in the name of a signer of this machine."""
        result = self.current
        if result is None:
            return
        people = list(dict.fromkeys(key.principal for key in self._keys if key.principal))
        if len(people) > 1:
            choices = [(str(number), person) for number, person in enumerate(people)]
            question = ChoiceScreen("Who says so?", f"“{result.name}” expects {result.expect}.", choices)
            self.app.push_screen(question, partial(self._accept_as, result.name, people))
        elif people:
            self._change(self.workspace.confirm_test, result.name, people[0])
        else:
            self.notify(
                "No signing key of this machine is in the roster in force: make one with `workbench keys new`.",
                title="Nobody to review as",
                severity="warning",
                markup=False,
            )

    def _accept_as(self, name: str, people: list[str], answer: str | None) -> None:
        if answer:
            self._change(self.workspace.confirm_test, name, people[int(answer)])

    def action_correct(self) -> None:
        """Choose what the case should expect."""
        result = self.current
        if result is None:
            return
        choices = [(name, name) for name in ("allow", "deny", "hold")]
        said = f"“{result.name}” expects {result.expect}; our engine says {result.ours}. What is right?"
        question = ChoiceScreen("What should happen?", said, choices, focus=result.expect)
        self.app.push_screen(question, partial(self._corrected, result))

    def _corrected(self, result: TestResult, answer: str | None) -> None:
        if answer and answer != result.expect:
            self._change(self.workspace.set_expectation, result.name, answer)

    def action_mistakes(self) -> None:
        """What the cases do not hold fast."""
        from workbench.service.mutating import start_draft_quality
        from workbench.tui.screens.modals.mistakes import MistakesScreen

        measure = partial(start_draft_quality, self.workspace)
        self.app.push_screen(MistakesScreen(self.workspace, measure), self._mistakes_closed)

    def _mistakes_closed(self, added: bool | None) -> None:
        if added:
            self.action_run()

    def action_remove(self) -> None:
        """Take the case out, after a question."""
        result = self.current
        if result is None:
            return
        detail = f"“{result.name}”" + (f" was reviewed by {result.reviewed_by}." if result.reviewed_by else "")
        question = ConfirmScreen("Remove this test?", detail, yes="Remove", no="Keep")
        self.app.push_screen(question, partial(self._removed, result.name))

    def _removed(self, name: str, sure: bool | None) -> None:
        if sure:
            self._change(self.workspace.remove_test, name)

    def _change(self, call: Callable[..., Draft], *args: Any) -> None:
        self.run_service(call, *args, group="change", on_result=lambda _draft: self.action_run())
