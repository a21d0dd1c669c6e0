"""The invariants of the draft, in an editor of their own: checked as they are written, saved as they are written.

They are proved on Review, and whenever a version is proposed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static, TextArea

from workbench.service.views import CheckView, Draft
from workbench.tui.lexers import cedar
from workbench.tui.screens.base import ServiceCalls
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view import invariants as view
from workbench.tui.widgets.code_area import CodeArea
from workbench.tui.window_keys import window_keys

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

CHECK_AFTER, SAVE_AFTER = 0.2, 0.7  # seconds without a key
WRITE_DOWN_AFTER = 0.15  # seconds after the first key that is not written down
CONFLICT = "The invariants were changed elsewhere while they were open here. What you typed is still on the screen."


class InvariantsScreen(ServiceCalls, Window[None]):
    """Closes once everything is saved."""

    SUFFIX = ".cedar"
    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(leave="close", next_error="next(1)", previous_error="next(-1)"),
    ]
    DEFAULT_CSS = """
    InvariantsScreen #invariants-window { width: 94%; max-width: 130; height: 90%; layout: vertical; }
    InvariantsScreen #invariants { height: 3fr; }
    InvariantsScreen #invariants-about { height: 2fr; }
    InvariantsScreen #invariants-said { height: auto; width: 1fr; }
    """

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self._base: Draft | None = None
        self._kept = ""  # the text as it was last loaded or saved, however the store spells it
        self._check: CheckView | None = None
        self._delays: dict[str, Timer] = {}
        self._saving = self._leaving = False
        self._turn = 0  # of what is written down, in order
        self._written_down = False
        self._typed: str | None = None  # the text after the last key: in the end the editor goes first
        self._unsaved_texts = workspace.drafting.writing.unsaved.beside()
        self._conflict = False  # changed on both sides: nothing is saved until a person has chosen

    def compose(self) -> ComposeResult:
        with Container(id="invariants-window"):
            yield CodeArea(
                cedar.lex,
                id="invariants",
                classes="pane",
                read_only=True,
                placeholder='@id("…")\nforbid (principal, action == Action::"…", resource)\nwhen { … };',
            )
            yield VerticalScroll(
                Static(view.said(None, None, 1), id="invariants-said"), classes="pane", id="invariants-about"
            )

    def on_mount(self) -> None:
        area = self._area
        area.border_title = Content(view.title(None))
        area.focus()
        self.query_one("#invariants-about").border_title = "In words"
        self._note("")
        self.run_service(self._workspace.draft, group="draft", on_result=self._loaded)

    @property
    def _area(self) -> CodeArea:
        return self.query_one("#invariants", CodeArea)

    def _loaded(self, draft: Draft) -> None:
        self._base = draft
        self._area.read_only = False
        self._area.show_text(draft.invariants)
        self._kept = self._area.text
        self._check_now()

    # ---- checking ------------------------------------------------------------------------------------------------

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._base is None:
            return
        self._typed = self._area.text
        self._delay("check", CHECK_AFTER, self._check_now)
        if self.unsaved:
            self._note("…")
            self._delay("save", SAVE_AFTER, self._save)
            if not self._written_down:
                self._written_down = True
                self.set_timer(WRITE_DOWN_AFTER, self._write_down)

    def on_text_area_selection_changed(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self._say()

    def _check_now(self) -> None:
        source, base = self._area.text, self._base
        if base is not None:
            self.run_service(
                self._workspace.drafting.check_invariants,
                source,
                base.revision,
                base.schema,
                group="check",
                on_result=partial(self._checked, source),
            )

    def _checked(self, source: str, check: CheckView) -> None:
        if source == self._area.text:
            self._check = check
            self._area.set_diagnostics(check.diagnostics)
            self._area.border_title = Content(view.title(check))
            self._say()

    def _say(self) -> None:
        area = self._area
        said = view.said(self._check, area.diagnostic_at_caret(), area.cursor_location[0] + 1)
        self.query_one("#invariants-said", Static).update(said)

    # ---- saving --------------------------------------------------------------------------------------------------

    @property
    def unsaved(self) -> bool:
        """Whether something written is not saved yet."""
        return self._base is not None and self._area.text != self._kept

    def _save(self) -> None:
        """Save what is not saved; one save at a time."""
        base, text = self._base, self._area.text
        if base is None or self._saving or self._conflict or not self.unsaved:
            return
        self._saving = True
        self.run_service(
            self._workspace.save_draft,
            invariants=text,
            revision=base.revision,
            group="save",
            on_result=partial(self._saved, text),
            on_error=self._save_failed,
        )

    def _write_down(self) -> None:
        """What is not saved, for the next start of a program that is killed; nothing, where all is."""
        self._written_down = False
        base, self._turn = self._base, self._turn + 1
        if base is not None and self.unsaved:
            call = partial(self._unsaved_texts.keep_texts, self._turn, {"invariants": self._area.text}, base.revision)
        else:
            call = partial(self._unsaved_texts.drop, self._turn)
        self.run_service(call, group="unsaved")

    def on_unmount(self) -> None:
        """What is not saved stays written down; the thread would come too late."""
        if self._base is not None and self._typed not in (None, self._kept):
            texts = {"invariants": self._typed or ""}
            self._unsaved_texts.keep_texts(self._turn + 1, texts, self._base.revision)
        elif self._turn:
            self._unsaved_texts.drop(self._turn + 1)
        self._unsaved_texts.close()

    def _saved(self, text: str, draft: Draft) -> None:
        self._saving, self._base, self._kept = False, draft, text
        self._note("saved")
        if not self.unsaved:
            self._write_down()
        if self.unsaved:
            self._save()
        elif self._leaving:
            self.dismiss(None)

    def _save_failed(self, error: Exception) -> None:
        self._saving = False
        if getattr(error, "code", "") == "stale_draft":
            self.run_service(self._workspace.draft, group="draft", on_result=self._moved)
            return
        self._leaving = False
        self._note(f"not saved: {getattr(error, 'title', type(error).__name__)}")
        self.workbench.report(error)

    def _moved(self, newer: Draft) -> None:
        """The draft was saved elsewhere meanwhile: where its invariants stayed, this text goes on top of it."""
        base = self._base
        if base is not None and newer.invariants == base.invariants:
            self._base, self._conflict = newer, False
            self._save()
            return
        self._leaving, self._conflict = False, True
        choices = (("mine", "Keep mine"), ("newest", "Load the newest"))
        question = ChoiceScreen("The invariants were changed elsewhere", CONFLICT, choices)
        self.app.push_screen(question, partial(self._answered, newer))

    def _answered(self, newer: Draft, answer: str | None) -> None:
        self._conflict = answer not in ("mine", "newest")
        if answer == "newest":
            self._loaded(newer)
        elif answer == "mine":
            self._base = newer
            self._save()
        else:
            self._note("not saved: changed elsewhere")

    # ---- keys ----------------------------------------------------------------------------------------------------

    def _note(self, said: str) -> None:
        self._area.border_subtitle = Content(
            self.told(f"{said} · F8 next error · esc saves, back" if said else "esc saves, back")
        )

    def action_next(self, step: int) -> None:
        """To the next or previous diagnostic."""
        self._area.step_diagnostic(step)
        self._say()

    def action_close(self) -> None:
        """Save what is not saved, then go back."""
        if not self.unsaved and not self._saving:
            self.dismiss(None)
            return
        self._leaving = True
        if self._conflict:
            self.run_service(self._workspace.draft, group="draft", on_result=self._moved)
        self._save()

    def _delay(self, name: str, seconds: float, then: Callable[[], None]) -> None:
        timer = self._delays.pop(name, None)
        if timer is not None:
            timer.stop()
        self._delays[name] = self.set_timer(seconds, then)


def unsaved_in(window: Screen[Any]) -> str:
    """What would be lost by leaving now, in words, where ``window`` is this editor; empty where nothing would."""
    return "the invariants are not saved" if isinstance(window, InvariantsScreen) and window.unsaved else ""
