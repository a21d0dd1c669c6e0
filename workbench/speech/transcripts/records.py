"""From text to records: JSON lines, a JSON list, or one JSON object that wraps a list of messages.

Imports the standard library and this folder. Every fault names its line. JSON is strict: no repeated keys, no NaN,
bounded depth; a half-written last line is a fault too, because the answer to be judged may be the part that is missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from workbench.speech.transcripts.transcript import Record, TranscriptError, shown

MAX_DEPTH = 64
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
_HELP = "is it a transcript, and complete? a file that is still being written ends in half a line"
_LISTS = (
    "messages",
    "conversation",
    "loglines",
    "items",
    "input",
    "output",
)  # in the order in which they follow one another


def records_of(text: str) -> tuple[Record, ...]:
    """The records of ``text``, first one first. Raises :class:`TranscriptError`: ``transcript_json``, ``…_empty``."""
    text = text.removeprefix("\ufeff")
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise TranscriptError("transcript_empty", "the transcript is empty", "name a file with a transcript in it")
    if _is_object(lines[first]):
        found = tuple(
            _record(f"line {number}", json_of(line, f"line {number}"))
            for number, line in enumerate(lines, 1)
            if line.strip()
        )
        return _unwrapped(found[0]) if len(found) == 1 else found
    document = json_of(text, "")
    if isinstance(document, Mapping):
        return _unwrapped(Record("the document", document))
    if isinstance(document, list):
        return _numbered(document, "message")
    raise TranscriptError("transcript_json", f"it is {shown(document)}, not a list of messages", _HELP)


def _is_object(line: str) -> bool:
    """Whether one line is a JSON object by itself: then every line is."""
    if not line.lstrip().startswith("{"):
        return False
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return line.rstrip().endswith("}") and len(line.strip()) > 2  # broken, and meant as a line all the same
    return True


def _numbered(items: Iterable[Any], word: str) -> tuple[Record, ...]:
    return tuple(_record(f"{word} {number}", item) for number, item in enumerate(items, 1))


def _record(place: str, value: Any) -> Record:
    if not isinstance(value, Mapping):
        raise TranscriptError("transcript_json", f"it is {shown(value)}, not an object", _HELP, place)
    return Record(place, value)


def _unwrapped(record: Record) -> tuple[Record, ...]:
    """The messages inside the one object of a document; the object itself where it is a message."""
    data = record.data
    if isinstance(data.get("choices"), list):
        return tuple(
            _record(f"choice {number}", choice.get("message"))
            for number, choice in enumerate(data["choices"][:1], 1)
            if isinstance(choice, Mapping)
        )
    system = data.get("system")
    found = [Record("`system`", {"role": "system", "content": system})] if system and "messages" in data else []
    instructions = data.get("instructions")
    if instructions and isinstance(data.get("output"), list):
        found.append(Record("`instructions`", {"role": "system", "content": instructions}))
    for name in _LISTS:
        if isinstance(data.get(name), list):
            found.extend(_numbered(data[name], "message" if name in _LISTS[:3] else f"`{name}` item"))
    return tuple(found) or (record,)


def json_of(text: str, place: str = "") -> Any:
    """The value of strict JSON. Raises :class:`TranscriptError` (``transcript_json``), naming ``place`` or the line."""
    _require_shallow(text, place)
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: _pairs(pairs, place), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = place or f"line {error.lineno}"
        raise TranscriptError(
            "transcript_json", f"not JSON: {error.msg.lower()} at column {error.colno}", _HELP, where
        ) from None
    except (ValueError, RecursionError) as error:
        message = str(error) if isinstance(error, _ConstantError) else "a number is too long"
        raise TranscriptError("transcript_json", message, _HELP, place) from None


class _ConstantError(ValueError):
    """``NaN`` or ``Infinity``, which are not JSON."""


def _no_constant(name: str) -> Any:
    raise _ConstantError(f"not JSON: `{name}`")


def _pairs(pairs: list[tuple[str, Any]], place: str) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TranscriptError("transcript_json", f"the key `{twice[:80]}` stands twice in one object", _HELP, place)
    return found


def _require_shallow(text: str, place: str) -> None:
    depth = 0
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    for match in _STRING_OR_BRACKET.finditer(text):
        char = match[0]
        if char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise TranscriptError("transcript_json", f"nested deeper than {MAX_DEPTH}", _HELP, place)
        elif char in "]}":
            depth -= 1
