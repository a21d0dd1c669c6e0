"""What a trusted source heard itself: the tools that an agent really called, and the grounds that it was really given.

An agent that is judged by its words brings the conversation they come from, and whatever stands in it as a tool's
result is the agent's claim. A gateway, or a runner that calls the tools, knows better. Where it gives its record, the
record wins: results that the agent shows are taken out, whatever their ids, and those of the record are put in; the
grounds that the agent names are replaced by those that it was given. Values and one pure function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_CLAIMS = ("tool_calls", "function_call")


@dataclass(frozen=True, slots=True)
class ToolRecord:
    """One tool call as the source itself saw it. ``arguments`` and ``result`` are texts, as they went over the wire
    (JSON for most tools); ``tool_call_id`` is the key under which the agent may cite the result."""

    tool_call_id: str
    tool: str
    arguments: str = field(default="{}", repr=False)
    result: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """Everything that the source recorded of the conversation; an empty record says that no tool was called.

    ``grounds``: what the agent was given to rest on besides, in the form of the evaluation's ``grounds``.
    """

    tools: tuple[ToolRecord, ...] = ()
    grounds: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Heard:
        """From ``{"tools": [{"tool_call_id", "tool", "arguments"?, "result"?}], "grounds": […]}``, as in recordings.

        Raises ``ValueError`` for anything else.
        """
        try:
            tools = tuple(ToolRecord(**{key: _text(said) for key, said in each.items()}) for each in value["tools"])
            grounds = tuple(dict(each) for each in value.get("grounds", ()))
        except (TypeError, KeyError, AttributeError, ValueError):
            raise ValueError("not a record of what was heard: `tools` and `grounds` are lists of objects") from None
        return cls(tools, grounds)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged: a conversation and grounds, as ``evaluate_speech`` takes them. ``dropped``: how many results and
    grounds of the agent's were not in the record."""

    conversation: list[Any] | None = field(repr=False)
    grounds: Any = field(repr=False)
    dropped: int = 0


def by_the_record(text: str, conversation: list[Any] | None, grounds: Any, heard: Heard | None) -> Evidence:
    """The agent's own account, or with ``heard`` what the record makes of it. ``text``: what the agent says.

    Order of the record is kept; it stands before the agent's last message. Messages that are none are passed on, for
    the evaluation to refuse.
    """
    if heard is None:
        return Evidence(conversation, grounds)
    messages = [{"role": "assistant", "content": text}] if conversation is None else conversation
    known = {record.tool_call_id for record in heard.tools}
    kept: list[Any] = []
    dropped = 0
    for message in messages:
        role = message.get("role") if isinstance(message, Mapping) else None
        if role in ("tool", "function"):
            dropped += message.get("tool_call_id") not in known
        elif role == "assistant":
            kept.append({name: value for name, value in message.items() if name not in _CLAIMS})
        else:
            kept.append(message)
    kept[-1:-1] = _told(heard.tools)
    given = [dict(ground) for ground in heard.grounds]
    brought = grounds if isinstance(grounds, list) else []
    dropped += sum(1 for ground in brought if ground not in given)
    return Evidence(kept, given, dropped)


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise ValueError("not a text")
    return said


def _told(records: Sequence[ToolRecord]) -> list[dict[str, Any]]:
    """The record as messages: one that calls, and one for each result."""
    if not records:
        return []
    calls = [
        {"id": each.tool_call_id, "type": "function", "function": {"name": each.tool, "arguments": each.arguments}}
        for each in records
    ]
    results = [{"role": "tool", "tool_call_id": each.tool_call_id, "content": each.result} for each in records]
    return [{"role": "assistant", "content": None, "tool_calls": calls}, *results]
