"""Going back to what stood before the version in force: a proposal like any other, with the same quorum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.views import VersionView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

NOBODY = "No key of this machine is in the roster in force: nobody here can propose."


class RevertScreen(ServiceCalls, Window[str]):
    """Answers the digest of the proposal, or ``None``. ``people``: the signers whose keys this machine has."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]
    DEFAULT_CSS = """
    RevertScreen {
        Label { color: $muted; margin-top: 1; }
        Input { background: $panel; }
        #revert-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #revert-error.-shown { display: block; }
    }
    """

    def __init__(self, workspace: Workspace, version: VersionView, people: Sequence[str]) -> None:
        super().__init__()
        self._workspace, self._version, self._people = workspace, version, tuple(people)

    def compose(self) -> ComposeResult:
        version = self._version
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(f"Go back from {one_line(version.version)}")
            yield Static(
                stack(
                    text(f"Proposes the content of {one_line(str(version.parent_version))} as a new version."),
                    text("It needs the quorum of what it undoes, and no timelock. Your draft stays.", "$muted"),
                )
            )
            yield Label("Why: one sentence that signers read")
            yield Input(max_length=200, compact=True, id="summary")
            if self._people:
                yield Label("Proposed by")
                yield Select(
                    [(Content(one_line(person)), person) for person in self._people],
                    value=self._people[0],
                    allow_blank=False,
                    compact=True,
                    id="proposer",
                )
            else:
                yield Static(text(NOBODY, "$deny"))
            yield Static(id="revert-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Propose", id="propose", disabled=not self._people)

    def on_mount(self) -> None:
        self.query_one("#summary", Input).focus()

    def on_input_submitted(self) -> None:
        """Enter in the summary goes on to the button; a second Enter proposes."""
        self.query_one("#propose" if self._people else "#cancel", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.action_cancel()
            return
        summary = self.query_one("#summary", Input).value.strip()
        if not summary:
            self._say("say why: signers read it first")
            self.query_one("#summary", Input).focus()
            return
        event.button.disabled = True
        proposer = str(self.query_one("#proposer", Select).value)
        self.run_service(
            self._workspace.amending.revert,
            summary,
            proposer,
            group="revert",
            on_result=self.dismiss,
            on_error=self._failed,
        )

    def _failed(self, error: Exception) -> None:
        self.query_one("#propose", Button).disabled = False
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}")

    def _say(self, said: str) -> None:
        shown = self.query_one("#revert-error", Static)
        shown.update(text(f"✗ {said}"))
        shown.add_class("-shown")

    def action_cancel(self) -> None:
        """Back, with nothing proposed."""
        self.dismiss(None)
