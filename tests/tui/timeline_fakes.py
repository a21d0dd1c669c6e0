"""A small workspace with a ledger: what the History screen needs, with the real one's methods and no store behind it.

Titles are made by the real sentences from bodies of the real form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.tui.draft_fakes import CEDAR, ENGLISH, NEW_DIGEST, NEW_RULE, SENTENCE, rules_of
from tests.tui.fakes import DIGEST, NOW, RULES, VERSION
from tests.tui.held_fakes import HeldWorkspace, held
from workbench.service.audit_views import Approval, DecidedUnder, Proof, Redecision, Why
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import OverlayView, RuleOrigin, TimelineEntry
from workbench.service.happenings import sentence, subject
from workbench.service.views import ProposalView, Verification, VerifyLine, VersionView

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'
FIRST = replace(VERSION, cedar_plus=CEDAR, english=ENGLISH)
SECOND = replace(
    VERSION,
    version="1.1.0",
    digest=NEW_DIGEST,
    parent_version="1.0.0",
    summary="Never share customer e-mail addresses with external services",
    cedar_plus=CEDAR + "\n" + NEW_RULE,
    english=ENGLISH + SENTENCE + "\n",
    created_at=NOW - timedelta(hours=2),
    effective_at=NOW - timedelta(hours=1, minutes=40),
)
NAMES = {DIGEST: "1.0.0", NEW_DIGEST: "1.1.0"}


def hash_of(seq: int) -> str:
    return hashlib.sha256(str(seq).encode()).hexdigest()


def entry(seq: int, kind: str, body: dict[str, Any]) -> TimelineEntry:
    """An entry as the service lists it; number 4,000 happened now. Of a case it tells what the case's row knows."""
    case = held(12)
    row = {"requester": case.requester, "action": case.action, "resource": case.resource, "amount": "640 EUR"}
    return TimelineEntry(
        seq=seq,
        at=NOW - timedelta(seconds=4 * (4000 - seq)),
        kind=kind,
        title=sentence(kind, (row if body.get("id") == case.id else {}) | body, NAMES),
        subject=subject(body),
        hash=hash_of(seq),
        body=body,
        prev=hash_of(seq - 1),
    )


def story() -> list[TimelineEntry]:
    """A day of a swarm, oldest first; the gaps are decisions."""
    case = {"id": held(12).id, "requester": 'Agent::"nora"', "action": 'Action::"issue_refund"',
            "procedure": "refund_above_500", "requirement": "refund_above_500"}  # fmt: skip
    vote = {"proposal": NEW_DIGEST, "vote": "77" * 32, "verdict": "approve", "key": "SHA256:Zk3"}
    return [
        entry(1, "genesis", {"swarm": "support-swarm-demo", "digest": DIGEST}),
        entry(2, "vote", {"proposal": DIGEST, "principal": ANA, "verdict": "approve", "vote": "11" * 32}),
        entry(3, "vote", {"proposal": DIGEST, "principal": SAM, "verdict": "approve", "vote": "22" * 32}),
        entry(4, "activation", {"version": "1.0.0", "digest": DIGEST, "previous_head": None}),
        entry(5, "directory", {"loaded": [f'Agent::"{name}"' for name in ("camille", "emil", "ines", "nora")],
                               "removed": []}),
        entry(6, "credential", {"event": "registered", "id": "k1", "principal": 'Agent::"viktor"', "kind": "key",
                                "label": "SHA256:V1k"}),
        entry(1204, "fact", {"attribute": "budget_remaining", "principal": "", "value": "2500"}),
        entry(1800, "proposal", {"proposal": NEW_DIGEST, "version": "1.1.0", "parent": DIGEST, "class": "major",
                                 "proposed_by": ANA}),
        entry(1831, "vote", {**vote, "principal": ANA, "role": "operator"}),
        entry(1902, "vote", {**vote, "principal": SAM, "role": "supervisor"}),
        entry(1903, "state", {"proposal": NEW_DIGEST, "version": "1.1.0", "state": "approved", "reason": ""}),
        entry(2001, "activation", {"version": "1.1.0", "digest": NEW_DIGEST, "previous_head": DIGEST}),
        entry(2500, "checkpoint", {"size": 2499, "root": "5c" * 32}),
        entry(3020, "case", {**case, "event": "opened"}),
        entry(3107, "case_vote", {"event": "approve", "id": case["id"], "verdict": "approve",
                                  "principal": 'Agent::"viktor"', "comment": "saw the receipt"}),
        entry(3108, "case", {**case, "event": "granted"}),
        entry(3210, "grant", {"event": "used", "id": case["id"], "procedure": "refund_above_500", "decision": 3210}),
        entry(3600, "overlay", {"event": "placed", "id": "st-91", "kind": "stop", "what": 'agent Agent::"nora"',
                                "seconds": 14400, "by": ANA, "why": "asks for forty refunds a minute"}),
        entry(3720, "redaction", {"event": "redacted", "id": "r1", "events": [3001, 3002], "by": SAM,
                                  "why": "asked by the customer"}),
        entry(3940, "overlay", {"event": "lifted", "id": "st-91", "kind": "stop", "what": 'agent Agent::"nora"',
                                "by": SAM, "why": "mended"}),
        entry(3990, "vote", {**vote, "principal": 'Operator::"ben"', "verdict": "reject", "role": "operator"}),
    ]  # fmt: skip


