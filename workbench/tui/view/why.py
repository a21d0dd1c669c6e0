"""Why a decision came out as it did, as an auditor reads it: who asked, what was decided, by which rules, under which
version and whose signatures, whether it comes out the same again, and the proof that it stands in the ledger. Pure.

Every string of the record is data: it passes ``view.plain``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.lexers import cedar
from workbench.tui.view import detail as event_view
from workbench.tui.view import sign
from workbench.tui.view.events import seen_at
from workbench.tui.view.plain import one_line
from workbench.tui.view.prose import code, label, outcome, plural, stack, text
from workbench.tui.view.spans import name_of

if TYPE_CHECKING:
    from workbench.service.audit_views import Approval, Proof, Redecision, Why
    from workbench.service.governing_views import CaseView, OverlayView
    from workbench.service.views import RuleView

_BY = {"token": "the token of", "operator": "an operator, for", "recording": "a recording of"}
_AGAIN = {"equal": ("✓ comes out the same", "$ok bold"), "differs": ("✗ COMES OUT OTHERWISE", "$deny bold")}


def title(found: Why) -> str:
    """The window's title."""
    row = found.event.row
    return f"Why #{row.seq:,} · {seen_at(row):%Y-%m-%d %H:%M:%S} UTC"


def why(found: Why, *, roomy: bool = False) -> Content:
    """All of it, the verdict first and the proof last."""
    return stack(
        _verdict(found),
        _asked(found),
        *(_rule(rule) for rule in found.event.rules),
        _no_rule(found),
        *(_overlay(each) for each in found.overlays),
        *_cases(found),
        _under(found),
        _again(found.redecision),
        _proof(found.proof, str(found.event.receipt.get("hash", "")), found.event.receipt.get("recorded_at")),
        gap=1 if roomy else 0,
    )


def _verdict(found: Why) -> Content:
    row = found.event.row
    glyph, role = outcome(row.outcome)
    return Content.assemble(
        (f"{glyph}  ", f"${role} bold"),
        text(event_view.CODES.get(row.code, row.code), "$ink bold"),
    )


def _asked(found: Why) -> Content:
    """Who asked for what; whose credential it was, and who vouched for what it said."""
    if found.erased is not None:
        gone = found.erased
        return stack(
            label("ASKED"),
            text(f"erased {sign.stamp(gone.at)} by {name_of(gone.by)}: {one_line(gone.why)}", "$sev-warning"),
        )
    request = found.event.request
    said = Content.assemble(
        text(event_view.uid_text(request.get("principal")), "$ink bold"),
        ("  ", ""),
        text(event_view.uid_text(request.get("action"))),
        ("  on  ", "$muted"),
        text(event_view.uid_text(request.get("resource"))),
    )
    context = request.get("context")
    fields = context.items() if isinstance(context, Mapping) else ()
    return stack(
        label("ASKED"),
        said,
        Content.assemble("  ", Content.styled(" · ", "$muted").join(_field(*field) for field in fields))
        if fields
        else None,
        *_credential(request.get("credential")),
    )


def _field(name: object, value: object) -> Content:
    return Content.assemble((f"{one_line(str(name))} ", "$muted"), text(event_view.shown_value(value)))


def _credential(credential: object) -> Iterator[Content]:
    if not isinstance(credential, Mapping):
        return
    kind, principal = (one_line(str(credential.get(name, ""))) for name in ("kind", "principal"))
    yield Content.assemble(("  by ", "$muted"), text(f"{_BY.get(kind, kind)} {principal or 'nobody'}".strip()))
    if vouched := credential.get("vouched_by"):
        yield Content.assemble(("  vouched for by ", "$muted"), text(str(vouched), "$hold bold"))


def _rule(rule: RuleView) -> Content:
    return stack(
        label("RULE"),
        Content.assemble((f"{rule.kind}  ", "$accent bold"), text(rule.id, "$ink bold")),
        text(f"“{rule.english}”", "$accent") if rule.english else None,
        text(rule.paraphrase) if rule.paraphrase and rule.paraphrase != rule.english else None,
        code(rule.cedar_plus.strip(), cedar.lex, "  "),
    )


def _no_rule(found: Why) -> Content | None:
    if found.event.rules or found.overlays:
        return None
    return stack(label("RULE"), text("none: nothing permits it" if found.event.row.code == "not_permitted" else "none"))


def _overlay(overlay: OverlayView) -> Content:
    return stack(
        label("OVERLAY"),
        text(f"{overlay.kind} {overlay.id}: {overlay.what}", "$ink bold"),
        Content.assemble(
            ("placed by ", "$muted"), text(name_of(overlay.placed_by)), ("  why: ", "$muted"), text(overlay.why)
        ),
    )


def _cases(found: Why) -> Iterator[Content]:
    for word, cases in (("OPENED THE CASE", found.opened), ("USED THE GRANT OF", found.used)):
        yield from (stack(label(word), *_case(case)) for case in cases)


def _case(case: CaseView) -> Iterator[Content]:
    yield Content.assemble(text(case.id[:12], "$ink bold"), (f"  {one_line(case.procedure)}, now {case.state}", "$ink"))
    for vote in case.votes:
        yield text(f"  {vote.verdict} by {name_of(vote.principal)} at {sign.stamp(vote.at)}", "$muted")


def _under(found: Why) -> Content:
    under = found.under
    since = f", in force since {sign.stamp(under.in_force_since)}" if under.in_force_since is not None else ""
    return stack(
        label("UNDER"),
        Content.assemble(text(under.version, "$ink bold"), (f"{since}  ", "$muted"), text(under.summary)),
        *(_approval(vote) for vote in under.approvals),
    )


def _approval(vote: Approval) -> Content:
    approve = vote.verdict == "approve"
    return Content.assemble(
        ("✓ approve " if approve else "✗ reject ", "$ok" if approve else "$deny bold"),
        text(name_of(vote.principal), "$ink bold"),
        (f" as {one_line(vote.role)}  {sign.stamp(vote.signed_at)}", "$muted"),
        (f"  {one_line(vote.fingerprint)[:19]}", "$muted"),
        (f"  “{one_line(vote.comment)}”" if vote.comment else "", "$ink"),
    )


def _again(again: Redecision) -> Content:
    said, style = _AGAIN.get(again.status, ("▲ cannot be decided again", "$sev-warning bold"))
    return stack(label("DECIDED AGAIN"), Content.assemble((f"{said}  ", style), text(again.message, "$muted")))


def _proof(proof: Proof, receipt: str, written: object) -> Content:
    said, style = ("✓ proved", "$ok bold") if proof.verified else ("✗ NOT PROVED", "$deny bold")
    lines = [
        Content.assemble((f"{said}  ", style), text(proof.message)),
        Content.assemble(("receipt ", "$muted"), text(receipt)),
    ]
    if isinstance(written, datetime):
        lines.append(Content.assemble(("written ", "$muted"), (sign.stamp(written), "$ink")))
    if proof.verified:
        signed = f", signed {sign.stamp(proof.signed_at)}" if proof.signed_at is not None else ""
        lines.append(Content.assemble(("root    ", "$muted"), text(proof.root)))
        steps = f"leaf {proof.index:,} of {proof.size:,}, {plural(len(proof.path), 'step')}{signed}"
        lines.append(Content.assemble(("path    ", "$muted"), (steps, "$ink")))
    return stack(label("PROOF"), *lines)
