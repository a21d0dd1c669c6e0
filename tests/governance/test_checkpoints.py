"""Checkpoints: signed by the ledger key over everything they say, read back from exactly one spelling."""

from __future__ import annotations

import base64
import dataclasses
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from workbench.governance.canonical import canonical_bytes
from workbench.governance.checkpoints import (
    CHECKPOINT_TYPE,
    Checkpoint,
    CheckpointError,
    checkpoint_from_json,
    checkpoint_payload,
    checkpoint_to_json,
    sign_checkpoint,
    verify_checkpoint,
)
from workbench.governance.dsse import VOTE_TYPE, pae
from workbench.governance.keys import generate_key

KEY, OTHER = generate_key(), generate_key()
AT = datetime(2026, 3, 15, 10, 0, 0, 250_000, tzinfo=UTC)
POINT = Checkpoint("swarm-a", 7, "ab" * 32, "cd" * 32, "sha256:" + "ef" * 32, AT)
SIGNED = sign_checkpoint(KEY, POINT)


def test_it_is_the_ledger_keys_word_for_one_swarm() -> None:
    assert verify_checkpoint(SIGNED, [OTHER.public, KEY.public], "swarm-a") == KEY.public
    for keys, swarm, code in (
        ([OTHER.public], "swarm-a", "bad_checkpoint"),
        ([], "swarm-a", "bad_checkpoint"),
        ([KEY.public], "swarm-b", "wrong_swarm"),
    ):
        with pytest.raises(CheckpointError) as caught:
            verify_checkpoint(SIGNED, keys, swarm)
        assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"size": 8},
        {"root": "ac" * 32},
        {"head": "ce" * 32},
        {"version": "sha256:" + "ee" * 32},
        {"at": AT + timedelta(milliseconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_signed(change: dict[str, Any]) -> None:
    changed = dataclasses.replace(SIGNED, checkpoint=dataclasses.replace(POINT, **change))
    with pytest.raises(CheckpointError) as caught:
        verify_checkpoint(changed, [KEY.public], "swarm-a")
    assert caught.value.code == "bad_checkpoint"


def test_a_signature_for_another_kind_of_statement_does_not_count() -> None:
    vote = base64.b64encode(KEY.sign(pae(VOTE_TYPE, checkpoint_payload(POINT)))).decode()
    with pytest.raises(CheckpointError):
        verify_checkpoint(dataclasses.replace(SIGNED, signature=vote), [KEY.public], "swarm-a")


@given(
    st.integers(1, 2**53 - 1),
    st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
)
def test_files_are_read_back_as_written(size: int, swarm: str, at: datetime) -> None:
    signed = sign_checkpoint(KEY, dataclasses.replace(POINT, size=size, swarm_id=swarm, at=at))
    assert signed.checkpoint.at.microsecond % 1000 == 0
    read = checkpoint_from_json(checkpoint_to_json(signed))
    assert read == signed
    assert verify_checkpoint(read, [KEY.public], swarm) == KEY.public


def envelope(payload: bytes, kind: str = CHECKPOINT_TYPE, **more: Any) -> str:
    signature = {"keyid": SIGNED.keyid, "sig": SIGNED.signature}
    encoded = base64.b64encode(payload).decode()
    return json.dumps({"payloadType": kind, "payload": encoded, "signatures": [signature], **more})


FIELDS = json.loads(checkpoint_payload(POINT))


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("envelope", ""),
        ("envelope", "[]"),
        ("envelope", '{"payloadType": 1}'),
        ("envelope", checkpoint_to_json(SIGNED)[:-40]),
        ("envelope", checkpoint_to_json(SIGNED) + " " * 20_000),
        ("envelope", envelope(b"\xff")),
        ("envelope", envelope(b"{")),
        ("envelope", envelope(canonical_bytes(FIELDS | {"at": "noon"}))),
        ("envelope", envelope(checkpoint_payload(POINT), signatures=[])),
        ("envelope", envelope(checkpoint_payload(POINT), signatures=[{"keyid": "", "sig": "AAAA"}])),
        ("envelope", envelope(checkpoint_payload(POINT)).replace('"payload": "', '"payload": "*')),
        ("payload_type", envelope(checkpoint_payload(POINT), VOTE_TYPE)),
        ("payload_form", envelope(checkpoint_payload(POINT) + b" ")),
        ("payload_form", envelope(canonical_bytes([]))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"more": ""}))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"size": 0}))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"size": True}))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"size": "7"}))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"root": "AB" * 32}))),
        ("payload_form", envelope(canonical_bytes(FIELDS | {"swarm_id": None}))),
    ],
)
def test_what_is_no_checkpoint(code: str, text: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        checkpoint_from_json(text)
    assert caught.value.code == code


def test_openssl_confirms_it(tmp_path: Path) -> None:
    """With nothing of ours: the envelope's payload, DSSE's encoding written out, and the ordinary tool."""
    file = json.loads(checkpoint_to_json(SIGNED))
    payload = base64.b64decode(file["payload"])
    kind = file["payloadType"].encode()
    message = b"DSSEv1 " + str(len(kind)).encode() + b" " + kind + b" " + str(len(payload)).encode() + b" " + payload
    public = Ed25519PublicKey.from_public_bytes(KEY.public.raw)
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "sig").write_bytes(base64.b64decode(file["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-sigfile", "sig", "-in", "m"]
    for bytes_, code in ((message, 0), (message + b" ", 1)):
        (tmp_path / "m").write_bytes(bytes_)
        assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == code
