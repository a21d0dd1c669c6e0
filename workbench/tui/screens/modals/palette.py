"""The command palette: Textual's own, which answers once and does not fail where nothing is found."""

from __future__ import annotations

from textual.command import CommandList, CommandPalette

from workbench.tui.screens.modals.window import AnswersOnce


class Palette(AnswersOnce, CommandPalette):
    """Find an action by its name."""

    def _action_command_list(self, action: str) -> None:
        """Move in the list. Textual's counts lines that are not there while nothing is found."""
        if self.query_one(CommandList).option_count:
            super()._action_command_list(action)
