"""Votes on cases by a key that only a real ssh-agent holds."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.casework.conftest import Refused
from tests.service.casework.swarm import Desk, uid
from workbench.governance.keys import SigningKey, generate_key, public_line, serialize_private
from workbench.service.governing_views import SignWith


@pytest.fixture
def ssh_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    place = tmp_path / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 10
            while not place.exists() and time.monotonic() < until:
                time.sleep(0.01)
            monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
            yield
        finally:
            process.terminate()


def added(folder: Path) -> SigningKey:
    """A new key that the agent holds, and nobody else."""
    key = generate_key()
    file = folder / "once"
    file.write_bytes(serialize_private(key, None))
    file.chmod(0o600)
    subprocess.run(["ssh-add", "-q", str(file)], check=True, capture_output=True, timeout=30)
    file.unlink()
    return key


@pytest.mark.usefixtures("ssh_agent")
def test_a_key_in_the_agent_is_offered_and_votes(desk: Desk, tmp_path: Path, refused: Refused) -> None:
    id = desk.held()
    key = added(tmp_path)
    with refused("not_in_agent"):
        desk.workspace.cases.vote(id, "approve", using=SignWith(agent="any"))
    with refused("unknown_key"):
        desk.workspace.cases.vote(id, "approve", using=SignWith(agent=key.public.fingerprint))
    desk.workspace.credentials.register_key(uid("vera"), public_line(key, "vera"))
    offered = [view for view in desk.workspace.cases.approver_keys() if not view.path]
    assert [(view.fingerprint, view.principal) for view in offered] == [(key.public.fingerprint, uid("vera"))]
    granted = desk.workspace.cases.vote(id, "approve", using=SignWith(agent="any"))
    assert (granted.state, granted.seats[0].filled_by) == ("granted", uid("vera"))
    assert desk.ask().decision.outcome == "allow"


def test_without_an_agent_only_files_are_offered(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_AUTH_SOCK", "/nowhere/at/all")
    assert {view.principal for view in desk.workspace.cases.approver_keys()} == {
        uid("viktor"), uid("camille"), uid("ravi")
    }  # fmt: skip
