"""What a reader of transcripts hands back: the conversation, the grounds, and what it left out; and how it is built.

Imports the standard library only. A conversation is a list of OpenAI chat-completions messages, as the evaluators take
it. Nothing that could be evidence leaves a transcript unnoticed: every event that does not enter is a :class:`Note`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Message = dict[str, Any]
REASONING = "reasoning"  # the `name` of an assistant message that holds thoughts; it is never judged


class TranscriptError(Exception):
    """A transcript that cannot be read. ``code`` is stable; ``place`` says where, such as ``line 7``."""

    def __init__(self, code: str, message: str, help: str = "", place: str = "") -> None:
        super().__init__(f"{place}: {message}" if place else message)
        self.code = code
        self.message = message
        self.help = help
        self.place = place


@dataclass(frozen=True, slots=True)
class Options:
    """How a transcript is read.

    ``include_reasoning``: thoughts enter as assistant messages named ``reasoning``, which are never judged.
    ``user_prompt``: a user message put before everything. ``allow_non_assistant_last``: do not insist that the last
    message is the assistant's. ``root``: the folder that absolute paths in commands are relative to.
    ``mark_citations``: write ``[@key]`` where the provider itself attached a citation to the text.
    """

    include_reasoning: bool = False
    user_prompt: str | None = None
    allow_non_assistant_last: bool = False
    root: str | None = None
    mark_citations: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to know about a transcript. ``lost``: it did not enter the conversation; else it did, with a doubt."""

    place: str
    what: str
    why: str
    lost: bool = True

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"place": self.place, "what": self.what, "why": self.why, "lost": self.lost}


@dataclass(frozen=True, slots=True)
class Transcript:
    """A transcript, read. ``grounds`` are explicit grounds that citations of the provider gave (may be empty)."""

    kind: str
    conversation: tuple[Message, ...]
    grounds: tuple[dict[str, Any], ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def skipped(self) -> tuple[Note, ...]:
        """What did not enter the conversation."""
        return tuple(note for note in self.notes if note.lost)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "kind": self.kind,
            "conversation": list(self.conversation),
            "grounds": list(self.grounds),
            "notes": [note.to_dict() for note in self.notes],
        }


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a file, with its place for messages to people."""

    place: str
    data: Mapping[str, Any]


@dataclass
class Building:
    """A conversation while it is put together."""

    kind: str
    options: Options
    messages: list[Message] = field(default_factory=list)
    grounds: list[dict[str, Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)  # ids of calls whose tool failed
    answered: set[str] = field(default_factory=set)  # ids of calls that have a result

    def say(self, role: Literal["user", "system", "developer", "assistant"], content: Any) -> None:
        """A message with text, or with text and refusal parts."""
        self.messages.append({"role": role, "content": content})

    def think(self, place: str, text: str) -> None:
        """Reasoning: kept only where it was asked for."""
        if self.options.include_reasoning and text.strip():
            self.messages.append({"role": "assistant", "content": text, "name": REASONING})
        else:
            self.skip(
                place, "reasoning", "thoughts are no evidence and are not judged" if text else "it is not readable"
            )

    def call(self, calls: Sequence[tuple[str, str, Any]], content: Any = "") -> list[dict[str, Any]]:
        """Tool calls, each ``(id, name, arguments)``; arguments that are no text yet are written as JSON.

        Hands back the calls as they stand in the conversation.
        """
        made = [
            {"id": id, "type": "function", "function": {"name": name, "arguments": as_arguments(arguments)}}
            for id, name, arguments in calls
        ]
        self.messages.append({"role": "assistant", "content": content, "tool_calls": made})
        return made

    def result(self, id: str, content: Any, *, is_error: bool = False) -> None:
        """What the tool call ``id`` gave back.

        ``is_error``: the transcript itself says that the tool failed. The message says so under a key of that name,
        which the strict profile heeds and the compatible one does not see.
        """
        marked = {"is_error": True} if is_error else {}
        self.messages.append({"role": "tool", "tool_call_id": id, "content": content, **marked})
        if is_error:
            self.failed.add(id)
        self.answered.add(id)

    def ground(self, ground: dict[str, Any]) -> None:
        """An external ground; the same one twice is one."""
        if ground not in self.grounds:
            self.grounds.append(ground)

    def skip(self, place: str, what: str, why: str) -> None:
        """Something that does not enter."""
        self.notes.append(Note(place, what, why))

    def caution(self, place: str, what: str, why: str) -> None:
        """Something that enters, and should be looked at."""
        self.notes.append(Note(place, what, why, lost=False))

    def finish(self) -> Transcript:
        """The transcript. Raises :class:`TranscriptError`: ``transcript_empty``, ``transcript_last``."""
        if not self.messages:
            raise TranscriptError(
                "transcript_empty",
                f"there is no message of the kind `{self.kind}` in it",
                "is it the right file? `--kind` names another kind",
            )
        last = self.messages[-1]
        thought = last.get("name") == REASONING
        if (last["role"] != "assistant" or thought) and not self.options.allow_non_assistant_last:
            raise TranscriptError(
                "transcript_last",
                f"the last message is {'reasoning' if thought else 'of the role `' + str(last['role']) + '`'}, "
                "and only an assistant's message can be judged",
                "end the transcript with the answer, or convert it with `--allow-non-assistant-last`",
            )
        if last["role"] == "assistant" and last.get("tool_calls") and not last.get("content"):
            self.caution("the end", "the last message", "it calls tools and says nothing: was the run cut short?")
        if self.options.user_prompt is not None:
            self.messages.insert(0, {"role": "user", "content": self.options.user_prompt})
        return Transcript(self.kind, tuple(self.messages), tuple(self.grounds), tuple(self.notes))


def as_arguments(value: Any) -> str:
    """The arguments of a tool call as the text that chat completions carry."""
    if isinstance(value, str):
        return value
    return json.dumps({} if value is None else value, ensure_ascii=False)


def text_field(record: Record, data: Mapping[str, Any], name: str) -> str:
    """The text under ``name``, ``""`` where it is absent or null. Raises :class:`TranscriptError`."""
    value = data.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise shape(record, f"`{name}` is {shown(value)}, not text")
    return value


def shape(record: Record, message: str) -> TranscriptError:
    """An event that is not built as its kind is."""
    return TranscriptError("transcript_shape", message, "repair or remove that event", record.place)


def shown(value: Any) -> str:
    """What sort of JSON value that is, in a word."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "an object"
