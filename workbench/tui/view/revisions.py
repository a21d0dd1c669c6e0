"""Revisions of the draft as rows: when, which, and what each changed. Pure; texts are data, made visible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.table import Cell, Column, Row

if TYPE_CHECKING:
    from workbench.service.draft_revisions import Change, Revision

COLUMNS = (Column("", 2), Column("saved, UTC", 14), Column("revision", 10), Column("what it changed"))
_STATES = {"saved": ("•", "muted"), "stale": ("▲", "warning"), "restored": ("↶", "info"), "follows": ("→", "info")}


def rows(revisions: Sequence[Revision], now: datetime) -> list[Row]:
    """One row each, newest first; the key is the revision's."""
    return [_row(each, now, oldest=each is revisions[-1]) for each in revisions]


def _row(revision: Revision, now: datetime, *, oldest: bool) -> Row:
    sign, role = ("●", "accent") if revision.newest else _STATES[revision.state]
    number = f"{revision.number}" + (" ·now" if revision.newest else "")
    return Row(
        str(revision.key),
        (
            Cell(sign, role),
            Cell(when(revision.saved_at, now), "muted"),
            Cell(number, "strong" if revision.newest else "plain"),
            Cell(told(revision, oldest=oldest), "warning" if revision.state == "stale" else "plain"),
        ),
    )


def told(revision: Revision, *, oldest: bool = False) -> str:
    """What a revision is, in a line."""
    changed = " · ".join(map(change, revision.changes))
    if revision.state == "stale":
        return f"lost a race, is not in the draft: {changed or 'the same text'}"
    if revision.state == "restored":
        came = "what stood before the first" if revision.restored == 0 else f"revision {revision.restored}"
        return f"{came} came back" + (f": {changed}" if changed else "")
    if revision.state == "follows":
        changed = " · ".join(change(each) for each in revision.changes if each.part != "built on")
        return f"follows {one_line(revision.follows)}" + (f": {changed}" if changed else "")
    return changed or ("the oldest that is kept" if oldest else "nothing in the texts")


def change(each: Change) -> str:
    """``English +2 −1 “Refunds wait …”``."""
    if each.part == "built on":
        return f"built on {one_line(each.first)}"
    if each.part == "tests":
        same = min(each.added, each.removed)
        parts = [
            f"+{plural(each.added - same, 'test')}" if each.added > same else "",
            f"−{plural(each.removed - same, 'test')}" if each.removed > same else "",
            f"{plural(same, 'test')} changed" if same else "",
        ]
        return ", ".join(part for part in parts if part) or "tests in another order"
    counts = " ".join(f"{sign}{count}" for sign, count in (("+", each.added), ("−", each.removed)) if count)
    return f"{each.part} {counts}" + (f" “{one_line(each.first)}”" if each.first else "")


def when(at: datetime, now: datetime) -> str:
    """The time of day, with the day before it where it was not today (UTC, as everywhere)."""
    return f"{at:%H:%M:%S}" if at.date() == now.date() else f"{at:%d %b %H:%M}"
