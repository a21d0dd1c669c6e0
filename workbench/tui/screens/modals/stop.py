"""Stopping an agent, an action or everything for a while, by one signature. See ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Select

from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view import overlays as view
from workbench.tui.view.prose import label, stack, text
from workbench.tui.view.review import digest_parts
from workbench.tui.view.spans import name_of
from workbench.tui.widgets.choice_field import ChoiceField

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

USUAL = 14_400  # seconds that are offered first


class StopScreen(SigningWindow[OverlayView]):
    """Answers the stop that is in force now, or ``None``.

    ``names``: the uids to offer for ``agent`` and ``action``, from what the cursor was on; ``digest``: of the version
    in force, whose last six characters are typed. A uid stands in the field by its id alone, as everywhere; left as it
    was offered, it names the uid.
    """

    def __init__(self, workspace: Workspace, keys: Sequence[KeyView], digest: str, names: Mapping[str, str]) -> None:
        super().__init__(workspace, keys, "Stop", digest, "the digest in force")
        self._names = dict(names)
        self._offered = self._called("agent")

    def _called(self, kind: str) -> str:
        return name_of(self._names.get(kind, ""))

    def heading(self) -> str:
        return "Stop decisions"

    def about(self) -> Content:
        from workbench.service.overlays import ONLY_DECISIONS

        return stack(
            text("Denies everything it names, at once and for a while; open grants for it become void."),
            text(ONLY_DECISIONS[0].upper() + ONLY_DECISIONS[1:] + ".", "$hold"),
            stack(label("IN FORCE  sha256"), digest_parts(self._confirm.removeprefix("sha256:"))),
        )

    def rows(self) -> Iterator[Widget]:
        yield self.row("Stop", ChoiceField(list(view.TARGETS), value="agent", name="target"))
        yield self.row(
            "Which",
            Input(self._offered, compact=True, placeholder='its name, or Agent::"nora"', max_length=400, id="name"),
        )
        yield self.row("For", ChoiceField(list(view.DURATIONS), value=USUAL, name="seconds"))
        yield self.row(
            "Why", Input(compact=True, placeholder="a sentence that everyone reads", max_length=500, id="why")
        )
        yield from self.key_rows()

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another kind of target: its name is offered, unless one was typed."""
        super().on_select_changed(event)
        if event.select.id != "target":
            return
        field, kind = self.query_one("#name", Input), str(event.value)
        if field.value == self._offered:
            self._offered = self._called(kind)
            field.value = self._offered
        field.disabled = kind == "all"
        field.placeholder = {"all": "every agent, every action", "action": "its name"}.get(
            kind, 'its name, or Agent::"nora"'
        )

    def _offers(self, target: str, typed: str) -> bool:
        """Whether what stands in the field is what was offered for ``target``, untouched."""
        return bool(self._names.get(target)) and typed.strip() == self._called(target).strip()

    def missing(self) -> tuple[str, str]:
        if self.query_one("#target", Select).value != "all" and not self.query_one("#name", Input).value.strip():
            return "say which", "#name"
        if not self.query_one("#why", Input).value.strip():
            return "say why: everyone who meets the stop reads it", "#why"
        return "", ""

    def work(self) -> Callable[[], OverlayView]:
        workspace, target = self._workspace, str(self.query_one("#target", Select).value)
        typed = self.query_one("#name", Input).value
        name = "" if target == "all" else self._names[target] if self._offers(target, typed) else typed.strip()
        seconds = int(str(self.query_one("#seconds", Select).value))
        why, using = self.query_one("#why", Input).value.strip(), self.using() or SignWith()
        return lambda: workspace.overlays.stop(target, name, seconds=seconds, why=why, using=using)
