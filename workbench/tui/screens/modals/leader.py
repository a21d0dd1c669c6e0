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
from workbench.tui.screens.modals.window import Window
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
    """One screen's line."""


class LeaderScreen(Window[str]):
    """Answers the name of the screen or window chosen."""

    BINDINGS: ClassVar = [*window_keys(back="close"), Binding("ctrl+o,enter", "close", show=False)]

    def __init__(self, current: str) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Go to"
            window.border_subtitle = "a digit, a letter, or esc"
            for number, name in enumerate(SCREEN_NAMES, start=1):
                here = name == self._current
                line = Content.assemble(
                    (f"{number} ", "$accent bold"),
                    (f"{name.capitalize():10}", "$primary bold" if here else "$ink bold"),
                    (PURPOSE[name], "$muted"),
                )
                yield Choice(line.stylize(clickable(f"choose('{name}')")))
            for letter, (name, title, purpose) in PANES.items():
                line = Content.assemble(
                    (f"{letter} ", "$accent bold"), (f"{title:10}", "$ink bold"), (purpose, "$muted")
                )
                yield Choice(line.stylize(clickable(f"choose('{name}')")))
            line = Content.assemble(
                (f"{JUMP.key_text:2}", "$accent bold"),
                (f"{'Jump':10}", "$ink bold"),
                ("a letter on every pane", "$muted"),
            )
            yield Choice(line.stylize(clickable("choose('jump')")))
            line = Content.assemble(
                ("T ", "$accent bold"),
                (f"{'Tour':10}", "$ink bold"),
                ("five steps; . goes on, , goes back", "$muted"),
            )
            yield Choice(line.stylize(clickable("choose('tour')")))

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
