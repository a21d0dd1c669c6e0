"""What the windows that make a proposal have in common: a sentence that signers read, and in whose name.

Nobody proposes by accident: enter in the sentence leads to Cancel, never to the button that does it. A sentence that
was written and not used is offered again. Imports the windows' base; the service comes in by the subclasses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar
from weakref import WeakKeyDictionary

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static
from textual.widgets.input import Selection

from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.prose import named, text
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.window_keys import window_keys

Answer = TypeVar("Answer")

NOBODY = "No key of this machine is in the roster in force: nobody here can propose."
_UNUSED: WeakKeyDictionary[App[object], dict[str, str]] = WeakKeyDictionary()


class ProposingWindow(ServiceCalls, Window[Answer]):
    """Answers what the service answers, or ``None``. ``people``: the signers whose keys this machine has."""

    ASKED: ClassVar[tuple[str, str]] = ("Summary", "one sentence that signers read")
    LACKING: ClassVar[str] = "a summary is needed: signers read it first"
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    ProposingWindow {
        .window { padding: 0 2; }
        Input { background: $panel; width: 1fr; }
        Select { width: 1fr; }
        .row { height: 1; margin-top: 1; }
        .row Label { width: 14; color: $muted; }
        #propose-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #propose-error.-shown { display: block; }
    }
    """

    def __init__(self, people: Sequence[str]) -> None:
        super().__init__()
        self._people = tuple(people)

    # ---- for windows to say --------------------------------------------------------------------------------------

    def heading(self) -> str:
        """The window's title."""
        raise NotImplementedError

    def about(self) -> Content:
        """What is proposed, above the fields."""
        raise NotImplementedError

    def suggested(self) -> str:
        """The sentence that is offered first."""
        return ""

    def work(self, summary: str, proposer: str) -> Callable[[], Answer]:
        """The call that proposes; it runs in a thread and touches no widget."""
        raise NotImplementedError

    # ---- the window ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(self.heading())
            yield Static(self.about())
            name, hint = self.ASKED
            summary = Input(
                self._offered, max_length=200, compact=True, select_on_focus=False, placeholder=hint, id="summary"
            )
            yield Horizontal(Label(name), summary, classes="row")
            if self._people:
                people = [(named(person, "$ink"), person) for person in self._people]
                proposer = ChoiceField(people, value=self._people[0], name="proposer")
                yield Horizontal(Label("Proposed by"), proposer, classes="row")
            else:
                yield Static(text(NOBODY, "$deny"), id="nobody")
            yield Static(id="propose-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Propose", id="propose", disabled=not self._people)

    @property
    def _offered(self) -> str:
        return _UNUSED.get(self.app, {}).get(self.heading(), "") or self.suggested()

    def on_mount(self) -> None:
        summary = self.query_one("#summary", Input)
        summary.focus()
        summary.selection = Selection(len(summary.value), 0)  # read from its beginning; what is typed replaces it

    def on_input_submitted(self) -> None:
        """Enter in the sentence leads to the buttons, the safe one first."""
        self.query_one("#cancel", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.action_cancel()
            return
        summary = self.query_one("#summary", Input).value.strip()
        if not summary:
            self._say(self.LACKING)
            self.query_one("#summary", Input).focus()
            return
        event.button.disabled = True
        call = self.work(summary, str(self.query_one("#proposer", Select).value))
        self.run_service(call, group="propose", on_result=self._proposed, on_error=self._failed)

    def _proposed(self, answer: Answer) -> None:
        _UNUSED.get(self.app, {}).pop(self.heading(), None)
        self.dismiss(answer)

    def _failed(self, error: Exception) -> None:
        self.query_one("#propose", Button).disabled = False
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}")

    def _say(self, said: str) -> None:
        shown = self.query_one("#propose-error", Static)
        shown.update(text(f"✗ {said}"))
        shown.add_class("-shown")

    def action_cancel(self) -> None:
        """Back, with nothing proposed; the sentence is kept for the next time."""
        written = self.query_one("#summary", Input).value.strip()
        _UNUSED.setdefault(self.app, {})[self.heading()] = "" if written == self.suggested() else written
        self.dismiss(None)
