"""Screen 7: requests that a procedure holds, who must still approve them, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Literal

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from workbench.service.governing_views import CaseView
from workbench.service.views import KeyView, Status
from workbench.tui.actions import Action
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.field_keys import FieldKeys
from workbench.tui.screens.modals.case_vote import CaseVoteScreen
from workbench.tui.view import exported
from workbench.tui.view import held as view
from workbench.tui.view.prose import plural
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.find_bar import FindBar
from workbench.tui.widgets.row_list import RowList
from workbench.tui.widgets.splitter import SplitPanes
from workbench.tui.widgets.state_box import StateBox

if TYPE_CHECKING:
    from workbench.tui.view.export import ExportView

BESIDE = 116  # columns from which the case stands beside the list: what is asked is whole, and the case has forty
Verdict = Literal["approve", "reject"]
Loaded = tuple[tuple[CaseView, ...], dict[str, view.Rules]]


class CasesScreen(FieldKeys, WorkbenchScreen):
    """Where a person answers what an agent may not do alone."""

    NUMBER = 7
    NAME = "cases"
    CSS_PATH = "cases.tcss"
    AUTO_FOCUS = ""
    REFRESH_SECONDS = 1.0
    SMALLEST = (40, 10)
    HELP = (
        "A procedure holds a request until people have approved it: the most urgent case is on top. Below it is the "
        "request in full, the procedure in English, its seats and who may fill them. a approves and x rejects with a "
        "key registered for you; the last six characters of the case are typed by hand. One rejection ends a case. A "
        "granted request may be tried again, once, before its window closes; everything is then decided anew."
    )
    ACTIONS = (
        Action("cases.approve", "Approve", "Approve the case with one of your keys", ("a",), scope="cases"),
        Action("cases.reject", "Reject", "Reject the case with one of your keys", ("x",), scope="cases"),
        Action("cases.event", "Decision", "Open the decision that opened the case, in Live", ("enter",), scope="cases"),
        Action("cases.everything", "Waiting/all", "List the waiting cases, or all of them", ("v",), scope="cases"),
        Action("cases.find", "Find", "List the cases in which your words occur", ("slash",), scope="cases"),
        Action("cases.copy", "Copy id", "Copy the id of the case", ("y",), scope="cases", show=False),
        Action("cases.clear", "Clear", "Forget the words that narrow the list", ("escape",), scope="cases", show=False),
    )

    def __init__(self) -> None:
        super().__init__()
        self._cases: list[CaseView] = []
        self._listed: list[CaseView] = []
        self._rules: dict[str, view.Rules] = {}
        self._now: datetime | None = None
        self._everything = False
        self._loaded = False
        self._wanted = ""

    def compose_body(self) -> Iterable[Widget]:
        table = RowList(view.COLUMNS, header=True, id="held")
        table.add_class("pane")
        about = VerticalScroll(Static(id="held-case"), id="held-about", classes="pane")
        yield FindBar(placeholder="agent, action, resource, procedure …", id="held-bar")
        yield StateBox(
            SplitPanes(table, about, id="cases-panes"),
            EmptyState("", id="held-none"),
            loading="Loading the cases",
            id="cases-box",
        )

    def on_mount(self) -> None:
        self.query_one("#held").border_title = "Cases"
        self._draw_bar()

    def workspace_ready(self) -> None:
        memory = self.workbench.remembered
        self._everything = memory.get(self.NAME, "everything", False)
        words = memory.get(self.NAME, "words", "")
        if words:
            self.query_one(FindBar).query_one(Input).value = words

    def export_view(self) -> ExportView | None:
        """The cases listed, as they are narrowed."""
        return exported.cases(tuple(self._listed), everything=self._everything) if self._listed else None

    # ---- data ----------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        self._ask("skip")

    def _ask(self, when_busy: Literal["skip", "replace"]) -> None:
        self.run_service(
            partial(self._load, not self._everything, frozenset(self._rules)),
            group="cases",
            on_result=self._arrived,
            on_error=self._failed,
            when_busy=when_busy,
        )

    def _load(self, open_only: bool, known: frozenset[str]) -> Loaded:
        cases = self.workspace.cases.list(open_only)
        rules: dict[str, view.Rules] = {}
        for version in {case.version for case in cases} - known:
            rules[version] = {rule.id: rule for rule in self.workspace.rules(version)}
        return cases, rules

    def _failed(self, error: Exception) -> None:
        self._cases, self._listed, self._loaded = [], [], False
        self.query_one(StateBox).failed(error)
        self.show_hints()

    def _arrived(self, found: Loaded) -> None:
        cases, rules = found
        self._rules |= rules
        self._cases, self._loaded = view.ordered(cases), True
        if self._wanted and not self._everything and self._wanted not in {case.id for case in cases}:
            self.action_everything()  # what is asked for is over: it is among all of them
            return
        self._list()

    def _list(self) -> None:
        """Show the cases that the words leave, with what stands in their place where there are none."""
        box, table, bar = self.query_one(StateBox), self.query_one("#held", RowList), self.query_one(FindBar)
        self._listed = view.matching(self._cases, bar.words)
        self.set_class(bool(self._cases) and not self._listed, "-unmatched")
        if not self._cases:
            if self._everything:
                box.empty(
                    "No case was ever opened",
                    "A procedure of the constitution opens one when it holds an agent's request for people to approve.",
                    "6 shows what agents ask for, in Live",
                )
            else:
                box.empty(
                    "Nothing waits for a person",
                    "A request that a procedure holds becomes a case here, until people have approved or rejected it.",
                    "v lists the cases that are over · 6 opens Live",
                )
        else:
            box.ready()
            none = self.query_one("#held-none", EmptyState)
            none.title, none.next_key = "No case has these words in it", "esc forgets the words"
        self._show_rows(self._time())
        if self._wanted and table.go_to(self._wanted):
            self._wanted = ""
        if self.in_front and not self.focused:
            table.focus()
        self._draw()
        self.show_hints()

    def show_case(self, case_id: str) -> None:
        """Put the cursor on a case, as soon as it is listed; the words are lifted."""
        self._wanted = case_id
        self.query_one(FindBar).clear()
        if self.has_workspace:
            self._ask("replace")

    def tick(self, status: Status) -> None:
        """A second has passed by the service's clock: countdowns move."""
        self._now = status.now
        if self._listed:
            self._show_rows(status.now)
            self._draw()

    def _show_rows(self, now: datetime) -> None:
        narrow = self.size.width < view.WORDS_FROM
        rows = view.rows(self._listed, now, narrow=narrow)
        self.query_one("#held", RowList).show(rows, view.columns(rows, narrow=narrow))

    def _time(self) -> datetime:
        status = self.workbench.status
        return self._now or (status.now if status else datetime.now(UTC))

    @property
    def current(self) -> CaseView | None:
        """The case under the cursor."""
        row = self.query_one("#held", RowList).current
        return next((case for case in self._listed if row is not None and case.id == row.key), None)

    def on_row_list_moved(self) -> None:
        self.query_one("#held-about").scroll_home(animate=False)
        self._draw()
        self.show_hints()

    async def on_row_list_chosen(self) -> None:
        await self.action_event()

    def on_find_bar_wanted(self, event: FindBar.Wanted) -> None:
        self.workbench.remembered.put(self.NAME, "words", event.words)
        if self._loaded:
            self._list()

    def on_find_bar_closed(self) -> None:
        self.query_one("#held").focus()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= BESIDE, "-beside")
        if self._listed:
            self._show_rows(self._time())
        self.call_after_refresh(self._draw)

    # ---- drawing -------------------------------------------------------------------------------------------------

    def _draw_bar(self) -> None:
        bar = self.query_one(FindBar)
        count = f"{len(self._listed):,} of {plural(len(self._cases), 'case')}" if bar.words else ""
        bar.show(
            view.summary(self._cases, everything=self._everything, words=bar.words), Content.styled(count, "$muted")
        )

    def _draw(self) -> None:
        self._draw_bar()
        case = self.current if self._listed else None
        if case is None:
            return
        about = self.query_one("#held-about")
        about.border_title = Content(f"Case …{case.id[-view.CONFIRM_LENGTH :]}")
        rules = self._rules.get(case.version, {})
        shown = view.detail(case, rules, self._time(), roomy=self.size.height >= 36)
        self.query_one("#held-case", Static).update(shown)

    # ---- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Voting is there only on an open case."""
        if action in ("approve", "reject", "event", "copy"):
            case = self.current if self._listed else None
            return case is not None and (action in ("event", "copy") or case.state == "open")
        if action == "find":
            return bool(self._cases)
        if action == "clear":
            return bool(self.query_one(FindBar).words) or self.workbench.was_sent
        return super().check_action(action, parameters)

    def action_approve(self) -> None:
        """Ask for a key and the case's last characters, then approve."""
        self._vote("approve")

    def action_reject(self) -> None:
        """Ask for a key and the case's last characters, then reject."""
        self._vote("reject")

    def _vote(self, verdict: Verdict) -> None:
        case = self.current
        if case is None:
            return

        def ask(keys: tuple[KeyView, ...]) -> None:
            window = CaseVoteScreen(self.workspace, case, verdict, keys)
            self.app.push_screen(window, self._voted)

        self.run_service(self.workspace.cases.approver_keys, group="approver-keys", on_result=ask)

    def _voted(self, case: CaseView | None) -> None:
        if case is None:
            return
        self.notify(view.outcome_said(case, self._time()), title="Your vote counts", markup=False)
        if case.state != "open" and not self._everything:
            self._everything = True  # what became of it stays in sight
        self._wanted = case.id
        self._ask("replace")

    async def action_event(self) -> None:
        """Open the decision in Live."""
        case = self.current if self._listed else None
        if case is not None:
            await self.workbench.goto_event(case.event)

    def action_everything(self) -> None:
        """The waiting cases, or all."""
        self._everything = not self._everything
        self.workbench.remembered.put(self.NAME, "everything", self._everything)
        self._ask("replace")

    def action_find(self) -> None:
        """Type words."""
        if self._cases:
            self.query_one(FindBar).open()

    async def action_clear(self) -> None:
        """No words any more; without any, back to where one was sent from."""
        if self.query_one(FindBar).words or not await self.workbench.go_back():
            self.query_one(FindBar).clear()

    def action_copy(self) -> None:
        """Copy the id."""
        case = self.current if self._listed else None
        if case is not None:
            self.workbench.copy(case.id)
