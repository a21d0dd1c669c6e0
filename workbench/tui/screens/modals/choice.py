"""A question with several answers. The focus starts on the first, which must be the harmless one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.view.prose import text
from workbench.tui.window_keys import window_keys


class ChoiceScreen(Window[str]):
    """Answers the name of the choice, ``""`` for none. ``choices`` are pairs of name and label; ``leave`` says what
    ``""`` means."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(back="none"),
    ]

    def __init__(
        self,
        question: str,
        detail: str,
        choices: Sequence[tuple[str, str]],
        *,
        focus: str = "",
        leave: str = "esc back",
    ) -> None:
        super().__init__()
        self._question, self._detail, self._choices, self._focus = question, detail, tuple(choices), focus
        self._leave = leave

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content(self._question)
            window.border_subtitle = Content(self.told(self._leave))
            yield Static(text(self._detail))
            with Horizontal(classes="window--buttons"):
                for name, title in self._choices:
                    yield Button(Content(title), id=f"choice-{name}")

    def on_mount(self) -> None:
        self.query_one(f"#choice-{self._focus or self._choices[0][0]}", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss((event.button.id or "").removeprefix("choice-"))

    def action_none(self) -> None:
        """Back, with nothing chosen."""
        self.dismiss("")
