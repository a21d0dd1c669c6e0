"""Attacks as a table: what an attacker does to votes, keys, rosters and files, and the reason it is refused for.

Each row names an attack of the catalogues (governance.md; python-tuf, tuf-conformance, securesystemslib), does it to an
otherwise sound thing, and tells the code of the refusal. ``test_the_untouched_thing_is_sound`` is the control of all of
them. A code stands for one kind of attack: where several rows share one, they are the same attack in several dresses.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.governance.chains import (
    ANA,
    EVE,
    FORBID,
    LEDGER,
    ROSTER,
    RULES,
    SAM,
    SWARM,
    Chain,
    Person,
    content,
    program,
    three_versions,
)
from tests.governance.hardware import Device, ssh_string
from workbench.governance import sshsig
from workbench.governance.artifact import ConstitutionVersion, Signature, dump_yaml, load_yaml
from workbench.governance.assessment import assess
from workbench.governance.canonical import canonical_bytes
from workbench.governance.chain import verify_chain
from workbench.governance.dsse import ACTIVATION_TYPE, VOTE_TYPE, WITNESS_TYPE, pae, sign
from workbench.governance.errors import GovernanceError
from workbench.governance.keys import PublicKey, generate_key, load_private, parse_public_line, public_line
from workbench.governance.keys import serialize_private as file_of
from workbench.governance.roster import RosterEntry, check_roster
from workbench.governance.vote_files import vote_from_json, vote_from_sshsig, vote_to_json
from workbench.governance.votes import sign_vote, verify_vote, vote_payload, witness_vote

DEVICE = Device()
ROD = Person('Operator::"rod"', "operator", DEVICE)  # type: ignore[arg-type]
PEOPLE = (*ROSTER, EVE.entry, ROD.entry)


def base() -> Chain:
    """A genesis in force, whose roster has a hardware key too."""
    chain = Chain()
    chain.grow(chain.genesis(content(roster=PEOPLE)), wait=0)
    return chain


BASE = base()
VERSION = BASE.amendment(content(RULES + FORBID, roster=PEOPLE))
PLACE = {"digest": VERSION.digest, "swarm_id": SWARM}
OTHER = BASE.amendment(content(RULES + FORBID.replace("no-email", "other"), roster=PEOPLE))


def fresh() -> Chain:
    return Chain(versions=[*BASE.versions], now=VERSION.created_at, entry=BASE.entry)


def by(person: Person = ANA, version: ConstitutionVersion = VERSION, **changes: Any) -> Signature:
    return fresh().vote(version, person, witness=False, **changes)


def hold(signature: Signature, **changes: Any) -> None:
    """What is done with every vote that arrives."""
    verify_vote(signature, **{**PLACE, "roster": PEOPLE, **changes})


def handed_in(text: str) -> None:
    """A vote file on its way in: read, then held against the version that is voted on."""
    hold(vote_from_json(text).signature)


def altered(text: str, **changes: Any) -> str:
    return json.dumps({**json.loads(text), **changes})


def file(signature: Signature) -> str:
    return vote_to_json(signature, **PLACE)


def counted(*votes: Signature, version: ConstitutionVersion = VERSION) -> list[str]:
    """The codes with which these votes do not count, in order; empty for one that does."""
    count = assess(version.with_signatures(votes), BASE.head, program(BASE.head))
    return [vote.code for vote in count.votes]


def last_refusal(*votes: Signature, **changes: Any) -> None:
    """Raises for the last vote, if it does not count."""
    code = counted(*votes, **changes)[-1]
    if code:
        raise GovernanceError(code, "not counted")


def witnessed(signature: Signature, **changes: Any) -> Signature:
    chain = fresh()
    chain.now = changes.pop("now", chain.now + timedelta(seconds=1))
    return chain.witnessed(VERSION, signature, **changes)


def chain_of(text: str) -> None:
    """Raises with the code of the first broken link of a chain whose last file is ``text``."""
    report = verify_chain([*BASE.files(), ("1.1.0.yaml", text)], genesis_pin=BASE.head.digest)
    if not report.ok:
        raise GovernanceError(report.code, report.message)


def sound() -> str:
    chain = fresh()
    return dump_yaml(chain.grow(VERSION))


def raw_envelope(kind: str, statement: Any, person: Person = ANA) -> str:
    payload = canonical_bytes(statement)
    made = base64.b64encode(person.key.sign(pae(kind, payload))).decode()
    return json.dumps(
        {
            "payloadType": kind,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": person.key.public.fingerprint, "sig": made}],
        }
    )


def statement(**changes: Any) -> dict[str, Any]:
    return {**json.loads(vote_payload(by(), **PLACE)), **changes}


# ---- the attacks -----------------------------------------------------------------------------------------------------


def one_key_twice() -> None:
    last_refusal(witnessed(by()), witnessed(by()))


def one_person_two_keys() -> None:
    spare = generate_key()
    ana = RosterEntry(principal=ANA.principal, role="operator", keys=(*ANA.entry.keys, public_line(spare)))
    chain = Chain()
    judge = chain.grow(chain.genesis(content(roster=(ana, SAM.entry, LEDGER.entry))), wait=0)
    version = chain.amendment(content(RULES + FORBID, roster=(ana, SAM.entry, LEDGER.entry)))
    votes = [chain.vote(version, ANA), chain.vote(version, ANA, key=spare)]
    count = assess(version.with_signatures(votes), judge, program(judge))
    raise GovernanceError(count.votes[1].code, "not counted")


def one_key_under_two_names() -> None:
    check_roster((*ROSTER, Person('Operator::"two"', "operator", ANA.key).entry), SWARM)


def one_key_twice_in_one_entry() -> None:
    twice = RosterEntry(principal='O::"x"', role="o", keys=(public_line(EVE.key, "a"), public_line(EVE.key, "b")))
    check_roster((*ROSTER, twice), SWARM)


def one_person_in_two_entries() -> None:
    again = RosterEntry(principal=ANA.principal, role="supervisor", keys=(public_line(generate_key()),))
    check_roster((*ROSTER, again), SWARM)


def a_device_and_a_file_with_the_same_secret() -> None:
    check_roster((*PEOPLE, Person('Operator::"two"', "operator", DEVICE.inner).entry), SWARM)


def a_key_that_signs_everything() -> None:
    parse_public_line("ssh-ed25519 " + base64.b64encode(ssh_string(b"ssh-ed25519") + ssh_string(bytes(32))).decode())


def another_algorithm() -> None:
    parse_public_line("ssh-rsa AAAA ana")


def a_type_that_the_key_has_not() -> None:
    parse_public_line(public_line(ANA.key).replace("ssh-ed25519 ", "sk-ssh-ed25519@openssh.com "))


def a_role_that_reads_like_another() -> None:
    check_roster((*ROSTER, RosterEntry(principal='O::"x"', role="Ledger", keys=(public_line(EVE.key),))), SWARM)


def a_role_in_two_scripts() -> None:
    RosterEntry(principal='O::"x"', role="оperator", keys=(public_line(EVE.key),))


def a_role_with_a_hidden_character() -> None:
    RosterEntry(principal='O::"x"', role="oper\u200bator", keys=(public_line(EVE.key),))


def a_role_that_is_a_line_break() -> None:
    RosterEntry(principal='O::"x"', role="operator\n", keys=(public_line(EVE.key),))


def a_role_without_end() -> None:
    RosterEntry(principal='O::"x"', role="o" * 10_000, keys=(public_line(EVE.key),))


def an_unknown_key() -> None:
    hold(by(Person('Operator::"x"', "operator")))


def a_key_that_was_taken_out() -> None:
    """Eve votes on the version after the one that took her out."""
    chain = fresh()
    chain.grow(chain.amendment(content(roster=(*ROSTER, ROD.entry))))
    later = chain.amendment(content(RULES + FORBID, roster=(*ROSTER, ROD.entry)))
    verify_vote(
        chain.vote(later, EVE, witness=False), digest=later.digest, swarm_id=SWARM, roster=chain.head.content.roster
    )


def a_key_of_the_future() -> None:
    """A signer whom the amendment itself brings votes on it."""
    mallory = Person('Operator::"mallory"', "operator")
    chain = fresh()
    version = chain.amendment(content(roster=(*PEOPLE, mallory.entry)))
    chain.grow(version, ANA, mallory, wait=99)
    report = verify_chain(chain.files())
    raise GovernanceError(report.code, report.message)


def a_vote_in_anothers_name() -> None:
    hold(by(principal=SAM.principal, role=SAM.role))


def a_vote_in_a_higher_role() -> None:
    hold(by(role="supervisor"))


def a_vote_of_the_ledger_key() -> None:
    hold(by(LEDGER, role="operator"))


def a_vote_for_another_version() -> None:
    hold(by(version=OTHER))


def a_vote_for_another_swarm() -> None:
    hold(by(version=VERSION.model_copy(update={"swarm_id": "swarm-other"})))


def a_reject_turned_round() -> None:
    hold(by(verdict="reject").model_copy(update={"verdict": "approve"}))


def a_dossier_exchanged() -> None:
    hold(by(dossier_digest="sha256:" + "a" * 64).model_copy(update={"dossier_digest": "sha256:" + "b" * 64}))


def an_envelope_from_elsewhere() -> None:
    """The signature of one envelope with the payload of another (detached reuse)."""
    other = json.loads(vote_to_json(by(version=OTHER), digest=OTHER.digest, swarm_id=SWARM))
    handed_in(altered(file(by()), signatures=other["signatures"]))


def an_empty_envelope() -> None:
    handed_in(altered(file(by()), signatures=[]))


def two_signatures_in_one_envelope() -> None:
    handed_in(altered(file(by()), signatures=json.loads(file(by()))["signatures"] * 2))


def another_payload_type() -> None:
    handed_in(altered(file(by()), payloadType=WITNESS_TYPE))


def a_signature_made_as_another_type() -> None:
    """The right payload, relabelled: what Ana signed was not a vote."""
    made = json.loads(raw_envelope("application/vnd.concord.overlay.v1+json", statement()))
    handed_in(json.dumps({**made, "payloadType": VOTE_TYPE}))


def a_payload_in_another_spelling() -> None:
    spaced = json.dumps(statement()).encode()
    handed_in(altered(file(by()), payload=base64.b64encode(spaced).decode()))


def a_payload_with_one_field_more() -> None:
    handed_in(raw_envelope(VOTE_TYPE, statement(weight="2")))


def a_payload_with_a_key_twice() -> None:
    twice = canonical_bytes(statement()).replace(b'{"', b'{"verdict":"reject","', 1)
    handed_in(altered(file(by()), payload=base64.b64encode(twice).decode()))


def a_payload_that_goes_on() -> None:
    more = canonical_bytes(statement()) + b"\0"
    handed_in(altered(file(by()), payload=base64.b64encode(more).decode()))


def a_number_as_a_verdict() -> None:
    handed_in(raw_envelope(VOTE_TYPE, statement(verdict=1)))


def a_fraction_in_a_payload() -> None:
    half = canonical_bytes(statement()).replace(b'"approve"', b"0.5")
    handed_in(altered(file(by()), payload=base64.b64encode(half).decode()))


def a_vote_without_end() -> None:
    handed_in(" " * 1_000_000 + file(by()))


def a_signature_in_another_spelling() -> None:
    signature = by().signature
    handed_in(altered(file(by()), signatures=[{"keyid": by().signed_by, "sig": signature[:-3] + "B=="}]))


def an_ssh_signature_as_dsse() -> None:
    raw = sshsig.parse(base64.b64decode(by(form="sshsig").signature)).signature
    hold(by().model_copy(update={"signature": base64.b64encode(raw).decode()}))


def a_dsse_signature_as_ssh() -> None:
    blob = base64.b64decode(by(form="sshsig").signature)[:-64] + base64.b64decode(by().signature)
    hold(by(form="sshsig").model_copy(update={"signature": base64.b64encode(blob).decode()}))


def an_ssh_signature_for_another_purpose() -> None:
    vote_file = vote_from_sshsig(
        vote_payload(by(), **PLACE), sshsig.armoured(sshsig.sign(ANA.key, vote_payload(by(), **PLACE), "git"))
    )
    hold(vote_file.signature)


def a_login_challenge_as_a_vote() -> None:
    """An ssh server may have any 'session data' signed by a forwarded agent: that is never SSHSIG's frame."""
    made = ANA.key.sign_ssh(vote_payload(by(), **PLACE))
    head = (ANA.key.public.blob, b"concord-vote", b"", b"sha512", made)
    blob = b"SSHSIG" + (1).to_bytes(4, "big") + b"".join(ssh_string(part) for part in head)
    hold(vote_from_sshsig(vote_payload(by(), **PLACE), sshsig.armoured(blob)).signature)


