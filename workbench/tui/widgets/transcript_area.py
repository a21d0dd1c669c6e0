"""An editor for transcripts: what is too large for an editor is shown by its head, and handed on whole.

Wrapping a line of a megabyte takes seconds, so a large text never enters the editor: its head is shown, read-only, and
:class:`TranscriptArea.Pasted` carries all of it. Knows no service.
"""

from __future__ import annotations

from textual.events import Paste
from textual.message import Message
from textual.strip import Strip

from workbench.tui.lexers.json import lex
from workbench.tui.widgets.code_area import CodeArea

LARGE = 120_000  # characters of a text that can be edited here
LONG = 20_000  # characters of one line of it
_HEAD, _HEAD_LINE = 24_000, 1_600  # characters of what is shown of a larger one, and of one of its lines


class TranscriptArea(CodeArea):
    """JSON is coloured, plain words are not in the way."""

    HELP = """What is judged: JSON of a transcript (lines of Codex or Claude Code, lists of messages of OpenAI or
    Anthropic), or the plain words of an agent. Paste or write; it is judged as you type. Esc goes to the verdicts."""

    class Pasted(Message):
        """A text was pasted that is too large to be edited."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, placeholder: str, id: str) -> None:
        super().__init__(lex, placeholder=placeholder, id=id)

    def render_line(self, y: int) -> Strip:
        """What stands in an empty one has no margin that a sign could stand in."""
        return super().render_line(y) if self.text else super(CodeArea, self).render_line(y)

    async def _on_paste(self, event: Paste) -> None:
        """What fits is inserted; anywhere else, and where nothing can be edited, a paste is the screen's to take."""
        if self.read_only:
            return
        event.stop()
        if is_large(event.text) or len(event.text) + len(self.text) > LARGE:
            event.prevent_default()
            self.post_message(self.Pasted(event.text))

    def show_source(self, text: str) -> bool:
        """Show a text; ``False`` where it is too large, and its head is shown, read-only."""
        large = is_large(text)
        self.read_only = large
        self.show_text(head_of(text) if large else text)
        return not large


def is_large(text: str) -> bool:
    """Whether a text is more than the editor should hold."""
    return len(text) > LARGE or any(len(line) > LONG for line in text.split("\n"))


def head_of(text: str) -> str:
    """The beginning of a large text, its long lines cut."""
    lines = [line[:_HEAD_LINE] + ("…" if len(line) > _HEAD_LINE else "") for line in text[:_HEAD].split("\n")]
    return "\n".join(lines)
