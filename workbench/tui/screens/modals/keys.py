"""Help: all keys of a screen (``?``), and sentences about what has the focus (F1). Both come from declared data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from workbench.tui.actions import GLOBAL, LIST, REGISTRY, Action, shown_key
from workbench.tui.screens.modals.window import Window

_CLOSE = Binding("escape,q,f1,question_mark", "close", "Close")


def key_lines(actions: Sequence[Action]) -> Content:
    """One line for each action: keys, then what they do."""
    rows = [(" ".join(shown_key(key) for key in action.bound), action.help) for action in actions]
    width = max((len(keys) for keys, _ in rows), default=0)
    return Content("\n").join(
        Content.assemble((f"{keys:>{width}}  ", "$accent bold"), (text, "$ink")) for keys, text in rows
    )


class KeysScreen(Window[None]):
    """The keys of one screen, then those that work everywhere."""

    BINDINGS: ClassVar[list[BindingType]] = [_CLOSE]

    def __init__(self, scope: str) -> None:
        super().__init__()
        self._scope = scope

    def compose(self) -> ComposeResult:
        everywhere = [action for action in REGISTRY.of(GLOBAL) if not action.id.startswith("global.open-")]
        with VerticalScroll(classes="window") as window:
            window.border_title = f"Keys of {self._scope.capitalize()}"
            window.border_subtitle = "esc closes"
            own = REGISTRY.of(self._scope)
            if own:
                yield Static(key_lines(own), classes="keys--own")
            if self._scope == "live":
                yield Static("In the list", classes="keys--head")
                yield Static(key_lines(REGISTRY.of(LIST)))
            yield Static("Everywhere", classes="keys--head")
            yield Static(key_lines(everywhere))
            yield Static("1 … 9 open the screens; while typing, ctrl+o and a digit.", classes="muted")

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


class HelpScreen(Window[None]):
    """A few sentences. A widget or a screen says them in its class variable ``HELP``."""

    BINDINGS: ClassVar[list[BindingType]] = [_CLOSE]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title, self._text = title, text

    @classmethod
    def about(cls, screen: Screen[object]) -> HelpScreen:
        """Help on the focused widget, or the nearest thing around it that has some."""
        node = screen.focused or screen
        for around in (node, *node.ancestors):
            text = getattr(around, "HELP", "")
            if isinstance(text, str) and text and around is not screen.app:
                title = str(getattr(around, "border_title", "") or "") or type(around).__name__.removesuffix("Screen")
                return cls(title, " ".join(text.split()))
        return cls("Help", "Press ? for the keys of this screen, ctrl+p to find any action by its name.")

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window") as window:
            window.border_title = self._title.replace("[", "\\[")
            window.border_subtitle = "esc closes · ? lists keys"
            yield Static(self._text, markup=False)

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)
