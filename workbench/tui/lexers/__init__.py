"""Line lexers for highlighting: pure functions from one line of text to coloured ranges.

A lexer takes one line (no line break) and returns tokens in order, none overlapping, each within the line. Nothing
here decides what a text means (that is ``workbench.language``): a lexer never fails and colours broken text as far as
it can.
May import nothing of the project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias


class Token(NamedTuple):
    """A coloured range of one line: half-open, in code points. ``kind`` is a key of ``TOKEN_KINDS``."""

    start: int
    end: int
    kind: str


Lexer: TypeAlias = Callable[[str], Sequence[Token]]

TOKEN_KINDS = (
    "comment",
    "string",
    "number",
    "annotation",
    "permit",
    "forbid",
    "keyword",
    "variable",
    "type",
    "function",
    "operator",
    "key",
    "heading",
    "modal",
    "emphasis",
)


def tokens_of(pattern: re.Pattern[str], line: str) -> list[Token]:
    """Tokens of ``line`` by one alternation whose named groups are token kinds; unnamed matches are skipped."""
    return [
        Token(match.start(match.lastgroup), match.end(match.lastgroup), match.lastgroup)
        for match in pattern.finditer(line)
        if match.lastgroup is not None and match.start(match.lastgroup) < match.end(match.lastgroup)
    ]
