"""The command palette: Textual's own, which answers once."""

from __future__ import annotations

from textual.command import CommandPalette

from workbench.tui.palette import PLACEHOLDER
from workbench.tui.screens.modals.window import AnswersOnce


class Palette(AnswersOnce, CommandPalette):
    """Find an action by its name, or a rule, version, case, agent … by its own."""

    def __init__(self) -> None:
        super().__init__(placeholder=PLACEHOLDER)
