"""What a request says: the text of its ``speech``, as it would be sent. Pure; imports nothing.

``speech`` is ``{agent_output, conversation, grounds}``: the text, or a conversation (chat-completions messages of
OpenAI's form) whose last message is the agent's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SPEECH_PARTS = ("agent_output", "conversation", "grounds")


class NothingSaidError(ValueError):
    """There is neither a text nor a conversation."""


class UnreadableSpeechError(ValueError):
    """What is there is no text and no message that has one; the message says where."""


def text_of(speech: Mapping[str, Any] | None) -> str:
    """The text that is said, untrimmed: ``agent_output``, else what the last message of the conversation holds.

    Raises :class:`NothingSaidError`, and :class:`UnreadableSpeechError` where the text cannot be made out, or a message
    says one thing and refuses in another: nobody knows then which of the two is sent.
    """
    speech = speech or {}
    unknown = sorted(str(name) for name in speech if name not in SPEECH_PARTS)
    if unknown:
        raise UnreadableSpeechError(f"`{unknown[0][:40]}` is not part of `speech`")
    output, conversation = speech.get("agent_output"), speech.get("conversation")
    if output is None and conversation is None:
        raise NothingSaidError("there is neither `agent_output` nor `conversation`")
    if conversation is None:
        return _text(output, "agent_output")
    if not isinstance(conversation, list) or not conversation:
        raise UnreadableSpeechError("`conversation` is not a list of messages")
    last = conversation[-1]
    if not isinstance(last, Mapping) or last.get("role") != "assistant":
        raise UnreadableSpeechError("the last message of `conversation` is not the assistant's")
    said = _of_message(last)
    if output is not None and _text(output, "agent_output") != said:
        raise UnreadableSpeechError("`agent_output` is not what the last message of `conversation` says")
    return said


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str):
        raise UnreadableSpeechError(f"`{place}` is not a text")
    return value


def _of_message(message: Mapping[str, Any]) -> str:
    content, refusal = message.get("content"), message.get("refusal")
    texts = [] if content is None else _of_content(content)
    if refusal is not None:
        texts.append(("refusal", _text(refusal, "conversation[-1].refusal")))
    kinds = {kind for kind, text in texts if text}
    if len(kinds) > 1:
        raise UnreadableSpeechError("the last message of `conversation` says something and refuses in one")
    return "".join(text for _, text in texts)


def _of_content(content: Any) -> list[tuple[str, str]]:
    """The parts of a message's content as (kind, text)."""
    if isinstance(content, str):
        return [("text", content)]
    if not isinstance(content, list):
        raise UnreadableSpeechError("`conversation[-1].content` is neither a text nor a list of parts")
    found = []
    for place, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        if kind not in ("text", "refusal"):
            raise UnreadableSpeechError(f"`conversation[-1].content[{place}]` is neither a text nor a refusal")
        found.append((kind, _text(part.get(kind), f"conversation[-1].content[{place}].{kind}")))
    return found
