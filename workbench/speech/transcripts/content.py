"""The parts that messages and tool results are made of: text stays, pictures and files become a word in brackets.

Imports this folder. A picture is an observation that no text shows; a placeholder keeps the result from looking empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.speech.transcripts.transcript import Building, Record, shape, shown

TEXTS = ("text", "input_text", "output_text", "summary_text", "reasoning_text")


def plain_text(building: Building, record: Record, content: Any) -> str:
    """The text of ``content``: text, or a list of parts (joined with line breaks); ``""`` for null.

    Raises :class:`TranscriptError` (``transcript_shape``) for anything else.
    """
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, Mapping):
        content = [content]
    if not isinstance(content, list):
        raise shape(record, f"the content is {shown(content)}, not text or a list of parts")
    return "\n".join(part_text(building, record, part) for part in content)


def part_text(building: Building, record: Record, part: Any) -> str:
    """The text of one part. Raises :class:`TranscriptError` (``transcript_shape``)."""
    if isinstance(part, str):
        return part
    if not isinstance(part, Mapping):
        raise shape(record, f"a part of the content is {shown(part)}, not an object")
    sort = part.get("type")
    if sort in TEXTS or (sort is None and "text" in part):
        text = part.get("text")
        if not isinstance(text, str):
            raise shape(record, f"a part's `text` is {shown(text)}, not text")
        return text
    building.caution(record.place, f"a part of the type `{sort}`", "it holds no text; its place is marked")
    return f"[{sort}]"
