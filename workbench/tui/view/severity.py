"""How bad it is to break a norm: a step that rises, a word and a colour, the same wherever a severity is shown. Pure.

The step says without a colour, and without the word where there is no room for it, which of two is worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from textual.content import Content

from workbench.tui.view.plain import one_line


class Mark(NamedTuple):
    """``step``: one cell; ``colour``: a theme variable, for text; ``role``: the same for cells of lists."""

    step: str
    word: str
    colour: str
    role: str


MARKS: Mapping[str, Mark] = {
    "critical": Mark("█", "critical", "$deny bold", "error"),
    "high": Mark("▆", "high", "$sev-warning bold", "warning"),
    "warn": Mark("▄", "warn", "$hold", "hold"),
    "info": Mark("▂", "info", "$muted", "muted"),
}
"""The gravest first."""

STEP, SPELLED = 1, 10  # cells of a column for the step alone, and for step and word


def mark(severity: str) -> Mark:
    """The mark of a severity; one that this release does not know keeps its word."""
    return MARKS.get(severity) or Mark("▄", one_line(severity), "$hold", "hold")


def badge(severity: str) -> Content:
    """Step and word."""
    shown = mark(severity)
    return Content.styled(f"{shown.step} {shown.word}", shown.colour)


def column(severity: str, width: int) -> str:
    """A severity in a column of ``width`` cells, not more: step and word, or the step; empty for none."""
    if not severity:
        return ""
    shown = mark(severity)
    return f"{shown.step} {shown.word}" if width >= SPELLED else shown.step[:width]
