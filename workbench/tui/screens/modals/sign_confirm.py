"""Signing a vote: which key, its passphrase, and the last six characters of the digest typed by hand.

The focus starts on Cancel and Enter alone never signs: the button that does is dead until the characters are right. The
passphrase goes straight to the service and is wiped from its field.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.views import KeyView, ProposalView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.view import sign as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text
from workbench.tui.view.review import CLASSES, digest_parts

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

VERBS = {"approve": "Approve", "reject": "Reject"}


class SignScreen(ServiceCalls, ModalScreen[ProposalView]):
    """Answers the proposal as it stands after the vote, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    SignScreen.-window {
        .window { padding: 0 2; }
        Input { background: $panel; width: 1fr; }
        Select { width: 1fr; }
        .row { height: 1; margin-top: 1; }
        .row Label { width: 14; color: $muted; }
        .hint { color: $muted; }
        #sign-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #sign-error.-shown { display: block; }
        Button:disabled { color: $muted; }
    }
    SignScreen.-window.-low .row { margin-top: 0; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (28, "-tall")]  # noqa: RUF012 (Textual declares it so)

    def __init__(
        self,
        workspace: Workspace,
        proposal: ProposalView,
        verdict: str,
        keys: Sequence[KeyView],
        demo_passphrase: str,
    ) -> None:
        super().__init__(classes="-window")
        self._workspace = workspace
        self._proposal = proposal
        self._verdict = verdict
        self._keys = [key for key in keys if key.principal]
        self._demo = demo_passphrase
        self._signing = False

    def compose(self) -> ComposeResult:
        version = self._proposal.version
        verb = VERBS[self._verdict]
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(f"{verb} version {one_line(version.version)}")
            yield Static(
                stack(
                    digest_parts(version.digest.removeprefix("sha256:")),
                    Content.assemble(
                        (one_line(version.amendment_class), CLASSES.get(version.amendment_class, "$ink bold")),
                        "  ",
                        text(one_line(version.summary)),
                    ),
                    *(view.seat_line(seat) for seat in self._proposal.seats),
                ),
                id="sign-about",
            )
            if not self._keys:
                yield Static(text("No key of this machine is in the roster in force: nobody here can vote.", "$deny"))
            else:
                with Horizontal(classes="row"):
                    yield Label("Key")
                    yield Select(
                        [(Content(view.key_name(key)), key.path) for key in self._keys],
                        value=self._suggested(),
                        allow_blank=False,
                        compact=True,
                        id="key",
                    )
                with Horizontal(classes="row"):
                    yield Label("Passphrase")
                    yield Input(password=True, compact=True, placeholder=self._passphrase_hint(), id="passphrase")
                with Horizontal(classes="row"):
                    yield Label("Comment")
                    yield Input(compact=True, placeholder="optional, goes into the vote", max_length=500, id="comment")
                with Horizontal(classes="row"):
                    yield Label("Last six")
                    yield Input(
                        compact=True,
                        placeholder="type the last six characters of the digest",
                        max_length=view.CONFIRM_LENGTH,
                        id="typed",
                    )
            yield Static(id="sign-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(verb, id="sign", disabled=True)

    def on_mount(self) -> None:
        self.query_one("#cancel", Button).focus(scroll_visible=False)

    def _suggested(self) -> str:
        """A key whose person can still fill a seat, or the first."""
        voted = {signer.principal for signer in self._proposal.version.signers}
        able = {who for seat in self._proposal.seats if not seat.filled_by for who in seat.may_fill}
        fitting = [key.path for key in self._keys if key.principal not in voted and key.principal in able]
        fresh = [key.path for key in self._keys if key.principal not in voted]
        return (fitting or fresh or [self._keys[0].path])[0]

    def _passphrase_hint(self) -> str:
        return f"DEMO keys: {one_line(self._demo)}" if self._demo else "of that key"

    # ---- typing --------------------------------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "typed":
            self._arm()
            wrong = len(event.value) == view.CONFIRM_LENGTH and not self._confirmed
            self._say("these are not the last six characters of the digest" if wrong else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field; on the last one, to the button, and only if it is alive."""
        if event.input.id == "typed" and not self._confirmed:
            self._say("these are not the last six characters of the digest")
            return
        self.focus_next()
        if event.input.id == "typed":
            self.query_one("#sign", Button).focus()

    @property
    def _confirmed(self) -> bool:
        return bool(self._keys) and view.confirms(self.query_one("#typed", Input).value, self._proposal.version.digest)

    def _arm(self) -> None:
        self.query_one("#sign", Button).disabled = self._signing or not self._confirmed

    # ---- signing -------------------------------------------------------------------------------------------------

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.action_cancel()
        elif self._confirmed and not self._signing:
            self._sign()

    def _sign(self) -> None:
        self._signing = True
        self._arm()
        self._say("")
        passphrase = self.query_one("#passphrase", Input)
        self.run_service(
            self._workspace.vote,
            self._proposal.version.digest,
            key_path=str(self.query_one("#key", Select).value),
            passphrase=passphrase.value,
            verdict=self._verdict,
            comment=self.query_one("#comment", Input).value.strip(),
            group="vote",
            on_result=self.dismiss,
            on_error=self._failed,
        )
        passphrase.clear()

    def _failed(self, error: Exception) -> None:
        self._signing = False
        self._arm()
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: the vote failed")
        self.query_one("#passphrase", Input).focus()

    def _say(self, said: str) -> None:
        shown = self.query_one("#sign-error", Static)
        shown.update(text(f"✗ {said}") if said else "")
        shown.set_class(bool(said), "-shown")

    def action_cancel(self) -> None:
        """Back, with nothing signed."""
        for field in self.query(Input):
            field.clear()
        self.dismiss(None)
