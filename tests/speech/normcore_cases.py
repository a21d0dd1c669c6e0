"""Cases with what normcore 0.2.0 answered to them: its own corpus, random inputs, random calls of its stages.

``normcore_dev`` came with the specification; ``normcore_random`` (texts, cores, whole inputs drawn from markers, odd
letters and broken shapes) and ``normcore_stages`` were put to the original as a black box. Sets are sorted.
"""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data"
INVALID = "Invalid OpenAI ChatCompletionMessageParam: "


@cache
def cases(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def kinds_of(problem: Exception) -> set[str]:
    """The names under which a program may catch a problem."""
    return {kind.__name__ for kind in type(problem).__mro__}


def agrees(problem: Exception, expected: dict[str, Any]) -> bool:
    """Is a problem of the type that the original raises, and does it say the same as far as that is comparable?"""
    if expected["type"] not in kinds_of(problem):
        return False
    said = str(problem)
    match expected.get("compare"):
        case "exact":
            return said == expected["message"]
        case "prefix":
            return said.startswith(expected["prefix"])
        case "type":  # pydantic's own report, which depends on the installed versions
            return True
    message = expected["message"]
    return said.startswith(INVALID) if message == "Invalid" else message in ("", said)