class FakeTimeline:
    """``ws.timeline`` over a list."""

    def __init__(self, workspace: AuditedWorkspace, entries: Sequence[TimelineEntry]) -> None:
        self.workspace = workspace
        self.entries = sorted(entries, key=lambda each: each.seq)

    def page(
        self,
        before: int | None = None,
        limit: int = 200,
        kinds: Sequence[str] = (),
        *,
        after: int = 0,
        words: str = "",
        only: Callable[[TimelineEntry], bool] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> tuple[TimelineEntry, ...]:
        self.workspace._called("page")
        wanted = words.casefold().split()
        found = [
            each
            for each in reversed(self.entries)
            if after < each.seq < (before or 2**62)
            and (not kinds or each.kind in kinds)
            and all(word in each.title.casefold() for word in wanted)
            and (only is None or only(each))
        ]
        return tuple(found[:limit])

    def last_by(self, at: datetime) -> int:
        """Number 4,000 happened now, and one every four seconds before; decisions are among them."""
        return max(4000 - max(-((at - NOW) // timedelta(seconds=4)), 0), 0)

    def decision_by(self, seq: int) -> int:
        return max((each for each in self.workspace.seqs if each <= seq), default=0)

    def origins(self, version: str) -> tuple[RuleOrigin, ...]:
        shown = self.workspace.version(version)
        return tuple(
            RuleOrigin(rule, "1.1.0" if rule.id == "never-share-email" else "1.0.0")
            for rule in rules_of(shown.cedar_plus)
        )


class FakeAudit:
    """``ws.audit``: goes on as long as ``steps`` last, and asks whether to stop before each."""

    def __init__(self, workspace: AuditedWorkspace) -> None:
        self.workspace = workspace
        self.steps = 3
        self.why: Callable[[int], Why] = lambda seq: why_of(workspace, seq)
        self.wait: Callable[[], object] = lambda: None
        self.stopped = False

    def verify(
        self,
        progress: Callable[[int, int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Verification:
        self.workspace._called("verify")
        for step in range(self.steps):
            assert progress is not None
            assert cancelled is not None
            progress(step * 1000, self.steps * 1000)
            self.wait()
            if cancelled():
                self.stopped = True
                return Verification(False, False, DIGEST, "stopped before the end; nothing is said of the rest", ())
        lines = (
            VerifyLine(True, "1.0.0", "digest, quorum and links are right"),
            VerifyLine(True, "ledger", "4,000 entries, each continuing the one before"),
        )
        return Verification(True, True, DIGEST, "2 versions, anchored in the genesis pin", lines)


class FakeOverlays:
    """``ws.overlays``."""

    def list(self, in_force: bool = True) -> tuple[OverlayView, ...]:
        lifted = OverlayView("st-91", "stop", "lifted", 'agent Agent::"nora"', "asks for forty refunds a minute", ANA,
                             NOW - timedelta(minutes=27), NOW + timedelta(hours=3))  # fmt: skip
        return () if in_force else (lifted,)


class AuditedWorkspace(HeldWorkspace):
    """A demo after a day."""

    def __init__(self, entries: Sequence[TimelineEntry] | None = None) -> None:
        super().__init__(held(12, state="used", used_by=3210), proposed=True)
        self.timeline = FakeTimeline(self, story() if entries is None else entries)
        self.audit = FakeAudit(self)
        self.overlays = FakeOverlays()

    def version(self, version: str | None = None) -> VersionView:
        found = next((each for each in (SECOND, FIRST) if version in (None, each.version, each.digest)), None)
        if found is None:
            raise WorkbenchError("no such version", f"there is no version `{version}`", "", "no_version")
        return found

    def versions(self) -> tuple[VersionView, ...]:
        return (FIRST, SECOND)

    def proposal(self, digest: str) -> ProposalView:
        found = next((each for each in self.listed if each.version.digest == digest), None)
        if found is None:
            raise WorkbenchError("no such proposal", f"there is no proposal `{digest}`", "", "no_proposal")
        return found


def audited() -> AuditedWorkspace:
    return AuditedWorkspace()


def why_of(workspace: AuditedWorkspace, seq: int) -> Why:
    """Why a decision of the fake feed came out, with a rule, signers, and a proof."""
    event = workspace.event(seq)
    credential = {"kind": "token", "principal": 'Agent::"nora"', "vouched_by": ANA}
    forbid = replace(event, rules=(RULES[0],), request={**event.request, "credential": credential})
    votes = tuple(
        Approval(who, role, "approve", "SHA256:Zk3", NOW - timedelta(hours=5), NOW - timedelta(hours=5), "read")
        for who, role in ((ANA, "operator"), (SAM, "supervisor"))
    )
    under = DecidedUnder("1.0.0", DIGEST, FIRST.summary, FIRST.effective_at, votes)
    proof = Proof(True, "the receipt is in the signed ledger", seq - 1, 4000, "5c" * 32, ("a" * 64,) * 12, NOW)
    return Why(forbid, under, Redecision("equal", "the same outcome, for the same rules"), (), (), (), proof)
