"""The formatter: canonical layout of a source, comments kept where they stand. Formatting twice changes nothing.

Works on tokens, so sugar stays as it was written and nothing is lost. A source with syntax errors is refused.
Imports language only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.language.diagnostics import DiagnosticsError
from workbench.language.parser import parse
from workbench.language.source import statement_spans
from workbench.language.tokens import SPACE, Token, tokenize

LINE_WIDTH = 100
_INDENT = "  "
_OPEN = frozenset({"(", "[", "{"})
_CLOSE = frozenset({")", "]", "}"})
_TIGHT_BEFORE = frozenset({")", "]", ",", ";", ".", "::", ":"})
_TIGHT_AFTER = frozenset({"(", "[", ".", "::", "!", "@"})
_BINARY_CONTEXT = frozenset({"ident", "int", "decimal", "string", "slot"})
_KEYWORDS = frozenset({"in", "has", "like", "is", "if", "then", "else", "where", "when", "unless", "require", "on", "to"})


def format_source(text: str) -> str:
    """``text`` in canonical layout, ending with one newline (empty for an empty source).

    Raises :class:`DiagnosticsError` where ``text`` does not parse.
    """
    diagnostics = parse(text).diagnostics
    if diagnostics:
        raise DiagnosticsError(diagnostics)
    blocks: list[str] = []
    position = 0
    for start, end in statement_spans(text):
        end = _with_trailing_comment(text, end)
        blocks += _comment_blocks(text[position:start], bool(blocks))
        statement = "\n".join(_statement_lines(tokenize(text, start, end, comments=True)[:-1], text))
        if blocks and blocks[-1].startswith("//") and not _blank_line_before(text, start):
            blocks[-1] += "\n" + statement
        else:
            blocks.append(statement)
        position = end
    blocks += _comment_blocks(text[position:], bool(blocks))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def _with_trailing_comment(text: str, end: int) -> int:
    """``end``, moved behind a comment on the same line."""
    found = re.compile(r"[ \t]*//[^\n\r]*").match(text, end)
    return found.end() if found else end


def _blank_line_before(text: str, start: int) -> bool:
    gap = text[: start].rstrip(" \t")
    return re.search(r"\n[ \t\r]*\n$", gap) is not None


def _comment_blocks(gap: str, _after: bool) -> list[str]:
    """The comments between two statements, each run of lines a block."""
    blocks: list[str] = []
    for paragraph in re.split(rf"\n[{SPACE}]*\n", gap):
        lines = [found.group().rstrip() for found in re.finditer(r"//[^\n\r]*", paragraph)]
        if lines:
            blocks.append("\n".join(lines))
    return blocks


class _Line:
    """A line being written: tokens joined by Cedar's usual spacing."""

    def __init__(self, indent: str = "") -> None:
        self.indent = indent
        self.text = ""
        self._previous: Token | None = None
        self._unary = False

    def add(self, token: Token) -> None:
        if self.text and self._space(token):
            self.text += " "
        self._unary = token.text in ("-", "!") and not self._operand_before()
        self._previous = token
        self.text += token.text

    def _operand_before(self) -> bool:
        previous = self._previous
        if previous is None:
            return False
        if previous.text in _CLOSE:
            return True
        return previous.kind in _BINARY_CONTEXT and previous.text not in _KEYWORDS

    def _space(self, token: Token) -> bool:
        previous = self._previous
        if previous is None or token.text in _TIGHT_BEFORE or previous.text in _TIGHT_AFTER or self._unary:
            return False
        if token.text == "[":
            return not self._operand_before()
        if token.text == "(":
            return self._space_before_parenthesis(previous)
        if token.text == "}" and previous.text == "{":
            return False
        return True

    def _space_before_parenthesis(self, previous: Token) -> bool:
        if previous.kind == "ident":
            return previous.text in _KEYWORDS or previous.text in ("permit", "forbid")
        return previous.text not in _CLOSE or self.text.startswith("prefer")

    def render(self) -> str:
        return (self.indent + self.text).rstrip()


def _statement_lines(tokens: list[Token], text: str) -> Iterator[str]:
    head = next((t.text for t in _after_annotations(tokens)), "")
    yield from _procedure_lines(tokens, text) if head == "procedure" else _policy_lines(tokens, text)


def _after_annotations(tokens: list[Token]) -> Iterator[Token]:
    index = 0
    while index < len(tokens):
        if tokens[index].kind == "comment":
            index += 1
        elif tokens[index].text == "@":
            index += 2
            if index < len(tokens) and tokens[index].text == "(":
                index += 3
        else:
            yield tokens[index]
            index += 1
