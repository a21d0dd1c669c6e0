"""What the History screen asks the services, in threads: pages of the timeline, what an entry is about, versions to
compare. Touches no widget; every answer is a frozen value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import RuleOrigin, TimelineEntry
from workbench.service.views import VersionView
from workbench.tui.view.timeline import Around, case_of, version_of

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

PAGE = 200
WhenBusy: TypeAlias = Literal["replace", "skip"]
Cancelled: TypeAlias = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; ``high`` is the newest number looked at, ``more`` whether the page was full."""

    entries: tuple[TimelineEntry, ...]
    high: int
    more: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """A version's rules with their origins; ``chain``: number → version, for who signed."""

    version: VersionView
    origins: tuple[RuleOrigin, ...]
    chain: Mapping[str, VersionView]
    in_force: bool


def newest(workspace: Workspace, kinds: Sequence[str], words: str, cancelled: Cancelled) -> Page:
    """The first page."""
    high = _high(workspace)
    found = workspace.timeline.page(None, PAGE, kinds, words=words, cancelled=cancelled)
    return Page(found, max(high, found[0].seq if found else 0), len(found) == PAGE)


def newer(workspace: Workspace, kinds: Sequence[str], words: str, after: int) -> Page:
    """What has come since the entry ``after`` was the newest."""
    high = _high(workspace)
    if high <= after:
        return Page((), after, False)
    found = workspace.timeline.page(None, PAGE, kinds, after=after, words=words)
    return Page(found, max(high, found[0].seq if found else 0), len(found) == PAGE)


def older(workspace: Workspace, kinds: Sequence[str], words: str, before: int, cancelled: Cancelled) -> Page:
    """The page after the entry ``before``, the oldest one that is listed."""
    found = workspace.timeline.page(before, PAGE, kinds, words=words, cancelled=cancelled)
    return Page(found, 0, len(found) == PAGE)


def _high(workspace: Workspace) -> int:
    last = workspace.timeline.page(limit=1)
    return last[0].seq if last else 0


def around(workspace: Workspace, entry: TimelineEntry) -> Around:
    """What an entry is about, as it stands today; nothing where that is gone."""
    digest, case = version_of(entry), case_of(entry)
    with suppress(WorkbenchError):
        if case:
            return Around(case=workspace.cases.get(case))
        if entry.kind == "overlay":
            listed = workspace.overlays.list(in_force=False)
            return Around(overlay=next((each for each in listed if each.id == entry.subject), None))
    if not digest:
        return Around()
    version = proposal = None
    with suppress(WorkbenchError):
        proposal = workspace.proposal(digest)
    if entry.kind in ("genesis", "activation"):
        with suppress(WorkbenchError):
            version = workspace.version(digest)
    return Around(version, proposal)


def decision_of(workspace: Workspace, entry: TimelineEntry) -> int:
    """Ledger number of the decision that an entry names, else of the first one after it; 0 where there is none."""
    named = entry.body.get("decision")
    if type(named) is int:
        return named
    after = workspace.events(entry.seq, limit=1)
    return after[0].seq if after else 0


def two_versions(workspace: Workspace, digests: Sequence[str]) -> tuple[VersionView, VersionView]:
    """The versions to compare, the older first: two of them, or one with its parent.

    Raises :class:`WorkbenchError` (``no_parent``) for a first version alone.
    """
    last = _version(workspace, digests[-1])
    if len(digests) > 1 and digests[0] != digests[-1]:
        first = _version(workspace, digests[0])
        return (first, last) if first.created_at <= last.created_at else (last, first)
    if last.parent_version is None:
        raise WorkbenchError(
            "nothing to compare with",
            f"version {last.version} is the first one",
            "mark another version with space, then d",
            "no_parent",
        )
    return workspace.version(last.parent_version), last


def _version(workspace: Workspace, digest: str) -> VersionView:
    """A version of the chain, or one that was only proposed."""
    try:
        return workspace.version(digest)
    except WorkbenchError:
        return workspace.proposal(digest).version


def rules(workspace: Workspace, digest: str) -> Rules:
    """A version's rules, each with the version that brought it."""
    version = workspace.version(digest)
    chain = {each.version: each for each in workspace.versions()}
    in_force = workspace.version().digest == version.digest
    return Rules(version, workspace.timeline.origins(digest), chain, in_force)
