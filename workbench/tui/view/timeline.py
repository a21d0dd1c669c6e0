"""What the History screen says: the ledger's happenings as rows, and what a verification found. Pure.

One entry in full is ``view.timeline_entry``. Titles come from the service as plain sentences; they and every body are
data and pass ``view.plain``.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Literal, TypeAlias

from textual.content import Content

from workbench.service.governing_views import TimelineEntry
from workbench.service.views import Verification, VerifyLine
from workbench.tui.actions import key_of
from workbench.tui.view import sign
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.plain import one_line, visible
from workbench.tui.view.prose import plural, stack, text
from workbench.tui.view.table import Cell, Column, Row

Group: TypeAlias = Literal["all", "versions", "cases", "overlays", "norms", "groups", "people", "record"]

GROUPS: Mapping[Group, tuple[str, ...]] = {
    "all": (),
    "versions": ("genesis", "proposal", "vote", "state", "activation", "shadow"),
    "cases": ("case", "case_vote", "grant"),
    "overlays": ("overlay",),
    "norms": ("norm",),
    "groups": ("group",),
    "people": ("directory", "fact", "credential", "key"),
    "record": ("checkpoint", "clock", "sealed", "acknowledged", "redaction", "notice_channel"),
}
"""What ``v`` goes through: a name, and the kinds of entries (:func:`kind_of`) that it lists (none: every kind)."""

WHY_NONE = {
    "cases": "A procedure that holds a request opens a case.",
    "overlays": "Stops and brakes: what forbids at once and for a while.",
    "norms": "Norms forbid from the next action on. a adds one; N lists those of the constitution, too.",
    "groups": "Groups of refusals in Live that somebody has said are known, until when, and why.",
    "people": "The directory, facts, credentials and keys: who is believed.",
    "record": "Checkpoints, clocks, redactions, seals: what guards the record itself.",
}
SIGNS = {
    "genesis": ("◆", "accent"),
    "proposal": ("◌", "hold"),
    "vote": ("✓", "allow"),
    "state": ("→", "plain"),
    "activation": ("◆", "accent"),
    "shadow": ("◫", "muted"),
    "case": ("◷", "hold"),
    "case_vote": ("✓", "allow"),
    "grant": ("✓", "allow"),
    "overlay": ("■", "deny"),
    "norm": ("§", "accent"),
    "directory": ("●", "info"),
    "fact": ("·", "info"),
    "credential": ("●", "info"),
    "key": ("●", "hold"),
    "checkpoint": ("▣", "muted"),
    "clock": ("◷", "warning"),
    "sealed": ("▲", "error"),
    "acknowledged": ("✓", "hold"),
    "group": ("✓", "muted"),
    "redaction": ("▒", "warning"),
    "notice_channel": ("·", "muted"),
}
MARK = "◉"
WHOLE_FROM = 90  # columns of the screen from which a row has room for by what a case is held
WORDS_FROM = 60  # columns of the screen from which a row has the word of its kind
VERSION_KINDS = ("genesis", "proposal", "vote", "state", "activation", "shadow")
CASE_KINDS = ("case", "case_vote", "grant")


def next_group(current: Group, step: int = 1) -> Group:
    """The group after ``current`` (before it with ``step=-1``)."""
    names = list(GROUPS)
    return names[(names.index(current) + step) % len(names)]


def groups_line(current: Group, words: str, width: int, until: datetime | None = None) -> Content:
    """The groups as clickable tabs, the current one standing out; the words and the moment that narrow the list."""
    tabs = [_tab(name, name == current) for name in GROUPS]
    found = [Content.styled(f" / {one_line(words)}", "$accent")] if words else []
    if until is not None:
        found.append(Content.styled(f" by {until:%Y-%m-%d %H:%M} ", "$accent bold").stylize(clickable("until_now")))
    line = Content("").join([*tabs, *found])
    if line.cell_length > width:
        line = Content("").join([Content.styled(f" {key_of('history.filter')} {current} ", "$accent bold"), *found])
    return line


def columns(entries: Sequence[TimelineEntry], today: date | None = None, *, narrow: bool = False) -> tuple[Column, ...]:
    """The columns of :func:`rows`: that of the time is as wide as the days before ``today`` make it, those of the kind
    and of the number as what stands there, so that the sentence has the rest.

    ``narrow``: the kind is its sign alone, for the sentence says it too.
    """
    width = max((len(when(entry.at, today)) for entry in entries), default=5)
    kind = max((len(kind_words(kind_of(entry))) for entry in entries), default=8)
    number = _number_cells(entries)
    return (
        Column("", 1),
        Column("UTC" if width < 10 else "when (UTC)", width),
        Column("", 1) if narrow else Column("what", min(kind, 20) + 2),
        Column(""),
        Column("entry".rjust(number), number, drop_below=90),
    )


def rows(
    entries: Sequence[TimelineEntry],
    marked: Sequence[TimelineEntry] = (),
    today: date | None = None,
    *,
    narrow: bool = False,
    brief: bool = False,
) -> list[Row]:
    """Entries as rows; ``marked`` are those that a comparison is to take. ``brief``: without by what a case is held,
    which would be cut.
    """
    chosen = {entry.seq for entry in marked}
    width, number = columns(entries, today)[1].width, _number_cells(entries)
    return [
        Row(
            str(entry.seq),
            _cells(entry, entry.seq in chosen, when(entry.at, today).rjust(width), number, narrow=narrow, brief=brief),
        )
        for entry in entries
    ]


def when(at: datetime, today: date | None) -> str:
    """The time of day alone for ``today``; before it the day of this year, the whole date of another, or if unknown."""
    if today is not None and at.date() == today:
        return f"{at:%H:%M}"
    return f"{at:%m-%d %H:%M}" if today is not None and at.year == today.year else f"{at:%Y-%m-%d %H:%M}"


EXPORT = ("entry", "at", "kind", "sentence", "subject", "hash", "previous")


def export_row(entry: TimelineEntry) -> tuple[object, ...]:
    """An entry as the cells of :data:`EXPORT`."""
    return entry.seq, entry.at, kind_of(entry), entry.title, entry.subject, entry.hash, entry.prev


def none_title(words: str, until: datetime | None) -> str:
    """Why nothing is listed."""
    if words:
        return f"No entry here has {one_line(words)} in it"
    return "Nothing of this group yet" if until is None else f"Nothing of this had happened by {sign.stamp(until)}"


def where(count: int, more: bool, words: str) -> str:
    """How many entries are listed; a ``+`` where older ones are still to come."""
    said = f"{count:,}+ entries" if more else plural(count, "entry", "entries")
    return f"{said} found" if words else said


def version_of(entry: TimelineEntry) -> str:
    """The digest of the version that an entry is about; empty where it is about none."""
    if entry.kind not in VERSION_KINDS:
        return ""
    found = entry.body.get("proposal") or entry.body.get("digest")
    return found if isinstance(found, str) else ""


def kind_of(entry: TimelineEntry) -> str:
    """The ledger's kind of an entry; ``norm`` for an overlay that is one."""
    return "norm" if entry.kind == "overlay" and entry.body.get("kind") == "norm" else entry.kind


