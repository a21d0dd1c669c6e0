"""Turning the draft into a proposal: a summary, who proposes it, and what it will need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.views import ProposalView, ReviewView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.view.review import CLASSES, suggested_summary

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


class ProposeScreen(ServiceCalls, Window[ProposalView]):
    """Answers the proposal that was made, or ``None``. ``people`` are the signers whose keys this machine has."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "Cancel")]
    DEFAULT_CSS = """
    ProposeScreen {
        Label { color: $muted; margin-top: 1; }
        Input { background: $panel; }
        #propose-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #propose-error.-shown { display: block; }
    }
    """

    def __init__(self, workspace: Workspace, review: ReviewView, people: Sequence[str]) -> None:
        super().__init__()
        self._workspace, self._review, self._people = workspace, review, tuple(people)

    def compose(self) -> ComposeResult:
        review = self._review
        rules = plural(len(review.changes), "rule changes", "rules change")
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = "Propose the draft"
            yield Static(
                stack(
                    Content.assemble(
                        (f"{review.amendment_class} amendment", CLASSES.get(review.amendment_class, "$ink bold")),
                        (
                            f" of {one_line(review.before_version)}, {rules}",
                            "$ink",
                        ),
                    ),
                    Content.assemble(("needs ", "$muted"), text(review.procedure)),
                    *(text(f"▲ {one_line(warning.message)}", "$sev-warning") for warning in review.warnings),
                )
            )
            yield Label("Summary: one sentence that signers read")
            yield Input(suggested_summary(review), max_length=200, compact=True, id="summary")
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
                yield Static(
                    text("No key of this machine is in the roster in force: nobody here can propose.", "$deny"),
                    id="nobody",
                )
            yield Static(id="propose-error")
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
            self.dismiss(None)
            return
        summary = self.query_one("#summary", Input).value.strip()
        if not summary:
            self._say("a summary is needed: signers read it first")
            self.query_one("#summary", Input).focus()
            return
        event.button.disabled = True
        self.run_service(
            self._workspace.propose,
            summary,
            proposer=str(self.query_one("#proposer", Select).value),
            group="propose",
            on_result=self.dismiss,
            on_error=self._failed,
        )

    def _failed(self, error: Exception) -> None:
        self.query_one("#propose", Button).disabled = False
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: {error}")

    def _say(self, said: str) -> None:
        shown = self.query_one("#propose-error", Static)
        shown.update(text(f"✗ {said}"))
        shown.add_class("-shown")

    def action_cancel(self) -> None:
        """Back, with nothing proposed."""
        self.dismiss(None)
