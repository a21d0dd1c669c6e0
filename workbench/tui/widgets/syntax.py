"""Theme variables → styles of tokens, and drawing of a line of text with styled ranges.

Colours come from the theme alone: its variable ``code-<kind>`` (``"#rrggbb bold"``) for each of ``lexers.TOKEN_KINDS``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.app import App
from textual.color import Color, ColorParseError

from workbench.tui.lexers import TOKEN_KINDS, Lexer
from workbench.tui.view.plain import visible

StyledRange = tuple[int, int, Style]

LEX_LIMIT = 4_000  # code points of a line that are coloured; the rest is plain

_FLAGS = ("bold", "italic", "underline", "dim", "reverse")


def style_from(value: str, variables: dict[str, str]) -> Style:
    """The foreground style that ``value`` names: a colour or a theme variable, then flags such as ``bold``."""
    words = value.split()
    flags = {word: True for word in words if word in _FLAGS}
    for word in words:
        if word in _FLAGS:
            continue
        try:
            color = Color.parse(variables.get(word, word).split()[0])
        except (ColorParseError, IndexError):
            continue
        return Style(color=color.rich_color if color.a else None, **flags)  # type: ignore[arg-type]
    return Style(**flags)  # type: ignore[arg-type]


def syntax_styles(app: App[object]) -> dict[str, Style]:
    """Style of every kind of token under the current theme."""
    variables = app.theme_variables
    return {kind: style_from(variables.get(f"code-{kind}", "foreground"), variables) for kind in TOKEN_KINDS}


def lexed(line: str, lexer: Lexer | None, styles: dict[str, Style]) -> list[StyledRange]:
    """Styled ranges of one line."""
    if lexer is None:
        return []
    return [(start, end, styles[kind]) for start, end, kind in lexer(line[:LEX_LIMIT])]


def segments(text: str, base: Style, ranges: Iterable[StyledRange]) -> list[Segment]:
    """``text`` as segments: ``base``, with each range's style over it, in order; control characters visible."""
    text = visible(text)
    placed = [(max(0, start), min(len(text), end), style) for start, end, style in ranges]
    cuts = sorted({0, len(text), *(start for start, _, _ in placed), *(end for _, end, _ in placed)})
    result: list[Segment] = []
    for start, end in pairwise(cuts):
        if not 0 <= start < end <= len(text):
            continue
        style = base
        for first, last, over in placed:
            if first <= start and end <= last:
                style += over
        result.append(Segment(text[start:end], style))
    return result


def within(ranges: Sequence[StyledRange], start: int, end: int) -> list[StyledRange]:
    """The part of ``ranges`` that falls in ``[start, end)``, counted from ``start``."""
    return [
        (max(first, start) - start, min(last, end) - start, style)
        for first, last, style in ranges
        if first < end and last > start
    ]
