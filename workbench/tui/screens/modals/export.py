"""Where the list of a screen goes: a file in one of three forms, or the clipboard where it is short.

Rows are made and written in a thread; esc stops that and leaves nothing behind. A file that is there is replaced only
after a second, separate yes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Input, Label, Select, Static

from workbench.tui import clipboard
from workbench.tui.screens.base import Result, ServiceCalls
from workbench.tui.screens.modals.file_wanted import FileWanted
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.export import FORMATS, ExportView, file_name, head_pieces, rendered
from workbench.tui.view.prose import plural, text
from workbench.tui.widgets.choice_field import ChoiceField
from workbench.tui.window_keys import window_keys

TOO_LONG = f"too long for a clipboard ({clipboard.TERMINAL_LIMIT // 1000:,} kB at most): write a file"


class ExportScreen(FileWanted, ServiceCalls, Window[str]):
    """Answers a sentence about what went where, ``""`` for nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *window_keys(cancel="cancel"),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]
    HELP = """The list as it is filtered now goes into a file, or is copied where it is short. JSON Lines keeps every
    value exactly; CSV is for spreadsheets, where a text that looks like a formula begins with an apostrophe; Markdown
    is for reports. A file that is there already is replaced only after a second yes."""
    DEFAULT_CSS = """
    ExportScreen .window { padding: 0 2; }
    ExportScreen Input { background: $panel; width: 1fr; }
    ExportScreen Select { width: 1fr; }
    ExportScreen .row { height: 1; margin-top: 1; }
    ExportScreen .row Label { width: 8; color: $muted; }
    ExportScreen #export-said { height: auto; margin-top: 1; color: $muted; }
    ExportScreen #export-said.-wrong { color: $deny; }
    ExportScreen Button:disabled { color: $muted; }
    """

    def __init__(self, view: ExportView, now: datetime) -> None:
        super().__init__()
        self._view, self._now = view, now
        self._offered = file_name(view, "jsonl", now)
        self._stop = Event()
        self._working = False

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="window", can_focus=False) as window:
            window.border_title = Content(f"Export {self._view.name.replace('-', ' ')}")
            window.border_subtitle = Content(self.told("enter writes · esc back"))
            forms = [(Content(name), ending) for ending, name in FORMATS.items()]
            yield Horizontal(
                Label("As"),
                ChoiceField(forms, value="jsonl", name="form"),
                classes="row",
            )
            yield Horizontal(
                Label("File"), Input(self._offered, compact=True, max_length=1000, id="file"), classes="row"
            )
            yield Static(self._columns(), id="export-said")
            with Horizontal(classes="window--buttons"):
                yield Button("Cancel", id="cancel")
                yield Button("Copy", id="copy")
                yield Button("Write", id="write")

    def on_mount(self) -> None:
        self.query_one("#file", Input).focus()

    def _columns(self) -> Content:
        return text("Columns: " + ", ".join(self._view.columns))

    def on_select_changed(self, event: Select.Changed) -> None:
        """Another form: the offered name follows, unless one was typed."""
        field = self.query_one("#file", Input)
        if field.value == self._offered:
            self._offered = file_name(self._view, str(event.value), self._now)
            field.value = self._offered

    def on_input_submitted(self) -> None:
        self._write()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        match event.button.id:
            case "copy":
                self._copy()
            case "write":
                self._write()
            case _:
                self.action_cancel()

    def action_cancel(self) -> None:
        """Stop what is being written; else back."""
        if self._working:
            self._stop.set()
        else:
            self.dismiss("")

    # -- writing and copying ---------------------------------------------------------------------------------------

    @property
    def _form(self) -> str:
        return str(self.query_one("#form", Select).value)

    def _write(self) -> None:
        from workbench.service.table_files import write_pieces

        try:
            path, sure = self.wanted_file()
        except Exception as error:
            self._failed(error)
            return
        form, view = self._form, self._view

        def work() -> tuple[int, Path]:
            count = write_pieces(
                path,
                rendered(view, form),
                replace=sure,
                progress=lambda count: self.call_later(self._progress, count),
                cancelled=self._stop.is_set,
            )
            return count - head_pieces(form), path

        self._begin(work, self._written)

    def _copy(self) -> None:
        form, view, stopped = self._form, self._view, self._stop

        def work() -> tuple[int, str]:
            pieces: list[str] = []
            size = 0
            for piece in rendered(view, form):
                size += len(piece.encode(errors="replace"))
                if size > clipboard.TERMINAL_LIMIT or stopped.is_set():
                    return -1, ""
                pieces.append(piece)
            return len(pieces) - head_pieces(form), "".join(pieces)

        self._begin(work, self._copied)

    def _begin(self, work: Callable[[], Result], done: Callable[[Result], object]) -> None:
        if self._working:
            return
        self._working = True
        self._stop.clear()
        for name in ("#copy", "#write"):
            self.query_one(name, Button).disabled = True
        self._say("working …")
        self.run_service(work, group="export", on_result=done, on_error=self._failed)

    def _ended(self) -> None:
        self._working = False
        for name in ("#copy", "#write"):
            self.query_one(name, Button).disabled = False

    def _progress(self, count: int) -> None:
        if self._working:
            self._say(f"{count:,} rows … {self.told('esc stops')}")

    def _written(self, done: tuple[int, Path]) -> None:
        count, path = done
        self.dismiss(f"{plural(count, 'row')} in {path}")

    def _copied(self, done: tuple[int, str]) -> None:
        count, copied = done
        self._ended()
        if count < 0:
            self._say("nothing was copied" if self._stop.is_set() else TOO_LONG, wrong=True)
            return
        self.dismiss(f"{plural(count, 'row')}. {clipboard.copy(self.app, copied)}")

    def _failed(self, error: Exception) -> None:
        self._ended()
        if getattr(error, "code", "") == "file_exists":
            self.offer_replacing()
            self._say("the file is there already: another name, or replace it", wrong=True)
            return
        parts = [str(getattr(error, name, "") or "") for name in ("title", "detail", "hint")]
        said = "\n".join(part for part in parts if part)
        self._say(said or f"{type(error).__name__}: {error}", wrong=True)

    def _say(self, said: str, *, wrong: bool = False) -> None:
        shown = self.query_one("#export-said", Static)
        shown.update(text(f"✗ {said}" if wrong else said))
        shown.set_class(wrong, "-wrong")
