"""Conversations: the OpenAI chat-completions messages that an evaluation reads, and the speech acts in them.

Imports the errors and the reader of tool JSON. Shapes are the specification's section 1.2: unknown keys are ignored,
the parts of a content are looked at only where they are read (assistant and tool messages). A message of the wrong
shape is a SpeechError ``invalid_message``, a part or tool call of the wrong shape a ValidationError; both say where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from workbench.speech.errors import SpeechError, ValidationError
from workbench.speech.tool_json import read_arguments

INVALID = "Invalid OpenAI ChatCompletionMessageParam: "
MIXED = "Assistant content cannot mix text and refusal parts"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSpeechAct:
    """The agent says a text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalSpeechAct:
    """The agent refuses, in a message part made for that."""

    refusal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultSpeechAct:
    """A tool answered: to which call, with which arguments, what text."""

    tool_name: str
    result_text: str
    tool_call_id: str | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


AssistantSpeechAct: TypeAlias = TextSpeechAct | RefusalSpeechAct


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a function that an assistant message makes; ``arguments`` is JSON text, as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ConversationMessage:
    """What is read of one message: for content in parts, the texts and the refusals among them."""

    role: str
    content: str | None = None
    texts: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    name: str = ""
    tool_call_id: str | None = None

    def plain_text(self) -> str:
        """A text as it is; parts joined and trimmed; "" for nothing."""
        return "".join(self.texts).strip() if self.content is None else self.content


def read_message(message: object, place: int = 0) -> ConversationMessage:
    """One message, checked. Raises SpeechError or ValidationError naming ``messages[place]``."""
    where = f"messages[{place}]"
    if not isinstance(message, Mapping):
        raise SpeechError("invalid_message", f"{INVALID}{where} is an object, not {type(message).__name__}")
    role = message.get("role")
    if not isinstance(role, str) or role not in _SHAPES:
        words = ", ".join(f"`{word}`" for word in _SHAPES)
        raise SpeechError("invalid_message", f"{INVALID}{where}.role must be one of {words}")
    for key, required, fits, wanted in _SHAPES[role]:
        if key not in message:
            if required:
                raise SpeechError("invalid_message", f"{INVALID}{where} lacks `{key}` ({wanted})")
        elif not fits(message[key]):
            raise SpeechError("invalid_message", f"{INVALID}{where}.{key} must be {wanted}")
    content = message.get("content")
    if role == "function":
        return ConversationMessage(role, content or "", name=message["name"])
    if role not in ("assistant", "tool"):
        return ConversationMessage(role)  # what others say is no evidence, so it is not read
    texts: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    if content is not None and not isinstance(content, str):
        texts, refusals = _read_parts(content, f"{where}.content", refuses=role == "assistant")
        content = None
    if role == "tool":
        return ConversationMessage(role, content, texts, tool_call_id=message["tool_call_id"])
    calls = message.get("tool_calls", ())
    return ConversationMessage(role, content, texts, refusals, _read_calls(calls, f"{where}.tool_calls"))


def read_assistant(message: object) -> ConversationMessage:
    """One message that must be an assistant's. Raises ValidationError, whatever is wrong with it."""
    if not isinstance(message, Mapping) or message.get("role") != "assistant":
        raise ValidationError("agent_message must be a message with the role `assistant`", "invalid_message")
    try:
        return read_message(message)
    except SpeechError as problem:
        raise ValidationError(str(problem), problem.code) from None


def parse_conversation(messages: Iterable[object]) -> list[ConversationMessage]:
    """All messages of a conversation, checked, first message first. Raises SpeechError or ValidationError."""
    return [read_message(message, place) for place, message in enumerate(messages)]


def speech_act(message: ConversationMessage) -> AssistantSpeechAct:
    """What an assistant message says. Raises SpeechError when its parts both refuse and speak."""
    if message.refusals:
        if message.texts:
            raise SpeechError("mixed_content", MIXED)
        return RefusalSpeechAct(refusal="".join(message.refusals).strip())
    return TextSpeechAct(text=message.plain_text())


