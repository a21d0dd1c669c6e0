"""Reverts: back to what stood before, soon after, without the timelock; and what only looks like one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.governance.chains import ANA, EVE, FORBID, LEDGER, ROSTER, RULES, SAM, Chain, case, content, program
from workbench.governance.artifact import ConstitutionVersion, Content
from workbench.governance.assessment import Assessment, assess
from workbench.governance.chain import ChainReport, check_link, verify_chain
from workbench.governance.errors import GovernanceError
from workbench.governance.revert import Stood, revert_of

HOUR = 3_600
ROOM = (*ROSTER, EVE.entry)
PROCEDURE = 'procedure share { on action == Action::"share_external" require approval from principal }\n'


def grown(before: Content, after: Content) -> Chain:
    chain = Chain()
    chain.grow(chain.genesis(before), wait=0)
    chain.grow(chain.amendment(after))
    return chain


@pytest.fixture
def chain() -> Chain:
    """A genesis, and a forbid in force after it."""
    return grown(content(), content(RULES + FORBID))


def report(chain: Chain) -> ChainReport:
    return verify_chain(chain.files(), genesis_pin=chain.versions[0].digest)


def count(chain: Chain, version: ConstitutionVersion) -> Assessment:
    """Counted with the knowledge of what stood before the head."""
    parent, before = (Stood(v, program(v)) for v in (chain.head, chain.versions[-2]))
    since = chain.head.activation.effective_at if chain.head.activation else None
    return assess(version, parent.version, parent.program, revert_of(version, parent, before, since))


def test_a_revert_is_in_force_as_soon_as_it_has_its_quorum(chain: Chain) -> None:
    version = chain.amendment(content())
    signed = chain.signed(version)
    found = count(chain, signed)
    assert (found.kind, found.due_at) == ("revert", found.quorum_at)
    chain.versions.append(chain.activated(signed, wait=0))
    assert report(chain).code == ""
    assert any("a revert: no timelock" in line.message for line in report(chain).lines)


def test_it_needs_the_same_quorum(chain: Chain) -> None:
    chain.grow(chain.amendment(content()), ANA, wait=0)
    assert report(chain).code == "no_quorum"


def test_what_goes_back_almost_is_no_revert(chain: Chain) -> None:
    chain.grow(chain.amendment(content(RULES + "// thus\n")), wait=0)
    assert report(chain).code == "too_early"


@pytest.mark.parametrize(("late", "code"), [(-1, ""), (1, "too_early")])
def test_the_quorum_must_be_complete_within_72_hours(chain: Chain, late: int, code: str) -> None:
    """By witnessed arrival: what the version says of when it was made helps nobody."""
    assert chain.head.activation is not None
    end = chain.head.activation.effective_at + timedelta(hours=72)
    version = chain.amendment(content())
    first = chain.witnessed(version, chain.vote(version, ANA, witness=False))
    chain.now = end + timedelta(seconds=late)
    second = chain.witnessed(version, chain.vote(version, SAM, witness=False, signed_at=version.created_at))
    signed = version.with_signatures([first, second])
    assert (second.witness.received_at > end if second.witness else False) == bool(code)
    assert count(chain, signed).kind == ("" if code else "revert")
    chain.versions.append(chain.activated(signed, wait=0))
    assert report(chain).code == code
    if code:
        assert "later than 72 hours" in report(chain).message


def test_after_72_hours_the_way_back_is_an_amendment_like_any_other(chain: Chain) -> None:
    chain.later(73 * HOUR)
    chain.grow(chain.amendment(content()), wait=10)
    assert report(chain).code == ""


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (content(roster=ROOM), content(roster=ROSTER), "the roster was changed"),
        (content(roster=ROOM), content(RULES + FORBID, roster=ROSTER), "the roster was changed"),
        (content(), content(RULES + PROCEDURE), "a procedure was changed"),
        (content(RULES + PROCEDURE), content(RULES), "a procedure was changed"),
        (content(), content(RULES.replace("with timelock 10 seconds", "with timelock 11 seconds", 1)), "a procedure"),
        (content(), content(RULES.replace("procedure big_reply", '@stage("observe")\nprocedure big_reply')), "a proce"),
        (content(), content(invariants="// never\n"), "the invariants were changed"),
    ],
)
def test_roster_invariants_and_procedures_are_never_reverted(before: Content, after: Content, why: str) -> None:
    chain = grown(before, after)
    chain.grow(chain.amendment(before), wait=0)
    found = report(chain)
    assert (found.code, why in found.message) == ("too_early", True)


def test_a_revert_in_the_middle_of_a_chain_reaches_one_step_only() -> None:
    """Two versions back is another text than one back: no revert."""
    chain = grown(content(), content(RULES + FORBID))
    chain.grow(chain.amendment(content(RULES + FORBID, english_source="# title")), ANA, wait=0)
    chain.grow(chain.amendment(content()), wait=0)
    assert report(chain).code == "too_early"


def test_the_first_version_has_nothing_to_go_back_to() -> None:
    chain = Chain()
    chain.grow(chain.genesis(), wait=0)
    stood = Stood(chain.head, program(chain.head))
    assert revert_of(chain.amendment(content(RULES + FORBID)), stood, None, chain.now) is None


def test_one_operator_cannot_undo_what_two_people_decided() -> None:
    """Removing a reviewed test is sensitive, adding it again minor: the way back asks for the higher of the two."""
    reviewed = content(test_cases=(case(), case("kept", reviewed_by=ANA.principal)))
    chain = grown(reviewed, content())
    assert chain.head.amendment.cls == "sensitive"
    version = chain.amendment(reviewed)
    assert version.amendment.cls == "minor"
    assert len(count(chain, version).seats) == 2
    alone = Chain(versions=[*chain.versions], now=chain.now)
    alone.grow(version, ANA, wait=0)
    assert report(alone).code == "no_quorum"
    chain.grow(version, ANA, SAM, wait=0)
    assert report(chain).code == ""


def test_a_revert_cannot_itself_be_reverted(chain: Chain) -> None:
    """What was undone would come back without ever waiting."""
    chain.grow(chain.amendment(content()), wait=0)
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=0)
    found = report(chain)
    assert (found.code, "a revert cannot itself be reverted" in found.message) == ("too_early", True)


def test_what_a_revert_took_back_may_return_after_its_timelock(chain: Chain) -> None:
    chain.grow(chain.amendment(content()), wait=0)
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=10)
    assert report(chain).code == ""
    chain.grow(chain.amendment(content()), wait=0)  # it waited, so it can be taken back like what it repeats
    assert report(chain).code == ""
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=0)
    assert report(chain).code == "too_early"


def test_what_went_back_as_an_ordinary_amendment_can_be_reverted(chain: Chain) -> None:
    chain.later(73 * HOUR)
    chain.grow(chain.amendment(content()), wait=10)
    chain.grow(chain.amendment(content(RULES + FORBID)), wait=0)
    assert report(chain).code == ""


def test_checking_one_link_says_what_verifying_the_chain_says(chain: Chain) -> None:
    stood = {"reverts": False}

    def code(version: ConstitutionVersion) -> str:
        whole = Chain(versions=[*chain.versions, version])
        before = Stood(chain.versions[-2], program(chain.versions[-2]))
        parent = Stood(chain.head, program(chain.head), **stood)
        found = ""
        try:
            check_link(version, program(version), parent, before)
        except GovernanceError as error:
            found = error.code
        assert report(whole).code == found
        return found

    def made(text: Content, *people: Any, wait: float = 10, **changes: Any) -> ConstitutionVersion:
        return chain.activated(chain.signed(chain.amendment(text, **changes), *people), wait=wait)

    assert code(made(content(), wait=0)) == ""
    chain.grow(chain.amendment(content()), wait=0)
    stood["reverts"] = True
    assert code(made(content(RULES + FORBID), wait=0)) == "too_early"
    assert code(made(content(RULES + FORBID))) == ""
    stood["reverts"] = False
    chain.versions.pop()
    assert code(made(content(RULES + FORBID, english_source="# x"), ANA, wait=0)) == ""
    assert code(made(content(RULES), ANA, wait=0)) == "no_quorum"
    assert code(made(content(RULES.replace("amount > 500", "amount > 9") + FORBID), wait=9)) == "too_early"
    assert code(made(content(RULES), cls="minor")) == "wrong_class"
    assert code(made(content(RULES), version="1.0.1")) == "rollback"
    other = made(content(RULES)).model_copy(update={"swarm_id": "swarm-other"})
    assert code(other) == "other_swarm"
    assert LEDGER.principal not in {seat.filled_by for seat in count(chain, made(content())).seats}
