"""Test cases as rows and a line over all, as Tests and Review list them; ``view.tests`` tells one in full. Pure."""

from __future__ import annotations

from textual.content import Content

from workbench.service.views import TestResult, TestRun
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import outcome, plural
from workbench.tui.view.spans import name_of
from workbench.tui.view.table import Cell, Column

COLUMNS = (
    Column("result", 8),
    Column("test"),
    Column("expects", 7),
    Column("ours", 7, drop_below=84),
    Column("Cedar", 7, drop_below=84),
    Column("engines", 8, drop_below=100),
    Column("reviewed", 11, drop_below=58),
)


def summary(run: TestRun) -> Content:
    """Passed, failed, engines, reviewed: one line."""
    total = len(run.results)
    failed, apart, reviewed = run.failed, run.disagreements, run.reviewed
    parts = [
        Content.styled(plural(total, "case"), "$ink bold"),
        Content.styled(f"✓ {total - failed} passed", "$ok") if total - failed else None,
        Content.styled(f"✗ {failed} failed", "$deny bold") if failed else None,
        Content.styled("= engines agree", "$ok")
        if not apart
        else Content.styled(f"≠ engines differ on {apart}", "$deny bold"),
        Content.styled(f"{reviewed} of {total} reviewed", "$ok" if reviewed == total else "$hold"),
    ]
    return Content.styled("  ·  ", "$muted").join(part for part in parts if part is not None)


def cells(result: TestResult) -> tuple[Cell, ...]:
    """A case as the cells of :data:`COLUMNS`."""
    return (
        _result(result),
        Cell(one_line(result.name)),
        Cell(*outcome(result.expect)),
        Cell(*outcome(result.ours)),
        Cell("– n/a", "muted") if result.ours == "hold" and result.cedar is None else Cell(*outcome(result.cedar)),
        Cell("= agree", "muted") if result.engines_agree else Cell("≠ differ", "error"),
        _reviewed(result),
    )


def _result(result: TestResult) -> Cell:
    """Engines that differ are the worst that can be: said first, whatever came out."""
    if not result.engines_agree:
        return Cell("≠ differ", "error")
    return Cell("✓ pass", "allow") if result.passed else Cell("✗ fail", "error")


def _reviewed(result: TestResult) -> Cell:
    if result.reviewed_by:
        return Cell(name_of(result.reviewed_by), "allow")
    return Cell("? elsewhere" if result.reviewed_elsewhere else "? proposed", "hold")
