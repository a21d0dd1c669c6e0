"""Message lists of the Anthropic Messages API, and the content blocks that Claude Code's transcripts share with it.

Imports this folder. ``tool_use`` (and server and MCP tools) become calls, ``tool_result`` blocks tool messages, text
blocks one text, ``citations`` grounds. Thinking enters only where it was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.speech.transcripts.citations import cited_text
from workbench.speech.transcripts.content import plain_text
from workbench.speech.transcripts.transcript import Building, Options, Record, Transcript, shape, shown, text_field

KIND = "anthropic"
_CALLS = ("tool_use", "server_tool_use", "mcp_tool_use")
_BLOCKS = (*_CALLS, "tool_result", "thinking", "redacted_thinking", "document", "search_result")


def recognises(record: Record) -> bool:
    """Whether a message can only be Anthropic's: by its blocks, or as a whole response of that API."""
    content = record.data.get("content")
    if not isinstance(content, list) or not isinstance(record.data.get("role"), str):
        return False
    sorts = [block.get("type") for block in content if isinstance(block, Mapping)]
    response = record.data.get("type") == "message" and not any(
        sort in ("output_text", "input_text", "refusal") for sort in sorts
    )
    return (
        response
        or any(is_block(sort) for sort in sorts)
        or any(isinstance(block, Mapping) and isinstance(block.get("citations"), list) for block in content)
    )


def is_block(sort: Any) -> bool:
    """Whether that is the type of a block that only this API has."""
    return isinstance(sort, str) and (sort in _BLOCKS or sort.endswith("_tool_result"))


def read(records: Sequence[Record], options: Options) -> Transcript:
    """The conversation. Raises :class:`TranscriptError`: ``transcript_shape``, ``…_empty``, ``…_last``."""
    building = Building(KIND, options)
    for record in records:
        role = record.data.get("role")
        content = record.data.get("content")
        if role == "assistant":
            take_assistant(building, record, content)
        elif role == "user":
            take_user(building, record, content)
        elif role == "system":
            building.say("system", plain_text(building, record, content))
        else:
            raise shape(record, f"the role is `{role}`; it must be user, assistant or system")
    return building.finish()


def blocks_of(record: Record, content: Any) -> list[Mapping[str, Any]]:
    """The blocks of a message's content. Raises :class:`TranscriptError` (``transcript_shape``)."""
    if content is None:
        return []
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        raise shape(record, f"the content is {shown(content)}, not text or a list of blocks")
    for block in content:
        if not isinstance(block, Mapping) or not isinstance(block.get("type"), str):
            raise shape(record, "a block of the content has no `type`")
    return content


def take_user(building: Building, record: Record, content: Any) -> None:
    """What a user's message holds: the results of tools first, then the words."""
    said: list[str] = []
    for block in blocks_of(record, content):
        if block["type"] == "tool_result":
            _take_result(building, record, block)
        elif block["type"] == "text":
            said.append(text_field(record, block, "text"))
        else:
            said.append(f"[{block['type']}]")
    if said:
        building.say("user", "\n".join(said))


def _take_result(building: Building, record: Record, block: Mapping[str, Any]) -> None:
    id = block.get("tool_use_id")
    if not isinstance(id, str):
        raise shape(record, f"a tool result's `tool_use_id` is {shown(id)}, not text")
    content = block.get("content")
    if block["type"] == "tool_result" or (isinstance(content, list) and _all_text(content)):
        text = plain_text(building, record, content)
    else:  # a tool that ran at the provider
        text = json.dumps(_readable(content), ensure_ascii=False)
    failed = block.get("is_error") is True or (isinstance(content, Mapping) and "error_code" in content)
    building.result(id, text, is_error=failed)
    if failed:
        building.caution(record.place, f"the result `{id}`", "the tool failed; what it said is kept")


def _all_text(content: list[Any]) -> bool:
    return bool(content) and all(isinstance(part, Mapping) and part.get("type") == "text" for part in content)


def _readable(value: Any) -> Any:
    """``value`` without the fields that only the provider can read."""
    if isinstance(value, Mapping):
        return {key: _readable(item) for key, item in value.items() if not key.startswith("encrypted_")}
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


@dataclass
class _Speech:
    """The part of an assistant's message that has not been written yet."""

    texts: list[str] = field(default_factory=list)
    calls: list[tuple[str, str, Any]] = field(default_factory=list)
    cited: bool = False

    def flush(self, building: Building) -> None:
        if not self.texts and not self.calls:
            return
        text = _joined(self.texts, self.cited)
        if self.calls:
            building.call(self.calls, text)
        else:
            building.say("assistant", text)
        self.texts, self.calls, self.cited = [], [], False


def _joined(texts: Sequence[str], cited: bool) -> str:
    """Text blocks as one text: blocks around citations are pieces of a sentence, others paragraphs of their own."""
    if cited:
        return "".join(texts)
    made = ""
    for text in texts:
        glue = "\n\n" if made and text and not made[-1].isspace() and not text[0].isspace() else ""
        made += glue + text
    return made


def take_assistant(building: Building, record: Record, content: Any) -> None:
    """What an assistant's message holds; results of tools that ran at the provider split it."""
    speech = _Speech()
    for block in blocks_of(record, content):
        sort = block["type"]
        if sort == "text":
            cited = block.get("citations")
            speech.cited = speech.cited or bool(cited)
            text = text_field(record, block, "text")
            speech.texts.append(cited_text(building, record, text, cited, anthropic=True))
        elif sort in _CALLS:
            speech.calls.append(_call(record, block))
        elif sort in ("thinking", "redacted_thinking"):
            building.think(record.place, text_field(record, block, "thinking"))
        elif sort.endswith("tool_result"):
            speech.flush(building)
            _take_result(building, record, block)
        else:
            building.skip(record.place, f"a block of the type `{sort}`", "it is not known what that is")
    speech.flush(building)


def _call(record: Record, block: Mapping[str, Any]) -> tuple[str, str, Any]:
    id, name = block.get("id"), block.get("name")
    if not isinstance(id, str) or not isinstance(name, str):
        raise shape(record, "a tool call has no `id` or no `name`")
    return id, name, block.get("input")