def a_weak_hash() -> None:
    blob = sshsig.sign(ANA.key, b"x", "concord-vote").replace(ssh_string(b"sha512"), ssh_string(b"sha1"))
    sshsig.parse(blob)


def the_key_of_another_in_an_ssh_signature() -> None:
    blob = sshsig.sign(SAM.key, vote_payload(by(), **PLACE), "concord-vote")
    hold(by(form="sshsig").model_copy(update={"signature": base64.b64encode(blob).decode()}))


def a_plain_signature_under_a_device_key() -> None:
    blob = sshsig.sign(Device(DEVICE.inner, kind="ssh-ed25519"), b"x", "concord-vote")
    sshsig.parse(blob)


def a_device_without_a_touch() -> None:
    hold(by(Person(ROD.principal, ROD.role, Device(DEVICE.inner, flags=0))))  # type: ignore[arg-type]


def a_device_made_to_sign_plainly() -> None:
    plain = sign_vote(DEVICE.inner, VERSION, principal=ROD.principal, role=ROD.role, signed_at=VERSION.created_at)
    hold(plain.model_copy(update={"signed_by": DEVICE.public.fingerprint}))


def a_vote_that_nobody_witnessed() -> None:
    last_refusal(by(signed_at=VERSION.created_at - timedelta(days=9)))


