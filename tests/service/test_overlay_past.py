"""Entries about overlays are held against the time they were written in: who was a signer then, and with which keys.

The attacker can write to the database, and has the key of somebody who was a signer once, or whose key was taken away.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.conftest import complaints
from tests.service.teams import TEAM, key, refused, team, votes, who
from workbench.governance.artifact import load_yaml
from workbench.governance.keys import load_private
from workbench.governance.overlay import Statement, lifting
from workbench.governance.overlay_signing import signed, to_envelope
from workbench.service.clock import FrozenClock, micros
from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.holding import KeysThen, said_of_keys
from workbench.service.past import Past
from workbench.service.workspace import Workspace
from workbench.store import overlays as store
from workbench.store.ledger import append, read_head, save_state
from workbench.store.timeline import happenings

DAY = 86_400
FIVE = (*TEAM, ("eve", "supervisor"))


@pytest.fixture
def ours(tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    with team(tmp_path, clock, FIVE) as workspace:
        yield workspace


def opened(folder: Path, name: str) -> Any:
    return load_private(key(folder, name).read_bytes(), None)


def using(folder: Path, name: str) -> SignWith:
    return SignWith(str(key(folder, name)))


def stop(workspace: Workspace, folder: Path) -> OverlayView:
    return workspace.overlays.stop("all", seconds=7 * DAY, why="odd refunds", using=using(folder, "ana"))


def without_eve(workspace: Workspace, folder: Path, clock: FrozenClock) -> None:
    """Four of five take the fifth out of the roster."""
    text = (workspace.location / "versions" / f"{workspace.version().version}.yaml").read_text()
    roster = [each for each in load_yaml(text).content.roster if each.principal != who("eve")]
    digest = workspace.amending.propose_roster(roster, "eve leaves", who("ana"))
    votes(workspace, folder, digest, "ana", "bob", "sam", "sue")
    clock.advance(3 * DAY)
    workspace.tick()


def write_lifting(workspace: Workspace, folder: Path, statement: Statement, name: str, *, row: bool = True) -> None:
    """The entry that the store would write, and the row, without anyone being asked."""
    found = signed(statement, [opened(folder, name)])
    body = {"event": "lifted", "id": statement.id, "kind": "stop", "what": "every decision", "why": statement.why}
    body |= {"by": who(name), "signers": [who(name)], "statement": statement.statement()}
    body["signatures"] = [each.plain() for each in found.signatures]
    session = workspace._session
    with session.write() as connection:
        head = read_head(connection)
        receipt = append(connection, head, kind="overlay", at=session.now(head), body=body)
        detail = {"entry": 1, "ended": receipt.seq, "by": [who(name)], "why": statement.why}
        store.move(connection, statement.id, {"state": "lifted", "detail": json.dumps(detail)})
        head.generation += 1
        save_state(connection, head)


def lifted(workspace: Workspace, clock: FrozenClock, id: str, constitution: str) -> Statement:
    return lifting(swarm_id=workspace.swarm_id, id=id, why="over", lifted_at=clock.now(), constitution=constitution)


def in_force(workspace: Workspace) -> list[str]:
    return [view.id for view in workspace.overlays.list()]


def test_who_is_a_signer_no_more_lifts_nothing_under_the_version_that_had_them(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    old = ours.version().digest
    placed = stop(ours, tmp_path)
    without_eve(ours, tmp_path, clock)
    assert ours.version().digest != old
    statement = lifted(ours, clock, placed.id, old)
    with refused("not_head"):
        ours.overlays.hand_in(to_envelope(signed(statement, [opened(tmp_path, "eve")])))
    write_lifting(ours, tmp_path, statement, "eve")
    assert in_force(ours) == [placed.id]
    with Workspace.open(ours.location, clock=clock) as other:
        assert in_force(other) == [placed.id]
    assert "not_head" in complaints(ours)["overlays"]
    honest = ours.overlays.lift(placed.id, why="mended", using=[using(tmp_path, "sam")])
    assert (honest.ending, in_force(ours)) == ("lifted", [])


def test_an_old_version_is_not_brought_back_into_force_by_an_entry(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    old = ours.version().digest
    placed = stop(ours, tmp_path)
    without_eve(ours, tmp_path, clock)
    new = ours.version().digest
    session = ours._session
    for previous in (new, None):  # as what comes after the present, and as a beginning
        with session.write() as connection:
            head = read_head(connection)
            body = {"event": "activated", "id": old, "version": "9.9.9", "digest": old, "previous_head": previous}
            append(connection, head, kind="activation", at=session.now(head), body=body)
            save_state(connection, head)
        write_lifting(ours, tmp_path, lifted(ours, clock, placed.id, old), "eve")
        assert in_force(ours) == [placed.id]
    with session.read() as connection:
        assert Past(connection).head_at(2**40) == new
    honest = ours.overlays.lift(placed.id, why="mended", using=[using(tmp_path, "sam")])
    assert (honest.ending, in_force(ours)) == ("lifted", [])


def test_what_was_in_force_at_each_entry(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    first = ours.version().digest
    without_eve(ours, tmp_path, clock)
    second = ours.version().digest
    with ours._session.read() as connection:
        entries = happenings(connection, after=0, before=None, limit=1_000, kinds=("activation",))
        later, earlier = (entry.seq for entry in entries)
        past = Past(connection)
        said = [past.head_at(seq) for seq in (earlier, earlier + 1, later, later + 1, 2**40)]
    assert said == ["", first, first, second, second]


@pytest.mark.parametrize("act", ["suspend", "revoke"])
def test_a_held_key_lifts_nothing_by_an_entry(ours: Workspace, tmp_path: Path, clock: FrozenClock, act: Any) -> None:
    stolen = opened(tmp_path, "eve").public.fingerprint
    placed = stop(ours, tmp_path)
    ours.key_care.act(act, stolen, why="stolen", using=[using(tmp_path, "eve")])
    statement = lifted(ours, clock, placed.id, ours.version().digest)
    code = {"suspend": "key_suspended", "revoke": "key_revoked"}[act]
    with refused(code):
        ours.overlays.hand_in(to_envelope(signed(statement, [opened(tmp_path, "eve")])))
    write_lifting(ours, tmp_path, statement, "eve")
    assert in_force(ours) == [placed.id]
    assert code in complaints(ours)["overlays"]


def test_what_a_key_signed_before_it_was_held_stands(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    stolen = opened(tmp_path, "eve").public.fingerprint
    first, second = stop(ours, tmp_path), stop(ours, tmp_path)
    ours.overlays.lift(first.id, why="mended", using=[using(tmp_path, "eve")])
    ours.key_care.act("suspend", stolen, why="lost", using=[using(tmp_path, "eve")])
    ours.key_care.act("lift", stolen, why="found", using=[using(tmp_path, "ana"), using(tmp_path, "sam")])
    ours.overlays.lift(second.id, why="mended", using=[using(tmp_path, "eve")])
    third = stop(ours, tmp_path)
    ours.key_care.act("suspend", stolen, why="lost again", using=[using(tmp_path, "eve")])
    with Workspace.open(ours.location, clock=clock) as other:
        assert in_force(other) == [third.id]
        assert complaints(other) == {}


def test_a_suspension_is_taken_back_by_its_own_lifting_and_by_no_earlier_one(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    """The lifting of the first suspension, written once more after the second."""
    stolen = opened(tmp_path, "eve").public.fingerprint
    ours.key_care.act("suspend", stolen, why="lost", using=[using(tmp_path, "eve")])
    ours.key_care.act("lift", stolen, why="found", using=[using(tmp_path, "ana"), using(tmp_path, "sam")])
    ours.key_care.act("suspend", stolen, why="stolen", using=[using(tmp_path, "eve")])
    session = ours._session
    with session.write() as connection:
        body = json.loads(happenings(connection, after=0, before=None, limit=9, kinds=("key",))[1].body)["body"]
        assert body["event"] == "lifted"
        head = read_head(connection)
        append(connection, head, kind="key", at=micros(clock.now()), body=body)
        save_state(connection, head)
        assert said_of_keys(connection)[stolen].state == "suspended"
        assert KeysThen(connection).held_at(stolen, 2**40) == "suspended"
