"""A language model asked from Author about the sentence at the caret, or about all that are not understood. A mixin."""

from __future__ import annotations

from functools import partial

from workbench.service.assisting import HOW_TO, NONE_CONFIGURED
from workbench.service.views import CompileView
from workbench.tui.screens.author_completing import Completing
from workbench.tui.screens.modals.model import Confirmed, ModelScreen


class Asking(Completing):
    """Opens the model's window and takes over what is confirmed there."""

    def _compiled_text(self, source: str, compiled: CompileView) -> None:
        """Show what a compilation made; the screen's own."""
        raise NotImplementedError

    def action_model(self) -> None:
        """Ask the configured model; without one, say how to configure it."""
        if self.kept is not None and self.has_workspace:
            assisting = self.workspace.drafting.assisting
            self.run_service(assisting.configured, group="model", on_result=self._model_known)

    def _model_known(self, model: str) -> None:
        kept = self.kept
        if not model or kept is None:
            self.notify(HOW_TO, title=NONE_CONFIGURED.capitalize(), severity="warning", markup=False, timeout=10)
            return
        english, cedar_plus = self.texts
        sentence = self._sentence_at_caret()
        here = sentence is not None and sentence.status in ("refused", "ambiguous")
        near = self._english.caret_offset if here and self._english.has_focus else None
        start = partial(
            self.workspace.drafting.assisting.start,
            self.workspace.analysing.analyst,
            kept.base,
            english,
            cedar_plus,
            near,
        )
        self.app.push_screen(ModelScreen(model, lambda tell: start(tell=tell)), self._model_answered)

    def _model_answered(self, confirmed: Confirmed | None) -> None:
        kept = self.kept
        if confirmed is None or kept is None:
            return
        asked = confirmed.asked
        if self.texts != (asked.english, asked.cedar_plus):
            self.notify("The text was changed meanwhile: ask again", severity="warning")
            return
        if not self.may_write(partial(self._model_answered, confirmed)):
            return
        call = partial(self.workspace.drafting.assisting.confirm, kept.base, asked, confirmed.choices)
        self.write(call, on_result=self._model_taken)

    def _model_taken(self, compiled: CompileView) -> None:
        self._english.show_text(compiled.draft.english)
        self._compiled_text(self._english.text, compiled)
