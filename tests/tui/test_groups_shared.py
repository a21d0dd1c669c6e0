"""One record, two terminals: a storm is seen here, acknowledged there, known here; every process is its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.conftest import CONTEXT, FACTS, ticket
from tests.tui.fakes import settled
from tests.tui.test_shell import text_of
from workbench.engine.request import Request
from workbench.service.views import Credential
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered

DEAR = CONTEXT | {"estimated_cost": 10_000}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made = tmp_path / "demo"
    Workspace.create(made, swarm_id="swarm-tui-groups").close()
    return made


def violate(place: Path, times: int) -> None:
    nora = 'Agent::"nora"'
    request = Request(nora, 'Action::"reply"', 'Ticket::"T-1"', DEAR)
    with Workspace.open(place) as workspace:
        for _ in range(times):
            workspace.decide(request, credential=Credential(nora), entities=[ticket()], facts=FACTS)


def elsewhere(place: Path, *arguments: str) -> str:
    """Run the command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "workbench", "groups", *arguments, "--workspace", str(place)],
        capture_output=True, text=True, timeout=120, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


async def until(pilot, words: str) -> str:
    for _ in range(300):
        await pilot.pause(0.1)
        if words in text_of(pilot.app):
            return text_of(pilot.app)
    raise AssertionError(f"`{words}` never came:\n{text_of(pilot.app)}")


async def test_what_is_acknowledged_there_is_known_here_and_the_other_way_round(place: Path):
    violate(place, 55)
    app = WorkbenchApp(place, remembered=Remembered())
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "v1.0.0")
        await pilot.press("6")
        shown = await until(pilot, "55 refusals/min in 1 group")
        assert app.front.view == "groups", "opened in a storm"
        assert "budget" in shown
        assert "nora" in shown
        elsewhere(place, "ack", "budget", "nora", "reply", "--why", "the load test", "--for", "4h", "--unsigned")
        shown = await until(pilot, "✓ 3h")
        assert "storm" not in shown.splitlines()[2]
        await pilot.press("enter")
        shown = await until(pilot, "acknowledged by someone here (unsigned)")
        assert "the load test" in shown
        await pilot.press("U")
        await until(pilot, "Withdraw the acknowledgement?")
        await pilot.press("right", "enter")
        await until(pilot, "nobody has acknowledged it")
        assert '"standing": "open"' in elsewhere(place, "--json")
        await settled(pilot)
    with Workspace.open(place) as workspace:
        assert workspace.verify().ok
