"""Habits from other languages, told apart from other mistakes: what was meant, and where. Pure; imports spans only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from workbench.language.diagnostics import Span

if TYPE_CHECKING:
    from workbench.language.tokens import Token

_OPERATORS = {"and": "&&", "or": "||", "AND": "&&", "OR": "||", "&": "&&", "|": "||", "equals": "=="}
_CONSTANTS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false", "not": "!", "NOT": "!"}
_STATEMENTS = {"allow": "permit", "deny": "forbid", "prohibit": "forbid", "Permit": "permit", "Forbid": "forbid"}
_STATEMENTS |= {"Prefer": "prefer", "Procedure": "procedure", "PERMIT": "permit", "FORBID": "forbid"}
_NOTHING = frozenset({"null", "None", "nil", "undefined"})
_QUOTES = {"'": "'", "“": "”", "”": "”", "„": "“", "‘": "’", "`": "`", "«": "»"}
_DOUBLED = {("<", ">"): "!=", ("==", "="): "==", ("!=", "="): "!=", ("=", "<"): "<=", ("=", ">"): ">="}
_LONGEST_QUOTATION = 40


class Slip(NamedTuple):
    """What was probably meant: ``fix`` in place of the text at ``span`` (empty where only advice can be given)."""

    span: Span
    fix: str
    help: str


def slip_at(tokens: Sequence[Token], index: int, expected: str) -> Slip | None:
    """The habit that the token at ``index`` betrays, where ``expected`` is what may stand there."""
    token = tokens[index]
    before = tokens[index - 1] if index else None
    if "operator" in expected and token.text in _OPERATORS:
        return _written(token, _OPERATORS[token.text])
    if "`permit`" in expected and token.text in _STATEMENTS:
        return _written(token, _STATEMENTS[token.text])
    if before is not None and before.end == token.start and (before.text, token.text) in _DOUBLED:
        fix = _DOUBLED[before.text, token.text]
        return Slip(Span(before.start, token.end), fix, f"Cedar writes `{fix}`")
    if token.text in _QUOTES and token.kind == "bad":
        return _quotation(tokens, index)
    if token.kind == "bad" and token.text == "#":
        return Slip(token.span, "//", "comments begin with `//`")
    if token.text == "/" and tokens[min(index + 1, len(tokens) - 1)].text in ("*", "="):
        return Slip(token.span, "", "comments begin with `//` and end with the line")
    return _decimal(tokens, index)


def word_slip(token: Token) -> Slip | None:
    """The same for a word that stands where an expression may."""
    if token.text in _CONSTANTS:
        return _written(token, _CONSTANTS[token.text])
    if token.text in _NOTHING:
        return Slip(token.span, "", "Cedar has no such value: ask `… has name` whether there is one")
    return None


def _written(token: Token, fix: str) -> Slip:
    return Slip(token.span, fix, f"Cedar writes `{fix}`")


def _quotation(tokens: Sequence[Token], index: int) -> Slip:
    """A text in other quotes than Cedar's, with as much of it as can be told."""
    help = 'a text stands in double quotes: `"…"`'
    close = _QUOTES[tokens[index].text]
    inside: list[Token] = []
    for token in tokens[index + 1 : index + _LONGEST_QUOTATION]:
        if token.text == close:
            text = ""
            at = tokens[index].end
            for each in inside:
                text += " " * (each.start - at) + each.text
                at = each.end
            text += " " * (token.start - at)
            if '"' not in text and "\\" not in text:
                return Slip(Span(tokens[index].start, token.end), f'"{text}"', help)
            break
        inside.append(token)
    return Slip(tokens[index].span, "", help)


def _decimal(tokens: Sequence[Token], index: int) -> Slip | None:
    """``.5`` and ``5.`` for ``0.5`` and ``5.0``."""
    token = tokens[index]
    following = tokens[min(index + 1, len(tokens) - 1)]
    help = "a decimal has digits on both sides of its point"
    if token.text == "." and following.kind == "int" and token.end == following.start:
        if index and tokens[index - 1].kind == "int" and tokens[index - 1].end == token.start:
            return None
        return Slip(Span(token.start, following.end), f"0.{following.text}", help)
    if token.text == "." and index and tokens[index - 1].kind == "int":
        return Slip(Span(tokens[index - 1].start, token.end), f"{tokens[index - 1].text}.0", help)
    if index > 1 and tokens[index - 1].text == "." and tokens[index - 2].kind == "int" and token.kind != "ident":
        return Slip(Span(tokens[index - 2].start, tokens[index - 1].end), f"{tokens[index - 2].text}.0", help)
    return None
