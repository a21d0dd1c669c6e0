"""What the History screen asks the services, in threads: pages of the timeline, what an entry is about, versions to
compare. Touches no widget; every answer is a frozen value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias

from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import RuleOrigin, TimelineEntry
from workbench.service.views import VersionView
from workbench.tui.screens import norm_questions
from workbench.tui.view.timeline import GROUPS, case_of, kind_of, kind_words, norm_of, version_of
from workbench.tui.view.timeline_entry import Around

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace
    from workbench.tui.screens.history_wanted import Wanted

PAGE = 200
_OVERLAID = frozenset(("overlay", "norm"))  # kinds for which the ledger has one word
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


def newest(workspace: Workspace, wanted: Wanted, cancelled: Cancelled) -> Page:
    """The first page: of now, or of a moment."""
    high = _high(workspace)
    before = None if wanted.until is None else workspace.timeline.last_by(wanted.until) + 1
    found = _page(workspace, GROUPS[wanted.group], wanted.words, before, 0, cancelled)
    return Page(found, max(high, found[0].seq if found else 0), len(found) == PAGE)


def every(workspace: Workspace, wanted: Wanted) -> Iterator[TimelineEntry]:
    """All that is wanted, newest first, page by page."""
    page = newest(workspace, wanted, lambda: False)
    yield from page.entries
    while page.more:
        last = page.entries[-1].seq
        page = older(workspace, GROUPS[wanted.group], wanted.words, last, lambda: False)
        yield from page.entries


def newer(workspace: Workspace, kinds: Sequence[str], words: str, after: int) -> Page:
    """What has come since the entry ``after`` was the newest."""
    high = _high(workspace)
    if high <= after:
        return Page((), after, False)
    found = _page(workspace, kinds, words, None, after, None)
    return Page(found, max(high, found[0].seq if found else 0), len(found) == PAGE)


def older(workspace: Workspace, kinds: Sequence[str], words: str, before: int, cancelled: Cancelled) -> Page:
    """The page after the entry ``before``, the oldest one that is listed."""
    found = _page(workspace, kinds, words, before, 0, cancelled)
    return Page(found, 0, len(found) == PAGE)


def _page(
    workspace: Workspace, kinds: Sequence[str], words: str, before: int | None, after: int, cancelled: Cancelled | None
) -> tuple[TimelineEntry, ...]:
    """A page of the ledger; what was done with norms is said in their own words, and found by them."""
    of_norms = not kinds or not _OVERLAID.isdisjoint(kinds)
    told = norm_questions.told(workspace) if of_norms else norm_questions.NOTHING
    wanted = words.casefold().split()

    def only(entry: TimelineEntry) -> bool:
        if kinds and kind_of(entry) not in kinds and not ("norm" in kinds and _version_named(entry) in told.versions):
            return False
        said = f"{kind_words(kind_of(entry))} {entry.title} {told.lines.get(entry.seq, '')}".casefold()
        return all(word in said for word in wanted)

    ledger = ("overlay", "activation") if "norm" in kinds else kinds
    narrowed = only if wanted or (kinds and of_norms) else None
    found = workspace.timeline.page(before, PAGE, ledger, after=after, only=narrowed, cancelled=cancelled)
    return tuple(replace(entry, title=told.lines.get(entry.seq) or entry.title) for entry in found)


def _version_named(entry: TimelineEntry) -> str:
    """The number of the version that came into force; empty for every other entry."""
    return str(entry.body.get("version", "")) if entry.kind == "activation" else ""


def _high(workspace: Workspace) -> int:
    last = workspace.timeline.page(limit=1)
    return last[0].seq if last else 0


def around(workspace: Workspace, entry: TimelineEntry) -> Around:
    """What an entry is about, as it stands today; nothing where that is gone."""
    digest, case = version_of(entry), case_of(entry)
    with suppress(WorkbenchError):
        if case:
            return Around(case=workspace.cases.get(case))
        if norm := norm_of(entry):
            view, forms = norm_questions.of_overlay(workspace, norm)
            return Around(norm=view, forms=forms)
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
    return Around(version, proposal, taken=norm_questions.taken(workspace, _version_named(entry)))


def decision_of(workspace: Workspace, entry: TimelineEntry) -> int:
    """Ledger number of the decision that an entry names, else of the first one after it; 0 where there is none."""
    named = entry.body.get("decision")
    if type(named) is int:
        return named
    after = workspace.events(entry.seq, limit=1)
    return after[0].seq if after else 0


def decision_by(workspace: Workspace, entry: TimelineEntry, until: datetime | None) -> int:
    """Ledger number of the decision that an entry names, else of the last one by then; 0 where there is none.

    ``until``: by that moment, instead of by the entry.
    """
    named = entry.body.get("decision")
    if type(named) is int:
        return named
    return workspace.timeline.decision_by(entry.seq if until is None else workspace.timeline.last_by(until))


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
