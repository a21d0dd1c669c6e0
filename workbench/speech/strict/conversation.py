"""What the agent says, and what its tools answered, from a list of chat-completions messages.

Imports the message reader of this room. Beyond it: ``tool_calls: null`` and ``content: null`` of a tool are fine, the
``refusal`` beside a message's content counts, text beside a refusal is judged too. Every error names its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.speech.errors import SpeechError, ValidationError
from workbench.speech.judgment import json_text
from workbench.speech.messages import INVALID, ConversationMessage, ToolResultSpeechAct, read_message, tool_results


@dataclass(frozen=True, slots=True)
class Heard:
    """The final message's ``text`` and ``refusal`` ("" for none), and all ``results`` in order."""

    text: str
    refusal: str
    results: tuple[ToolResultSpeechAct, ...]


def hear(agent_output: object, conversation: object) -> Heard:
    """Read the input of an evaluation; at least one of the two must be given, and they must agree.

    Raises :class:`SpeechError` and :class:`ValidationError` (kinds of ValueError) with a code and the place.
    """
    if agent_output is None and conversation is None:
        raise SpeechError("nothing_to_judge", "there is nothing to judge: give `agent_output` or `conversation`")
    if agent_output is not None and not isinstance(agent_output, str):
        raise SpeechError("agent_output_not_text", f"`agent_output` is a text, not {_kind(agent_output)}")
    if conversation is None:
        return Heard(str(agent_output), "", ())
    if isinstance(conversation, (str, bytes, Mapping)) or not isinstance(conversation, Sequence):
        raise SpeechError("conversation_not_a_list", f"`conversation` is a list of messages, not {_kind(conversation)}")
    if not conversation:
        raise SpeechError("conversation_empty", "`conversation` has no messages; its last is the assistant's")
    last = conversation[-1]
    place = f"conversation[{len(conversation) - 1}]"
    if not isinstance(last, Mapping) or last.get("role") != "assistant":
        raise SpeechError("last_message_not_assistant", f"`{place}`, the last message, is not the assistant's")
    if agent_output is not None and last.get("content") != agent_output:
        raise SpeechError("agent_output_mismatch", f"`agent_output` is not what `{place}.content` says")
    messages = [_message(item, number) for number, item in enumerate(conversation)]
    said = messages[-1]
    refusal = "\n".join(part for part in ("".join(said.refusals), last.get("refusal") or "") if part.strip())
    return Heard(said.plain_text(), refusal, tuple(tool_results(messages)))


def _message(item: object, number: int) -> ConversationMessage:
    if isinstance(item, Mapping):
        role = item.get("role")
        if role == "assistant" and "tool_calls" in item and item["tool_calls"] is None:
            item = {key: value for key, value in item.items() if key != "tool_calls"}
        elif role == "tool" and "content" in item and item["content"] is None:
            item = {**item, "content": ""}
        elif role == "tool" and item.get("is_error") is True:  # converted from an API that says so beside the text
            item = {**item, "content": json_text({"is_error": True, "text": item.get("content")})}
        if isinstance(item.get("tool_calls", []), (str, bytes, Mapping)):
            raise SpeechError("invalid_message", f"`conversation[{number}].tool_calls` is a list of tool calls")
    try:
        return read_message(item, number)
    except ValidationError as problem:
        raise ValidationError(_placed(problem), problem.code) from None
    except SpeechError as problem:
        raise SpeechError(problem.code, _placed(problem)) from None


def _placed(problem: SpeechError) -> str:
    """The message reader's words with the place as this profile names it."""
    return str(problem).removeprefix(INVALID).replace("messages[", "conversation[", 1)


def _kind(value: object) -> str:
    return {"dict": "an object", "str": "a text", "bool": "true or false", "int": "a number", "float": "a number"}.get(
        type(value).__name__, f"a {type(value).__name__}"
    )
