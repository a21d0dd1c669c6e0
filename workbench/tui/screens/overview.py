"""Overview: what is in force, what waits, how it goes. Worth leaving open all day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.containers import Container
from textual.widget import Widget
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from workbench.tui.actions import Action
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.verify_run import VerifyScreen
from workbench.tui.screens.norm_names import named
from workbench.tui.screens.overview_norms import NormsPanel
from workbench.tui.view import overview as view
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from workbench.service.views import Bucket, EventRow, Status, Verification

BUCKET_SECONDS = 5.0
BUCKETS = 120
VIOLATIONS = 50


class Violations(OptionList):
    """The last violations, newest first."""

    HELP = "The newest violations: actions that a rule forbids, or whose rule failed. Enter opens one in Live."


class Facts(Static, Clickable):
    """A pane of facts; what names a screen can be clicked."""


class OverviewScreen(NormsPanel, WorkbenchScreen):
    """Mode 1. Asks once a second, in a thread, while it is in front."""

    NUMBER = 1
    NAME = "overview"
    CSS_PATH = "overview.tcss"
    REFRESH_SECONDS = 1.0
    HELP = """The constitution in force and who signed it; what waits for a person, with the key that goes there;
    decisions as they come, by outcome; whether chain and ledger verify; norms, with what they caught; the last
    violations."""
    ACTIONS = (
        Action(
            "overview.open",
            "Open violation",
            "Open the violation under the cursor in Live",
            ("enter",),
            scope="overview",
        ),
        Action(
            "overview.player", "Pause/play", "Pause or resume the recorded actions", ("space", "p"), scope="overview"
        ),
        Action("overview.faster", "Faster", "Play faster", ("plus", "equals_sign"), scope="overview", show=False),
        Action("overview.slower", "Slower", "Play slower", ("minus",), scope="overview", show=False),
        Action(
            "overview.add-norm",
            "Add norm",
            "Write a norm in one line",
            ("a",),
            scope="overview",
            show=False,
            run="app.add_norm",
        ),
        Action("overview.verify", "Verify", "Verify the chain and the ledger again, in full", ("V",), scope="overview"),
    )

    def __init__(self) -> None:
        super().__init__()
        self._buckets: tuple[Bucket, ...] = ()
        self._rows: tuple[EventRow, ...] = ()
        self._listed: tuple[tuple[int, ...], int] = ((), 0)
        self._checked: tuple[datetime, bool] | None = None

    def compose_body(self) -> Iterable[Widget]:
        panes = []
        for name, title in (
            ("in-force", "In force"),
            ("traffic", "Decisions"),
            ("waiting", "Waiting for you"),
            ("verified", "Verified"),
            ("norms", "Norms"),
        ):
            pane = Facts(id=name, classes="pane", markup=False)
            pane.border_title = title
            panes.append(pane)
        yield Container(*panes, id="facts")
        below = Container(
            Violations(id="violations", markup=False),
            EmptyState("no violation yet", "Nothing that a rule forbids was tried.", "6 watches the feed", id="none"),
            id="last",
            classes="pane",
        )
        below.border_title = "Last violations"
        yield below

    def refresh_data(self) -> None:
        self.run_service(self._ask, group="overview", on_result=self._answered, when_busy="skip")

    def _ask(self) -> tuple[tuple[Bucket, ...], tuple[EventRow, ...]]:
        workspace = self.workspace
        return workspace.rates(BUCKETS, BUCKET_SECONDS), named(workspace, workspace.violations(VIOLATIONS))

    def _answered(self, answer: tuple[tuple[Bucket, ...], tuple[EventRow, ...]]) -> None:
        self._buckets, self._rows = answer
        self.call_after_refresh(self._draw)

    def tick(self, status: Status) -> None:
        self.ask_norms(status)
        self._draw(status)

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def _draw(self, status: Status | None = None) -> None:
        status = status or self.workbench.status
        if status is None or not self.is_mounted:
            return
        pane = self.query_one("#waiting", Static)
        width, height = pane.content_size
        pane.update(view.waiting(status, max(width, 10), height))
        pane = self.query_one("#in-force", Static)
        width, height = pane.content_size
        norms = None if self.query_one("#norms").display else self.norms_line(max(width, 10))
        pane.update(view.in_force(status, max(width, 10), height, norms))
        self.draw_norms()
        pane = self.query_one("#verified", Static)
        width, height = pane.content_size
        pane.update(view.verified(status, max(width, 10), height, self._checked))
        self._draw_traffic(status)
        self._draw_violations()

    def _draw_traffic(self, status: Status) -> None:
        pane = self.query_one("#traffic", Static)
        width, height = pane.content_size
        pane.update(
            view.traffic(status, self._buckets[-max(width, 10) :], BUCKET_SECONDS, max(width, 10), max(height, 5))
        )
        pane.border_subtitle = view.clock_text(status.now)

    def _draw_violations(self) -> None:
        options = self.query_one(Violations)
        width = max(self.query_one("#last").content_size.width - 2, 20)
        wanted = (tuple(row.seq for row in self._rows), width)
        if self._rows and self.focused is None:  # asked again until it is given: a list just shown may not take it yet
            self.call_after_refresh(options.focus)
        if wanted == self._listed:
            return
        self._listed = wanted
        chosen = options.highlighted_option if options.highlighted else None  # on the newest: stay on the newest
        lines = [Option(view.violation_line(row, width), id=str(row.seq)) for row in self._rows]
        options.clear_options().add_options(lines)
        if lines:
            same = [option.id for option in lines]
            options.highlighted = same.index(chosen.id) if chosen is not None and chosen.id in same else 0
            if chosen is None:
                options.scroll_home(animate=False)
        self.query_one("#last").set_class(not lines, "-none")

    async def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option.id:
            await self.workbench.goto_event(int(event.option.id))

    def action_open(self) -> None:
        """Open the violation under the cursor, wherever the focus is."""
        self.query_one(Violations).action_select()

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
            self._checked = (status.now, result.ok)
            self._draw()
