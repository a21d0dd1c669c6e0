"""The ways of an amendment beside the straight one: following, going back, again after a veto, recovery, overdue."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.service.teams import (
    HOUR,
    OTHER,
    RULE,
    TEAM,
    entry,
    kinds,
    refused,
    team,
    votes,
    who,
    write,
)
from workbench.governance.artifact import dump_yaml, load_yaml
from workbench.governance.genesis import build_amendment
from workbench.governance.keys import generate_key, public_line
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock
from workbench.service.review import BlockedError
from workbench.service.views import ProposalView
from workbench.service.weighing import content_digest, row_detail
from workbench.service.workspace import Workspace
from workbench.store import versions as store
from workbench.store.directory import remove_entities, replace_entities
from workbench.store.ledger import read_head
from workbench.store.tables import proposals

DAY = 24 * HOUR
HOLDERS = (("rex", "recovery"), ("ria", "recovery"), ("rue", "recovery"))


@pytest.fixture(autouse=True)
def _own_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


@pytest.fixture
def ours(tmp_path: Path, clock: FrozenClock) -> Iterator[Workspace]:
    """A team of two operators and two supervisors, and three holders of recovery keys."""
    with team(tmp_path, clock, (*TEAM, *HOLDERS)) as workspace:
        yield workspace


def proposed(workspace: Workspace, rule: str = RULE, after: str = "") -> ProposalView:
    write(workspace, rule)
    made = workspace.amending.propose(workspace.draft(), "a rule", who("ana"), after=after)
    return workspace.proposal(made)


def blocked(workspace: Workspace, **how: object) -> list[str]:
    with pytest.raises(BlockedError) as caught:
        workspace.amending.propose(workspace.draft(), "x", who("ana"), **how)  # type: ignore[arg-type]
    return [blocker.code for blocker in caught.value.blockers]


def entries(workspace: Workspace, kind: str) -> list[str]:
    return [line.title for line in workspace.timeline.page(kinds=(kind,))]


# ---- following -------------------------------------------------------------------------------------------------------


def test_one_proposal_follows_another_and_comes_into_force_after_it(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    first = proposed(ours)
    ours.drafting.reset(first.version.digest)
    write(ours, OTHER)
    review = ours.review()
    assert (review.before_version, review.after, review.blockers) == ("1.1.0", "1.1.0", ())
    assert [change.rule.id for change in review.changes] == ["no-pii-outside"]
    second = ours.proposal(ours.amending.propose(ours.draft(), "y", who("bob"), after=first.version.digest))
    assert (second.after, second.version.parent_version, second.version.version) == ("1.1.0", "1.1.0", "1.2.0")
    votes(ours, tmp_path, second, "ana", "sam")
    waits = ours.proposal(second.version.digest)
    assert (waits.state, "waits" in waits.reason, waits.overdue) == ("approved", True, False)
    clock.advance(2 * DAY)
    assert ours.tick() == ()
    assert not ours.proposal(second.version.digest).overdue, "it waits for another, and nobody need look into it"
    votes(ours, tmp_path, first, "bob", "sue")
    assert ours.tick() == ()
    clock.advance(DAY)
    assert [version.version for version in ours.tick()] == ["1.1.0", "1.2.0"]
    assert ours.verify().ok


@pytest.mark.parametrize("end", ["rejected", "vetoed", "expired", "stale"])
def test_it_goes_stale_when_what_it_follows_ends_otherwise(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, end: str
) -> None:
    first = proposed(ours)
    ours.drafting.reset(first.version.digest)
    second = proposed(ours, OTHER, first.version.digest)
    ours.drafting.reset(second.version.digest)
    third = proposed(ours, OTHER.replace("pii", "secret"), second.version.digest)
    votes(ours, tmp_path, second, "ana", "sam")
    if end == "rejected":
        votes(ours, tmp_path, first, "ana", "bob", verdict="reject")
    elif end == "vetoed":
        votes(ours, tmp_path, first, "ana", "sam")
        votes(ours, tmp_path, first, "sue", verdict="reject")
    elif end == "expired":
        clock.advance(30 * DAY + 1)
    else:
        ours.reset_draft()
        sibling = proposed(ours, OTHER.replace("pii", "other"))
        votes(ours, tmp_path, sibling, "ana", "sam")
        clock.advance(DAY)
    ours.tick()
    states = [ours.proposal(each.version.digest).state for each in (first, second, third)]
    assert states == [end, "stale", "expired" if end == "expired" else "stale"]
    clock.advance(40 * DAY)
    assert ours.tick() == ()
    assert ours.verify().ok


def test_the_roster_and_procedures_of_what_it_follows_judge_it(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    """zoe is put into the roster by the first; she may vote on the second, and ana, whom it removes, may not."""
    roster = [each for each in _roster(ours) if each.principal != who("ana")]
    made = ours.amending.propose_roster([*roster, entry(tmp_path, "zoe", "operator")], "zoe for ana", who("bob"))
    ours.drafting.reset(made)
    review = ours.proposal(made).review
    (part,) = review.parts
    assert part.part == "roster"
    assert who("zoe") in part.after
    assert who("zoe") not in part.before
    assert f"sensitive: `{who('ana')}` leaves the roster" in review.class_reasons
    with refused("unknown_proposer"):
        ours.amending.propose(ours.draft(), "x", who("ana"), after=made)
    write(ours)
    second = ours.amending.propose(ours.draft(), "x", who("zoe"), after=made)
    with refused("unknown_key"):
        votes(ours, tmp_path, second, "ana")
    votes(ours, tmp_path, second, "zoe", "sue")
    votes(ours, tmp_path, made, "ana", "bob", "sam", "sue")
    clock.advance(3 * DAY)
    assert [version.version for version in ours.tick()] == ["2.0.0", "2.1.0"]
    assert ours.verify().ok


def test_what_can_be_followed(ours: Workspace, tmp_path: Path) -> None:
    first = proposed(ours)
    with refused("no_proposal"):
        ours.amending.propose(ours.draft(), "x", who("ana"), after="sha256:" + "0" * 64)
    votes(ours, tmp_path, first, "ana", "bob", verdict="reject")
    for call in (ours.drafting.reset, ours.drafting.rebase):
        with refused("not_open"):
            call(first.version.digest)
        with refused("no_proposal"):
            call("sha256:" + "0" * 64)
    with refused("not_open"):
        ours.amending.propose(ours.draft(), "x", who("ana"), after=first.version.digest)


def test_a_version_that_changes_the_ledger_key_cannot_be_followed(ours: Workspace, tmp_path: Path) -> None:
    """This workspace's key alone could not witness votes on what follows it."""
    more = [*_roster(ours), entry(tmp_path, "second-ledger", "ledger")]
    made = ours.amending.propose_roster(more, "x", who("ana"))
    with refused("ledger_changes"):
        ours.amending.propose(ours.draft(), "x", who("ana"), after=made)


