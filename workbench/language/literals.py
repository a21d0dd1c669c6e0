"""String literals of Cedar: escapes read and written, for strings and for ``like`` patterns.

Imports only the syntax tree's :data:`WILDCARD`. The rules are Cedar's own (those of Rust string literals, plus
``\\*`` in patterns); in a pattern an escape that *decodes* to ``*`` is a wildcard too, as it is for Cedar.
"""

from __future__ import annotations

import re

from workbench.language.ast import WILDCARD, Wildcard

IDENTIFIER = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
RESERVED = frozenset({"true", "false", "if", "then", "else", "in", "is", "has", "like", "__cedar"})

_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "0": "\0", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u\{([0-9a-fA-F][0-9a-fA-F_]*)\}|(.))|\r", re.DOTALL)


class EscapeError(ValueError):
    """A wrong escape: ``start`` and ``end`` are offsets into the literal's body (between the quotes)."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


def _decode(found: re.Match[str]) -> str:
    """The character that an escape stands for; raises :class:`EscapeError`."""
    hexadecimal, unicode, simple = found.groups()
    if hexadecimal is not None and int(hexadecimal, 16) < 0x80:
        return chr(int(hexadecimal, 16))
    if unicode is not None:
        digits = unicode.replace("_", "")
        point = int(digits, 16) if len(digits) <= 6 else -1
        if 0 <= point < 0xD800 or 0xE000 <= point <= 0x10FFFF:
            return chr(point)
    if simple is not None and simple in _SIMPLE:
        return _SIMPLE[simple]
    shown = found.group().replace("\r", "\\r")
    raise EscapeError(f"the input `{shown}` is not a valid escape", found.start(), found.end())


def unescape(body: str) -> str:
    """The value of a string literal whose text between the quotes is ``body``; raises :class:`EscapeError`."""
    if "\\" not in body and "\r" not in body:
        return body
    return _ESCAPE.sub(_decode, body)


def unescape_pattern(body: str) -> tuple[str | Wildcard, ...]:
    """The pieces of a ``like`` pattern: literal texts and :data:`WILDCARD`; raises :class:`EscapeError`."""
    pieces: list[str | Wildcard] = []
    literal: list[str] = []

    def add(char: str, escaped_star: bool) -> None:
        if char == "*" and not escaped_star:
            if literal:
                pieces.append("".join(literal))
                literal.clear()
            pieces.append(WILDCARD)
        else:
            literal.append(char)

    position = 0
    for found in _ESCAPE.finditer(body):
        for char in body[position : found.start()]:
            add(char, False)
        if found.group() == "\\*":
            add("*", True)
        else:
            add(_decode(found), False)
        position = found.end()
    for char in body[position:]:
        add(char, False)
    if literal:
        pieces.append("".join(literal))
    return tuple(pieces)


_PLAIN = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", "\0": "\\0", '"': '\\"'}


def _escape_char(char: str) -> str:
    if char in _PLAIN:
        return _PLAIN[char]
    return char if char == " " or char.isprintable() else f"\\u{{{ord(char):x}}}"


def quote(value: str) -> str:
    """``value`` as a Cedar string literal, quotes included; what cannot be seen is written as an escape."""
    if value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(map(_escape_char, value)) + '"'


def quote_pattern(pieces: tuple[str | Wildcard, ...]) -> str:
    """A ``like`` pattern as a literal, quotes included."""
    texts = (
        "*" if isinstance(piece, Wildcard) else "".join(map(_escape_char, piece)).replace("*", "\\*")
        for piece in pieces
    )
    return '"' + "".join(texts) + '"'


def is_plain_identifier(name: str) -> bool:
    """Whether ``name`` may stand after a dot, as a record key or after ``has`` without quotes."""
    return IDENTIFIER.fullmatch(name) is not None and name not in RESERVED
