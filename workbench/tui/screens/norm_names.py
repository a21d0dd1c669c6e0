"""Names of norms for lists of decisions, which know a norm's rule by its content id alone. Asks in threads.

A content id covers the norm's name, so that a name once known holds for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

_ID = re.compile("[0-9a-f]{16}")
_known: WeakKeyDictionary[Workspace, dict[str, str]] = WeakKeyDictionary()


def named(workspace: Workspace, rows: Sequence[EventRow]) -> tuple[EventRow, ...]:
    """``rows`` with the norm's name in the place of its id; norms are asked for where an id is met the first time."""
    known = names_of(workspace, (row.rule for row in rows if row.violation))
    return tuple(replace(row, rule=known[row.rule]) if known.get(row.rule) else row for row in rows)


def is_norm(rule: str) -> bool:
    """Whether a decision's word for a rule is that of a norm."""
    return _ID.fullmatch(rule) is not None


def names_of(workspace: Workspace, rules: Iterable[str]) -> Mapping[str, str]:
    """Content ids of norms → their names, at least for those among ``rules`` that are one; "" for one of no norm."""
    known = _known.setdefault(workspace, {})
    met = {rule for rule in rules if _ID.fullmatch(rule)}
    if not met <= known.keys():
        found = {norm.id: norm.name for norm in workspace.norms.list(in_force=False)}
        known.update({id: found.get(id, "") for id in met})
    return known
