"""Votes: made for one version of one swarm, witnessed, exported and imported (bytes: ``test_ordinary_tools``)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, ROSTER, SAM, SWARM, Chain, Person
from workbench.governance.artifact import Signature
from workbench.governance.dsse import VOTE_TYPE, pae
from workbench.governance.errors import VoteError
from workbench.governance.vote_files import vote_from_json, vote_to_json
from workbench.governance.votes import (
    VerifiedVote,
    sign_vote,
    verify_vote,
    vote_digest,
    vote_payload,
    witness_vote,
)

CHAIN = Chain()
VERSION = CHAIN.genesis()
DIGEST = VERSION.digest
PLACE = {"digest": DIGEST, "swarm_id": SWARM}


def vote(person: Person = ANA, **changes: Any) -> Signature:
    return Chain().vote(VERSION, person, **changes)


def verified(signature: Signature, **changes: Any) -> VerifiedVote:
    return verify_vote(signature, **{**PLACE, "roster": ROSTER, **changes})


def refused(code: str, make: Any) -> VoteError:
    with pytest.raises(VoteError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def test_a_vote_and_its_witness_hold() -> None:
    given_ = vote(comment="read it", dossier_digest="sha256:" + "0" * 64)
    found = verified(given_)
    assert found.signer == ANA.entry
    assert found.key == ANA.key.public
    assert given_.witness is not None
    assert found.received_at == given_.witness.received_at
    assert verified(given_.model_copy(update={"witness": None})).received_at is None


def test_the_signed_bytes_are_those_documented() -> None:
    given_ = vote(comment="é")
    payload = vote_payload(given_, **PLACE)
    assert json.loads(payload) == {
        "digest": DIGEST,
        "swarm_id": SWARM,
        "verdict": "approve",
        "principal": 'Operator::"ana"',
        "role": "operator",
        "signed_at": "2026-03-15T10:00:01Z",
        "comment": "é",
        "dossier_digest": "",
    }
    head = f"DSSEv1 {len(VOTE_TYPE)} {VOTE_TYPE} {len(payload)} ".encode()
    assert pae(VOTE_TYPE, payload) == head + payload
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("bad_signature", {"verdict": "reject"}),
        ("bad_signature", {"comment": "changed"}),
        ("bad_signature", {"signed_at": CHAIN.now}),
        ("bad_signature", {"dossier_digest": "sha256:" + "1" * 64}),
        ("bad_signature", {"signature": base64.b64encode(bytes(64)).decode()}),
        ("wrong_principal", {"principal": SAM.principal}),
        ("wrong_role", {"role": "supervisor"}),
        ("unknown_key", {"signed_by": EVE.key.public.fingerprint}),
        ("wrong_principal", {"signed_by": SAM.key.public.fingerprint}),
    ],
)
def test_every_field_of_a_vote_is_bound(code: str, change: dict[str, Any]) -> None:
    refused(code, lambda: verified(vote().model_copy(update=change)))


def test_a_vote_holds_for_one_version_of_one_swarm() -> None:
    refused("bad_signature", lambda: verified(vote(), digest="sha256:" + "0" * 64))
    refused("bad_signature", lambda: verified(vote(), swarm_id="swarm-other"))


def test_every_field_of_a_witness_is_bound() -> None:
    given_ = vote()
    witness = given_.witness
    assert witness is not None
    changes = (
        {"received_at": witness.received_at - timedelta(days=1)},
        {"entry": witness.entry + 1},
        {"signature": base64.b64encode(ANA.key.sign(b"x")).decode()},
    )
    for change in changes:
        forged = given_.model_copy(update={"witness": witness.model_copy(update=change)})
        refused("bad_witness", lambda forged=forged: verified(forged))
    other = vote(SAM).model_copy(update={"witness": witness})
    refused("bad_witness", lambda: verified(other))
    by_voter = witness_vote(SAM.key, given_, **PLACE, received_at=CHAIN.now, entry=1)
    refused("bad_witness", lambda: verified(by_voter))


def test_the_ledger_key_cannot_vote() -> None:
    refused("ledger_votes", lambda: vote(LEDGER))
    as_operator = vote(LEDGER, role="operator", witness=False)
    refused("ledger_votes", lambda: verified(as_operator))


def test_a_demo_key_signs_for_its_swarm_only() -> None:
    assert vote(key_comment=f"DEMO ONLY {SWARM}")
    error = refused("demo_key", lambda: vote(key_comment="DEMO ONLY swarm-other"))
    assert "swarm-other" in error.message


def test_a_vote_with_a_bad_field_is_refused_when_made() -> None:
    refused("control_character", lambda: vote(comment="\x1b[2J"))
    refused("uid", lambda: vote(principal="ana"))
    refused("digest", lambda: vote(dossier_digest="sha256:00"))


@settings(max_examples=30, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=30),
    st.sampled_from(["approve", "reject"]),
)
def test_a_vote_travels_as_a_file(comment: str, verdict: Any) -> None:
    given_ = sign_vote(
        ANA.key, VERSION, principal=ANA.principal, role=ANA.role, verdict=verdict, signed_at=CHAIN.now, comment=comment
    )
    read = vote_from_json(vote_to_json(given_, **PLACE))
    assert (read.digest, read.swarm_id, read.signature) == (DIGEST, SWARM, given_)
    assert verified(read.signature).digest == vote_digest(given_, **PLACE)


def envelope(**changes: Any) -> str:
    return json.dumps({**json.loads(vote_to_json(vote(witness=False), **PLACE)), **changes})


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


PAYLOAD = vote_payload(vote(), **PLACE).decode()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("json", "not json"),
        ("envelope", "[]"),
        ("envelope", envelope(signatures=[])),
        ("envelope", envelope(signatures=json.loads(envelope())["signatures"] * 2)),
        ("envelope", envelope(payload="!!!")),
        ("envelope", envelope(payload=base64.b64encode(b"\xff").decode())),
        ("envelope", " " * 300_000),
        ("payload_type", envelope(payloadType="application/vnd.concord.witness.v1+json")),
        ("payload_form", envelope(payload=encoded(PAYLOAD + " "))),
        ("payload_form", envelope(payload=encoded(PAYLOAD.replace('"role":"operator",', "")))),
        ("payload_form", envelope(payload=encoded(PAYLOAD.replace("{", '{"a":1,', 1)))),
        ("duplicate_key", envelope(payload=encoded(PAYLOAD.replace("{", '{"comment":"",', 1)))),
        ("duplicate_key", envelope().replace("{", '{"payload": "", ', 1)),
        ("value", envelope(payload=encoded(PAYLOAD.replace("approve", "accept")))),
        ("base64", envelope(signatures=[{"keyid": ANA.key.public.fingerprint, "sig": "AA=="}])),
        ("base64", envelope(signatures=[{"keyid": ANA.key.public.fingerprint, "sig": vote().signature.rstrip("=")}])),
        ("fingerprint", envelope(signatures=[{"keyid": "ana", "sig": vote().signature}])),
        ("depth", "[" * 100_000),
    ],
)
def test_files_that_are_no_votes(code: str, text: str) -> None:
    refused(code, lambda: vote_from_json(text))
