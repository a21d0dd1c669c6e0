"""The sentences of the strict profile's own corpora, and short ways to put them to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from workbench.speech.strict import StrictJudgment, evaluate_speech
from workbench.speech.strict.statements import Said, said

DATA = Path(__file__).parent / "data"
LANGUAGES = ("en", "de")
GROUND = {"citation_key": "k1", "ground_id": "g1"}
STATUS_OF = {
    "assertive": "violates_norm",
    "descriptive": "unsupported",
    "conditional": "conditionally_acceptable",
    "refusal": "acceptable",
    "question": "no_normative_content",
    "courtesy": "no_normative_content",
    "label": "no_normative_content",
    "mute": "underdetermined",
    "ill_formed": "ill_formed",
}
"""What an act is worth without grounds."""


@cache
def corpus(language: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DATA / f"strict_{language}.yaml").read_text(encoding="utf-8"))
    return loaded


def by_act() -> list[tuple[str, str, str]]:
    """(language, act, sentence) of all sentences."""
    return [(name, act, text) for name in LANGUAGES for act, texts in corpus(name)["acts"].items() for text in texts]


def sentences(*acts: str) -> list[str]:
    return [text for _, act, text in by_act() if act in acts]


def only(text: str, language: str | None = None) -> Said:
    """The single sentence of a text, read."""
    (found,) = said(text, language)[0]
    return found


def status(text: str, **more: Any) -> str:
    return evaluate_speech(agent_output=text, **more).status.value


def with_tool(text: str, result: str, name: str = "get_issue", call: str = "c1") -> StrictJudgment:
    """The judgment on a text behind one tool result."""
    return evaluate_speech(
        conversation=[
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": call, "type": "function", "function": {"name": name, "arguments": "{}"}}],
            },
            {"role": "tool", "tool_call_id": call, "content": result},
            {"role": "assistant", "content": text},
        ]
    )
