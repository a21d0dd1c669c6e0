"""Live's view of agents."""

from __future__ import annotations

from workbench.tui.screens.live_pane import LivePane


class AgentsPane(LivePane, can_focus=True):
    """The agents."""

    VIEW = "agents"

    def take_focus(self) -> None:
        self.focus()
