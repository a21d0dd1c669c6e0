"""Splits a text, Markdown included, into sentences with their places. Pure; imports the words of the languages.

Headings, rulers and comments are no norms and are passed over; a fenced block is one sentence (which the compiler
refuses aloud); a bullet or numbered item is a sentence of its own even without a full stop; a blank line ends a
sentence; a line break within a paragraph does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from workbench.authoring.languages.english import english
from workbench.authoring.languages.german import german

_HEADING = re.compile(r"[ \t]{0,3}#{1,6}(?:[ \t]|$)|[ \t]{0,3}(?:=+|-+|\*{3,}|_{3,})[ \t]*$")
_BULLET = re.compile(r"[ \t]*(?:[-*+•>]|\d{1,3}[.)])[ \t]+")
_FENCE = re.compile(r"[ \t]{0,3}(?:```|~~~)")
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_END = re.compile(r"[.!?]+[\"'”“’«)\]]*(?=\s|$)")
_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*"|“[^”\n]*”|„[^“”"\n]*[“”"]|»[^«\n]*«')


@dataclass(frozen=True, slots=True)
class Sentence:
    """``text`` is ``source[start:end]``, offsets in code points."""

    text: str
    start: int
    end: int


def split_sentences(text: str, language: str = "en") -> tuple[Sentence, ...]:
    """The sentences of ``text`` in order; every one is a verbatim slice, without leading or trailing white space.

    ``language``: whose abbreviations end with a full stop that ends no sentence.
    """
    words = german().token.abbreviations if language == "de" else english().token.abbreviations
    blanked = _COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    found: list[Sentence] = []
    for start, end, whole in _blocks(blanked):
        for first, last in [(start, end)] if whole else _within(blanked, start, end, words):
            while first < last and blanked[first].isspace():
                first += 1
            while last > first and blanked[last - 1].isspace():
                last -= 1
            if first < last and re.search(r"\w", blanked[first:last]):
                found.append(Sentence(text[first:last], first, last))
    return tuple(found)


def _blocks(text: str) -> list[tuple[int, int, bool]]:
    """Paragraphs, list items and (flagged) fenced blocks, as ranges."""
    blocks: list[tuple[int, int, bool]] = []
    open_at: int | None = None
    fenced = False
    offset = 0
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line) is not None
        bullet = None if fenced else _BULLET.match(line)
        boundary = not fenced and (not line.strip() or _HEADING.match(line) is not None)
        if open_at is not None and not fenced and (boundary or bullet or fence):
            blocks.append((open_at, offset, False))
            open_at = None
        if not boundary and open_at is None:
            open_at = offset + (bullet.end() if bullet else 0)
        offset += len(line)
        if fence and fenced and open_at is not None:
            blocks.append((open_at, offset, True))
            open_at = None
        if fence:
            fenced = not fenced
    if open_at is not None:
        blocks.append((open_at, offset, fenced))
    return blocks


def _within(text: str, start: int, end: int, abbreviations: tuple[str, ...]) -> list[tuple[int, int]]:
    """Sentences of one block: ended by ``. ! ?`` before white space, quoted text left whole."""
    quoted = [(m.start(), m.end()) for m in _QUOTED.finditer(text, start, end)]
    ranges: list[tuple[int, int]] = []
    begin = start
    for match in _END.finditer(text, start, end):
        if any(first < match.start() and match.end() < last for first, last in quoted):
            continue
        if match.group()[0] == "." and _abbreviation(abbreviations).search(text, begin, match.start()):
            continue
        ranges.append((begin, match.end()))
        begin = match.end()
    if begin < end:
        ranges.append((begin, end))
    return ranges


@lru_cache(maxsize=4)
def _abbreviation(words: tuple[str, ...]) -> re.Pattern[str]:
    """Where a full stop would belong to an abbreviation."""
    spaced = "|".join(re.escape(word).replace(r"\.", r"\.\s?") for word in words)
    return re.compile(rf"(?:^|[\s(])(?:{spaced})$", re.IGNORECASE)
