"""``POST /speech/evaluate``: is a statement admissible, given what was observed? Judged, not recorded, nothing decided.

The conversation and the grounds are the caller's word. Where what is said decides what may be done, the action's
``context.speech`` counts, which the service computes (``POST /decide`` with ``speech``).
"""

from __future__ import annotations

import json
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from workbench.server.asked import Asker, Distinct
from workbench.server.problems import ProblemError, documented
from workbench.service.speaking import judge


class SpeechRequest(BaseModel):
    """What is said, in which conversation, on which grounds."""

    model_config = ConfigDict(extra="forbid")

    agent_output: str | None = Field(None, description="What the agent says.")
    conversation: list[dict[str, Any]] | str | None = Field(
        None, description="Messages, the last one the agent's; or the same as JSON text."
    )
    grounds: list[Any] | None = Field(None, description="What the statement may rest on beside the conversation.")
    profile: Literal["strict", "compat"] = Field("strict", description="`compat`: as normcore judges.")


def router() -> APIRouter:
    """The path."""
    made = APIRouter(tags=["speech"], responses=documented(400, 422))

    @made.post("/speech/evaluate")
    def evaluate_speech(asked: SpeechRequest, _: Asker, __: Distinct) -> dict[str, Any]:
        """Judge a statement. 200 whatever the verdict; 422 where the input cannot be judged."""
        return judged(asked)

    return made


def judged(asked: SpeechRequest) -> dict[str, Any]:
    """The judgment, as JSON. Raises :class:`ProblemError` (``bad_json``), and what the service says it cannot judge."""
    conversation = asked.conversation
    if isinstance(conversation, str):
        try:
            conversation = json.loads(conversation)
        except (ValueError, RecursionError):
            raise ProblemError(422, "bad_json", "`conversation` is a text, and not JSON") from None
    judgment = judge(
        agent_output=asked.agent_output,
        conversation=conversation,
        grounds=asked.grounds,
        profile=asked.profile,
    )
    return dict(judgment.to_dict())