def a_vote_witnessed_before_there_was_a_version() -> None:
    last_refusal(witnessed(by(), at=VERSION.created_at - timedelta(seconds=1)))


def a_vote_after_the_end() -> None:
    last_refusal(witnessed(by(), at=VERSION.created_at + timedelta(days=31)))


def a_witness_moved_to_another_vote() -> None:
    hold(by(SAM).model_copy(update={"witness": witnessed(by()).witness}))


def a_witness_by_a_voter() -> None:
    hold(witness_vote(SAM.key, by(), **PLACE, received_at=VERSION.created_at, entry=1))


def an_approval_after_ones_own_reject() -> None:
    last_refusal(witnessed(by(EVE, verdict="reject")), witnessed(by(EVE)))


def a_bad_signature_beside_enough_good_ones() -> None:
    chain = fresh()
    version = chain.signed(VERSION)
    bad = chain.vote(version, EVE).model_copy(update={"comment": "changed"})
    chain_of(dump_yaml(chain.activated(version.adding(bad))))


def a_stripped_reject() -> None:
    chain = fresh()
    whole = chain.signed(VERSION.adding(chain.vote(VERSION, EVE, verdict="reject")))
    made = chain.activated(whole)
    chain_of(dump_yaml(made.with_signatures(made.signatures[1:])))


