"""Live in a storm: the bar says so in every view, and Live that is opened during one begins with the groups.

A view that a person chose is never taken away. Also the way from a group or an agent to its decisions in the feed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from workbench.engine.decision_filter import DecisionFilter, NameKey, named
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.view.groups import storm_text

if TYPE_CHECKING:
    from workbench.service.group_views import Storm

GROUPS = "groups"


class StormyScreen(WorkbenchScreen):
    """Mixed into Live. ``chosen``: somebody has chosen what is shown (a view, or a decision to open)."""

    view: str

    def __init__(self) -> None:
        super().__init__()
        self.storm: Storm | None = None
        self.chosen = False

    def look_for_storm(self) -> None:
        """Ask whether refusals come thick; once a second."""
        if self.has_workspace and self.in_front:
            self.run_service(
                self.workspace.groups.storm, group="storm", when_busy="skip", on_result=self._storm_seen,
                on_error=lambda _: None,
            )  # fmt: skip

    def _storm_seen(self, storm: Storm | None) -> None:
        first, before, self.storm = not self.chosen, self.storm, storm
        self.chosen = True  # only at its opening
        if storm is not None and first and self.view != GROUPS:
            self.begin_with(GROUPS)
        elif storm != before:
            self.draw_bar()

    def with_storm(self, said: Content, width: int, key: str) -> Content:
        """What the view in front says on ``width`` cells, after what is said of the storm; ``key`` shows the groups."""
        if self.storm is None or self.view == GROUPS:
            return said
        room = width - said.cell_length - 2
        text = storm_text(self.storm, room if room >= 24 else width, key)
        storm = Content.styled(text, "$deny bold")
        return Content.assemble(storm, "  ", said) if room >= len(text) else storm

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
