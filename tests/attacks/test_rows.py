"""Attacks on the rows of the database, by someone who can write there and has no key: what is believed of each.

Every statement that binds people is signed, so a row may keep governance from going on, and may never make something
count that nobody signed. Each test changes rows that a process would read next and asks two things: what the workspace
then does, and what the audit says.
"""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.conftest import DAY, Story, Vandal, complaints, key, share
from tests.service.teams import refused, votes, who
from workbench.governance.activation import activate
from workbench.governance.artifact import ConstitutionVersion, dump_yaml, load_yaml
from workbench.governance.keys import generate_key, public_line
from workbench.governance.overlay import lifting
from workbench.governance.overlay_signing import signed
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock, micros
from workbench.service.governing_views import SignWith
from workbench.service.workspace import Workspace

WEAK = """
@id("amend_sensitive")
procedure amend_sensitive { on amendment sensitive require approval from principal where principal.role == "operator" }
"""


def state(vandal: Vandal, digest: str) -> str:
    return str(vandal.one("SELECT state FROM proposals WHERE digest = ?", digest))


def denied_because(workspace: Workspace, word: str) -> None:
    """Everything is denied, the reason says ``word``, and no rule is asked any more."""
    decision = share(workspace).decision
    assert (decision.outcome, decision.code) == ("deny", "evaluation_error")
    assert word in decision.errors[0].message, decision.errors


def test_the_untouched_workspace_is_sound(opened: Workspace, story: Story) -> None:
    """The control of all tests here: the audit finds nothing, the rule in force acts, the proposal waits."""
    assert complaints(opened) == {}
    assert share(opened).decision.outcome == "allow"
    assert share(opened, "email").decision.reasons == ("no-email-outside",)
    assert (opened.version().digest, opened.proposal(story.waiting).state) == (story.active, "proposed")


