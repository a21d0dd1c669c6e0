"""A norm that has gone into a version stays in force until no revert can take the version back at once."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Ask
from tests.service.test_amending import ANA, vote
from tests.service.test_overlays import NO_SHARE, _forge, entries, norm, refused, using
from workbench.service.clock import FrozenClock, micros
from workbench.service.governing_views import OverlayView
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.ledger import append, read_head, save_state

HOUR = 3_600
DAY = 24 * HOUR


@pytest.fixture
def said(workspace: Workspace, clock: FrozenClock, place: Path) -> OverlayView:
    """A norm which version 1.1.0, in force since this moment, says too."""
    placed = norm(workspace)
    workspace.overlays.promote([placed.id])
    proposal = workspace.propose("no addresses outside", proposer=ANA)
    carry(workspace, clock, proposal.version.digest)
    assert workspace.version().version == "1.1.0"
    return placed


def carry(workspace: Workspace, clock: FrozenClock, digest: str) -> None:
    """Both signers approve, and the timelock passes."""
    for name in ("ana", "sam"):
        if workspace.proposal(digest).state == "proposed":
            vote(workspace, workspace.proposal(digest), name)
    clock.advance(11)
    workspace.tick()


def ending(workspace: Workspace, overlay: OverlayView) -> str:
    return workspace.overlays.get(overlay.id).ending


def test_a_revert_of_the_version_leaves_the_norm_where_it_was(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, said: OverlayView
) -> None:
    clock.advance(71 * HOUR)
    workspace.tick()
    assert [view.id for view in workspace.overlays.list()] == [said.id]
    assert ask(tags=("email",)).decision.reasons == ("never-share-external-email",)
    carry(workspace, clock, workspace.amending.revert("that broke sharing", ANA))
    assert workspace.version().version == "1.2.0"
    assert "never-share-external-email" not in [rule.id for rule in workspace.rules()]
    assert ask(tags=("email",)).decision.reasons == (f"norm:{said.id}",)
    clock.advance(4 * DAY)
    assert ask(tags=("email",)).decision.reasons == (f"norm:{said.id}",)
    assert ask().decision.outcome == "allow"
    assert [e["event"] for e in entries(place)] == ["placed"]
    repealed = workspace.overlays.repeal(said.id, why="it was wrong", using=using(workspace, "ana"))
    assert repealed.ending == "lifted"
    assert ask(tags=("email",)).decision.outcome == "allow"
    assert workspace.verify().ok


def test_it_ends_by_itself_at_the_very_end_of_the_72_hours(
    workspace: Workspace, ask: Ask, clock: FrozenClock, said: OverlayView
) -> None:
    """A revert that is complete at the last millisecond comes into force at once, so only the next one is too late."""
    since = workspace.versions()[-1].effective_at
    assert since is not None
    clock.advance(since.timestamp() + 72 * HOUR - clock.now().timestamp())
    ask(tags=("email",))
    assert ending(workspace, said) == ""
    clock.advance(0.001)
    assert ask(tags=("email",)).decision.reasons == ("never-share-external-email",)  # the decision took the step
    assert ending(workspace, said) == "promoted"
    assert workspace.verify().ok


def test_a_later_version_does_not_begin_the_time_anew_and_one_that_drops_the_rule_ends_it(
    workspace: Workspace, ask: Ask, clock: FrozenClock, said: OverlayView
) -> None:
    clock.advance(2 * DAY)
    draft = workspace.draft()
    rule = NO_SHARE.replace("share_external", "delete_ticket")
    workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)
    carry(workspace, clock, workspace.propose("no deleting", proposer=ANA).version.digest)
    assert workspace.version().version == "1.2.0"
    clock.advance(DAY)
    workspace.tick()
    assert ending(workspace, said) == "promoted"  # going back from 1.2.0 leads to 1.1.0, which says it


def test_an_open_revert_keeps_it_until_it_is_decided(
    workspace: Workspace, ask: Ask, clock: FrozenClock, said: OverlayView
) -> None:
    clock.advance(2 * DAY)
    digest = workspace.amending.revert("that broke sharing", ANA)
    vote(workspace, workspace.proposal(digest), "ana")
    clock.advance(2 * DAY)
    ask(tags=("email",))
    assert ending(workspace, said) == ""
    vote(workspace, workspace.proposal(digest), "ana", verdict="reject")
    workspace.tick()
    assert ending(workspace, said) == "promoted"


def test_what_the_version_says_already_is_not_repealed_but_lifted(
    workspace: Workspace, ask: Ask, said: OverlayView
) -> None:
    with refused("signed_norm"):
        workspace.overlays.repeal(said.id, why="mended", using=using(workspace, "ana"))
    assert workspace.overlays.lift(said.id, why="redundant", using=[using(workspace, "ana")]).ending == "lifted"
    assert ask(tags=("email",)).decision.reasons == ("never-share-external-email",)


def _write(place: Path, kind: str, body: dict[str, Any], at: int) -> None:
    database = Database.open(place / "workspace.db")
    with database.write() as connection:
        head = read_head(connection)
        append(connection, head, kind=kind, at=at, body=body)
        head.next_due = 1
        head.generation += 1
        save_state(connection, head)
    database.close()


def test_time_written_into_the_ledger_ends_no_norm(
    workspace: Workspace, place: Path, clock: FrozenClock, said: OverlayView
) -> None:
    """Whoever can write to the database can make it late there; this process's own clock is asked as well."""
    _write(place, "key", {"event": "witnessed", "id": "x"}, micros(clock.now()) + 4 * DAY * 1_000_000)
    with sqlite3.connect(place / "workspace.db") as database:
        database.execute("update versions set effective_at = 1")
    workspace.tick()
    assert ending(workspace, said) == ""
    assert [e["event"] for e in entries(place)] == ["placed"]


