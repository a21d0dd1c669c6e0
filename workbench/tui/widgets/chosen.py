"""How the row under the cursor is drawn, the same in every list of ours. Imports text types."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip


def chosen(strip: Strip, tint: Style) -> Strip:
    """``strip`` on the ground of ``tint`` and bold, its colours kept.

    Where a theme has no second ground (the terminal's own sixteen colours) ``tint`` is turned round: then as one bar,
    for a row of many colours turned round would be as many blocks.
    """
    if tint.reverse:
        return Strip([Segment(strip.text, Style(color=tint.color, bgcolor=tint.bgcolor, bold=True, reverse=True))])
    return strip.apply_style(Style(bgcolor=tint.bgcolor, bold=True))
