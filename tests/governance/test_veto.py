"""Vetoes, and what was vetoed proposed again: carried by the quorum of a sensitive amendment, it cannot be vetoed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.governance.chains import ANA, EVE, FORBID, LEDGER, RULES, SAM, Chain, Person, content, program
from workbench.governance.artifact import ArtifactError, ConstitutionVersion, dump_yaml, load_yaml
from workbench.governance.assessment import Assessment, assess
from workbench.governance.chain import verify_chain
from workbench.governance.keys import generate_key, public_line
from workbench.governance.roster import RosterEntry

BOB, SUE = Person('Operator::"bob"', "operator"), Person('Operator::"sue"', "supervisor")
DEFAULTS = RULES[: RULES.index("procedure amend_minor")]
ROOM = tuple(person.entry for person in (ANA, BOB, SAM, SUE, EVE, LEDGER))
VETOED = "sha256:" + "ab" * 32
DAY = 86_400


@pytest.fixture
def chain() -> Chain:
    """A team under the default procedures; ana, bob and eve are operators, sam and sue supervisors."""
    chain = Chain()
    chain.grow(chain.genesis(content(DEFAULTS, roster=ROOM)), ANA, BOB, SAM, SUE, wait=0)
    return chain


def plain(chain: Chain) -> ConstitutionVersion:
    return chain.amendment(content(DEFAULTS + FORBID, roster=ROOM))


def again(chain: Chain) -> ConstitutionVersion:
    return chain.amendment(content(DEFAULTS + FORBID, roster=ROOM), reproposes=VETOED)


def count(chain: Chain, version: ConstitutionVersion) -> Assessment:
    return assess(version, chain.head, program(chain.head))


def verdict(chain: Chain, version: ConstitutionVersion, wait: float) -> str:
    whole = Chain(versions=[*chain.versions, chain.activated(version, wait=wait)])
    return verify_chain(whole.files(), genesis_pin=chain.versions[0].digest).code


def test_a_plain_proposal_can_be_vetoed_however_many_carry_it(chain: Chain) -> None:
    version = chain.signed(plain(chain), ANA, SAM, BOB, SUE)
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    assert count(chain, version).vetoed == EVE.principal
    assert verdict(chain, version, 4 * DAY) == "vetoed"


def test_again_it_needs_the_sensitive_quorum_and_the_longer_timelock(chain: Chain) -> None:
    version = again(chain)
    assert version.amendment.cls == "major"
    found = count(chain, version)
    assert (found.kind, found.procedure.words) == ("reproposal", "2 operator and 2 supervisor; timelock 72 hours")
    ordinary = chain.signed(version, ANA, SAM)
    assert not count(chain, ordinary).satisfied
    assert verdict(chain, ordinary, 4 * DAY) == "no_quorum"
    whole = chain.signed(version, ANA, SAM, BOB, SUE)
    assert verdict(chain, whole, DAY) == "too_early"
    assert verdict(chain, whole, 3 * DAY) == ""


def test_again_it_cannot_be_vetoed_once_it_is_carried(chain: Chain) -> None:
    version = chain.signed(again(chain), ANA, SAM, BOB, SUE)
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    found = count(chain, version)
    assert (found.vetoed, found.satisfied) == ("", True)
    assert verdict(chain, version, 3 * DAY) == ""


def test_again_half_carried_nobody_can_veto_it_either(chain: Chain) -> None:
    """The ordinary quorum does not open a gap in which a veto would hold."""
    version = chain.signed(again(chain), ANA, SAM)
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    assert count(chain, version).vetoed == ""
    version = chain.signed(version, BOB, SUE)
    assert verdict(chain, version, 3 * DAY) == ""


def test_again_an_approver_may_still_take_back_their_own(chain: Chain) -> None:
    version = chain.signed(again(chain), ANA, SAM, BOB, SUE)
    version = version.adding(chain.vote(version, SUE, verdict="reject"))
    found = count(chain, version)
    assert (found.vetoed, found.satisfied, found.rejected) == ("", False, True)  # there are two supervisors only


def test_the_mark_is_in_the_bytes_that_all_sign(chain: Chain) -> None:
    marked, bare = again(chain), plain(chain)
    same = ConstitutionVersion(**{**dict(marked), "amendment": bare.amendment})
    assert same.digest != marked.digest
    signed = chain.signed(marked, ANA, SAM)
    stripped = same.with_signatures(signed.signatures)
    assert verdict(chain, stripped, 4 * DAY) == "bad_signature"


def test_the_mark_is_written_and_read(chain: Chain) -> None:
    version = again(chain)
    assert load_yaml(dump_yaml(version)) == version
    assert "reproposes" not in dump_yaml(plain(chain))


def test_a_first_version_proposes_nothing_again() -> None:
    chain = Chain()
    first = chain.genesis()
    marked = first.amendment.model_copy(update={"reproposes": VETOED})
    with pytest.raises(ArtifactError) as caught:
        ConstitutionVersion(**{**dict(first), "amendment": marked})
    assert caught.value.code == "reproposes"


def test_who_rejected_before_the_quorum_may_veto_once_it_stands(chain: Chain) -> None:
    version = plain(chain)
    early = chain.vote(version, EVE, verdict="reject")
    carried = chain.signed(version.adding(early), ANA, SAM)
    found = count(chain, carried)
    assert (found.satisfied, found.vetoed, found.may_veto_yet) == (True, "", {EVE.principal})
    assert verdict(chain, carried, DAY) == ""
    again = carried.adding(chain.vote(version, EVE, verdict="reject"))
    found = count(chain, again)
    assert (found.vetoed, found.may_veto_yet) == (EVE.principal, frozenset())
    assert verdict(chain, again, DAY) == "vetoed"
    replayed = carried.adding(chain.witnessed(version, early.model_copy(update={"witness": None}), chain.later()))
    assert count(chain, replayed).vetoed == "", "the same vote, handed in again, is none"


def test_nobody_may_veto_yet_before_the_quorum_after_a_veto_or_what_was_vetoed_before(chain: Chain) -> None:
    version = plain(chain)
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    assert count(chain, version).may_veto_yet == frozenset()
    marked = again(chain)
    marked = chain.signed(marked.adding(chain.vote(marked, EVE, verdict="reject")), ANA, SAM, BOB, SUE)
    found = count(chain, marked)
    assert (found.satisfied, found.may_veto_yet) == (True, frozenset())


def _with(roster: tuple[RosterEntry, ...], person: Person, **changes: Any) -> tuple[RosterEntry, ...]:
    return tuple(entry.model_copy(update=changes) if entry.principal == person.principal else entry for entry in roster)


def _renamed(entry: RosterEntry, comment: str) -> RosterEntry:
    return entry.model_copy(update={"keys": tuple(" ".join([*key.split()[:2], comment]).strip() for key in entry.keys)})


@pytest.mark.parametrize(
    ("roster", "vetoed"),
    [
        (tuple(_renamed(entry, "renamed") for entry in ROOM), True),
        (tuple(_renamed(entry, "") for entry in ROOM), True),
        (_with(ROOM, EVE, role="supervisor"), False),
        (_with(ROOM, EVE, keys=(public_line(generate_key(), "test"),)), False),
        (_with(ROOM, EVE, keys=(*EVE.entry.keys, public_line(generate_key(), "spare"))), False),
        (tuple(entry for entry in ROOM if entry.principal != EVE.principal), False),
    ],
    ids=["comments", "no comments", "role", "key", "spare", "removed"],
)
def test_comments_of_keys_take_nobodys_veto_and_role_or_key_does(
    chain: Chain, roster: tuple[RosterEntry, ...], vetoed: bool
) -> None:
    """``EVE`` may veto whatever leaves her place as it is, and a comment is no part of that."""
    version = chain.signed(chain.amendment(content(DEFAULTS, roster=roster)), ANA, BOB, SAM, SUE)
    version = version.adding(chain.vote(version, EVE, verdict="reject"))
    assert (count(chain, version).vetoed == EVE.principal) is vetoed
    assert verdict(chain, version, 3 * DAY) == ("vetoed" if vetoed else "")
