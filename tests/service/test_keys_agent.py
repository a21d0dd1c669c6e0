"""Signing through a real ssh-agent, and through agents that lie, hang, or are not there."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.governance.hardware import Device, ssh_string
from workbench.governance import sshsig
from workbench.governance.errors import KeyFileError
from workbench.governance.keys import PublicKey, generate_key, public_line, serialize_private
from workbench.governance.roster import RosterEntry
from workbench.service import agent
from workbench.service.agent import AgentSigner, agent_keys
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.signers import open_signer_with
from workbench.service.workspace import Workspace

SWARM = "swarm-test"
ANA, BO, STRANGER = generate_key(), generate_key(), generate_key()
DEVICE = Device()


def entry(name: str, key: PublicKey, role: str = "operator") -> RosterEntry:
    return RosterEntry(principal=f'Operator::"{name}"', role=role, keys=(public_line(key, name),))


ROSTER = (entry("ana", ANA.public), entry("bo", BO.public), entry("rod", DEVICE.public))


@pytest.fixture
def ssh_agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A running ssh-agent of this test's own; its socket."""
    place = tmp_path / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 10
            while not place.exists() and time.monotonic() < until:
                time.sleep(0.01)
            monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
            yield place
        finally:
            process.terminate()


def add(folder: Path, *keys: Any) -> None:
    """``ssh-add``, as people do."""
    for number, key in enumerate(keys):
        file = folder / f"key{number}"
        file.write_bytes(serialize_private(key, None))
        file.chmod(0o600)
        subprocess.run(["ssh-add", "-q", str(file)], check=True, capture_output=True, timeout=30)


def refused(code: str, make: Any) -> Any:
    with pytest.raises((WorkbenchError, KeyFileError)) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_real_agent_lists_and_signs(ssh_agent: Path, tmp_path: Path) -> None:
    assert agent_keys() == ()
    add(tmp_path, ANA, STRANGER)
    assert {key.public.fingerprint for key in agent_keys()} == {ANA.public.fingerprint, STRANGER.public.fingerprint}
    signer = AgentSigner(ANA.public)
    assert ANA.public.verify(signer.sign(b"data"), b"data")
    blob = sshsig.sign(signer, b"data", "concord-vote")
    sshsig.verify(sshsig.parse(blob), b"data", key=ANA.public, namespace="concord-vote")
    refused("agent_refused", lambda: AgentSigner(BO.public).sign(b"data"))
    subprocess.run(["ssh-add", "-q", "-D"], check=True, capture_output=True, timeout=30)
    refused("agent_refused", lambda: signer.sign(b"data"))


def test_an_rsa_key_in_the_agent_is_passed_over(ssh_agent: Path, tmp_path: Path) -> None:
    make = ["ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", str(tmp_path / "other")]
    subprocess.run(make, check=True, timeout=60)
    subprocess.run(["ssh-add", "-q", str(tmp_path / "other")], check=True, capture_output=True, timeout=30)
    add(tmp_path, ANA)
    assert [key.public for key in agent_keys()] == [ANA.public]


def test_the_signer_is_found_in_the_roster(ssh_agent: Path, tmp_path: Path) -> None:
    add(tmp_path, ANA, STRANGER)
    for wanted in ("any", ANA.public.fingerprint, ANA.public.fingerprint[:20]):
        found = open_signer_with(SignWith(agent=wanted), ROSTER, SWARM)
        assert (found.principal, found.role, found.key.public) == ('Operator::"ana"', "operator", ANA.public)
    refused("unknown_key", lambda: open_signer_with(SignWith(agent=STRANGER.public.fingerprint), ROSTER, SWARM))
    refused("not_in_agent", lambda: open_signer_with(SignWith(agent=BO.public.fingerprint), ROSTER, SWARM))
    refused("not_unique", lambda: open_signer_with(SignWith(agent="SHA256:"), ROSTER, SWARM))
    refused("not_in_agent", lambda: open_signer_with(SignWith(agent="any"), ROSTER[1:], SWARM))
    add(tmp_path, BO)
    refused("not_unique", lambda: open_signer_with(SignWith(agent="any"), ROSTER, SWARM))


def test_which_key_must_be_said_once() -> None:
    refused("no_key", lambda: open_signer_with(SignWith(), ROSTER, SWARM))
    refused("two_keys", lambda: open_signer_with(SignWith("file", agent="any"), ROSTER, SWARM))