def signatures_stripped() -> None:
    chain_of(dump_yaml(load_yaml(sound()).with_signatures(())))


def votes_of_a_sibling() -> None:
    """The votes of one version of the chain under the next one."""
    chain = fresh()
    votes = chain.grow(VERSION).signatures
    following = chain.amendment(content(RULES, roster=PEOPLE))
    chain.versions.append(chain.activated(following.with_signatures(votes), wait=99))
    report = verify_chain(chain.files())
    raise GovernanceError(report.code, report.message)


def parts_of_two_versions() -> None:
    """Mix and match: the rules of one signed version under the votes of another."""
    chain_of(dump_yaml(load_yaml(sound()).model_copy(update={"content": OTHER.content})))


def the_activation_of_another_time() -> None:
    made = load_yaml(sound())
    assert made.activation is not None
    moved = made.activation.model_copy(update={"effective_at": made.activation.effective_at + timedelta(days=1)})
    chain_of(dump_yaml(made.with_activation(moved)))


def an_activation_that_is_a_vote() -> None:
    made = load_yaml(sound())
    assert made.activation is not None
    forged = made.activation.model_copy(update={"signature": sign(LEDGER.key, VOTE_TYPE, statement())})
    assert ACTIVATION_TYPE != VOTE_TYPE
    chain_of(dump_yaml(made.with_activation(forged)))


