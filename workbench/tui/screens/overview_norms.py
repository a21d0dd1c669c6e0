"""The Overview's panel of norms: what it asks, when, and how it is drawn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens import norm_questions as ask
from workbench.tui.view import norm_standing as view

if TYPE_CHECKING:
    from datetime import date

    from workbench.service.views import Status
    from workbench.tui.screens.base import WorkbenchScreen

    _Base = WorkbenchScreen
else:
    _Base = object

_Key = tuple[str, tuple[str, ...]]


class NormsPanel(_Base):
    """Mixed into the Overview. Norms are asked for again when one was added or has ended, and what they caught when
    there are more violations than before."""

    _norms: ask.Standing | None = None
    _broken: int | None = None
    _norms_trouble = ""  # why they are not known
    _norms_of: _Key | None = None
    _broken_of: tuple[_Key, int, date] | None = None

    if TYPE_CHECKING:

        def _draw(self, status: Status | None = None) -> None: ...

    def ask_norms(self, status: Status) -> None:
        """Ask for what may have changed; every second."""
        if not self.has_workspace:
            return
        key = (status.version.digest, tuple(each.id for each in status.overlays if each.kind == "norm"))
        if key != self._norms_of:
            done = partial(self._norms_arrived, key)
            self.run_service(
                ask.standing,
                self.workspace,
                group="norms",
                on_result=done,
                on_error=self._norms_failed,
                when_busy="skip",
            )
        caught = (key, status.violations, status.now.date())
        if caught != self._broken_of:
            told = partial(self._broken_arrived, caught)
            self.run_service(
                ask.broken_today, self.workspace, status.now,
                group="broken", on_result=told, on_error=self._norms_failed, when_busy="skip",
            )  # fmt: skip

    def _norms_arrived(self, key: _Key, found: ask.Standing) -> None:
        self._norms_of, self._norms, self._norms_trouble = key, found, ""
        self._draw()

    def _broken_arrived(self, caught: tuple[_Key, int, date], found: int) -> None:
        self._broken_of, self._broken, self._norms_trouble = caught, found, ""
        self.draw_norms()

    def _norms_failed(self, error: Exception) -> None:
        """The feed's own error is shown already; here it is only said that this is not known."""
        self._norms_trouble = str(getattr(error, "title", "") or type(error).__name__)
        self.draw_norms()

    def norms_line(self, width: int) -> Content | None:
        """For where there is no panel."""
        return view.line(self._norms, width)

    def draw_norms(self) -> None:
        """Draw the panel; without any norm it takes one line."""
        status, pane = self.workbench.status, self.query_one("#norms", Static)
        if status is None or not self.is_mounted:
            return
        none = self._norms is not None and not self._norms.total and self._norms.newest is None
        self.set_class(none, "-no-norms")
        width, height = pane.content_size
        if self._norms_trouble:
            pane.update(Content.styled(f"✗ {self._norms_trouble}", "$deny"))
            return
        pane.update(view.pane(self._norms, self._broken, status.now, max(width, 10), max(height, 1)))
