"""Names between backticks, as sentences quote them: no name, whatever its author calls it, gets out of its quotation.

Ids of rules, names of actions and types, paths and the like are chosen by whoever writes rules, and stand in sentences
that others sign by. Pure; imports ``re`` alone.
"""

from __future__ import annotations

import re

_MARKS = "`\u1fef\u02cb\uff40"  # the backtick, what Unicode holds to be the same letter, and what looks like it
_ESCAPE = re.compile(r"\\(?:u[0-9a-f]{4}|U[0-9a-f]{8})|(.)", re.DOTALL)
_WORD = re.compile(r"\w[\w.@/+-]*")


def quoted(name: str) -> str:
    """``name`` between backticks; backticks in it, and what cannot be seen or turns text around, as ``\\uXXXX``.

    No two names are shown alike: the backslash of what looks like such an escape is written as one itself.
    """
    if name.isprintable() and "\\" not in name and not any(mark in name for mark in _MARKS):
        return f"`{name}`"
    return f"`{_ESCAPE.sub(_seen, name)}`"


def bare(name: str) -> str:
    """``name`` as it is where it is one word, else :func:`quoted`: for lines where names stand between other words."""
    return name if name.isprintable() and _WORD.fullmatch(name) else quoted(name)


def _seen(found: re.Match[str]) -> str:
    char = found[1]
    if char is None:
        return _hex("\\") + found[0][1:]
    return char if char.isprintable() and char not in _MARKS else _hex(char)


def _hex(char: str) -> str:
    point = ord(char)
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
