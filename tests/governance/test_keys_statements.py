"""Who may suspend, revoke and lift a key: the rules alone, with people of several keys, devices, and recovery."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, SAM, START, SWARM, Person
from tests.governance.hardware import Device
from workbench.governance import sshsig
from workbench.governance.canonical import canonical_bytes
from workbench.governance.dsse import VOTE_TYPE, pae, sign
from workbench.governance.errors import GovernanceError, VoteError
from workbench.governance.key_statements import (
    KEY_CARE_TYPE,
    KeyStatement,
    Seal,
    from_json,
    refuse_unentitled,
    refuse_untimely,
    sealed,
    signers,
    to_json,
)
from workbench.governance.keys import Signing, generate_key, public_line
from workbench.governance.roster import RosterEntry, owner_of, with_line, without_key, without_person

SPARE, DEVICE = generate_key(), Device()
ANA_TWO = RosterEntry(principal=ANA.principal, role="operator", keys=(*ANA.entry.keys, public_line(SPARE, "spare")))
ROD = RosterEntry(principal='Operator::"rod"', role="operator", keys=(public_line(DEVICE.public, "yubi"),))
REX = Person('Operator::"rex"', "recovery")
ROSTER = (ANA_TWO, SAM.entry, EVE.entry, ROD, REX.entry, LEDGER.entry)
LOST = ANA.key.public.fingerprint


def statement(act: Any = "suspend", **changes: Any) -> KeyStatement:
    plain = {
        "act": act,
        "swarm_id": SWARM,
        "key": LOST,
        "why": "lost",
        "at": START,
        "constitution": "sha256:" + "a" * 64,
        "previous": "",
    }
    return KeyStatement(**{**plain, **changes})


def decide(act: Any, *keys: Signing, blocks: bool = False, key: str = LOST) -> list[str]:
    """What the service asks of a statement that these keys signed; who signed."""
    said = statement(act, key=key)
    seals = [sealed(each, said) for each in keys]
    people = signers(said, seals, ROSTER)
    refuse_unentitled(said, seals, people, owner_of(key, ROSTER), blocks=blocks)
    return [person.principal for person in people]


@pytest.mark.parametrize("act", ["suspend", "revoke"])
@pytest.mark.parametrize(
    ("code", "keys", "blocks"),
    [
        ("", (ANA.key,), False),
        ("", (SPARE,), False),
        ("", (SAM.key, EVE.key), False),
        ("", (SAM.key, DEVICE), False),
        ("", (SPARE, SAM.key), True),
        ("not_entitled", (SAM.key,), False),
        ("not_entitled", (DEVICE,), False),
        ("not_entitled", (SAM.key,), True),
        ("would_block", (SPARE,), True),
        ("same_person", (SAM.key, SAM.key), False),
        ("same_person", (ANA.key, SPARE), True),
        ("no_signature", (), False),
        ("unknown_key", (generate_key(),), False),
        ("unknown_key", (DEVICE.inner,), False),
        ("ledger_votes", (LEDGER.key,), False),
        ("ledger_votes", (SAM.key, LEDGER.key), False),
        ("recovery_only", (SAM.key, REX.key), False),
    ],
)
def test_who_may_hold_a_key(act: Any, code: str, keys: tuple[Signing, ...], blocks: bool) -> None:
    if not code:
        assert decide(act, *keys, blocks=blocks)
        return
    with pytest.raises(VoteError) as caught:
        decide(act, *keys, blocks=blocks)
    assert caught.value.code == code


@pytest.mark.parametrize(("act", "code"), [("suspend", ""), ("revoke", "would_block")])
def test_others_may_block_a_class_for_a_while_but_never_for_good(act: Any, code: str) -> None:
    """A suspension can be lifted by any two; a revocation by nobody."""
    found, help = "", ""
    try:
        decide(act, EVE.key, SAM.key, blocks=True)
    except VoteError as error:
        found, help = error.code, error.help
    assert (found, "keys suspend" in help) == (code, bool(code))
    assert decide(act, EVE.key, SAM.key, SPARE, blocks=True)


@pytest.mark.parametrize(
    ("code", "keys"),
    [
        ("", (SPARE, SAM.key)),
        ("", (SAM.key, EVE.key)),
        ("two_needed", (SPARE,)),
        ("two_needed", (SAM.key,)),
        ("own_key", (ANA.key, SAM.key)),
        ("own_key", (ANA.key, SAM.key, EVE.key)),
        ("recovery_only", (SPARE, REX.key)),
    ],
)
def test_who_may_lift_it(code: str, keys: tuple[Signing, ...]) -> None:
    if not code:
        assert len(decide("lift", *keys)) == 2
        return
    with pytest.raises(VoteError) as caught:
        decide("lift", *keys)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"act": "revoke"},
        {"swarm_id": "swarm-other"},
        {"key": SAM.key.public.fingerprint},
        {"why": "bored"},
        {"at": START + timedelta(seconds=1)},
        {"constitution": "sha256:" + "b" * 64},
        {"previous": "c" * 64},
    ],
)
@pytest.mark.parametrize("key", [ANA.key, DEVICE], ids=["plain", "device"])
def test_every_field_is_signed(key: Any, change: dict[str, Any]) -> None:
    with pytest.raises(VoteError) as caught:
        signers(statement(**change), [sealed(key, statement())], ROSTER)
    assert caught.value.code == "bad_signature"


def test_a_statement_is_no_vote_and_a_vote_no_statement() -> None:
    """A device signs both in SSH's form; the namespace and the type keep them apart."""
    payload = statement().payload()
    as_vote = base64.b64encode(sshsig.sign(DEVICE, canonical_bytes(payload), "concord-vote")).decode()
    other = base64.b64encode(sshsig.sign(DEVICE, pae(VOTE_TYPE, canonical_bytes(payload)), "concord-key")).decode()
    assert KEY_CARE_TYPE != VOTE_TYPE
    fingerprint = DEVICE.public.fingerprint
    for code, seal in (
        ("sshsig_namespace", Seal(fingerprint, as_vote, "sshsig")),
        ("bad_signature", Seal(fingerprint, other, "sshsig")),
        ("hardware_form", Seal(fingerprint, sign(DEVICE.inner, KEY_CARE_TYPE, payload))),
        ("bad_signature", Seal(ANA.key.public.fingerprint, sign(ANA.key, VOTE_TYPE, payload))),
    ):
        with pytest.raises(GovernanceError) as caught:
            signers(statement(), [seal], ROSTER)
        assert caught.value.code == code


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), max_size=40),
    st.sampled_from(["suspend", "revoke", "lift"]),
    st.lists(st.sampled_from([ANA.key, SAM.key, DEVICE]), max_size=3),
)
def test_a_statement_travels_as_a_file(why: str, act: Any, keys: list[Any]) -> None:
    said = statement(act, why=why)
    seals = tuple(sealed(key, said) for key in keys)
    assert from_json(to_json(said, seals)) == (said, seals)


