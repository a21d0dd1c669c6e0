"""Signing and the care of keys on the command line, beside ssh-keygen, ssh-agent and openssl."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.cli.conftest import Run
from workbench.governance.keys import generate_key, parse_public_line, public_line, serialize_private
from workbench.service.views import SignerSpec
from workbench.service.workspace import Workspace

PEOPLE = {"ana": "operator", "bo": "operator", "cy": "operator", "sam": "supervisor", "sue": "supervisor"}


@pytest.fixture(scope="session")
def _team(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("team")
    lines = {}
    for name in PEOPLE:
        key = generate_key()
        (folder / name).write_bytes(serialize_private(key, None))
        (folder / name).chmod(0o600)
        lines[name] = public_line(key, name)
        (folder / f"{name}.pub").write_text(lines[name] + "\n")
    specs = [SignerSpec(f'Operator::"{name}"', role, lines[name]) for name, role in PEOPLE.items()]
    files = [(folder / name, "") for name in ("ana", "bo", "sam", "sue")]
    before = os.environ.get("WORKBENCH_CONFIG")
    os.environ["WORKBENCH_CONFIG"] = str(folder / "config")
    Workspace.create(folder / "ws", profile="team", signer_keys=specs, keys=files, swarm_id="swarm-team").close()
    if before is None:
        del os.environ["WORKBENCH_CONFIG"]
    else:
        os.environ["WORKBENCH_CONFIG"] = before
    return folder


@pytest.fixture
def team(_team: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the keys of five people and their workspace ``ws``."""
    target = tmp_path / "team"
    shutil.copytree(_team, target)
    monkeypatch.setenv("WORKBENCH_CONFIG", str(target / "config"))
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(target / "ws"))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    monkeypatch.chdir(target)
    return target


@pytest.fixture
def ssh_agent(team: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = team / "agent.sock"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(place)], stdout=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 10
            while not place.exists() and time.monotonic() < until:
                time.sleep(0.01)
            monkeypatch.setenv("SSH_AUTH_SOCK", str(place))
            yield place
        finally:
            process.terminate()


def print_of(team: Path, name: str) -> str:
    return parse_public_line((team / f"{name}.pub").read_text().strip())[0].fingerprint


def rotation(run: Run, team: Path) -> Any:
    """A proposal to vote on: a new key for cy."""
    (team / "new.pub").write_text(public_line(generate_key(), "cy 2") + "\n")
    made = run("keys", "rotate", "cy.pub", "new.pub", "--as", 'Operator::"bo"', "--json")
    assert made.code == 0, made
    return made.json


def filled(run: Run) -> list[str]:
    (proposal,) = run("proposals", "--json").json["proposals"]
    return [seat["filled_by"] for seat in proposal["seats"] if seat["filled_by"]]


