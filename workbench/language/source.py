"""Cuts a source into statements before anything is parsed, so that one mistake cannot hide the rest.

A policy ends at ``;`` (which nothing else can contain), a procedure at the ``}`` that closes it. Where either is
missing, the next statement's first word at the beginning of a line ends it. Imports tokens only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from workbench.language.tokens import COMMENT, SPACE, scan, with_strings

_SKIP = re.compile(rf"(?:[{SPACE}]+|{COMMENT})*")
_MARK = with_strings(
    rf"{COMMENT}|<string>|[(){{}}\[\];]|@(?:[{SPACE}]|{COMMENT})*[A-Za-z0-9_]*|(?<![A-Za-z0-9_])(?:permit|forbid|prefer|procedure)(?![A-Za-z0-9_])"
)
_PIECE = with_strings(rf"(?P<space>[{SPACE}]+|{COMMENT})|<string>|[^{SPACE}/\"]+|[/\"]")
_SPACE = re.compile(f"[{SPACE}]")
_SHORT = 2_048  # characters of a text whose cuts are remembered: of a norm's, which is asked about several times over
_OPENING = re.compile(rf"@|(?:permit|forbid)[{SPACE}]*\(|prefer[{SPACE}]+score|procedure[{SPACE}]+\w+[{SPACE}]*{{")


def statement_spans(text: str) -> Sequence[tuple[int, int]]:
    """``(start, end)`` of every statement in order, annotations and the closing ``;`` or ``}`` included."""
    return _remembered(text) if len(text) <= _SHORT else tuple(_spans(text))


@lru_cache(maxsize=2_048)
def _remembered(text: str) -> Sequence[tuple[int, int]]:
    return tuple(_spans(text))


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = _skip(text, 0)
    while start < len(text):
        end = _end_of_statement(text, start)
        yield start, end
        start = _skip(text, end)


def _skip(text: str, position: int) -> int:
    found = _SKIP.match(text, position)
    return found.end() if found else position


def _end_of_statement(text: str, start: int) -> int:
    depth = 0
    head = ""
    for found in scan(_MARK, text, start):
        mark = found.group()
        if mark[0] in '/"':
            continue
        if mark == ";":
            if head != "procedure" or depth == 0:
                return found.end()
        elif mark in "([{":
            depth += 1
        elif mark in ")]}":
            depth = max(0, depth - 1)
            if depth == 0 and mark == "}" and head == "procedure":
                return found.end()
        elif not head and depth == 0:
            head = "" if mark[0] == "@" else mark
        elif _begins_another(text, found.start(), depth, head):
            return _trim(text, start, found.start())
    return _trim(text, start, len(text))


def _begins_another(text: str, position: int, depth: int, head: str) -> bool:
    if not head or not _OPENING.match(text, position):
        return False
    if depth == 0 and head != "procedure":
        return True
    place = position - 1
    while place >= 0 and text[place] != "\n" and _SPACE.match(text, place):
        place -= 1
    return place >= 0 and text[place] == "\n"


def _trim(text: str, start: int, end: int) -> int:
    """``end`` without the white space and comments before it."""
    return max((found.end() for found in scan(_PIECE, text, start, end) if found.lastgroup != "space"), default=start)
