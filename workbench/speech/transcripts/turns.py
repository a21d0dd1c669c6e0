"""The messages of a conversation that can be judged, each with what had been observed by then.

Imports the standard library and this folder. The last message of a turn is the answer and is judged by default; every
message that an agent sends on its way says something too, and can be judged on the conversation up to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.speech.transcripts.transcript import REASONING, Message


@dataclass(frozen=True, slots=True)
class Utterance:
    """One assistant's message: its place in the conversation (from 0), its text, and the conversation that it ends."""

    index: int
    text: str
    conversation: tuple[Message, ...]


def utterances(conversation: Sequence[Message]) -> Iterator[Utterance]:
    """Every assistant's message that says something, first one first; thoughts and bare tool calls are left out.

    The conversation of each holds only what can be evidence (calls and results) and the message itself, so that
    judging all of them takes no longer than it must; one after the other, because together they would be long.
    """
    evidence: list[Message] = []
    for index, message in enumerate(conversation):
        text = said(message)
        if text.strip():
            yield Utterance(index, text, (*evidence, message))
        if _is_evidence(message):
            evidence.append(message)


def until(conversation: Sequence[Mapping[str, Any]], index: int) -> tuple[Mapping[str, Any], ...]:
    """The conversation that message ``index`` (from 0) ends, as :func:`utterances` would hand it out."""
    return (*(message for message in conversation[:index] if _is_evidence(message)), conversation[index])


def _is_evidence(message: Mapping[str, Any]) -> bool:
    return message.get("role") in ("tool", "function") or bool(message.get("tool_calls"))


def said(message: Mapping[str, Any]) -> str:
    """The text of an assistant's message, refusals included; ``""`` for any other message and for thoughts."""
    if message.get("role") != "assistant" or message.get("name") == REASONING:
        return ""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        return ""
    parts = [part for part in content if isinstance(part, Mapping)]
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in parts)
