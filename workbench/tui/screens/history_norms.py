"""What History does with an entry about a norm: its forms, a comparison with the form before, repealing it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.service.norm_views import NormVersion
from workbench.tui.screens import norm_acts
from workbench.tui.screens import norm_questions as ask
from workbench.tui.screens.modals.norm_diff import NormDiffScreen
from workbench.tui.screens.modals.norm_forms import NormFormsScreen
from workbench.tui.view.timeline import norm_of

if TYPE_CHECKING:
    from workbench.service.governing_views import TimelineEntry
    from workbench.tui.screens.base import WorkbenchScreen

    _Base = WorkbenchScreen
else:
    _Base = object


class NormEntries(_Base):
    """Mixed into the screen before its base class."""

    if TYPE_CHECKING:

        @property
        def current(self) -> TimelineEntry | None: ...

    def action_norm(self) -> None:
        """The forms that the norm under the cursor had."""
        entry = self.current
        if entry is not None and norm_of(entry):
            self.app.push_screen(NormFormsScreen(self.workspace, norm_of(entry)))

    def action_repeal_norm(self) -> None:
        """End the norm under the cursor."""
        entry = self.current
        if entry is None or not norm_of(entry):
            return
        call = partial(self.workspace.norms.get, norm_of(entry))
        self.run_service(
            call,
            group="repeal",
            on_result=lambda norm: norm_acts.repeal(self, self.workspace, norm, self.refresh_data),
        )

    def compare_norm(self, overlay: str) -> None:
        """The form that an entry is about, and the one before it."""
        call = partial(ask.of_overlay, self.workspace, overlay)
        self.run_service(call, group="compare", on_result=lambda found: self._compare_forms(overlay, found[1]))

    def _compare_forms(self, overlay: str, forms: tuple[NormVersion, ...]) -> None:
        place = next((n for n, form in enumerate(forms) if form.norm.overlay == overlay), None)
        if place is None or place + 1 >= len(forms):
            self.notify("It is the first form that the norm had.", title="Nothing to compare with")
        else:
            self.app.push_screen(NormDiffScreen(forms[place + 1], forms[place]))
