"""Jump mode: a letter on everything that can have the focus; pressing one puts the focus there, esc leaves it.

Knows no screen: it asks the one below which of its widgets are seen and can have the focus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.screens.modals.window import Window

LETTERS = "asdfjklghqwertyuiopzxcvbnm"
"""In the order they are given out: the home row first."""


def targets(screen: Screen[Any]) -> list[tuple[str, Widget]]:
    """What can be jumped to, from the top left to the bottom right, each with its letter; 26 at most."""
    seen = [widget for widget in screen.focus_chain if widget.is_on_screen and widget.region.area]
    seen.sort(key=lambda widget: (widget.region.y, widget.region.x))
    return list(zip(LETTERS, seen, strict=False))


def places(screen: Screen[Any], found: Sequence[tuple[str, Widget]]) -> list[Offset]:
    """Where each letter stands: at the top left of its widget, within its border, never over another letter."""
    taken: set[Offset] = set()
    made: list[Offset] = []
    for _, widget in found:
        x, y = widget.region.offset
        x, y = min(max(x, 0), max(screen.size.width - 3, 0)), min(max(y, 0), max(screen.size.height - 1, 0))
        while any(Offset(x + step, y) in taken for step in (-2, -1, 0, 1, 2)) and x + 6 <= screen.size.width:
            x += 3
        taken.add(Offset(x, y))
        made.append(Offset(x, y))
    return made


class Letter(Static):
    """One letter; a click on it jumps as well."""

    def __init__(self, letter: str) -> None:
        super().__init__(Content(f" {letter} "))
        self.letter = letter

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if isinstance(self.screen, JumpScreen):
            self.screen.jump(self.letter)


class JumpScreen(Window[Widget]):
    """Answers the widget that is to have the focus, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,apostrophe,enter", "close", "Back", show=False)]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    JumpScreen { background: $background 40%; align: left top; }
    JumpScreen Letter {
        position: absolute; width: 3; height: 1; background: $accent; color: $background; text-style: bold;
    }
    """

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below
        self._targets = targets(below)
        self._size_then: Size | None = None

    def compose(self) -> ComposeResult:
        for (letter, _), place in zip(self._targets, places(self._below, self._targets), strict=True):
            label = Letter(letter)
            label.styles.offset = (place.x, place.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """A letter jumps; one that stands nowhere does nothing."""
        if len(event.key) == 1 and event.key.isalpha():
            event.stop()
            self.jump(event.key)

    def on_click(self, event: events.Click) -> None:
        """Anywhere: back."""
        event.prevent_default()  # what every window does with a click beside it
        self.action_close()

    def on_resize(self, event: events.Resize) -> None:
        """Widgets have moved: where the letters are is true no more."""
        if self._size_then is None:
            self._size_then = event.size
        elif event.size != self._size_then:
            self.action_close()

    def jump(self, letter: str) -> None:
        """Answer the widget that has ``letter``."""
        target = dict(self._targets).get(letter)
        if target is not None:
            self.dismiss(target)

    def action_close(self) -> None:
        """Back, with the focus where it was."""
        self.dismiss(None)
