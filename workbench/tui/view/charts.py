"""Small charts made of thin characters: pure functions from numbers to lines of text.

Areas are drawn with dots (two across and four down in a cell), bars with a line: full blocks would be the loudest thing
on the screen. Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_BRAILLE = 0x2800
_LEFT_DOTS = (0x40, 0x04, 0x02, 0x01)  # of a cell, from the bottom
_RIGHT_DOTS = (0x80, 0x20, 0x10, 0x08)
FULL, HALF = "━", "╸"
STROKES: Mapping[str, str] = {"allow": FULL, "hold": "┅", "deny": "═", "violation": "▬"}
"""How a decision came out, told by the stroke of a bar as well as by its colour; ``deny`` without violations."""


def fold(values: Sequence[float], width: int) -> list[float]:
    """``values`` summed into exactly ``width`` slots, the newest at the right; missing older ones are zero."""
    if width <= 0:
        return []
    per = max(-(-len(values) // width), 1)
    slots = [0.0] * width
    for back, value in enumerate(reversed(values)):
        slots[width - 1 - back // per] += value
    return slots


def spread(values: Sequence[float], width: int) -> list[float]:
    """``values`` over exactly ``width`` slots of equal time, each the mean of what falls into it; the sum is kept in
    proportion, and whatever is not zero stays so.
    """
    count = len(values)
    if width <= 0 or not count:
        return [0.0] * max(width, 0)
    slots = []
    for place in range(width):
        first = place * count // width
        after = max((place + 1) * count // width, first + 1)
        slots.append(sum(values[first:after]) / (after - first))
    return slots


def trailing(values: Sequence[float], span: int) -> list[float]:
    """The mean of each value and the ``span - 1`` before it (as many as there are): a rate without its jitter."""
    means, total = [], 0.0
    for place, value in enumerate(values):
        total += value - (values[place - span] if place >= span else 0)
        means.append(total / min(place + 1, max(span, 1)))
    return means


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


def area(values: Sequence[float], width: int, height: int, top: float = 0) -> list[str]:
    """``values`` spread over ``width`` cells as dots from the ground up: ``height`` lines, the highest first.

    ``top`` fixes the scale (default: the highest slot). Zero is a space; anything more is one dot at least.
    """
    slots = spread(values, width * 2)
    most = max([top, *slots])
    dots = [0 if value <= 0 or most <= 0 else max(round(value / most * height * 4), 1) for value in slots]
    lines = []
    for level in range(height - 1, -1, -1):
        line = ""
        for place in range(0, width * 2, 2):
            cell = 0
            for filled, masks in ((dots[place], _LEFT_DOTS), (dots[place + 1], _RIGHT_DOTS)):
                for mask in masks[: min(max(filled - level * 4, 0), 4)]:
                    cell |= mask
            line += chr(_BRAILLE + cell) if cell else " "
        lines.append(line)
    return lines


def bar(share: float, width: int, stroke: str = FULL) -> str:
    """A horizontal line for a share between 0 and 1, padded to ``width``; any share above 0 shows something.

    Only the plain ``stroke`` has a half of a cell.
    """
    share = min(max(share, 0.0), 1.0)
    if stroke != FULL:
        return (stroke * max(round(share * width), share > 0)).ljust(width)[:width]
    halves = round(share * width * 2)
    if share > 0:
        halves = max(halves, 1)
    full, rest = divmod(halves, 2)
    return (FULL * full + HALF * rest).ljust(width)[:width]


def parts(counts: Sequence[int], width: int) -> list[int]:
    """How many of ``width`` cells each count gets: in proportion, all cells given out, and one at least to whatever is
    not zero, as far as the cells go.
    """
    total = sum(counts)
    if total <= 0 or width <= 0:
        return [0] * len(counts)
    cells = [max(count * width // total, 1 if count else 0) for count in counts]
    while sum(cells) != width:
        step = 1 if sum(cells) < width else -1
        # the largest is off by the least of itself; of equals the first
        place = max(range(len(cells)), key=lambda each: (cells[each] if step < 0 else counts[each], -each))
        cells[place] += step
    return cells


def mixed(counts: Mapping[str, int], width: int) -> list[tuple[str, str]]:
    """How decisions came out (by the names of :data:`STROKES`) as strokes on ``width`` cells, in the order given."""
    cells = parts(list(counts.values()), width)
    return [(kind, STROKES[kind] * many) for kind, many in zip(counts, cells, strict=True) if many]
