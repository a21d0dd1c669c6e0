"""Ending an overlay: a stop, a brake (two people) or a run-time norm. See ``signing`` for the safeguards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from workbench.service.governing_views import OverlayView
from workbench.service.views import KeyView
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.view import overlays as view

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace


class LiftScreen(SigningWindow[OverlayView]):
    """Answers the overlay as it ended, or ``None``. ``now``: the service's time."""

    def __init__(self, workspace: Workspace, overlay: OverlayView, keys: Sequence[KeyView], now: datetime) -> None:
        super().__init__(workspace, keys, "Lift", overlay.id, view.CONFIRM_NAME)
        self._overlay, self._now = overlay, now

    def heading(self) -> str:
        return f"Lift the {self._overlay.kind}"

    def about(self) -> Content:
        return view.lifting(self._overlay, self._now)

    def rows(self) -> Iterator[Widget]:
        yield self.row("Why", Input(compact=True, placeholder="a sentence, kept for good", max_length=500, id="why"))
        yield from self.key_rows()
        if self._overlay.kind == "brake":
            yield from self.key_rows("Second key")

    def suggested(self) -> int:
        """A key whose person may lift it."""
        return next((number for number, key in enumerate(self._keys) if view.may_lift(self._overlay, key)), 0)

    def missing(self) -> tuple[str, str]:
        if not self.query_one("#why", Input).value.strip():
            return "say why", "#why"
        if self._overlay.kind == "brake" and self._key("-2") is None:
            said = "two people lift a brake: name the second key, or sign a file with `workbench lift --out`"
            return said, "#key-2"
        return "", ""

    def work(self) -> Callable[[], OverlayView]:
        workspace, overlay = self._workspace, self._overlay.id
        tails = ("", "-2") if self._overlay.kind == "brake" else ("",)
        signing = [using for using in map(self.using, tails) if using is not None]
        why = self.query_one("#why", Input).value.strip()
        return lambda: workspace.overlays.lift(overlay, why=why, using=signing)
