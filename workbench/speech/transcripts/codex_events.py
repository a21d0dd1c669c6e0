"""What ``codex exec --json`` prints, one event a line, as a conversation.

Imports this folder. An ``item.completed`` event of the type ``agent_message`` is an assistant message;
``command_execution`` a call of ``shell_command`` with its result, under the key of the file that it looks at
(``file_<hash12>``, so that an answer can cite the file) or else ``codex_cmd_<item id>``; ``mcp_tool_call`` a call of
that tool. Edits, searches and plans are the agent's own doing: they are noted, and are no evidence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from workbench.speech.transcripts.content import plain_text
from workbench.speech.transcripts.file_keys import key_of_command
from workbench.speech.transcripts.transcript import Building, Options, Record, Transcript, shape, shown, text_field

KIND = "codex-exec"
_QUIET = ("thread.started", "turn.started", "turn.completed", "session.created", "session.resumed")
_NO_EVIDENCE = {
    "file_change": "an edit is the agent's own doing, not something it observed",
    "web_search": "the event tells what was searched for, not what was found",
    "todo_list": "a plan is no evidence",
    "plan": "a plan is no evidence",
    "error": "an error of the program, not of a tool",
    "collab_tool_call": "what other agents were told is no evidence",
}


def recognises(record: Record) -> bool:
    """Whether an event is of this kind."""
    kind = record.data.get("type")
    return isinstance(kind, str) and (
        kind in _QUIET or kind == "turn.failed" or (kind.startswith("item.") and isinstance(_item(record), Mapping))
    )


def _item(record: Record) -> Any:
    return record.data.get("item")


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation of a run. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    open_items: dict[str, tuple[Record, str]] = {}
    for record in records:
        kind = record.data.get("type")
        if kind in _QUIET:
            continue
        item = _item(record)
        if not isinstance(kind, str) or not kind.startswith("item.") or not isinstance(item, Mapping):
            building.skip(record.place, f"event `{kind}`", "it is no item of the run")
            continue
        sort = _sort(record, item)
        if kind == "item.completed":
            open_items.pop(str(item.get("id")), None)
            _completed(building, record, item, sort)
        elif sort in _TAKEN:
            open_items.setdefault(str(item.get("id")), (record, sort))
    for record, sort in open_items.values():
        building.skip(record.place, f"`{sort}`", "it was started and never completed")
    return building.finish()


def _sort(record: Record, item: Mapping[str, Any]) -> str:
    found = item.get("type", item.get("item_type"))
    if not isinstance(found, str):
        raise shape(record, f"the item's `type` is {shown(found)}, not text")
    return "agent_message" if found == "assistant_message" else found


def _completed(building: Building, record: Record, item: Mapping[str, Any], sort: str) -> None:
    take = _TAKEN.get(sort)
    if take is not None:
        take(building, record, item)
    elif sort == "reasoning":
        building.think(record.place, text_field(record, item, "text"))
    else:
        building.skip(record.place, f"`{sort}`", _NO_EVIDENCE.get(sort, "it is not known what that is"))


def _message(building: Building, record: Record, item: Mapping[str, Any]) -> None:
    building.say("assistant", text_field(record, item, "text"))


def _command(building: Building, record: Record, item: Mapping[str, Any]) -> None:
    command = item.get("command")
    if isinstance(command, list) and all(isinstance(word, str) for word in command):
        command = " ".join(command)
    if not isinstance(command, str):
        raise shape(record, f"`command` is {shown(command)}, not text")
    output = text_field(record, item, "aggregated_output")
    code = item.get("exit_code")
    failed = (isinstance(code, int) and code != 0) or item.get("status") in ("failed", "declined")
    key = key_of_command(command, building.options.root)
    if key in building.answered and (failed or not output.strip()):
        key = None  # a second look that found nothing takes nothing away from the first
    id = key or f"codex_cmd_{item.get('id')}"
    building.call([(id, "shell_command", {"command": command})])
    building.result(id, output)
    if failed:
        what = f"exit code {code}" if code is not None else str(item.get("status"))
        building.caution(record.place, f"`{command[:80]}`", f"the command failed ({what}); its output is kept")


def _tool(building: Building, record: Record, item: Mapping[str, Any]) -> None:
    id = f"codex_mcp_{item.get('id')}"
    result = item.get("result")
    error = item.get("error")
    if isinstance(result, Mapping):
        structured = result.get("structured_content")
        text = plain_text(building, record, result.get("content"))
        if not text and structured is not None:
            text = json.dumps(structured, ensure_ascii=False)
    elif isinstance(error, Mapping):
        text = text_field(record, error, "message")
        building.caution(record.place, f"`{item.get('tool')}`", "the tool failed; its message is kept")
    else:
        building.skip(record.place, f"`{item.get('tool')}`", "the call has no result")
        return
    building.call([(id, text_field(record, item, "tool"), item.get("arguments"))])
    building.result(id, text, is_error=not isinstance(result, Mapping))


_TAKEN: Mapping[str, Callable[[Building, Record, Mapping[str, Any]], None]] = {
    "agent_message": _message,
    "command_execution": _command,
    "mcp_tool_call": _tool,
}
