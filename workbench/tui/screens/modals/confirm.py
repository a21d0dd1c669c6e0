"""A question with two answers. The focus starts on the safe one, so Enter alone never does the other."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.window_keys import window_keys


class ConfirmScreen(Window[bool]):
    """Answers ``True`` only for the deliberate yes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="no"),
        Binding("left,right,tab", "other", "Other", show=False, priority=True),
    ]

    def __init__(self, question: str, detail: str = "", *, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question, self._detail, self._yes, self._no = question, detail, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = self._question.replace("[", "\\[")
            yield Static(self._detail, markup=False)
            with Horizontal(classes="window--buttons"):
                yield Button(self._no, id="no")
                yield Button(self._yes, id="yes")

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_no(self) -> None:
        """The safe answer."""
        self.dismiss(False)

    def action_other(self) -> None:
        """Move between the two answers."""
        self.focus_next()
