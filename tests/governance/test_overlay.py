"""Statements about overlays: what is bound by a signature, whose signatures count, what a file may be."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, SAM, START, SWARM, Person
from tests.governance.hardware import Device
from tests.governance.overlays import BRAKE, NORA, NORM, RESCUE, ROSTER, by, lift, place
from workbench.governance import overlay, sshsig
from workbench.governance.canonical import canonical_bytes
from workbench.governance.dsse import VOTE_TYPE, sign
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import generate_key, public_line
from workbench.governance.overlay import LIFT_TYPE, OVERLAY_TYPE, OverlayError, Statement, Stop, statement_of
from workbench.governance.overlay_signing import (
    OverlaySignature,
    Signed,
    from_envelope,
    signed,
    signers,
    to_envelope,
)
from workbench.governance.roster import RosterEntry


def refused(code: str) -> Any:
    return pytest.raises(GovernanceError, check=lambda error: error.code == code)


def changed(statement: Statement, path: str, value: Any) -> Statement:
    """The statement with one field of what is signed replaced."""
    plain = json.loads(json.dumps(statement.statement()))
    *parents, last = path.split(".")
    inside = plain
    for name in parents:
        inside = inside[name]
    assert inside[last] != value
    inside[last] = value
    return statement_of(plain)


# ---- what a signature binds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "path", "value"),
    [
        (place(), "id", "bbbbbbbb"),
        (place(), "why", "another reason"),
        (place(), "content.name", 'Agent::"omar"'),
        (place(), "content.target", "action"),
        (place(), "placed_at", "2026-03-15T10:00:01Z"),
        (place(), "expires_at", "2026-03-16T10:00:00Z"),
        (place(), "constitution", "sha256:" + "6" * 64),
        (place(BRAKE), "content.forbids", "forbid (principal, action, resource);"),
        (place(BRAKE), "content.without", []),
        (place(NORM), "content.cedar_plus", "forbid (principal, action, resource);\n"),
        (place(NORM), "content.english", "Agents must not share."),
        (lift(), "id", "bbbbbbbb"),
        (lift(), "why", "another reason"),
        (lift(), "lifted_at", "2026-03-15T10:00:01Z"),
    ],
)
def test_a_signature_holds_for_exactly_what_was_signed(statement: Statement, path: str, value: Any) -> None:
    found = by(statement, ANA)
    assert [person.principal for person in signers(found, ROSTER, SWARM)] == [ANA.principal]
    with refused("bad_signature"):
        signers(Signed(changed(statement, path, value), found.signatures), ROSTER, SWARM)


def test_a_statement_of_another_swarm_is_refused_with_that_reason() -> None:
    with refused("wrong_swarm"):
        signers(by(place(swarm_id="swarm-other"), ANA), ROSTER, SWARM)
    relabelled = Signed(changed(place(swarm_id="swarm-other"), "swarm_id", SWARM), by(place(), ANA).signatures)
    assert signers(relabelled, ROSTER, SWARM)  # the same bytes as signed here: the control
    stolen = Signed(place(), by(place(swarm_id="swarm-other"), ANA).signatures)
    with refused("bad_signature"):
        signers(stolen, ROSTER, SWARM)


def test_a_signature_over_the_same_bytes_as_another_kind_of_thing_does_not_count() -> None:
    for statement, other in ((place(), VOTE_TYPE), (place(), LIFT_TYPE), (lift(), OVERLAY_TYPE)):
        taken = OverlaySignature(
            signed_by=ANA.key.public.fingerprint, signature=sign(ANA.key, other, statement.statement())
        )
        with refused("bad_signature"):
            signers(Signed(statement, (taken,)), ROSTER, SWARM)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ((ANA, ANA), "same_person"),
        ((LEDGER,), "ledger_signs"),
        ((RESCUE,), "recovery_signs"),
        ((Person('Operator::"ana"', "operator"),), "unknown_key"),
        ((ANA, Person('Operator::"who"', "operator")), "unknown_key"),
    ],
)
def test_only_distinct_people_of_the_roster_sign(people: tuple[Person, ...], code: str) -> None:
    with refused(code):
        signers(by(place(BRAKE), *people), ROSTER, SWARM)


def test_two_keys_of_one_person_are_one_person() -> None:
    second = generate_key()
    both = RosterEntry(
        principal=ANA.principal, role="operator", keys=(*ANA.entry.keys, public_line(second, "ana's other"))
    )
    found = by(place(BRAKE), ANA, Person(ANA.principal, "operator", second))
    with refused("same_person"):
        signers(found, (both, *ROSTER[1:]), SWARM)


def test_a_bad_signature_beside_good_ones_is_not_passed_over() -> None:
    good = by(place(BRAKE), ANA, SAM)
    other = by(place(BRAKE, id="bbbbbbbb"), EVE).signatures
    assert len(signers(good, ROSTER, SWARM)) == 2
    with refused("bad_signature"):
        signers(Signed(good.statement, (*good.signatures, *other)), ROSTER, SWARM)
    with refused("too_many_signatures"):
        signers(Signed(good.statement, good.signatures * 9), ROSTER, SWARM)


def test_a_hardware_key_signs_as_sshsig_and_for_this_purpose_only() -> None:
    device = Device()
    who = RosterEntry(principal='Operator::"hana"', role="operator", keys=(public_line(device.public, "hana"),))
    roster = (*ROSTER, who)
    for statement, namespace in ((place(), "concord-overlay"), (lift(), "concord-overlay-lift")):
        found = from_envelope(to_envelope(signed(statement, [device])))
        assert found.signatures[0].form == "sshsig"
        assert sshsig.parse(base64.b64decode(found.signatures[0].signature)).namespace == namespace
        assert [person.principal for person in signers(found, roster, SWARM)] == [who.principal]
        with refused("bad_signature"):
            signers(Signed(changed(statement, "why", "another"), found.signatures), roster, SWARM)

    def made(namespace: str, key: Any = device) -> Signed:
        blob = sshsig.sign(key, canonical_bytes(place().statement()), namespace)
        text = base64.b64encode(blob).decode()
        signature = OverlaySignature(signed_by=device.public.fingerprint, form="sshsig", signature=text)
        return Signed(place(), (signature,))

    assert signers(made("concord-overlay"), roster, SWARM)
    for namespace in ("concord-vote", "concord-overlay-lift", "file"):
        with refused("sshsig_namespace"):
            signers(made(namespace), roster, SWARM)
    with refused("wrong_key"):
        signers(made("concord-overlay", Device()), roster, SWARM)
    with refused("no_presence"):
        signers(made("concord-overlay", Device(device.inner, flags=0)), roster, SWARM)
    bare = sign(device.inner, OVERLAY_TYPE, place().statement())
    with refused("bad_signature"):
        signers(
            Signed(place(), (OverlaySignature(signed_by=device.public.fingerprint, signature=bare),)), roster, SWARM
        )
    for form, signature in (("sshsig", bare), ("", made("concord-overlay").signatures[0].signature)):
        with pytest.raises(GovernanceError):  # one form's signature under the other's name
            OverlaySignature(signed_by=device.public.fingerprint, form=form, signature=signature)  # type: ignore[arg-type]


# ---- what may be said ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"why": "  "}, "why_missing"),
        ({"why": "x" * 501}, "why_too_long"),
        ({"why": "all is well\u202e"}, "bidi_control"),
        ({"why": "\x1b[2Jall is well"}, "control_character"),
        ({"why": "all\ud800"}, "surrogate"),
        ({"id": "../../etc"}, "overlay_id"),
        ({"id": "AABBCCDD"}, "overlay_id"),
        ({"content": Stop(target="all", name='Agent::"nora"')}, "stop_target"),
        ({"content": Stop(target="agent", name="nora")}, "stop_target"),
        ({"content": Stop(target="agent", name='Agent::"' + "n" * 1_024 + '"')}, "too_long"),
        ({"content": Stop(target="agent", name='Agent ::"nora"')}, "stop_target"),
        ({"swarm_id": "no swarm"}, "swarm_id"),
        ({"constitution": "sha256:1"}, "digest"),
        ({"content": NORM.model_copy(update={"cedar_plus": "x" * 16_385})}, "text_too_long"),
        ({"content": BRAKE.model_copy(update={"without": BRAKE.without * 201})}, "too_many_rules"),
    ],
)
def test_a_statement_that_could_mislead_is_not_made(changes: dict[str, Any], code: str) -> None:
    content = changes.pop("content", NORA)
    with refused(code):
        place(content, **changes)


def test_an_agent_whose_id_is_strange_can_be_stopped_all_the_same() -> None:
    name = 'Agent::"аgent-\u202e\\"x"'  # a Cyrillic letter, an override, a quote
    from workbench.engine.request import as_uid

    stop = Stop(target="agent", name=str(as_uid(name)))
    assert signers(by(place(stop), SAM), ROSTER, SWARM)


# ---- files -----------------------------------------------------------------------------------------------------------

instants = st.integers(0, 10**9).map(lambda ms: START + timedelta(milliseconds=ms))
contents = st.sampled_from([NORA, Stop(target="all"), Stop(target="action", name='Action::"reply"'), BRAKE, NORM])


@given(
    content=contents, at=instants, why=st.text('ab é漢"\\\n', min_size=1).filter(str.strip), people=st.integers(0, 3)
)
def test_a_file_gives_back_what_was_signed(content: Any, at: Any, why: str, people: int) -> None:
    found = by(place(content, placed_at=at, why=why), *(ANA, SAM, EVE)[:people])
    again = from_envelope(to_envelope(found))
    assert again == found
    assert canonical_bytes(again.statement.statement()) == canonical_bytes(found.statement.statement())


def test_a_lifting_travels_as_a_file_too() -> None:
    found = by(lift(), SAM, ANA)
    assert from_envelope(to_envelope(found)) == found


def _envelope(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> str:
    """An envelope whose outside and payload ``change`` has touched."""
    outside = json.loads(to_envelope(by(place(), ANA)))
    payload = json.loads(base64.b64decode(outside["payload"]))
    change(outside, payload)
    if isinstance(outside["payload"], str) and outside["payload"]:
        outside["payload"] = base64.b64encode(canonical_bytes(payload)).decode()
    return json.dumps(outside)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda o, p: o.update(payloadType=LIFT_TYPE), "payload_type"),
        (lambda o, p: o.update(payloadType=VOTE_TYPE), "payload_type"),
        (lambda o, p: o.update(more="x"), "envelope"),
        (lambda o, p: o.update(signatures="x"), "envelope"),
        (lambda o, p: o["signatures"].append({"keyid": 1}), "envelope"),
        (lambda o, p: p.update(more="x"), "unknown_field"),
        (lambda o, p: p.pop("why"), "missing_field"),
        (lambda o, p: p.update(act="permit"), "statement_form"),
        (lambda o, p: p.update(kind="norm"), "unknown_field"),
        (lambda o, p: p.update(kind="grant"), "statement_form"),
        (lambda o, p: p["content"].update(target="everyone"), "value"),
        (lambda o, p: p.update(placed_at="2026-03-15T10:00:00.000Z"), "time"),
        (lambda o, p: p.update(why="all is well\u202e"), "bidi_control"),
        (lambda o, p: p.update(why=" "), "why_missing"),
        (lambda o, p: p.update(id="x"), "overlay_id"),
        (lambda o, p: p["content"].update(name="nora"), "stop_target"),
    ],
)
def test_a_file_that_says_more_or_less_is_refused(change: Any, code: str) -> None:
    assert from_envelope(_envelope(lambda o, p: None))
    with refused(code):
        from_envelope(_envelope(change))


def test_bytes_that_are_not_the_canonical_ones_are_refused() -> None:
    outside = json.loads(to_envelope(by(place(), ANA)))
    loose = json.dumps(place().statement(), indent=1).encode()
    with refused("payload_form"):
        from_envelope(json.dumps({**outside, "payload": base64.b64encode(loose).decode()}))
    with refused("envelope"):
        from_envelope("{" + " " * 300_000 + "}")


@pytest.mark.parametrize(("content", "field"), [(Stop(target="all"), "name"), (BRAKE, "basis"), (NORM, "english")])
def test_what_is_left_unsaid_is_not_filled_in(content: Any, field: str) -> None:
    """A field that has a default must still be written: two spellings would be two statements with one meaning."""
    plain = place(content).statement()
    assert statement_of(plain) == place(content)
    del plain["content"][field]
    with refused("statement_form"):
        statement_of(plain)


@given(st.one_of(st.text(), st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps)))
def test_nonsense_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(GovernanceError):
        from_envelope(text)


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_nonsense_is_no_statement(value: Any) -> None:
    with pytest.raises(OverlayError):
        statement_of(value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 1) | st.sampled_from(["", "a", "1"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)


@given(PLAIN, PLAIN)
def test_values_are_the_same_exactly_where_their_bytes_are(one: Any, other: Any) -> None:
    """``1`` and ``true`` are equal to Python, and to nobody who checks a signature."""
    assert overlay._same(one, other) == (canonical_bytes(one) == canonical_bytes(other))
    assert overlay._same(one, json.loads(canonical_bytes(one)))
