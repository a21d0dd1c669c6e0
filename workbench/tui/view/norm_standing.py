"""How norms stand, as the Overview says it: how many act by severity, the newest change, what they caught, conflicts.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.view.chrome import clickable
from workbench.tui.view.norms import CHANGES, reasoned
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import plural
from workbench.tui.view.severity import MARKS, mark
from workbench.tui.view.spans import name_of, span_text

if TYPE_CHECKING:
    from workbench.service.norm_views import NormRevision
    from workbench.tui.screens.norm_questions import Standing

NONE = "none yet: a norm forbids something from the next action on"


def pane(standing: Standing | None, broken: int | None, now: datetime, width: int, height: int = 4) -> Content:
    """The panel. ``broken``: actions of today that broke a norm, ``None`` while that is counted."""
    if standing is None:
        return Content.styled("looking …", "$muted")
    if not standing.total and standing.newest is None:
        return _within(_ended(Content.styled(f"○ {NONE}", "$muted"), "a", " adds one", width, "app.add_norm"), width)
    lines = [_counts(standing.counts, width, words=True)]
    if standing.newest is not None:
        lines.append(_newest(standing.newest, standing.newest_severity, now, width))
    lines.append(_broken(broken))
    lines.append(_conflicts(standing.conflicts))
    return Content("\n").join(_within(line, width) for line in lines[: max(height, 1)])


def line(standing: Standing | None, width: int) -> Content | None:
    """All of it on one line, for where there is no room for a panel; ``None`` while nothing is known."""
    if standing is None:
        return None
    if not standing.total:
        return _ended(Content.styled("norms   none", "$muted"), "a", " adds", width, "app.add_norm")
    lead = Content.styled("norms   ", "$muted")
    found = _counts(standing.counts, width, words=False, lead=lead)
    if standing.conflicts:
        found = Content.assemble(found, (f" ▲{standing.conflicts}", "$hold bold"))
    return _ended(found, "N", "", width, "app.norms")


def _counts(counts: Mapping[str, int], width: int, *, words: bool, lead: Content | None = None) -> Content:
    parts = [Content.assemble((f"{sum(counts.values()):,}", "$ink bold"), (" in force" if words else "", "$muted"))]
    for severity in (*MARKS, *(each for each in counts if each not in MARKS)):
        count, shown = counts.get(severity, 0), mark(severity)
        if count:
            word = f" {shown.word}" if words else ""
            parts.append(Content.styled(f"{shown.step} {count:,}{word}", shown.colour))
    said = Content("  ").join(parts) if lead is None else Content.assemble(lead, Content("  ").join(parts))
    return _ended(said, "N", " lists them", width, "app.norms") if words else said


def _newest(revision: NormRevision, severity: str, now: datetime, width: int) -> Content:
    sign, verb = CHANGES[revision.change]
    ago = span_text(max((now - revision.at).total_seconds(), 0))
    by = f"version {one_line(revision.version)}" if revision.version else name_of(revision.by) or "nobody"
    head = Content.assemble(
        ("newest  ", "$muted"),
        (f"{sign} ", "$accent bold"),
        (one_line(revision.name or revision.norm_id), "$ink bold"),
        (f" {verb} by {by} {ago} ago", "$ink"),
    )
    why = one_line(revision.reason) if reasoned(revision.reason) else ""
    if severity:
        shown = mark(severity)
        head = Content.assemble(head, "  ", (f"{shown.step} {shown.word}", shown.colour))
    room = width - head.cell_length - 4
    if why and room >= 8:
        head = Content.assemble(head, (f"  “{why if cell_len(why) <= room else why[: room - 1] + '…'}”", "$accent"))
    return head


def _broken(broken: int | None) -> Content:
    lead = ("today   ", "$muted")
    if broken is None:
        return Content.assemble(lead, ("counting …", "$muted"))
    if not broken:
        return Content.assemble(lead, ("✓ ", "$ok bold"), ("no action broke one", "$ink"))
    what = plural(broken, "action broke one", "actions broke one")
    return Content.assemble(lead, ("▲ ", "$deny bold"), (what, "$ink")).stylize(clickable("app.goto('live')"))


def _conflicts(conflicts: int | None) -> Content:
    lead = ("among   ", "$muted")
    if conflicts is None:
        return Content.assemble(
            lead,
            ("conflicts are not looked for among so many; ", "$muted"),
            ("N", "$accent bold"),
            (" then c does", "$muted"),
        )
    if not conflicts:
        return Content.assemble(lead, ("✓ ", "$ok bold"), ("no conflicts, nor with the version", "$ink"))
    return Content.assemble(
        lead, ("▲ ", "$hold bold"), (f"{plural(conflicts, 'conflict')} with each other or the version", "$ink")
    ).stylize(clickable("app.norms"))


def _within(line: Content, width: int) -> Content:
    return line.truncate(width, ellipsis=True) if line.cell_length > width else line


def _ended(said: Content, key: str, rest: str, width: int, action: str) -> Content:
    """With the key that leads on at the right, where there is room."""
    there = Content.assemble((key, "$accent bold"), (rest, "$muted"))
    gap = width - said.cell_length - there.cell_length
    shown = Content.assemble(said, " " * gap, there) if gap >= 2 else said
    return shown.stylize(clickable(action))
