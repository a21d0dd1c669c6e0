"""``POST /speech/evaluate``: is a statement admissible, given what was observed? Judged, not recorded, nothing decided.

The conversation and the grounds are the caller's word. Where what is said decides what may be done, the action's
``context.speech`` counts, which the service computes (``POST /decide`` with ``speech``). The bounds are the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from workbench.engine.speech_text import NothingSaidError, UnreadableSpeechError, text_of
from workbench.server.asked import Asker, Distinct, json_value
from workbench.server.problems import ProblemError, documented
from workbench.service.judging import MAX_SPEECH, MAX_TEXT
from workbench.service.speaking import judge


class SpeechRequest(BaseModel):
    """What is said, in which conversation, on which grounds: `agent_output` or `conversation`, or both."""

    model_config = ConfigDict(extra="forbid")

    agent_output: str | None = Field(None, description=f"What the agent says; at most {MAX_TEXT:,} characters.")
    conversation: list[dict[str, Any]] | str | None = Field(
        None, description="Messages, the last one the agent's; or the same as JSON text."
    )
    grounds: list[Any] | None = Field(None, description="What the statement may rest on beside the conversation.")
    profile: Literal["strict", "compat"] | None = Field(
        "strict", description="`strict` (also for `null`), or `compat`: as normcore judges."
    )
    language: str | None = Field(None, description="Of the words, `en` or `de`; found out where none is named.")


def router() -> APIRouter:
    """The path."""
    made = APIRouter(tags=["speech"], responses=documented(400, 413, 422))

    @made.post("/speech/evaluate")
    def evaluate_speech(asked: SpeechRequest, _: Asker, __: Distinct) -> dict[str, Any]:
        """Judge a statement. 200 whatever the verdict; 422 where the input cannot be judged."""
        return judged(asked)

    return made


def judged(asked: SpeechRequest) -> dict[str, Any]:
    """The judgment, as JSON.

    Raises :class:`ProblemError` (``bad_json``, ``not_unicode``, ``too_large``, ``language_not_used``), and what the
    service says it cannot judge.
    """
    conversation = asked.conversation
    if isinstance(conversation, str):
        conversation = json_value(conversation, "`conversation`, a text")
    profile = asked.profile or "strict"
    if profile == "compat" and asked.language is not None:
        raise ProblemError(422, "language_not_used", "the compatible profile reads English only; leave `language` out")
    speech = {"agent_output": asked.agent_output, "conversation": conversation, "grounds": asked.grounds}
    _require_bounded(speech)
    judgment = judge(
        agent_output=asked.agent_output,
        conversation=conversation,
        grounds=asked.grounds,
        profile=profile,
        language=asked.language,
    )
    return dict(judgment.to_dict())


def _require_bounded(speech: Mapping[str, Any]) -> None:
    """Refuses what could not be quoted back, or is more than ``POST /decide`` judges."""
    try:
        size = len(json.dumps(speech, ensure_ascii=False, separators=(",", ":")).encode())
    except UnicodeEncodeError:
        raise ProblemError(422, "not_unicode", "there is half a surrogate pair in it, which is no text") from None
    except (ValueError, RecursionError):
        raise ProblemError(422, "bad_request", "it is nested too deep to be judged") from None
    if size > MAX_SPEECH:
        raise ProblemError(413, "too_large", "over 256 KiB cannot be judged: send the part that matters")
    text = ""
    with suppress(NothingSaidError, UnreadableSpeechError):  # the evaluation says what is wrong, in its own words
        text = text_of(speech)
    if max(len(text), len(speech["agent_output"] or "")) > MAX_TEXT:
        raise ProblemError(
            413, "too_large", f"over {MAX_TEXT:,} characters cannot be judged at once: say it in several messages"
        )
