"""Attacks on rows by somebody who can write to the database and has no key: cases, their votes, credentials, the
directory. Each changes what would be read next, and asks what a decision, a voter and the audit then say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from tests.service.casework.conftest import Refused
from tests.service.casework.swarm import DAY, HOUR, Desk, agent, order, uid
from workbench.governance.credential_token import RANDOM_BYTES, token_credential_id, token_digest, token_of
from workbench.service.governing_views import SignWith
from workbench.store.ledger import append, read_head, save_state
from workbench.store.tables import case_votes, cases, credentials
from workbench.store.tables import directory as directory_table

AGES = 2**51


def write(desk: Desk, *statements: Any) -> None:
    """Change rows behind everyone's back."""
    with desk.workspace._session.write() as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def row(desk: Desk, id: str) -> dict[str, Any]:
    with desk.workspace._session.read() as connection:
        return dict(connection.execute(select(cases).where(cases.c.id == id)).one()._mapping)


def change(desk: Desk, id: str, more: dict[str, Any] | None = None, **columns: Any) -> None:
    """Change columns of a case's row; ``more``: fields of its detail."""
    if more is not None:
        columns["detail"] = json.dumps(json.loads(row(desk, id)["detail"]) | more)
    write(desk, cases.update().where(cases.c.id == id).values(**columns))


def put_back(desk: Desk, kept: dict[str, Any]) -> None:
    write(desk, cases.update().where(cases.c.id == kept["id"]).values(**kept))


def told(desk: Desk, subject: str) -> str:
    """What the audit finds wrong under a subject; empty for nothing."""
    return next("" if line.ok else line.message for line in desk.workspace.verify().lines if line.subject == subject)


# ---- what was asked --------------------------------------------------------------------------------------------------


def test_a_grant_moved_to_another_request_releases_nothing(desk: Desk) -> None:
    small, big = desk.held(amount=501), desk.held(amount=8_999)
    desk.vote(small, "viktor")
    kept = row(desk, small), row(desk, big)
    change(desk, big, case_key="parked")
    change(desk, small, case_key=kept[1]["case_key"])
    answer = desk.ask(amount=8_999)
    assert answer.decision.outcome == "hold"
    assert small not in answer.cases
    for each in kept:
        put_back(desk, each)
    assert desk.events("grant") == []
    assert desk.ask(amount=501).decision.outcome == "allow"  # what was approved still is


def test_a_grant_with_its_request_and_key_replaced_releases_nothing(desk: Desk) -> None:
    """Payload and key agree with each other; the votes are for another key."""
    small, big = desk.held(amount=501), desk.held(amount=8_999)
    desk.vote(small, "viktor")
    other = row(desk, big)
    change(desk, big, case_key="parked")
    change(desk, small, case_key=other["case_key"], payload=other["payload"])
    assert desk.ask(amount=8_999).decision.outcome == "hold"
    assert told(desk, "cases")


@pytest.mark.parametrize("column", ["payload", "case_key"])
def test_nobody_is_shown_or_asked_for_another_request_than_was_held(desk: Desk, refused: Refused, column: str) -> None:
    big = desk.held(amount=7_777)
    text = {"payload": row(desk, big)["payload"].replace("7777", "501"), "case_key": row(desk, desk.held())["case_key"]}
    change(desk, big, **{column: text[column]})
    shown = next(case for case in desk.workspace.cases.list() if case.id == big)
    assert (shown.changed, shown.seats, dict(shown.context)) == (True, (), {})
    assert "what was asked is not what its key says" in shown.reason
    for name in ("viktor", "vera"):  # by key, by token
        with refused("case_changed"):
            desk.vote(big, name)
    with refused("case_changed"):
        desk.case(big)
    assert big in told(desk, "cases")


def test_what_came_with_a_request_cannot_be_made_smaller_for_a_seat_s_condition(desk: Desk, refused: Refused) -> None:
    id = desk.held("wire", 650, resource="new", entities=[order("new", 9_000)])
    change(desk, id, payload=row(desk, id)["payload"].replace("9000", "10"))
    with refused("case_changed"):
        desk.vote(id, "viktor")
    assert id in told(desk, "cases")


