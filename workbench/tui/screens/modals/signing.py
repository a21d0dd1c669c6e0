"""What every window that signs has in common: which key, its passphrase, and six characters typed by hand.

The focus starts on Cancel and Enter alone never signs: the button that does is dead until the characters are right. The
passphrase goes straight to the service and is wiped from its field. A key that ssh-agent holds needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Mount, Resize
from textual.widget import Widget
from textual.widgets import Button, Input, Label, Select, Static

from workbench.service.governing_views import SignWith
from workbench.service.views import KeyView
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import sign as view
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import text
from workbench.tui.view.review import digest_parts
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

Answer = TypeVar("Answer")

NO_SECOND = -1  # no second key


class SigningWindow(ServiceCalls, Window[Answer]):
    """Answers what the service answers, or ``None``. Subclasses say what is signed and which rows are filled in.

    ``verb`` is on the button. ``confirm``: what is shown, whose last six characters are typed; ``confirm_name``: its
    name in a sentence.
    """

    AUTO_FOCUS = ""  # it begins at its top, with the focus on Cancel
    NOBODY: ClassVar[str] = "No key of this machine is in the roster in force: nobody here can sign."
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    DEFAULT_CSS = """
    SigningWindow {
        .window { padding: 0 2; }
        Input { background: $panel; width: 1fr; }
        Select { width: 1fr; }
        .row { height: 1; margin-top: 1; }
        .row Label { width: 14; color: $muted; }
        #sign-error { color: $deny; height: auto; margin-top: 1; display: none; }
        #sign-error.-shown { display: block; }
        #sign-what { height: auto; }
        .sign-tail { display: none; }
        Button:disabled { color: $muted; }
    }
    SigningWindow.-low .row { margin-top: 0; }
    SigningWindow.-low #sign-what { margin-bottom: 1; }
    SigningWindow.-short #sign-what { max-height: 3; margin-bottom: 0; }
    SigningWindow.-short .sign-tail { display: block; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (28, "-tall")]  # noqa: RUF012 (Textual declares it so)

    def __init__(
        self, workspace: Workspace, keys: Sequence[KeyView], verb: str, confirm: str, confirm_name: str = "the digest"
    ) -> None:
        super().__init__()
        self.verb = verb
        self._workspace = workspace
        self._keys = list(keys)
        self._confirm, self._confirm_name = confirm, confirm_name
        self._demo = workspace.demo_passphrase()
        self._signing = False

    # ---- for windows to say --------------------------------------------------------------------------------------

    def heading(self) -> str:
        """The window's title."""
        return self.verb

    def about(self) -> Content:
        """What is signed, above the rows."""
        return Content("")

    def rows(self) -> Iterator[Widget]:
        """The rows to fill in, between what is signed and the six characters."""
        yield from self.key_rows()

    def key_name(self, key: KeyView) -> str:
        """A key in the list."""
        return view.key_name(key)

    def suggested(self) -> int:
        """Which of the keys is offered first."""
        return 0

    def missing(self) -> tuple[str, str]:
        """What still has to be filled in, in words, and the field where; both empty when nothing has."""
        return "", ""

    def work(self) -> Callable[[], Answer]:
        """The call that signs, made of what the fields hold now; it runs in a thread and touches no widget."""
        raise NotImplementedError

    # ---- the window ----------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(self.heading())
            with VerticalScroll(id="sign-what", can_focus=False):
                yield Static(self.about(), id="sign-about")
            if not self._keys:
                yield Static(text(self.NOBODY, "$deny"))
            else:
                yield from self.rows()
                tail = self.row("of", Static(Content.assemble(("…", "$muted"), digest_parts(self._confirm[-18:]))))
                yield tail.add_class("sign-tail")
                yield self.row(
                    "Last six",
                    Input(
                        compact=True,
                        placeholder=f"type the last six characters of {self._confirm_name}",
                        max_length=view.CONFIRM_LENGTH,
                        id="typed",
                    ),
                )
            yield Static(id="sign-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(self.verb, id="sign", disabled=True)

    @staticmethod
    def row(name: str, *widgets: Widget) -> Horizontal:
        """A label and what is filled in beside it."""
        return Horizontal(Label(name), *widgets, classes="row")

    def key_rows(self, second: str = "") -> Iterator[Widget]:
        """Key and passphrase; with ``second`` (its label) those of another person, who may be left out."""
        tail = "-2" if second else ""
        choices = [(Content(self.key_name(key)), number) for number, key in enumerate(self._keys)]
        if second:
            choices.insert(0, (Content("nobody here"), NO_SECOND))
        start = NO_SECOND if second else self.suggested()
        yield self.row(second or "Key", ChoiceField(choices, value=start, name=f"key{tail}"))
        yield self.row(
            "Passphrase", Input(password=True, compact=True, placeholder="of that key", id=f"passphrase{tail}")
        )

    def on_mount(self, _event: Mount) -> None:
        """The focus starts on Cancel."""
        self.query_one("#cancel", Button).focus(scroll_visible=False)

    def on_resize(self, _event: Resize) -> None:
        """Where what is signed has little room it can have the focus, to be scrolled."""
        self.call_after_refresh(self._let_scroll)

    def _let_scroll(self) -> None:
        what = self.query_one("#sign-what", VerticalScroll)
        what.can_focus = what.max_scroll_y > 0

    def _hint(self, key: KeyView | None) -> str:
        if key is None:
            return ""
        if not view.needs_passphrase(key):
            return "none needed: ssh-agent holds it" if view.held_by_agent(key) else "none needed: it is not encrypted"
        return f"DEMO keys: {one_line(self._demo)}" if self._demo and key.demo else "of that key"

    def _key(self, tail: str = "") -> KeyView | None:
        number = self.query_one(f"#key{tail}", Select).value
        return self._keys[number] if isinstance(number, int) and number != NO_SECOND else None

    def using(self, tail: str = "") -> SignWith | None:
        """The key chosen, with what was typed for it; the passphrase is wiped from its field."""
        key, field = self._key(tail), self.query_one(f"#passphrase{tail}", Input)
        passphrase = field.value
        field.clear()
        if key is None:
            return None
        return SignWith(agent=key.fingerprint) if view.held_by_agent(key) else SignWith(key.path, passphrase)

    # ---- typing --------------------------------------------------------------------------------------------------

    def on_select_changed(self, event: Select.Changed) -> None:
        """A key that needs no passphrase takes none."""
        name = event.select.id or ""
        if not name.startswith("key"):
            return
        tail = name.removeprefix("key")
        field, key = self.query_one(f"#passphrase{tail}", Input), self._key(tail)
        field.disabled = key is None or not view.needs_passphrase(key)
        field.placeholder = self._hint(key)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.id == "typed":
            self._arm()
            wrong = len(event.value) == view.CONFIRM_LENGTH and not self._confirmed
            self._say(self._wrong if wrong else "")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field; on the last one, to the button, and only if it is alive."""
        if event.input.id != "typed":
            self.focus_next()
        elif self._confirmed:
            self.query_one("#sign", Button).focus()
        else:
            self._say(self._wrong)

    @property
    def _wrong(self) -> str:
        return f"these are not the last six characters of {self._confirm_name}"

    @property
    def _confirmed(self) -> bool:
        return bool(self._keys) and view.confirms(self.query_one("#typed", Input).value, self._confirm)

    def _arm(self) -> None:
        self.query_one("#sign", Button).disabled = self._signing or not self._confirmed

    # ---- signing -------------------------------------------------------------------------------------------------

    def on_button_pressed(self, event: Button.Pressed) -> None:
        if event.button.id == "cancel":
            self.action_cancel()
        elif self._confirmed and not self._signing:
            self._sign()

    def _sign(self) -> None:
        said, where = self.missing()
        if said:
            self._say(said)
            self.query_one(where).focus()
            return
        self._signing = True
        self._arm()
        self._say("")
        self.run_service(self.work(), group="sign", on_result=self.dismiss, on_error=self._failed)

    def _failed(self, error: Exception) -> None:
        self._signing = False
        self._arm()
        parts = [getattr(error, name, "") for name in ("title", "detail", "hint")]
        self._say("\n".join(part for part in parts if part) or f"{type(error).__name__}: it was not signed")
        self.query_one("#passphrase", Input).focus()

    def _say(self, said: str) -> None:
        shown = self.query_one("#sign-error", Static)
        shown.update(text(f"✗ {said}") if said else "")
        shown.set_class(bool(said), "-shown")
        if said:
            window = self.query_one(".window", VerticalScroll)
            self.call_after_refresh(window.scroll_end, animate=False)  # so that the buttons are in sight as well

    def action_cancel(self) -> None:
        """Back, with nothing signed."""
        for field in self.query(Input):
            field.clear()
        self.dismiss(None)
