"""Attacks on a chain of versions, by people who hold some keys: each refused, with a reason code of its own.

The attacker may write any file and may sign with the keys named in each test. Where nothing else is said the ledger key
is on their side too: it can lie about time and order, but it cannot make a quorum.
"""

from __future__ import annotations

import json
from datetime import timedelta

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
from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.assessment import assess
from workbench.governance.chain import verify_chain
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.genesis import build_amendment
from workbench.governance.keys import generate_key, public_line
from workbench.governance.roster import RosterEntry
from workbench.governance.vote_files import vote_from_json, vote_to_json
from workbench.governance.votes import sign_vote, verify_vote


@pytest.fixture
def chain() -> Chain:
    """A genesis in force; its major amendments need two people and wait 10 seconds."""
    chain = Chain()
    chain.grow(chain.genesis(), wait=0)
    return chain


def verdict(chain: Chain) -> str:
    return verify_chain(chain.files(), genesis_pin=chain.versions[0].digest).code


def changed(version: ConstitutionVersion, **changes: object) -> ConstitutionVersion:
    """``version`` with other fields above the line, checked anew."""
    return ConstitutionVersion(**{**dict(version), **changes})


# ---- the chain itself ------------------------------------------------------------------------------------------------


def test_a_parent_that_is_not_the_head_is_a_fork(chain: Chain) -> None:
    base = chain.head
    chain.grow(chain.amendment(content(RULES + FORBID)))
    aside = Chain(versions=[base], now=chain.now)
    aside.grow(aside.amendment(content(RULES + FORBID.replace("no-email", "other")), version="1.2.0"))
    chain.versions.append(aside.head)
    assert verdict(chain) == "fork"


def test_a_fork_hidden_behind_a_restated_parent_version_is_seen(chain: Chain) -> None:
    base = chain.head
    chain.grow(chain.amendment(content(RULES + FORBID)))
    lying = changed(
        build_amendment(base, content(RULES + FORBID, english_source="# x"), cls="major", proposed_by=ANA.principal,
                        created_at=chain.later(), summary="x", version="1.2.0"),
        parent_version="1.1.0",
    )  # fmt: skip
    chain.versions = [base, chain.activated(chain.signed(lying))]
    assert verdict(chain) == "parent_version"


def test_rollback_to_an_earlier_number(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID)))
    for number in ("1.1.0", "1.0.5", "1.1.0-rc.1"):
        back = Chain(versions=[*chain.versions], now=chain.now)
        version = back.amendment(content(), version=number)
        if number == "1.1.0":
            back.versions[-1:] = [back.head, back.activated(back.signed(version))]
        else:
            back.grow(version)
        assert verdict(back) == "rollback", number


def test_rollback_by_leaving_out_the_latest_is_seen_by_its_head(chain: Chain) -> None:
    """Nothing in the files can show a truncated chain; the head that verify reports is what a caller compares."""
    before = verify_chain(chain.files())
    chain.grow(chain.amendment(content(RULES + FORBID)))
    assert verify_chain(chain.files()).head != before.head


def test_a_version_taken_out_of_the_middle() -> None:
    chain = three_versions()
    assert verify_chain([chain.files()[0], chain.files()[2]]).code == "parent_missing"
    assert verify_chain(chain.files()[1:]).code == "parent_missing"


def test_the_same_version_twice(chain: Chain) -> None:
    assert verify_chain(chain.files() * 2).code == "duplicate_version"


def test_two_beginnings(chain: Chain) -> None:
    other = Chain()
    other.grow(other.genesis(content(RULES + FORBID)), wait=0)
    (name, text) = other.files()[0]
    assert verify_chain([*chain.files(), (f"x/{name}", text)]).code == "fork"


def test_a_version_of_another_swarm(chain: Chain) -> None:
    version = changed(chain.amendment(content(RULES + FORBID)), swarm_id="swarm-other")
    chain.grow(version)
    assert verdict(chain) == "other_swarm"


def test_another_genesis_is_not_the_pinned_one(chain: Chain) -> None:
    pin = chain.head.digest
    other = Chain()
    other.grow(other.genesis(content(RULES + FORBID)), wait=0)
    assert verify_chain(other.files()).ok
    assert verify_chain(other.files(), genesis_pin=pin).code == "genesis_pin"


# ---- class, quorum, timelock -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("claimed", ["minor", "sensitive"])
def test_a_class_is_never_chosen(chain: Chain, claimed: str) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID), cls=claimed), ANA, SAM, wait=99)
    assert verdict(chain) == "wrong_class"