def test_when_a_statement_holds() -> None:
    refuse_untimely(statement(), START + timedelta(days=7))
    refuse_untimely(statement(), START - timedelta(minutes=10))
    for code, now in (
        ("old_statement", START + timedelta(days=7, milliseconds=1)),
        ("future_statement", START - timedelta(minutes=10, milliseconds=1)),
    ):
        with pytest.raises(VoteError) as caught:
            refuse_untimely(statement(), now)
        assert caught.value.code == code


def test_rosters_that_follow() -> None:
    new = public_line(generate_key(), "new")
    rotated = with_line(ROSTER, LOST, new)
    assert rotated[0].keys == (new, ANA_TWO.keys[1])
    assert rotated[1:] == ROSTER[1:]
    assert without_key(ROSTER, LOST)[0].keys == ANA_TWO.keys[1:]
    assert without_person(ROSTER, ANA.principal) == ROSTER[1:]
    for code, act in (
        ("last_key", lambda: without_key(ROSTER, SAM.key.public.fingerprint)),
        ("unknown_key", lambda: without_key(ROSTER, generate_key().public.fingerprint)),
        ("unknown_key", lambda: with_line(ROSTER, DEVICE.inner.public.fingerprint, new)),
    ):
        with pytest.raises(GovernanceError) as caught:
            act()
        assert caught.value.code == code
