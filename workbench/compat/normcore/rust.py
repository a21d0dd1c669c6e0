"""The helper names of the original's Rust crate, as Python: JSON text in, JSON text out.

Imports the speech room and this package's log. Names and errors are the crate's; what they decide is what
the Python original decides (the crate itself agrees with it on about 70 % of cases). The crate's citation helpers have
the same names in Python: ``citations``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench.compat.normcore.logging import log_observer
from workbench.speech.errors import SpeechError
from workbench.speech.evaluator import evaluate
from workbench.speech.judgment import AdmissibilityJudgment, json_text
from workbench.speech.messages import ConversationMessage
from workbench.speech.messages import parse_conversation as read_conversation
from workbench.speech.tool_json import MAX_DEPTH, too_deep

_CODES = {  # the reasons of the pipeline → the crate's, where they differ
    "nothing_to_judge": "missing_input",
    "conversation_not_a_list": "invalid_conversation",
    "last_content_not_text": "last_assistant_content_not_string",
    "mixed_content": "invalid_message",
    "part": "invalid_message",
    "tool_call": "invalid_message",
}


class EvaluateError(SpeechError):
    """Why something cannot be evaluated; ``code`` is the crate's variant in snake case.

    ``missing_input``, ``invalid_conversation``, ``last_message_not_assistant``, ``last_assistant_content_not_string``,
    ``agent_output_mismatch``, ``invalid_json``, ``invalid_message``.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateInput:
    """What ``evaluate_from_json`` reads; all three may be absent."""

    agent_output: str | None = None
    conversation: list[dict[str, Any]] | None = None
    grounds: list[Any] | None = None


def parse_json(text: str) -> Any:
    """A JSON value. Raises EvaluateError ``invalid_json``, for nesting beyond 500 levels too."""
    if too_deep(text):
        raise EvaluateError("invalid_json", f"invalid JSON: nested deeper than {MAX_DEPTH} levels")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise EvaluateError("invalid_json", f"invalid JSON: {problem}") from None


def parse_conversation(text: str) -> list[ConversationMessage]:
    """The messages of a conversation's JSON text, checked. Raises EvaluateError."""
    value = parse_json(text)
    if not isinstance(value, list):
        raise EvaluateError("invalid_json", "conversation must be an array")
    try:
        return read_conversation(value)
    except SpeechError as problem:
        raise _as_crate(problem) from problem


def parse_input(text: str) -> EvaluateInput:
    """The three inputs of an evaluation from one JSON object; null is absent. Raises EvaluateError."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise EvaluateError("invalid_json", "input must be an object")
    output, conversation, grounds = (value.get(key) for key in ("agent_output", "conversation", "grounds"))
    if output is not None and not isinstance(output, str):
        raise EvaluateError("invalid_json", "agent_output must be a string")
    if conversation is not None and not isinstance(conversation, list):
        raise EvaluateError("invalid_json", "conversation must be an array")
    if grounds is not None and not isinstance(grounds, list):
        raise EvaluateError("invalid_json", "grounds must be an array")
    return EvaluateInput(agent_output=output, conversation=conversation, grounds=grounds)


def evaluate_from_json(text: str) -> AdmissibilityJudgment:
    """``evaluate`` on the JSON object ``{agent_output, conversation, grounds}``. Raises EvaluateError."""
    given = parse_input(text)
    try:
        return evaluate(
            agent_output=given.agent_output,
            conversation=given.conversation,
            grounds=given.grounds,
            observer=log_observer(),
        )
    except SpeechError as problem:
        raise _as_crate(problem) from problem


def _as_crate(problem: SpeechError) -> EvaluateError:
    return EvaluateError(_CODES.get(problem.code, problem.code), str(problem))


def to_pretty_json(value: AdmissibilityJudgment | Mapping[str, Any] | list[Any] | str | float | bool | None) -> str:
    """A judgment, or any JSON value, as the crate writes it: indented by two blanks, keys by the alphabet, whole
    numbers without ``.0``. ``AdmissibilityJudgment.to_json(2)`` keeps the documented order."""
    return json_text(_ordered(value.to_dict() if isinstance(value, AdmissibilityJudgment) else value), 2)


def _ordered(value: Any) -> Any:
    """JSON values with keys in order and whole floats as whole numbers."""
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
