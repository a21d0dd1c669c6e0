"""One line above a list: what is listed, how many, and (``open``) a field for words that narrow it.

Knows no service: it says which words are wanted, after a pause in typing, and the screen does the rest.
"""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from workbench.tui.widgets.chrome import Clickable

PAUSE = 0.2  # seconds without typing after which the words are looked for
MOST = 120  # code points of the words


class Listed(Static, Clickable):
    """What is listed; the words that choose it can be clicked."""


class FindBar(Horizontal):
    """``left`` and ``right`` on one line; where both do not fit, the right one goes."""

    DEFAULT_CSS = """
    FindBar { height: 1; width: 1fr; padding: 0 1; background: $surface; }
    FindBar > #find-line { width: 1fr; height: 1; }
    FindBar > #find-lead { width: auto; height: 1; color: $accent; text-style: bold; display: none; }
    FindBar > #find-input { display: none; width: 1fr; background: $panel; }
    FindBar.-open > #find-line { display: none; }
    FindBar.-open > #find-lead, FindBar.-open > #find-input { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "Clear", show=False)]

    class Wanted(Message):
        """These words are looked for from now on; empty for none."""

        def __init__(self, words: str) -> None:
            super().__init__()
            self.words = words

    class Closed(Message):
        """The field is closed: the list may have the focus again."""

    def __init__(self, *, placeholder: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._placeholder = placeholder
        self._left, self._right = Content(""), Content("")
        self._said = ""
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        yield Listed(id="find-line", markup=False)
        yield Static("/ ", id="find-lead")
        yield Input(compact=True, placeholder=self._placeholder, max_length=MOST, id="find-input")

    @property
    def words(self) -> str:
        """The words that the list is narrowed by."""
        return self._said

    def show(self, left: Content, right: Content) -> None:
        """Draw the line."""
        self._left, self._right = left, right
        self._draw()

    def open(self) -> None:
        """Let a person type words."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def clear(self) -> None:
        """Forget the words; says so only where there were some."""
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""
        self._say("")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, lambda: self._say(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._say(event.value)
        self._close()

    def action_give_up(self) -> None:
        """No words any more."""
        self.clear()
        self._close()

    def on_resize(self) -> None:
        self._draw()

    def _say(self, words: str) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        words = words.strip()
        if words != self._said:
            self._said = words
            self.post_message(self.Wanted(words))

    def _close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed())

    def _draw(self) -> None:
        line = self.query_one("#find-line", Static)
        width = line.content_size.width or self.size.width - 2
        gap = width - self._left.cell_length - self._right.cell_length
        line.update(Content.assemble(self._left, " " * gap, self._right) if gap >= 2 else self._left)
