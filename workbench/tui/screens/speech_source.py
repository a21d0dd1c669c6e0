"""Where what is judged comes from: written, pasted, a file, a sample, a decision of the feed. Mixed into Speech.

Reading happens in a thread, after a pause in typing; what was read of a text that is no longer shown is dropped.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.content import Content
from textual.events import Paste
from textual.timer import Timer
from textual.widgets import TextArea

from workbench.language.diagnostics import Diagnostic, Position, Span
from workbench.service import speech_files as files
from workbench.service.speech_scripts import EVENT, WORDS, Script, is_json, read_script
from workbench.speech.transcripts import KINDS
from workbench.tui.hints import hinted
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.external_editor import edit_outside
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.pick import PickScreen
from workbench.tui.screens.modals.speech_open import OpenTranscriptScreen
from workbench.tui.view import speech as view
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.transcript_area import TranscriptArea, is_large

if TYPE_CHECKING:
    from workbench.service.spoken_events import SpokenEvent

READ_AFTER = 0.25  # seconds without a key
WRITTEN, PASTED = "what is written here", "what was pasted"


class SpeechSource(WorkbenchScreen):
    """Knows ``text`` (all of it, also where the editor shows its head only), and ``name``. Override the hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.source_name = ""
        self.script: Script | None = None
        self.unread: Exception | None = None
        self._kind: str | None = None
        self._own = False  # nobody keeps this text but the screen
        self._putting = False
        self._sample = -1
        self._pause: Timer | None = None

    # ---- hooks ---------------------------------------------------------------------------------------------------

    def script_read(self, script: Script, *, anew: bool) -> None:
        """Judge this. ``anew``: it is another text, not the same one written on."""
        raise NotImplementedError

    def script_unread(self, error: Exception) -> None:
        """It cannot be read."""
        raise NotImplementedError

    def source_changed(self) -> None:
        """There is another text, or none; it was not read yet."""
        raise NotImplementedError

    # ---- the text ------------------------------------------------------------------------------------------------

    @property
    def area(self) -> TranscriptArea:
        """The editor."""
        return self.query_one(TranscriptArea)

    def take(self, text: str, name: str, *, own: bool = False, kind: str | None = None) -> None:
        """Judge this text from now on."""
        self.text, self.source_name, self._own, self._kind = text, name, own, kind
        self._put(text)
        self.source_changed()
        self._read(anew=True)

    def _put(self, text: str) -> None:
        with self.prevent(TextArea.Changed):
            self.area.show_source(text)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Written on: it is this text now, whatever it was before."""
        if event.text_area is not self.area or self.area.text == self.text or self.area.read_only:
            return
        empty = not self.text
        self.text = self.area.text
        if not self._own:
            self.source_name = f"{self.source_name}, edited" if self.source_name and not empty else WRITTEN
        self._own = bool(self.text.strip())
        self.source_changed()
        if self._pause is not None:
            self._pause.stop()
        self._pause = self.set_timer(READ_AFTER, self._read)

    def on_paste(self, event: Paste) -> None:
        """Pasted beside the editor: that is the transcript from now on."""
        event.stop()
        if event.text.strip():
            self._replace(event.text)

    def on_transcript_area_pasted(self, event: TranscriptArea.Pasted) -> None:
        """Too large for the editor."""
        self._replace(event.text)

    def _replace(self, text: str) -> None:
        self.asked_before(lambda: self.take(text, PASTED, own=True))

    def asked_before(self, then: Any) -> None:
        """Do it; first ask, where what is written here would be lost by it."""
        if not (self._own and self.text.strip()):
            then()
            return
        question = ConfirmScreen(
            "Take another text?", "What stands here was written or pasted, and is kept nowhere else.", yes="Take it"
        )
        self.app.push_screen(question, lambda sure: then() if sure else None)

    def _read(self, *, anew: bool = False) -> None:
        if self._pause is not None:
            self._pause.stop()
            self._pause = None
        if not self.text.strip():
            self.forget_service("read")
            self.script, self.unread = None, None
            self.source_changed()
            return
        self.run_service(
            read_script,
            self.text,
            self.source_name,
            self._kind,
            group="read",
            on_result=partial(self._was_read, anew),
            on_error=self._not_read,
        )

    def _was_read(self, anew: bool, script: Script) -> None:
        self.script, self.unread = script, None
        self.area.set_diagnostics(())
        self.script_read(script, anew=anew)

    def _not_read(self, error: Exception) -> None:
        self.script, self.unread = None, error
        line = getattr(error, "line", None)
        if line is not None and not self.area.read_only:
            message = str(getattr(error, "detail", error))
            place = Position(line, 1), Position(line, 10_000)
            self.area.set_diagnostics([Diagnostic("transcript", message, Span(0, 0), *place)])
        self.script_unread(error)

    # ---- where it comes from -------------------------------------------------------------------------------------

    def action_write(self) -> None:
        """Into the editor."""
        if self.area.read_only:
            self.notify(
                hinted("This is only looked at here; x takes it away, and then you can write.", "speech"), timeout=4
            )
            return
        self.remove_class("-nothing")
        self.area.focus()

    def action_external(self) -> None:
        """Edit all of the text in the person's own editor, whatever its size."""
        if self._kind == EVENT:
            self.notify("What was said for a decision is only looked at.", timeout=3)
            return
        edited = edit_outside(self.app, self.text, ".json" if is_json(self.text) else ".md")
        if edited is not None:
            self.take(edited, f"{self.source_name or WRITTEN}, edited", own=True, kind=self._kind)

    def action_sample(self) -> None:
        """The next sample."""
        self.run_service(files.sample_transcripts, group="samples", on_result=self._sampled)

    def _sampled(self, samples: tuple[Path, ...]) -> None:
        if samples:
            self._sample = (self._sample + 1) % len(samples)
            self.open_file(samples[self._sample], sample=True)

    def action_open(self) -> None:
        """Recent files, samples, or a path."""

        def ask() -> tuple[tuple[str, ...], tuple[Path, ...]]:
            return files.remembered().recent, files.sample_transcripts()

        self.run_service(ask, group="samples", on_result=self._ask_for_file)

    def _ask_for_file(self, found: tuple[tuple[str, ...], tuple[Path, ...]]) -> None:
        self.app.push_screen(OpenTranscriptScreen(*found), lambda path: self.open_file(Path(path)) if path else None)

    def open_file(self, path: Path, *, sample: bool = False) -> None:
        """Judge what stands in a file."""
        place = path.expanduser()
        read = files.sample_text if sample else files.opened
        name = place.name if sample else str(path)
        self.run_service(
            read, place, group="file", on_result=lambda text: self.asked_before(lambda: self.take(text, name))
        )

    def action_feed(self) -> None:
        """Pick a decision that carries speech."""
        if self.has_workspace:
            self.run_service(self.workspace.spoken.list, group="feed", on_result=self._ask_for_event)
        else:
            self.notify("The workspace is still being opened.", timeout=2)

    def _ask_for_event(self, events: tuple[SpokenEvent, ...]) -> None:
        empty = (
            "No decision carries an agent's words yet: a schema asks for them with `context.speech`, and from then on "
            "they are judged with the action, and listed here."
        )
        rows = view.event_rows(events)
        self.app.push_screen(PickScreen("What was said", view.EVENTS, rows, empty=empty), self._event_picked)

    def _event_picked(self, key: str | None) -> None:
        if key:
            self.show_event(int(key))

    def show_event(self, seq: int) -> None:
        """Judge what was said for a decision; also from Live."""
        self.run_service(
            self.workspace.spoken.script, seq, group="event", on_result=lambda script: self.asked_before(
                lambda: self._take_script(script)
            ),
        )  # fmt: skip

    async def action_decision(self) -> None:
        """Open the decision that this was said for."""
        if self.script is not None and self.script.seq:
            await self.workbench.goto_event(self.script.seq)

    def _take_script(self, script: Script) -> None:
        """A script that is no text: shown as JSON, and not to be edited."""
        self.text = json.dumps(list(script.conversation), ensure_ascii=False, indent=1)
        self.source_name, self._own, self._kind = script.name, False, EVENT
        self.forget_service("read")
        self._put(self.text)
        self.area.read_only = True
        self.source_changed()
        self._was_read(True, script)

    # ---- what it is ----------------------------------------------------------------------------------------------

    def action_kind(self) -> None:
        """Say what it is."""
        if not self.text.strip() or self._kind == EVENT:
            self.notify("There is no transcript whose kind could be said.", timeout=3)
            return
        listed = {"": "find it out", WORDS: "the agent's own words", **KINDS}
        rows = [Row(key or "auto", (Cell(key or "auto", "strong"), Cell(what))) for key, what in listed.items()]
        window = PickScreen("What is it?", (Column("", 18), Column("")), rows, empty="")
        self.app.push_screen(window, self._kind_said)

    def _kind_said(self, key: str | None) -> None:
        if key:
            self._kind = None if key == "auto" else key
            self._read(anew=True)

    def action_clear(self) -> None:
        """Take it away."""
        if self.text:
            self.asked_before(lambda: self.take("", ""))

    def unsaved(self) -> str:
        return "the text on Speech is kept nowhere" if self._own and self.text.strip() else ""

    def source_title(self) -> Content:
        """Over the editor: what is shown of it."""
        if is_large(self.text):
            return Content(f"Source · the head of {len(self.text):,} characters")
        return Content("Source · only looked at" if self.area.read_only else "Source")
