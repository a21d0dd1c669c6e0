"""Completion on Author: asked for after a pause in typing, offered under the caret, taken as an edit. A mixin.

Here is also what else looks at a key before the editors do, until one is at work in them: the tour, and the digits.
"""

from __future__ import annotations

from functools import partial

from textual.events import ScreenResume
from textual.widgets import TextArea

from workbench.authoring.offers import Completions
from workbench.tui.actions import REGISTRY, SCREEN_NAMES
from workbench.tui.screens.author_live import LiveSentences
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.widgets.completion_menu import CompletionMenu

COMPLETE_AFTER = 0.12  # seconds without a key


class Completing(LiveSentences):
    """Keeps the menu and the editors together."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = ""  # the pane typed in last, until its caret moves without typing
        self._left = True  # for another screen, and not under a window
        self._at_work = False  # in an editor, during this visit

    @property
    def _menu(self) -> CompletionMenu:
        return self.query_one("#completions", CompletionMenu)

    def _serve_menu(self) -> None:
        """Let the menu be asked about the editors' keys."""
        for area in (self._english, self._cedar):
            area.menu_key = self._key_first

    def on_screen_suspend(self) -> None:
        """Another screen is in front now, or a window only."""
        self._left = self.workbench.current_mode != self.NAME

    def on_screen_resume(self, event: ScreenResume) -> None:  # noqa: ARG002 (as the base class has it)
        """Nothing was typed in this visit yet."""
        self._typed = ""
        if self._left:
            self._left = self._at_work = False
            self.began_anew()

    def on_mouse_down(self) -> None:
        """Whoever points into a text is at work in it."""
        self._at_work = True

    def on_paste(self) -> None:
        """So is whoever pastes."""
        self._at_work = True

    def _key_first(self, key: str) -> bool:
        """Whether a key was for the menu, or is no text: the tour's, or a digit pressed on the way through the screens.

        Whoever walks 1 2 3 4 would else write `34` into the constitution, and it would be saved.
        """
        if self._menu.take_key(key) or self._steers_tour(key):
            return True
        if not self._at_work and len(key) == 1 and key in "123456789":
            self.call_later(self.workbench.action_goto, SCREEN_NAMES[int(key) - 1])
            return True
        self._at_work = True
        return False

    def _steers_tour(self, key: str) -> bool:
        """Whether ``key`` steers the tour: what was "Next" on the step before is no text until something is typed."""
        app = self.workbench
        if self._typed or not app.touring:
            return False
        for action, run in (("global.tour-next", app.action_tour_next), ("global.tour-back", app.action_tour_back)):
            if key in REGISTRY[action].keys:
                self.call_later(run)
                return True
        return False

    def _typed_in(self, area: TextArea) -> None:
        """Offer what fits, after a pause."""
        self._menu.close()
        if isinstance(area, CodeArea) and area.was_typed() and area.has_focus and not area.read_only:
            self._typed = area.id or ""
            self.delay("complete", COMPLETE_AFTER, partial(self._offer, area))

    def _caret_moved(self, area: CodeArea) -> None:
        """A caret that moved without typing is offered nothing."""
        if self._menu.is_open:
            typed_on = area.id == self._typed and area.caret_offset == self._menu_caret
            if not typed_on:
                self._menu.close()

    _menu_caret = -1

    def action_complete(self) -> None:
        """Offer what fits at the caret, now."""
        area = self._cedar if self._cedar.has_focus else self._english
        if area.has_focus:
            self._offer(area, asked=True)

    def _offer(self, area: CodeArea, *, asked: bool = False) -> None:
        kept = self.kept
        if kept is None or not self.has_workspace or not area.has_focus or area.selection.start != area.selection.end:
            return
        pane = "english" if area is self._english else "cedar"
        text, offset = area.text, area.caret_offset
        self.run_service(
            self.workspace.drafting.writing.complete,
            kept.base,
            pane,
            text,
            offset,
            asked=asked,
            group="complete",
            on_result=partial(self._offered, area, text, offset),
            on_error=lambda _: None,  # the schema's fault is told where it is checked
        )

    def _offered(self, area: CodeArea, text: str, offset: int, completions: Completions) -> None:
        if not area.has_focus or area.text != text or area.caret_offset != offset:
            return  # typed on, or moved away
        self._menu_caret = offset
        self._menu.open(completions, area.cursor_screen_offset)

    def on_completion_menu_taken(self, event: CompletionMenu.Taken) -> None:
        """Put the completion in place of what was typed of it; it can be undone."""
        event.stop()
        area = self._cedar if self._cedar.has_focus else self._english
        start, end = (area.location_at(offset) for offset in (event.completions.start, event.completions.end))
        area.replace(event.item.text, start, end, maintain_selection_offset=False)
        self.stop_delay("complete")
