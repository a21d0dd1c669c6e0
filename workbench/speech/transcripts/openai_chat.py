"""Message lists of OpenAI's chat completions: what the evaluators take, and real dumps of the API made acceptable.

Imports this folder. Null keys of dumps are dropped, a top-level ``refusal`` becomes a refusal part, annotations become
grounds, arguments that are objects become text, parts that hold no text a placeholder. Nothing else is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.speech.transcripts.citations import cited_text
from workbench.speech.transcripts.content import part_text, plain_text
from workbench.speech.transcripts.transcript import (
    Building,
    Message,
    Options,
    Record,
    Transcript,
    as_arguments,
    shape,
    shown,
)

KIND = "openai-chat"
ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_EMPTY = ("tool_calls", "function_call", "audio", "refusal", "name")  # null in dumps where there is none


def recognises(record: Record) -> bool:
    """Whether a record is a message with a role of this kind."""
    return record.data.get("role") in ROLES and record.data.get("type") in (None, "message")


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    for record in records:
        role = record.data.get("role")
        if role == "assistant":
            _assistant(building, record)
        elif role == "tool":
            _tool(building, record)
        elif role in ROLES:
            _other(building, record)
        else:
            raise shape(record, f"the role is `{str(role)[:40]}`; it must be one of {', '.join(ROLES)}")
    return building.finish()


def _other(building: Building, record: Record) -> None:
    content = record.data.get("content")
    if not isinstance(content, str | list) and not (record.data["role"] == "function" and content is None):
        raise shape(record, f"`content` is {shown(content)}, not text or a list of parts")
    if record.data["role"] == "function" and not isinstance(record.data.get("name"), str):
        raise shape(record, f"`name` is {shown(record.data.get('name'))}, not text")
    building.messages.append(
        {key: value for key, value in record.data.items() if key not in _EMPTY or value is not None}
    )


def _tool(building: Building, record: Record) -> None:
    id = record.data.get("tool_call_id")
    if not isinstance(id, str):
        raise shape(record, f"`tool_call_id` is {shown(id)}, not text")
    content = record.data.get("content")
    if not isinstance(content, str) and not _plain_parts(content, "text"):
        content = plain_text(building, record, content)
    building.result(id, content, is_error=record.data.get("is_error") is True)


def _plain_parts(content: Any, *sorts: str) -> bool:
    """Whether content is a list of parts that the evaluators read as they are."""
    return isinstance(content, list) and all(
        isinstance(part, Mapping) and part.get("type") in sorts and isinstance(part.get(str(part.get("type"))), str)
        for part in content
    )


def _assistant(building: Building, record: Record) -> None:
    data = record.data
    for name in _THOUGHTS:
        if isinstance(data.get(name), str) and data[name]:
            building.think(record.place, data[name])
    message: Message = {"role": "assistant", "content": _said(building, record)}
    for name in ("name", "function_call", "audio"):
        if data.get(name) is not None:
            message[name] = data[name]
    calls = data.get("tool_calls")
    if calls is not None:
        if not isinstance(calls, list):
            raise shape(record, f"`tool_calls` is {shown(calls)}, not a list")
        if calls:
            message["tool_calls"] = [_call(record, call) for call in calls]
    building.messages.append(message)


def _said(building: Building, record: Record) -> Any:
    """The content of an assistant's message: text, or parts where one of them is a refusal."""
    data = record.data
    content, refusal = data.get("content"), data.get("refusal")
    annotations = data.get("annotations")
    if isinstance(content, str):
        content = cited_text(building, record, content, annotations, anthropic=False)
    elif isinstance(content, list):
        if not _plain_parts(content, "text", "refusal"):
            content = [
                part
                if _plain_parts([part], "text", "refusal")
                else {"type": "text", "text": part_text(building, record, part)}
                for part in content
            ]
    elif content is not None:
        raise shape(record, f"`content` is {shown(content)}, not text or a list of parts")
    if isinstance(refusal, str) and refusal and not content:
        return [{"type": "refusal", "refusal": refusal}]
    if isinstance(refusal, str) and refusal:
        building.caution(record.place, "a refusal beside text", "the text is judged, the refusal is not")
    return content


def _call(record: Record, call: Any) -> dict[str, Any]:
    if not isinstance(call, Mapping) or not isinstance(call.get("id"), str):
        raise shape(record, "a tool call is no object with an `id`")
    if call.get("type") == "custom":
        return {"id": call["id"], "type": "custom", "custom": call.get("custom")}
    function = call.get("function")
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise shape(record, f"the tool call `{call['id'][:40]}` has no function with a `name`")
    made = {"name": function["name"], "arguments": as_arguments(function.get("arguments"))}
    return {"id": call["id"], "type": "function", "function": made}
