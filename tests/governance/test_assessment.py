"""Counting votes: distinct people, distinct keys, witnessed arrival, rejects, vetoes, expiry."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.chains import (
    ANA,
    EVE,
    FORBID,
    LEDGER,
    ROSTER,
    RULES,
    SAM,
    SOLO,
    Chain,
    Person,
    content,
    program,
)
from workbench.governance.artifact import ConstitutionVersion, Signature
from workbench.governance.assessment import Assessment, assess
from workbench.governance.keys import generate_key, public_line
from workbench.governance.roster import RosterEntry

WIDE = (*ROSTER, EVE.entry)


def started(roster: tuple[RosterEntry, ...] = ROSTER, rules: str = RULES) -> tuple[Chain, ConstitutionVersion]:
    """A chain with its genesis, and a proposed forbid (2 approvals, timelock 10 seconds)."""
    chain = Chain()
    chain.versions.append(chain.genesis(content(rules, roster=roster)))
    return chain, chain.amendment(content(rules + FORBID, roster=roster))


def count(chain: Chain, version: ConstitutionVersion, *votes: Signature) -> Assessment:
    return assess(version.with_signatures(votes), chain.head, program(chain.head))


def codes(found: Assessment) -> list[str]:
    return [vote.code for vote in found.votes]


def test_two_people_complete_the_quorum_and_start_the_timelock() -> None:
    chain, version = started()
    first, second = chain.vote(version, ANA), chain.vote(version, SAM)
    half = count(chain, version, first)
    assert (half.satisfied, half.due_at, [seat.filled_by for seat in half.seats]) == (False, None, [ANA.principal, ""])
    full = count(chain, version, second, first)  # the order in the file does not matter
    assert second.witness is not None
    assert full.quorum_at == second.witness.received_at
    assert full.due_at == second.witness.received_at + timedelta(seconds=10)
    assert full.expires_at == version.created_at + timedelta(days=30)
    assert codes(full) == ["", ""]
    assert {seat.requirement for seat in full.seats} == {"signer"}


def test_only_witnessed_votes_count() -> None:
    chain, version = started()
    found = count(chain, version, chain.vote(version, ANA), chain.vote(version, SAM, witness=False))
    assert (found.satisfied, codes(found)) == (False, ["", "not_witnessed"])


def test_one_person_fills_one_seat_whatever_their_keys() -> None:
    second_key = generate_key()
    ana = RosterEntry(principal=ANA.principal, role="operator", keys=(*ANA.entry.keys, public_line(second_key)))
    chain, version = started((ana, SAM.entry, LEDGER.entry))
    found = count(chain, version, chain.vote(version, ANA), chain.vote(version, ANA, key=second_key))
    assert (found.satisfied, codes(found)) == (False, ["", "same_person"])
    assert count(chain, version, chain.vote(version, ANA, key=second_key), chain.vote(version, SAM)).satisfied


def test_the_same_vote_counts_once() -> None:
    chain, version = started()
    vote = chain.vote(version, ANA)
    found = count(chain, version, vote, vote)
    assert (found.satisfied, codes(found)) == (False, ["", "duplicate_vote"])


def test_a_reject_overrides_the_same_persons_approve_in_either_order() -> None:
    chain, version = started(WIDE)
    approve, reject = chain.vote(version, ANA), chain.vote(version, ANA, verdict="reject")
    late = chain.vote(version, ANA)
    sam = chain.vote(version, SAM)
    found = count(chain, version, approve, reject, late, sam)
    assert (found.satisfied, found.rejected, codes(found)) == (False, False, ["overridden", "", "overridden", ""])
    assert count(chain, version, approve, reject, sam, chain.vote(version, EVE)).satisfied


def test_it_is_rejected_when_the_quorum_can_no_longer_be_met() -> None:
    chain, version = started()
    reject = chain.vote(version, SAM, verdict="reject")
    found = count(chain, version, chain.vote(version, ANA), reject)
    assert found.rejected
    assert not found.satisfied


def test_on_rejection_deny_ends_it_at_the_first_reject() -> None:
    rules = RULES.replace("with timelock 10 seconds\n}", "with timelock 10 seconds\n  on rejection deny\n}", 1)
    chain, version = started(WIDE, rules)
    votes = [chain.vote(version, EVE, verdict="reject"), chain.vote(version, ANA), chain.vote(version, SAM)]
    assert count(chain, version, *votes).rejected
    assert not count(chain, version, *votes).satisfied
    plain, other = started(WIDE)
    votes = [plain.vote(other, EVE, verdict="reject"), plain.vote(other, ANA), plain.vote(other, SAM)]
    assert count(plain, other, *votes).satisfied


def test_a_reject_after_the_quorum_is_a_veto() -> None:
    chain, version = started(WIDE)
    votes = [chain.vote(version, ANA), chain.vote(version, SAM), chain.vote(version, EVE, verdict="reject")]
    assert count(chain, version, *votes).vetoed == EVE.principal
    early = [chain.vote(version, EVE, verdict="reject"), chain.vote(version, ANA), chain.vote(version, SAM)]
    assert count(chain, version, *early).vetoed == ""
    assert count(chain, version, *early).satisfied


@pytest.mark.parametrize(
    "changed", [(ANA.entry, SAM.entry, LEDGER.entry), (*ROSTER, Person(EVE.principal, "supervisor").entry)]
)
def test_one_whom_the_amendment_removes_or_changes_cannot_veto_it(changed: tuple[RosterEntry, ...]) -> None:
    chain = Chain()
    chain.versions.append(chain.genesis(content(roster=WIDE)))
    version = chain.amendment(content(roster=changed))
    votes = [chain.vote(version, ANA), chain.vote(version, SAM), chain.vote(version, EVE, verdict="reject")]
    found = count(chain, version, *votes)
    assert (found.vetoed, found.satisfied) == ("", True)


def test_a_quorum_that_breaks_and_mends_runs_its_timelock_anew() -> None:
    chain = Chain()
    chain.versions.append(chain.genesis(content(roster=WIDE)))
    version = chain.amendment(content(roster=(ANA.entry, SAM.entry, LEDGER.entry)))  # removes eve: no veto of hers
    votes = [chain.vote(version, EVE), chain.vote(version, ANA), chain.vote(version, EVE, verdict="reject")]
    broken = count(chain, version, *votes)
    assert (broken.satisfied, broken.vetoed, broken.rejected) == (False, "", False)
    last = chain.vote(version, SAM)
    mended = count(chain, version, *votes, last)
    assert last.witness is not None
    assert mended.quorum_at == last.witness.received_at


def test_votes_outside_the_time_of_the_proposal_do_not_count() -> None:
    chain, version = started()
    early = chain.witnessed(version, chain.vote(version, ANA, witness=False), version.created_at - timedelta(seconds=1))
    late = chain.witnessed(version, chain.vote(version, SAM, witness=False), version.created_at + timedelta(days=31))
    found = count(chain, version, early, late)
    assert (found.satisfied, codes(found)) == (False, ["before_proposal", "after_expiry"])


def test_the_parents_roster_judges_not_the_childs() -> None:
    chain = Chain()
    chain.versions.append(chain.genesis())
    version = chain.amendment(content(roster=(EVE.entry, SAM.entry, LEDGER.entry)))
    found = count(chain, version, chain.vote(version, EVE), chain.vote(version, SAM))
    assert (found.satisfied, codes(found)) == (False, ["unknown_key", ""])
    assert count(chain, version, chain.vote(version, ANA), chain.vote(version, SAM)).satisfied


def test_the_parents_procedures_judge_not_the_childs() -> None:
    chain = Chain()
    chain.versions.append(chain.genesis())
    rules = RULES.replace("with timelock 10 seconds", "").replace("require 2 approvals", "require 1 approval")
    version = chain.amendment(content(rules))
    assert version.amendment.cls == "sensitive"
    assert not count(chain, version, chain.vote(version, ANA)).satisfied
    assert count(chain, version, chain.vote(version, ANA), chain.vote(version, SAM)).procedure.timelock_seconds == 10


def test_a_genesis_is_its_own_judge_without_timelock() -> None:
    chain = Chain()
    version = chain.genesis()
    signed = chain.signed(version)
    found = assess(signed, signed, program(signed))
    assert found.satisfied
    assert found.due_at == found.quorum_at
    solo = chain.genesis(content(SOLO, roster=(ANA.entry, LEDGER.entry)))
    signed = chain.signed(solo, ANA)
    assert assess(signed, signed, program(signed)).satisfied


def test_the_default_procedure_of_a_team() -> None:
    rules = RULES[: RULES.index("procedure amend_minor")]
    chain, version = started(WIDE, rules)
    two_operators = count(chain, version, chain.vote(version, ANA), chain.vote(version, EVE))
    assert not two_operators.satisfied
    full = count(chain, version, chain.vote(version, ANA), chain.vote(version, EVE), chain.vote(version, SAM))
    assert full.satisfied
    assert [seat.requirement for seat in full.seats] == ["operator", "supervisor"]
    assert full.procedure.timelock_seconds == 86_400


def test_more_seats_than_people_can_never_be_filled() -> None:
    rules = RULES.replace("require 2 approvals", "require 999999999999 approvals")
    chain, version = started(ROSTER, rules)
    found = count(chain, version, chain.vote(version, ANA), chain.vote(version, SAM))
    assert found.rejected
    assert len(found.seats) == 3


def test_a_vote_that_fits_no_seat_is_named() -> None:
    chain = Chain()
    chain.versions.append(chain.genesis())
    version = chain.amendment(content(english_source="# a heading"))
    assert version.amendment.cls == "minor"
    found = count(chain, version, chain.vote(version, SAM))
    assert (found.satisfied, codes(found)) == (False, ["no_seat"])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_quorum_needs_two_different_people_that_do_not_reject(data: st.DataObject) -> None:
    chain, version = started(WIDE)
    votes = [
        chain.vote(
            version,
            data.draw(st.sampled_from((ANA, SAM, EVE))),
            verdict=data.draw(st.sampled_from(("approve", "approve", "reject"))),
            witness=data.draw(st.booleans()),
        )
        for _ in range(data.draw(st.integers(0, 6)))
    ]
    found = count(chain, version, *votes)
    approve = {vote.principal for vote in votes if vote.witness and vote.verdict == "approve"}
    reject = {vote.principal for vote in votes if vote.witness and vote.verdict == "reject"}
    assert found.satisfied == (len(approve - reject) >= 2)
    assert found.rejected == (len(reject) >= 2)
    filled = {seat.filled_by for seat in found.seats} - {""}
    assert filled <= approve - reject
    shuffled = data.draw(st.permutations(votes))
    again = count(chain, version, *shuffled)
    assert (again.quorum_at, again.rejected, again.vetoed) == (found.quorum_at, found.rejected, found.vetoed)
