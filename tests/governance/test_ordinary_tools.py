"""Votes checked with tools that know nothing of this project: ssh-keygen for SSHSIG, openssl for DSSE. None skipped."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.governance.chains import ANA, ROSTER, SWARM, Chain
from tests.governance.hardware import Device
from workbench.governance import sshsig
from workbench.governance.artifact import Signature
from workbench.governance.dsse import VOTE_TYPE, pae
from workbench.governance.errors import VoteError
from workbench.governance.keys import PublicKey, Signing, parse_public_line, public_line, serialize_private
from workbench.governance.roster import RosterEntry
from workbench.governance.vote_files import vote_from_sshsig, vote_to_json
from workbench.governance.votes import sign_vote, unsigned_vote, verify_vote, vote_payload

VERSION = Chain().genesis()
PLACE = {"digest": VERSION.digest, "swarm_id": SWARM}


def sshsig_vote(key: Signing, principal: str = ANA.principal) -> Signature:
    return sign_vote(key, VERSION, principal=principal, role="operator", signed_at=Chain().now, form="sshsig")


def keygen_verify(folder: Path, signature: Signature, key: PublicKey, payload: bytes, **changes: str) -> Any:
    """``ssh-keygen -Y verify`` with an allowed_signers file that knows this one key."""
    how = {"namespace": "concord-vote", "who": "ana@example.com", **changes}
    (folder / "allowed_signers").write_text(f'ana@example.com namespaces="concord-vote" {public_line(key)}\n')
    (folder / "vote.sig").write_text(sshsig.armoured(base64.b64decode(signature.signature)))
    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", how["who"], "-n", how["namespace"]]
    return subprocess.run([*command, "-s", "vote.sig"], cwd=folder, input=payload, capture_output=True, timeout=60)


@pytest.mark.parametrize("key", [ANA.key, Device(), Device(flags=5, counter=2**32 - 1)], ids=["plain", "device", "pin"])
def test_ssh_keygen_confirms_our_vote(tmp_path: Path, key: Signing) -> None:
    made = sshsig_vote(key)
    payload = vote_payload(made, **PLACE)
    answer = keygen_verify(tmp_path, made, key.public, payload)
    assert answer.returncode == 0, answer
    assert b'Good "concord-vote" signature for ana@example.com' in answer.stdout
    assert key.public.fingerprint.encode() in answer.stdout
    changed = payload.replace(b'"approve"', b'"reject"')
    assert changed != payload
    assert keygen_verify(tmp_path, made, key.public, changed).returncode != 0
    assert keygen_verify(tmp_path, made, key.public, payload, namespace="file").returncode != 0
    assert keygen_verify(tmp_path, made, key.public, payload, who="sam@example.com").returncode != 0


def test_we_are_stricter_than_ssh_keygen_about_an_untouched_device(tmp_path: Path) -> None:
    """ssh-keygen takes such a signature, so it is well made; it is for the missing touch that we refuse it."""
    untouched = Device(flags=0)
    made = sshsig_vote(untouched)
    assert keygen_verify(tmp_path, made, untouched.public, vote_payload(made, **PLACE)).returncode == 0
    ana = RosterEntry(principal=ANA.principal, role="operator", keys=(public_line(untouched.public),))
    with pytest.raises(VoteError) as caught:
        verify_vote(made, **PLACE, roster=(ana,))
    assert caught.value.code == "no_presence"


@pytest.mark.parametrize("hash_name", ["sha512", "sha256"])
@pytest.mark.parametrize("passphrase", ["", "secret phrase"])
def test_we_confirm_ssh_keygens_vote(tmp_path: Path, passphrase: str, hash_name: str) -> None:
    own = tmp_path / "own"
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-C", "me@desk", "-f", str(own)]
    subprocess.run(make, check=True, timeout=60)
    public, _ = parse_public_line(own.with_suffix(".pub").read_text().strip())
    me = RosterEntry(principal='Operator::"me"', role="operator", keys=(public_line(public),))
    vote = unsigned_vote(VERSION, key=public, principal=me.principal, role=me.role, signed_at=Chain().now, comment="é")
    payload = vote_payload(vote, **PLACE)
    (tmp_path / "payload.json").write_bytes(payload)
    sign = ["ssh-keygen", "-Y", "sign", "-n", "concord-vote", "-O", f"hashalg={hash_name}", "-f", str(own)]
    asking = {"SSH_ASKPASS": str(_askpass(tmp_path, passphrase)), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(
        [*sign, "payload.json"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", **asking},
        check=True,
        capture_output=True,
        timeout=60,
    )
    armour = (tmp_path / "payload.json.sig").read_text()
    found = vote_from_sshsig(payload, armour)
    held = verify_vote(found.signature, **PLACE, roster=(*ROSTER, me))
    assert (held.signer, held.key, held.signature.comment) == (me, public, "é")
    with pytest.raises(VoteError) as caught:
        verify_vote(found.signature, digest=VERSION.digest, swarm_id="other", roster=(*ROSTER, me))
    assert caught.value.code == "bad_signature"


def test_a_file_signature_by_ssh_keygen_is_no_vote(tmp_path: Path) -> None:
    """What ``git`` or a person signed for another purpose, over the very bytes of a vote."""
    (tmp_path / "own").write_bytes(serialize_private(ANA.key, None))
    (tmp_path / "own").chmod(0o600)
    vote = unsigned_vote(VERSION, key=ANA.key.public, principal=ANA.principal, role=ANA.role, signed_at=Chain().now)
    payload = vote_payload(vote, **PLACE)
    (tmp_path / "p").write_bytes(payload)
    sign = ["ssh-keygen", "-Y", "sign", "-n", "file", "-f", "own", "p"]
    subprocess.run(sign, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    found = vote_from_sshsig(payload, (tmp_path / "p.sig").read_text())
    with pytest.raises(VoteError) as caught:
        verify_vote(found.signature, **PLACE, roster=ROSTER)
    assert caught.value.code == "sshsig_namespace"


def openssl_verify(folder: Path, data: str) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-sigfile", "sig", "-in", data]
    return subprocess.run(command, cwd=folder, capture_output=True, timeout=60)


def test_openssl_confirms_a_vote_from_its_envelope_alone(tmp_path: Path) -> None:
    """The bytes are derived from the envelope by the shell, as the documentation of DSSE says: no code of ours."""
    made = sign_vote(
        ANA.key, VERSION, principal=ANA.principal, role=ANA.role, signed_at=Chain().now, comment="gelesen ✓"
    )
    envelope = json.loads(vote_to_json(made, **PLACE))
    raw = Ed25519PublicKey.from_public_bytes(ANA.key.public.raw)
    (tmp_path / "key.pem").write_bytes(raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "payload.b64").write_text(envelope["payload"])
    (tmp_path / "sig.b64").write_text(envelope["signatures"][0]["sig"])
    script = """set -e
