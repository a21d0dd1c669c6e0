"""Votes on cases as bytes: signed, carried as a file, read back; whatever is changed on the way is noticed."""

from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.governance.case_votes import (
    CASE_VOTE_TYPE,
    CaseStatement,
    SignedCaseVote,
    case_vote_from_json,
    case_vote_to_json,
    sign_case_vote,
    verify_case_vote,
)
from workbench.governance.cases import CaseError
from workbench.governance.dsse import pae
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import generate_key

KEY = generate_key()
SAID = CaseStatement(
    swarm_id="swarm-test",
    case="0123456789abcdef",
    case_key="a" * 64,
    procedure="refunds",
    procedure_digest="b" * 64,
    version="sha256:" + "c" * 64,
    stage=0,
    verdict="approve",
    principal='Agent::"viktor"',
    signed_at="2026-03-02T09:00:00Z",
    comment="seen",
)
words = st.text(alphabet=st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), max_size=20)
statements = st.builds(
    CaseStatement,
    swarm_id=words,
    case=words,
    case_key=words,
    procedure=words,
    procedure_digest=words,
    version=words,
    stage=st.integers(0, 8),
    verdict=st.sampled_from(["approve", "reject"]),
    principal=words,
    signed_at=st.just("2026-03-02T09:00:00.250Z"),
    comment=words,
)


@given(statements)
@settings(max_examples=80, deadline=None)
def test_a_vote_comes_back_from_its_file_as_it_was(said: CaseStatement) -> None:
    signed = sign_case_vote(KEY, said)
    again = case_vote_from_json(case_vote_to_json(signed))
    assert again == signed
    assert again.digest == signed.digest
    verify_case_vote(again, KEY.public)


@given(statements, st.sampled_from([field.name for field in fields(CaseStatement)]))
@settings(max_examples=120, deadline=None)
def test_no_field_can_be_changed_under_a_signature(said: CaseStatement, name: str) -> None:
    signed = sign_case_vote(KEY, said)
    value: Any = getattr(said, name)
    other: Any = value + 1 if name == "stage" else {"approve": "reject", "reject": "approve"}.get(value, value + "x")
    changed = SignedCaseVote(replace(said, **{name: other}), signed.signed_by, signed.signature)
    assert changed.digest != signed.digest
    with pytest.raises(CaseError) as error:
        verify_case_vote(changed, KEY.public)
    assert error.value.code == "bad_signature"


@pytest.mark.parametrize("signature", ["", "AAAA", "=" * 88, base64.b64encode(bytes(64)).decode(), "\ud800"])
def test_what_is_no_signature_holds_for_nothing(signature: str) -> None:
    with pytest.raises(CaseError) as error:
        verify_case_vote(SignedCaseVote(SAID, KEY.public.fingerprint, signature), KEY.public)
    assert error.value.code == "bad_signature"


def test_another_key_did_not_sign_it() -> None:
    with pytest.raises(CaseError):
        verify_case_vote(sign_case_vote(KEY, SAID), generate_key().public)


@given(st.text(max_size=300) | st.recursive(st.none() | st.booleans() | st.text(), st.lists).map(json.dumps))
@settings(max_examples=150, deadline=None)
def test_no_text_at_all_does_more_than_be_refused(text: str) -> None:
    with pytest.raises(GovernanceError):
        case_vote_from_json(text)


def test_openssl_agrees_on_the_bytes(tmp_path: Path) -> None:
    signed = sign_case_vote(KEY, SAID)
    envelope = json.loads(case_vote_to_json(signed))
    assert envelope["payloadType"] == CASE_VOTE_TYPE
    public = Ed25519PublicKey.from_public_bytes(KEY.public.raw)
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (tmp_path / "signed").write_bytes(pae(CASE_VOTE_TYPE, base64.b64decode(envelope["payload"])))
    (tmp_path / "signature").write_bytes(base64.b64decode(envelope["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", "key.pem", "-in", "signed"]
    told = subprocess.run(
        [*command, "-sigfile", "signature"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "Verified Successfully" in told.stdout, told.stderr
