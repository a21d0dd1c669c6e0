"""``POST /speech/evaluate``: is a statement admissible, given what was observed? Judged, not recorded, nothing decided.

Imports ``speech`` through its public names. The strict profile is the default; ``compat`` answers as normcore does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from workbench.server.asked import Asker, Distinct
from workbench.server.problems import ProblemError


class SpeechRequest(BaseModel):
    """What is said, in which conversation, on which grounds."""

    model_config = ConfigDict(extra="forbid")

    agent_output: str | dict[str, Any] | None = Field(None, description="The text, or an assistant message.")
    conversation: list[dict[str, Any]] | str | None = Field(
        None, description="Messages, the last one the agent's; or the same as JSON text."
    )
    grounds: Any = Field(None, description="What the statement may rest on beside the conversation.")
    profile: Literal["strict", "compat"] = "strict"


def router() -> APIRouter:
    """The path."""
    made = APIRouter(tags=["speech"])

    @made.post("/speech/evaluate")
    def evaluate_speech(asked: SpeechRequest, _: Asker, __: Distinct) -> dict[str, Any]:
        """Judge a statement. 200 with any status; 422 where the input cannot be judged."""
        return judged(asked)

    return made


def judged(asked: SpeechRequest) -> dict[str, Any]:
    """The judgment, as JSON. Raises :class:`ProblemError` (``bad_speech``) for what cannot be judged."""
    evaluate = _evaluator(asked.profile)
    try:
        conversation = json.loads(asked.conversation) if isinstance(asked.conversation, str) else asked.conversation
        judgment = evaluate(agent_output=asked.agent_output, conversation=conversation, grounds=asked.grounds)
        return dict(judgment.to_dict())
    except (ValueError, TypeError, RecursionError) as error:
        said = str(error) if isinstance(error, ValueError) else "the input has not the form that is judged"
        raise ProblemError(422, "bad_speech", said[:500], profile=asked.profile) from None


def _evaluator(profile: str) -> Callable[..., Any]:
    if profile == "compat":
        from workbench.compat.normcore import evaluate

        return evaluate
    from workbench import evaluate_speech

    strict: Callable[..., Any] = evaluate_speech
    return strict
