"""A roster that demands two ledger keys: neither alone can witness, backdate or activate; spares in one entry can."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.governance.chains import ANA, FORBID, LEDGER, RULES, SAM, SWARM, Chain, Person, content, program
from workbench.governance.activation import activate
from workbench.governance.artifact import ConstitutionVersion, Signature, dump_yaml, load_yaml
from workbench.governance.assessment import assess
from workbench.governance.chain import verify_chain
from workbench.governance.errors import ArtifactError, VoteError
from workbench.governance.keys import SigningKey, generate_key, public_line
from workbench.governance.roster import RosterEntry
from workbench.governance.votes import vote_digest
from workbench.governance.witnesses import cowitnessed

SECOND = Person('Ledger::"vault"', "ledger")
BOTH = (ANA.entry, SAM.entry, LEDGER.entry, SECOND.entry)
LATER = timedelta(seconds=3)


def second_word(
    version: ConstitutionVersion, *, key: SigningKey = SECOND.key, after: timedelta = LATER
) -> ConstitutionVersion:
    """Every vote, with a further ledger key's word that it came ``after`` the first one's time."""
    votes = []
    for vote in version.signatures:
        assert vote.witness is not None
        own = vote_digest(vote, digest=version.digest, swarm_id=SWARM)
        votes.append(cowitnessed(key, vote, own, swarm_id=SWARM, received_at=vote.witness.received_at + after))
    return version.with_signatures(votes)


def in_force(chain: Chain, version: ConstitutionVersion, *keys: SigningKey, at: datetime) -> ConstitutionVersion:
    return activate(
        version,
        ledger_key=LEDGER.key,
        effective_at=at,
        ledger_size=chain.entry,
        ledger_root="ab" * 32,
        further_keys=keys,
    )


@pytest.fixture
def chain() -> Chain:
    """A genesis whose roster demands both; in force by both."""
    chain = Chain()
    genesis = second_word(chain.signed(chain.genesis(content(roster=BOTH))))
    chain.versions.append(in_force(chain, genesis, SECOND.key, at=chain.later(3)))
    return chain


def amendment(chain: Chain) -> ConstitutionVersion:
    return chain.signed(chain.amendment(content(RULES + FORBID, roster=BOTH)))


def verdict(chain: Chain, version: ConstitutionVersion | None = None) -> str:
    grown = chain if version is None else Chain(versions=[*chain.versions, version])
    return verify_chain(grown.files(), genesis_pin=chain.versions[0].digest).code


def quorum_at(version: ConstitutionVersion, chain: Chain) -> datetime | None:
    return assess(version, chain.head, program(chain.head)).quorum_at


def test_with_the_word_of_both_it_holds(chain: Chain) -> None:
    assert verdict(chain) == ""
    version = second_word(amendment(chain))
    assert verdict(chain, in_force(chain, version, SECOND.key, at=chain.later(13))) == ""
    assert load_yaml(dump_yaml(version)) == version


def test_the_word_of_one_is_no_witness(chain: Chain) -> None:
    version = amendment(chain)
    assert quorum_at(version, chain) is None
    assert verdict(chain, in_force(chain, version, SECOND.key, at=chain.later(99))) == "not_witnessed"


def test_the_signature_of_one_activates_nothing(chain: Chain) -> None:
    version = second_word(amendment(chain))
    assert verdict(chain, in_force(chain, version, at=chain.later(99))) == "half_activated"


def test_one_key_is_not_two(chain: Chain) -> None:
    version = amendment(chain)
    assert verdict(chain, in_force(chain, second_word(version), LEDGER.key, at=chain.later(99))) == "bad_activation"
    doubled = second_word(version, key=LEDGER.key)
    assert verdict(chain, in_force(chain, doubled, SECOND.key, at=chain.later(99))) == "bad_witness"


def test_a_strangers_key_is_none(chain: Chain) -> None:
    version = amendment(chain)
    stranger = generate_key()
    foreign = second_word(version, key=stranger)
    assert verdict(chain, in_force(chain, foreign, SECOND.key, at=chain.later(99))) == "bad_witness"
    assert verdict(chain, in_force(chain, second_word(version), stranger, at=chain.later(99))) == "bad_activation"
    by_voter = second_word(version, key=ANA.key)
    assert verdict(chain, in_force(chain, by_voter, SECOND.key, at=chain.later(99))) == "bad_witness"


def test_the_later_of_the_two_times_counts(chain: Chain) -> None:
    """Whoever holds one key can say that a vote came earlier; the other's time still starts the timelock."""
    version = amendment(chain)
    delayed = second_word(version, after=timedelta(seconds=60))
    first = version.signatures[1].witness
    assert first is not None
    assert quorum_at(delayed, chain) == first.received_at + timedelta(seconds=60)
    early = in_force(chain, delayed, SECOND.key, at=first.received_at + timedelta(seconds=69))
    assert verdict(chain, early) == "too_early"
    assert verdict(chain, in_force(chain, delayed, SECOND.key, at=first.received_at + timedelta(seconds=70))) == ""
    backdated = second_word(version, after=-timedelta(days=3))
    assert quorum_at(backdated, chain) == first.received_at