base64 -d < payload.b64 > payload
base64 -d < sig.b64 > sig
printf 'DSSEv1 %d %s %d ' ${#TYPE} "$TYPE" "$(wc -c < payload)" > pae
cat payload >> pae
"""
    env = {"TYPE": envelope["payloadType"], "PATH": "/usr/bin:/bin"}
    subprocess.run(["sh", "-c", script], cwd=tmp_path, env=env, check=True, timeout=60)
    answer = openssl_verify(tmp_path, "pae")
    assert answer.returncode == 0, answer
    assert b"Signature Verified Successfully" in answer.stdout + answer.stderr
    assert (tmp_path / "pae").read_bytes() == pae(VOTE_TYPE, vote_payload(made, **PLACE))
    (tmp_path / "other").write_bytes(pae(VOTE_TYPE, vote_payload(made, digest=VERSION.digest, swarm_id="other")))
    assert openssl_verify(tmp_path, "other").returncode != 0
    assert openssl_verify(tmp_path, "payload").returncode != 0


def _askpass(folder: Path, passphrase: str) -> Path:
    """A program that answers ssh-keygen's question for the passphrase."""
    program = folder / "askpass"
    program.write_text(f"#!/bin/sh\necho '{passphrase}'\n")
    program.chmod(0o700)
    return program
