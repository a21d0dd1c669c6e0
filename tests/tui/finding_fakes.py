"""The fake workspace's filters: what the oracle says, over its frozen rows."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tests.filter_oracle import wants
from workbench.analysis.task import Task
from workbench.engine.decision_filter import DecisionFilter
from workbench.service.finding import Found
from workbench.service.views import EventRow

if TYPE_CHECKING:
    from tests.tui.fakes import FakeWorkspace


class FakeFinding:
    """Filters answered by what they plainly say (``tests.filter_oracle``), from the fake's rows."""

    def __init__(self, workspace: FakeWorkspace, now: datetime) -> None:
        self.workspace, self.now = workspace, now

    def ids(self, wanted: DecisionFilter, after: int = 0, *, task: Task | None = None) -> Found:
        workspace = self.workspace
        workspace._called("event_ids")
        seqs = workspace.seqs[bisect_right(workspace.seqs, after) :]
        if wanted:
            seqs = array("q", (seq for seq in seqs if self._wants(wanted, workspace.row(seq))))
        if task is not None:
            task.step(0, 1, "searching")
        return Found(seqs, workspace.seqs[-1] if workspace.seqs else 0)

    def every_row(self, wanted: DecisionFilter, after: int = 0) -> Iterator[EventRow]:
        return (self.workspace.row(seq) for seq in self.ids(wanted, after).ids)

    def names(self, column: str, limit: int = 500) -> tuple[str, ...]:
        rows = [self.workspace.row(seq) for seq in self.workspace.seqs[-200:]]
        return tuple(sorted({getattr(row, column) for row in rows} - {""}))[:limit]

    def _wants(self, wanted: DecisionFilter, row: EventRow) -> bool:
        return wants(wanted, row, row.recorded_at or row.at, self.now)
