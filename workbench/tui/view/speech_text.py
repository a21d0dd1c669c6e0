"""One message as it was said, with its statements marked in place and its citations told apart. Pure.

A statement can be clicked, and before it stand its verdict's glyph and its number; one that may not stand is
underlined, and the one that is looked at has the cursor's sign and tint. Every character is data: offsets stay true
because what is made visible is replaced one for one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.language.diagnostics import Diagnostic, LineMap, Severity, Span
from workbench.tui.view.chrome import clickable
from workbench.tui.view.plain import visible
from workbench.tui.view.speech import short_id, word

if TYPE_CHECKING:
    from workbench.service.speech_turns import Ground, Judged

ROOM = 12_000  # characters of a message that are drawn at once, around the statement that is looked at
UNDERLINED = 400  # statements that are underlined in the editor
_SEVERITIES: Mapping[str, Severity] = {"deny": "error", "hold": "warning"}
_CITATION = re.compile(r"\[\s{0,8}@([^\]\[\n]{0,2048})\]")
_COLOURS = {"allow": "$allow", "deny": "$deny", "hold": "$hold", "muted": "$muted"}


def marked(found: Judged, selected: int, grounds: Mapping[str, Ground] | None = None) -> tuple[Content, int]:
    """The text with its marks, and the line (from 0) on which the selected statement begins.

    ``grounds``: by citation key, where they are known.
    """
    text = found.spoken.text
    evaluations = found.judgment.statement_evaluations if found.judgment is not None else []
    placed = [(place, number) for number, place in enumerate(found.places) if place is not None]
    start, end = _window(text, next((place[0] for place, number in placed if number == selected), 0))
    parts: list[Content] = []
    if start:
        parts.append(Content.styled(f"… {start:,} characters before\n", "$muted"))
    at, line = start, 0
    inside = sorted(item for item in placed if item[0][1] > start and item[0][0] < end)
    for (first, last), number in inside:
        if first < at:  # a statement within another one: its row tells it
            continue
        parts.append(_plain(text[at:first], grounds))
        if number == selected:
            line = sum(part.plain.count("\n") for part in parts)
        verdict = word(evaluations[number].status.value)
        colour = _COLOURS.get(verdict.role, "$ink")
        lead = f"{verdict.glyph}{short_id(evaluations[number].statement_id)}"
        here = number == selected
        parts.append(Content.styled(f"{'▸' if here else ''}{lead} ", f"{colour} bold"))
        piece = _plain(text[first : min(last, end)], grounds)
        looks = f"{colour} underline" if verdict.role in _SEVERITIES else "$ink"
        looks = f"{looks} on $cursor" if here else looks
        parts.append(piece.stylize_before(looks).stylize(clickable(f"screen.statement({number})")))
        at = min(last, end)
    parts.append(_plain(text[at:end], grounds))
    if end < len(text):
        parts.append(Content.styled(f"\n… {len(text) - end:,} characters more", "$muted"))
    return Content("").join(parts), line


def _window(text: str, about: int) -> tuple[int, int]:
    if len(text) <= ROOM:
        return 0, len(text)
    start = max(0, min(about - ROOM // 4, len(text) - ROOM))
    return start, start + ROOM


def _plain(piece: str, grounds: Mapping[str, Ground] | None) -> Content:
    """A piece of the text, made visible, with its citations coloured by what they are worth."""
    shown = Content("\n".join(visible(line) for line in piece.split("\n")))
    for found in _CITATION.finditer(piece):
        ground = (grounds or {}).get(found[1].strip())
        worth = "$accent" if ground is None else "$allow" if ground.state == "accepted" else "$hold strike"
        shown = shown.stylize(f"{worth} bold", found.start(), found.end())
    return shown


def underlined(found: Judged) -> list[Diagnostic]:
    """What may not stand, as marks for the editor that the words are written in."""
    every = found.judgment.statement_evaluations if found.judgment is not None else []
    lines = LineMap(found.spoken.text)
    made = []
    for each, place in zip(every[:UNDERLINED], found.places, strict=False):
        severity = _SEVERITIES.get(word(each.status.value).role)
        if place is not None and severity is not None:
            ends = (lines.position(place[0]), lines.position(place[1]))
            code = each.violated_axiom or each.status.value
            made.append(Diagnostic(code, each.explanation, Span(*place), *ends, severity=severity))
    return made


def line_of(content: Content, line: int, width: int) -> int:
    """The row on which line ``line`` of ``content`` begins once it is wrapped to ``width`` cells."""
    lines = content.plain.split("\n")[:line]
    return sum(max(1, -(-len(each) // max(width, 1))) for each in lines)
