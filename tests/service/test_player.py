"""The player: real decisions at a pace, paused and stopped at once; bad lines are skipped and told."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.player import Player
from workbench.service.workspace import Workspace


def wait_for(condition: object, seconds: float = 5.0) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def actions(workspace: Workspace, tmp_path: Path) -> Path:
    recording = workspace.recording()
    assert recording is not None
    path = tmp_path / "actions.jsonl"
    path.write_text("\n".join(recording.read_text().splitlines()[:40]) + "\n")
    return path


def test_it_plays_through_the_real_evaluator(workspace: Workspace, actions: Path) -> None:
    player = Player(workspace, actions, pace=200)
    assert (player.total, player.position, player.finished) == (40, 0, False)
    player.start()
    player.start()
    wait_for(lambda: player.finished)
    player.stop()
    rows = workspace.events(0)
    recorded = [json.loads(line) for line in actions.read_text().splitlines()]
    assert [row.agent for row in rows] == [action["request"]["principal"].split('"')[1] for action in recorded]
    assert [f"{row.at:%H:%M:%S}" for row in rows] == [action["at"][11:19] for action in recorded]
    assert (player.skipped, player.error) == (0, None)


def test_pause_pace_and_stop_act_at_once(workspace: Workspace, actions: Path) -> None:
    player = Player(workspace, actions, pace=0.25)
    player.start()
    time.sleep(0.05)
    player.set_pace(100)
    wait_for(lambda: player.position > 3, 1.0)
    player.pause()
    time.sleep(0.1)
    at = player.position
    time.sleep(0.1)
    assert (player.position, player.paused) == (at, True)
    player.resume()
    wait_for(lambda: player.position > at, 1.0)
    player.set_pace(10**9)
    assert player.pace == 200
    player.set_pace(0.25)
    time.sleep(0.05)
    start = time.monotonic()
    player.stop()
    assert time.monotonic() - start < 0.2


def test_bad_lines_are_skipped_counted_and_told(workspace: Workspace, actions: Path) -> None:
    lines = actions.read_text().splitlines()[:4]
    bad = ["not json", "[]", '{"at": "yesterday", "request": {}}', '{"request": {"principal": 5}}', "\ud7ff{"]
    actions.write_text("\n".join([lines[0], *bad, *lines[1:]]))
    player = Player(workspace, actions, pace=200)
    player.start()
    wait_for(lambda: player.finished)
    player.stop()
    assert (player.skipped, player.position) == (len(bad), 4 + len(bad))
    assert player.error is not None
    assert player.error.code == "bad_action"
    assert len(workspace.event_ids()) == 4


def test_a_store_that_fails_pauses_and_no_action_is_lost(
    workspace: Workspace, actions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = workspace.decide, [WorkbenchError("the disk is full", "x", "y", "store_full")]

    def decide(*args: object, **kwargs: object) -> object:
        if failures and len(workspace.event_ids()) == 5:
            raise failures.pop()
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(workspace, "decide", decide)
    player = Player(workspace, actions, pace=200)
    player.start()
    wait_for(lambda: player.paused)
    assert player.error is not None
    assert player.error.code == "store_full"
    player.resume()
    wait_for(lambda: player.finished)
    player.stop()
    assert len(workspace.event_ids()) == 40


def test_a_recording_that_is_missing_is_one_clear_error(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "broken_sample"):
        Player(workspace, tmp_path / "none.jsonl")


def test_rewinding_begins_the_day_again(workspace: Workspace, actions: Path) -> None:
    player = Player(workspace, actions, pace=200)
    player.start()
    wait_for(lambda: player.finished)
    player.rewind()
    wait_for(lambda: player.finished and len(workspace.event_ids()) == 80)
    player.stop()


@pytest.mark.parametrize(("played", "begins"), [(0, 0), (38, 38), (40, 0), (2 * 40 + 7, 7)])
def test_a_day_goes_on_where_it_was_left(workspace: Workspace, actions: Path, played: int, begins: int) -> None:
    assert Player(workspace, actions, played=played).position == begins
    empty = actions.with_name("empty.jsonl")
    empty.write_text("\n")
    assert Player(workspace, empty, played=played).position == 0


def held(workspace: Workspace) -> list[str]:
    return [case.id for case in workspace.cases.list() if case.state == "open"]


@pytest.fixture
def refunds(workspace: Workspace, tmp_path: Path) -> Path:
    """Two refunds of the recording that are held, one a copy of the other with another amount."""
    recording = workspace.recording()
    assert recording is not None
    for line in recording.read_text().splitlines():
        request = json.loads(line)["request"]
        if "issue_refund" in request["action"] and 500 < request["context"]["amount"] <= 2400:
            break
    other = json.loads(line)
    other["request"]["context"]["amount"] += 1
    path = tmp_path / "refunds.jsonl"
    path.write_text(f"{line}\n{json.dumps(other)}\n")
    return path


def test_a_held_action_is_asked_again_once_it_is_granted(
    workspace: Workspace, refunds: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.player.LOOK", 0.02)
    player = Player(workspace, refunds, pace=200, clock=clock)
    player.start()
    wait_for(lambda: player.finished)
    assert [row.outcome for row in workspace.events(0)] == ["hold", "hold"]
    first, second = sorted(held(workspace), key=lambda id: workspace.cases.get(id).event)
    time.sleep(0.1)
    assert workspace.high_water() == workspace.cases.get(second).event  # nobody answered: nobody asks
    using = SignWith(str(workspace.location / "keys" / "demo-viktor"), workspace.demo_passphrase())
    workspace.cases.vote(first, "reject", using=using, comment="no")
    workspace.cases.vote(second, "approve", using=using)
    wait_for(lambda: workspace.cases.get(second).state == "used")
    time.sleep(0.1)
    player.stop()
    rows = workspace.events(0)
    assert [row.outcome for row in rows] == ["hold", "hold", "allow"]  # once, and only what was granted
    assert workspace.cases.get(second).used_by == rows[-1].seq
    assert not player._held
    assert (player.finished, player.error, player.skipped) == (True, None, 0)


def test_it_remembers_a_bounded_number_of_them(
    workspace: Workspace, refunds: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.player.HELD", 3)
    action = json.loads(refunds.read_text().splitlines()[0])
    lines = []
    for amount in range(501, 511):
        action["request"]["context"]["amount"] = amount
        lines.append(json.dumps(action))
    refunds.write_text("\n".join(lines) + "\n")
    player = Player(workspace, refunds, pace=200, clock=clock)
    player.start()
    wait_for(lambda: player.finished)
    player.stop()
    assert len(held(workspace)) == 10
    assert [json.loads(line)["request"]["context"]["amount"] for line, _ in player._held] == [508, 509, 510]


def test_while_it_is_paused_nothing_is_asked_again(
    workspace: Workspace, refunds: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.service.player.LOOK", 0.02)
    player = Player(workspace, refunds, pace=200, clock=clock)
    player.start()
    wait_for(lambda: player.finished)
    player.pause()
    time.sleep(0.05)
    (one, _) = held(workspace)
    using = SignWith(str(workspace.location / "keys" / "demo-viktor"), workspace.demo_passphrase())
    workspace.cases.vote(one, "approve", using=using)
    time.sleep(0.1)
    assert workspace.cases.get(one).state == "granted"
    player.resume()
    wait_for(lambda: workspace.cases.get(one).state == "used")
    player.stop()
