"""A grant is used once, whoever races for it: threads of one process, several processes, one that is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.service.casework.swarm import HOUR, Desk
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

ROOT = Path(__file__).resolve().parents[3]


def started(place: Path, what: str, count: int = 1) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.casework.voter_process", str(place), what, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_many_threads_use_one_grant_once(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    start = Barrier(8)

    def retry(number: int) -> list[tuple[str, int, tuple[str, ...]]]:
        start.wait()
        asked = [desk.ask(nonce=f"{number}-{again}") for again in range(4)]
        return [(recorded.decision.outcome, recorded.seq, recorded.cases) for recorded in asked]

    with ThreadPoolExecutor(8) as pool:
        answers = [answer for answers in pool.map(retry, range(8)) for answer in answers]
    allowed = [answer for answer in answers if answer[0] == "allow"]
    assert [cases for _, _, cases in allowed] == [(id,)]
    assert desk.case(id).used_by == allowed[0][1]
    others = {answer[2] for answer in answers if answer[0] == "hold"}
    assert len(others) == 1  # everyone else waits for the same new case
    assert len(answers) == 32
    assert desk.events("grant") == [("used", id)]
    assert desk.workspace.verify().ok


def test_many_processes_use_one_grant_once(desk: Desk) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    processes = [started(desk.workspace.location, "retry", 3) for _ in range(3)]
    for process in processes:
        go(process)
    lines = [line for process in processes for line in process.communicate(timeout=60)[0].splitlines()]
    answers = [json.loads(line) for line in lines]
    assert len(answers) == 9
    assert [answer[2] for answer in answers if answer[0] == "allow"] == [[id]]
    assert {answer[0] for answer in answers} == {"allow", "hold"}
    assert desk.events("grant") == [("used", id)]
    assert desk.workspace.verify().ok


def test_two_voters_at_once_make_one_quorum(desk: Desk) -> None:
    id = desk.held("wire")
    start = Barrier(3)

    def vote(name: str) -> str:
        start.wait()
        try:
            return desk.vote(id, name).state
        except WorkbenchError as error:
            return error.code

    with ThreadPoolExecutor(3) as pool:
        said = sorted(pool.map(vote, ("viktor", "vera", "dora")))
    assert desk.case(id).state == "granted"
    assert "case_closed" in said  # the third came too late
    assert [event for event, _ in desk.events("case")].count("granted") == 1
    assert len(desk.events("case_vote")) == 2


def test_a_process_killed_between_quorum_and_release_leaves_the_grant(desk: Desk, clock: FrozenClock) -> None:
    id = desk.held()
    desk.vote(id, "viktor")
    place = desk.workspace.location
    desk.workspace.close()
    process = started(place, "hang")
    go(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "used 1\n"
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    desk.workspace = Workspace.open(place, clock=clock)
    assert desk.case(id).state == "granted"  # what was not committed did not happen
    assert desk.events("grant") == []
    assert desk.ask().decision.outcome == "allow"
    assert desk.case(id).state == "used"
    assert desk.workspace.verify().ok


def test_a_process_killed_after_each_answer_keeps_what_it_answered(desk: Desk, clock: FrozenClock) -> None:
    id = desk.held()
    place = desk.workspace.location
    process = started(place, "retry", 10_000)
    go(process)
    assert process.stdout is not None
    seen = [json.loads(process.stdout.readline()) for _ in range(5)]
    desk.vote(id, "viktor")  # while the agent keeps asking
    while seen[-1][0] != "allow":
        seen.append(json.loads(process.stdout.readline()))
        assert len(seen) < 5_000
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    desk.reopen()
    used = desk.case(id)
    assert (used.state, used.used_by) == ("used", seen[-1][1])
    assert {tuple(answer[2]) for answer in seen} == {(id,)}
    assert desk.events("grant") == [("used", id)]


def test_another_process_sees_what_time_did(desk: Desk, clock: FrozenClock) -> None:
    id = desk.held()
    clock.advance(HOUR)
    with Workspace.open(desk.workspace.location, clock=clock) as other:
        assert other.cases.get(id).requirement == "leads"
        other.cases.vote(id, "approve", using=desk.signer("camille"))
    with pytest.raises(WorkbenchError) as error:
        desk.vote(id, "camille")
    assert error.value.code == "already_voted"
    assert desk.vote(id, "ravi").state == "granted"
    assert [event for event, _ in desk.events("case")] == ["opened", "escalated", "granted"]
