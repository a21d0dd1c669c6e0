"""The audit in words: a verification line by line, and why a decision came out as it did."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.cli.deciding import TONE
from workbench.cli.judged import speech_lines
from workbench.cli.output import Printer, Tone, one_line, utc

if TYPE_CHECKING:
    from workbench.service.audit_views import DecidedUnder, Proof, Redecision, Why
    from workbench.service.views import RuleView, Verification

_AGAIN: Mapping[str, tuple[str, Tone]] = {
    "equal": ("equal", "good"),
    "differs": ("DIFFERS", "bad"),
    "not_replayable": ("not replayable", "wait"),
}
_BY = {"token": "the token of", "operator": "an operator, for", "recording": "a recording of"}


def print_verification(out: Printer, found: Verification) -> None:
    """What was checked, a line each, and the sum of it."""
    for line in found.lines:
        mark = out.styled("ok    ", "good") if line.ok else out.styled("BROKEN", "bad", "bold")
        out.line(f"{mark} {one_line(line.subject)}: {one_line(line.message)}")
    out.line(out.styled(one_line(found.message), "good" if found.ok and found.anchored else "bad"))


class Progress:
    """A line on stderr that counts up, on a terminal only."""

    def __init__(self) -> None:
        self._shown = -1
        self._on = sys.stderr.isatty() and os.environ.get("TERM", "") not in ("", "dumb")

    def __call__(self, done: int, total: int) -> None:
        percent = 100 * done // max(1, total)
        if self._on and percent != self._shown and total > 20_000:
            self._shown = percent
            end = "\r\x1b[K" if done >= total else ""
            sys.stderr.write(f"\r{done:,} of {total:,} entries ({percent} %){end}")
            sys.stderr.flush()


def print_why(out: Printer, found: Why) -> None:
    """Everything about one decision."""
    row = found.event.row
    outcome = out.styled(row.outcome, TONE[row.outcome], "bold")
    out.line(f"{row.seq}  {outcome}  {one_line(row.code)}  {utc(row.at)}")
    _print_asked(out, found)
    for rule in found.event.rules:
        _print_rule(out, rule)
    if not found.event.rules and not found.overlays:
        _row(out, "rule", "none: nothing permits it" if row.code == "not_permitted" else "none")
    _print_under(out, found.under)
    for overlay in found.overlays:
        _row(out, "overlay", f"{overlay.kind} {overlay.id} of {one_line(overlay.placed_by)}: {one_line(overlay.what)}")
        _row(out, "", f"why: {one_line(overlay.why)}")
    for word, cases in (("opened", found.opened), ("used", found.used)):
        for case in cases:
            _row(out, "case", f"{word} {case.id} ({one_line(case.procedure)}), now {case.state}")
            for vote in case.votes:
                _row(out, "", f"{vote.verdict} by {one_line(vote.principal)} at {utc(vote.at)}")
    _print_again(out, found.redecision)
    _print_proof(out, found.proof, str(found.event.receipt["hash"]))


def _row(out: Printer, label: str, text: str) -> None:
    """``text`` must be safe already."""
    out.line(f"  {label:<11} {text}")


def _print_asked(out: Printer, found: Why) -> None:
    if found.erased is not None:
        erased = found.erased
        _row(out, "asked", f"erased {utc(erased.at)} by {one_line(erased.by)}: {one_line(erased.why)}")
        return
    request = found.event.request
    _row(out, "asked", f"{one_line(str(request.get('principal')))}  {one_line(str(request.get('action')))}")
    _row(out, "", f"on {one_line(str(request.get('resource')))}")
    context = request.get("context")
    for name, value in context.items() if isinstance(context, Mapping) else ():
        told = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        _row(out, "", f"{one_line(str(name))} = {one_line(told)}")
    credential = request.get("credential")
    if isinstance(credential, Mapping):
        kind, owner = (one_line(str(credential.get(name, ""))) for name in ("kind", "principal"))
        _row(out, "by", f"{_BY.get(kind, kind)} {owner or 'nobody'}".strip())
        if vouched := credential.get("vouched_by"):
            _row(out, "", f"vouched for by {one_line(str(vouched))}")
    speech = found.event.decision.get("speech")
    for place, line in enumerate(speech_lines(out, speech) if isinstance(speech, Mapping) else ()):
        _row(out, "" if place else "said", line)


def _print_rule(out: Printer, rule: RuleView) -> None:
    said = one_line(rule.english or rule.paraphrase)
    _row(out, "rule", f"{out.styled(one_line(rule.id), 'bold')} ({rule.kind}): {said}")
    for line in rule.cedar_plus.strip().splitlines():
        _row(out, "", out.styled(one_line(line), "dim"))


def _print_under(out: Printer, under: DecidedUnder) -> None:
    since = utc(under.in_force_since)
    _row(out, "under", f"{one_line(under.version)}, in force since {since}: {one_line(under.summary)}")
    for vote in under.approvals:
        who = f"{one_line(vote.principal)} ({one_line(vote.role)})"
        _row(out, "", f"{vote.verdict} by {who}, received {utc(vote.received_at)}")


def _print_again(out: Printer, again: Redecision) -> None:
    word, tone = _AGAIN[again.status]
    _row(out, "again", f"{out.styled(word, tone)}: {one_line(again.message)}")


def _print_proof(out: Printer, proof: Proof, receipt: str) -> None:
    _row(out, "receipt", out.styled(receipt, "dim"))
    mark = out.styled("proved", "good") if proof.verified else out.styled("NOT PROVED", "bad", "bold")
    _row(out, "proof", f"{mark}: {one_line(proof.message)}")
    if proof.verified:
        told = f"root {proof.root}, {len(proof.path)} steps, signed {utc(proof.signed_at)}"
        _row(out, "", out.styled(told, "dim"))
