"""One line over the footer, for words to search a list for. It says at once what they find. Knows no service."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static

MOST = 120  # code points


class SearchLine(Horizontal):
    """``typed`` gets the words at every change and answers what they find; ``ended`` gets them once, maybe none."""

    DEFAULT_CSS = """
    SearchLine { dock: bottom; height: 1; width: 1fr; background: $panel; padding: 0 1; }
    SearchLine > #search-lead { width: 2; color: $accent; text-style: bold; }
    SearchLine > Input { width: 1fr; background: $panel; }
    SearchLine > #search-found { width: auto; color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", "Back", show=False),
        Binding("down,up,tab,shift+tab", "keep", "Back to the list", show=False),
    ]
    HELP = """Words to search the list for: the cursor goes to the next row that has them. Enter keeps them, then
    {list.next-match} and {list.previous-match} go from one to the next; esc goes back to where you were."""

    def __init__(self, typed: Callable[[str], str], ended: Callable[[str], object]) -> None:
        super().__init__()
        self._typed, self._ended = typed, ended
        self._over = False

    def compose(self) -> ComposeResult:
        yield Static("/", id="search-lead")
        yield Input(compact=True, placeholder="words in this list", max_length=MOST)
        yield Static("enter keeps · esc back", id="search-found")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        found = self._typed(event.value)
        self.query_one("#search-found", Static).update(Content(found or "enter keeps · esc back"))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._end(event.value)

    def on_descendant_blur(self) -> None:
        self._end(self.query_one(Input).value)

    def action_keep(self) -> None:
        """Back to the list, with the words."""
        self._end(self.query_one(Input).value)

    def action_give_up(self) -> None:
        """Back to where one was, without words."""
        self._end("")

    def _end(self, words: str) -> None:
        if self._over:
            return
        self._over = True
        self._ended(words)
        self.remove()