def tool_results(messages: Sequence[ConversationMessage]) -> list[ToolResultSpeechAct]:
    """The results that tools and functions gave, in order.

    A result belongs to the last call with its id, wherever in the conversation that call stands; to none, it has the
    name ``unknown`` and no arguments.
    """
    calls = {call.id: call for message in messages for call in message.calls}
    results = []
    for message in messages:
        if message.role == "tool":
            call = calls.get(message.tool_call_id or "") if message.tool_call_id is not None else None
            results.append(
                ToolResultSpeechAct(
                    tool_name=call.name if call else "unknown",
                    tool_call_id=message.tool_call_id,
                    arguments=read_arguments(call.arguments) if call else {},
                    result_text=message.plain_text(),
                )
            )
        elif message.role == "function" and message.name:
            results.append(ToolResultSpeechAct(tool_name=message.name, result_text=message.plain_text()))
    return results


def _read_parts(content: Iterable[object], where: str, *, refuses: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The texts and the refusals among the parts of a content. Raises ValidationError."""
    texts: list[str] = []
    refusals: list[str] = []
    for place, part in enumerate(content):
        kind = part.get("type") if isinstance(part, Mapping) else None
        said = part.get(kind) if isinstance(part, Mapping) and kind in ("text", "refusal") else None
        if not isinstance(said, str) or (kind == "refusal" and not refuses):
            kinds = "a `text` or `refusal` part" if refuses else "a `text` part"
            raise ValidationError(f"{where}[{place}] must be {kinds}", "part")
        (texts if kind == "text" else refusals).append(said)
    return tuple(texts), tuple(refusals)


def _read_calls(calls: Iterable[object], where: str) -> tuple[ToolCall, ...]:
    """The function calls among an assistant's tool calls; calls of custom tools are checked and left out."""
    read = []
    for place, call in enumerate(calls):
        kind = call.get("type") if isinstance(call, Mapping) else None
        body = call.get(kind) if isinstance(call, Mapping) and kind in ("function", "custom") else None
        given = "arguments" if kind == "function" else "input"
        if (
            not isinstance(call, Mapping)
            or not isinstance(body, Mapping)
            or not all(isinstance(text, str) for text in (call.get("id"), body.get("name"), body.get(given)))
        ):
            raise ValidationError(
                f"{where}[{place}] must have an `id`, a `type` (`function` or `custom`) and under the type's name an "
                f"object of texts: `name` with `arguments` or `input`",
                "tool_call",
            )
        if kind == "function":
            read.append(ToolCall(call["id"], body["name"], body["arguments"]))
    return tuple(read)


def _text(value: object) -> bool:
    return isinstance(value, str)


def _text_or_null(value: object) -> bool:
    return value is None or isinstance(value, str)


def _walkable(value: object) -> bool:
    return isinstance(value, Iterable)


def _walkable_or_null(value: object) -> bool:
    return value is None or isinstance(value, Iterable)


def _object_of_texts(*keys: str) -> Callable[[object], bool]:
    def fits(value: object) -> bool:
        return value is None or (isinstance(value, Mapping) and all(isinstance(value.get(key), str) for key in keys))

    return fits


_CONTENT = ("content", True, _walkable, "a text or a list of parts")
_NAME = ("name", False, _text, "a text")
_SPOKEN = (_CONTENT, _NAME)
_SHAPES: dict[str, tuple[tuple[str, bool, Callable[[object], bool], str], ...]] = {
    "system": _SPOKEN,
    "developer": _SPOKEN,
    "user": _SPOKEN,
    "assistant": (
        ("content", False, _walkable_or_null, "a text, a list of parts or null"),
        _NAME,
        ("refusal", False, _text_or_null, "a text or null"),
        ("tool_calls", False, _walkable, "a list (leave it out rather than null)"),
        ("function_call", False, _object_of_texts("name", "arguments"), "an object of texts or null"),
        ("audio", False, _object_of_texts("id"), "an object with `id` or null"),
    ),
    "tool": (_CONTENT, ("tool_call_id", True, _text, "a text")),
    "function": (("content", True, _text_or_null, "a text or null"), ("name", True, _text, "a text")),
}
