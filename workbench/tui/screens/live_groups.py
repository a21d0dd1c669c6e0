"""Live's view of groups."""

from __future__ import annotations

from workbench.tui.screens.live_pane import LivePane


class GroupsPane(LivePane, can_focus=True):
    """The groups."""

    VIEW = "groups"

    def take_focus(self) -> None:
        self.focus()
