"""Transcripts of Claude Code: the JSONL of a session, and what ``claude -p --output-format stream-json`` prints.

Imports this folder. Only ``user`` and ``assistant`` lines speak. Lines form a tree by ``parentUuid``: the branch that
ends in the last line is read; edits and rewinds leave other branches behind. One message of the model may be spread
over several lines (same ``message.id``). What sub-agents did among themselves (``isSidechain``) is no evidence of the
main conversation: what they reported back stands there as the result of a tool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.speech.transcripts.anthropic import blocks_of, take_assistant, take_user
from workbench.speech.transcripts.file_keys import file_key
from workbench.speech.transcripts.transcript import (
    Building,
    Note,
    Options,
    Record,
    Transcript,
    TranscriptError,
    shape,
    shown,
)

KIND = "claude-code"
_SPEAKS = ("user", "assistant")
_COMMAND = ("<local-command-", "<command-name>", "<command-message>")
_READERS = ("Read", "NotebookRead")
_OWN = "the program wrote it, nobody said it"


def recognises(record: Record) -> bool:
    """Whether a line is of this kind."""
    data = record.data
    if data.get("type") in _SPEAKS:
        return isinstance(data.get("message"), Mapping)
    return "sessionId" in data or "session_id" in data or ("leafUuid" in data and data.get("type") == "summary")


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation of a session. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    lines = [record for record in records if record.data.get("type") in _SPEAKS]
    _count_others(building, records)
    alone = bool(lines) and all(_aside(record) for record in lines)  # the file of one sub-agent
    spoken = [record for record in lines if alone or not _aside(record)]
    asides = [] if alone else [record for record in lines if _aside(record)]
    _count(building, asides, "lines of sub-agents", "what they found counts where it was reported back")
    kept = _branch(records, spoken)
    left = [record for record in spoken if id(record) not in kept]
    _count(building, left, "lines of other branches", "the conversation was taken up again before them")
    said = [record for record in spoken if id(record) in kept and _is_said(building, record)]
    while said and _is_command(said[-1]):  # `/exit` after the answer
        building.skip(said.pop().place, "a command to the program", _OWN)
    for message in _merged(said):
        take = take_assistant if message.data["role"] == "assistant" else take_user
        take(building, message, message.data.get("content"))
    _cite_files(building, next((record.data.get("cwd") for record in said), None))
    return building.finish()


def _cite_files(building: Building, folder: Any) -> None:
    """A ground ``file_<hash12>`` for every file whose content a tool showed: an answer can cite the file by its key.

    The model never sees the ids of its calls, so in a session that asks for citations these keys are what it can use.
    """
    root = building.options.root or (folder if isinstance(folder, str) else None)
    shown_by: dict[str, str] = {}
    for message in building.messages:
        for call in message.get("tool_calls", ()):
            key = _key_of_call(call["function"], root)
            if key is not None:
                shown_by[call["id"]] = key
        id = message.get("tool_call_id")
        if message["role"] == "tool" and id in shown_by and id not in building.failed:
            key = shown_by[id]
            building.ground(
                {
                    "citation_key": key,
                    "ground_id": key,
                    "role": "supports",
                    "creator": "tool_observer",
                    "evidence_type": "observation",
                }
            )


def _key_of_call(function: Mapping[str, str], root: str | None) -> str | None:
    if function["name"] not in _READERS:
        return None
    try:
        given = json.loads(function["arguments"])
        path = given.get("file_path", given.get("notebook_path")) if isinstance(given, dict) else None
        return file_key(path, root) if isinstance(path, str) else None
    except (ValueError, TranscriptError):
        return None  # no arguments, or a file of another place


def _message(record: Record) -> Mapping[str, Any]:
    message = record.data.get("message")
    if not isinstance(message, Mapping):
        raise shape(record, f"`message` is {shown(message)}, not an object")
    return message


def _aside(record: Record) -> bool:
    return record.data.get("isSidechain") is True or record.data.get("parent_tool_use_id") is not None


def _count(building: Building, records: Sequence[Record], what: str, why: str) -> None:
    if records:
        counted = what if len(records) > 1 else what.replace("lines", "line", 1)
        building.notes.append(Note(records[0].place, f"{len(records)} {counted}", why))


def _count_others(building: Building, records: Sequence[Record]) -> None:
    """Lines that never speak: one note a sort."""
    sorts: dict[str, list[Record]] = {}
    for record in records:
        if record.data.get("type") not in _SPEAKS:
            sorts.setdefault(str(record.data.get("type")), []).append(record)
    for sort, found in sorts.items():
        _count(building, found, f"lines of the type `{sort}`", "the program's own records")


def _is_said(building: Building, record: Record) -> bool:
    """Whether someone said this; what the program wrote in a speaker's name is noted."""
    data = record.data
    if data.get("isMeta") is True and not _has_results(record):
        building.skip(record.place, "a line marked as meta", _OWN)
    elif data.get("isCompactSummary") is True or data.get("isVisibleInTranscriptOnly") is True:
        building.skip(record.place, "the summary of a compacted conversation", "a model wrote it; it is no evidence")
    elif data.get("isApiErrorMessage") is True or _message(record).get("model") == "<synthetic>":
        building.skip(record.place, "a message in place of an answer", _OWN)
    else:
        return True
    return False


