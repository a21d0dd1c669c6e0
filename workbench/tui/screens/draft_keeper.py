"""A screen that edits the draft: loads it, saves it as it is written, and asks when it was changed elsewhere.

Writes go one after another; a save names the revision that it was made from, so nothing is overwritten unseen. What is
not saved yet is written down beside the workspace within a moment: a program that is killed loses nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import TypeVar

from textual.timer import Timer

from workbench.service.views import Draft
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.view.draft import Kept, Texts, arrived

Result = TypeVar("Result")

SAVE_AFTER = 0.7  # seconds without a key
SAVE_AGAIN_AFTER = 3.0  # seconds after a save that failed: a full disk is emptied, a lock is given up
SAVE_AT_LATEST = 3.0  # seconds after the first key that is not saved, however one types on
WRITE_DOWN_AFTER = 0.15  # seconds
CONFLICT = (
    "This text was written on an older revision. What you typed here is still on the screen, and a copy of it is in "
    "the draft's history."
)


class DraftKeeper(WorkbenchScreen):
    """Keeps ``kept`` (the draft worked on) and the editors together. Override the hooks below."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: Kept | None = None
        self._delays: dict[str, Timer] = {}
        self._writing = False
        self._after_write: Callable[[], None] | None = None
        self._conflict = False
        self._unsaved_since: float | None = None
        self._turn = 0  # of what is written down, in order
        self._written_down = False
        self._retrying, self._save_trouble = False, ""

    # ---- hooks ---------------------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def texts(self) -> Texts:
        """English and Cedar+ as the editors hold them."""

    @abstractmethod
    def draft_shown(self, draft: Draft, *, first: bool) -> None:
        """Put a draft into the editors."""

    @abstractmethod
    def draft_failed(self, error: Exception) -> None:
        """The draft could not be loaded the first time."""

    def write_ended(self) -> None:
        """A save or another write has ended, well or not."""

    def note(self, said: str) -> None:
        """A word on whether the draft is saved."""

    # ---- loading -------------------------------------------------------------------------------------------------

    def refresh_data(self) -> None:
        """Look whether the draft was changed elsewhere; where something is not saved, the save will find out."""
        unsaved = self.kept is not None and self.kept.unsaved(self.texts)
        if not (self._writing or self._conflict or unsaved):
            self.run_service(self.workspace.draft, group="draft", on_result=self._arrived, on_error=self._load_failed)

    def _load_failed(self, error: Exception) -> None:
        if self.kept is None:
            self.draft_failed(error)
        else:
            self.workbench.report(error)

    def _arrived(self, draft: Draft) -> None:
        if self.kept is None:
            self.show_draft(draft)
            return
        match self.kept.when(draft, self.texts):
            case "adopt":
                self.kept = Kept(draft, self.kept.saved)
                self.save_soon()
            case "show":
                followed = draft.base_version != self.kept.base.base_version and not draft.changed
                self.show_draft(draft)
                self.notify(arrived(draft, followed=followed), title="The draft changed", timeout=5)
            case "conflict":
                self._ask(draft)
            case "nothing":
                pass

    def show_draft(self, draft: Draft) -> None:
        """Work on ``draft`` from now on."""
        first = self.kept is None
        self.draft_shown(draft, first=first)
        self.kept = Kept(draft, self.texts)
        self.note("")

    # ---- changed on both sides -----------------------------------------------------------------------------------

    def _ask(self, newer: Draft) -> None:
        self._conflict = True
        self.note("not saved: changed elsewhere")
        choices = (("later", "Decide later"), ("mine", "Keep mine"), ("newest", "Load the newest"))
        question = ChoiceScreen("The draft was changed elsewhere", CONFLICT, choices)
        self.app.push_screen(question, partial(self._answered, newer))

    def _answered(self, newer: Draft, answer: str | None) -> None:
        self._conflict = answer not in ("mine", "newest")
        if answer == "newest":
            self.show_draft(newer)
        elif answer == "mine" and self.kept is not None:
            self.kept = Kept(newer, self.kept.saved)
            self.save()

    # ---- writing -------------------------------------------------------------------------------------------------

    def may_write(self, again: Callable[[], None]) -> bool:
        """Whether a write may begin now. While another runs, ``again`` follows it; a conflict is asked about."""
        if self._conflict:
            self.run_service(self.workspace.draft, group="draft", on_result=self._ask)
            return False
        if self._writing:
            self._after_write = again
            return False
        return self.has_workspace

    def write(
        self,
        call: Callable[[], Result],
        *,
        on_result: Callable[[Result], None],
        on_error: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run a call that changes the draft; nothing else writes meanwhile. ``on_error``: where it is no save."""
        self._writing = True

        def ended(result: Result) -> None:
            self._writing = False
            self.write_ended()
            on_result(result)
            again, self._after_write = self._after_write, None
            if again is not None:
                again()

        def failed(error: Exception) -> None:
            if on_error is None or getattr(error, "code", "") == "stale_draft":
                self._write_failed(error)
                return
            self._writing, self._after_write = False, None
            self.write_ended()
            on_error(error)

        self.run_service(call, group="write", on_result=ended, on_error=failed)

    def save_soon(self) -> None:
        """Save after a pause in typing, and now and then while there is none."""
        if self._unsaved_since is None:
            self._unsaved_since = monotonic()
        left = self._unsaved_since + SAVE_AT_LATEST - monotonic()
        self.delay("save", max(min(SAVE_AFTER, left), 0.01), self.save)
        if not self._written_down:
            self._written_down = True
            self.set_timer(WRITE_DOWN_AFTER, self._write_down)

    def save(self) -> None:
        """Save what is not saved."""
        kept, texts = self.kept, self.texts
        if kept is None or self._conflict or not kept.unsaved(texts) or not self.may_write(self.save):
            return
        revision = kept.base.revision
        call = partial(self.workspace.save_draft, english=texts[0], cedar_plus=texts[1], revision=revision)
        self.write(call, on_result=partial(self._saved, texts))

    def _saved(self, texts: Texts, draft: Draft) -> None:
        self.kept = Kept(draft, texts)
        self.note("saved")
        self._unsaved_since, self._retrying = None, False
        if self.kept.unsaved(self.texts):
            self.save_soon()
        else:
            self._write_down()

    def _write_down(self) -> None:
        """What is not saved, for the next start; nothing, where all is."""
        self._written_down = False
        kept, texts = self.kept, self.texts
        if kept is None or not self.has_workspace:
            return
        self._turn += 1
        unsaved = self.workspace.drafting.writing.unsaved
        if kept.unsaved(texts):
            self.run_service(unsaved.keep, self._turn, *texts, kept.base.revision, group="unsaved")
        else:
            self.run_service(unsaved.drop, self._turn, group="unsaved")

    def on_unmount(self) -> None:
        """The last words are written down before the program goes; the thread would come too late."""
        kept = self.kept
        if kept is None or not self.has_workspace:
            return
        unsaved = self.workspace.drafting.writing.unsaved
        if kept.unsaved(self.texts):
            unsaved.keep(self._turn + 1, *self.texts, kept.base.revision)
        unsaved.close()

    def _write_failed(self, error: Exception) -> None:
        self._writing, self._after_write = False, None
        self.write_ended()
        if getattr(error, "code", "") == "stale_draft":
            self.run_service(self.workspace.draft, group="draft", on_result=self._arrived)
            return
        trouble = str(getattr(error, "title", "") or type(error).__name__)
        self.note(f"not saved: {trouble}")
        if not self._retrying or trouble != self._save_trouble:  # said once, not at every try
            self.workbench.report(error)
        self._retrying, self._save_trouble = False, trouble
        self.delay("save", SAVE_AGAIN_AFTER, self._save_again)

    def _save_again(self) -> None:
        self._retrying = True
        self.save()

    def unsaved(self) -> str:
        kept = self.kept
        return "the last words on Author are not saved" if kept is not None and kept.unsaved(self.texts) else ""

    def on_screen_suspend(self) -> None:
        self.save()

    # ---- delays --------------------------------------------------------------------------------------------------

    def delay(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        """Call ``then`` after a pause; calling again under the same name begins the pause anew."""
        self.stop_delay(name)
        self._delays[name] = self.set_timer(seconds, then)

    def stop_delay(self, name: str) -> None:
        """Forget a delayed call."""
        timer = self._delays.pop(name, None)
        if timer is not None:
            timer.stop()
