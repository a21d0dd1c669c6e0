"""Colours for Cedar+ and Cedar schemas. Tokens of Cedar never span lines, so a line is enough."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.tui.lexers import Token, tokens_of

_STATEMENT_WORDS = "when|unless|on|with|require|approvals?|from|where|timelock|timeout|rejection|escalate|to|deny|score"
_EXPRESSION_WORDS = (
    "if|then|else|in|is|has|like|true|false|seconds?|minutes?|hours?|days?|minor|major|sensitive|amendment"
)
_SCHEMA_WORDS = "entity|action|type|namespace|appliesTo|tags|enum|principal|resource|context"

_TYPES = "Long|String|Bool|Boolean|Set|decimal|ipaddr|datetime|duration"

_TOKENS = re.compile(
    rf"""
      (?P<comment>//.*)
    | (?P<string>"(?:\\.|[^"\\])*(?:"|\\?$))
    | (?P<annotation>@[A-Za-z_]\w*)
    | (?P<number>(?<![\w.])\d+(?:\.\d+)?(?!\w))
    | (?P<permit>\b(?:permit|prefer)\b)
    | (?P<forbid>\bforbid\b)
    | (?P<type>\b[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*(?=\s*::\s*")|\b(?:{_TYPES})\b(?!\s*\())
    | (?P<variable>(?<!\.)\b(?:principal|action|resource|context)\b(?!\s*\()|\?(?:principal|resource)\b)
    | (?P<function>\b[A-Za-z_]\w*(?=\s*\())
    | (?P<keyword>(?<!\.)\b(?:procedure|{_STATEMENT_WORDS}|{_EXPRESSION_WORDS}|{_SCHEMA_WORDS})\b(?!\s*:(?!:)))
    | (?P<operator>&&|\|\||==|!=|<=|>=|[<>!+*-])
    | [A-Za-z_]\w*
    """,
    re.VERBOSE,
)

_KEYWORD_BEFORE_BRACKET = re.compile(rf"(?:{_STATEMENT_WORDS}|{_EXPRESSION_WORDS}|procedure)\Z")


def lex(line: str) -> Sequence[Token]:
    """Tokens of one line of Cedar+ or of a Cedar schema."""
    return [
        token._replace(kind="keyword")
        if token.kind == "function" and _KEYWORD_BEFORE_BRACKET.match(line[token.start : token.end])
        else token
        for token in tokens_of(_TOKENS, line)
    ]