def a_version_never_activated() -> None:
    chain_of(dump_yaml(load_yaml(sound()).with_activation(None)))


def too_early() -> None:
    chain = fresh()
    chain_of(dump_yaml(chain.grow(VERSION, wait=9)))


def a_middle_link_badly_signed() -> None:
    """Everything after it is sound."""
    chain = three_versions()
    names = chain.files()
    middle = chain.versions[1]
    bad = middle.with_signatures([middle.signatures[0], middle.signatures[1].model_copy(update={"comment": "x"})])
    report = verify_chain([names[0], ("1.1.0.yaml", dump_yaml(bad)), names[2]])
    assert "1.1.0" in report.message
    raise GovernanceError(report.code, report.message)


def a_file_under_another_name() -> None:
    report = verify_chain([*BASE.files(), ("2.0.0.yaml", sound())])
    raise GovernanceError(report.code, report.message)


def a_fork() -> None:
    chain = fresh()
    other = Chain(versions=[*BASE.versions], now=VERSION.created_at, entry=99)
    again = OTHER.model_copy(update={"constitution_version": "1.1.1"})
    first, second = dump_yaml(chain.grow(VERSION)), dump_yaml(other.grow(again))
    report = verify_chain([*BASE.files(), ("1.1.0.yaml", first), ("1.1.1.yaml", second)])
    raise GovernanceError(report.code, report.message)


def a_key_file_that_takes_for_ever() -> None:
    file = file_of(generate_key(), "x")
    body = base64.b64decode(b"".join(file.splitlines()[1:-1]))
    place = body.index((16).to_bytes(4, "big"), body.index(b"bcrypt") + 14)
    greedy = body[:place] + (2**31).to_bytes(4, "big") + body[place + 4 :]
    load_private(b"\n".join([file.splitlines()[0], base64.b64encode(greedy), file.splitlines()[-1]]), "x")


def two_halves_of_two_keys() -> None:
    """A private key file that shows one public key and holds another."""
    one, two = generate_key(), generate_key()
    body = base64.b64decode(b"".join(file_of(one, None).splitlines()[1:-1]))
    mixed = body.replace(one.public.raw, two.public.raw, 1)
    lines = file_of(one, None).splitlines()
    load_private(b"\n".join([lines[0], base64.b64encode(mixed), lines[-1]]), None)


def written(before: str, after: str) -> Callable[[], None]:
    """A trick in the YAML of a version."""

    def attack() -> None:
        text = sound()
        assert before in text
        chain_of(text.replace(before, after, 1))

    return attack


def garbage_after(text: str) -> Callable[[], None]:
    return lambda: chain_of(sound() + text)


