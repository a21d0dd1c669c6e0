"""Overview: what is in force, what waits, how it goes. Worth leaving open all day."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import OptionList, Static

from workbench.tui.screens import overview_questions as ask
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.verify_run import VerifyScreen
from workbench.tui.screens.overview_keys import ACTIONS, HELP
from workbench.tui.screens.overview_lists import LinesList, Refused, Violations, Waiting
from workbench.tui.screens.overview_norms import NormsPanel
from workbench.tui.view import asking, traffic, upcoming
from workbench.tui.view import overview as view
from workbench.tui.view.export import ExportView
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.splitter import SplitPanes

if TYPE_CHECKING:
    from workbench.engine.decision_filter import DecisionFilter, Term
    from workbench.service.views import Status, Verification

WAITS_EVERY = 5  # seconds, at most, until what has a deadline is asked for again; at once when something has changed
PANES = (
    ("in-force", "In force"),
    ("traffic", "Decisions"),
    ("waiting", "Waiting for you"),
    ("next", "Next"),
    ("verified", "Verified"),
    ("norms", "Norms"),
)

NO_VIOLATION = ("no violation yet", "Nothing that a rule forbids was tried.", "6 watches the feed")
NO_DECISION = (
    "nobody has asked anything yet",
    f"{asking.HOW}.",
    "2 writes a rule · a adds a norm · 6 watches the feed",
)


@runtime_checkable
class ShowsFeed(Protocol):
    """The screen that lists decisions, as far as this one knows it."""

    def show_feed(self, wanted: DecisionFilter) -> None: ...


class Facts(Static, Clickable):
    """A pane of facts; what names a place can be clicked."""


class OverviewScreen(NormsPanel, WorkbenchScreen):
    """Mode 1. Asks once a second, in a thread, while it is in front."""

    NUMBER = 1
    NAME = "overview"
    CSS_PATH = "overview.tcss"
    AUTO_FOCUS = ""  # the violations, as soon as there are any
    REFRESH_SECONDS = 1.0
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-middle"), (36, "-tall"), (52, "-high")]  # noqa: RUF012
    HELP = HELP
    ACTIONS = ACTIONS

    def __init__(self) -> None:
        super().__init__()
        self._window = traffic.DEFAULT_WINDOW
        self._answer: ask.Answer | None = None
        self._waits: upcoming.Waits | None = None
        self._waits_of: tuple[object, ...] = ()
        self._checked: view.Checked | None = None

    def compose_body(self) -> Iterable[Widget]:
        panes = []
        for name, title in PANES:
            pane: Widget = Facts(id=name, classes="pane", markup=False)
            if name == "waiting":
                pane = Container(Waiting(id="errands"), id=name, classes="pane")
            pane.border_title = title
            panes.append(pane)
        yield Container(*panes, id="facts")
        last = Container(
            Violations(id="violations"),
            EmptyState(*NO_VIOLATION, id="none"),
            id="last",
            classes="pane",
        )
        last.border_title = "Last violations"
        refused = Container(Refused(id="refused"), id="who", classes="pane")
        refused.border_title = "Who, and by which rule"
        yield SplitPanes(last, refused, id="lists")

    def workspace_ready(self) -> None:
        window = self.workbench.remembered.get(self.NAME, "window", traffic.DEFAULT_WINDOW)
        self._window = window if window in traffic.WINDOWS else traffic.DEFAULT_WINDOW

    # ---- data ----------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        self.run_service(
            ask.traffic,
            self.workspace,
            self._window,
            traffic.WINDOWS[self._window],
            group="overview",
            on_result=self._answered,
            on_error=self._failed,
            when_busy="skip",
        )

    def _answered(self, answer: ask.Answer) -> None:
        if answer.window != self._window:
            self._refresh_in_front()
            return
        self._answer = answer
        self.call_after_refresh(self._draw)

    def _failed(self, error: Exception) -> None:
        """The status that the app asks for every second fails for the same reason, and says so; here one line."""
        said = str(getattr(error, "title", "") or type(error).__name__)
        self.query_one("#traffic", Static).update(view.failed_line(said))

    def tick(self, status: Status) -> None:
        self.ask_norms(status)
        self._ask_waits(status)
        self._draw(status)

    def _ask_waits(self, status: Status) -> None:
        """Anew when something has come or gone, and every few seconds: quorums and failures change without that."""
        overlays = tuple(each.id for each in status.overlays)
        turn = int(status.now.timestamp()) // WAITS_EVERY
        of = (status.version.digest, status.open_proposals, status.open_cases, overlays, turn)
        if of != self._waits_of and self.has_workspace:
            self.run_service(
                ask.waits,
                self.workspace,
                group="waits",
                on_result=partial(self._waits_arrived, of),
                on_error=self._waits_failed,
                when_busy="skip",
            )

    def _waits_arrived(self, of: tuple[object, ...], found: upcoming.Waits) -> None:
        self._waits_of, self._waits = of, found
        self._draw()

    def _waits_failed(self, error: Exception) -> None:
        said = str(getattr(error, "title", "") or type(error).__name__)
        self.query_one("#next", Static).update(view.failed_line(said))

    # ---- drawing -------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self, status: Status | None = None) -> None:
        status = status or self.workbench.status
        if status is None or not self.is_mounted:
            return
        waits = self._waits
        self._draw_waiting(status)
        pane, width, height = self._room("next")
        pane.update(upcoming.pane(waits, status.now, width, height, status.open_cases))
        pane, width, height = self._room("in-force")
        norms = None if self.query_one("#norms").display else self.norms_line(width)
        pane.update(view.in_force(status, width, height, norms))
        self.draw_norms()
        pane, width, height = self._room("verified")
        pane.update(view.verified(status, width, height, self._checked))
        self._draw_traffic(status)
        self._draw_lists(sum(status.outcomes.values()))

    def _room(self, name: str) -> tuple[Static, int, int]:
        """A pane, and the cells and lines that it has."""
        pane = self.query_one(f"#{name}", Static)
        width, height = pane.content_size
        return pane, max(width, 10), max(height, 1)

    def _draw_waiting(self, status: Status) -> None:
        pane = self.query_one("#waiting")
        width, height = pane.content_size
        errands = view.waiting(status, max(width, 10), self._waits, self.workbench.storm)
        self.query_one(Waiting).show(errands, width)
        pane.border_subtitle = view.more(errands, max(height, 1))

    def _draw_traffic(self, status: Status) -> None:
        pane, width, height = self._room("traffic")
        pulse = self._answer.pulse if self._answer is not None else None
        pane.update(traffic.traffic(pulse, self._window, width, height, sum(status.outcomes.values())))
        pane.border_subtitle = view.clock_text(status.now)

    def _draw_lists(self, ever: int) -> None:
        """``ever``: how many decisions there are; without any there is an invitation instead."""
        answer, options = self._answer, self.query_one(Violations)
        if answer is None:
            return
        none = self.query_one("#none", EmptyState)
        none.title, none.why, none.next_key = NO_VIOLATION if ever else NO_DECISION
        self.set_class(not ever, "-unasked")
        first = options if answer.rows else self.query_one(Waiting)
        if self.focused is None and (answer.rows or first.highlighted is not None):
            self.call_after_refresh(first.focus)  # again until it is given: a list just shown may not take it yet
        options.show(answer.rows, max(self.query_one("#last").content_size.width - 2, 20))
        self.query_one("#last").set_class(not answer.rows, "-none")
        who = self.query_one("#who")
        if who.display:
            width, height = who.content_size
            self.query_one(Refused).show(answer.pulse, self._window, max(width - 2, 20), height)

    # ---- actions -------------------------------------------------------------------------------------------------

    def export_view(self) -> ExportView | None:
        """The last violations, all that were asked for."""
        answer = self._answer
        if answer is None:
            return None
        return ExportView("violations", view.EXPORT, lambda: map(view.export_row, answer.rows))

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option.id:
            await self.workbench.goto_event(int(event.option.id))

    async def on_waiting_opened(self, event: Waiting.Opened) -> None:
        """Where an errand is done."""
        app, screens = self.workbench, {"draft": "review", "cases": "cases", "proposals": "sign", "overdue": "sign"}
        match event.name:
            case "storm" | "groups":
                await app.action_groups()
            case "sealed" | "clock":
                app.action_acknowledge()
            case "overlays":
                app.action_overlays()
            case "notices":
                self.action_failed_notices()
            case name if name in screens:
                await app.goto(screens[name])

    async def on_refused_opened(self, event: Refused.Opened) -> None:
        answer = self._answer
        if answer is None:
            return
        if event.kind == "agent" and event.place < len(answer.pulse.agents):
            await self._filtered("agent", answer.pulse.agents[event.place].name)
        elif event.kind == "rule" and event.place < len(answer.rules):
            await self._open_rule(answer.rules[event.place])

    async def _open_rule(self, rule: str) -> None:
        """Where a rule's words are: a norm's in the list of norms, a stop's in that of overlays, others in Author."""
        if not rule:
            await self._filtered("rule", "")
        elif rule.startswith(("stop:", "brake:")):
            self.workbench.action_overlays()
        elif ask.is_norm(rule):
            await self.workbench.goto_norm(rule)
        else:
            await self.workbench.goto_rule(rule)

    async def _filtered(self, what: Literal["agent", "rule", "outcome"], name: str) -> None:
        """The feed, narrowed to an agent, a rule or an outcome."""
        from workbench.engine.decision_filter import OUTCOMES, DecisionFilter, Outcomes, named  # loads the engine

        term: Term
        if what == "outcome":
            term = Outcomes(tuple(each for each in OUTCOMES if each == name))
        else:
            term = named(what, name)
        live = await self.workbench.goto("live")
        if isinstance(live, ShowsFeed):
            live.show_feed(DecisionFilter((term,)))

    async def action_outcome(self, name: str) -> None:
        """Decisions that came out like this, in Live (a click on the line of an outcome)."""
        await self._filtered("outcome", name)

    async def action_due(self, index: int) -> None:
        """Where something that ends by itself is (a click on its line)."""
        due = self._waits.dues[index] if self._waits is not None and index < len(self._waits.dues) else None
        if due is None:
            return
        if due.kind == "case":
            await self.workbench.goto_case(due.target)
        elif due.target:
            await self.workbench.goto_proposal(due.target)
        else:
            self.workbench.action_overlays()

    def action_failed_notices(self) -> None:
        """Why notices could not be sent (from the line that counts them)."""
        failed = self._waits.failed if self._waits is not None else ()
        if failed:
            self.notify("\n".join(failed[:5]), title="Not delivered; tried again by itself", markup=False, timeout=12)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enter is offered where there is something to open."""
        if action == "open":
            return self._list_in_hand.highlighted is not None
        if action in ("player", "faster", "slower"):
            return self.workbench.player is not None
        return super().check_action(action, parameters)

    @property
    def _list_in_hand(self) -> LinesList:
        return self.focused if isinstance(self.focused, LinesList) else self.query_one(Violations)

    def action_open(self) -> None:
        """Open what is under the cursor: in the list that has the focus, else the violation."""
        self._list_in_hand.action_select()

    def action_next_window(self) -> None:
        """The next window of time."""
        self.action_window(traffic.next_window(self._window))

    def action_window(self, name: str) -> None:
        """This window (a click on its name)."""
        if name not in traffic.WINDOWS or name == self._window:
            return
        self._window = name
        self.workbench.remembered.put(self.NAME, "window", name)
        self._draw()
        self._refresh_in_front()

    def action_player(self) -> None:
        """Pause or resume the player."""
        self.workbench.toggle_player()

    def action_faster(self) -> None:
        """Twice the pace."""
        self.workbench.change_pace(1)

    def action_slower(self) -> None:
        """Half the pace."""
        self.workbench.change_pace(-1)

    def action_verify(self) -> None:
        """Verify all of it now, with how far it is and a way to stop it."""
        if self.has_workspace:
            self.app.push_screen(VerifyScreen(self.workspace, self._verified))

    def _verified(self, result: Verification) -> None:
        status = self.workbench.status
        if status is not None:
            self._checked = view.Checked(status.now, result.ok, result.anchored)
            self._draw()