def norm_of(entry: TimelineEntry) -> str:
    """The id of the overlay that a run-time norm is; empty where the entry is about none."""
    return entry.subject if kind_of(entry) == "norm" else ""


def case_of(entry: TimelineEntry) -> str:
    """The id of the case that an entry is about; empty where it is about none."""
    if entry.kind not in CASE_KINDS:
        return ""
    found = entry.body.get("case") or entry.body.get("id")
    return found if isinstance(found, str) else ""


def sign_of(entry: TimelineEntry) -> tuple[str, str]:
    """Glyph and role of an entry's kind; a rejection is a cross."""
    if entry.kind in ("vote", "case_vote") and entry.body.get("verdict") == "reject":
        return "✗", "deny"
    return SIGNS.get(kind_of(entry), ("·", "plain"))


def kind_words(kind: str) -> str:
    """A kind as people read it."""
    return one_line(kind.replace("_", " "))


NOT_ANCHORED = """All of it fits together; but nobody here has said which first version to trust, so that a whole other
record could stand in its place. Ask whoever founded the swarm for the first version's digest, then:"""
ANCHOR = "workbench verify PATH --genesis DIGEST"
_DIGEST = re.compile(r"\bsha256:(?=[0-9a-f]{64}\b)")


def verification(result: Verification, *, stopped: bool = False, width: int = 0) -> Content:
    """What a verification found, the verdict first. ``stopped``: a person ended it, so that it is no verdict.

    ``width``: cells; what is longer goes on in a line that stands under its words. 0: nothing is broken, to be copied.
    """
    floating = result.ok and not result.anchored
    verdict = (
        Content.styled("▲ stopped: this says nothing of the record", "$hold bold")
        if stopped and not result.ok
        else Content.styled("✓ verified, anchored in the genesis pin", "$ok bold")
        if result.ok and not floating
        else Content.styled("▲ consistent, NOT anchored", "$hold bold")
        if result.ok
        else Content.styled("✗ does not verify", "$deny bold")
    )
    message = re.sub(": consistent(, NOT| and) anchored", "", result.message) if result.ok else result.message
    advice = stack(text(" ".join(NOT_ANCHORED.split())), text(f"  {ANCHOR}", "$accent")) if floating else None
    return stack(verdict, text(message), advice, *(_checked(line, width) for line in result.lines))


