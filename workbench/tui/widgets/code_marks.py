"""What an editor marks beside diagnostics: a sign for each line, the lines of a rule, and linked words. Values only.

A sign is a glyph with a theme's colour, never a colour alone; a linked word is tinted and bold, reversed where the
theme has no colours to blend.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError
from textual.strip import Strip

Sign = tuple[str, str]
"""A glyph and the theme variable that colours it."""

SPOT = "spot"
RULE_SIGN = "▎"


@dataclass(slots=True)
class Marks:
    """Marks of one text, by row from 0. ``spots``: column ranges; ``rows``: those of the rule that is looked at."""

    signs: Mapping[int, Sign] = field(default_factory=dict)
    rows: frozenset[int] = frozenset()
    spots: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def place_spots(self, ranges: Iterable[tuple[int, int]], lines: list[str]) -> None:
        """Linked words, as ranges of code points of the whole text."""
        self.spots = {}
        wanted = sorted({(start, end) for start, end in ranges if end > start})
        if not wanted:
            return
        row, at = 0, 0
        for start, end in wanted:
            while row < len(lines) and at + len(lines[row]) < start:
                at += len(lines[row]) + 1
                row += 1
            inner, offset = row, at
            while inner < len(lines) and offset < end:
                first, last = max(start - offset, 0), min(end - offset, len(lines[inner]))
                if last > first:
                    self.spots.setdefault(inner, []).append((first, last))
                offset += len(lines[inner]) + 1
                inner += 1


def spot_style(variables: Mapping[str, str]) -> Style:
    """How linked words look under a theme."""
    try:
        ground = Color.parse(variables["cursor"])
    except (ColorParseError, KeyError):
        return Style(reverse=True)
    if ground.ansi is not None:
        return Style(underline=True, bold=True)
    return Style(bgcolor=ground.rich_color, bold=True)


def byte_offset(line: str, ascii_only: bool, column: int) -> int:
    """Where a column (from 0) of a line is, in bytes of UTF-8."""
    return column if ascii_only else len(line[:column].encode("utf-8", "surrogatepass"))


def sign_strip(glyph: str, style: Style) -> Strip:
    """A sign in the margin with its blank: two cells."""
    return Strip([Segment(f"{glyph} ", style)], 2)


def tinted(strip: Strip, style: Style) -> Strip:
    """``strip`` with ``style`` over its own."""
    return Strip([Segment(text, (own or Style()) + style, control) for text, own, control in strip], strip.cell_length)
