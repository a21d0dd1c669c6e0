"""Back and forth among the draft's revisions, and the person's own editor. A mixin of the Author screen.

Undoing here brings back a whole revision of the draft (both texts, tests, invariants) as a new one; ``ctrl+z`` in an
editor is the editor's own and takes back keys. What was written in this visit to the screen is undone at once; before
anything older goes or comes it is asked: `u` is also what somebody types who takes the list for an editor.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from workbench.tui.actions import keyed
from workbench.tui.screens.draft_keeper import DraftKeeper
from workbench.tui.screens.external_editor import edit_outside
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.draft_revisions import RevisionsScreen
from workbench.tui.screens.modals.edited import EditedScreen
from workbench.tui.view import revisions as view
from workbench.tui.view.draft import Kept, Texts
from workbench.tui.widgets.code_area import CodeArea

if TYPE_CHECKING:
    from workbench.service.draft_revisions import Revision, Way
    from workbench.service.views import Draft


class Revising(DraftKeeper):
    """Undo and redo, the list of revisions, ``$EDITOR``."""

    # ---- revisions -----------------------------------------------------------------------------------------------

    def __init__(self) -> None:
        super().__init__()
        self._at_once = {"undo": 0, "redo": 0}  # how many steps each way are of this visit's own making

    def began_anew(self) -> None:
        """Another visit to the screen: nothing was written in it yet."""
        self._at_once = {"undo": 0, "redo": 0}

    def wrote(self) -> None:
        """A revision was saved in this visit."""
        self._at_once = {"undo": self._at_once["undo"] + 1, "redo": 0}

    def _saved(self, texts: Texts, draft: Draft) -> None:
        self.wrote()
        super()._saved(texts, draft)

    def action_undo_revision(self) -> None:
        """Bring back what stood before the newest revision; what is older than this visit is asked about."""
        self._begin("undo")

    def action_redo_revision(self) -> None:
        """Bring back what was undone last; what was undone before this visit is asked about."""
        self._begin("redo")

    def _begin(self, way: Way) -> None:
        kept = self._all_saved(partial(self._begin, way))
        if kept is None:
            return
        if self._at_once[way]:
            self._step(way)
            return
        revisions = self.workspace.drafting.revisions
        self.run_service(
            lambda: (revisions.possible()[0 if way == "undo" else 1], revisions.list()),
            group="revisions",
            on_result=partial(self._ask_first, way),
        )

    def _ask_first(self, way: Way, found: tuple[int | None, tuple[Revision, ...]]) -> None:
        to, known = found
        if self.app.screen is not self:
            return  # typed on, and something else was opened
        if to is None:  # the service says so, in the words it has for that
            self._step(way)
            return
        newest = next((each for each in known if each.newest), None)
        question = f"Bring back revision {to}, which was undone?"
        said = f"Revision {to} of the draft comes back as a new one, both texts and the tests."
        if way == "undo" and newest is not None:
            question = f"Take back revision {newest.number}?"
            said = f"{newest.number} is: {view.told(newest)}\n{said}"
        detail = "\n\n".join((said, keyed("{author.revisions} lists all · {author.write} writes in the English")))
        yes = "Take it back" if way == "undo" else "Bring it back"
        self.app.push_screen(
            ConfirmScreen(question, detail, yes=yes, no="Cancel"), lambda sure: self._step(way) if sure else None
        )

    def _step(self, way: Way) -> None:
        kept = self._all_saved(partial(self._step, way))
        if kept is None:
            return
        revisions = self.workspace.drafting.revisions
        call = partial(revisions.undo if way == "undo" else revisions.redo, kept.base.revision)
        said = "U brings back what was undone" if way == "undo" else "u undoes again"
        self.write(call, on_result=partial(self._stepped, way, said), on_error=self.workbench.report)

    def _stepped(self, way: Way, said: str, draft: Draft) -> None:
        other = "redo" if way == "undo" else "undo"
        self._at_once[way] = max(self._at_once[way] - 1, 0)
        self._at_once[other] += 1
        self._brought_back(said, draft)

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
            self.write(call, on_result=self._restored, on_error=self.workbench.report)

    def _restored(self, draft: Draft) -> None:
        self.wrote()
        self._brought_back("u takes that back", draft)

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
