"""One decision of the feed, open beside the list or in its place: what can be done with it.

The part of the feed's view that is about the open decision; the list itself is in ``live_feed``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.service.event_cases import is_asked
from workbench.tui.actions import Action, key_of
from workbench.tui.screens import live_questions as questions
from workbench.tui.screens.live_acknowledging import acknowledge
from workbench.tui.screens.live_detail import DetailPane
from workbench.tui.screens.live_pane import LivePane
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.view.detail import event_detail
from workbench.tui.view.plain import one_line
from workbench.tui.widgets.event_list import EventList

if TYPE_CHECKING:
    from workbench.service.views import EventDetail, Status


def feed_action(verb: str, title: str, help: str, *keys: str, show: bool = True) -> Action:
    """An action of the feed: ``action_<verb>`` of the view."""
    return Action(
        f"live.{verb}", title, help, keys, scope="live", show=show, run=f"in_view('{verb.replace('-', '_')}')"
    )


OPENED_ACTIONS = (
    feed_action("open", "Open", "Open the decision under the cursor", "enter"),
    feed_action("back", "Back", "Back to the list, where you were; there: list everything again", "escape"),
    feed_action("rule", "Open rule", "Open the rule that decided in Author", "o"),
    feed_action("case", "Case", "Open the case that a held request waits in", "C"),
    feed_action("words", "Words", "Judge what was said for it anew, in Speech", "w"),
    feed_action("add-test", "Add test", "Make the open decision a test case of the draft", "t"),
    feed_action("why", "Why", "Why it came out: rules, signers, the same decision again, the proof", "P", show=False),
    feed_action("next", "Next", "In an open decision: the next one", "n", "right", show=False),
    feed_action("previous", "Previous", "In an open decision: the one before", "b", "left", show=False),
    feed_action("copy", "Copy", "Copy the open decision as text", "c", show=False),
)


class OpenedDecision(LivePane):
    """A view with a list of decisions (:attr:`events`) and a :class:`DetailPane` for the one that is open."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.shown: questions.Opened | None = None

    @property
    def events(self) -> EventList:
        """The list."""
        return self.query_one(EventList)

    @property
    def detail_open(self) -> bool:
        """Whether a decision is open."""
        return self.shown is not None

    def on_event_list_opened(self, event: EventList.Opened) -> None:
        """Enter, or a click."""
        self.open_decision(event.seq)

    def open_decision(self, seq: int, *, focus: bool = True) -> None:
        """Ask for a decision in full, and show it."""
        show = partial(self._opened, focus)
        self.run_service(questions.opened, self.workspace, seq, group="event", on_result=show)

    def _opened(self, focus: bool, opened: questions.Opened) -> None:
        self.shown = opened
        self.add_class("-detail")
        pane = self.query_one(DetailPane)
        pane.show(opened)
        if focus:
            pane.focus()
        self.live.show_hints()
        self.draw_bar()

    def tick(self, _status: Status) -> None:
        """A case that the open decision waits for may have moved on."""
        shown = self.shown
        if shown is not None and any(case.state in ("open", "granted") for case in shown.cases):
            ask = partial(questions.opened, self.workspace, shown.detail.row.seq)
            self.run_service(ask, group="cases", on_result=self._renewed, when_busy="skip")

    def _renewed(self, opened: questions.Opened) -> None:
        shown = self.shown
        if shown is not None and shown.detail.row.seq == opened.detail.row.seq and shown.cases != opened.cases:
            self.shown = opened
            self.query_one(DetailPane).renew(opened)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What an open decision offers is offered only there."""
        if action in {"back", "next", "previous", "copy", "why"}:
            return self.detail_open
        if action == "rule":
            return self.shown is not None and bool(self.shown.detail.rules)
        if action == "case":
            return self.shown is not None and bool(self.shown.cases)
        if action == "words":
            return self.shown is not None and "speech" in self.shown.detail.request
        if action == "add_test":
            return self.shown is not None and is_asked(self.shown.detail)
        if action == "acknowledge":
            return self.shown is not None and self.shown.detail.row.outcome != "allow"
        if action == "open":
            return not self.detail_open and self.events.total > 0
        return super().check_action(action, parameters)

    def action_open(self) -> None:
        """Open the decision under the cursor."""
        self.events.action_open()

    def close_decision(self) -> None:
        """Close the decision; the list is as it was left."""
        self.shown = None
        self.remove_class("-detail")
        self.events.focus()
        self.live.show_hints()
        self.call_after_refresh(self.draw_bar)

    def action_next(self) -> None:
        """Open the next decision that the filter lists."""
        self._step(1)

    def action_previous(self) -> None:
        """Open the one before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        self.events.action_move(by)
        seq = self.events.selected
        if seq is not None:
            self.open_decision(seq)

    def action_rule(self) -> None:
        """Open the rule that decided, where it can be read."""
        if self.shown is not None and self.shown.detail.rules:
            self.open_rule(self.shown.detail.rules[0].id)

    def action_why(self) -> None:
        """Why it came out as it did, down to its proof; the window's other decisions are opened here."""
        if self.shown is None:
            return
        from workbench.tui.screens.modals.why import WhyScreen

        def closed(seq: int | None) -> None:
            if seq:
                self.open_decision(seq)

        self.app.push_screen(WhyScreen(self.workspace, self.shown.detail.row.seq), closed)

    def action_add_test(self) -> None:
        """Make it a test case of the draft; what it should expect is asked."""
        if self.shown is None:
            return
        detail = self.shown.detail
        row = detail.row
        was = {"allow": "allowed", "deny": "denied", "hold": "held"}[row.outcome]
        said = (
            f"{one_line(row.agent)} wanted {one_line(row.verb or row.action)} on {one_line(row.resource)}, which was "
            f"{was}. It becomes a test case of the draft. Was that right, or what should have happened?"
        )
        choices = [(name, f"{name} (as it was)" if name == row.outcome else name) for name in ("allow", "deny", "hold")]
        question = ChoiceScreen("What should happen?", said, choices, focus=row.outcome)
        self.app.push_screen(question, partial(self._add_test, detail))

    def _add_test(self, detail: EventDetail, expect: str | None) -> None:
        if expect:
            self.run_service(
                questions.add_case, self.workspace, detail, expect, group="test",
                on_result=partial(self._test_added, expect),
            )  # fmt: skip

    def _test_added(self, expect: str, added: questions.AddedCase) -> None:
        where = f"{key_of('global.open-tests')} opens Tests"
        if added.name:
            said = f"“{one_line(added.name)}” expects {expect}, one of {added.tests:,} tests; {where}"
            self.notify(said, title="A test of the draft", markup=False)
        else:
            self.notify(f"The draft has that test already; {where}", title="Nothing added", markup=False)

    def action_acknowledge(self) -> None:
        """Say that the group of this decision is known: why, and until when."""
        row = self.shown.detail.row if self.shown is not None else None
        if row is not None:
            acknowledge(self, row.rule, row.agent, row.action)

    async def action_case(self) -> None:
        """Open the case that holds it, in Cases: one that still waits where there are several."""
        if self.shown is not None and self.shown.cases:
            waiting = [case for case in self.shown.cases if case.state == "open"]
            await self.workbench.goto_case((waiting or list(self.shown.cases))[0].id)

    async def action_words(self) -> None:
        """Judge what was said anew, beside its evidence."""
        if self.shown is not None:
            await self.workbench.goto_speech(self.shown.detail.row.seq)

    def action_copy(self) -> None:
        """Copy the decision as text."""
        if self.shown is not None:
            self.workbench.copy(event_detail(self.shown.detail, 100, self.shown.cases).plain)
