"""Back and forth among the draft's revisions, and the person's own editor. A mixin of the Author screen.

Undoing here brings back a whole revision of the draft (both texts, tests, invariants) as a new one; ``ctrl+z`` in an
editor is the editor's own and takes back keys.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.tui.screens.draft_keeper import DraftKeeper
from workbench.tui.screens.external_editor import edit_outside
from workbench.tui.screens.modals.draft_revisions import RevisionsScreen
from workbench.tui.screens.modals.edited import EditedScreen
from workbench.tui.view.draft import Kept
from workbench.tui.widgets.code_area import CodeArea

if TYPE_CHECKING:
    from workbench.service.draft_revisions import Way
    from workbench.service.views import Draft


class Revising(DraftKeeper):
    """Undo and redo, the list of revisions, ``$EDITOR``."""

    # ---- revisions -----------------------------------------------------------------------------------------------

    def action_undo_revision(self) -> None:
        """Bring back what stood before the newest revision."""
        self._step("undo")

    def action_redo_revision(self) -> None:
        """Bring back what was undone last."""
        self._step("redo")

    def _step(self, way: Way) -> None:
        again = partial(self._step, way)
        kept = self._all_saved(again)
        if kept is None:
            return
        revisions = self.workspace.drafting.revisions
        call = partial(revisions.undo if way == "undo" else revisions.redo, kept.base.revision)
        said = "U brings back what was undone" if way == "undo" else "u undoes again"
        self.write(call, on_result=partial(self._brought_back, said), on_error=self.workbench.report)

    def _all_saved(self, again: Callable[[], None]) -> Kept | None:
        """What is worked on, once all of it is saved; ``again`` follows where that has to be waited for."""
        kept = self.kept
        if kept is None or not self.may_write(again):
            return None
        if kept.unsaved(self.texts):  # what is on the screen becomes a revision first, and so can be redone
            self.save()
            self._after_write = again
            return None
        return kept

    def _brought_back(self, said: str, draft: Draft) -> None:
        self.show_draft(draft)
        self.notify(
            f"It is revision {draft.revision} now; {said}.", title="An earlier text is back", markup=False, timeout=5
        )

    def action_revisions(self) -> None:
        """List the revisions; one that is chosen comes back."""
        if self._all_saved(self.action_revisions) is not None:
            self.app.push_screen(RevisionsScreen(self.workspace.drafting.revisions), self._revision_chosen)

    def _revision_chosen(self, key: int | None) -> None:
        if key is None:
            return
        kept = self._all_saved(partial(self._revision_chosen, key))
        if kept is not None:
            call = partial(self.workspace.drafting.revisions.restore, key, kept.base.revision)
            said = "u takes that back"
            self.write(call, on_result=partial(self._brought_back, said), on_error=self.workbench.report)

    # ---- the person's own editor ---------------------------------------------------------------------------------

    def edit_area_outside(self, area: CodeArea, suffix: str) -> None:
        """Edit a text in ``$VISUAL`` or ``$EDITOR``, take it over, and show what came back different."""
        before = area.text
        edited = edit_outside(self.app, before, suffix)
        if edited is None:
            return
        area.replace(edited, (0, 0), area.document.end)
        area.focus()
        self.app.push_screen(EditedScreen(before, area.text, suffix), partial(self._edited, area, before))

    def _edited(self, area: CodeArea, before: str, back: bool | None) -> None:
        if back:
            area.replace(before, (0, 0), area.document.end)
            self.notify("The text is as it was before the editor", timeout=3)
