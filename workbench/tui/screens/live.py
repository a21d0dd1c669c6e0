"""Live: decisions as they are made, in three views: the feed, the same in groups, and the agents.

The screen is the frame: which view is in front, the bar, the stop key and the player. What is listed, and what can be
done with it, belongs to the views (``live_feed``, ``live_groups``, ``live_agents``).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.actions import Action, key_of
from workbench.tui.screens import live_questions as questions
from workbench.tui.screens.live_agents import AgentsPane
from workbench.tui.screens.live_feed import FEED_ACTIONS, FeedPane, Sent
from workbench.tui.screens.live_figures import FIGURE_ACTIONS
from workbench.tui.screens.live_groups import GroupsPane
from workbench.tui.screens.live_pane import LivePane
from workbench.tui.screens.live_storms import StormyScreen, filter_of
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.view import overlays as overlay_view
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.widgets.chrome import Clickable

if TYPE_CHECKING:
    from workbench.engine.decision_filter import DecisionFilter
    from workbench.service.governing_views import OverlayView
    from workbench.service.views import Status
    from workbench.tui.view.export import ExportView

POLLS_PER_SECOND = 10
PLAYER = "live.player"  # hinted at only where something is played
ROOMY = 120  # cells from which on list and decision stand side by side
VIEW_KEYS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("feed", "the feed", ()),
    ("groups", "the refusals in groups", ("R",)),  # a storm names it, in every view
    ("agents", "the agents", ()),
)
VIEWS = tuple(name for name, *_ in VIEW_KEYS)


class LiveBar(Static, Clickable):
    """The names of the views, and where the one in front stands; both can be clicked."""


class LiveScreen(StormyScreen):
    """Mode 6."""

    NUMBER = 6
    NAME = "live"
    CSS_PATH = "live.tcss"
    AUTO_FOCUS = ""  # the first that takes the focus is the filter's field: a quick V would be written into it
    SMALLEST = (30, 6)
    HELP = """Every decision as it is made, in three views that V goes through: the feed itself, the refusals in groups
    of rule, agent and action, so that a storm stays readable (R goes there at once), and a board of agents. Enter opens
    what the cursor is on. S stops an agent, an action or everything for a while; L lists what is stopped, and lifts it.
    Space pauses the recorded actions."""
    ACTIONS = (
        *FEED_ACTIONS,
        *FIGURE_ACTIONS,
        Action("live.stop", "Stop", "Stop an agent, an action or everything for a while", ("S",), scope="live"),
        Action(
            "live.view", "View", "Go on to the next view: feed, groups, agents", ("V", "right_square_bracket"),
            scope="live", run="next_view(1)",
        ),
        Action(
            "live.view-before", "View before", "Go back to the view before", ("left_square_bracket",), scope="live",
            show=False, run="next_view(-1)",
        ),
        *(
            Action(
                f"live.{name}", f"Live: {name}", f"Show {what} in Live", keys, scope="live", show=False,
                run=f"choose_view('{name}')",
            )
            for name, what, keys in VIEW_KEYS
        ),
        Action("live.player", "Pause/play", "Pause or resume the recorded actions", ("space", "p"), scope="live"),
        Action(
            "live.faster",
            "Faster",
            "Play the recorded actions faster",
            ("plus", "equals_sign"),
            scope="live",
            show=False,
        ),
        Action("live.slower", "Slower", "Play the recorded actions slower", ("minus",), scope="live", show=False),
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.view = VIEWS[0]

    def compose_body(self) -> Iterable[Widget]:
        yield LiveBar(id="bar", markup=False)
        yield Container(FeedPane(id="feed"), GroupsPane(id="groups"), AgentsPane(id="agents"), id="views")

    # -- views ---------------------------------------------------------------------------------------------------

    @property
    def pane(self) -> LivePane:
        """The view in front."""
        return self.query_one(f"#{self.view}", LivePane)

    @property
    def feed(self) -> FeedPane:
        """The feed, in front or not."""
        return self.query_one(FeedPane)

    def show_view(self, name: str) -> LivePane:
        """Bring a view to the front; it is asked for news at once and has the focus."""
        self.view = name
        for pane in self.query(LivePane):
            pane.display = name == pane.VIEW
        pane = self.pane
        pane.take_focus()
        self.show_hints()
        self.draw_bar()
        if self.has_workspace and self.in_front:
            pane.poll()
        return pane

    def show_event(self, seq: int) -> None:
        """Open a decision from elsewhere, in the feed."""
        self.chosen = True
        self.show_view("feed")
        self.feed.show_event(seq)

    def show_decisions(
        self, *, rule: str | None = None, agent: str | None = None, action: str | None = None, back: str = ""
    ) -> None:
        """The decisions of exactly this rule, agent and action, in the feed; ``None``: of any.

        ``back``: the view that esc returns to; the feed's own filter is then as it was.
        """
        before = self.feed.wanted
        self.show_feed(filter_of(rule=rule, agent=agent, action=action))
        if back:
            self.feed.sent = Sent(self.feed.wanted, back, before)

    def begin_with(self, view: str) -> None:
        self.show_view(view)

    def show_feed(self, wanted: DecisionFilter) -> None:
        """List what a filter wants, in the feed."""
        self.chosen = True
        self.show_view("feed")
        self.feed.show_filtered(wanted)

    def workspace_ready(self) -> None:
        self.feed.recall()
        self.show_view(self.view)
        self.look_for_storm()
        self.set_interval(1 / POLLS_PER_SECOND, self.refresh_data)

    def refresh_data(self) -> None:
        if self.in_front and self.has_workspace:
            self.pane.poll()

    def tick(self, status: Status) -> None:
        self.pane.tick(status)
        self.storm_told()

    def hints(self) -> list[Action]:
        if not self.query(LivePane):
            return []
        played = self.workbench.player is not None
        return list(self.pane.hints([action for action in super().hints() if played or action.id != PLAYER]))

    def export_view(self) -> ExportView | None:
        return self.pane.export_view()

    @property
    def has_search(self) -> bool:
        """The feed has a filter of its own; rows of figures are searched as in any list."""
        return self.view == "feed" and super().has_search

    # -- the bar -------------------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        self.set_class(self.size.width >= ROOMY, "-roomy")
        self.call_after_refresh(self.draw_bar)

    def draw_bar(self) -> None:
        """The names of the views, then what the one in front says of itself."""
        bar = self.query_one("#bar", LiveBar)
        width = bar.content_size.width or self.size.width
        key = Content.styled(key_of("live.view"), "$muted").stylize(clickable("next_view(1)"))
        names = Content("").join((key, *(_name(name, name == self.view) for name in VIEWS)))
        if names.cell_length + 20 > width:  # nobody misses the others where there is hardly room for one
            names = _name(self.view, True)
        room = width - names.cell_length - 1
        said = self.with_storm(self.pane.bar, room)
        bar.update(Content.assemble(names, " ", said))

    # -- actions -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A view's own actions are offered while it is in front and has them."""
        if action == "in_view":
            name = str(parameters[0]) if parameters else ""
            if not self.is_mounted or not self.query(LivePane):
                return False
            pane = self.pane
            return hasattr(pane, f"action_{name}") and pane.check_action(name, parameters[1:]) is True
        return super().check_action(action, parameters)

    async def action_in_view(self, name: str, *arguments: object) -> None:
        """Do ``name`` in the view in front."""
        done = getattr(self.pane, f"action_{name}")(*arguments)
        if done is not None:
            await done

    def action_next_view(self, by: int = 1) -> None:
        """The view after this one, or the one before it."""
        self.action_choose_view(VIEWS[(VIEWS.index(self.view) + by) % len(VIEWS)])

    def action_choose_view(self, name: str) -> None:
        """A person wants this view."""
        if name in VIEWS:
            self.chosen = True
            self.show_view(name)

    def action_stop(self) -> None:
        """Ask what to stop, for how long and why; what the cursor is on is offered."""
        if self.has_workspace:
            about = self.pane.stop_about()
            self.run_service(questions.stoppable, self.workspace, about, group="stop", on_result=self._ask_for_stop)

    def _ask_for_stop(self, found: questions.Stoppable) -> None:
        self.app.push_screen(StopScreen(self.workspace, found.keys, found.digest, found.names), self._stopped)

    def _stopped(self, stop: OverlayView | None) -> None:
        if stop is not None:
            self.notify(overlay_view.stopped_said(stop), title="■ STOPPED", severity="warning", markup=False)
            self.workbench.look_now()
            self.feed.follow_on()

    def action_player(self) -> None:
        """Pause or resume the player."""
        self.workbench.toggle_player()

    def action_faster(self) -> None:
        """Twice the pace."""
        self.workbench.change_pace(1)

    def action_slower(self) -> None:
        """Half the pace."""
        self.workbench.change_pace(-1)


def _name(name: str, current: bool) -> Content:
    style = CHOSEN_VIEW if current else "$muted"
    return Content.styled(f" {name.capitalize()} ", style).stylize(clickable(f"choose_view('{name}')"))
