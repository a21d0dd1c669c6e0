"""The sum that a request is about, for sentences and lists; nothing is decided by it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNIT = 4  # letters, at most, of a text beside a number that is taken for its unit


def amount_of(context: Mapping[str, Any]) -> str:
    """``820 EUR``: the first number in a request's context with the short text after it; empty where there is none."""
    fields = list(context.values())
    for place, value in enumerate(fields):
        number = number_of(value)
        if number:
            after = fields[place + 1] if place + 1 < len(fields) else None
            return f"{number} {after}" if isinstance(after, str) and 0 < len(after) <= UNIT else number
    return ""


def number_of(value: Any) -> str:
    """A number in Cedar's JSON form as text: ``820``, ``12.50``; empty for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    made = value.get("__extn") if isinstance(value, Mapping) else None
    if isinstance(made, Mapping) and made.get("fn") == "decimal":
        return str(made.get("arg", ""))
    return ""