def test_the_two_files_of_ssh_keygen_are_a_vote(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    told = run("sign", path, "--key", "sam.pub", "--payload-out", "p.json", "--comment", "read it")
    assert told.code == 0
    assert "ssh-keygen -Y sign -n concord-vote" in told.out
    early = run("approve", "--vote", "p.json")
    assert (early.code, "not signed yet" in early.err) == (3, True)
    sign = ["ssh-keygen", "-Y", "sign", "-n", "concord-vote", "-f", "sam", "p.json"]
    subprocess.run(sign, cwd=team, check=True, capture_output=True, timeout=60)
    assert run("reject", "--vote", "p.json.sig").code == 2
    alone = team / "alone"
    alone.mkdir()
    shutil.copy(team / "p.json.sig", alone)
    assert "without its payload" in run("approve", "--vote", "alone/p.json.sig").err
    after = run("approve", "--vote", "p.json.sig")
    assert after.code == 0, after
    assert filled(run) == ['Operator::"sam"']
    assert "already" in run("approve", "--vote", "p.json").err  # the payload names its .sig as well
    (file,) = (team / "ws" / "proposals").glob("*.yaml")
    assert "form: sshsig" in file.read_text()


def test_a_payload_that_was_touched_is_refused(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    run("sign", path, "--key", "sam.pub", "--payload-out", "p.json")
    sign = ["ssh-keygen", "-Y", "sign", "-n", "concord-vote", "-f", "sam", "p.json"]
    subprocess.run(sign, cwd=team, check=True, capture_output=True, timeout=60)
    text = (team / "p.json").read_text()
    (team / "p.json").write_text(text + "\n")
    assert run("approve", "--vote", "p.json.sig").code == 3
    (team / "p.json").write_text(text.replace('"comment":""', '"comment":"x"'))
    refused = run("approve", "--vote", "p.json.sig", "--json")
    assert refused.json["error"]["code"] == "bad_signature"
    assert filled(run) == []


def test_sign_in_sshs_own_form(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    made = run("sign", path, "--key", "sue", "--form", "sshsig", "--out", "vote.json", "--json")
    assert made.json["form"] == "sshsig"
    vote = json.loads((team / "vote.json").read_text())
    (team / "payload").write_bytes(base64.b64decode(vote["payload"]))
    (team / "vote.sig").write_text(vote["sshsig"])
    (team / "signers").write_text("sue " + (team / "sue.pub").read_text())
    command = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "sue", "-n", "concord-vote", "-s", "vote.sig"]
    answer = subprocess.run(command, cwd=team, input=(team / "payload").read_bytes(), capture_output=True, timeout=60)
    assert answer.returncode == 0, answer
    assert run("approve", "--vote", "vote.json").code == 0
    assert filled(run) == ['Operator::"sue"']


def test_openssl_confirms_what_sign_made(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    assert run("sign", path, "--key", "ana", "--out", "vote.json", "--pae-out", "vote.pae").code == 0
    vote = json.loads((team / "vote.json").read_text())
    (team / "sig").write_bytes(base64.b64decode(vote["signatures"][0]["sig"]))
    raw = parse_public_line((team / "ana.pub").read_text().strip())[0].raw
    pem = Ed25519PublicKey.from_public_bytes(raw).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (team / "ana.pem").write_bytes(pem)
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "ana.pem", "-sigfile", "sig", "-in"]
    assert subprocess.run([*command, "vote.pae"], cwd=team, capture_output=True, timeout=60).returncode == 0
    assert subprocess.run([*command, "vote.json"], cwd=team, capture_output=True, timeout=60).returncode != 0


def test_a_recorded_vote_is_exported_and_holds_elsewhere(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    shutil.copytree(team / "ws", team / "copy")
    run("sign", path, "--key", "sam", "--form", "sshsig", "--out", "v.json")
    assert run("approve", "--vote", "v.json").code == 0
    assert run("approve", "--key", "ana").code == 0
    for who, form in (("ana", "signatures"), ("sam", "sshsig")):
        assert run("export-vote", "--as", f'Operator::"{who}"', "--out", "out.json").code == 0
        assert form in json.loads((team / "out.json").read_text())
        assert run("approve", "--vote", "out.json", "--workspace", "copy").code == 0
    assert run("export-vote", "--as", 'Operator::"ana"').json["payloadType"].endswith("vote.v1+json")
    assert run("export-vote", "--as", 'Operator::"bo"', "--json").json["error"]["code"] == "no_vote"
    assert run("export-vote", "9.9.9", "--as", 'Operator::"bo"').code == 2


@pytest.mark.parametrize("pin", ["", "sha256:", "sha256:" + "0" * 63, "SHA256:" + "0" * 64, "x" * 500, "\x1b[2J"])
def test_a_pin_that_is_no_digest_is_a_slip_and_not_a_broken_chain(run: Run, team: Path, pin: str) -> None:
    told = run("verify", "ws", "--genesis", pin)
    assert (told.code, "no digest" in told.err, "\x1b" in told.err) == (2, True, False)
    assert run("verify", "ws", "--genesis", "sha256:" + "0" * 64).code == 1


def test_sign_says_what_does_not_go_together(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    assert run("sign", path, "--key", "ana", "--form", "sshsig", "--pae-out", "x").code == 2
    assert run("sign", path).code == 2
    assert run("sign", path, "--key", "ana", "--agent", "any").code == 2
    assert run("sign", path, "--key", "nowhere").code == 2
    assert run("sign", path, "--agent", "any", "--json").json["error"]["code"] == "no_agent"
    assert run("approve", "--agent", "any", "--key", "ana").code == 2
    assert run("approve", "--agent", "any", "--json").json["error"]["code"] == "no_agent"


def test_votes_through_the_agent(run: Run, team: Path, ssh_agent: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    for name in ("ana", "sam"):
        subprocess.run(["ssh-add", "-q", name], cwd=team, check=True, capture_output=True, timeout=30)
    listed = run("keys", "list", "--json").json
    assert {key["principal"] for key in listed["agent"]} == {'Operator::"ana"', 'Operator::"sam"'}
    assert "ssh-agent" in run("keys", "list").out
    assert run("approve", "--agent", "any", "--json").json["error"]["code"] == "not_unique"
    assert run("approve", "--agent", print_of(team, "ana")).code == 0
    assert run("sign", path, "--agent", print_of(team, "sam"), "--form", "sshsig", "--out", "v.json").code == 0
    assert run("approve", "--vote", "v.json").code == 0
    assert filled(run) == ['Operator::"ana"', 'Operator::"sam"']


def test_the_one_key_of_the_agent_is_found_where_no_file_can_sign(run: Run, team: Path, ssh_agent: Path) -> None:
    rotation(run, team)
    subprocess.run(["ssh-add", "-q", "sue"], cwd=team, check=True, capture_output=True, timeout=30)
    for name in PEOPLE:
        (team / name).unlink()
    (team / "config" / "key-paths.txt").unlink()  # where the keys were when the workspace was made
    assert run("approve").code == 0
    assert filled(run) == ['Operator::"sue"']


def test_a_key_is_suspended_lifted_and_revoked(run: Run, team: Path) -> None:
    rotation(run, team)
    ana = print_of(team, "ana")
    alone = run("keys", "suspend", ana, "--key", "bo", "--why", "a hunch", "--json")
    assert (alone.code, alone.json["error"]["code"]) == (1, "not_entitled")
    held = run("keys", "suspend", "ana.pub", "--key", "ana", "--why", "lost \x1b[31mlaptop")
    assert (held.code, "control character" in held.err) == (1, True)
    held = run("keys", "suspend", "ana.pub", "--key", "ana", "--why", "lost laptop")
    assert held.code == 0, held
    assert f"suspended  {ana}" in held.out
    assert run("approve", "--key", "ana", "--json").json["error"]["code"] == "key_suspended"
    assert "suspended" in run("keys", "list").out
    assert run("keys", "suspend", ana, "--lift", "--key", "bo", "--out", "lift.json").code == 0
    lifted = run("keys", "suspend", ana, "--lift", "--statement", "lift.json", "--key", "sam", "--json")
    assert lifted.json["signed_by"] == ['Operator::"bo"', 'Operator::"sam"']
    assert run("approve", "--key", "ana").code == 0
    gone = run("keys", "revoke", ana[:15], "--key", "ana", "--person", "--json")
    assert gone.code == 0, gone
    assert gone.json["held"]["state"] == "revoked"
    assert gone.json["proposal"]["version"]["summary"].startswith("take Operator")
    assert run("verify", "ws").code == 0
    assert run("keys", "revoke", ana, "--key", "bo", "--key", "sam", "--json").json["error"]["code"] == "key_revoked"


def test_a_revocation_holds_even_where_no_roster_can_be_proposed(run: Run, team: Path) -> None:
    ana = print_of(team, "ana")
    told = run("keys", "revoke", ana, "--key", "ana")
    assert told.code == 1
    assert f"revoked  {ana}" in told.out
    assert "only key" in told.err
    assert "held all the same" in told.err
    assert run("keys", "list", "--json").json["held"][0]["state"] == "revoked"


def test_whose_only_key_is_revoked_can_still_be_taken_out(run: Run, team: Path) -> None:
    """The revocation stands, so only the roster is proposed, and by whoever proposes now."""
    ana = print_of(team, "ana")
    assert "keys revoke KEY --person" in run("keys", "revoke", ana, "--key", "ana").err
    assert run("keys", "revoke", ana, "--person").code == 2, "several could propose it"
    gone = run("keys", "revoke", ana, "--person", "--key", "bo", "--json")
    assert gone.code == 0, gone
    assert gone.json["held"]["state"] == "revoked"
    assert gone.json["held"]["signed_by"] == ['Operator::"ana"']
    version = gone.json["proposal"]["version"]
    assert version["summary"].startswith('take Operator::"ana" out')
    assert version["proposed_by"] == 'Operator::"bo"'
    assert len(run("keys", "list", "--json").json["held"]) == 1


def test_the_ledger_key_is_told_that_it_cannot_vote(run: Run, team: Path) -> None:
    rotation(run, team)
    told = run("approve", "--key", "ws/ledger.key")
    assert (told.code, "the ledger key cannot vote" in told.err) == (1, True)
    assert run("approve", "--key", "ws/ledger.key", "--json").json["error"]["code"] == "ledger_votes"


def test_sign_says_whose_key_it_is(run: Run, team: Path) -> None:
    path = rotation(run, team)["version"]["path"]
    told = run("sign", path, "--key", "sam", "--as", 'Operator::"ana"')
    assert (told.code, """this key is `Operator::"sam"`'s, with the role `supervisor`""" in told.err) == (2, True)
    told = run("sign", path, "--key", "ws/ledger.key")
    assert (told.code, "role `ledger`, which cannot vote" in told.err) == (2, True)
    (team / "stranger").write_bytes(serialize_private(generate_key(), None))
    assert "does not know this key" in run("sign", path, "--key", "stranger").err


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (("--as", "x"), "only `--profile solo` takes `--as`"),
        (("--key", "ana"), "only `--profile solo` takes `--key`"),
        (("--key", "ana", "--as", "x"), "only `--profile solo` takes `--key` and `--as`"),
    ],
)
def test_a_new_team_names_the_option_that_it_does_not_take(
    run: Run, team: Path, given: tuple[str, ...], named: str
) -> None:
    told = run("new", "another", "--profile", "team", *given)
    assert (told.code, named in told.err) == (2, True)


def test_damaged_pins_are_told_of(run: Run, team: Path) -> None:
    assert run("verify", "ws").code == 0
    (team / "config" / "pins.yaml").write_text("[")
    told = run("verify", "ws")
    assert (told.code, "NOT anchored; the pins cannot be read" in told.out) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("suspend", "SHA256:"), 2),
        (("suspend", "SHA256:nobody"), 2),
        (("suspend", "nowhere.pub"), 2),
        (("suspend", "ws"), 2),
        (("suspend", "ana.pub", "--lift"), 2),
        (("suspend", "ana.pub", "--lift", "--key", "bo", "--key", "sam"), 1),
        (("suspend", "ana.pub", "--key", "bo", "--key", "bo"), 1),
        (("suspend", "ana.pub", "--statement", "ana.pub"), 1),
        (("suspend", "ana.pub", "--key", "ana", "--why", "x" * 2_000), 1),
        (("rotate", "ana.pub", "bo.pub", "--as", 'Operator::"bo"'), 1),
        (("rotate", "ana.pub", "ws"), 2),
        (("rotate", "ana.pub"), 2),
    ],
)
def test_nonsense_changes_nothing(run: Run, team: Path, arguments: tuple[str, ...], code: int) -> None:
    told = run("keys", *arguments)
    assert told.code == code, told
    assert told.err.strip()
    assert "Traceback" not in told.err
    after = run("keys", "list", "--json").json
    assert after["held"] == []
    assert run("proposals", "--json").json["proposals"] == []
