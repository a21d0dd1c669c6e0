"""Values of a list: columns, rows and cells, whose colours are roles. Pure; the widget is ``widgets.row_list``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

ROLES = ("plain", "strong", "muted", "accent", "allow", "deny", "hold", "error", "warning", "info")


class Cell(NamedTuple):
    """``text`` is data and never markup; ``role`` is one of ``ROLES``."""

    text: str
    role: str = "plain"


@dataclass(frozen=True, slots=True)
class Column:
    """``width`` cells, 0 takes what is left (for one column). Left out in a list narrower than ``drop_below``."""

    title: str
    width: int = 0
    drop_below: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """``key`` names the row across updates, so that the cursor stays on it."""

    key: str
    cells: tuple[Cell, ...]
