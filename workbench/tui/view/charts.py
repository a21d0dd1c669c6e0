"""Small charts made of block characters: pure functions from numbers to lines of text."""

from __future__ import annotations

from collections.abc import Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_LEFT = " ▏▎▍▌▋▊▉█"


def fold(values: Sequence[float], width: int) -> list[float]:
    """``values`` summed into exactly ``width`` slots, the newest at the right; missing older ones are zero."""
    if width <= 0:
        return []
    per = max(-(-len(values) // width), 1)
    slots = [0.0] * width
    for back, value in enumerate(reversed(values)):
        slots[width - 1 - back // per] += value
    return slots


def sparkline(values: Sequence[float], width: int, top: float = 0) -> str:
    """One line of ``width`` cells. Zero is a space; anything more shows at least the lowest block."""
    return columns(values, width, 1, top)[0] if width > 0 else ""


def columns(values: Sequence[float], width: int, height: int, top: float = 0) -> list[str]:
    """A column chart of ``height`` lines, the highest first; ``top`` fixes the scale (default: the largest value)."""
    slots = fold(values, width)
    most = max(top, *slots, 0) if slots else top
    lines = []
    for level in range(height - 1, -1, -1):
        line = ""
        for value in slots:
            filled = round(value / most * height * 8) if most > 0 else 0
            filled = max(filled, 1) if value > 0 else 0
            line += _EIGHTHS[min(max(filled - level * 8, 0), 8)]
        lines.append(line)
    return lines


def bar(share: float, width: int) -> str:
    """A horizontal bar for a share between 0 and 1, padded to ``width``; any share above 0 shows something."""
    share = min(max(share, 0.0), 1.0)
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_LEFT[rest] if rest else "")).ljust(width)[:width]
