"""Evidence that a person adds to a transcript, as JSON. What is wrong with it is said here, and the text stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from workbench.tui.lexers.json import lex
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.prose import text
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.window_keys import window_keys

EXAMPLE = '[{"citation_key": "report", "ground_id": "report-7"}]'
_ABOUT = (
    "A list of grounds, each with the key that the agent cites as [@key] and the id of what it points at; or of "
    "OpenAI annotations. Only what supports, and is not the agent's own declaration, counts."
)


class SpeechGroundsScreen(Window[str | None]):
    """Answers the JSON text, ``""`` to add none, ``None`` for no change. ``read`` raises what is wrong with a text."""

    SUFFIX = ".json"
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(leave="none", use="use"),
    ]
    DEFAULT_CSS = """
    SpeechGroundsScreen .window { width: 92; padding: 0 2; }
    SpeechGroundsScreen CodeArea { height: 9; margin: 1 0 0 0; background: $panel; }
    SpeechGroundsScreen #grounds-error { height: auto; display: none; color: $deny; }
    SpeechGroundsScreen #grounds-error.-shown { display: block; }
    """

    def __init__(self, given: str, read: Callable[[str], Any]) -> None:
        super().__init__()
        self._given, self._read = given, read

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content("Evidence to add")
            window.border_subtitle = Content(self.told("F5 uses them · esc back"))
            yield Static(text(_ABOUT, "$muted"))
            yield Static(text(EXAMPLE, "$accent"))
            yield CodeArea(lex, placeholder="[ … ]", id="grounds-json")
            yield Static(id="grounds-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Back", id="grounds-back")
                yield Button("None", id="grounds-none")
                yield Button("Use them", id="grounds-use")

    def on_mount(self) -> None:
        area = self.query_one(CodeArea)
        area.show_text(self._given)
        area.focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "grounds-use":
                self.action_use()
            case "grounds-none":
                self.dismiss("")
            case _:
                self.dismiss(None)

    def action_use(self) -> None:
        """Take them, where they can be read."""
        given = self.query_one(CodeArea).text
        try:
            if given.strip():
                self._read(given)
        except Exception as error:
            parts = [str(getattr(error, name, "")) for name in ("detail", "hint")]
            said = self.query_one("#grounds-error", Static)
            said.update(text("\n".join(part for part in parts if part) or str(error)))
            said.add_class("-shown")
            return
        self.dismiss(given.strip())

    def action_none(self) -> None:
        """Back, with nothing changed."""
        self.dismiss(None)
