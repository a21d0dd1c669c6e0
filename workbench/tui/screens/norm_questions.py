"""What windows and screens ask about norms, in threads: all of them with their conflicts, one with its forms, how they
stand today. Touches no widget; every answer is a frozen value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from workbench.service.errors import WorkbenchError
from workbench.service.norm_views import NormRevision, NormVersion, NormView
from workbench.tui.view.norms import revision_line

if TYPE_CHECKING:
    from workbench.norms.conflicts import Conflict
    from workbench.service.workspace import Workspace

MOST = 200  # norms in force among which conflicts are looked for without being asked: it may take a second


@dataclass(frozen=True, slots=True)
class Listed:
    """Norms; ``conflicts`` is ``None`` where they were not looked for."""

    norms: tuple[NormView, ...]
    conflicts: tuple[Conflict, ...] | None
    unsigned: bool


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of one norm, newest first, with the conflicts that it has part in. ``standing``: the one that acts."""

    forms: tuple[NormVersion, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def standing(self) -> NormView | None:
        return next((form.norm for form in self.forms if form.norm.active), None)


@dataclass(frozen=True, slots=True)
class Told:
    """What was done with norms: number of the ledger's entry → a line; and the versions that took norms in, or out."""

    lines: Mapping[int, str]
    versions: frozenset[str]


NOTHING = Told({}, frozenset())


@dataclass(frozen=True, slots=True)
class Standing:
    """How norms stand: those in force by severity, the newest change with its severity, and the conflicts (``None``
    where they were not looked for)."""

    counts: Mapping[str, int]
    newest: NormRevision | None
    newest_severity: str
    conflicts: int | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def listed(workspace: Workspace, *, ended: bool) -> Listed:
    """The norms in force, or all there ever were."""
    norms = workspace.norms.list(in_force=not ended)
    return Listed(norms, conflicts_of(workspace, norms), workspace.norms.unsigned)


def conflicts_of(workspace: Workspace, norms: Sequence[NormView]) -> tuple[Conflict, ...] | None:
    """The conflicts among those in force, where they are few enough."""
    return workspace.norm_reports.conflicts() if sum(norm.active for norm in norms) <= MOST else None


def forms_of(workspace: Workspace, id: str) -> Forms:
    """The forms of the norm that ``id`` names. One without a name has the one form that it was added in."""
    view = workspace.norms.get(id)
    try:
        found = workspace.norms.history(view.name or id)
    except WorkbenchError as error:
        if error.code != "no_name" or view.added_at is None:
            raise
        found = (
            NormVersion(
                1, view, view.added_by, view.added_at, view.why, view.ended_at, view.ended_by, view.ended_why
            ),
        )  # fmt: skip
    active = [form.norm for form in found if form.norm.active]
    told = (conflicts_of(workspace, workspace.norms.list()) or ()) if active else ()
    ids = {norm.id for norm in active}
    return Forms(tuple(found), tuple(each for each in told if ids & {each.norm, each.other}))


def of_overlay(workspace: Workspace, overlay: str) -> tuple[NormView | None, tuple[NormVersion, ...]]:
    """The norm that an overlay added, and the forms of its name; nothing where that is gone."""
    view = next((each for each in workspace.norms.list(in_force=False) if each.overlay == overlay), None)
    forms: tuple[NormVersion, ...] = ()
    if view is not None and view.name:
        with suppress(WorkbenchError):
            forms = workspace.norms.history(view.name)
    return view, forms


def told(workspace: Workspace) -> Told:
    """Every change of norms in words."""
    severities = {norm.overlay: norm.severity for norm in workspace.norms.list(in_force=False) if norm.overlay}
    revisions = workspace.norms.revisions()
    return Told(
        {each.event: revision_line(each, severities.get(each.overlay, "")) for each in revisions if each.event},
        frozenset(each.version for each in revisions if each.version),
    )


def taken(workspace: Workspace, version: str) -> tuple[NormRevision, ...]:
    """The norms that a version took in, or out."""
    return tuple(each for each in workspace.norms.revisions() if version and each.version == version)


def standing(workspace: Workspace) -> Standing:
    """How norms stand; asked when one was added or has ended."""
    norms = workspace.norms.list(in_force=False)
    acting = [norm for norm in norms if norm.active]
    counts: dict[str, int] = {}
    for norm in acting:
        counts[norm.severity] = counts.get(norm.severity, 0) + 1
    newest = next(iter(workspace.norms.revisions(1)), None)
    about = None
    if newest is not None:
        about = next(
            (norm for norm in norms if norm.id == newest.norm_id and newest.overlay in ("", norm.overlay)), None
        )
    found = conflicts_of(workspace, norms) if acting else ()
    return Standing(counts, newest, about.severity if about is not None else "", None if found is None else len(found))


def broken_today(workspace: Workspace, now: datetime) -> int:
    """How many actions since midnight (UTC) broke a norm first of all."""
    names: set[str] = set()
    for norm in workspace.norms.list(in_force=False):
        names |= {each for each in (norm.name, norm.rule, norm.id, norm.overlay) if each}
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return sum(
        count
        for agent in workspace.norm_reports.fleet(since=midnight)
        for name, count in agent.violation_breakdown.items()
        if name in names or name.startswith("norm:")
    )
