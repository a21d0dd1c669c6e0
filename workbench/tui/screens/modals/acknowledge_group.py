"""Acknowledging a group of refusals: until when, why, and who says so; and taking that back. It decides nothing, so no
digest is typed, but enter alone never says it: from a field it leads to Cancel.

A key of this machine that the roster knows signs it; without one, or where nobody wants to sign, it is said unsigned.
What was signed is taken back, or said anew, with a signature only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Mount
from textual.widget import Widget
from textual.widgets import Button, Input, Select, Static

from workbench.service.group_views import AckView
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import NO_SECOND, SigningWindow
from workbench.tui.view import groups as view
from workbench.tui.view.prose import stack, text
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.window_keys import window_keys

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


class GroupWordWindow(SigningWindow[AckView]):
    """A word about a group, signed or not. ``name``: of the group's norm; ``now``: what times are counted from."""

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(say="say")]
    TITLE_OF: ClassVar[str] = ""
    WHY: ClassVar[str] = "a sentence that everyone reads"
    MAY_BE_UNSIGNED: bool = True
    OFFERED: ClassVar[int] = 0  # who of those that may say it: the first has a key, the last signs nothing

    def __init__(
        self, workspace: Workspace, group: GroupView, name: str, keys: Sequence[KeyView], now: datetime, verb: str
    ) -> None:
        super().__init__(workspace, keys, verb, "")
        self._group, self._name_of_norm, self._now = group, name, now

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(self.TITLE_OF)
            with VerticalScroll(id="sign-what", can_focus=False):
                yield Static(self._about(), id="sign-about")
            yield self.row("Why", Input(compact=True, placeholder=self.WHY, max_length=500, id="why"))
            yield from self.times()
            people = [(Content(self.key_name(key)), number) for number, key in enumerate(self._keys)]
            if self.MAY_BE_UNSIGNED:
                people.append((Content("someone here, unsigned"), NO_SECOND))
            if people:
                first = people[self.OFFERED][1]
                yield self.row("Who", ChoiceField(people, value=first, name="key"))
                yield self.row("Passphrase", Input(password=True, compact=True, id="passphrase"))
            else:
                yield Static(text(self.NOBODY, "$deny"))
            yield Static(id="sign-error")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button(self.verb, id="sign", disabled=not people)

    def times(self) -> Iterator[Widget]:
        """The rows that say for how long."""
        yield from ()

    def _about(self) -> Content:
        return stack(
            view.head(self._group, self._now, 60, self._name_of_norm, hints=False), text(self.means(), "$muted")
        )

    def means(self) -> str:
        """What the word does, in a sentence."""
        raise NotImplementedError

    def on_mount(self, event: Mount) -> None:
        """Nothing dangerous is signed: the reason is what is asked for first."""
        event.prevent_default()
        self.query_one("#why", Input).focus(scroll_visible=False)

    def on_select_changed(self, event: Select.Changed) -> None:
        """A key that needs no passphrase takes none, and neither does nobody's word."""
        super().on_select_changed(event)
        if event.select.id == "key" and self._key() is None:
            self.query_one("#passphrase", Input).placeholder = "none needed: nobody signs"

    def on_input_changed(self, event: Input.Changed) -> None:
        """What was wrong is being mended, where the focus is by now."""
        if event.value and event.input is self.focused:
            self._say("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to what is not filled in yet, then to the buttons, the safe one first."""
        passphrase = self.query("#passphrase").results(Input)
        empty = next((field for field in passphrase if not field.disabled and not field.value), None)
        if event.input.id != "passphrase" and empty is not None:
            empty.focus()
        else:
            self.query_one("#cancel", Button).focus()

    def action_say(self) -> None:
        """As the button."""
        if not self._signing and not self.query_one("#sign", Button).disabled:
            self._sign()

    @property
    def _confirmed(self) -> bool:
        return self.MAY_BE_UNSIGNED or bool(self._keys)


class AcknowledgeGroupScreen(GroupWordWindow):
    """Answers what was said, or ``None``."""

    TITLE_OF = "Acknowledge a group"

    def __init__(
        self, workspace: Workspace, group: GroupView, name: str, keys: Sequence[KeyView], now: datetime
    ) -> None:
        super().__init__(workspace, group, name, keys, now, "Acknowledge")
        self.MAY_BE_UNSIGNED = group.ack is None or not group.ack.by or group.ack.until <= now

    def means(self) -> str:
        signed = "" if self.MAY_BE_UNSIGNED else " What was signed is said anew with a signature."
        return f"Every terminal shows it as known, until then or until it grows tenfold. No decision changes.{signed}"

    def times(self) -> Iterator[Widget]:
        yield self.row("Until", ChoiceField(list(_ENDS), value="4h", name="until"))
        own = self.row("For", Input(compact=True, placeholder="90m, 36h or 10d; at most 30d", max_length=12, id="own"))
        own.id, own.display = "own-row", False
        yield own

    def on_select_changed(self, event: Select.Changed) -> None:
        """A time of one's own is typed, where it was chosen: else the field would say of two times which counts."""
        super().on_select_changed(event)
        if event.select.id == "until":
            self.query_one("#own-row").display = event.value == OWN

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


class WithdrawGroupScreen(GroupWordWindow):
    """Answers the word that stood, or ``None``. Where that was signed, a key is needed here too."""

    TITLE_OF = "Withdraw the acknowledgement?"
    WHY = "optional, a sentence that everyone reads"
    OFFERED = -1

    def __init__(
        self, workspace: Workspace, group: GroupView, name: str, keys: Sequence[KeyView], now: datetime
    ) -> None:
        super().__init__(workspace, group, name, keys, now, "Withdraw")
        self.MAY_BE_UNSIGNED = group.ack is None or not group.ack.by

    def means(self) -> str:
        signed = "" if self.MAY_BE_UNSIGNED else " What was signed is taken back with a signature."
        return f"Everybody sees the group as unacknowledged again. No decision changes.{signed}"

    def on_mount(self, event: Mount) -> None:
        """No reason need be given, so the focus starts on Cancel."""
        event.prevent_default()
        self.query_one("#cancel", Button).focus(scroll_visible=False)

    def work(self) -> Callable[[], AckView]:
        workspace, key = self._workspace, self._group.key
        why, using = self.query_one("#why", Input).value.strip(), self.using()
        return lambda: workspace.groups.withdraw(*key, why=why, using=using)
