"""Names of norms and of stops for lists of decisions, which know their rules by ids alone. Asks in threads.

A content id covers the norm's name, and nobody else ever has placed a stop: a name once known holds for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from workbench.tui.view.plain import one_line
from workbench.tui.view.spans import name_of

if TYPE_CHECKING:
    from workbench.service.governing_views import OverlayView
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

_ID = re.compile("[0-9a-f]{16}")
_STOP = "stop:"
_known: WeakKeyDictionary[Workspace, dict[str, str]] = WeakKeyDictionary()


def named(workspace: Workspace, rows: Sequence[EventRow], *, stops: bool = True) -> tuple[EventRow, ...]:
    """``rows`` with a norm's name, and ``stop by ana``, in the place of the id; they are asked for where an id is met
    the first time. ``stops``: false where an id says more, as in a file.
    """
    called = [row.violation or (stops and row.rule.startswith(_STOP)) for row in rows]
    known = names_of(workspace, (row.rule for row, is_called in zip(rows, called, strict=True) if is_called))
    return tuple(
        replace(row, rule=known[row.rule]) if is_called and known.get(row.rule) else row
        for row, is_called in zip(rows, called, strict=True)
    )


def is_norm(rule: str) -> bool:
    """Whether a decision's word for a rule is that of a norm."""
    return _ID.fullmatch(rule) is not None


def names_of(workspace: Workspace, rules: Iterable[str]) -> Mapping[str, str]:
    """Ids of norms → their names, and of stops → who placed them, at least for those among ``rules`` that are one; ""
    for one of none."""
    known = _known.setdefault(workspace, {})
    met = {rule for rule in rules if rule not in known}
    if norms := {rule for rule in met if _ID.fullmatch(rule)}:
        found = {norm.id: norm.name for norm in workspace.norms.list(in_force=False)}
        known.update({id: found.get(id, "") for id in norms})
    if stops := {rule for rule in met if rule.startswith(_STOP)}:
        placed = {rule: overlay for overlay in workspace.overlays.list(in_force=False) for rule in overlay.rules}
        known.update({rule: _stop_by(placed[rule]) if rule in placed else "" for rule in stops})
    return known


def _stop_by(overlay: OverlayView) -> str:
    return f"stop by {one_line(name_of(overlay.placed_by))}" if overlay.signed else "stop, unsigned"
