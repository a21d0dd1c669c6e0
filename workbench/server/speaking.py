"""``POST /speech/evaluate``: is a statement admissible, given what was observed? Judged, not recorded, nothing decided.

Imports ``speech`` through its public names. The strict profile is the default; ``compat`` answers as normcore does.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from workbench.server.asked import Asker, Distinct


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
