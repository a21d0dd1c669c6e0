"""Live in a storm: the bar says so in every view, and Live that is opened during one begins with the groups.

A view that a person chose is never taken away. Also the way from a group or an agent to its decisions in the feed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from workbench.engine.decision_filter import DecisionFilter, NameKey, named
from workbench.tui.actions import key_of
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.view.chrome import clickable
from workbench.tui.view.groups import storm_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.service.group_views import Storm

GROUPS = "groups"
KEPT = 27  # cells that the view keeps for itself beside the storm


class StormyScreen(WorkbenchScreen):
    """Mixed into Live. ``chosen``: somebody has chosen what is shown (a view, or a decision to open)."""

    view: str

    def __init__(self) -> None:
        super().__init__()
        self.storm: Storm | None = None
        self.chosen = False
        self._asked_once = False

    def look_for_storm(self) -> None:
        """Ask whether refusals come thick just now: once, when Live is opened. What the app knows is up to a second
        old, and the view that one begins with is chosen only then."""
        self.run_service(
            self.workspace.groups.storm, group="storm", on_result=self._storm_seen,
            on_error=lambda _: self._storm_seen(self.workbench.storm),
        )  # fmt: skip

    def storm_told(self) -> None:
        """Take what the app has learned since, which asks once a second for all screens."""
        if self._asked_once:
            self._storm_seen(self.workbench.storm)

    def _storm_seen(self, storm: Storm | None) -> None:
        self._asked_once = True
        first, before, self.storm = not self.chosen, self.storm, storm
        self.chosen = True  # only at its opening
        if storm is not None and first and self.view != GROUPS:
            self.begin_with(GROUPS)
        elif storm != before:
            self.draw_bar()

    def with_storm(self, bar: Callable[[int], Content], width: int) -> Content:
        """What ``bar`` says of the view in front, on ``width`` cells, after what is said of the storm.

        Where the list stands is never lost over it: a person must see that it is paused. A click shows the groups.
        """
        if self.storm is None or self.view == GROUPS:
            return bar(width)
        left = width - KEPT if width > 2 * KEPT else width // 2
        text = storm_text(self.storm, left, key_of("live.groups"))
        storm = Content.styled(text, "$deny bold").stylize(clickable(f"choose_view('{GROUPS}')"))
        room = width - storm.cell_length - 2
        return Content.assemble(storm, "  ", bar(room)) if room > 0 else storm

    def begin_with(self, view: str) -> None:
        """Show a view that nobody chose."""
        raise NotImplementedError

    def draw_bar(self) -> None:
        """Draw the bar again."""
        raise NotImplementedError


def filter_of(**names: str | None) -> DecisionFilter:
    """The filter for exactly these names (``rule``, ``agent``, ``action``); those that are ``None`` may be any."""
    keys: tuple[NameKey, ...] = ("rule", "agent", "action")
    terms = (named(key, name) for key in keys if (name := names.get(key)) is not None)
    return DecisionFilter(tuple(terms))
