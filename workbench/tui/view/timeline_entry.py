"""An entry of the ledger in full, as History opens it: its sentence, what it is about today, its body and texts. Pure.

Beside ``view.timeline``, which lists entries. Titles and bodies are data and pass ``view.plain``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from textual.content import Content

from workbench.authoring.model_notes import told
from workbench.service.governing_views import CaseView, OverlayView, TimelineEntry
from workbench.service.norm_views import NormRevision, NormVersion, NormView
from workbench.service.views import ProposalView, SignerView, VersionView
from workbench.tui.hints import hinted
from workbench.tui.lexers import cedar, english
from workbench.tui.lexers import json as json_lexer
from workbench.tui.view import held, norms, sign
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, stack, text
from workbench.tui.view.review import CLASSES, changes
from workbench.tui.view.spans import name_of
from workbench.tui.view.timeline import case_of, kind_of, kind_words, sign_of, version_of

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


def model_lines(english: str, cedar_plus: str) -> list[Content]:
    """Which models had part in a text, as the text itself says."""
    return [Content.assemble(("with a model ", "$muted"), text(line, "$hold")) for line in told(english, cedar_plus)]


def signer_line(signer: SignerView) -> Content:
    """A vote on a version: whose, as what, with which key, when, and what was said."""
    approve = signer.verdict == "approve"
    return Content.assemble(
        ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
        text(name_of(signer.principal), "$ink bold"),
        (f" as {one_line(signer.role)}  {sign.stamp(signer.signed_at)}", "$muted"),
        (f"  {one_line(signer.fingerprint)[:19]}", "$muted"),
        ("" if signer.counted else f"  not counted: {one_line(signer.why_not)}", "$hold"),
        (f"  “{one_line(signer.comment)}”" if signer.comment else "", "$ink"),
    )


# ---- parts -----------------------------------------------------------------------------------------------------------


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
            ("placed by ", "$muted"), text(name_of(overlay.placed_by)), (f"  {sign.stamp(overlay.placed_at)}", "$muted")
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
