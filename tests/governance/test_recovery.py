"""Recovery: a majority of the ``recovery`` entries may change the roster, and nothing else, after 14 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.governance.chains import ANA, EVE, FORBID, LEDGER, ROSTER, RULES, SAM, Chain, Person, content, program
from workbench.governance.artifact import ConstitutionVersion
from workbench.governance.assessment import Assessment, assess
from workbench.governance.chain import verify_chain
from workbench.governance.recovery import RECOVERY_TIMELOCK_SECONDS

REX, RIA, RUE = (Person(f'Operator::"{name}"', "recovery") for name in ("rex", "ria", "rue"))
PEOPLE = (*ROSTER, REX.entry, RIA.entry, RUE.entry)
NEW = (EVE.entry, SAM.entry, LEDGER.entry, REX.entry, RIA.entry, RUE.entry)
FORTNIGHT = 14 * 86_400


@pytest.fixture
def chain() -> Chain:
    """A genesis in force, with three holders of recovery keys beside its two signers."""
    chain = Chain()
    chain.grow(chain.genesis(content(roster=PEOPLE)), wait=0)
    return chain


def recovery(chain: Chain, **changes: object) -> ConstitutionVersion:
    return chain.amendment(content(roster=NEW, **changes), proposed_by=REX.principal)  # type: ignore[arg-type]


def count(chain: Chain, version: ConstitutionVersion) -> Assessment:
    return assess(version, chain.head, program(chain.head))


def verdict(chain: Chain) -> str:
    return verify_chain(chain.files(), genesis_pin=chain.versions[0].digest).code


def test_a_majority_may_change_the_roster_after_fourteen_days(chain: Chain) -> None:
    version = recovery(chain)
    assert count(chain, version).procedure.words == "2 recovery; timelock 14 days"
    one = chain.signed(version, REX)
    assert not count(chain, one).satisfied
    two = one.adding(chain.vote(version, RIA))
    found = count(chain, two)
    assert (found.kind, found.satisfied) == ("recovery", True)
    assert found.quorum_at is not None
    assert found.due_at == found.quorum_at + timedelta(seconds=RECOVERY_TIMELOCK_SECONDS)
    chain.versions.append(chain.activated(two, wait=FORTNIGHT))
    assert verdict(chain) == ""


def test_not_a_moment_sooner(chain: Chain) -> None:
    chain.grow(recovery(chain), REX, RIA, wait=FORTNIGHT - 1)
    assert verdict(chain) == "too_early"


def test_a_minority_is_no_quorum(chain: Chain) -> None:
    chain.grow(recovery(chain), REX, wait=FORTNIGHT)
    assert verdict(chain) == "no_quorum"


@pytest.mark.parametrize(("held", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_how_many_are_a_majority(held: int, needed: int) -> None:
    keepers = [Person(f'Operator::"keeper-{number}"', "recovery") for number in range(held)]
    chain = Chain()
    chain.versions.append(chain.genesis(content(roster=(*ROSTER, *(keeper.entry for keeper in keepers)))))
    version = chain.amendment(content(roster=ROSTER), proposed_by=keepers[0].principal)
    assert len(count(chain, version).seats) == needed


def test_it_may_change_nothing_but_the_roster(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID, roster=NEW), proposed_by=REX.principal)
    assert count(chain, chain.signed(version, REX, RIA)).rejected
    chain.grow(version, REX, RIA, wait=FORTNIGHT)
    assert verdict(chain) == "recovery_scope"


def test_it_must_change_the_roster(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID, roster=PEOPLE), proposed_by=REX.principal)
    chain.grow(version, REX, RIA, wait=FORTNIGHT)
    assert verdict(chain) == "recovery_scope"


def test_ordinary_signers_fill_none_of_its_seats(chain: Chain) -> None:
    chain.grow(recovery(chain), REX, ANA, wait=FORTNIGHT)
    assert verdict(chain) == "no_quorum"


@pytest.mark.parametrize("late", [True, False])
def test_a_signer_whom_it_leaves_alone_can_veto_it_at_any_time(chain: Chain, late: bool) -> None:
    version = recovery(chain)
    against = chain.vote(version, SAM, verdict="reject") if not late else None
    signed = chain.signed(version, REX, RIA)
    against = against or chain.vote(version, SAM, verdict="reject")
    assert count(chain, signed.adding(against)).vetoed == SAM.principal
    chain.versions.append(chain.activated(signed.adding(against), wait=FORTNIGHT))
    assert verdict(chain) == "vetoed"


def test_a_signer_whom_it_removes_cannot_veto_it(chain: Chain) -> None:
    """A thief of ana's key must not be able to keep it."""
    version = chain.signed(recovery(chain), REX, RIA)
    version = version.adding(chain.vote(version, ANA, verdict="reject"))
    assert count(chain, version).vetoed == ""
    chain.versions.append(chain.activated(version, wait=FORTNIGHT))
    assert verdict(chain) == ""


def test_recovery_holders_have_no_say_in_anything_else(chain: Chain) -> None:
    version = chain.amendment(content(RULES + FORBID, roster=PEOPLE))
    votes = [chain.vote(version, ANA), chain.vote(version, REX)]
    found = count(chain, version.with_signatures(votes))
    assert [vote.code for vote in found.votes] == ["", "recovery_only"]
    assert not found.satisfied
    late = chain.signed(version, ANA, SAM).adding(chain.vote(version, REX, verdict="reject"))
    assert (count(chain, late).vetoed, count(chain, late).satisfied) == ("", True)
    chain.versions.append(chain.activated(late))
    assert verdict(chain) == ""


def test_a_recovery_holder_cannot_propose_as_one_what_needs_no_recovery(chain: Chain) -> None:
    """Proposing as a recovery holder never makes an amendment easier: it is judged as a recovery, always."""
    version = chain.amendment(content(RULES + FORBID, roster=PEOPLE), proposed_by=REX.principal)
    assert count(chain, chain.signed(version, ANA, SAM)).rejected


def test_a_holder_without_a_place_in_the_parent_is_no_holder(chain: Chain) -> None:
    mallory = Person('Operator::"mallory"', "recovery")
    version = chain.amendment(content(roster=(*PEOPLE, mallory.entry)), proposed_by=mallory.principal)
    assert count(chain, version).kind == ""
    chain.versions.append(chain.activated(chain.signed(version, ANA, SAM), wait=99))
    assert verdict(chain) == ""


def test_a_genesis_proposed_by_a_holder_is_an_ordinary_one() -> None:
    chain = Chain()
    first = chain.genesis(content(roster=PEOPLE))
    named = ConstitutionVersion(**{**dict(first), "proposed_by": REX.principal})
    assert assess(chain.signed(named), named, program(named)).satisfied
