"""Every kind of entry that the workspace really writes is told in a sentence of its own; none by the plain fallback."""

from __future__ import annotations

from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask, ticket
from workbench.service.amounts import amount_of
from workbench.service.clock import FrozenClock
from workbench.service.governing_views import SignWith
from workbench.service.workspace import Workspace
from workbench.store import cases

NORA, VIKTOR = 'Agent::"nora"', 'Agent::"viktor"'
REFUND: dict[str, Any] = {
    "agent": "jonas",
    "action": "issue_refund",
    "context": CONTEXT | {"amount": 800},
    "entities": [ticket(category="billing")],
}


def by(workspace: Workspace, name: str) -> SignWith:
    return SignWith(key_path=str(workspace.location / "keys" / f"demo-{name}"), passphrase="demo-only")


def said(workspace: Workspace, since: int = 0) -> list[str]:
    """What has happened after the entry ``since``, oldest first."""
    return [entry.title for entry in reversed(workspace.timeline.page(after=since))]


def last(workspace: Workspace) -> int:
    return workspace.timeline.page(limit=1)[0].seq


def test_cases(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    since = last(workspace)
    (granted,) = ask(**REFUND).cases
    workspace.cases.vote(granted, "approve", using=by(workspace, "viktor"))
    assert ask(**REFUND).decision.outcome == "allow"
    (denied,) = ask(**REFUND | {"context": CONTEXT | {"amount": 900}}).cases
    workspace.cases.vote(denied, "reject", using=by(workspace, "viktor"))
    (waiting,) = ask(**REFUND | {"context": CONTEXT | {"amount": 1000}}).cases
    for _ in range(2):
        clock.advance(25 * 3600)
        workspace.tick()
    told = [line for line in said(workspace, since) if "signs the ledger" not in line]
    assert told[:5] == [
        "jonas asks for issue_refund on T-1, 800 EUR: held by refund_above_500",
        "viktor approves jonas's issue_refund on T-1, 800 EUR",
        "jonas may once do issue_refund on T-1, 800 EUR, says refund_above_500",
        "jonas uses the grant of issue_refund on T-1, 800 EUR",
        "jonas asks for issue_refund on T-1, 900 EUR: held by refund_above_500",
    ]
    assert told[5] == "viktor rejects jonas's issue_refund on T-1, 900 EUR"
    assert told[6].startswith("jonas may not do issue_refund on T-1, 900 EUR, says refund_above_500: ")
    waits = "jonas still waits for issue_refund on T-1, 1,000 EUR"
    assert told[8] == f"{waits}: escalated to manual_review: after a timeout"
    assert told[9].startswith("jonas got no answer in time on issue_refund on T-1, 1,000 EUR: ")
    assert len(told) == 10
    assert {case.id for case in workspace.cases.list(open_only=False)} == {granted, denied, waiting}


def test_of_an_erased_case_only_what_the_ledger_keeps_is_said(workspace: Workspace, ask: Ask) -> None:
    since = last(workspace)
    (case,) = ask(**REFUND).cases
    workspace.cases.vote(case, "approve", using=by(workspace, "viktor"))
    with workspace._session.write() as connection:
        cases.erase(connection, case)
    told = said(workspace, since)
    assert told[0] == "jonas asks for issue_refund: held by refund_above_500"
    assert told[1] == f"viktor approves case {case[:8]}"
    assert not any("T-1" in line or "800" in line for line in told)


@pytest.mark.parametrize(
    ("context", "amount"),
    [
        ({"to": "a", "sum": 1200, "currency": "EUR"}, "1,200 EUR"),
        ({"sum": {"__extn": {"fn": "decimal", "arg": "12.50"}}, "note": "a long note"}, "12.50"),
        ({"sum": 7, "currency": ""}, "7"),
        ({"paid": True, "to": "lena"}, ""),
        ({"sum": {"__extn": "no"}}, ""),
        ({}, ""),
    ],
)
def test_the_amount_is_the_first_number_with_the_unit_beside_it(context: dict[str, object], amount: str) -> None:
    assert amount_of(context) == amount


def test_overlays(workspace: Workspace) -> None:
    ana, sam = by(workspace, "ana"), by(workspace, "sam")
    since = last(workspace)
    stop = workspace.overlays.stop("agent", NORA, seconds=4 * 3600, why="forty a minute", using=ana)
    workspace.overlays.lift(stop.id, why="mended", using=[sam])
    workspace.overlays.stop("all", seconds=5400, why="until we know", using=ana)
    norm = workspace.overlays.norm(
        "Agents must never share customer email addresses with external services.", why="a leak", using=ana
    )
    workspace.overlays.lift(norm.id, why="in the draft now", using=[ana])
    assert said(workspace, since) == [
        "Agent nora is stopped for 4 h by ana: forty a minute",
        "The stop of Agent nora is lifted by sam: mended",
        "Every decision is stopped for 90 min by ana: until we know",
        "A norm acts, placed by ana: “Agents must never share customer email addresses with external services.”: "
        "a leak",
        "The norm “Agents must never share customer email addresses with external services.” is lifted by ana: "
        "in the draft now",
    ]


def test_who_is_believed(workspace: Workspace) -> None:
    since = last(workspace)
    token, _ = workspace.credentials.new_token(NORA, "laptop")
    workspace.credentials.suspend(token.id)
    workspace.credentials.resume(token.id)
    workspace.credentials.revoke(token.id)
    workspace.set_fact("budget_remaining", 12, principal=NORA)
    workspace.load_entities([{"uid": {"type": "Team", "id": "night"}, "attrs": {}, "parents": []}])
    workspace.remove_entities(['Team::"night"'])
    assert said(workspace, since) == [
        "nora gets a token (laptop)",
        "nora loses for now a token (laptop)",
        "nora gets back a token (laptop)",
        "nora loses for good a token (laptop)",
        "budget_remaining of nora is 12",
        "The directory learns of night",
        "The directory forgets night",
    ]


def test_the_clock(workspace: Workspace, clock: FrozenClock) -> None:
    since = last(workspace)
    clock.jump(3600)
    workspace.tick()
    workspace.acknowledging.acknowledge("clock", why="the battery", using=by(workspace, "ana"))
    told = [line for line in said(workspace, since) if "signs the ledger" not in line]
    assert told == [
        "The clock jumped ahead: timelocks stand still until a signer accepts it (1 h ahead)",
        "ana accepts the clock: the battery",
    ]


def test_keys_and_redactions(workspace: Workspace, ask: Ask) -> None:
    ana, sam = by(workspace, "ana"), by(workspace, "sam")
    seq = ask().seq
    since = last(workspace)
    print_of_ana = next(key.fingerprint for key in workspace.signing_keys() if key.principal == 'Operator::"ana"')
    workspace.audit.redact([seq], why="asked by the customer", using=sam)
    workspace.key_care.act("suspend", print_of_ana, why="left on a train", using=[ana, sam])
    assert said(workspace, since) == [
        "sam erases what 1 decision said: asked by the customer",
        "A key of ana does not count for now, say ana, sam: left on a train",
    ]
