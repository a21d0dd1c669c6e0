"""Names of norms for lists of decisions, which know a norm's rule by its content id alone. Asks in threads.

A content id covers the norm's name, so that a name once known holds for good.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    known = _known.setdefault(workspace, {})
    met = {row.rule for row in rows if row.violation and _ID.fullmatch(row.rule)}
    if not met <= known.keys():
        found = {norm.id: norm.name for norm in workspace.norms.list(in_force=False)}
        known.update({id: found.get(id, "") for id in met})
    return tuple(replace(row, rule=known[row.rule]) if known.get(row.rule) else row for row in rows)
