"""Deciding: the directory is believed and not the caller; everything is recorded; nothing fails open."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, FACTS, Ask, ticket
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.engine.values import EntityUid
from workbench.service.clock import FrozenClock
from workbench.service.deciding import MAX_SECONDS
from workbench.service.errors import WorkbenchError
from workbench.service.views import Credential
from workbench.service.workspace import Workspace


def test_an_allowed_action_is_recorded_with_its_evidence(workspace: Workspace, ask: Ask) -> None:
    recorded = ask(tags=("email",))
    event = workspace.event(recorded.seq)
    assert (recorded.decision.outcome, event.row.rule) == ("allow", "share-own-region")
    assert event.row.agent == "nora"
    assert event.receipt["hash"] == recorded.receipt_hash
    assert event.rules[0].english == "Agents may share tickets in their own region with external services."
    reads = {path: value for item in event.decision["evidence"] for path, value in item["reads"].items()}
    assert reads["principal.region"] == "de"
    assert event.version_digest == workspace.version().digest
    assert event.decision["evidence"][0]["sources"]["principal.region"] == "directory"
    assert event.decision["evidence"][0]["sources"]["resource.region"] == "caller"


LIES: dict[str, dict[str, Any]] = {
    "another principal than the credential's": {"credential": 'Agent::"lotte"'},
    "a credential that is no principal": {"credential": "nobody"},
    "itself, by describing the principal": {
        "entities": [ticket(), {"uid": {"type": "Agent", "id": "nora"}, "attrs": {"role": "lead"}, "parents": []}]
    },
    "an unknown entity of a type that acts": {
        "entities": [ticket(), {"uid": {"type": "Agent", "id": "ghost"}, "attrs": {}, "parents": []}]
    },
    "another team, which the directory knows": {
        "entities": [ticket(), {"uid": {"type": "Team", "id": "billing"}, "attrs": {}, "parents": []}]
    },
    "an action": {"entities": [ticket(), {"uid": {"type": "Action", "id": "reply"}, "attrs": {}, "parents": []}]},
    "what the server says": {"context": CONTEXT | {"hour": 9}},
    "what a meter says": {"context": CONTEXT | {"budget_remaining": 10**6}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_claim_that_is_not_the_callers_is_a_recorded_deny(
    workspace: Workspace, ask: Ask, lie: dict[str, Any]
) -> None:
    before = workspace.high_water()
    recorded = ask(**lie)
    assert (recorded.decision.outcome, recorded.decision.code) == ("deny", "refused_claim")
    assert workspace.high_water() == recorded.seq > before
    detail = workspace.event(recorded.seq)
    assert detail.decision["errors"][0]["message"]
    assert not detail.row.violation


class StallingClock(FrozenClock):
    """Every look at it takes a while."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def monotonic(self) -> float:
        self.advance(self.seconds)
        return super().monotonic()


@pytest.mark.parametrize(("seconds", "code"), [(MAX_SECONDS * 1.1, "deadline_exceeded"), (0.001, "allowed")])
def test_when_the_time_is_up_the_answer_is_a_recorded_deny(
    place: Path, ask: Ask, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, seconds: float, code: str
) -> None:
    """The same request is allowed while its rules are asked in time."""
    monkeypatch.setattr(workspace._session, "clock", StallingClock(seconds))
    recorded = ask(tags=("email",))
    assert recorded.decision.code == code
    event = workspace.event(recorded.seq)
    assert (event.row.outcome, event.row.code) == ("allow" if code == "allowed" else "deny", code)
    if code != "allowed":
        (error,) = event.decision["errors"]
        assert "ran out" in error["message"]


def test_what_was_claimed_is_kept_beside_the_credential(workspace: Workspace, ask: Ask) -> None:
    recorded = ask(credential='Agent::"lotte"')
    event = workspace.event(recorded.seq)
    assert event.row.agent == "lotte"
    assert event.request["principal"] == 'Agent::"nora"'
    assert event.request["credential"]["principal"] == 'Agent::"lotte"'


