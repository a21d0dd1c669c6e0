"""Colours for the English of a constitution: headings and the words that carry a norm (must, never, only, unless …)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.tui.lexers import Token, tokens_of

_FORBIDDING = (
    r"must\s+(?:not|never)|may\s+not|can(?:not|\s*not|'t|’t)|never|nobody|no\s+one|no|do\s+not|don't|don’t|not"
)
_DEMANDING = r"must|shall|may|can|(?:is|are)\s+allowed|should|requires?|only|prefer|avoid"
_JOINING = (
    r"unless|except|if|when|while|only\s+if|provided|within|between|at\s+most|at\s+least|up\s+to|"
    r"more\s+than|less\s+than|exceeds?|above|below|over|under|and|or|both|any|all|none|otherwise"
)

_TOKENS = re.compile(
    rf"""
      (?P<heading>^\s{{0,3}}\#{{1,6}}(?:\s.*)?$)
    | (?P<comment>^\s*(?:[-*+]|\d{{1,3}}[.)])(?=\s)|<!--.*?(?:-->|$))
    | (?P<string>"[^"]*(?:"|$)|“[^”]*(?:”|$)|`[^`]*(?:`|$))
    | (?P<emphasis>\*\*[^*]+\*\*)
    | (?P<forbid>\b(?:{_FORBIDDING})\b)
    | (?P<modal>\b(?:{_DEMANDING})\b)
    | (?P<keyword>\b(?:{_JOINING})\b)
    | (?P<number>(?<![\w.])\d[\d,.:]*\d|(?<![\w.])\d(?!\w))
    | \w+
    """,
    re.VERBOSE | re.IGNORECASE,
)


def lex(line: str) -> Sequence[Token]:
    """Tokens of one line of English (markdown headings and bullets are known, nothing else of markdown is)."""
    return tokens_of(_TOKENS, line)
