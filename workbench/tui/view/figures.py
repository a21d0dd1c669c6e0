"""Columns of figures beside names: where each stands in a row of a width, short numbers and short times. Pure.

What ``view.groups`` and ``view.agents`` share. A column is decided, not cut: what it needs is said with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from workbench.tui.view.charts import area
from workbench.tui.view.events import fitted

Span = tuple[str, str]
"""A role of the list's stylesheet, and a text."""


class Figure(NamedTuple):
    """A column: the field, its title, where it begins (the first two cells are the cursor's), its cells, its side."""

    field: str
    title: str
    start: int
    width: int
    right: bool = False


LEAD = 2  # cells of the cursor's mark
LEAST = 3  # cells of a column whose text has no room
LOW = 8  # decisions in a minute that fill a chart, where no minute had more


def placed(
    wanted: Iterable[tuple[str, str, int]], width: int, right: frozenset[str], needs: Mapping[str, int] | None = None
) -> tuple[Figure, ...]:
    """The columns one after the other with a cell between them. Widths below 0 share what the others leave, by that
    weight: -2 takes twice what -1 takes. ``needs``: cells that the longest text of a column has; what a column does not
    need goes to those that need more, so that no name is cut beside an empty column.
    """
    columns = list(wanted)
    left = width - LEAD - sum(size for *_, size in columns if size > 0) - (len(columns) - 1)
    sizes = shared({field: -size for field, _, size in columns if size < 0}, left, needs or {})
    made, start = [], LEAD
    for field, title, size in columns:
        cells = size if size > 0 else sizes[field]
        made.append(Figure(field, title, start, cells, field in right))
        start += cells + 1
    return tuple(made)


def shared(weights: Mapping[str, int], cells: int, needs: Mapping[str, int]) -> dict[str, int]:
    """``cells`` among columns: each has what it needs where that is no more than its share, the others share the rest;
    what nobody needs is shared as well. A column has :data:`LEAST` cells at least."""
    sizes: dict[str, int] = {}
    open_, left = dict(weights), cells
    while open_:
        total = sum(open_.values())
        content = [field for field in open_ if field in needs and needs[field] <= left * open_[field] // total]
        if not content:
            sizes |= {field: max(left * weight // total, LEAST) for field, weight in open_.items()}
            return sizes
        for field in content:
            sizes[field] = max(needs[field], LEAST)
            del open_[field]
        left = cells - sum(sizes.values())
    total = sum(weights.values())
    return {field: sizes[field] + max(left, 0) * weight // total for field, weight in weights.items()}


def fits(layout: Sequence[Figure], needs: Mapping[str, int]) -> bool:
    """Whether no text is cut in any column that ``needs`` speaks of."""
    return all(needs.get(column.field, 0) <= column.width for column in layout)


def titles(layout: Sequence[Figure], order: str, width: int) -> str:
    """The header; the column that the rows are ordered by has an arrow."""
    line = ""
    for column in layout:
        title = f"{column.title}▾" if column.field == order and len(column.title) < column.width else column.title
        title = title[: column.width]
        line += " " * (column.start - len(line))
        line += title.rjust(column.width) if column.right else title.ljust(column.width)
    return line[:width].ljust(width)


def field_at(layout: Sequence[Figure], x: int) -> str:
    """The column under cell ``x``; empty for none."""
    return next((column.field for column in layout if column.start <= x <= column.start + column.width), "")


def cell(column: Figure, text: str) -> str:
    """``text`` on exactly the column's cells; figures, which are our own text, stand at the right."""
    return text.rjust(column.width)[: column.width] if column.right else fitted(text, column.width)


def minutes(counts: Sequence[int], width: int) -> str:
    """The last minutes on ``width`` cells, the newest at the right: an area of dots. A few in a minute stay low."""
    if not counts:
        return " " * width
    return area(counts, width, 1, LOW)[0]


def number(value: int, width: int) -> str:
    """``value`` on at most ``width`` cells: with commas, or shortened to ``12.3k``, ``3M``. One way of writing, so that
    two figures one above the other can be compared at a glance."""
    if len(text := f"{value:,}") <= width:
        return text
    for size, name in ((10**3, "k"), (10**6, "M"), (10**9, "G"), (10**12, "T")):
        for text in (f"{value / size:.1f}{name}", f"{value // size}{name}"):
            if len(text) <= width and value < size * 1000:
                return text
    return "9" * max(width - 1, 0) + "+"


def ago(then: datetime | None, now: datetime) -> str:
    """How long ago, on four cells at most: ``now``, ``42s``, ``17m``, ``3h``, ``12d``; ``never``."""
    if then is None:
        return "never"
    seconds = max(int((now - then).total_seconds()), 0)
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{min(seconds // size, 999)}{name}"
    return f"{seconds}s" if seconds >= 2 else "now"


def left(until: datetime, now: datetime) -> str:
    """How long it still lasts, as short as :func:`ago`; ``<1m`` at the end."""
    seconds = max(int((until - now).total_seconds()), 0)
    for size, name in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds // size}{name}"
    return "<1m"
