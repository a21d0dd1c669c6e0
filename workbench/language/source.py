"""Cuts a source into statements before anything is parsed, so that one mistake cannot hide the rest.

A policy ends at ``;`` (which nothing else can contain), a procedure at the ``}`` that closes it. Where either is
missing, the next statement's first word at the beginning of a line ends it. Imports tokens only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.language.tokens import COMMENT, SPACE, STRING

_SKIP = re.compile(rf"(?:[{SPACE}]+|{COMMENT})*")
_MARK = re.compile(
    rf"{COMMENT}|{STRING}|[(){{}}\[\];]|@(?:[{SPACE}]|{COMMENT})*[A-Za-z0-9_]*|(?<![A-Za-z0-9_])(?:permit|forbid|prefer|procedure)(?![A-Za-z0-9_])"
)
_STRING = re.compile(STRING)
_LINE_START = re.compile(rf"\n[{SPACE}]*$")
_OPENING = re.compile(rf"@|(?:permit|forbid)[{SPACE}]*\(|prefer[{SPACE}]+score|procedure[{SPACE}]+\w+[{SPACE}]*{{")


def statement_spans(text: str) -> Iterator[tuple[int, int]]:
    """``(start, end)`` of every statement in order, annotations and the closing ``;`` or ``}`` included."""
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
    for found in _MARK.finditer(text, start):
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
    line = text.rfind("\n", 0, position)
    return line >= 0 and _LINE_START.match(text[line:position]) is not None


def _trim(text: str, start: int, end: int) -> int:
    """``end`` without the white space and comments before it."""
    last = start
    position = start
    while position < end:
        position = _skip(text, position)
        if position >= end:
            break
        found = _STRING.match(text, position, end)
        position = found.end() if found else position + 1
        last = position
    return last