@pytest.mark.parametrize("where", ["while it could be reverted", "after it was reverted"])
def test_an_end_written_into_the_ledger_too_early_or_too_late_is_not_believed(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, said: OverlayView, where: str
) -> None:
    body = {"event": "promoted", "id": said.id, "kind": "norm", "why": "1.1.0", "what": "x"}
    body["constitution"] = workspace.version().digest
    if where == "after it was reverted":
        carry(workspace, clock, workspace.amending.revert("that broke sharing", ANA))
        clock.advance(4 * DAY)
        ask()
    _forge(place, body)
    assert [view.id for view in workspace.overlays.list()] == [said.id]
    if where == "while it could be reverted":
        carry(workspace, clock, workspace.amending.revert("that broke sharing", ANA))
    assert ask(tags=("email",)).decision.reasons == (f"norm:{said.id}",)
    assert said.id in workspace.verify().message


def test_an_old_version_put_in_force_again_by_an_entry_alone_ends_nothing(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, said: OverlayView
) -> None:
    promoting = workspace.version().digest
    carry(workspace, clock, workspace.amending.revert("that broke sharing", ANA))
    clock.advance(4 * DAY)
    ask()
    with sqlite3.connect(place / "workspace.db") as database:
        found = database.execute("select body from ledger where kind = 'activation' order by seq").fetchall()
    bodies = [json.loads(body)["body"] for (body,) in found[:2]]
    assert bodies[1]["digest"] == promoting
    for again in (bodies[1], *bodies):  # the version alone, and the whole chain that led to it
        _write(place, "activation", again, micros(clock.now()))
    _forge(place, {"event": "promoted", "id": said.id, "kind": "norm", "what": "x", "constitution": promoting})
    assert [view.id for view in workspace.overlays.list()] == [said.id]
    with Workspace.open(place, clock=clock) as other:
        assert [view.id for view in other.overlays.list()] == [said.id]