def test_one_key_under_two_entries_of_the_roster() -> None:
    twin = RosterEntry(principal='Operator::"two"', role="supervisor", keys=(public_line(ANA.key, "another"),))
    with pytest.raises(ArtifactError) as caught:
        Chain().genesis(content(roster=(ANA.entry, twin, LEDGER.entry)))
    assert caught.value.code == "shared_key"


def test_one_key_signing_as_two_people(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    as_sam = chain.vote(version, SAM, key=ANA.key)
    chain.versions.append(chain.activated(version.with_signatures([chain.vote(version, ANA), as_sam])))
    assert verdict(chain) == "wrong_principal"


def test_one_person_with_two_keys() -> None:
    spare = generate_key()
    ana = RosterEntry(principal=ANA.principal, role="operator", keys=(*ANA.entry.keys, public_line(spare, "spare")))
    chain = Chain()
    chain.grow(chain.genesis(content(roster=(ana, SAM.entry, LEDGER.entry))), wait=0)
    version = chain.amendment(content(RULES + FORBID, roster=(ana, SAM.entry, LEDGER.entry)))
    votes = [chain.vote(version, ANA), chain.vote(version, ANA, key=spare)]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    report = verify_chain(chain.files())
    assert report.code == "no_quorum"
    assert "counted already" in report.message


def test_the_proposer_fills_one_seat_only(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    votes = [chain.vote(version, ANA), chain.vote(version, ANA, comment="again")]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    assert verdict(chain) == "no_quorum"


def test_no_votes_at_all(chain: Chain) -> None:
    chain.versions.append(chain.activated(chain.amendment(content(RULES + FORBID)), wait=99))
    assert verdict(chain) == "no_votes"


def test_a_stranger_put_into_the_roster_by_the_same_amendment(chain: Chain) -> None:
    version = chain.amendment(content(roster=(*ROSTER, EVE.entry)))
    chain.grow(version, ANA, EVE, wait=99)
    assert verdict(chain) == "unknown_key"


def test_a_signer_removed_by_the_same_amendment_still_counts_and_cannot_be_voted_out_alone(chain: Chain) -> None:
    version = chain.amendment(content(roster=(ANA.entry, EVE.entry, LEDGER.entry)))
    alone = Chain(versions=[*chain.versions], now=chain.now)
    alone.grow(version, ANA, wait=99)
    assert verdict(alone) == "no_quorum"
    chain.grow(version, ANA, SAM)
    assert verdict(chain) == ""


def test_a_timelock_shortened_by_the_amendment_it_gates(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES.replace("with timelock 10 seconds", ""))), wait=9)
    assert verdict(chain) == "too_early"


def test_a_quorum_lowered_by_the_amendment_it_gates(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES.replace("require 2 approvals", "require 1 approval"))), ANA, wait=99)
    assert verdict(chain) == "no_quorum"


def test_in_force_a_second_too_early(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=9)
    assert verdict(chain) == "too_early"


def test_without_the_pin_a_forger_with_own_keys_is_consistent_but_not_anchored() -> None:
    mallory, helper, ledger = Person(ANA.principal, "operator"), Person(SAM.principal, "supervisor"), LEDGER
    forged = Chain()
    forged.grow(forged.genesis(content(roster=(mallory.entry, helper.entry, ledger.entry))), mallory, helper, wait=0)
    report = verify_chain(forged.files())
    assert report.ok
    assert not report.anchored
    assert verify_chain(forged.files(), genesis_pin=three_versions().versions[0].digest).code == "genesis_pin"


# ---- votes -----------------------------------------------------------------------------------------------------------


def test_stripped_votes(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID)))
    for keep in (0, 1):
        stripped = chain.with_head(chain.head.with_signatures(chain.head.signatures[:keep]))
        assert verdict(stripped) == ("no_votes", "no_quorum")[keep]


def test_a_stripped_reject(chain: Chain) -> None:
    """The quorum stands without it, so only the activation's statement over *all* votes shows that it is missing."""
    people = (*ROSTER, EVE.entry)
    chain = Chain()
    chain.grow(chain.genesis(content(roster=people)), wait=0)
    version = chain.amendment(content(RULES + FORBID, roster=people))
    against = chain.vote(version, EVE, verdict="reject")
    whole = chain.signed(version.adding(against))
    chain.versions.append(chain.activated(whole))
    assert verdict(chain) == ""
    assert verdict(chain.with_head(chain.head.with_signatures(chain.head.signatures[1:]))) == "votes_changed"


