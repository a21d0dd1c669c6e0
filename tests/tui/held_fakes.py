"""A small workspace with cases: what the Cases screen needs, with the real one's methods and no store behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.tui.draft_fakes import PASSPHRASE, DraftWorkspace
from tests.tui.fakes import NOW
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import CaseView, CaseVoteView, Escalation, SignWith
from workbench.service.views import KeyView, RuleView, Seat, Status

NORA, EMIL = 'Agent::"nora"', 'Agent::"emil"'
VIKTOR, CAMILLE, RAVI = 'Agent::"viktor"', 'Agent::"camille"', 'Agent::"ravi"'
ENGLISH = (
    "A refund above 500 requires approval from a supervisor within 1 hour; "
    "if nobody answers, escalate to manual review."
)
MANUAL = "A refund above 2500 requires 2 approvals from leads within 1 day."
PROCEDURES = (
    RuleView(
        "refund_above_500",
        "b8" * 32,
        "procedure",
        "enforce",
        'procedure refund_above_500 {\n  on action == Action::"issue_refund"\n}',
        'Procedure "refund_above_500": to issue a refund when the request\'s amount is more than 500 requires 1 '
        'approval from someone for whom (the approver\'s role is "supervisor") within 1 hour; if nobody answers, '
        'escalate to "manual_review".',
        ENGLISH,
        89,
    ),
    RuleView(
        "manual_review",
        "c2" * 32,
        "procedure",
        "enforce",
        'procedure manual_review {\n  on action == Action::"issue_refund"\n}',
        'Procedure "manual_review": to issue a refund when the request\'s amount is more than 2500 requires 2 '
        'approvals from someone for whom (the approver\'s role is "lead") within 1 day; if nobody answers, deny it.',
        MANUAL,
        99,
    ),
)


def held(number: int, **changes: Any) -> CaseView:
    """An open case, opened ``number`` minutes ago."""
    opened = NOW - timedelta(minutes=number)
    case = CaseView(
        id=f"5be0c1{number:04x}{(number * 2654435761) % 2**24:06x}",
        procedure="refund_above_500",
        requirement="refund_above_500",
        state="open",
        requester=NORA,
        action='Action::"issue_refund"',
        resource=f'Ticket::"T-{48100 + number}"',
        context={"amount": 640, "currency": "EUR", "recipient": "lena@example.com", "customer_consented": True},
        english=ENGLISH,
        seats=(Seat("supervisor", (VIKTOR,), ""),),
        votes=(),
        escalations=(),
        opened_at=opened,
        deadline=opened + timedelta(hours=1),
        usable_from=None,
        usable_until=None,
        version="1.0.0",
        event=200 + number,
    )
    return replace(case, **changes)


def escalated() -> CaseView:
    """Nobody answered in time: two leads are asked, one has approved."""
    at = NOW - timedelta(minutes=20)
    return held(
        80,
        requester=EMIL,
        requirement="manual_review",
        english=MANUAL,
        seats=(Seat("lead", (CAMILLE, RAVI), CAMILLE), Seat("lead", (CAMILLE, RAVI), "")),
        votes=(
            CaseVoteView(VIKTOR, "approve", NOW - timedelta(minutes=25), "", 0, False, "the case was escalated since"),
            CaseVoteView(CAMILLE, "approve", NOW - timedelta(minutes=4), "saw the receipt", 1),
        ),
        escalations=(Escalation(at, "refund_above_500", "manual_review", "timeout"),),
        deadline=at + timedelta(days=1),
    )


class FakeCases:
    """``ws.cases``. A vote by the right passphrase fills the first seat that its person may fill."""

    def __init__(self, workspace: HeldWorkspace, cases: tuple[CaseView, ...]) -> None:
        self.workspace = workspace
        self.all = {case.id: case for case in cases}
        self.taken: list[tuple[str, str, SignWith, str]] = []
        self.keys = (
            KeyView("/demo/keys/demo-viktor", "SHA256:V1k", VIKTOR, "", True, True),
            KeyView("/demo/keys/demo-camille", "SHA256:C4m", CAMILLE, "", True, True),
            KeyView("", "SHA256:R4v", RAVI, "", False, False),
        )

    def list(self, open_only: bool = True, limit: int = 500) -> tuple[CaseView, ...]:
        self.workspace._called("cases")
        return tuple(case for case in self.all.values() if case.state == "open" or not open_only)[:limit]

    def get(self, id: str) -> CaseView:
        return self.all[id]

    def approver_keys(self) -> tuple[KeyView, ...]:
        return self.keys

    def vote(self, id: str, verdict: str, *, using: SignWith, comment: str = "") -> CaseView:
        self.workspace._called("case_vote")
        key = next(key for key in self.keys if (using.agent or using.key_path) in (key.fingerprint, key.path))
        if using.key_path and using.passphrase != PASSPHRASE:
            raise WorkbenchError(
                "the key cannot be opened", "the passphrase is wrong", "type it again", "wrong_passphrase"
            )
        self.taken.append((id, verdict, using, comment))
        case = self.all[id]
        vote = CaseVoteView(key.principal, "approve" if verdict == "approve" else "reject", NOW, comment)
        case = replace(case, votes=(*case.votes, vote))
        if verdict == "reject":
            case = replace(case, state="denied", reason=f"{key.principal} rejected it")
        else:
            seats = list(case.seats)
            free = next(n for n, seat in enumerate(seats) if not seat.filled_by and key.principal in seat.may_fill)
            seats[free] = replace(seats[free], filled_by=key.principal)
            case = replace(case, seats=tuple(seats))
            if all(seat.filled_by for seat in seats):
                case = replace(case, state="granted", usable_from=NOW, usable_until=NOW + timedelta(hours=1))
        self.all[id] = case
        return case


class HeldWorkspace(DraftWorkspace):
    """A demo whose refunds are held. ``seconds`` moves its clock."""

    def __init__(self, *cases: CaseView, proposed: bool = False) -> None:
        super().__init__(proposed=proposed)
        self.cases = FakeCases(self, cases)
        self.seconds = 0

    def rules(self, version: str | None = None) -> tuple[RuleView, ...]:
        return PROCEDURES

    def status(self) -> Status:
        return replace(super().status(), now=NOW + timedelta(seconds=self.seconds))


def busy() -> HeldWorkspace:
    """Four cases that wait, one that is granted, and four that are over."""
    return HeldWorkspace(
        held(12),
        held(57, requester=EMIL, resource='Ticket::"T-48390"'),
        held(3, context={"amount": 2900, "currency": "EUR", "note": "\x1b[31m[red]‮evil​"}),
        escalated(),
        held(30, state="granted", usable_from=NOW - timedelta(minutes=5), usable_until=NOW + timedelta(minutes=55),
             seats=(Seat("supervisor", (VIKTOR,), VIKTOR),)),
        held(300, state="used", used_by=441, seats=(Seat("supervisor", (VIKTOR,), VIKTOR),)),
        held(400, state="denied", reason="viktor rejected it"),
        held(500, state="expired", reason="nobody answered in time"),
        held(600, state="void", reason="version 1.1.0 changed the procedure"),
    )  # fmt: skip
