"""Screens that are not built yet: each says what it will do, what can be done today instead, and the key for that."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.screens.base import WorkbenchScreen


class PlaceholderScreen(WorkbenchScreen):
    """``WILL`` says what the screen will do; ``TODAY`` pairs a digit with what that screen does towards it already."""

    WILL: ClassVar[tuple[str, ...]] = ()
    TODAY: ClassVar[tuple[tuple[str, str], ...]] = ()
    SMALLEST = (30, 8)
    NEEDS_WORKSPACE = False

    DEFAULT_CSS = """
    PlaceholderScreen #body { align: center middle; }
    PlaceholderScreen .placeholder { width: 66; max-width: 96%; height: auto; max-height: 100%; border: round $line;
        border-title-color: $primary; border-title-style: bold; padding: 1 2; }
    """

    def compose_body(self) -> Iterable[Widget]:
        will = [Content.styled("Not built yet. It will:", "$muted")]
        will += [Content.assemble(("  · ", "$primary"), (line, "$ink")) for line in self.WILL]
        today = [Content(""), Content.styled("Today:", "$muted")]
        today += [Content.assemble((f"  {key}  ", "$accent bold"), (line, "$ink")) for key, line in self.TODAY]
        panel = VerticalScroll(
            Static(Content("\n").join((*will, *(today if self.TODAY else ())))), classes="placeholder"
        )
        panel.border_title = f"○ {self.NAME.capitalize()}"
        yield panel