def test_a_second_word_after_it_was_in_force_is_late(chain: Chain) -> None:
    version = second_word(amendment(chain))
    vote = chain.vote(version, ANA, comment="again")
    more = second_word(version.with_signatures([vote]), after=timedelta(days=2)).signatures[0]
    at = chain.later(30)
    assert verdict(chain, in_force(chain, version.adding(more), SECOND.key, at=at)) == "late_vote"


def test_the_second_word_is_bound_to_vote_time_and_entry(chain: Chain) -> None:
    version = second_word(amendment(chain))
    one, two = version.signatures
    assert one.witness is not None
    assert two.witness is not None
    moved = one.model_copy(update={"witness": one.witness.model_copy(update={"also": two.witness.also})})
    assert verdict(chain, in_force(chain, version.with_signatures([moved, two]), SECOND.key, at=chain.later(99))) == (
        "bad_witness"
    )
    (word,) = one.witness.also
    earlier = word.model_copy(update={"received_at": word.received_at - timedelta(seconds=1)})
    forged = one.model_copy(update={"witness": one.witness.model_copy(update={"also": (earlier,)})})
    assert verdict(chain, in_force(chain, version.with_signatures([forged, two]), SECOND.key, at=chain.later(99))) == (
        "bad_witness"
    )


def test_the_second_word_can_be_given_once(chain: Chain) -> None:
    version = second_word(amendment(chain))
    with pytest.raises(VoteError) as caught:
        second_word(version)
    assert caught.value.code == "already_witnessed"
    bare = chain.vote(version, ANA, witness=False)
    with pytest.raises(VoteError) as caught:
        cowitnessed(SECOND.key, bare, "ab" * 32, swarm_id=SWARM, received_at=chain.now)
    assert caught.value.code == "not_witnessed"


def test_two_keys_in_one_entry_are_spares() -> None:
    spare = generate_key()
    ledger = RosterEntry(principal=LEDGER.principal, role="ledger", keys=(*LEDGER.entry.keys, public_line(spare)))
    chain = Chain()
    chain.grow(chain.genesis(content(roster=(ANA.entry, SAM.entry, ledger))), wait=0)
    assert verdict(chain) == ""
    version = chain.signed(chain.amendment(content(RULES + FORBID, roster=(ANA.entry, SAM.entry, ledger))))
    assert verdict(chain, chain.activated(version, key=spare)) == ""
    doubled = second_word(version, key=spare)
    assert verdict(chain, chain.activated(doubled)) == "bad_witness"  # one entry speaks once


def test_two_spares_of_one_entry_are_not_two_entries() -> None:
    """Whichever entry stands first in the roster."""
    spare = generate_key()
    ledger = RosterEntry(principal=LEDGER.principal, role="ledger", keys=(*LEDGER.entry.keys, public_line(spare)))
    for order in ((ledger, SECOND.entry), (SECOND.entry, ledger)):
        chain = Chain()
        genesis = second_word(chain.signed(chain.genesis(content(roster=(ANA.entry, SAM.entry, *order)))), key=spare)
        chain.versions.append(in_force(chain, genesis, SECOND.key, at=chain.later(99)))
        assert verify_chain(chain.files()).code == "bad_witness"
        sound = second_word(genesis.with_signatures([vote_without(vote) for vote in genesis.signatures]))
        assert verify_chain([("1.0.0.yaml", dump_yaml(in_force(chain, sound, SECOND.key, at=chain.now)))]).ok
        twice = in_force(chain, sound, spare, at=chain.now)
        assert verify_chain([("1.0.0.yaml", dump_yaml(twice))]).code == "bad_activation"


def vote_without(vote: Signature) -> Signature:
    """The vote with the first ledger key's word alone."""
    assert vote.witness is not None
    return vote.model_copy(update={"witness": vote.witness.model_copy(update={"also": ()})})


def test_a_ledger_key_cannot_be_dropped_by_the_amendment_it_gates(chain: Chain) -> None:
    version = chain.signed(chain.amendment(content(roster=(ANA.entry, SAM.entry, LEDGER.entry))))
    assert verdict(chain, in_force(chain, version, at=chain.later(99))) == "not_witnessed"


def test_there_are_few_ledger_entries() -> None:
    many = tuple(Person(f'Ledger::"l{n}"', "ledger").entry for n in range(9))
    with pytest.raises(ArtifactError) as caught:
        Chain().genesis(content(roster=(ANA.entry, *many)))
    assert caught.value.code == "ledger_size"
