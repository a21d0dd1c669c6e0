"""Codex's rollout files (``~/.codex/sessions/…/rollout-*.jsonl``) as a conversation.

Imports this folder. A line is ``{timestamp, type, payload}``; ``response_item`` payloads are items of the Responses
API, and they alone speak: ``event_msg`` lines repeat them for the screen. Shell commands get the key of the file that
they look at, as in :mod:`codex_events`; the session's folder is the root where none is named. The oldest files hold
bare items without a payload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.speech.transcripts.file_keys import key_of_command
from workbench.speech.transcripts.openai_responses import Items, is_item
from workbench.speech.transcripts.transcript import Building, Options, Record, Transcript, shape, shown

KIND = "codex-rollout"
_LINES = ("session_meta", "response_item", "event_msg", "turn_context", "compacted")
_CONTEXT = ("<environment_context>", "<user_instructions>", "<permissions", "<turn_aborted>", "# AGENTS.md")


def recognises(record: Record) -> bool:
    """Whether a line is of this kind."""
    data = record.data
    wrapped = data.get("type") in _LINES and isinstance(data.get("payload"), Mapping)
    return wrapped or "record_type" in data or ("instructions" in data and "timestamp" in data and "type" not in data)


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation of a session. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    keys = _Keys(options.root)
    items = Items(building, keys.of)
    told = any(_is_answer(record) for record in records)
    repeated: list[Record] = []
    for record in records:
        sort = record.data.get("type")
        payload = record.data.get("payload", record.data)
        if not isinstance(payload, Mapping):
            raise shape(record, f"`payload` is {shown(payload)}, not an object")
        if sort in ("session_meta", "turn_context"):
            keys.enter(payload.get("cwd"))
        elif sort == "event_msg":
            if told or not _from_event(building, payload):
                repeated.append(record)
        elif sort == "compacted":
            building.skip(record.place, "the summary of a compacted session", "a model wrote it; it is no evidence")
        elif sort == "response_item" or ("payload" not in record.data and is_item(payload)):
            if _is_context(payload):
                building.skip(record.place, "context", "the program wrote it, nobody said it")
            else:
                items.take(record, payload)
        elif "record_type" not in record.data and "instructions" not in record.data:
            building.skip(record.place, f"a line of the type `{str(sort)[:40]}`", "it is not known what that is")
    if repeated:
        building.skip(
            repeated[0].place, f"{len(repeated)} lines of the type `event_msg`", "they repeat items for the screen"
        )
    return building.finish()


class _Keys:
    """Ids for shell commands: the key of the file they look at."""

    def __init__(self, root: str | None) -> None:
        self._root = root
        self._folder: str | None = None

    def enter(self, folder: Any) -> None:
        """The session works in ``folder`` from here on."""
        if isinstance(folder, str) and folder:
            self._folder = folder
            self._root = self._root or folder

    def of(self, id: str, command: str, folder: str | None) -> str:
        return key_of_command(command, self._root, folder or self._folder) or id


def _is_answer(record: Record) -> bool:
    payload = record.data.get("payload", record.data)
    return (
        isinstance(payload, Mapping)
        and record.data.get("type") in ("response_item", "message")
        and payload.get("role") == "assistant"
    )


def _from_event(building: Building, payload: Mapping[str, Any]) -> bool:
    """Take a message from the screen's events, for files that hold it nowhere else."""
    role = {"agent_message": "assistant", "user_message": "user"}.get(str(payload.get("type")))
    text = payload.get("message")
    if role is None or not isinstance(text, str):
        return False
    building.say("assistant" if role == "assistant" else "user", text)
    return True


def _is_context(payload: Mapping[str, Any]) -> bool:
    """Whether a user's message is what Codex itself puts before the conversation."""
    content = payload.get("content")
    if payload.get("role") != "user" or not isinstance(content, list) or not content:
        return False
    return all(
        isinstance(part, Mapping) and str(part.get("text", "")).lstrip().startswith(_CONTEXT) for part in content
    )
