"""What the commands print: JSON documents, tables, markdown, styled lines. Imports the standard library only.

Text from outside (agents, files, models) is shown, never obeyed: control characters, escape sequences and
bidirectional marks appear as ``\\u001b``, and nothing is read as markup.
"""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import PurePath
from typing import Any, Literal, TextIO

Tone = Literal["good", "bad", "wait", "dim", "bold", "accent"]
_SGR: Mapping[str, str] = {"good": "32", "bad": "31", "wait": "33", "dim": "2", "bold": "1", "accent": "36"}
_UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"  # the last: tags, which can carry a text
)
_HIDDEN = re.compile(f"[{_UNSEEN}]")
_HIDDEN_OR_BREAK = re.compile(f"[{_UNSEEN}\t\n]")


def visible(text: str) -> str:
    """``text`` with every character that would act on a terminal, or hide, written as an escape. Keeps line breaks."""
    return _HIDDEN.sub(_escaped, text)


def one_line(text: str) -> str:
    """As :func:`visible`, with line breaks and tabs escaped too: what a table cell or a list item may hold."""
    return _HIDDEN_OR_BREAK.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)  # as JSON writes it
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def width(text: str) -> int:
    """Columns that ``text`` takes on a terminal."""
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def fitted(text: str, columns: int) -> str:
    """``text`` cut to ``columns``, with an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    out, used = [], 0
    for char in text:
        used += _columns(char)
        if used > columns - 1:
            break
        out.append(char)
    return "".join(out) + "…"


def utc(moment: datetime | None) -> str:
    """``2026-03-16 09:30:00 UTC``, or a dash."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment else "—"


def plain(value: Any) -> Any:
    """``value`` as JSON holds it: dataclasses as objects, times as RFC 3339, sets sorted, decimals as strings."""
    to_dict = getattr(value, "to_dict", None)
    if callable(to_dict):
        return plain(to_dict())
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")
    if isinstance(value, Decimal | PurePath):
        return str(value)
    return value


def json_text(value: Any, *, indent: int | None = 2) -> str:
    """``value`` as one JSON document, with unseen characters escaped."""
    return _HIDDEN.sub(_escaped, json.dumps(plain(value), ensure_ascii=False, indent=indent))


class Printer:
    """One stream with its abilities: colour only on a terminal, and never where ``NO_COLOR`` is set."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    @property
    def stream(self) -> TextIO:
        return self._stream or sys.stdout

    @property
    def colour(self) -> bool:
        return self.stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def styled(self, text: str, *tones: Tone) -> str:
        """``text`` in ``tones`` where the stream has colour. ``text`` must be safe already."""
        if not (self.colour and tones and text):
            return text
        return f"\x1b[{';'.join(_SGR[tone] for tone in tones)}m{text}\x1b[0m"

    def line(self, text: str = "") -> None:
        """One line; ``text`` may carry this printer's own styles and must be safe otherwise."""
        self.stream.write(text + "\n")

    def text(self, text: str) -> None:
        """Text from outside, made visible; a line break is added where it lacks one."""
        shown = visible(text)
        self.stream.write(shown if shown.endswith("\n") else shown + "\n")

    def raw(self, text: str) -> None:
        """Exactly ``text``: for output that another program or a file takes."""
        self.stream.write(text)

    def json(self, value: Any, *, indent: int | None = 2) -> None:
        self.stream.write(json_text(value, indent=indent) + "\n")

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]], tones: Sequence[Tone | None] = ()) -> None:
        """Columns padded to their widest cell. ``tones``: one a row, for the whole row."""
        cells = [[one_line(cell) for cell in row] for row in rows]
        widths = [max(width(row[column]) for row in [list(header), *cells]) for column in range(len(header))]
        self.line(self.styled(_padded(header, widths), "dim"))
        for place, row in enumerate(cells):
            tone = tones[place] if place < len(tones) else None
            text = _padded(row, widths)
            self.line(self.styled(text, tone) if tone else text)

    def markdown_table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A GitHub-style table; cells are escaped, so that no text can become markup."""
        self.line("| " + " | ".join(header) + " |")
        self.line("| " + " | ".join("---" for _ in header) + " |")
        for row in rows:
            self.line("| " + " | ".join(markdown_cell(cell) for cell in row) + " |")


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell + " " * (space - width(cell)) for cell, space in zip(row, widths, strict=True)).rstrip()


def markdown_cell(text: str) -> str:
    """``text`` as the content of a markdown table cell that shows it literally."""
    return re.sub(r"([\\`*_{}\[\]<>|~#!&])", r"\\\1", one_line(text)) or " "
