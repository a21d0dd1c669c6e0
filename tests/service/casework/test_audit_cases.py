"""What the audit says of cases: those that a decision opened or used, and what is left of them after a redaction."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import select

from tests.service.casework.swarm import Desk, order, uid
from workbench.service.governing_views import SignWith
from workbench.store.tables import case_votes
from workbench.store.tables import cases as case_table


def test_a_released_decision_names_the_case_that_released_it_and_comes_out_again(desk: Desk) -> None:
    id = desk.held()
    opened = desk.case(id).event
    desk.vote(id, "viktor", comment="seen")
    released = desk.ask()
    assert released.decision.outcome == "allow"
    why = desk.workspace.audit.why(opened)
    assert ([case.id for case in why.opened], why.used) == ([id], ())
    assert (why.redecision.status, why.redecision.outcome) == ("equal", "hold")
    why = desk.workspace.audit.why(released.seq)
    assert ([case.id for case in why.used], why.opened) == ([id], ())
    assert [(vote.principal, vote.comment) for vote in why.used[0].votes] == [(uid("viktor"), "seen")]
    assert (why.redecision.status, why.redecision.outcome) == ("equal", "allow")
    assert desk.workspace.verify().ok


def test_a_redacted_hold_takes_what_its_case_knew_along(desk: Desk) -> None:
    id = desk.held(resource="o-secret", entities=[order("o-secret", 5)])
    desk.vote(id, "viktor", comment="knows o-secret")
    event = desk.case(id).event
    ana = SignWith(str(desk.workspace.location / "keys" / "demo-ana"), desk.workspace.demo_passphrase())
    done = desk.workspace.audit.redact([event], why="asked to be forgotten", using=ana)
    assert (done.events, done.cases, done.overwritten) == ((event,), 1, True)
    case = desk.case(id)
    assert (case.state, case.redacted, case.resource) == ("void", True, "")
    with desk.workspace._session.read() as connection:
        kept = [tuple(row) for row in connection.execute(select(case_table)).all()]
        kept += [tuple(row) for row in connection.execute(select(case_votes)).all()]
    assert "o-secret" not in json.dumps(kept, default=str)
    assert files_with(desk.workspace.location, b"o-secret") == []
    assert all(line.ok for line in desk.workspace.verify().lines)


def files_with(folder: Path, text: bytes) -> list[str]:
    return [path.name for path in folder.glob("workspace.db*") if text in path.read_bytes()]
