"""Live's board of agents: who does what, who is refused, who is silent, who is stopped; and an agent's own timeline."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.engine.decision_filter import DecisionFilter, named
from workbench.tui.actions import key_of, keyed
from workbench.tui.screens.live_detail import edge
from workbench.tui.screens.live_figures import FiguresPane
from workbench.tui.screens.norm_names import named as with_names
from workbench.tui.view import agents as view
from workbench.tui.view import asking
from workbench.tui.view.agents import ORDER_FIELDS, ORDER_WORDS
from workbench.tui.view.events import heads
from workbench.tui.view.export import ExportView
from workbench.tui.widgets.agent_board import AgentBoard
from workbench.tui.widgets.empty_state import EmptyState
from workbench.tui.widgets.event_list import PAGE, EventList
from workbench.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.finding import Found
    from workbench.service.group_views import AgentsView, AgentView, Counting
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace
    from workbench.tui.widgets.figure_list import FigureList


class AgentPage(Vertical):
    """One agent: its figures, and its own decisions as they are made."""

    HELP = """One agent: its figures in the window, then its own decisions, the newest at the bottom. Enter opens one in
    the feed, d filters the feed to this agent, S stops it, esc goes back to the board."""
    LOW = 14  # lines below which its figures are one line, so that there is room for decisions
    DEFAULT_CSS = """
    AgentPage {
        & #agent-head { height: auto; padding: 0 1; }
        & #agent-heads { height: 1; color: $muted; text-style: underline; }
    }
    """

    def __init__(self, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self.agent: AgentView | None = None
        self.high = 0

    def compose(self) -> ComposeResult:
        yield Static(id="agent-head", markup=False)
        yield Static(id="agent-heads", markup=False)
        yield EventList(agent=False, id="agent-events")

    @property
    def events(self) -> EventList:
        """Its decisions."""
        return self.query_one(EventList)

    def focus(self, scroll_visible: bool = True) -> AgentPage:
        """The list is what is worked in."""
        self.events.focus(scroll_visible)
        return self

    def show_agent(self, agent: AgentView, window: str, now: datetime) -> None:
        """Its figures, as they are now."""
        self.agent = agent
        self._window, self._now = window, now
        self.border_title = Content("Agent")
        self._draw()

    def on_resize(self) -> None:
        """Wrapped anew."""
        self._draw()

    def on_event_list_laid_out(self, event: EventList.LaidOut) -> None:
        """The heads stand over their columns."""
        event.stop()
        self.query_one("#agent-heads", Static).update(heads(event.columns))

    def _draw(self) -> None:
        if self.agent is None:
            return
        width = max(self.scrollable_content_region.width - 2, 20)
        brief = 0 < self.size.height < self.LOW
        self.query_one("#agent-head", Static).update(view.head(self.agent, self._window, self._now, width, brief=brief))
        hints = ["esc back", keyed("{live.stop} stops it"), keyed("{live.open} opens")]
        self.border_subtitle = edge(hints, self.size.width)


class AgentsPane(FiguresPane["AgentsView"]):
    """The board."""

    VIEW = "agents"
    HELP = AgentBoard.HELP
    FIRST = ("live.open", "live.back", "live.stop", "live.decisions", "live.window")
    ORDERS = tuple(ORDER_WORDS)
    FIELDS = {field: order for order, field in ORDER_FIELDS.items()} | {
        "percent": "trouble", "violation": "trouble", "denied": "trouble", "mix": "busy", "minutes": "busy",
    }  # fmt: skip

    def list_widget(self) -> FigureList[AgentView]:
        return AgentBoard(id="agent-board")

    def opened_widget(self) -> Widget:
        return AgentPage(classes="pane figures--opened")

    def nothing(self) -> EmptyState:
        return EmptyState(
            "no agent is known",
            f"Agents stand here once they ask for something,\nor once the directory names them.\n{asking.LINES}",
            f"{key_of('live.view')} shows the feed",
        )

    @property
    def page(self) -> AgentPage:
        """The agent that is opened."""
        return self.query_one(AgentPage)

    @property
    def agent(self) -> AgentView | None:
        """What is opened, or what the cursor is on."""
        found: AgentView | None = self.page.agent if self.is_opened else self.figures.value
        return found

    # -- data ----------------------------------------------------------------------------------------------------

    def ask(self, workspace: Workspace, window: str, order: str) -> AgentsView:
        return workspace.agents.list(window, order)  # type: ignore[arg-type]

    def show(self, shown: AgentsView, *, at_once: bool) -> tuple[int, Counting]:
        self.query_one(AgentBoard).show_agents(shown, at_once=at_once)
        opened = self.page.agent
        if self.is_opened and opened is not None:
            for agent in shown.agents:
                if agent.agent == opened.agent:
                    self.page.show_agent(agent, shown.window, shown.now)
            self._look_on()
        return len(shown.agents), shown.counting

    def said(self, shown: AgentsView, width: int, *, held: bool) -> Content:
        return view.bar(shown, width, held=held)

    def stop_about(self) -> int | Mapping[str, str] | None:
        agent = self.agent
        if agent is None:
            return None
        return agent.newest or {"agent": agent.agent}

    def export_view(self) -> ExportView | None:
        shown = self.shown
        if shown is None or not shown.agents:
            return None

        def rows() -> Iterator[tuple[object, ...]]:
            for agent in shown.agents:
                yield (
                    agent.agent, agent.total, agent.allow, agent.hold, agent.deny, agent.violation,
                    round(agent.deny_rate, 4), agent.rate, agent.held, agent.first, agent.last, agent.stopped_until,
                )  # fmt: skip

        names = (
            "agent", f"decisions_{shown.window}", "allow", "hold", "deny", "violation", "deny_rate", "per_minute",
            "held_now", "first_seen", "last_seen", "stopped_until",
        )  # fmt: skip
        return ExportView("agents", names, rows)

    # -- an agent's own timeline ---------------------------------------------------------------------------------

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Open the agent under the cursor."""
        event.stop()
        agent, shown = self.figures.value, self.shown
        if agent is None or shown is None:
            return
        page = self.page
        page.high = 0
        page.events.following = True
        page.events.set_ids(array("q"))
        page.show_agent(agent, shown.window, shown.now)
        self.open_up()
        self.forget_service("timeline")
        self._look_on()

    def _look_on(self) -> None:
        """What the agent did since the last look."""
        agent, page = self.page.agent, self.page
        if agent is None:
            return
        name, after, workspace = agent.agent, page.high, self.workspace

        def look() -> tuple[Found, tuple[EventRow, ...]]:
            found = workspace.finding.ids(DecisionFilter((named("agent", name),)), after)
            return found, with_names(workspace, workspace.rows(found.ids[-PAGE:]))

        def show(looked: tuple[Found, tuple[EventRow, ...]]) -> None:
            found, rows = looked
            if page.agent is None or page.agent.agent != name or page.high != after:
                return
            page.high = found.high
            if after:
                page.events.extend(found.ids, rows)
            else:
                page.events.set_ids(found.ids)
                page.events.fill(rows)

        self.run_service(look, group="timeline", on_result=show, when_busy="skip")

    def on_event_list_rows_wanted(self, event: EventList.RowsWanted) -> None:
        """Fetch what is about to be seen."""
        event.stop()
        ids, workspace, events = event.ids, self.workspace, self.page.events

        def failed(error: Exception) -> None:
            events.unfilled(ids)
            self.workbench.report(error)

        self.run_service(
            lambda: with_names(workspace, workspace.rows(ids)), group=f"rows-{ids[0]}", on_result=events.fill,
            on_error=failed,
        )  # fmt: skip

    def on_event_list_opened(self, event: EventList.Opened) -> None:
        """Open a decision of the agent, in the feed."""
        event.stop()
        self.live.show_event(event.seq)

    def on_event_list_moved(self, event: EventList.Moved) -> None:
        """The bar belongs to the board."""
        event.stop()

    # -- what a hand does ----------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "decisions":
            return self.is_mounted and self.agent is not None
        if action == "follow":
            return self.is_opened
        return super().check_action(action, parameters)

    def action_decisions(self) -> None:
        """Its decisions, in the feed."""
        if self.agent is not None:
            self.live.show_decisions(agent=self.agent.agent, back=self.VIEW)

    def action_follow(self) -> None:
        """In its timeline: follow the newest, or stay."""
        self.page.events.action_toggle_follow()