def _checked(line: VerifyLine, width: int) -> Content:
    """A digest has a line to itself where it would be broken."""
    said = f"{visible(line.subject)}  {visible(_DIGEST.sub('sha256 ', line.message))}"
    room = max(width - 2, 8) if width else len(said) + 1
    pieces = textwrap.wrap(said, room, break_on_hyphens=False) or [""]
    words = Content("\n  ".join(pieces)).stylize("$ink bold", 0, len(visible(line.subject)))
    return Content.assemble(("✓ " if line.ok else "✗ ", "$ok" if line.ok else "$deny bold"), words)


def progress_line(done: int, total: int, width: int) -> Content:
    """How far a verification is."""
    if total <= 0:
        return Content.styled("checking the chain of versions …", "$muted")
    part = min(done / total, 1.0)
    return Content.assemble(
        *sign.bar(part, max(width, 4), "$primary"),
        (f"  {part:4.0%}", "$ink bold"),
        (f"  {done:,} of {plural(total, 'entry', 'entries')}", "$muted"),
    )


# ---- parts -----------------------------------------------------------------------------------------------------------


def _tab(name: str, current: bool) -> Content:
    shown = Content.styled(f" {name} ", CHOSEN_VIEW if current else "$muted")
    return shown.stylize(clickable(f"set_group('{name}')"))


def _brief(entry: TimelineEntry) -> str:
    """What an agent asks for; the procedure that holds it stands in the entry. Of other entries all of it."""
    asked, held, _ = entry.title.rpartition(": held by ") if entry.kind == "case" else ("", "", "")
    return asked if held else entry.title


def _number_cells(entries: Sequence[TimelineEntry]) -> int:
    """The cells of the largest number, and of what stands over it."""
    return max([len("entry"), *(len(f"{entry.seq:,}") for entry in entries)])


def _cells(
    entry: TimelineEntry, marked: bool, when: str, number: int, *, narrow: bool, brief: bool
) -> tuple[Cell, ...]:
    glyph, role = sign_of(entry)
    return (
        Cell(MARK if marked else " ", "accent"),
        Cell(when, "muted"),
        Cell(glyph if narrow else f"{glyph} {kind_words(kind_of(entry))}", role),
        Cell(
            one_line(_brief(entry) if brief else entry.title),
            "strong" if entry.kind in ("activation", "genesis") else "plain",
        ),
        Cell(f"{entry.seq:>{number},}", "muted"),
    )
