"""The board of agents. Knows neither services nor store: agents come in, messages go out."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from workbench.tui.view import agents as view
from workbench.tui.view.figures import Figure, Span
from workbench.tui.widgets.figure_list import FigureList

if TYPE_CHECKING:
    from workbench.service.group_views import AgentsView, AgentView


class AgentBoard(FigureList["AgentView"]):
    """Agents in rows."""

    HELP = """Every agent: what it was told in the window (the bar: allowed, held, denied, violations, with the figures
    beside it), how many and what part of it was refused, what of it waits for people now, when it acted last, and
    whether it is stopped. Enter opens its own timeline, S stops it, W takes another window, s another order, d lists
    its decisions in the feed."""

    def __init__(self, *, clock: Callable[[], float] = monotonic, id: str | None = None) -> None:
        super().__init__(view.layout, view.heads, self._cells, clock=clock, id=id)
        self._view: AgentsView | None = None

    def show_agents(self, shown: AgentsView, *, at_once: bool = False) -> None:
        """These agents, in their order."""
        self._view = shown
        self.need(view.needs_of(shown.agents), anew=at_once)
        self.show_values({agent.agent: agent for agent in shown.agents}, shown.order, at_once=at_once)

    def _cells(self, agent: AgentView, columns: tuple[Figure, ...]) -> list[Span]:
        assert self._view is not None
        return view.cells(agent, columns, self._view.now)
