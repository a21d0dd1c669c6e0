"""``audit why``: rules, signers, the same decision again, what overlays did, the proof, and what it cannot say."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask, ticket
from tests.service.test_amending import key, vote, write_rule
from workbench.governance.proofs import verify_inclusion
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.workspace import Workspace

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'


def activate(workspace: Workspace, clock: FrozenClock) -> None:
    write_rule(workspace)
    proposal = workspace.propose("no addresses outside", proposer=ANA)
    vote(workspace, proposal, "ana", comment="seen")
    clock.advance(1)
    vote(workspace, proposal, "sam")
    clock.advance(10)
    workspace.tick()


def using(workspace: Workspace, name: str = "ana") -> SignWith:
    return SignWith(key_path=str(key(workspace, name)), passphrase=workspace.demo_passphrase())


def test_a_decision_says_its_rules_its_signers_and_proves_itself(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    activate(workspace, clock)
    recorded = ask(tags=("email",))
    why = workspace.audit.why(recorded.seq)
    assert [(rule.id, rule.english) for rule in why.event.rules] == [
        ("no-email-outside", "Agents must never share customer email addresses with external services.")
    ]
    assert "resource.tags.contains" in why.event.rules[0].cedar_plus
    assert (why.under.version, why.under.summary) == ("1.1.0", "no addresses outside")
    assert [(a.principal, a.verdict, a.comment) for a in why.under.approvals] == [
        (ANA, "approve", "seen"),
        (SAM, "approve", ""),
    ]
    first, second = why.under.approvals
    assert first.received_at is not None
    assert second.received_at == first.received_at + timedelta(seconds=1)
    assert why.under.in_force_since == second.received_at + timedelta(seconds=10)
    assert (why.redecision.status, why.redecision.code) == ("equal", "forbidden")
    assert (why.overlays, why.opened, why.used, why.erased) == ((), (), (), None)
    proof = why.proof
    assert proof.verified
    assert verify_inclusion(recorded.receipt_hash, recorded.seq - 1, proof.size, proof.path, proof.root)


def test_an_old_decision_is_decided_again_under_the_version_of_its_time(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    before = ask(tags=("email",)).seq
    activate(workspace, clock)
    after = ask(tags=("email",)).seq
    for seq, version, outcome in ((before, "1.0.0", "allow"), (after, "1.1.0", "deny")):
        why = workspace.audit.why(seq)
        assert (why.under.version, why.redecision.status, why.redecision.outcome) == (version, "equal", outcome)


@pytest.mark.parametrize(
    "request_",
    [
        {"action": "delete_ticket"},
        {"context": CONTEXT | {"estimated_cost": 9000}},
        {"action": "issue_refund", "context": CONTEXT | {"amount": 700}},
        {"action": "close_ticket"},
        {"facts": {}},
        {"action": "no_such_action"},
        {"resource": 'Ticket::"unknown"', "entities": []},
    ],
)
def test_every_kind_of_answer_comes_out_again(workspace: Workspace, ask: Ask, request_: dict[str, Any]) -> None:
    recorded = ask(**request_)
    redecision = workspace.audit.why(recorded.seq).redecision
    assert (redecision.status, redecision.code) == ("equal", recorded.decision.code)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"credential": 'Agent::"lotte"'}, "claimed what it may not"),
        ({"entities": [{"uid": {"type": "Ticket", "id": "T-1"}, "attrs": {"tags": 7}, "parents": []}]}, "did not fit"),
    ],
)
def test_what_no_rule_was_asked_about_cannot_come_out_again(
    workspace: Workspace, ask: Ask, request_: dict[str, Any], said: str
) -> None:
    redecision = workspace.audit.why(ask(**request_).seq).redecision
    assert redecision.status == "not_replayable"
    assert said in redecision.message


def test_a_changed_directory_is_told_and_not_taken_for_a_difference(workspace: Workspace, ask: Ask) -> None:
    """With the parts that were recorded it may still come out the same; the team that it hangs on was not recorded."""
    recorded = ask()
    assert workspace.audit.why(recorded.seq).redecision.status == "equal"
    nora = next(e for e in workspace.entities() if e["uid"]["id"] == "nora")
    workspace.load_entities([{**nora, "attrs": {**nora["attrs"], "region": "fr"}}])
    redecision = workspace.audit.why(recorded.seq).redecision
    assert redecision.status == "equal"  # nora as she was then is in the payload
    assert ask().decision.outcome == "deny"


def test_a_decision_that_was_not_what_the_rules_say_differs(workspace: Workspace, ask: Ask, place: Path) -> None:
    """A payload that was exchanged (which verify finds by its digest) does not give the recorded answer."""
    seq = ask(tags=("email",)).seq
    other = ask(context=CONTEXT | {"estimated_cost": 9000}).seq
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute(
        "UPDATE payloads SET request = (SELECT request FROM payloads WHERE seq = ?) WHERE seq = ?", (other, seq)
    )
    raw.commit()
    raw.close()
    redecision = workspace.audit.why(seq).redecision
    assert (redecision.status, redecision.outcome) == ("differs", "deny")
    assert "not allow" in redecision.message


def test_the_overlays_of_the_time_act_again_and_are_named(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    free = ask().seq
    stop = workspace.overlays.stop("agent", "nora", seconds=3600, why="odd", using=using(workspace))
    stopped = ask().seq
    workspace.overlays.lift(stop.id, why="mended", using=[using(workspace)])
    brake = workspace.overlays.brake(
        forbids='forbid (principal, action == Action::"share_external", resource);',
        why="a leak",
        using=[using(workspace)],
    )
    braked = ask().seq
    other = ask(action="delete_ticket").seq  # a brake stands, and has nothing to say
    workspace.overlays.lift(brake.id, why="mended", using=[using(workspace), using(workspace, "sam")])
    clock.advance(60)
    for seq, acted, code in (
        (free, (), "allowed"),
        (stopped, (stop.id,), "stopped"),
        (braked, (brake.id,), "forbidden"),
        (other, (), "not_permitted"),
        (ask().seq, (), "allowed"),
    ):
        why = workspace.audit.why(seq)
        assert (why.redecision.status, why.redecision.code) == ("equal", code), why.redecision
        assert tuple(view.id for view in why.overlays) == acted


def test_a_brake_that_takes_a_permit_away_does_so_again(workspace: Workspace, ask: Ask) -> None:
    brake = workspace.overlays.brake(without=("share-own-region",), why="a leak", using=[using(workspace)])
    recorded = ask()
    assert recorded.decision.code == "not_permitted"
    workspace.overlays.lift(brake.id, why="mended", using=[using(workspace), using(workspace, "sam")])
    why = workspace.audit.why(recorded.seq)
    assert (why.redecision.status, [view.id for view in why.overlays]) == ("equal", [brake.id])


def test_the_proof_is_of_the_newest_checkpoint_and_one_is_made_where_none_covers_it(
    workspace: Workspace, ask: Ask
) -> None:
    first = ask().seq
    proof = workspace.audit.why(first).proof
    assert (proof.verified, proof.size) == (True, first)
    for _ in range(3):
        ask()
    assert workspace.audit.why(first).proof.size == first  # that one still covers it
    newest = workspace._uses.checkpointing.make().size
    assert workspace.audit.why(first).proof.size == newest == first + 3


def test_a_rewritten_entry_has_no_proof(workspace: Workspace, ask: Ask, place: Path) -> None:
    seq = ask().seq
    workspace._uses.checkpointing.make()
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("UPDATE ledger SET hash = 'aa' || substr(hash, 3) WHERE seq = ?", (seq,))
    raw.commit()
    raw.close()
    proof = workspace.audit.why(seq).proof
    assert not proof.verified
    assert "NOT in the ledger" in proof.message


def test_without_the_ledger_key_it_says_why_there_is_no_proof(
    workspace: Workspace, ask: Ask, place: Path, clock: FrozenClock
) -> None:
    (place / "ledger.key").unlink()
    with Workspace.open(place, clock=clock) as opened:
        seq = ask().seq  # by the other, which stays open: closing it would cover the receipt by a checkpoint
        why = opened.audit.why(seq)
        assert not why.proof.verified
        assert "there is no proof" in why.proof.message
        assert why.redecision.status == "equal"


def test_by_agent_and_time(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    start = clock.now()
    seqs = []
    for agent in ("nora", "lotte", "nora", "nora"):
        clock.advance(10)
        seqs.append(ask(agent=agent).seq)
    at = start + timedelta(seconds=31)
    assert workspace.audit.find('Agent::"nora"', at, at) == (seqs[2], ())
    assert workspace.audit.find("nora", start, at + timedelta(minutes=1)) == (seqs[3], (seqs[0], seqs[2]))
    assert workspace.audit.find("lotte", at, at)[0] == seqs[1]
    for who, when in (("nora", start), ("nobody", at)):
        with pytest.raises(WorkbenchError) as caught:
            workspace.audit.find(who, when, when)
        assert caught.value.code == "no_event"


@pytest.mark.parametrize("seq", [0, -1, 1, 10**9])
def test_what_is_no_decision(workspace: Workspace, seq: int) -> None:
    with pytest.raises(WorkbenchError) as caught:
        workspace.audit.why(seq)
    assert caught.value.code == "no_event"


def test_entities_that_came_along_are_believed_again(workspace: Workspace, ask: Ask) -> None:
    high = [ticket(priority="high", owner={"__entity": {"type": "Agent", "id": "lotte"}})]
    recorded = ask(action="close_ticket", entities=high)
    assert recorded.decision.reasons == ("close-high-priority",)
    assert workspace.audit.why(recorded.seq).redecision.reasons == ("close-high-priority",)
