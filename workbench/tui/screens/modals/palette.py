"""The command palette: Textual's own, which answers once."""

from __future__ import annotations

from textual.command import CommandPalette

from workbench.tui.screens.modals.window import AnswersOnce


class Palette(AnswersOnce, CommandPalette):
    """Find an action by its name."""
