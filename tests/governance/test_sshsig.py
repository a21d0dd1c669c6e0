"""SSHSIG votes: made, parsed in one spelling only, bound to purpose and key; devices emulated in software."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, LEDGER, ROSTER, SAM, SWARM, Chain, Person, content
from tests.governance.hardware import Device, ssh_string
from workbench.governance import sshsig
from workbench.governance.artifact import Signature, dump_yaml, load_yaml
from workbench.governance.chain import verify_chain
from workbench.governance.errors import ArtifactError, GovernanceError, KeyFileError, VoteError
from workbench.governance.keys import PublicKey, generate_key, parse_public_line, public_line
from workbench.governance.roster import RosterEntry, check_roster
from workbench.governance.vote_files import vote_from_json, vote_from_sshsig, vote_to_json
from workbench.governance.votes import sign_vote, verify_vote, vote_digest, vote_payload

VERSION = Chain().genesis()
PLACE = {"digest": VERSION.digest, "swarm_id": SWARM}
DEVICE = Device()
ROD = Person('Operator::"rod"', "supervisor", DEVICE)  # type: ignore[arg-type]
WITH_ROD = (*ROSTER, ROD.entry)


def refused(code: str, make: Any) -> GovernanceError:
    with pytest.raises(GovernanceError) as caught:
        make()
    assert caught.value.code == code, caught.value
    return caught.value


def vote(person: Person = ANA, **changes: Any) -> Signature:
    return Chain().vote(VERSION, person, witness=False, **{"form": "sshsig", **changes})


def blob_of(signature: Signature) -> bytes:
    return base64.b64decode(signature.signature)


def with_blob(signature: Signature, blob: bytes) -> Signature:
    return signature.model_copy(update={"signature": base64.b64encode(blob).decode()})


def verified(signature: Signature, roster: Any = WITH_ROD) -> Any:
    return verify_vote(signature, **PLACE, roster=roster)


def test_the_bytes_are_those_of_the_protocol() -> None:
    """Put together here from PROTOCOL.sshsig, field by field."""
    message = b"some payload"
    signed = b"SSHSIG" + b"".join(
        ssh_string(part) for part in (b"concord-vote", b"", b"sha512", hashlib.sha512(message).digest())
    )
    key = ssh_string(b"ssh-ed25519") + ssh_string(ANA.key.public.raw)
    made = ssh_string(b"ssh-ed25519") + ssh_string(ANA.key.sign(signed))
    blob = b"SSHSIG" + (1).to_bytes(4, "big")
    blob += b"".join(ssh_string(part) for part in (key, b"concord-vote", b"", b"sha512", made))
    assert sshsig.sign(ANA.key, message, "concord-vote") == blob


def test_a_vote_of_either_kind_of_key_holds() -> None:
    for person in (ANA, ROD):
        given_ = vote(person)
        assert given_.form == "sshsig"
        assert verified(given_).key.fingerprint == given_.signed_by
        assert verified(vote_from_json(vote_to_json(given_, **PLACE)).signature).digest == vote_digest(given_, **PLACE)
        armour = sshsig.armoured(blob_of(given_))
        two_files = vote_from_sshsig(vote_payload(given_, **PLACE), armour)
        assert (two_files.signature, two_files.digest, two_files.swarm_id) == (given_, VERSION.digest, SWARM)
    assert vote(ROD, form="").form == "sshsig"  # a device has no other way


def test_a_chain_signed_in_both_forms_verifies_from_its_files() -> None:
    chain = Chain()
    genesis = chain.genesis(content(roster=WITH_ROD))
    genesis = genesis.adding(chain.vote(genesis, ANA)).adding(chain.vote(genesis, ROD))
    chain.versions.append(chain.activated(genesis, wait=0))
    text = dump_yaml(chain.head)
    assert text.count("form: sshsig") == 1
    assert load_yaml(text) == chain.head
    assert verify_chain(chain.files(), genesis_pin=chain.head.digest).anchored
    other = text.replace(
        "principal: 'Operator::\"rod\"'\n    role: supervisor\n    verdict: approve",
        "principal: 'Operator::\"rod\"'\n    role: supervisor\n    verdict: reject",
    )
    assert other != text
    assert verify_chain([("1.0.0.yaml", other)]).code == "bad_signature"


def test_files_without_a_form_keep_their_bytes_and_digests() -> None:
    given_ = vote(form="")
    assert "form" not in json.loads(vote_to_json(given_, **PLACE))
    assert "form" not in dump_yaml(VERSION.adding(given_))
    plain = {"payload": json.loads(vote_payload(given_, **PLACE)), "signed_by": given_.signed_by}
    plain["signature"] = given_.signature
    canonical = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert vote_digest(given_, **PLACE) == hashlib.sha256(canonical).hexdigest()


def test_the_form_is_part_of_the_votes_digest() -> None:
    given_ = vote()
    as_dsse = Signature.model_construct(**{**dict(given_), "form": ""})
    assert vote_digest(as_dsse, **PLACE) != vote_digest(given_, **PLACE)


# ---- one form offered as the other -----------------------------------------------------------------------------------


def test_the_bare_signature_of_an_sshsig_is_no_dsse_vote() -> None:
    given_ = vote()
    raw = sshsig.parse(blob_of(given_)).signature
    bare = given_.model_copy(update={"form": "", "signature": base64.b64encode(raw).decode()})
    refused("bad_signature", lambda: verified(bare))


def test_the_signature_of_a_dsse_vote_is_no_sshsig() -> None:
    dsse = vote(form="")
    mine = blob_of(vote())
    swapped = mine[:-64] + base64.b64decode(dsse.signature)
    refused("bad_signature", lambda: verified(with_blob(vote(), swapped)))


def test_the_form_must_fit_the_signature() -> None:
    sealed, dsse = vote(), vote(form="")
    refused("base64", lambda: Signature.model_validate({**sealed.model_dump(), "form": ""}))
    refused("sshsig_form", lambda: Signature.model_validate({**dsse.model_dump(), "form": "sshsig"}))


def test_a_device_cannot_vote_in_dsse() -> None:
    forged = vote(ANA, form="").model_copy(
        update={"signed_by": DEVICE.public.fingerprint, "principal": ROD.principal, "role": ROD.role}
    )
    refused("hardware_form", lambda: verified(forged))
    by_inner = sign_vote(DEVICE.inner, VERSION, principal=ROD.principal, role=ROD.role, signed_at=Chain().now)
    refused("unknown_key", lambda: verified(by_inner))  # the same bytes, but not the key of the roster


def test_a_plain_key_with_the_bytes_of_a_device_is_the_same_material() -> None:
    twin = RosterEntry(principal='O::"twin"', role="operator", keys=(public_line(DEVICE.inner),))
    refused("shared_key", lambda: check_roster((*WITH_ROD, twin), SWARM))
    other_application = RosterEntry(
        principal='O::"twin"', role="operator", keys=(public_line(Device(DEVICE.inner, "ssh:two").public),)
    )
    refused("shared_key", lambda: check_roster((*WITH_ROD, other_application), SWARM))


def test_a_device_cannot_be_a_ledger_key() -> None:
    entry = RosterEntry(principal='L::"l"', role="ledger", keys=(public_line(DEVICE.public),))
    refused("ledger_hardware", lambda: check_roster((ANA.entry, entry), SWARM))


# ---- purpose, key, presence ------------------------------------------------------------------------------------------


def test_another_namespace_is_another_purpose() -> None:
    payload = vote_payload(vote(), **PLACE)
    for namespace in ("file", "git", "concord-votes", "concord-vote "):
        forged = with_blob(vote(), sshsig.sign(ANA.key, payload, namespace))
        refused("sshsig_namespace", lambda forged=forged: verified(forged))


def test_the_namespace_in_the_file_is_the_one_that_was_signed() -> None:
    blob = sshsig.sign(ANA.key, vote_payload(vote(), **PLACE), "concord-vota")
    relabelled = with_blob(vote(), blob.replace(b"concord-vota", b"concord-vote"))
    refused("bad_signature", lambda: verified(relabelled))


def test_a_signature_by_another_key_than_named() -> None:
    payload = vote_payload(vote(), **PLACE)
    refused("wrong_key", lambda: verified(with_blob(vote(), sshsig.sign(SAM.key, payload, "concord-vote"))))
    stolen = sshsig.sign(SAM.key, payload, "concord-vote").replace(SAM.key.public.raw, ANA.key.public.raw)
    refused("bad_signature", lambda: verified(with_blob(vote(), stolen)))


def test_a_device_must_have_been_touched() -> None:
    for flags, code in ((0, "no_presence"), (4, "no_presence"), (1, ""), (5, "")):
        person = Person(ROD.principal, ROD.role, Device(DEVICE.inner, flags=flags))  # type: ignore[arg-type]
        if code:
            refused(code, lambda person=person: verified(vote(person)))
        else:
            assert verified(vote(person))


def test_flags_counter_and_application_of_a_device_are_bound() -> None:
    blob = blob_of(vote(ROD))
    assert blob.endswith(b"\x01\x00\x00\x00\x07")
    refused("bad_signature", lambda: verified(with_blob(vote(ROD), blob[:-5] + b"\x05\x00\x00\x00\x07")))
    refused("bad_signature", lambda: verified(with_blob(vote(ROD), blob[:-1] + b"\x08")))
    elsewhere = Device(DEVICE.inner, "ssh:elsewhere")
    made = sshsig.sign(elsewhere, vote_payload(vote(ROD), **PLACE), "concord-vote")
    refused("wrong_key", lambda: verified(with_blob(vote(ROD), made)))


def test_the_type_of_key_and_signature_must_agree() -> None:
    confused = Device(DEVICE.inner, kind="ssh-ed25519")  # a device's key over a signature that says it is a plain one
    refused("key_type", lambda: sshsig.parse(sshsig.sign(confused, b"x", "concord-vote")))


def test_sha256_is_accepted_and_weaker_hashes_are_not() -> None:
    payload = vote_payload(vote(), **PLACE)

    def made(hash_name: str, digest: bytes) -> bytes:
        data = b"SSHSIG" + b"".join(ssh_string(p) for p in (b"concord-vote", b"", hash_name.encode(), digest))
        head = (ANA.key.public.blob, b"concord-vote", b"", hash_name.encode(), ANA.key.sign_ssh(data))
        return b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(ssh_string(p) for p in head)

    assert verified(with_blob(vote(), made("sha256", hashlib.sha256(payload).digest())))
    for name in ("sha1", "md5", "", "SHA512"):
        digest = hashlib.sha1(payload).digest()
        refused("sshsig_hash", lambda name=name, digest=digest: sshsig.parse(made(name, digest)))


# ---- one spelling ----------------------------------------------------------------------------------------------------

BLOB = sshsig.sign(ANA.key, b"message", "concord-vote")
SK_BLOB = sshsig.sign(DEVICE, b"message", "concord-vote")


@pytest.mark.parametrize("blob", [BLOB, SK_BLOB])
def test_every_byte_of_a_signature_counts(blob: bytes) -> None:
    """No byte can be changed, dropped or added without a refusal: one signature has one spelling."""
    key = ANA.key.public if blob == BLOB else DEVICE.public
    sshsig.verify(sshsig.parse(blob), b"message", key=key, namespace="concord-vote")
    for place in range(len(blob)):
        for changed in (
            blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :],
            blob[:place],
            blob[:place] + blob[place + 1 :],
        ):
            with pytest.raises(ArtifactError):
                sshsig.verify(sshsig.parse(changed), b"message", key=key, namespace="concord-vote")
    for more in (b"\x00", b"\x00\x00\x00\x00"):
        refused("sshsig_form", lambda more=more: sshsig.parse(blob + more))


def test_a_filled_reserved_field_is_refused() -> None:
    head = (ANA.key.public.blob, b"concord-vote", b"x", b"sha512", ANA.key.sign_ssh(b"x"))
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(ssh_string(part) for part in head)
    assert "reserved" in refused("sshsig_form", lambda: sshsig.parse(blob)).message


@given(st.binary(max_size=300))
@example(b"SSHSIG\x00\x00\x00\x01" + b"\xff" * 4)
@example(b"SSHSIG" + b"\x00\x00\x00\x01" + b"\x00\x00\x00\x00" * 5)
@example(b"SSHSIG" * 1000)
def test_nonsense_is_refused_with_a_code(blob: bytes) -> None:
    with pytest.raises(ArtifactError) as caught:
        sshsig.parse(blob)
    assert caught.value.code in {"sshsig_form", "sshsig_key", "sshsig_hash", "key_type"}


@settings(max_examples=200)
@given(st.integers(0, len(SK_BLOB)), st.integers(0, len(SK_BLOB)), st.binary(max_size=6))
def test_damaged_signatures_never_escape(start: int, end: int, middle: bytes) -> None:
    damaged = SK_BLOB[: min(start, end)] + middle + SK_BLOB[max(start, end) :]
    try:
        parsed = sshsig.parse(damaged)
        sshsig.verify(parsed, b"message", key=DEVICE.public, namespace="concord-vote")
    except ArtifactError:
        return
    assert damaged == SK_BLOB


@given(st.binary(min_size=1, max_size=600))
def test_armour_goes_both_ways(blob: bytes) -> None:
    text = sshsig.armoured(blob)
    assert sshsig.dearmoured(text) == blob
    assert sshsig.dearmoured(text.replace("\n", "\r\n")) == blob
    assert all(len(line) <= 70 for line in text.splitlines())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        sshsig.armoured(BLOB) + "x",
        "x" + sshsig.armoured(BLOB),
        sshsig.armoured(BLOB) * 2,
        sshsig.armoured(BLOB).replace("BEGIN SSH SIGNATURE", "BEGIN PGP SIGNATURE"),
        sshsig.armoured(BLOB).replace("-----END SSH SIGNATURE-----", ""),
        "-----BEGIN SSH SIGNATURE-----\n=AAA\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\nAAB=\n-----END SSH SIGNATURE-----\n",
        "-----BEGIN SSH SIGNATURE-----\n" + "AAAA\n" * 50_000 + "-----END SSH SIGNATURE-----\n",
    ],
)
def test_other_text_is_no_armour(text: str) -> None:
    refused("sshsig_armour", lambda: sshsig.dearmoured(text))


# ---- keys of devices -------------------------------------------------------------------------------------------------


def test_a_devices_key_has_a_public_line_of_its_own() -> None:
    line = public_line(DEVICE.public, "yubi")
    assert line.startswith("sk-ssh-ed25519@openssh.com ")
    key, comment = parse_public_line(line)
    assert (key, key.application, key.hardware, comment) == (DEVICE.public, "ssh:", True, "yubi")
    assert key == DEVICE.inner.public  # the same material
    assert key.fingerprint != DEVICE.inner.public.fingerprint
    refused("key_type", lambda: parse_public_line(line.replace("sk-ssh-ed25519@openssh.com ", "ssh-ed25519 ")))
    assert not key.verify(DEVICE.inner.sign(b"x"), b"x")


def test_a_device_with_an_odd_application_is_refused() -> None:
    for application in ("", "x" * 300, "ssh:\x1b[2J", "ssh:é"):
        with pytest.raises(KeyFileError):
            PublicKey(DEVICE.inner.public.raw, DEVICE.public.kind, application)


# ---- vote files ------------------------------------------------------------------------------------------------------


def sealed_file(**changes: Any) -> str:
    return json.dumps({**json.loads(vote_to_json(vote(), **PLACE)), **changes})


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("envelope", sealed_file(signatures=[{"keyid": "x", "sig": "y"}])),
        ("envelope", sealed_file(note="x")),
        ("envelope", sealed_file(sshsig=7)),
        ("payload_type", sealed_file(payloadType="application/vnd.concord.witness.v1+json")),
        ("payload_form", sealed_file(payload=base64.b64encode(vote_payload(vote(), **PLACE) + b"\n").decode())),
        ("sshsig_armour", sealed_file(sshsig="")),
        ("sshsig_armour", sealed_file(sshsig=base64.b64encode(blob_of(vote())).decode())),
        ("sshsig_form", sealed_file(sshsig=sshsig.armoured(blob_of(vote()) + b"x"))),
    ],
)
def test_files_that_are_no_sshsig_votes(code: str, text: str) -> None:
    with pytest.raises(VoteError) as caught:
        vote_from_json(text)
    assert caught.value.code == code


def test_a_ledger_keys_sshsig_is_no_vote() -> None:
    made = vote(LEDGER, role="operator")
    refused("ledger_votes", lambda: verified(made))


def test_the_vote_of_a_key_unknown_to_the_roster() -> None:
    stranger = Person('Operator::"x"', "operator", generate_key())
    refused("unknown_key", lambda: verified(vote(stranger)))