def test_facts_fill_what_the_caller_may_not_say(workspace: Workspace, ask: Ask) -> None:
    asked = datetime(2026, 3, 4, 14, 30, tzinfo=UTC)
    context = workspace.event(ask(at=asked).seq).request["context"]
    assert context == CONTEXT | FACTS | {"hour": 14, "weekday": "wednesday"}


def test_without_a_meter_the_request_is_invalid_and_not_evaluated(workspace: Workspace, ask: Ask) -> None:
    decision = ask(facts={}).decision
    assert (decision.outcome, decision.code) == ("deny", "invalid_request")


def test_a_fact_of_ones_own_comes_before_the_one_for_all(workspace: Workspace, ask: Ask) -> None:
    for name, value in FACTS.items():
        workspace.set_fact(name, value)
    workspace.set_fact("budget_remaining", 1, principal='Agent::"nora"')
    assert ask(facts={}).decision.reasons == ("budget",)
    assert ask(facts={}, agent="lotte").decision.outcome == "allow"


def test_the_directory_decides_who_is_a_lead(workspace: Workspace, ask: Ask) -> None:
    high = [ticket(priority="high", owner={"__entity": {"type": "Agent", "id": "lotte"}})]
    assert ask(action="close_ticket", entities=high).decision.reasons == ("close-high-priority",)
    nora = next(e for e in workspace.entities() if e["uid"]["id"] == "nora")
    workspace.load_entities([{**nora, "attrs": {**nora["attrs"], "role": "lead"}}])
    assert ask(action="close_ticket", entities=high).decision.outcome == "allow"
    assert workspace.remove_entities(['Agent::"nora"', 'Agent::"unknown"']) == 1
    assert ask(action="close_ticket", entities=high).decision.outcome == "deny"
    assert workspace.verify().lines[-1].ok


def test_entities_that_do_not_fit_change_nothing(workspace: Workspace) -> None:
    before = workspace.entities()
    with pytest.raises(WorkbenchError) as caught:
        workspace.load_entities([{"uid": {"type": "Agent", "id": "x"}, "attrs": {"role": 7}, "parents": []}])
    assert caught.value.code == "bad_entity"
    assert "Agent" in caught.value.detail
    assert workspace.entities() == before


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ({"entities": [ticket(region=5)]}, "invalid_entity"),
        ({"entities": [ticket(), ticket()]}, "invalid_entity"),
        ({"entities": [{"attrs": {}}]}, "invalid_entity"),
        ({"entities": "Ticket"}, "invalid_entity"),
        ({"action": "fly"}, "invalid_request"),
        ({"context": CONTEXT | {"note": "x"}}, "invalid_request"),
        ({"context": CONTEXT | {"amount": "much"}}, "invalid_request"),
        ({"context": CONTEXT | {"recipient": "x" * 300_000}}, "invalid_request"),
    ],
)
def test_what_does_not_fit_is_denied_and_recorded(
    workspace: Workspace, ask: Ask, broken: dict[str, Any], code: str
) -> None:
    recorded = ask(**broken)
    assert (recorded.decision.outcome, recorded.decision.code) == ("deny", code)
    assert workspace.event(recorded.seq).row.code == code


def test_text_that_no_column_takes_is_recorded_all_the_same(workspace: Workspace, ask: Ask) -> None:
    recorded = ask(
        resource=EntityUid("Ticket", "\0" + "y" * 2000),
        context={"amount": float("nan"), "x": object(), "\ud800": "\ud800"},
    )
    row = workspace.event(recorded.seq).row
    assert row.outcome == "deny"
    assert len(row.resource) <= 512
    assert workspace.verify().lines[-1].ok


