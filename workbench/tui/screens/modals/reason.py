"""A question that wants a reason, where nobody signs. The focus starts on Cancel, so Enter alone never does it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.window_keys import window_keys


class ReasonScreen(Window[str | None]):
    """Answers the reason, which may be empty; ``None`` for no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="no"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    ReasonScreen .window { padding: 0 2; }
    ReasonScreen Input { background: $panel; width: 1fr; }
    ReasonScreen .row { height: 1; margin-top: 1; }
    ReasonScreen .row Label { width: 8; color: $muted; }
    """

    def __init__(self, question: str, about: Content, *, yes: str) -> None:
        super().__init__()
        self._question, self._about, self._yes = question, about, yes

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(self._question)
            yield Static(self._about)
            yield Horizontal(
                Label("Why"),
                Input(compact=True, placeholder="a sentence, kept for good", max_length=500, id="why"),
                classes="row",
            )
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="no")
                yield Button(self._yes, id="yes")

    def on_mount(self) -> None:
        self.query_one("#no", Button).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter leads to the buttons, the safe one first."""
        event.stop()
        self.query_one("#no", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(self.query_one("#why", Input).value.strip() if event.button.id == "yes" else None)

    def action_no(self) -> None:
        """The safe answer."""
        self.dismiss(None)