def test_a_case_outlives_that_the_directory_learns_of_its_resource(desk: Desk) -> None:
    """The key that is computed now would be another; the one under which it was held is what counts."""
    id = desk.held("wire", 650, resource="new", entities=[order("new", 100)])
    desk.workspace.load_entities([order("new", 100)])
    desk.vote(id, "viktor")
    assert desk.vote(id, "vera").state == "granted"
    assert told(desk, "cases") == ""


# ---- states and times ------------------------------------------------------------------------------------------------


def test_a_used_grant_marked_granted_again_releases_nothing(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    assert desk.ask().decision.outcome == "allow"
    kept = row(desk, id)
    change(desk, id, {"used_by": None}, state="granted")
    again = desk.ask()
    assert again.decision.outcome == "hold"
    assert id not in again.cases  # a new case, which people can answer
    put_back(desk, kept)
    assert desk.events("grant") == [("used", id)]
    assert told(desk, "cases") == ""


def test_a_timelock_moved_in_the_row_ends_no_sooner(desk: Desk) -> None:
    id = desk.held("wire", 700)
    desk.vote(id, "viktor")
    desk.vote(id, "vera")
    kept = row(desk, id)
    change(desk, id, {"usable_from": 0})
    assert desk.ask("wire", 700).decision.outcome == "hold"
    put_back(desk, kept)
    desk.later(10 * 60)
    assert desk.ask("wire", 700).decision.outcome == "allow"


def test_a_grant_whose_end_was_moved_ends_as_told(desk: Desk) -> None:
    id = desk.held("gift")
    desk.vote(id, "vera")
    change(desk, id, {"usable_until": AGES}, due=AGES)
    desk.later(2 * DAY)
    assert desk.ask("gift").decision.outcome == "hold"


@pytest.mark.parametrize("due", [None, AGES])
def test_a_case_whose_due_time_was_taken_away_runs_out_all_the_same(desk: Desk, due: int | None) -> None:
    id = desk.held("gift")
    change(desk, id, due=due)
    assert "due time" in told(desk, "cases")
    desk.later(DAY + 1)
    assert desk.case(id).state == "expired"
    assert told(desk, "cases") == ""


@pytest.mark.parametrize(
    ("columns", "words"),
    [({"resource": 'Order::"zz"'}, "what was asked is not what its row names"), ({"opened_at": 1}, "its opening time")],
)
def test_columns_that_only_the_eye_sees_are_audited(desk: Desk, columns: dict[str, Any], words: str) -> None:
    id = desk.held()
    change(desk, id, **columns)
    assert words in told(desk, "cases")


def test_a_rejection_taken_out_does_not_open_a_case_again(desk: Desk, refused: Refused) -> None:
    id = desk.held("gift")
    desk.vote(id, "ravi", "reject")
    write(desk, case_votes.delete().where(case_votes.c.case_id == id))
    change(desk, id, {"reason": ""}, state="open", due=AGES)
    with refused("case_changed"):
        desk.vote(id, "vera")
    assert desk.ask("gift").decision.outcome == "hold"


def test_who_rejected_before_an_escalation_stays_barred_without_the_row(desk: Desk, refused: Refused) -> None:
    desk.workspace.load_entities([agent("viktor", "supervisor", 1), agent("camille", "lead", 500)])
    id = desk.held()
    desk.vote(id, "viktor", "reject")
    write(desk, case_votes.delete().where(case_votes.c.case_id == id))
    desk.workspace.load_entities([agent("viktor", "lead", 1)])
    with refused("rejected_before"):
        desk.vote(id, "viktor")
    assert desk.vote(id, "camille").state == "open"


def test_a_grant_hidden_from_a_stop_is_void_all_the_same(desk: Desk) -> None:
    id = desk.held("gift")
    desk.vote(id, "vera")
    kept = row(desk, id)
    change(desk, id, state="hidden")
    ana = SignWith(str(desk.workspace.location / "keys" / "demo-ana"), desk.workspace.demo_passphrase())
    desk.workspace.overlays.stop("all", seconds=60, why="look", using=ana)
    put_back(desk, kept)
    desk.later(61)
    assert desk.ask("gift").decision.outcome == "hold"
    assert desk.events("case")[-2:-1] == [("void", id)]


# ---- entries that continue the chain as they should ------------------------------------------------------------------


def enter(desk: Desk, kind: str, body: dict[str, Any]) -> None:
    with desk.workspace._session.write() as connection:
        head = read_head(connection)
        append(connection, head, kind=kind, at=desk.workspace._session.now(head), body=body)


@pytest.mark.parametrize("when", ["a second time", "before its time", "before anyone approved"])
def test_the_audit_refuses_a_use_that_no_case_takes(desk: Desk, when: str) -> None:
    """As if a process had believed a row that was put back since."""
    id = desk.held("wire")
    if when != "before anyone approved":
        desk.vote(id, "viktor")
        desk.vote(id, "vera")
    if when == "a second time":
        desk.later(10 * 60)
        assert desk.ask("wire").decision.outcome == "allow"
    enter(desk, "grant", {"event": "used", "id": id, "procedure": "wires", "decision": 1})
    words = {"a second time": "when it was used", "before its time": "outside its time"}
    assert words.get(when, "when it was open") in told(desk, "cases")


def test_an_entry_that_opens_a_used_case_again_releases_nothing(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    page = desk.workspace.timeline.page(limit=100, kinds=["case"])
    bodies = {str(entry.body["event"]): dict(entry.body) for entry in page}
    assert desk.ask().decision.outcome == "allow"
    for event in ("opened", "granted"):
        enter(desk, "case", bodies[event])
    change(desk, id, {"used_by": None}, state="granted")
    assert id not in desk.ask().cases
    assert "opened again" in told(desk, "cases") or "granted when it was used" in told(desk, "cases")


# ---- who is believed -------------------------------------------------------------------------------------------------


def test_a_token_written_into_the_table_proves_nobody(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    token = token_of(b"x" * RANDOM_BYTES)
    digest = token_digest(token)
    forged = {"id": token_credential_id(digest), "principal": uid("viktor"), "kind": "token", "value": digest}
    write(desk, credentials.insert().values(**forged, label="evil", state="active", created_at=1))
    with refused("bad_token"):
        desk.workspace.cases.vote_with_token(id, "approve", token)
    with refused("bad_token"):
        desk.workspace.credentials.credential_of(token)
    assert desk.events("case_vote") == []


def test_a_token_moved_to_another_principal_proves_nobody(desk: Desk, refused: Refused) -> None:
    write(desk, credentials.update().where(credentials.c.principal == uid("nora")).values(principal=uid("vera")))
    with refused("bad_token"):
        desk.workspace.credentials.credential_of(desk.tokens["nora"])


@pytest.mark.parametrize(("act", "code"), [("suspend", "token_suspended"), ("revoke", "token_revoked")])
def test_a_token_set_active_again_in_the_row_stays_what_it_was(
    desk: Desk, refused: Refused, act: str, code: str
) -> None:
    id = desk.held()
    view = next(view for view in desk.workspace.credentials.list() if view.principal == uid("vera"))
    getattr(desk.workspace.credentials, act)(view.id)
    write(desk, credentials.update().where(credentials.c.id == view.id).values(state="active"))
    with refused(code):
        desk.vote(id, "vera")


def test_a_key_set_active_again_in_the_row_stays_revoked(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    view = next(view for view in desk.workspace.credentials.list() if view.principal == uid("viktor"))
    desk.workspace.credentials.revoke(view.id)
    write(desk, credentials.update().where(credentials.c.id == view.id).values(state="active"))
    with refused("credential_revoked"):
        desk.vote(id, "viktor")


def test_the_audit_names_a_vote_by_what_proved_nobody_then(desk: Desk) -> None:
    """Even where the row that made it believed was taken out again."""
    id = desk.held()
    made = {
        "verdict": "approve",
        "principal": uid("viktor"),
        "credential": "token-forged",
        "stage": 0,
        "vote": "0" * 64,
    }
    enter(desk, "case_vote", {"event": "approve", "id": id, **made})
    assert "proved nobody" in told(desk, "approvers")


def test_the_audit_names_a_vote_by_a_credential_that_had_ended(desk: Desk) -> None:
    id = desk.held()
    view = next(view for view in desk.workspace.credentials.list() if view.principal == uid("vera"))
    desk.workspace.credentials.suspend(view.id)
    made = {"verdict": "approve", "principal": uid("vera"), "credential": view.id, "stage": 0, "vote": "0" * 64}
    enter(desk, "case_vote", {"event": "approve", "id": id, **made})
    desk.workspace.credentials.resume(view.id)
    assert "proved nobody" in told(desk, "approvers")


def test_a_directory_that_was_changed_in_its_table_decides_nothing(desk: Desk, refused: Refused) -> None:
    id = desk.held()
    where = directory_table.c.id == "nora"
    with desk.workspace._session.write() as connection:
        kept = connection.execute(select(directory_table.c.entity).where(where)).scalar_one()
    for text, outcome in ((kept.replace('"agent"', '"supervisor"'), "deny"), (kept, "hold")):
        with desk.workspace._session.write() as connection:
            connection.execute(directory_table.update().where(where).values(entity=text))
            head = read_head(connection)
            head.generation += 1
            save_state(connection, head)
        decision = desk.ask().decision
        assert decision.outcome == outcome
        if outcome == "deny":
            assert decision.code == "evaluation_error"
            assert "`workbench audit verify`" in decision.errors[0].message
            with refused("directory_changed"):
                desk.vote(id, "nora")
            with refused("directory_changed"):  # or a later entry would vouch for what nobody entered
                desk.workspace.load_entities([agent("zoe", "lead", 1)])
            with refused("directory_changed"):
                desk.workspace.remove_entities([uid("vera")])
    assert desk.vote(id, "vera").state == "granted"


# ---- rows that are none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("damage", [{"detail": "{"}, {"detail": "[]"}, {"payload": "no"}, {"version_digest": "x"}])
def test_a_damaged_row_holds_up_no_other_case_and_no_decision(desk: Desk, damage: dict[str, Any]) -> None:
    bad, good = desk.held("gift", 6), desk.held("gift", 7)
    change(desk, bad, **damage)
    fresh = desk.ask("gift", 6)
    assert fresh.decision.outcome == "hold"
    assert bad not in fresh.cases
    desk.later(DAY + 1)
    assert desk.case(good).state == "expired"
    assert desk.ask("gift", 8).decision.outcome == "hold"
    listed = {case.id: case for case in desk.workspace.cases.list()}
    assert listed[bad].changed
    assert listed[bad].reason
    assert told(desk, "cases")


def test_settling_comes_to_rest_beside_a_damaged_row(desk: Desk) -> None:
    """What cannot be moved is not due again and again."""
    bad = desk.held("gift", 6)
    change(desk, bad, detail="{")
    desk.later(DAY + 1)
    session = desk.workspace._session
    assert not session.is_due(session.head())


def test_a_change_of_another_law_holds_up_nothing_either(desk: Desk) -> None:
    bad, good = desk.held("gift", 6), desk.held("gift", 7)
    change(desk, bad, detail="{")
    desk.amend("context.amount > 9000 ||", "context.amount > 8000 ||")
    assert desk.vote(good, "vera").state == "granted"
    assert desk.ask("gift", 7).decision.outcome == "allow"


def test_the_memory_of_what_was_told_follows_a_transaction_that_was_undone(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    session = desk.workspace._session

    def tried() -> None:
        with session.write() as connection:
            head = read_head(connection)
            now = session.now(head)
            assert desk.workspace.cases.void_for_stop(connection, head, now, lambda who, what: True, "a trial") == 1
            desk.workspace.cases.settle(connection, head, now)
            raise LookupError

    with pytest.raises(LookupError):
        tried()
    assert desk.ask().decision.outcome == "allow"


def test_a_case_that_went_on_for_an_hour_is_whole(desk: Desk) -> None:
    """The control: an escalation by time, a vote, a use; nothing is refused, nothing is found."""
    id = desk.held()
    desk.later(HOUR)
    desk.vote(id, "camille")
    desk.vote(id, "lara")
    assert desk.ask().cases == (id,)
    assert [told(desk, subject) for subject in ("cases", "approvers")] == ["", ""]
