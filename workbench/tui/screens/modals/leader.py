"""After ctrl+o: the nine screens, one digit each, and the windows about the draft, a letter each.

Works while typing and in terminals that eat other keys.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from workbench.tui.actions import REGISTRY, SCREEN_NAMES
from workbench.tui.screens.modals.window import SHORT, SLIM, Window
from workbench.tui.view.chrome import clickable
from workbench.tui.widgets.chrome import Clickable
from workbench.tui.window_keys import window_keys

PURPOSE: dict[str, str] = {
    "overview": "what is in force, what waits, how it goes",
    "author": "English to Cedar+",
    "tests": "cases on both engines",
    "review": "the draft against what is in force",
    "sign": "proposals, quorum, timelock",
    "live": "decisions as they are made",
    "cases": "procedures that wait for people",
    "speech": "what agents say, judged",
    "history": "versions and ledger in one timeline",
}


PANES: dict[str, tuple[str, str, str]] = {
    "w": ("words", "Words", "what a sentence can speak of"),
    "t": ("try", "Try", "a request, decided by the draft"),
    "d": ("last-days", "Last days", "what the draft would have changed"),
}
"""What a letter opens: a window about the draft."""

TOUR = {"T": "tour", "full_stop": "tour_next", "comma": "tour_back"}
"""The keys of the tour, also while typing: what each runs on the app."""


JUMP = REGISTRY["global.jump"]


class Choice(Static, Clickable):
    """One line: what opens it, its name and, where there is room, what it is for."""

    def __init__(self, key: str, name: str, purpose: str, run: str, *, here: bool = False) -> None:
        super().__init__()
        self._head = Content.assemble(
            (f"{key:2}", "$accent bold"), (f"{name:10}", "$primary bold" if here else "$ink bold")
        )
        self._purpose, self._run = Content.styled(purpose, "$muted"), run

    def fit(self, whole: bool) -> None:
        """The whole line, or the name alone."""
        line = self._head + self._purpose if whole else self._head
        self.update(line.stylize(clickable(f"choose('{self._run}')")))


class LeaderScreen(Window[str]):
    """Answers the name of the screen or window chosen."""

    DEFAULT_CSS = """
    LeaderScreen.-short .window { layout: grid; grid-size: 2; grid-rows: 1; width: 40; height: auto; }
    """
    BINDINGS: ClassVar = [*window_keys(back="close"), Binding("ctrl+o,enter", "close", show=False)]

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Go to"
            window.border_subtitle = Content(self.told("a digit, a letter, or esc"))
            for number, name in enumerate(SCREEN_NAMES, start=1):
                yield Choice(str(number), name.capitalize(), PURPOSE[name], name, here=name == self._current)
            for letter, (name, title, purpose) in PANES.items():
                yield Choice(letter, title, purpose, name)
            yield Choice(JUMP.key_text, "Jump", "a letter on every pane", "jump")
            yield Choice("T", "Tour", "five steps; . goes on, , goes back", "tour")

    def on_resize(self, event: events.Resize) -> None:
        """In a small terminal the names stand in two columns."""
        for choice in self.query(Choice):
            choice.fit(event.size.height >= SHORT and event.size.width >= SLIM)

    def on_key(self, event: events.Key) -> None:
        if event.key in "123456789" and len(event.key) == 1:
            event.stop()
            self.action_choose(SCREEN_NAMES[int(event.key) - 1])
        elif event.key in PANES:
            event.stop()
            self.action_choose(PANES[event.key][0])
        elif event.key in JUMP.bound:
            event.stop()
            self.action_choose("jump")
        elif event.key in TOUR:
            event.stop()
            self.action_choose(TOUR[event.key])

    def action_choose(self, name: str) -> None:
        """Open the screen or window called ``name``, or steer the tour."""
        self.dismiss(name)

    def action_close(self) -> None:
        """Back, without going anywhere."""
        self.dismiss("")