def test_a_vote_through_the_agent(workspace: Workspace, place: Path, ssh_agent: Path, tmp_path: Path) -> None:
    """The demo's own key, added to the agent with its passphrase; the vote is an ordinary DSSE vote."""
    digest = proposal(workspace)
    ana = next(key for key in workspace.signing_keys() if "ana" in key.path)
    askpass = tmp_path / "askpass"
    askpass.write_text(f"#!/bin/sh\necho '{workspace.demo_passphrase()}'\n")
    askpass.chmod(0o700)
    asking = {**os.environ, "SSH_ASKPASS": str(askpass), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", ana.path], env=asking, check=True, capture_output=True, timeout=30)
    (offered,) = workspace.key_care.agent_keys()
    assert (offered.principal, offered.fingerprint, offered.path) == (ana.principal, ana.fingerprint, "")
    after = workspace.vote(digest, using=SignWith(agent=ana.fingerprint), comment="by agent")
    assert [seat.filled_by for seat in after.seats if seat.filled_by] == [ana.principal]
    assert '"signatures"' in workspace.export_vote(digest, ana.principal)


def test_a_hardware_key_proves_no_principal_of_the_directory(workspace: Workspace) -> None:
    """Votes on cases are DSSE, which it cannot make: better refused when it is registered than when it is needed."""
    line = public_line(DEVICE.public, "yubi")
    refused("unsupported_key", lambda: workspace.credentials.register_key('Agent::"viktor"', line))


def proposal(workspace: Workspace) -> str:
    draft = workspace.draft()
    workspace.save_draft(english=draft.english + "\nNever share addresses.\n", revision=draft.revision)
    compiled = workspace.compile_english(workspace.draft().english)
    assert compiled is not None
    return workspace.propose("a norm", proposer='Operator::"ana"').version.digest


# ---- agents that are not what they should be -------------------------------------------------------------------------


@pytest.fixture
def false_agent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Callable[[Any, bytes], None]], None]]:
    """An agent that does to each connection what the test says."""
    place = tmp_path / "false.sock"
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(place))
    listener.listen()
    monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
    threads: list[threading.Thread] = []

    def start(act: Callable[[Any, bytes], None]) -> None:
        def serve() -> None:
            while True:
                try:
                    line, _ = listener.accept()
                except OSError:
                    return
                with line:
                    try:
                        act(line, line.recv(65536))
                    except OSError:
                        continue

        threads.append(threading.Thread(target=serve, daemon=True))
        threads[-1].start()

    yield start
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join(5)


def answer(message: bytes) -> Callable[[Any, bytes], None]:
    return lambda line, _: line.sendall(ssh_string(message))


def test_a_signature_that_does_not_hold_is_not_used(false_agent: Any) -> None:
    made = ssh_string(b"ssh-ed25519") + ssh_string(bytes(64))
    false_agent(answer(bytes([14]) + ssh_string(made)))
    refused("agent_signature", lambda: AgentSigner(ANA.public).sign(b"data"))


def test_a_signature_of_other_data_is_not_used(false_agent: Any) -> None:
    false_agent(answer(bytes([14]) + ssh_string(ANA.sign_ssh(b"other"))))
    refused("agent_signature", lambda: AgentSigner(ANA.public).sign(b"data"))


def test_a_device_in_the_agent_signs_in_its_own_form_only(false_agent: Any) -> None:
    def act(line: Any, asked: bytes) -> None:
        if asked[4] == 11:
            line.sendall(
                ssh_string(bytes([12]) + (1).to_bytes(4, "big") + ssh_string(DEVICE.public.blob) + ssh_string(b"yubi"))
            )
            return
        blob = len(DEVICE.public.blob)
        start = 4 + 1 + 4 + blob + 4
        data = asked[start : start + int.from_bytes(asked[start - 4 : start], "big")]
        line.sendall(ssh_string(bytes([14]) + ssh_string(DEVICE.sign_ssh(data))))

    false_agent(act)
    signer = open_signer_with(SignWith(agent="any"), ROSTER, SWARM)
    assert signer.principal == 'Operator::"rod"'
    refused("hardware_form", lambda: signer.key.sign(b"data"))
    blob = sshsig.sign(signer.key, b"data", "concord-vote")
    sshsig.verify(sshsig.parse(blob), b"data", key=DEVICE.public, namespace="concord-vote")


@pytest.mark.parametrize(
    "sent",
    [b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x00\x00", b"\x00\x00\x00\x09\x0c", b"HTTP/1.1 400 Bad\r\n\r\n"],
)
def test_an_answer_that_cannot_be(false_agent: Any, sent: bytes) -> None:
    false_agent(lambda line, _: line.sendall(sent))
    refused("agent_answer", agent_keys)


def test_an_agent_that_hangs_is_given_up(false_agent: Any) -> None:
    done = threading.Event()
    false_agent(lambda line, _: done.wait(10))
    before = time.monotonic()
    refused("no_agent", lambda: agent_keys(0.2))
    assert time.monotonic() - before < 2
    done.set()


def test_an_agent_that_answers_byte_by_byte_is_given_up(false_agent: Any) -> None:
    """Each byte comes in time, the whole never does: the deadline is for the whole."""

    def act(line: Any, _: bytes) -> None:
        line.sendall(b"\x00\x01\x00\x00")
        for _ in range(200):
            line.sendall(b"\x0c")
            time.sleep(0.02)

    false_agent(act)
    before = time.monotonic()
    refused("no_agent", lambda: agent_keys(0.3))
    assert time.monotonic() - before < 2


def test_no_agent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    refused("no_agent", agent_keys)
    for place in (str(tmp_path / "nothing"), str(tmp_path), "x" * 400, ""):
        monkeypatch.setenv("SSH_AUTH_SOCK", place)
        refused("no_agent", agent_keys)
    assert agent.has_agent() is False