def test_an_engine_that_breaks_is_a_recorded_deny(
    workspace: Workspace, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("engine")

    monkeypatch.setattr(Evaluator, "decide", explode)
    recorded = ask()
    assert (recorded.decision.outcome, recorded.decision.code) == ("deny", "evaluation_error")
    assert workspace.rows([recorded.seq])[0].violation


def test_a_version_changed_in_the_store_denies_everything(place: Path, clock: FrozenClock) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("UPDATE versions SET yaml = replace(yaml, 'tickets in their own region', 'all tickets')")
    raw.commit()
    raw.close()
    with Workspace.open(place, clock=clock) as workspace:
        request = Request('Agent::"nora"', 'Action::"reply"', 'Ticket::"T-1"', CONTEXT)
        recorded = workspace.decide(request, credential=Credential('Agent::"nora"'), entities=[ticket()], facts=FACTS)
        assert (recorded.decision.outcome, recorded.decision.code) == ("deny", "evaluation_error")
        assert "no longer has the digest" in recorded.decision.errors[0].message
        assert workspace.event(recorded.seq).row.violation
        with pytest.raises(WorkbenchError, match="changed in the store"):
            workspace.status()
        assert not workspace.verify().ok


def test_the_clock_may_go_back_but_the_ledger_does_not(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    first = ask()
    clock.set_back(3600)
    second = ask()
    times = [workspace.event(item.seq).receipt["recorded_at"] for item in (first, second)]
    assert times[0] <= times[1]
    assert workspace.verify().lines[-2].ok


def test_counts_rates_and_lists_agree(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    for tags in ((), ("email",), ()):
        ask(tags=tags)
        clock.advance(1)
    ask(context=CONTEXT | {"estimated_cost": 9000})
    ask(action="delete_ticket")
    status = workspace.status()
    assert status.outcomes == {"allow": 3, "deny": 2, "hold": 0}
    assert status.violations == len(workspace.event_ids("violations")) == len(workspace.violations()) == 1
    assert len(workspace.event_ids("all")) == 5
    buckets = workspace.rates(10, 1.0)
    assert [b.allow for b in buckets][-4:] == [1, 1, 1, 0]
    assert (buckets[-1].deny, buckets[-1].violations, len(buckets)) == (2, 1, 10)


def test_pages_by_key_join_to_the_whole(workspace: Workspace, ask: Ask) -> None:
    seqs = [ask().seq for _ in range(7)]
    found: list[int] = []
    after = 0
    while page := workspace.events(after, limit=3):
        found += [row.seq for row in page]
        after = page[-1].seq
    assert found == seqs == list(workspace.event_ids())
    assert [row.seq for row in workspace.events(seqs[1], before=seqs[5])] == seqs[2:5]
    assert [row.seq for row in workspace.last_events(2)] == seqs[-2:]
    assert [row.seq for row in workspace.rows([seqs[3], 10**9, seqs[0]])] == [seqs[3], seqs[0]]
    assert workspace.event_ids("allow", after=seqs[4]).tolist() == seqs[5:]
    assert workspace.event_ids().typecode == "q"


def test_the_audit_sees_a_changed_column_a_changed_payload_and_a_dropped_entry(
    workspace: Workspace, ask: Ask, place: Path
) -> None:
    seqs = [ask().seq for _ in range(3)]
    assert all(line.ok for line in workspace.verify().lines)

    def tampered(statement: str) -> str:
        raw = sqlite3.connect(place / "workspace.db", isolation_level=None)
        raw.execute("BEGIN")
        raw.execute(statement)
        raw.execute("COMMIT")
        raw.close()
        return next(line.message for line in workspace.verify().lines if not line.ok)

    assert str(seqs[1]) in tampered(f"UPDATE decisions SET outcome = 'deny' WHERE seq = {seqs[1]}")
    with pytest.raises(StopIteration):
        tampered(f"UPDATE decisions SET outcome = 'allow' WHERE seq = {seqs[1]}")
    assert "request" in tampered(f"UPDATE payloads SET request = x'7b7d' WHERE seq = {seqs[2]}")
    assert str(seqs[0]) in tampered(f"DELETE FROM ledger WHERE seq = {seqs[0]}")


def test_a_held_action_that_is_asked_again_after_the_hour_turned_is_one_case(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    def refund() -> tuple[str, ...]:
        recorded = ask(agent="jonas", action="issue_refund", context=CONTEXT | {"amount": 600})
        assert recorded.decision.outcome == "hold"
        return recorded.cases

    clock.advance(59 * 60 + 30)
    (case,) = refund()  # at 09:59:30
    clock.advance(50)
    assert clock.now().hour == 10
    assert refund() == (case,)
