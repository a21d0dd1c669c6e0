"""Voting on a case: which key, its passphrase, a comment, and the last six characters of the case typed by hand.

The focus starts on Cancel and Enter alone never votes: the button that does is dead until the characters are right. The
passphrase goes straight to the service and is wiped from its field. A key that ssh-agent holds needs none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.governing_views import CaseView, SignWith
from workbench.service.views import KeyView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.view import held as view
from workbench.tui.view import sign
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import stack, text
from workbench.tui.view.spans import name_of

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

VERBS = {"approve": "Approve", "reject": "Reject"}
WRONG = "these are not the last six characters of the case"


class CaseVoteScreen(ServiceCalls, ModalScreen[CaseView]):
    """Answers the case as it stands after the vote, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    CaseVoteScreen.-window {
        .window { padding: 0 2; }
        Input { background: $panel; width: 1fr; }
        Select { width: 1fr; }
        .row { height: 1; margin-top: 1; }
        .row Label { width: 14; color: $muted; }
        #vote-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #vote-error.-shown { display: block; }
        Button:disabled { color: $muted; }
    }
    CaseVoteScreen.-window.-low .row { margin-top: 0; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (28, "-tall")]  # noqa: RUF012 (Textual declares it so)

    def __init__(
        self,
        workspace: Workspace,
        case: CaseView,
        verdict: Literal["approve", "reject"],
        keys: Sequence[KeyView],
        demo_passphrase: str,
    ) -> None:
        super().__init__(classes="-window")
        self._workspace = workspace
        self._case = case
        self._verdict: Literal["approve", "reject"] = verdict
        self._keys = view.voting_keys(case, keys)
        self._demo = demo_passphrase
        self._voting = False

    def compose(self) -> ComposeResult:
        verb = VERBS[self._verdict]
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(f"{verb} what {name_of(self._case.requester)} asks")
            yield Static(
                stack(
                    text(view.asked(self._case), "$ink bold"),
                    text(view.context_line(self._case), "$muted") if self._case.context else None,
                    text(f"“{one_line(self._case.english)}”", "$accent") if self._case.english else None,
                    view.id_parts(self._case.id),
                    *(view.seat(self._case, place) for place in self._case.seats),
                ),
                id="vote-about",
            )
            if not self._keys:
                yield Static(
                    text(
                        "No key of this machine is registered for anybody who may vote on this. "
                        "`workbench credentials register-key` registers one.",
                        "$deny",
                    )
                )
            else:
                with Horizontal(classes="row"):
                    yield Label("Key")
                    yield Select(
                        [(Content(view.key_name(key)), number) for number, key in enumerate(self._keys)],
                        value=0,
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
                        placeholder="type the last six characters of the case",
                        max_length=view.CONFIRM_LENGTH,
                        id="typed",
                    )
            yield Static(id="vote-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(verb, id="vote", disabled=True)

    def on_mount(self) -> None:
        self.query_one("#cancel", Button).focus(scroll_visible=False)

    def _passphrase_hint(self) -> str:
        return f"DEMO keys: {one_line(self._demo)}" if self._demo else "of that key"

    # ---- typing --------------------------------------------------------------------------------------------------

    def on_select_changed(self) -> None:
        """A key of the agent is unlocked there: nothing is to be typed for it."""
        field = self.query_one("#passphrase", Input)
        agent = view.held_by_agent(self._key)
        field.disabled = agent
        field.placeholder = "ssh-agent holds it: none needed" if agent else self._passphrase_hint()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "typed":
            self._arm()
            self._say(WRONG if len(event.value) == view.CONFIRM_LENGTH and not self._confirmed else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field; on the last one, to the button, and only if it is alive."""
        if event.input.id != "typed":
            self.focus_next()
        elif self._confirmed:
            self.query_one("#vote", Button).focus()
        else:
            self._say(WRONG)

    @property
    def _key(self) -> KeyView:
        number = self.query_one("#key", Select).value
        return self._keys[number if isinstance(number, int) else 0]

    @property
    def _confirmed(self) -> bool:
        return bool(self._keys) and sign.confirms(self.query_one("#typed", Input).value, self._case.id)

    def _arm(self) -> None:
        self.query_one("#vote", Button).disabled = self._voting or not self._confirmed

    # ---- voting --------------------------------------------------------------------------------------------------

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.action_cancel()
        elif self._confirmed and not self._voting:
            self._vote()

    def _vote(self) -> None:
        self._voting = True
        self._arm()
        self._say("")
        key, passphrase = self._key, self.query_one("#passphrase", Input)
        using = (
            SignWith(agent=key.fingerprint)
            if view.held_by_agent(key)
            else SignWith(key_path=key.path, passphrase=passphrase.value)
        )
        self.run_service(
            self._workspace.cases.vote,
            self._case.id,
            self._verdict,
            using=using,
            comment=self.query_one("#comment", Input).value.strip(),
            group="vote",
            on_result=self.dismiss,
            on_error=self._failed,
        )
        passphrase.clear()

    def _failed(self, error: Exception) -> None:
        self._voting = False
        self._arm()
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: the vote failed")
        self.query_one("#passphrase", Input).focus()

    def _say(self, said: str) -> None:
        shown = self.query_one("#vote-error", Static)
        shown.update(text(f"✗ {said}") if said else "")
        shown.set_class(bool(said), "-shown")

    def action_cancel(self) -> None:
        """Back, with nothing signed."""
        for field in self.query(Input):
            field.clear()
        self.dismiss(None)
