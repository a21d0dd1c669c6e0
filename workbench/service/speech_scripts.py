"""What the Speech screen judges: a text of any origin as a script, whose messages of the agent are judged one by one.

A script is a transcript of any known kind, what a decision of the feed carried, or plain words. Imports
``service.speaking`` and the transcripts' readers; needs no workspace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.service.speaking import SpeechRefusedError
from workbench.speech.transcripts import KINDS, Note, Options, TranscriptError, read_transcript
from workbench.speech.transcripts.turns import said, until

WORDS, EVENT = "words", "event"
_WHAT = {WORDS: "plain words", EVENT: "a decision of the feed"}
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[\[{\]])")
_LINE = re.compile(r"line (\d+)$")


class ScriptError(SpeechRefusedError):
    """A transcript that cannot be read. ``line`` (from 1) is where; ``None`` where no line can be named."""

    def __init__(self, name: str, error: TranscriptError) -> None:
        where = f", {error.place}" if error.place else ""
        help = error.help.replace("`--kind` names another kind", "K names another kind")
        help = help.replace("name what it is with `--kind`", "K says what it is")
        super().__init__("the transcript cannot be read", f"`{name}`{where}: {error.message}", help, error.code)
        found = _LINE.match(error.place)
        self.line = int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of the agent that says something: its place in the conversation (from 0), and its text."""

    index: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Script:
    """``kind``: one of the transcripts' kinds, ``words`` or ``event``; ``what`` says it in words.

    ``grounds``: what stands in the script itself beside the conversation. ``recorded``: how the words of a decision
    were judged when it was made, as ``judging.Judged.told`` gives it; ``seq`` is that decision's number.
    """

    name: str
    kind: str
    conversation: tuple[Mapping[str, Any], ...] = field(repr=False)
    spoken: tuple[Spoken, ...] = field(repr=False)
    grounds: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    notes: tuple[Note, ...] = ()
    recorded: Mapping[str, Any] | None = field(default=None, repr=False)
    seq: int = 0

    @property
    def what(self) -> str:
        """The kind in words."""
        return _WHAT.get(self.kind) or KINDS[self.kind]

    def until(self, place: int) -> tuple[Mapping[str, Any], ...]:
        """The conversation that message ``place`` of ``spoken`` ends, as far as it can be evidence."""
        return until(self.conversation, self.spoken[place].index)


def is_json(text: str) -> bool:
    """Whether a text is meant as JSON, well-formed or not; else it is the agent's own words."""
    return _JSON.match(text.removeprefix("\ufeff")) is not None


def read_script(text: str, name: str, kind: str | None = None) -> Script:
    """The script that a text is: of ``kind`` where that is known, else found out. One that ends before its answer may
    be looked at all the same.

    Raises :class:`ScriptError`, with the reader's own code and the line.
    """
    if kind == WORDS or (kind is None and not is_json(text)):
        return script_of(name, WORDS, [{"role": "assistant", "content": text}])
    try:
        read = read_transcript(text, kind, Options(allow_non_assistant_last=True))
    except TranscriptError as error:
        raise ScriptError(name, error) from error
    return script_of(name, read.kind, read.conversation, grounds=read.grounds, notes=read.notes)


def script_of(name: str, kind: str, conversation: Sequence[Mapping[str, Any]], **more: Any) -> Script:
    """A script of messages that are read already; ``more``: the other fields."""
    texts = ((index, said(message)) for index, message in enumerate(conversation))
    spoken = tuple(Spoken(index, text) for index, text in texts if text.strip())
    return Script(name, kind, tuple(conversation), spoken, **more)
