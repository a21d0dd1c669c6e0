"""A field for a moment, in place of a line: what is typed is read at once, and how it is read stands beside it.

Knows no service: a function that reads text is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

MOST = 60  # code points

Reader = Callable[[str], tuple[datetime, datetime]]


class MomentBar(Horizontal):
    """Hidden until :meth:`open`. ``reader`` gives beginning and end of what a text names, or raises."""

    DEFAULT_CSS = """
    MomentBar { display: none; height: 1; width: 1fr; padding: 0 1; background: $surface; }
    MomentBar.-open { display: block; }
    MomentBar > #moment-lead { width: auto; height: 1; color: $accent; text-style: bold; }
    MomentBar > #moment-input { width: 1fr; background: $panel; }
    MomentBar > #moment-read { width: auto; height: 1; padding: 0 0 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "Close", show=False)]

    class Chosen(Message):
        """A moment was entered: ``end`` is the end of what was named."""

        def __init__(self, start: datetime, end: datetime) -> None:
            super().__init__()
            self.start, self.end = start, end

    class Closed(Message):
        """The field is closed without a moment."""

    def __init__(self, reader: Reader, *, placeholder: str, id: str | None = None) -> None:
        super().__init__(id=id)
        self._reader, self._placeholder = reader, placeholder

    def compose(self) -> ComposeResult:
        yield Static("by ", id="moment-lead")
        yield Input(compact=True, placeholder=self._placeholder, max_length=MOST, id="moment-input")
        yield Static(id="moment-read")

    def open(self) -> None:
        """Let a person type."""
        self.add_class("-open")
        field = self.query_one(Input)
        field.value = ""
        field.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        shown = Content("")
        if event.value.strip():
            found = self._read(event.value)
            shown = Content.styled("? when", "$muted") if isinstance(found, Exception) else _told(*found)
        self.query_one("#moment-read", Static).update(shown)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.action_give_up()
            return
        found = self._read(event.value)
        if isinstance(found, Exception):
            said = "; ".join(part for name in ("detail", "hint") if (part := str(getattr(found, name, ""))))
            self.notify(said or str(found), title="When?", severity="warning", markup=False)
            return
        self.remove_class("-open")
        self.post_message(self.Chosen(*found))

    def action_give_up(self) -> None:
        """No moment."""
        self.remove_class("-open")
        self.post_message(self.Closed())

    def _read(self, text: str) -> tuple[datetime, datetime] | Exception:
        try:
            return self._reader(text)
        except Exception as error:
            return error


def _told(start: datetime, end: datetime) -> Content:
    whole = (end - start).days == 1
    when = f"{start:%a %d %b %Y}" if whole else f"{start:%a %d %b %Y %H:%M:%S} UTC"
    return Content.assemble(("→ ", "$accent bold"), (when, "$ink"))