def test_a_vote_added_afterwards(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID)))
    more = chain.head.adding(chain.witnessed(chain.head, chain.vote(chain.head, ANA, witness=False)))
    assert verdict(chain.with_head(more)) == "votes_changed"


def test_a_vote_counted_after_it_was_in_force(chain: Chain) -> None:
    version = chain.signed(chain.amendment(content(RULES + FORBID)))
    late = chain.witnessed(version, chain.vote(version, ANA, witness=False), chain.now + timedelta(days=1))
    chain.versions.append(chain.activated(version.adding(late)))
    assert verdict(chain) == "late_vote"


def test_a_reject_hidden_as_an_approve(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    reject = chain.vote(version, SAM, verdict="reject")
    turned = reject.model_copy(update={"verdict": "approve"})
    chain.versions.append(chain.activated(version.with_signatures([chain.vote(version, ANA), turned])))
    assert verdict(chain) == "bad_signature"


def test_a_rejected_version_cannot_be_activated(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    votes = [chain.vote(version, ANA), chain.vote(version, SAM, verdict="reject"), chain.vote(version, SAM)]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    assert verdict(chain) == "rejected"


def test_a_vetoed_version_cannot_be_activated() -> None:
    people = (*ROSTER, EVE.entry)
    chain = Chain()
    chain.grow(chain.genesis(content(roster=people)), wait=0)
    version = chain.signed(chain.amendment(content(RULES + FORBID, roster=people)))
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    chain.versions.append(chain.activated(version, wait=99))
    assert verdict(chain) == "vetoed"


def test_votes_swapped_between_versions() -> None:
    chain = three_versions()
    moved = chain.head.with_signatures(chain.versions[1].signatures)
    assert verdict(chain.with_head(chain.activated(moved, wait=99))) == "vote_of_other_version"
    report = verify_chain(chain.with_head(moved).files())
    assert "given to 1.1.0" in report.message


def test_votes_swapped_between_swarms(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    elsewhere = changed(version, swarm_id="swarm-other")
    votes = [chain.vote(elsewhere, ANA), chain.vote(elsewhere, SAM)]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    assert verdict(chain) == "bad_signature"
    imported = vote_from_json(vote_to_json(votes[0], digest=elsewhere.digest, swarm_id="swarm-other"))
    assert (imported.swarm_id, imported.digest) != (SWARM, version.digest)
    with pytest.raises(VoteError):
        verify_vote(imported.signature, digest=version.digest, swarm_id=SWARM, roster=ROSTER)


def test_a_vote_that_nobody_witnessed(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    backdated = chain.vote(version, SAM, witness=False, signed_at=chain.now - timedelta(days=9))
    chain.versions.append(chain.activated(version.with_signatures([chain.vote(version, ANA), backdated]), wait=99))
    assert verdict(chain) == "not_witnessed"


def test_a_backdated_vote_shortens_no_timelock(chain: Chain) -> None:
    """``signed_at`` is a claim; the timelock runs from the witnessed arrival."""
    version = chain.amendment(content(RULES + FORBID))
    votes = [chain.vote(version, person, signed_at=chain.now - timedelta(days=9)) for person in (ANA, SAM)]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=5))
    assert verdict(chain) == "too_early"


def test_a_backdated_witness_needs_the_ledger_key(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=5)
    vote = chain.head.signatures[1]
    assert vote.witness is not None
    earlier = vote.witness.model_copy(update={"received_at": vote.witness.received_at - timedelta(seconds=5)})
    forged = chain.head.with_signatures([chain.head.signatures[0], vote.model_copy(update={"witness": earlier})])
    assert verdict(chain.with_head(forged)) == "bad_witness"


def test_even_the_ledger_key_cannot_witness_before_the_version_was_made(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    votes = [
        chain.witnessed(version, chain.vote(version, person, witness=False), version.created_at - timedelta(days=1))
        for person in (ANA, SAM)
    ]
    chain.versions.append(chain.activated(version.with_signatures(votes)))
    assert verdict(chain) == "no_quorum"


def test_the_ledger_key_cannot_vote(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    votes = [chain.vote(version, ANA), chain.vote(version, LEDGER, role="operator")]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    assert verdict(chain) == "ledger_votes"


def test_a_role_that_the_roster_does_not_give(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID))
    votes = [chain.vote(version, ANA, role="supervisor"), chain.vote(version, SAM)]
    chain.versions.append(chain.activated(version.with_signatures(votes), wait=99))
    assert verdict(chain) == "wrong_role"


def test_a_demo_key_in_another_swarm(chain: Chain) -> None:
    with pytest.raises(VoteError) as caught:
        sign_vote(
            EVE.key, chain.head, principal=EVE.principal, role=EVE.role, signed_at=chain.now,
            key_comment="DEMO ONLY swarm-demo",
        )  # fmt: skip
    assert caught.value.code == "demo_key"


# ---- activation ------------------------------------------------------------------------------------------------------


def test_an_activation_by_another_key(chain: Chain) -> None:
    version = chain.signed(chain.amendment(content(RULES + FORBID)))
    chain.versions.append(chain.activated(version, key=ANA.key))
    assert verdict(chain) == "bad_activation"


def test_an_activation_by_the_ledger_key_that_the_amendment_brings(chain: Chain) -> None:
    own = Person(LEDGER.principal, "ledger")
    version = chain.signed(chain.amendment(content(roster=(ANA.entry, SAM.entry, own.entry))))
    chain.versions.append(chain.activated(version, key=own.key))
    assert verdict(chain) == "bad_activation"


def test_an_activation_of_another_version() -> None:
    chain = three_versions()
    moved = chain.head.with_activation(chain.versions[1].activation)
    assert verdict(chain.with_head(moved)) == "previous_head"
    activation = chain.head.activation
    assert activation is not None
    for update in (
        {"effective_at": activation.effective_at + timedelta(seconds=1)},
        {"ledger": activation.ledger.model_copy(update={"size": 0})},
        {"ledger": activation.ledger.model_copy(update={"root": "00" * 32})},
    ):
        changed_ = chain.head.with_activation(activation.model_copy(update=update))
        assert verdict(chain.with_head(changed_)) == "bad_activation"


# ---- files made to be read in two ways -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("duplicate_key", "\nswarm_id:", '\nswarm_id: "swarm-test"\nswarm_id:'),
        ("duplicate_key", "  class: sensitive\n", "  class: minor\n  class: sensitive\n"),
        ("yaml_anchor", 'swarm_id: "swarm-test"', 'swarm_id: &a "swarm-test"'),
        ("yaml_alias", 'swarm_id: "swarm-test"', "swarm_id: *a"),
        ("yaml_tag", 'swarm_id: "swarm-test"', 'swarm_id: !!str "swarm-test"'),
        ("yaml_documents", "constitution_version", "---\na: b\n---\nconstitution_version"),
        ("float", '"amount": 5', '"amount": 5.0'),
        ("integer_range", '"amount": 5', f'"amount": {2**63}'),
        ("duplicate_key", '"amount": 5', '"amount": 6, "amount": 5'),
        ("not_nfc", 'Operator::"ana"', 'Operator::"ane\u0301"'),
        ("mixed_script", 'Operator::"ana"', 'Operator::"\u0430na"'),
        ("hidden_character", 'Operator::"ana"', 'Operator::"ana\u200d"'),
        ("bidi_control", "permit (", "\u202epermit ("),
        ("base64", "==\"\n    witness", "\"\n    witness"),
        ("base64", 'signature: "', 'signature: " '),
        ("count", "entry: 2", "entry: 02"),
        ("count", "entry: 2", "entry: 2.0"),
        ("time", "10:00:02Z", "10:00:02+00:00"),
        ("unknown_field", "activation:\n", "activation:\n  note: x\n"),
    ],
)  # fmt: skip
def test_canonicalisation_tricks(chain: Chain, code: str, before: str, after: str) -> None:
    ((name, text),) = chain.files()
    assert before in text
    assert verify_chain([(name, text.replace(before, after, 1))]).code == code


def test_an_alias_bomb(chain: Chain) -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a, *a, *a]\n" for i in range(1_000))
    assert verify_chain([("1.0.0.yaml", bomb)]).code == "yaml_anchor"


def test_huge_files_and_deep_files() -> None:
    assert verify_chain([("1.0.0.yaml", "a: " + "x" * 9_000_000)]).code == "too_large"
    assert verify_chain([("1.0.0.yaml", json.dumps({"a": 1})[:-1] + ',"b":' + "[" * 9_999)]).code == "depth"


def test_assessment_agrees_with_verify_about_a_half_signed_version(chain: Chain) -> None:
    version = chain.signed(chain.amendment(content(RULES + FORBID)), ANA)
    assert not assess(version, chain.head, program(chain.head)).satisfied
    chain.versions.append(chain.activated(version, wait=99))
    assert verdict(chain) == "no_quorum"
