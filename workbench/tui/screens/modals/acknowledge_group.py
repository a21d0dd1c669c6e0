"""Acknowledging a group of refusals: until when, why, and who says so. It decides nothing, so no digest is typed.

A key of this machine that the roster knows signs it; without one, or where nobody wants to sign, it is said unsigned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Mount
from textual.widgets import Button, Input, Select, Static

from workbench.service.group_views import AckView
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import NO_SECOND, SigningWindow
from workbench.tui.view import groups as view
from workbench.tui.view.prose import stack, text

if TYPE_CHECKING:
    from workbench.service.group_views import GroupView
    from workbench.service.workspace import Workspace

OWN = "own"
_FORM = re.compile(r"([0-9]{1,6})\s*(m|h|d)", re.IGNORECASE)
_SECONDS = {"m": 60, "h": 3600, "d": 86_400}
_ENDS: tuple[tuple[str, str], ...] = (
    ("1 hour", "1h"),
    ("4 hours", "4h"),
    ("tomorrow 09:00 UTC", "tomorrow"),
    ("7 days", "7d"),
    ("a time of your own", OWN),
)


def end_of(chosen: str, own: str, now: datetime) -> datetime | None:
    """When it ends; ``None`` for a length that cannot be read (``90m``, ``36h``, ``10d`` can)."""
    if chosen == "tomorrow":
        return now.replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    match = _FORM.fullmatch((own if chosen == OWN else chosen).strip())
    if match is None or not int(match[1]):
        return None
    return now + timedelta(seconds=min(int(match[1]) * _SECONDS[match[2].lower()], 366 * 86_400))


class AcknowledgeGroupScreen(SigningWindow[AckView]):
    """Answers what was said, or ``None``. ``name``: of the group's norm; ``now``: what ends are counted from."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "say", "Acknowledge", show=False)]

    def __init__(
        self, workspace: Workspace, group: GroupView, name: str, keys: Sequence[KeyView], now: datetime
    ) -> None:
        super().__init__(workspace, keys, "Acknowledge", "")
        self._group, self._name_of_norm, self._now = group, name, now

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content("Acknowledge a group")
            yield Static(self._about(), id="sign-about")
            yield self.row(
                "Why", Input(compact=True, placeholder="a sentence that everyone reads", max_length=500, id="why")
            )
            yield self.row("Until", Select(list(_ENDS), value="4h", allow_blank=False, compact=True, id="until"))
            yield self.row(
                "For",
                Input(compact=True, placeholder="90m, 36h or 10d; at most 30d", max_length=12, id="own", disabled=True),
            )
            people = [(Content(self.key_name(key)), number) for number, key in enumerate(self._keys)]
            people.append((Content("someone here, unsigned"), NO_SECOND))
            yield self.row("Who", Select(people, value=people[0][1], allow_blank=False, compact=True, id="key"))
            yield self.row("Passphrase", Input(password=True, compact=True, id="passphrase"))
            yield Static(id="sign-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(self.verb, id="sign")

    def _about(self) -> Content:
        return stack(
            view.head(self._group, self._now, 60, self._name_of_norm, hints=False),
            text(
                "Every terminal shows it as known, until then or until it grows tenfold. No decision changes.", "$muted"
            ),
        )

    def on_mount(self, event: Mount) -> None:
        """Nothing dangerous is signed: the reason is what is asked for first."""
        event.prevent_default()
        self.query_one("#why", Input).focus(scroll_visible=False)

    def on_select_changed(self, event: Select.Changed) -> None:
        """A time of one's own is typed; a key that needs no passphrase takes none."""
        super().on_select_changed(event)
        if event.select.id == "until":
            self.query_one("#own", Input).disabled = event.value != OWN
        elif self._key() is None:
            self.query_one("#passphrase", Input).placeholder = "none needed: nobody signs"

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended."""
        if event.value:
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to what is not filled in yet, then to the button."""
        passphrase = self.query_one("#passphrase", Input)
        if event.input.id == "why" and not passphrase.disabled and not passphrase.value:
            passphrase.focus()
        else:
            self.query_one("#sign", Button).focus()

    def action_say(self) -> None:
        """As the button."""
        if not self._signing:
            self._sign()

    @property
    def _confirmed(self) -> bool:
        return True

    def missing(self) -> tuple[str, str]:
        if not self.query_one("#why", Input).value.strip():
            return "say why: everyone who meets the group reads it", "#why"
        if self._until() is None:
            return "say for how long: 90m, 36h or 10d", "#own"
        return "", ""

    def _until(self) -> datetime | None:
        return end_of(str(self.query_one("#until", Select).value), self.query_one("#own", Input).value, self._now)

    def work(self) -> Callable[[], AckView]:
        workspace, key, until = self._workspace, self._group.key, self._until()
        why, using = self.query_one("#why", Input).value.strip(), self.using()
        return lambda: workspace.groups.acknowledge(*key, why=why, until=until, using=using)
