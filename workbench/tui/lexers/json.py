"""Colours for JSON, as the evidence of a test case shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.tui.lexers import Token, tokens_of

_TOKENS = re.compile(
    r"""
      (?P<key>"(?:\\.|[^"\\])*"(?=\s*:))
    | (?P<string>"(?:\\.|[^"\\])*(?:"|\\?$))
    | (?P<number>(?<![\w.])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w))
    | (?P<keyword>\b(?:true|false|null)\b)
    | \w+
    """,
    re.VERBOSE,
)


def lex(line: str) -> Sequence[Token]:
    """Tokens of one line of JSON."""
    return tokens_of(_TOKENS, line)