def _is_command(record: Record) -> bool:
    content = record.data["message"].get("content")
    return record.data["type"] == "user" and isinstance(content, str) and content.lstrip().startswith(_COMMAND)


def _has_results(record: Record) -> bool:
    return bool(_ids(record, "tool_result", "tool_use_id"))


def _ids(record: Record, sort: str, name: str) -> set[str]:
    content = _message(record).get("content")
    if not isinstance(content, list):
        return set()
    return {
        str(block[name])
        for block in content
        if isinstance(block, Mapping) and block.get("type") == sort and name in block
    }


def _branch(records: Sequence[Record], spoken: Sequence[Record]) -> set[int]:
    """The lines (by ``id``) of the branch that ends in the last one spoken.

    Parallel tool calls fork the tree without leaving the conversation: pieces of a message that is on the branch, and
    results of its calls, belong to it.
    """
    by_uuid = {str(record.data["uuid"]): record for record in records if "uuid" in record.data}
    if not spoken or any("uuid" not in record.data or "parentUuid" not in record.data for record in spoken):
        return {id(record) for record in spoken}  # no tree: a stream
    places = {id(record): place for place, record in enumerate(spoken)}
    chain: set[int] = set()
    at: Record | None = spoken[-1]
    while at is not None and id(at) not in chain:
        chain.add(id(at))
        parent = at.data.get("parentUuid") or at.data.get("logicalParentUuid")
        before = by_uuid.get(str(parent)) if parent else None
        if before is None and parent and places.get(id(at), 0) > 0:
            before = spoken[places[id(at)] - 1]  # its parent is in another file: what stands before it
        at = before
    messages = {_message_id(record) for record in spoken if id(record) in chain} - {None}
    chain |= {id(record) for record in spoken if _message_id(record) in messages}
    calls = {call for record in spoken if id(record) in chain for call in _ids(record, "tool_use", "id")}
    return chain | {id(record) for record in spoken if _ids(record, "tool_result", "tool_use_id") & calls}


def _message_id(record: Record) -> str | None:
    found = _message(record).get("id") if record.data["type"] == "assistant" else None
    return found if isinstance(found, str) else None


def _merged(said: Sequence[Record]) -> list[Record]:
    """The lines as messages: consecutive lines of one message of the model are one, without repeated blocks."""
    made: list[tuple[Record, str | None, list[Mapping[str, Any]]]] = []
    for record in said:
        blocks = list(blocks_of(record, _message(record).get("content")))
        id = _message_id(record)
        if made and id is not None and made[-1][1] == id:
            made[-1][2].extend(block for block in blocks if block not in made[-1][2])
        else:
            made.append((record, id, blocks))
    return [Record(record.place, {"role": record.data["type"], "content": blocks}) for record, _, blocks in made]
