"""What the History screen says: the ledger's happenings as rows, one in full, and what a verification found. Pure.

Titles come from the service as plain sentences; they and every body are data and pass ``view.plain``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from textual.content import Content

from workbench.authoring.model_notes import told
from workbench.service.governing_views import CaseView, OverlayView, TimelineEntry
from workbench.service.norm_views import NormRevision, NormVersion, NormView
from workbench.service.views import ProposalView, SignerView, Verification, VersionView
from workbench.tui.hints import hinted
from workbench.tui.lexers import cedar, english
from workbench.tui.lexers import json as json_lexer
from workbench.tui.view import held, norms, sign
from workbench.tui.view.chrome import CHOSEN_VIEW, clickable
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, plural, stack, text
from workbench.tui.view.review import CLASSES, changes
from workbench.tui.view.spans import name_of
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
"""What ``f`` goes through: a name, and the kinds of entries (:func:`kind_of`) that it lists (none: every kind)."""

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
COLUMNS = (
    Column("", 1),
    Column("when (UTC)", 16),
    Column("what", 13),
    Column(""),
    Column("    entry", 9, drop_below=90),
)
MARK = "◉"
VERSION_KINDS = ("genesis", "proposal", "vote", "state", "activation", "shadow")
CASE_KINDS = ("case", "case_vote", "grant")
BODY_LINES = 400  # of a body's JSON; the rest is not drawn


@dataclass(frozen=True, slots=True)
class Around:
    """What an entry is about, as it stands today: at most one of these is there."""

    version: VersionView | None = None
    proposal: ProposalView | None = None
    case: CaseView | None = None
    overlay: OverlayView | None = None
    norm: NormView | None = None
    forms: tuple[NormVersion, ...] = ()  # of the norm's name, newest first
    taken: tuple[NormRevision, ...] = ()  # norms that a version took in, or out


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
        line = Content("").join([Content.styled(f" f {current} ", "$accent bold"), *found])
    return line


def rows(entries: Sequence[TimelineEntry], marked: Sequence[TimelineEntry] = ()) -> list[Row]:
    """Entries as rows; ``marked`` are those that a comparison is to take."""
    chosen = {entry.seq for entry in marked}
    return [Row(str(entry.seq), _cells(entry, entry.seq in chosen)) for entry in entries]


EXPORT = ("entry", "at", "kind", "sentence", "subject", "hash", "previous")


def export_row(entry: TimelineEntry) -> tuple[object, ...]:
    """An entry as the cells of :data:`EXPORT`."""
    return entry.seq, entry.at, kind_of(entry), entry.title, entry.subject, entry.hash, entry.prev


def none_title(words: str, until: datetime | None) -> str:
    """Why nothing is listed."""
    if words:
        return f"Nothing here is called {words}"
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


def detail(entry: TimelineEntry, around: Around | None, *, roomy: bool = False) -> Content:
    """An entry in full. ``around``: what it is about today, ``None`` until that has arrived."""
    glyph, role = sign_of(entry)
    about = around or Around()
    return stack(
        Content.assemble((f"{glyph} ", f"${_variable(role)} bold"), text(entry.title, "$ink bold")),
        Content.assemble(
            (kind_words(kind_of(entry)), f"${_variable(role)}"),
            (f"  entry {entry.seq:,} of the ledger  {sign.stamp(entry.at)}", "$muted"),
        ),
        _version(about.version, about.proposal),
        _case(about.case),
        _overlay(about.overlay),
        _norm(about),
        norms.taken(about.taken),
        stack(label("ENTRY"), _pair("hash", entry.hash), _pair("after", entry.prev)),
        stack(label("BODY"), _body(entry.body)),
        _texts(about),
        _next(entry, about),
        gap=1 if roomy else 0,
    )


def kind_words(kind: str) -> str:
    """A kind as people read it."""
    return one_line(kind.replace("_", " "))


def model_lines(english: str, cedar_plus: str) -> list[Content]:
    """Which models had part in a text, as the text itself says."""
    return [Content.assemble(("with a model ", "$muted"), text(line, "$hold")) for line in told(english, cedar_plus)]


def signer_line(signer: SignerView) -> Content:
    """A vote on a version: whose, as what, with which key, when, and what was said."""
    approve = signer.verdict == "approve"
    return Content.assemble(
        ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
        text(signer.principal, "$ink bold"),
        (f" as {one_line(signer.role)}  {sign.stamp(signer.signed_at)}", "$muted"),
        (f"  {one_line(signer.fingerprint)[:19]}", "$muted"),
        ("" if signer.counted else f"  not counted: {one_line(signer.why_not)}", "$hold"),
        (f"  “{one_line(signer.comment)}”" if signer.comment else "", "$ink"),
    )


def verification(result: Verification, *, stopped: bool = False) -> Content:
    """What a verification found, the verdict first. ``stopped``: a person ended it, so that it is no verdict."""
    verdict = (
        Content.styled("▲ stopped: this says nothing of the record", "$hold bold")
        if stopped and not result.ok
        else Content.styled("✓ verified, anchored in the genesis pin", "$ok bold")
        if result.ok and result.anchored
        else Content.styled("▲ consistent, NOT anchored", "$hold bold")
        if result.ok
        else Content.styled("✗ does not verify", "$deny bold")
    )
    lines = [
        Content.assemble(
            ("✓ " if line.ok else "✗ ", "$ok" if line.ok else "$deny bold"),
            text(f"{line.subject}  ", "$ink bold"),
            text(line.message),
        )
        for line in result.lines
    ]
    return stack(verdict, text(result.message), *lines)


def progress_line(done: int, total: int, width: int) -> Content:
    """How far a verification is."""
    if total <= 0:
        return Content.styled("checking the chain of versions …", "$muted")
    part = min(done / total, 1.0)
    return Content.assemble(
        (sign.bar(part, max(width, 4)), "$primary"),
        (f"  {part:4.0%}", "$ink bold"),
        (f"  {done:,} of {plural(total, 'entry', 'entries')}", "$muted"),
    )


# ---- parts -----------------------------------------------------------------------------------------------------------


def _tab(name: str, current: bool) -> Content:
    shown = Content.styled(f" {name} ", CHOSEN_VIEW if current else "$muted")
    return shown.stylize(clickable(f"set_group('{name}')"))


def _cells(entry: TimelineEntry, marked: bool) -> tuple[Cell, ...]:
    glyph, role = sign_of(entry)
    return (
        Cell(MARK if marked else " ", "accent"),
        Cell(f"{entry.at:%Y-%m-%d %H:%M}", "muted"),
        Cell(f"{glyph} {kind_words(kind_of(entry))}", role),
        Cell(one_line(entry.title), "strong" if entry.kind in ("activation", "genesis") else "plain"),
        Cell(f"{entry.seq:>9,}", "muted"),
    )


def _pair(name: str, value: str) -> Content:
    return Content.assemble((f"{name:7}", "$muted"), text(value))


def _version(version: VersionView | None, proposal: ProposalView | None) -> Content | None:
    shown = version or (proposal.version if proposal is not None else None)
    if shown is None:
        return None
    state = [f"  in force from {sign.stamp(shown.effective_at)}" if version and shown.effective_at else ""]
    if version is None and proposal is not None:
        state = [f"  {one_line(proposal.state)}"]
    return stack(
        label("VERSION"),
        Content.assemble(
            text(shown.version, "$ink bold"),
            "  ",
            (one_line(shown.amendment_class), CLASSES.get(shown.amendment_class, "$ink bold")),
            (" by ", "$muted"),
            text(name_of(shown.proposed_by)),
            (state[0], "$muted"),
        ),
        text(shown.summary),
        text(shown.digest, "$muted"),
        *model_lines(shown.english, shown.cedar_plus),
        label("SIGNED BY") if shown.signers else None,
        *(signer_line(signer) for signer in shown.signers),
        label("WHAT IT CHANGED") if proposal is not None else None,
        changes(proposal.review) if proposal is not None else None,
    )


def _case(case: CaseView | None) -> Content | None:
    if case is None:
        return None
    glyph, role, words = held.state(case)
    return stack(
        label("CASE TODAY"),
        Content.assemble(
            (f"{glyph} {case.state}", f"${_variable(role)} bold"),
            (f"  {one_line(case.reason) or words}", "$muted"),
        ),
        Content.assemble(
            text(name_of(case.requester), "$ink bold"), (" asked to ", "$muted"), text(held.asked(case), "$ink bold")
        ),
        text(f"“{one_line(case.english)}”", "$accent") if case.english else None,
    )


def _overlay(overlay: OverlayView | None) -> Content | None:
    if overlay is None:
        return None
    state = {
        "in_force": ("■", "deny", "in force"),
        "lifted": ("○", "muted", "lifted"),
        "expired": ("○", "muted", "over"),
    }
    glyph, role, word = state.get(overlay.state, ("?", "plain", one_line(overlay.state)))
    until = f" until {sign.stamp(overlay.expires_at)}" if overlay.expires_at is not None else ""
    return stack(
        label("OVERLAY TODAY"),
        Content.assemble(
            (f"{glyph} {word}", f"${_variable(role)} bold"),
            ("  ", ""),
            text(f"{overlay.kind}: {overlay.what}"),
            (until if overlay.state == "in_force" else "", "$muted"),
        ),
        Content.assemble(
            ("placed by ", "$muted"), text(overlay.placed_by), (f"  {sign.stamp(overlay.placed_at)}", "$muted")
        ),
        text(overlay.why),
        code(overlay.cedar_plus, cedar.lex, "  ") if overlay.cedar_plus else None,
    )


def _norm(about: Around) -> Content | None:
    if about.norm is None:
        return None
    return stack(label("NORM TODAY"), norms.detail(about.norm, roomy=False), norms.history(about.forms))


def _body(body: Mapping[str, object]) -> Content:
    lines = json.dumps(body, ensure_ascii=False, indent=2, sort_keys=True).split("\n")
    more = len(lines) - BODY_LINES
    shown = code("\n".join(lines[:BODY_LINES]), json_lexer.lex)
    return stack(shown, text(f"… {more:,} more lines", "$muted")) if more > 0 else shown


def _texts(about: Around) -> Content | None:
    """The texts of a version, last: they are long."""
    shown = about.version or (about.proposal.version if about.proposal is not None else None)
    if shown is None:
        return None
    return stack(
        label("ENGLISH"),
        code(shown.english, english.lex, "  ") if shown.english.strip() else text("  none", "$muted"),
        label("CEDAR+"),
        code(shown.cedar_plus, cedar.lex, "  "),
    )


def _next(entry: TimelineEntry, about: Around) -> Content | None:
    if about.version is not None:
        return text(
            hinted("r shows its rules with their English and who signed each, d compares it", "history"), "$accent"
        )
    if about.norm is not None:
        acts = ", x repeals it" if about.norm.state == "in_force" else ""
        return text(
            hinted(f"n opens the forms that it had, d compares this one with the one before{acts}", "history"),
            "$accent",
        )
    if version_of(entry):
        return text(hinted("s opens it in Sign, d compares it", "history"), "$accent")
    if case_of(entry):
        return text(hinted("s opens it in Cases", "history"), "$accent")
    return None


def _variable(role: str) -> str:
    return {"warning": "sev-warning", "error": "sev-error", "info": "sev-info", "plain": "ink"}.get(role, role)