def test_a_draft_says_what_it_was_written_on(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    first = proposed(ours)
    write(ours, OTHER)  # written on after proposing: the text holds the first rule as well
    assert blocked(ours, after=first.version.digest) == ["old_base"]
    moved = ours.drafting.rebase(first.version.digest)
    assert (moved.base_version, "no-pii-outside" in moved.cedar_plus) == ("1.1.0", True)
    active = ours.version().digest
    assert blocked(ours, after=active) == ["old_base"], "and is no change of what is in force any more"
    second = ours.propose("y", proposer=who("ana")).version.digest
    assert ours.proposal(second).after == "1.1.0", "a draft that was begun on a proposal follows it by itself"
    assert [change.rule.id for change in ours.proposal(second).review.changes] == ["no-pii-outside"]
    assert blocked(ours, after=first.version.digest) == ["already_proposed"]
    fresh = ours.drafting.reset(first.version.digest)
    assert fresh.cedar_plus == first.version.cedar_plus
    assert ours.draft() == fresh, "it does not slip back to what is in force"
    votes(ours, tmp_path, first, "ana", "sam")
    clock.advance(DAY)
    ours.tick()
    assert not ours.draft().changed, "it is in force now"


# ---- going back ------------------------------------------------------------------------------------------------------


def in_force(workspace: Workspace, folder: Path, clock: FrozenClock, proposal: ProposalView) -> None:
    votes(workspace, folder, proposal, "ana", "sam")
    clock.advance(DAY)
    assert workspace.tick()


def test_a_revert_takes_the_quorum_and_no_time(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    with refused("no_revert"):
        ours.amending.revert("back", who("ana"))
    before = ours.version()
    in_force(ours, tmp_path, clock, proposed(ours))
    clock.advance(71 * HOUR)
    made = ours.proposal(ours.amending.revert("that broke sharing", who("bob")))
    assert (made.kind, made.timelock_seconds) == ("revert", 0)
    assert votes(ours, tmp_path, made, "bob").state == "proposed"
    assert votes(ours, tmp_path, made, "sue").state == "active"
    assert ours.version().cedar_plus == before.cedar_plus
    assert ours.version().version == "1.2.0"
    verified = ours.verify()
    assert verified.ok
    assert any("a revert" in line.message for line in verified.lines)


def test_a_revert_whose_quorum_comes_too_late_waits_like_any_other(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    in_force(ours, tmp_path, clock, proposed(ours))
    clock.advance(71 * HOUR)
    made = ours.amending.revert("back", who("ana"))
    votes(ours, tmp_path, made, "ana")
    clock.advance(2 * HOUR)
    late = votes(ours, tmp_path, made, "sam")
    assert (late.state, late.kind, late.timelock_seconds) == ("approved", "", DAY)
    with refused("revert_late"):
        ours.amending.revert("again", who("ana"))
    clock.advance(DAY)
    assert ours.tick()
    assert ours.verify().ok


def test_a_revert_is_not_reverted_and_what_it_took_back_waits_again(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    first = proposed(ours)
    in_force(ours, tmp_path, clock, first)
    votes(ours, tmp_path, ours.amending.revert("back", who("ana")), "ana", "sam")
    with refused("no_revert") as caught:
        ours.amending.revert("forth", who("ana"))
    assert "a revert cannot itself be reverted" in caught.value.detail
    ours.reset_draft()
    ours.save_draft(cedar_plus=first.version.cedar_plus, revision=ours.draft().revision)
    by_hand = ours.propose("forth, written by hand", proposer=who("ana"))
    carried = votes(ours, tmp_path, by_hand, "ana", "sam")
    assert (carried.state, carried.kind, carried.timelock_seconds) == ("approved", "", DAY)
    ours.tick()
    assert ours.version().version == "1.2.0", "what was taken back is not in force again at once"
    clock.advance(DAY)
    ours.tick()
    assert ours.version().version == by_hand.version.version
    assert ours.verify().ok
    votes(ours, tmp_path, ours.amending.revert("that was no revert", who("ana")), "ana", "sam")
    assert ours.version().version not in ("1.2.0", by_hand.version.version)
    assert ours.verify().ok


def test_a_new_roster_is_not_reverted(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    made = ours.amending.propose_roster([*_roster(ours), entry(tmp_path, "zoe", "operator")], "zoe", who("ana"))
    votes(ours, tmp_path, made, "ana", "bob", "sam", "sue")
    clock.advance(3 * DAY)
    assert ours.tick()
    with refused("no_revert") as caught:
        ours.amending.revert("without her", who("ana"))
    assert "roster" in caught.value.detail


# ---- again -----------------------------------------------------------------------------------------------------------


def test_what_was_vetoed_can_be_carried_again(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    write(ours)
    assert blocked(ours, again=True) == ["never_vetoed"]
    first = ours.propose("a rule", proposer=who("ana"))
    votes(ours, tmp_path, first, "ana", "sam")
    assert votes(ours, tmp_path, first, "bob", verdict="reject").state == "vetoed"
    assert [warning.code for warning in ours.review().warnings][-1] == "vetoed_before"
    plain = ours.propose("once more", proposer=who("ana"))
    votes(ours, tmp_path, plain, "ana", "sam")
    assert votes(ours, tmp_path, plain, "bob", verdict="reject").state == "vetoed", "unmarked it can be vetoed again"
    again = ours.proposal(ours.amending.propose(ours.draft(), "all but one want it", who("ana"), again=True))
    assert (again.kind, again.procedure) == ("reproposal", "2 operator and 2 supervisor; timelock 72 hours")
    assert votes(ours, tmp_path, again, "ana", "sam", "sue").state == "proposed"
    assert votes(ours, tmp_path, again, "bob").state == "approved"
    clock.advance(3 * DAY)
    assert ours.tick()
    assert ours.verify().ok


# ---- rejecting twice -------------------------------------------------------------------------------------------------


def test_who_rejected_before_the_quorum_vetoes_by_rejecting_anew(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    proposal = proposed(ours)
    digest = proposal.version.digest
    votes(ours, tmp_path, proposal, "bob", verdict="reject")
    early = ours.export_vote(digest, who("bob"))
    clock.advance(1)
    with refused("already_voted") as caught:
        votes(ours, tmp_path, proposal, "bob", verdict="reject")
    assert "once its quorum stands" in caught.value.hint
    assert votes(ours, tmp_path, proposal, "ana", "sam").state == "approved"
    with refused("already_voted") as caught:
        ours.import_vote(early)  # whoever has the file of his first reject cannot make a veto of it
    assert "reject it anew" in caught.value.hint
    with refused("already_voted"):
        votes(ours, tmp_path, proposal, "bob")
    clock.advance(1)
    vetoed = votes(ours, tmp_path, proposal, "bob", verdict="reject")
    assert (vetoed.state, vetoed.reason) == ("vetoed", f"vetoed by `{who('bob')}`")
    assert [line for line in entries(ours, "vote") if "1.1.0" in line] == [
        "bob rejects 1.1.0 as operator",
        "sam approves 1.1.0 as supervisor",
        "ana approves 1.1.0 as operator",
        "bob rejects 1.1.0 as operator",
    ]
    assert ours.audit.verify().ok


def test_who_may_not_veto_rejects_once_and_is_not_told_otherwise(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    without = [entry for entry in [*_roster(ours), entry(tmp_path, "zoe", "operator")] if entry.principal != who("bob")]
    more = ours.amending.propose_roster([*_roster(ours), entry(tmp_path, "zoe", "operator")], "zoe", who("ana"))
    votes(ours, tmp_path, more, "ana", "bob", "sam", "sue")
    clock.advance(3 * DAY)
    ours.tick()
    made = ours.amending.propose_roster(without, "without bob", who("ana"))
    votes(ours, tmp_path, made, "bob", verdict="reject")
    votes(ours, tmp_path, made, "ana", "zoe", "sam", "sue")
    clock.advance(1)
    with refused("already_voted") as caught:
        votes(ours, tmp_path, made, "bob", verdict="reject")
    assert "veto" not in caught.value.hint


# ---- recovery --------------------------------------------------------------------------------------------------------


def test_recovery_holders_replace_the_signers_after_a_fortnight(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    kept = [each for each in _roster(ours) if each.principal not in (who("ana"), who("bob"))]
    roster = [*kept, entry(tmp_path, "zoe", "operator"), entry(tmp_path, "zac", "operator")]
    made = ours.proposal(ours.amending.propose_roster(roster, "ana and bob lost their keys", who("rex")))
    assert (made.kind, made.procedure) == ("recovery", "2 recovery; timelock 14 days")
    assert votes(ours, tmp_path, made, "sue").state == "proposed", "an ordinary approval fills no seat"
    assert votes(ours, tmp_path, made, "rex", "rue").state == "approved"
    clock.advance(14 * DAY - 1)
    assert ours.tick() == ()
    clock.advance(1)
    assert ours.tick()
    assert ours.verify().ok
    write(ours)
    next_one = ours.propose("by the new ones", proposer=who("zoe"))
    assert votes(ours, tmp_path, next_one, "zac", "sam").state == "approved"


def test_a_recovery_can_be_vetoed_and_reaches_no_rule(ours: Workspace, tmp_path: Path) -> None:
    kept = [each for each in _roster(ours) if each.principal != who("ana")]
    made = ours.amending.propose_roster([*kept, entry(tmp_path, "zoe", "operator")], "x", who("rex"))
    assert votes(ours, tmp_path, made, "sue", verdict="reject").state == "vetoed"
    write(ours)
    with pytest.raises(BlockedError) as caught:
        ours.propose("rules as well", proposer=who("rex"))
    assert "recovery_scope" in [blocker.code for blocker in caught.value.blockers]


# ---- overdue ---------------------------------------------------------------------------------------------------------


def test_a_due_version_that_cannot_come_into_force_is_shown_as_overdue(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    """The ledger key is taken away to keep the old version in force: everyone sees that one should have replaced it."""
    proposal = proposed(ours)
    votes(ours, tmp_path, proposal, "ana", "sam")
    hidden = (ours.location / "ledger.key").rename(tmp_path / "hidden")
    ours._session._ledger_key = None
    clock.advance(DAY + 10)
    assert ours.tick() == ()
    found = ours.proposal(proposal.version.digest)
    assert (found.state, found.overdue) == ("approved", True)
    assert "no_ledger_key" in found.reason
    assert kinds(ours).count("overdue") == 1
    clock.advance(60)
    ours.tick()
    assert kinds(ours).count("overdue") == 1, "told of once"
    hidden.rename(ours.location / "ledger.key")
    clock.advance(10)
    assert [version.version for version in ours.tick()] == ["1.1.0"]
    assert not ours.proposal(proposal.version.digest).overdue
    assert ours.verify().ok


def test_a_clock_that_jumped_shows_as_overdue_what_it_holds_back(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    proposal = proposed(ours)
    votes(ours, tmp_path, proposal, "ana", "sam")
    clock.jump(5 * DAY)
    ours.tick()
    assert ours.proposal(proposal.version.digest).state == "approved", "a jump does not end a timelock"
    assert not ours.proposal(proposal.version.digest).overdue, "by the time that is believed it is not due"
    clock.advance(2 * DAY)
    ours.tick()
    found = ours.proposal(proposal.version.digest)
    assert (found.state, found.overdue) == ("approved", True)
    assert "overdue" in kinds(ours)


def test_a_directory_that_no_longer_fits_holds_a_version_back_instead_of_denying_everything(
    ours: Workspace, tmp_path: Path, clock: FrozenClock
) -> None:
    draft = ours.draft()
    schema = draft.schema.replace("entity Agent ", "entity Machine;\nentity Agent ", 1)
    assert schema != draft.schema
    ours.save_draft(schema=schema, revision=draft.revision)
    proposal = ours.propose("a type", proposer=who("ana"))
    votes(ours, tmp_path, proposal, "ana", "sam", "bob", "sue")
    with ours._session.write() as connection:  # as an operator of an older release might: it is not in this schema
        replace_entities(connection, [("Nothing", "n", '{"uid":{"type":"Nothing","id":"n"},"attrs":{},"parents":[]}')])
    clock.advance(4 * DAY)
    assert ours.tick() == ()
    found = ours.proposal(proposal.version.digest)
    assert (found.state, found.overdue, "(directory)" in found.reason) == ("approved", True, True)
    with ours._session.write() as connection:
        remove_entities(connection, [("Nothing", "n")])
    clock.advance(10)
    assert ours.tick()


LIE = ("Supervisors may delete tickets.", "Supervisors may never delete tickets.")


@pytest.mark.parametrize("how", ["a rule", "English that no rule says"])
def test_a_proposal_slipped_into_the_store_with_another_class_never_comes_into_force(
    ours: Workspace, tmp_path: Path, clock: FrozenClock, how: str
) -> None:
    """Whoever can write the database can add a row; nothing comes into force but as the class that is computed now.

    Of English beside an unchanged rule ``verify`` alone would believe what a compiler of another day might have said.
    """
    parent = load_yaml((ours.location / "versions" / "1.0.0.yaml").read_text())
    old = parent.content
    changed = {"cedar_plus_source": old.cedar_plus_source + RULE}
    if how != "a rule":
        assert LIE[0] in old.english_source
        assert LIE[0] in old.cedar_plus_source
        changed = {name: getattr(old, name).replace(*LIE) for name in ("english_source", "cedar_plus_source")}
    content = old.model_copy(update=changed)
    lie = build_amendment(
        parent, content, cls="minor", proposed_by=who("ana"), created_at=clock.now(), summary="x", version="1.0.1"
    )
    with ours._session.write() as connection:
        row = store.StoredProposal(lie.digest, "1.0.1", parent.digest, "proposed", 1, None,
                                   row_detail(content_digest(content)), dump_yaml(lie))  # fmt: skip
        store.add_proposal(connection, row)
    found = votes(ours, tmp_path, lie.digest, "ana")
    clock.advance(DAY)
    assert ours.tick() == ()
    found = ours.proposal(lie.digest)
    assert (found.state, "wrong_class" in found.reason) == ("approved", True)
    assert ours.version().version == "1.0.0"


@pytest.mark.parametrize("text", ["garbage: [", "", "a: 1"])
def test_a_proposal_whose_row_cannot_be_read_is_named(ours: Workspace, clock: FrozenClock, text: str) -> None:
    digest = proposed(ours).version.digest
    with ours._session.write() as connection:
        connection.execute(update(proposals).where(proposals.c.digest == digest).values(yaml=text))
    with Workspace.open(ours.location, clock=clock) as another, refused("proposal_unreadable") as caught:
        another.proposals()
    assert "1.1.0" in caught.value.detail
    assert digest in caught.value.detail


def test_proposals_are_told_of_and_stand_in_the_ledger(ours: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    proposal = proposed(ours)
    assert kinds(ours) == ["proposal"]
    in_force(ours, tmp_path, clock, proposal)
    ours.amending.revert("back", who("ana"))
    assert kinds(ours) == ["proposal", "proposal"]
    assert len(entries(ours, "proposal")) == 2
    assert len(entries(ours, "state")) == 1
    assert len(entries(ours, "activation")) == 2  # the first version's, and this one's


def _roster(workspace: Workspace) -> list[RosterEntry]:
    number = workspace.version().version
    return list(load_yaml((workspace.location / "versions" / f"{number}.yaml").read_text()).content.roster)


def test_a_roster_without_this_workspaces_own_ledger_key_is_not_proposed(workspace: Workspace) -> None:
    """With another's key alone no vote would ever be witnessed here again."""
    with workspace._session.read() as connection:
        digest = read_head(connection).active_digest
        roster = workspace._session.laws.checked(connection, digest).version.content.roster
    other = RosterEntry(principal='Ledger::"elsewhere"', role="ledger", keys=(public_line(generate_key()),))
    swapped = [entry for entry in roster if entry.votes] + [other]
    with pytest.raises(BlockedError) as refused:
        workspace.amending.propose_roster(swapped, "another ledger key", 'Operator::"ana"')
    assert [blocker.code for blocker in refused.value.blockers] == ["drops_ledger_key"]
