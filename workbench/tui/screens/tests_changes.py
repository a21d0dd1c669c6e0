"""What a person does with test cases on Tests: reviewing one, making one, and files of them. Mixed into the screen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.service.views import Draft, KeyView, TestResult
from workbench.tui.hints import hinted
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.case_file import CaseFileScreen
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.tests_panes import CasesPane
from workbench.tui.view import tests as view
from workbench.tui.view.prose import named

if TYPE_CHECKING:
    _Base = WorkbenchScreen
else:
    _Base = object

EXPECTATIONS = ("allow", "deny", "hold")
FORMS = (("cedar", "Cedar's run-tests"), ("ours", "Ours, with all it says"))


class CaseChanges(_Base):
    """The screen has :class:`CasesPane`, and ``action_run`` to run the cases again."""

    _keys: tuple[KeyView, ...] = ()

    @property
    def _cases(self) -> CasesPane:
        return self.query_one(CasesPane)

    def action_run(self) -> None:
        raise NotImplementedError

    @property
    def current(self) -> TestResult | None:
        """The case under the cursor, where it was run."""
        return self._cases.result

    # ---- one case ------------------------------------------------------------------------------------------------

    def _accept_current(self) -> None:
        """Review the case in the name of a signer of this machine."""
        result = self.current
        if result is None:
            return
        people = list(dict.fromkeys(key.principal for key in self._keys if key.principal))
        if len(people) > 1:
            choices = [(str(number), named(person).plain) for number, person in enumerate(people)]
            question = ChoiceScreen(
                "Who says so?", f"“{result.name}” expects {result.expect}.", choices, leave="esc leaves it open"
            )
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
        choices = [(name, f"{name} (as it is)" if name == result.ours else name) for name in EXPECTATIONS]
        said = f"“{result.name}” expects {result.expect}; our engine says {result.ours}. What is right?"
        question = ChoiceScreen("What should happen?", said, choices, focus=result.expect)
        self.app.push_screen(question, partial(self._corrected, result))

    def _corrected(self, result: TestResult, answer: str | None) -> None:
        if answer and answer != result.expect:
            self._change(self.workspace.casebook.correct, result.name, answer)

    def action_reject(self) -> None:
        """Keep the case from being run and proposed; on a rejected one: take that back."""
        name, pane = self._cases.current, self._cases
        if not name:
            return
        if pane.filter == "rejected":
            self._change(self.workspace.casebook.restore, name)
            return
        result = self.current
        if result is not None and result.reviewed_by:
            detail = f"“{name}” was reviewed by {named(result.reviewed_by).plain}; that falls."
            question = ConfirmScreen("Reject this case?", detail, yes="Reject", no="Keep")
            self.app.push_screen(question, partial(self._reject, name))
        else:
            self._reject(name, True)

    def _reject(self, name: str, sure: bool | None) -> None:
        if sure:
            self._change(self.workspace.casebook.reject, name)
            self.notify(
                hinted("f lists what was rejected; x there takes it back", "tests"), title="Rejected", timeout=4
            )

    def action_remove(self) -> None:
        """Take the case out, after a question."""
        name, result = self._cases.current, self.current
        if not name:
            return
        reviewed = result.reviewed_by if result is not None else ""
        detail = f"“{name}”" + (f" was reviewed by {named(reviewed).plain}." if reviewed else "")
        question = ConfirmScreen("Remove this test?", detail, yes="Remove", no="Keep")
        self.app.push_screen(question, partial(self._removed, name))

    def _removed(self, name: str, sure: bool | None) -> None:
        if sure:
            self._change(self.workspace.remove_test, name)

    def _change(self, call: Callable[..., Draft], *args: Any) -> None:
        self.run_service(call, *args, group="change", on_result=lambda _draft: self.action_run())

    # ---- making one ----------------------------------------------------------------------------------------------

    def action_add(self) -> None:
        """A request as a form, which becomes a case: by hand, from a recorded decision, from another case."""
        from workbench.tui.screens.modals.trying import TryScreen

        self.app.push_screen(TryScreen(self.workspace), self._tried)

    def _tried(self, added: bool | None) -> None:
        if added:
            self.action_run()

    # ---- files ---------------------------------------------------------------------------------------------------

    def action_export(self) -> None:
        """Write the cases that are listed."""
        names = [row.key for row in self._cases.list.rows] if self._cases.showing else []
        if not names:
            self.notify("There is no case to write.", timeout=3)
            return
        book = self.workspace.casebook

        def write(path: Path, form: str) -> str:
            count, notes = book.write(path, names, cedar=form == "cedar")
            return "\n".join([f"{count} of {len(names)} cases are in {path}", *notes])

        detail = f"{len(names)} cases are listed. Cedar's form has no holds, approvals, scores or trials."
        question = CaseFileScreen("Write the cases to a file", detail, FORMS, write, path="./cases.json")
        self.app.push_screen(question, self._said)

    def action_import_cases(self) -> None:
        """Add the cases of a file."""
        book = self.workspace.casebook

        def read(path: Path, _form: str) -> str:
            _draft, added, there = book.read(path)
            known = f"; {there} were there already" if there else ""
            return f"{added} cases were added{known}. Nobody has reviewed them here."

        detail = "A list of cases in Cedar's form or in ours. Who reviewed them elsewhere is nobody's word here."
        question = CaseFileScreen("Add the cases of a file", detail, (("read", "Add them"),), read)
        self.app.push_screen(question, self._added)

    def _said(self, words: str | None) -> None:
        if words:
            self.notify(words, title="Written", markup=False, timeout=8)

    def _added(self, words: str | None) -> None:
        if words:
            self.notify(words, title="Added", markup=False, timeout=6)
            self.action_run()

    # ---- what is listed ------------------------------------------------------------------------------------------

    def action_filter(self) -> None:
        """The next filter: all, failing, unreviewed, rejected."""
        pane = self._cases
        pane.filter = view.FILTERS[(view.FILTERS.index(pane.filter) + 1) % len(view.FILTERS)]
        self.workbench.remembered.put("tests", "filter", pane.filter)
        self.show_filtered()

    def show_filtered(self) -> None:
        raise NotImplementedError
