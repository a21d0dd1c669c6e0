"""The command palette: Textual's own, which answers once."""

from __future__ import annotations

from textual.command import CommandPalette
from textual.events import Mount

from workbench.tui.palette import PLACEHOLDER
from workbench.tui.screens.modals.window import AnswersOnce


class Palette(AnswersOnce, CommandPalette):
    """Find an action by its name, or a rule, version, case, agent … by its own."""

    def __init__(self) -> None:
        super().__init__(placeholder=PLACEHOLDER)

    def _on_mount(self, event: Mount) -> None:
        """Textual's looks here what it lies over. Where another screen came to the front meanwhile, it closes."""
        if self.app.screen is not self:
            event.prevent_default()
            self.dismiss()