TABLE: dict[str, tuple[str, Callable[[], None]]] = {
    "one key twice": ("duplicate_vote", one_key_twice),
    "one person with two keys": ("same_person", one_person_two_keys),
    "one key under two names": ("shared_key", one_key_under_two_names),
    "one key twice in one entry": ("shared_key", one_key_twice_in_one_entry),
    "a device and a file with one secret": ("shared_key", a_device_and_a_file_with_the_same_secret),
    "one person in two entries": ("duplicate_person", one_person_in_two_entries),
    "a key of small order": ("weak_key", a_key_that_signs_everything),
    "another algorithm": ("unsupported_key", another_algorithm),
    "keytype confusion in a roster": ("key_type", a_type_that_the_key_has_not),
    "keytype confusion in a signature": ("key_type", a_plain_signature_under_a_device_key),
    "role: other case": ("role_spelling", a_role_that_reads_like_another),
    "role: two scripts": ("mixed_script", a_role_in_two_scripts),
    "role: hidden character": ("hidden_character", a_role_with_a_hidden_character),
    "role: line break": ("identifier_empty", a_role_that_is_a_line_break),
    "role: too long": ("identifier_long", a_role_without_end),
    "unknown key id": ("unknown_key", an_unknown_key),
    "revoked key": ("unknown_key", a_key_that_was_taken_out),
    "future key": ("unknown_key", a_key_of_the_future),
    "vote in another's name": ("wrong_principal", a_vote_in_anothers_name),
    "vote in another role": ("wrong_role", a_vote_in_a_higher_role),
    "the ledger key votes": ("ledger_votes", a_vote_of_the_ledger_key),
    "replay on another version": ("bad_signature", a_vote_for_another_version),
    "replay on another swarm": ("bad_signature", a_vote_for_another_swarm),
    "a reject turned round": ("bad_signature", a_reject_turned_round),
    "another dossier": ("bad_signature", a_dossier_exchanged),
    "detached envelope reuse": ("bad_signature", an_envelope_from_elsewhere),
    "payload type: signed as another": ("bad_signature", a_signature_made_as_another_type),
    "payload type: said to be another": ("payload_type", another_payload_type),
    "no signature": ("envelope", an_empty_envelope),
    "two signatures": ("envelope", two_signatures_in_one_envelope),
    "vote: oversize": ("envelope", a_vote_without_end),
    "payload: spelling": ("payload_form", a_payload_in_another_spelling),
    "payload: one field more": ("payload_form", a_payload_with_one_field_more),
    "payload: a key twice": ("duplicate_key", a_payload_with_a_key_twice),
    "payload: trailing bytes": ("json", a_payload_that_goes_on),
    "payload: float": ("float", a_fraction_in_a_payload),
    "payload: wrong type": ("value", a_number_as_a_verdict),
    "signature: spelling": ("base64", a_signature_in_another_spelling),
    "SSHSIG offered as DSSE": ("bad_signature", an_ssh_signature_as_dsse),
    "DSSE offered as SSHSIG": ("bad_signature", a_dsse_signature_as_ssh),
    "a login offered as SSHSIG": ("bad_signature", a_login_challenge_as_a_vote),
    "SSHSIG: another namespace": ("sshsig_namespace", an_ssh_signature_for_another_purpose),
    "SSHSIG: weak hash": ("sshsig_hash", a_weak_hash),
    "SSHSIG: another's key": ("wrong_key", the_key_of_another_in_an_ssh_signature),
    "device: untouched": ("no_presence", a_device_without_a_touch),
    "device: DSSE": ("hardware_form", a_device_made_to_sign_plainly),
    "backdated, unwitnessed": ("not_witnessed", a_vote_that_nobody_witnessed),
    "backdated by the ledger key": ("before_proposal", a_vote_witnessed_before_there_was_a_version),
    "after expiry": ("after_expiry", a_vote_after_the_end),
    "witness of another vote": ("bad_witness", a_witness_moved_to_another_vote),
    "witness by a voter": ("bad_witness", a_witness_by_a_voter),
    "approve after one's own reject": ("overridden", an_approval_after_ones_own_reject),
    "a bad signature beside enough good ones": ("bad_signature", a_bad_signature_beside_enough_good_ones),
    "a stripped reject": ("votes_changed", a_stripped_reject),
    "signatures stripped": ("no_votes", signatures_stripped),
    "votes swapped between versions": ("vote_of_other_version", votes_of_a_sibling),
    "mix and match": ("bad_signature", parts_of_two_versions),
    "activation: moved": ("bad_activation", the_activation_of_another_time),
    "activation: another statement": ("bad_activation", an_activation_that_is_a_vote),
    "activation: none": ("not_activated", a_version_never_activated),
    "too early by a second": ("too_early", too_early),
    "an intermediate link badly signed": ("bad_signature", a_middle_link_badly_signed),
    "a file under another name": ("file_name", a_file_under_another_name),
    "a fork": ("fork", a_fork),
    "key file: endless derivation": ("key_derivation", a_key_file_that_takes_for_ever),
    "key file: two halves": ("not_a_key", two_halves_of_two_keys),
    "yaml: a key twice": ("duplicate_key", written("\nswarm_id:", "\nswarm_id: x\nswarm_id:")),
    "yaml: anchor": ("yaml_anchor", written("class: major", "class: &x major")),
    "yaml: tag": ("yaml_tag", written("class: major", "class: !!str major")),
    "yaml: merge key": ("yaml_alias", written("class: major", "<<: *x\n  class: major")),
    "yaml: trailing document": ("yaml_documents", garbage_after("---\nswarm_id: other\n")),
    "yaml: trailing bytes": ("yaml", garbage_after("...\n\0")),
    "yaml: trailing garbage": ("yaml", garbage_after("}\n")),
    "number: fraction": ("float", written('"amount": 5', '"amount": 5e0')),
    "number: huge": ("integer_range", written('"amount": 5', f'"amount": {10**30}')),
    "number: -0": ("integer_range", written('"amount": 5', '"amount": -0')),
    "number: other digits": ("count", written("size: ", "size: ٣")),
    "number: reserved long": ("reserved_key", written('{"amount": 5', '{"__long": "5"')),
    "text: not NFC": ("not_nfc", written("proposed_by: 'Operator::\"ana\"'", "proposed_by: 'Operator::\"a\u0301\"'")),
    "text: look-alike": ("look_alike", written("proposed_by: 'Operator::\"ana\"'", "proposed_by: 'Operator::\"ａ\"'")),
    "text: bidirectional": ("bidi_control", written("permit (", "/* \u202e */ permit (")),
    "text: lone surrogate": ("surrogate", written('"amount": 5', '"amount": "\\ud800"')),
    "text: control": ("control_character", written('summary: "a change"', 'summary: "a\\x1b[2Jchange"')),
    "digest: upper case": ("digest", written("parent_digest: \"sha256:", "parent_digest: \"SHA256:")),
    "an unknown field": ("unknown_field", written("amendment:\n", "amendment:\n  urgent: yes\n")),
    "an unknown field of a vote": ("unknown_field", written("    verdict: ap", "    weight: 2\n    verdict: ap")),
}  # fmt: skip


def test_the_untouched_thing_is_sound() -> None:
    chain_of(sound())
    handed_in(file(by()))
    handed_in(file(by(form="sshsig")))
    hold(by(ROD))
    check_roster(PEOPLE, SWARM)
    assert counted(witnessed(by()), witnessed(by(SAM))) == ["", ""]
    for person in (ANA, ROD):
        assert parse_public_line(public_line(person.key.public))[0] == person.key.public
    assert PublicKey(ANA.key.public.raw) == ANA.key.public


@pytest.mark.parametrize("attack", list(TABLE))
def test_an_attack_is_refused_for_its_own_reason(attack: str) -> None:
    code, act = TABLE[attack]
    with pytest.raises(GovernanceError) as caught:
        act()
    assert caught.value.code == code, caught.value
    assert caught.value.message
