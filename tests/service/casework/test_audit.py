"""The audit sees whatever was done to a case in the tables alone; a release believes no row that nobody voted for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from tests.service.casework.swarm import HOUR, Desk, uid
from workbench.store.tables import case_votes, cases


def changed(desk: Desk, id: str, detail: dict[str, Any] | None = None, **columns: Any) -> None:
    """Change a case's row behind everyone's back."""
    with desk.workspace._session.write() as connection:
        kept = json.loads(connection.execute(select(cases.c.detail).where(cases.c.id == id)).scalar_one())
        columns["detail"] = json.dumps(kept | (detail or {}))
        connection.execute(cases.update().where(cases.c.id == id).values(**columns))


def told(desk: Desk) -> str:
    """What the audit says of cases."""
    return next(line.message for line in desk.workspace.verify().lines if line.subject == "cases")


def test_a_whole_life_stands_as_the_ledger_has_it(desk: Desk) -> None:
    used, escalated, voided, rejected = desk.held(), desk.held(amount=900), desk.held("gift"), desk.held("pay", 800)
    desk.vote(used, "viktor")
    desk.ask()
    desk.vote(rejected, "vera", "reject")
    desk.amend(
        'require approval from principal\n}\n\n@id("watched")',
        'require 2 approvals from principal\n}\n\n@id("watched")',
    )
    desk.later(HOUR)
    assert [desk.case(id).state for id in (used, escalated, voided, rejected)] == ["used", "open", "void", "denied"]
    assert told(desk) == "4 opened, each standing as the ledger has it"
    assert desk.workspace.verify().ok


CHANGES: dict[str, dict[str, Any]] = {
    "state": {"state": "granted"},
    "stage": {"detail": {"stage": 1}},
    "deadline": {"detail": {"deadline": 2**51}},
    "requirement": {"requirement": "leads"},
    "procedure digest": {"procedure_digest": "0" * 64},
    "version": {"version_digest": "sha256:" + "0" * 64},
    "requester": {"requester": uid("nora")},
    "action": {"action": 'Action::"ship"'},
    "event": {"opened_seq": 1},
}


@pytest.mark.parametrize(("name", "change"), CHANGES.items(), ids=CHANGES.keys())
def test_what_was_changed_in_a_row_is_named(desk: Desk, name: str, change: dict[str, Any]) -> None:
    id = desk.held()
    changed(desk, id, **change)
    assert not desk.workspace.verify().ok
    assert told(desk).startswith(f"the case `{id}`: its {name} is not what entry ")


@pytest.mark.parametrize("name", ["usable_from", "usable_until", "seated", "used_by"])
def test_what_was_changed_in_a_grant_is_named(desk: Desk, name: str) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    desk.vote(id, "dora")
    if name == "used_by":
        desk.later(10 * 60)
        assert desk.ask("wire").decision.outcome == "allow"
    changed(desk, id, {name: [[uid("vera"), uid("dora")]] if name == "seated" else 1})
    assert name.replace("seated", "seats").replace("_", " ") in told(desk)


def test_a_case_that_is_gone_and_one_that_nobody_opened_are_named(desk: Desk) -> None:
    id, other = desk.held(), desk.held(amount=900)
    with desk.workspace._session.write() as connection:
        connection.execute(cases.delete().where(cases.c.id == id))
    assert told(desk).startswith(f"the case `{id}`, of which entry ")
    with desk.workspace._session.write() as connection:
        connection.execute(cases.update().where(cases.c.id == other).values(id="f" * 16))
    assert "no entry opened it" in told(desk)


def test_a_row_that_no_one_can_read_is_told_and_no_crash(desk: Desk) -> None:
    with desk.workspace._session.write() as connection:
        connection.execute(cases.update().values(detail="[]"))
    desk.held()
    with desk.workspace._session.write() as connection:
        connection.execute(cases.update().values(detail="[]"))
    assert "cannot be read" in told(desk)


@pytest.mark.parametrize("people", [[[uid("viktor")]], [[]], []])
def test_a_grant_written_into_the_table_releases_nothing(desk: Desk, people: list[Any]) -> None:
    id = desk.held()
    times = {"usable_from": 0, "usable_until": 2**51, "quorum_at": 0, "seated": people}
    changed(desk, id, times, state="granted", due=2**51)
    assert desk.ask().decision.outcome == "hold"
    assert desk.events("grant") == []


def test_one_voter_in_two_seats_releases_nothing(desk: Desk) -> None:
    id = desk.held("wire")
    desk.vote(id, "viktor")
    times = {"usable_from": 0, "usable_until": 2**51, "quorum_at": 0, "seated": [[uid("viktor"), uid("viktor")]]}
    changed(desk, id, times, state="granted", due=2**51)
    assert desk.ask("wire").decision.outcome == "hold"


@pytest.mark.parametrize("voter", ["viktor", "vera"], ids=["by key", "by token"])
def test_a_grant_whose_votes_were_rewritten_releases_nothing(desk: Desk, voter: str) -> None:
    id = desk.held()
    desk.vote(id, voter)
    with desk.workspace._session.write() as connection:
        text = connection.execute(select(case_votes.c.vote)).scalar_one()
        connection.execute(case_votes.update().values(vote=text.replace('"comment":""', '"comment":"!"')))
    assert desk.ask().decision.outcome == "hold"


def test_a_key_revoked_after_the_quorum_leaves_the_grant(desk: Desk) -> None:
    """The quorum was met by people who could; what is decided again at release is the request."""
    desk.vote(desk.held(), "viktor")
    key = next(view for view in desk.workspace.credentials.list() if view.principal == uid("viktor"))
    desk.workspace.credentials.revoke(key.id)
    assert desk.ask().decision.outcome == "allow"
