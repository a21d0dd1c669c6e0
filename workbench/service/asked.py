"""What a request says beside who, what and on what: its context on one line, for lists. Pure; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.service.amounts import UNIT, number_of

LONGEST = 240  # code points of the line; a list shows no more of it
_FIELDS = 12  # of a context that are looked at


def asked_in_short(context: Mapping[str, Any], *, beside: frozenset[str] = frozenset()) -> str:
    """``322 EUR, recipient lena@example.com, customer consented``: what is no default, in the context's order.

    Left out: zeros, ``false``, empty texts and sets, and the fields named in ``beside``, which are shown elsewhere. A
    sum stands with its unit and without its name. At most :data:`LONGEST` code points; not cleaned for a terminal.
    """
    said: list[str] = []
    fields = [(name, value) for name, value in list(context.items())[:_FIELDS] if name not in beside]
    unit_at = -1
    for place, (name, value) in enumerate(fields):
        if place == unit_at:
            continue
        number = number_of(value)
        after = fields[place + 1][1] if place + 1 < len(fields) else None
        if number and isinstance(after, str) and 0 < len(after) <= UNIT:
            unit_at = place + 1
            said += [f"{number} {after}"] if value else []
        else:
            told = _told(value, number)
            word = name.replace("_", " ")
            said += [word] if value is True else [f"{word} {told}"] if told else []
    return ", ".join(said)[:LONGEST]


def _told(value: Any, number: str) -> str:
    """A value in Cedar's JSON form in a word or two; empty for a default."""
    match value:
        case bool() | 0 | None:
            return ""
        case str():
            return value[:LONGEST]
        case {"__entity": {"id": str(id)}}:
            return id[:LONGEST]
        case {"__extn": {"arg": str(argument)}}:
            return number or argument[:LONGEST]
        case {}:
            return f"of {len(value)} fields" if value else ""
        case list():
            parts = [part for each in value[:_FIELDS] if (part := _told(each, number_of(each)))]
            return "/".join(parts)[:LONGEST]
        case _:
            return number
