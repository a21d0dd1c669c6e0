"""Columns of figures beside names: where each stands in a row of a width, short numbers and short times. Pure.

What ``view.groups`` and ``view.agents`` share. A column is decided, not cut: what it needs is said with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
LOW = 8  # decisions in a minute that fill a chart, where no minute had more


def placed(wanted: Iterable[tuple[str, str, int]], width: int, right: frozenset[str]) -> tuple[Figure, ...]:
    """The columns one after the other with a cell between them. Widths of 0 or less share what the others leave, by
    that weight: -2 takes twice what -1 takes."""
    columns = list(wanted)
    left = width - LEAD - sum(size for *_, size in columns if size > 0) - (len(columns) - 1)
    shares = -sum(size for *_, size in columns if size <= 0) or 1
    made, start = [], LEAD
    for field, title, size in columns:
        if size <= 0:
            size = max(left * -size // shares, 3)
        made.append(Figure(field, title, start, size, field in right))
        start += size + 1
    return tuple(made)


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
    """``value`` on at most ``width`` cells: with commas, without, or shortened to ``12k``, ``3M``."""
    for text in (f"{value:,}", str(value)):
        if len(text) <= width:
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
