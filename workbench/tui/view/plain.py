"""Untrusted text made safe to draw: control, bidirectional and invisible characters become visible signs.

Every replacement is one character for one, so offsets into a text stay true. Imports the standard library only.
"""

from __future__ import annotations

import re

_HIDDEN = "\u00ad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u2060\ufeff" + "".join(
    chr(code)
    for start, end in (
        (0x80, 0xA0), (0x202A, 0x202F), (0x2061, 0x2065), (0x2066, 0x2070), (0xFFF9, 0xFFFC), (0x1BCA0, 0x1BCA4),
        (0x1D173, 0x1D17B), (0x13430, 0x13440),
        (0xE0000, 0xE01F0),  # tags and variations, which can carry a whole text that nobody sees
        (0xFE00, 0xFE10),  # the other variations: terminals do not agree how wide they make a character
        (0x034F, 0x0350), (0x115F, 0x1161), (0x17B4, 0x17B6), (0x3164, 0x3165), (0xFFA0, 0xFFA1),  # letters unseen
    )
    for code in range(start, end)
)  # fmt: skip
_VISIBLE = (
    {code: 0x2400 + code for code in range(0x20)}
    | {0x7F: 0x2421}
    | {ord(char): 0xFFFD for char in _HIDDEN}
    | dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)  # lone surrogates cannot be encoded for a terminal
)
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_FLOOD = re.compile(f"(?<=[{_MARKS}]{{4}})[{_MARKS}]+")  # no language puts five accents on a letter
_KEEP_TABS = {code: sign for code, sign in _VISIBLE.items() if code != 0x09}
_SEPARATORS = {ord(char): "␤" for char in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"}


def visible(text: str) -> str:
    """``text`` for one line on a screen: the same length, with nothing in it that a terminal would act on.

    Of many accents on one letter four are kept: more run over the lines above and below.
    """
    return _without_floods(text.translate(_VISIBLE))


def visible_code(line: str) -> str:
    """Like :func:`visible`, tabs kept (an editor expands them itself)."""
    return _without_floods(line.translate(_KEEP_TABS))


def _without_floods(text: str) -> str:
    return text if text.isascii() else _FLOOD.sub(lambda found: "\ufffd" * len(found[0]), text)


def one_line(text: str) -> str:
    """``text`` with every run of white space as one space, made visible."""
    return visible(" ".join(text.split()))


def editable(text: str) -> str:
    """``text`` as a text editor can hold it without changing its lines.

    Line ends become ``\\n``. Exotic separators, at which the editor would break a line although Cedar+ does not (so
    that the rest of a comment would turn into code), become a visible ``␤``.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_SEPARATORS)