# ---- the head --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("running", [False, True])
def test_the_head_pointed_back_at_an_older_version(
    running: bool, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Under the first version the request would be allowed."""
    with Workspace.open(story.place, clock=clock) as early:
        share(early)
        vandal.run("UPDATE head SET active_digest = ?, generation = generation + 1", story.first)
        if running:
            denied_because(early, "the newest version of the chain is another")
    with Workspace.open(story.place, clock=clock) as workspace:
        denied_because(workspace, "the newest version of the chain is another")
        assert "the head names another" in complaints(workspace)["head"]


def test_the_head_pointed_at_a_proposal(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    vandal.run("UPDATE head SET active_digest = ?", story.waiting)
    with Workspace.open(story.place, clock=clock) as workspace:
        denied_because(workspace, "the store has no version")
        assert "the head names another" in complaints(workspace)["head"]


@pytest.mark.parametrize("how", ["as it is", "activated by a key of the attacker's"])
def test_a_proposal_put_into_the_chain(how: str, story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    version = load_yaml(vandal.one("SELECT yaml FROM proposals WHERE digest = ?", story.waiting))
    if how != "as it is":
        version = activate(
            version, ledger_key=generate_key(), effective_at=clock.now(), ledger_size=1, ledger_root="0" * 64
        )
    at, text = micros(clock.now()), dump_yaml(version)
    number = version.constitution_version
    vandal.run("INSERT INTO versions VALUES (2, ?, ?, ?, ?)", number, story.waiting, at, text)
    vandal.run("UPDATE head SET active_digest = ?", story.waiting)
    vandal.append("activation", {"event": "activated", "id": story.waiting, "version": number, "digest": story.waiting})
    with Workspace.open(story.place, clock=clock) as workspace:
        denied_because(
            workspace, "it has no activation" if how == "as it is" else "no ledger key signed its activation"
        )
        assert complaints(workspace)


def test_the_newest_version_taken_out_of_the_database_again(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """Rollback of the database's parts alone: the file of the version says that there was one."""
    vandal.run("DELETE FROM versions WHERE position = 1")
    vandal.run("UPDATE head SET active_digest = ?", story.first)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "sealed"
        assert "in force" in complaints(workspace)


@pytest.mark.parametrize("running", [False, True])
def test_a_seal_that_is_taken_off_is_set_again(running: bool, story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """An old database file is put back, and then the mark that says so is erased."""
    old = story.place.parent / "old.db"
    shutil.copy(vandal.file, old)
    with Workspace.open(story.place, clock=clock) as workspace:
        share(workspace)
        workspace._uses.checkpointing.make()
    shutil.copy(old, vandal.file)
    with Workspace.open(story.place, clock=clock) as early:
        assert share(early).decision.code == "sealed"
        vandal.run("UPDATE head SET sealed = ''")
        assert "the seal is gone" in complaints(early)["head"]
        if running:
            early.tick()
            assert share(early).decision.code == "sealed"
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "sealed"


def test_a_generation_set_back_hides_no_stop(
    opened: Workspace, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    share(opened)
    with Workspace.open(story.place, clock=clock) as other:
        other.overlays.stop("all", seconds=3600, why="it went wrong", using=SignWith(str(key(story.people, "ana"))))
    vandal.run("UPDATE head SET generation = generation - 1")
    with Workspace.open(story.place, clock=clock) as fresh:
        assert share(fresh).decision.code == "stopped"
    vandal.run("UPDATE head SET generation = generation + 7")
    assert share(opened).decision.code == "stopped"


# ---- time ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(story: Story, clock: FrozenClock) -> str:
    """The proposal that waits has its quorum; its day of timelock has just begun."""
    with Workspace.open(story.place, clock=clock) as workspace:
        assert votes(workspace, story.people, story.waiting, "sam").state == "approved"
    return story.waiting


def test_the_ledgers_time_moved_on_in_the_head_ends_no_timelock(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    vandal.run("UPDATE head SET last_at = last_at + ?, next_due = 1", 3 * DAY * 1_000_000)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert workspace.tick() == ()
        assert (workspace.proposal(approved).state, workspace.version().digest) == ("approved", story.active)
        assert workspace.status().overdue == 1
        assert "has another time" in complaints(workspace)["ledger"]


def test_an_entry_of_a_later_day_ends_no_timelock(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """The entry continues the chain as it should, so no audit can tell; every process has a clock of its own."""
    vandal.append("fact", {"event": "set", "id": "x"}, at=micros(clock.now()) + 3 * DAY * 1_000_000)
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        assert workspace.tick() == ()
        assert (workspace.proposal(approved).state, workspace.version().digest) == ("approved", story.active)
        clock.advance(DAY + 1)
        vandal.wake()
        assert [version.digest for version in workspace.tick()] == [approved]


def test_frozen_timelocks_stay_frozen_when_the_mark_is_taken_off(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.jump(2 * DAY)
        workspace.tick()
        assert vandal.one("SELECT frozen_at FROM head") is not None
        vandal.run("UPDATE head SET frozen_at = NULL, next_due = 1")
        assert "they are not frozen" in complaints(workspace)["head"]
        assert workspace.tick() == ()
        assert vandal.one("SELECT frozen_at FROM head") is not None
        assert workspace.proposal(approved).state == "approved"


@pytest.mark.parametrize("days", [-30, 30])
def test_a_forged_mark_of_the_clock_ends_no_timelock(days: int, approved: str, story: Story, vandal: Vandal) -> None:
    """Processes of one boot share a mark of both clocks through the settings; a wrong one can only hold things up."""
    clock = FrozenClock(story.now, boot="this-boot")
    mark = {"wall": micros(clock.now()) + days * DAY * 1_000_000, "monotonic": 0.0}
    vandal.run("INSERT INTO settings VALUES ('clock_mark:this-boot', ?)", json.dumps(mark))
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(60)
        vandal.wake()
        assert workspace.tick() == ()
        assert (workspace.proposal(approved).state, workspace.version().digest) == ("approved", story.active)


def test_freezing_by_hiding_what_is_due_shows_as_overdue(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Nothing is due, the head says; the next thing that anyone writes brings it into force all the same."""
    vandal.run("UPDATE head SET next_due = NULL")
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(DAY + 60)
        assert workspace.tick() == ()
        assert workspace.status().overdue == 1
        workspace.overlays.stop("all", seconds=60, why="x", using=SignWith(str(key(story.people, "ana"))))
        clock.advance(61)
        assert [version.digest for version in workspace.tick()] == [approved]


def test_a_millisecond_too_early(approved: str, story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(DAY - 0.001)
        vandal.wake()
        assert workspace.tick() == ()
        clock.advance(0.001)
        assert [version.digest for version in workspace.tick()] == [approved]
        assert workspace.tick() == ()  # done is done
        assert vandal.one("SELECT count(*) FROM versions WHERE digest = ?", approved) == 1
        with refused("not_open"):
            votes(workspace, story.people, approved, "sue")


# ---- proposals and their votes ---------------------------------------------------------------------------------------


def test_a_state_and_a_time_written_into_the_row(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    vandal.run("UPDATE proposals SET state = 'approved', due = 1 WHERE digest = ?", story.waiting)
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        assert workspace.tick() == ()
        assert (state(vandal, story.waiting), workspace.version().digest) == ("proposed", story.active)


@pytest.mark.parametrize("said", ["rejected", "vetoed"])
def test_what_was_turned_down_and_opened_again_in_the_row(
    said: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    with Workspace.open(story.place, clock=clock) as workspace:
        if said == "vetoed":
            votes(workspace, story.people, story.waiting, "sam")
            votes(workspace, story.people, story.waiting, "sue", verdict="reject")
        else:
            votes(workspace, story.people, story.waiting, "sam", "sue", verdict="reject")
        assert state(vandal, story.waiting) == said
        clock.advance(3 * DAY)
        vandal.run("UPDATE proposals SET state = 'approved', due = 1 WHERE digest = ?", story.waiting)
        vandal.wake()
        assert workspace.tick() == ()
        assert (state(vandal, story.waiting), workspace.version().digest) == (said, story.active)


def forged(vote: dict[str, Any], person: str, role: str, signed_by: str, **more: Any) -> dict[str, Any]:
    return {**vote, "principal": who(person), "role": role, "signed_by": signed_by, **more}


@pytest.mark.parametrize("how", ["signature of another", "noise", "her own again", "without a witness", "another day"])
def test_a_vote_written_into_the_table_counts_for_nothing(
    how: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    given = vandal.vote(story.waiting)
    sam = load_yaml(vandal.one("SELECT yaml FROM versions WHERE position = 0")).signatures[2]
    assert sam.principal == who("sam")
    if how == "signature of another":
        vandal.put_vote(story.waiting, forged(given, "sam", "supervisor", sam.signed_by))
    elif how == "noise":
        noise = base64.b64encode(bytes(64)).decode()
        vandal.put_vote(story.waiting, forged(given, "sam", "supervisor", sam.signed_by, signature=noise))
    elif how == "her own again":
        vandal.put_vote(story.waiting, {**given, "comment": "again"})
    elif how == "without a witness":
        vandal.put_vote(story.waiting, {**given, "witness": None})
    else:
        earlier = {**given["witness"], "received_at": "2026-01-01T00:00:00Z"}
        vandal.run(
            "UPDATE votes SET vote = ? WHERE digest = ?", json.dumps({**given, "witness": earlier}), story.waiting
        )
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(3 * DAY)
        workspace.tick()
        seen = workspace.proposal(story.waiting)
        assert (seen.state, workspace.version().digest) == ("proposed", story.active)
        filled = [seat.filled_by for seat in seen.seats]
        assert filled == (["", ""] if how == "another day" else [who("ana"), ""])
        assert "votes" in complaints(workspace) or how == "another day"


def test_a_vote_moved_to_another_proposal_counts_for_nothing(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """Sam approved the version before; his vote is put under this one."""
    vandal.run(
        "INSERT INTO votes (digest, principal, fingerprint, received_at, vote)"
        " SELECT ?, principal, fingerprint, received_at, vote FROM votes WHERE digest = ? AND principal = ?",
        story.waiting, story.active, who("sam"),
    )  # fmt: skip
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(3 * DAY)
        workspace.tick()
        seen = workspace.proposal(story.waiting)
        assert (seen.state, [seat.filled_by for seat in seen.seats]) == ("proposed", [who("ana"), ""])
        assert "votes" in complaints(workspace)


def test_a_veto_taken_out_before_the_timelock_ends(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """After activation a stripped reject shows in the activation's statement; before it the ledger remembers."""
    with Workspace.open(story.place, clock=clock) as workspace:
        assert votes(workspace, story.people, approved, "sue", verdict="reject").state == "vetoed"
        vandal.run("DELETE FROM votes WHERE digest = ? AND principal = ?", approved, who("sue"))
        vandal.run("UPDATE proposals SET state = 'approved', due = 1 WHERE digest = ?", approved)
        vandal.wake()
        clock.advance(DAY + 10)
        assert workspace.tick() == ()
        seen = workspace.proposal(approved)
        assert (seen.state, workspace.version().digest) == ("approved", story.active)
        assert "vote_lost" in seen.reason
        assert workspace.status().overdue == 1
        assert "the vote that it received is gone" in complaints(workspace)["votes"]


def test_a_proposals_text_exchanged_under_its_votes(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    source = load_yaml(vandal.one("SELECT yaml FROM proposals WHERE digest = ?", approved)).content.cedar_plus_source
    vandal.rewrite("proposals", approved, cedar_plus_source=source + "\npermit (principal, action, resource);\n")
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(DAY + 1)
        with refused("proposal_changed"):
            workspace.tick()
        with refused("proposal_changed"):
            votes(workspace, story.people, approved, "sue")
        assert workspace.version().digest == story.active
        assert "is not what was proposed" in complaints(workspace)["proposals"]


def test_a_proposal_that_is_gone_or_was_never_made_is_told_of(opened: Workspace, story: Story, vandal: Vandal) -> None:
    vandal.run("UPDATE proposals SET digest = 'sha256:0' WHERE digest = ?", story.waiting)
    assert "no entry proposed it" in complaints(opened)["proposals"]
    vandal.run("DELETE FROM proposals WHERE digest = 'sha256:0'")
    assert "is gone" in complaints(opened)["proposals"]


def test_one_proposals_text_and_votes_under_anothers_number(
    approved: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """The approved one's row is made to hold the version that is in force already, with the votes that it had."""
    other = vandal.one("SELECT yaml FROM proposals WHERE digest = ?", story.active)
    vandal.run("UPDATE proposals SET yaml = ? WHERE digest = ?", other, approved)
    vandal.run("DELETE FROM votes WHERE digest = ?", approved)
    vandal.run("UPDATE votes SET digest = ? WHERE digest = ?", approved, story.active)
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(DAY + 1)
        with refused("proposal_changed"):
            workspace.tick()
        assert workspace.version().digest == story.active


@pytest.fixture
def sensitive(story: Story, clock: FrozenClock) -> str:
    """A proposal that changes the procedures, with one of the four votes that it needs."""
    with Workspace.open(story.place, clock=clock) as workspace:
        draft = workspace.reset_draft()
        workspace.save_draft(cedar_plus=draft.cedar_plus + WEAK, revision=draft.revision)
        proposal = workspace.propose("one is enough", proposer=who("ana"))
        assert (proposal.version.amendment_class, len(proposal.seats)) == ("sensitive", 4)
        return votes(workspace, story.people, proposal, "ana").version.digest


def test_laxer_procedures_put_under_the_version_in_force(
    sensitive: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Amendments are judged by the version in force; as a proposal it stands in a second place, which is rewritten."""
    source = load_yaml(vandal.one("SELECT yaml FROM versions WHERE digest = ?", story.active)).content.cedar_plus_source
    vandal.run("UPDATE proposals SET state = 'stale' WHERE digest = ?", story.active)
    lax = WEAK.replace('principal.role == "operator"', 'principal.role == "operator" && true')
    vandal.rewrite("proposals", story.active, cedar_plus_source=source + lax)
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(4 * DAY)
        vandal.wake()
        with refused("proposal_changed"):
            workspace.tick()
        assert (state(vandal, sensitive), workspace.version().digest) == ("proposed", story.active)
        assert "is not what was proposed" in complaints(workspace)["proposals"]


def test_another_parent_written_into_the_row(sensitive: str, story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """The parent in the column is a proposal of the attacker's own making, whose digest is right."""
    version = load_yaml(vandal.one("SELECT yaml FROM versions WHERE digest = ?", story.active))
    content = version.content.model_copy(update={"cedar_plus_source": version.content.cedar_plus_source + WEAK})
    own = version.model_copy(update={"content": content, "signatures": (), "activation": None})
    vandal.run(
        "INSERT INTO proposals (digest, version, parent_digest, state, proposed_at, detail, yaml)"
        " VALUES (?, ?, ?, 'stale', 1, '{}', ?)",
        own.digest, own.constitution_version, str(own.parent_digest), dump_yaml(own),
    )  # fmt: skip
    vandal.run("UPDATE proposals SET parent_digest = ? WHERE digest = ?", own.digest, sensitive)
    vandal.wake()
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(4 * DAY)
        vandal.wake()
        with refused("proposal_changed"):
            workspace.tick()
        assert (state(vandal, sensitive), workspace.version().digest) == ("proposed", story.active)
        assert "proposals" in complaints(workspace)


def test_a_later_activation_written_into_the_chain_gains_no_revert(
    story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """A revert needs no timelock for 72 hours; the beginning of those is moved in the column and in the statement."""
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(4 * DAY)
        share(workspace)
        with refused("revert_late"):
            workspace._uses.amending.revert("back", who("ana"))
        version = load_yaml(vandal.one("SELECT yaml FROM versions WHERE digest = ?", story.active))
        assert version.activation is not None
        moved = version.activation.model_copy(update={"effective_at": clock.now()})
        vandal.run(
            "UPDATE versions SET effective_at = ?, yaml = ? WHERE digest = ?",
            micros(clock.now()), dump_yaml(version.with_activation(moved)), story.active,
        )  # fmt: skip
        digest = workspace._uses.amending.revert("back", who("ana"))
        votes(workspace, story.people, digest, "ana", "sam")
        workspace.tick()
        assert workspace.version().digest == story.active
        assert "bad_activation" in workspace.proposal(digest).reason
        assert "files and store" in complaints(workspace)
    with Workspace.open(story.place, clock=clock) as workspace:
        denied_because(workspace, "no ledger key signed its activation")


# ---- settings --------------------------------------------------------------------------------------------------------

NORM = "Agents must never share customer email addresses with external services."


@pytest.mark.parametrize("running", [False, True])
def test_a_profile_set_to_unsigned_makes_no_signature_needless(
    running: bool, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    with Workspace.open(story.place, clock=clock) as early:
        using = SignWith(str(key(story.people, "ana")))
        norm = early.overlays.norm('forbid (principal, action == Action::"reply", resource);', why="x", using=using)
        vandal.run("UPDATE settings SET value = 'unsigned' WHERE key = 'profile'")
        with early if running else Workspace.open(story.place, clock=clock) as workspace:
            assert (workspace.badge, workspace.overlays.unsigned) == ("", False)
            with refused("signature_needed"):
                workspace.overlays.norm(NORM, why="a game", using=None)
            with refused("signature_needed"):
                workspace.overlays.repeal(norm.id, why="over", using=None)
            assert [each.id for each in workspace.overlays.list()] == [norm.id]
            assert "no key of the roster lies open" in complaints(workspace)["settings"]


@pytest.mark.parametrize("place", ["behind the chain", "as a second beginning"])
def test_a_stop_lifted_under_a_roster_of_the_attackers_own(
    place: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Signatures of overlays are held against the version that they name; here one that never was in force."""
    with Workspace.open(story.place, clock=clock) as workspace:
        workspace.overlays.stop("all", seconds=3600, why="x", using=SignWith(str(key(story.people, "ana"))))
    real = load_yaml(vandal.one("SELECT yaml FROM versions WHERE digest = ?", story.active))
    mine, ledger = generate_key(), generate_key()
    roster = (
        RosterEntry(principal='Operator::"mallory"', role="supervisor", keys=(public_line(mine, "m"),)),
        RosterEntry(principal='Ledger::"mallory"', role="ledger", keys=(public_line(ledger, "l"),)),
    )
    fields = {**dict(real), "content": real.content.model_copy(update={"roster": roster}), "signatures": ()}
    fields |= {"constitution_version": "1.9.0", "parent_version": real.constitution_version, "activation": None}
    fields["parent_digest"] = story.active
    if place == "as a second beginning":
        fields |= {"parent_version": None, "parent_digest": None}
    version = ConstitutionVersion(**fields)
    version = activate(version, ledger_key=ledger, effective_at=clock.now(), ledger_size=1, ledger_root="0" * 64)
    if place == "as a second beginning":
        vandal.run("UPDATE versions SET position = 7 WHERE position = 0")
    vandal.run(
        "INSERT INTO versions VALUES (0, '1.9.0', ?, ?, ?)"
        if place != "behind the chain"
        else "INSERT INTO versions VALUES (-1, '1.9.0', ?, ?, ?)",
        version.digest,
        micros(clock.now()),
        dump_yaml(version),
    )
    body = json.loads(vandal.one("SELECT body FROM ledger WHERE kind = 'overlay'"))["body"]
    end = lifting(swarm_id="swarm-team", id=body["id"], why="over", lifted_at=clock.now(), constitution=version.digest)
    found = signed(end, [mine])
    forged = {"event": "lifted", "id": body["id"], "kind": "stop", "what": "x", "why": "over"}
    forged |= {"by": 'Operator::"mallory"', "signers": ['Operator::"mallory"'], "statement": end.statement()}
    forged["signatures"] = [each.plain() for each in found.signatures]
    vandal.append("overlay", forged, at=micros(clock.now()))
    vandal.run("UPDATE head SET generation = generation + 1")
    if place == "as a second beginning":  # and now the first is the newest
        vandal.run("UPDATE versions SET position = position + 10 WHERE digest = ?", story.active)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "stopped"
        assert complaints(workspace)["overlays"]


@pytest.mark.parametrize("how", ["repealed by nobody", "taken into a version"])
def test_an_end_written_into_the_ledger_ends_no_norm(
    how: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    using = SignWith(str(key(story.people, "ana")))
    with Workspace.open(story.place, clock=clock) as workspace:
        text = 'forbid (principal, action == Action::"share_external", resource);'
        norm = workspace.overlays.norm(text, why="x", using=using)
        share(workspace)
        body = {"event": "promoted", "id": norm.id, "kind": "norm", "what": "x", "why": "it stands in 1.1.0"}
        body["constitution"] = story.active
        if how == "repealed by nobody":
            vandal.run("UPDATE settings SET value = 'unsigned' WHERE key = 'profile'")
            end = lifting(
                swarm_id="swarm-team", id=norm.id, why="over", lifted_at=clock.now(), constitution=story.active
            )
            body |= {"event": "lifted", "why": "over", "by": "nobody", "signers": [], "signatures": []}
            body |= {"statement": end.statement(), "unsigned": True}
        vandal.append("overlay", body, at=micros(clock.now()))
        vandal.run("UPDATE head SET generation = generation + 1")
        assert share(workspace).decision.code == "forbidden"
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "forbidden"
        reason = "signature_needed" if how == "repealed by nobody" else "not_promoted"
        assert reason in complaints(workspace)["overlays"]


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("profile", "demo", "has no demo key"),
        ("profile", "trusted", "is no profile"),
        ("swarm_id", "swarm-other", "the swarm is set to `swarm-other`"),
    ],
)
def test_other_settings_are_told_of(
    name: str, value: str, word: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    vandal.run("UPDATE settings SET value = ? WHERE key = ?", value, name)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert word in complaints(workspace)["settings"]


def test_an_unsigned_workspace_cannot_call_itself_signed(tmp_path: Path, clock: FrozenClock, config: Path) -> None:
    with Workspace.create(tmp_path / "game", profile="unsigned", clock=clock) as workspace:
        assert complaints(workspace) == {}
    Vandal(tmp_path / "game").run("UPDATE settings SET value = 'team' WHERE key = 'profile'")
    with Workspace.open(tmp_path / "game", clock=clock) as workspace:
        assert "it is unsigned" in complaints(workspace)["settings"]


# ---- keys that are held ----------------------------------------------------------------------------------------------


@pytest.fixture
def suspended(story: Story, clock: FrozenClock) -> str:
    """The fingerprint of Sam's key, which he and Ana have suspended."""
    with Workspace.open(story.place, clock=clock) as workspace:
        found = next(each for each in workspace.key_care.roster_keys() if each.principal == who("sam"))
        using = [SignWith(str(key(story.people, name))) for name in ("sam", "ana")]
        workspace.key_care.act("suspend", found.fingerprint, why="lost", using=using)
        return found.fingerprint


def forged_lifting(vandal: Vandal, fingerprint: str) -> None:
    """A lifting that nobody signed: the entry of the suspension with other words."""
    old = json.loads(vandal.one("SELECT body FROM ledger WHERE kind = 'key' ORDER BY seq DESC"))["body"]
    vandal.append("key", {**old, "event": "lifted", "why": "found"})
    vandal.run("UPDATE key_holds SET state = 'lifted'")


@pytest.mark.parametrize("how", ["row gone", "row lifted", "entry forged"])
def test_a_suspension_taken_out_of_the_table_still_holds(
    how: str, suspended: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    if how == "row gone":
        vandal.run("DELETE FROM key_holds")
    elif how == "row lifted":
        vandal.run("UPDATE key_holds SET state = 'lifted'")
    else:
        forged_lifting(vandal, suspended)
    with Workspace.open(story.place, clock=clock) as workspace:
        with refused("key_suspended"):
            votes(workspace, story.people, story.waiting, "sam")
        assert complaints(workspace).keys() & {"held keys", "keys"}


def test_a_real_lifting_lets_the_key_sign_again(
    suspended: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """The control: two people lift it, and the ledger alone says so as well."""
    with Workspace.open(story.place, clock=clock) as workspace:
        both = [SignWith(str(key(story.people, name))) for name in ("ana", "sue")]
        workspace.key_care.act("lift", suspended, why="found", using=both)
        assert complaints(workspace) == {}
        vandal.run("DELETE FROM key_holds")
        assert votes(workspace, story.people, story.waiting, "sam").state == "approved"


def test_a_hold_that_nobody_asked_for_is_told_of(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """It may keep a person from signing; that shows, and says where to look."""
    with Workspace.open(story.place, clock=clock) as workspace:
        print_ = next(each.fingerprint for each in workspace.key_care.roster_keys() if each.principal == who("sam"))
        vandal.run("INSERT INTO key_holds VALUES (?, 'revoked', 'x', 1, '{\"statement\": \"\"}')", print_)
        assert "no entry says so" in complaints(workspace)["held keys"]
