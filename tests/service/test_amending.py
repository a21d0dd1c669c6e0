"""From draft to active version: refusals, votes, the timelock, two processes, tampering."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Ask
from workbench.governance.artifact import load_yaml
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.keys import new_key
from workbench.service.review import BlockedError
from workbench.service.verify import verify_path
from workbench.service.views import ProposalView
from workbench.service.workspace import Workspace

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'
RULE = """
@id("no-email-outside")
@english("Agents must never share customer email addresses with external services.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""


def write_rule(workspace: Workspace, rule: str = RULE) -> None:
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + rule, revision=draft.revision)


def key(workspace: Workspace, name: str) -> Path:
    return workspace.location / "keys" / f"demo-{name}"


def vote(workspace: Workspace, proposal: ProposalView, name: str, **more: Any) -> ProposalView:
    return workspace.vote(
        proposal.version.digest, key_path=key(workspace, name), passphrase=workspace.demo_passphrase(), **more
    )


@pytest.fixture
def proposal(workspace: Workspace) -> ProposalView:
    write_rule(workspace)
    return workspace.propose("no addresses outside", proposer=ANA)


def test_the_whole_journey(workspace: Workspace, ask: Ask, clock: FrozenClock) -> None:
    assert ask(tags=("email",)).decision.outcome == "allow"
    write_rule(workspace)
    review = workspace.review()
    assert (review.amendment_class, review.blockers) == ("major", ())
    assert [(change.change, change.rule.id) for change in review.changes] == [("added", "no-email-outside")]
    proposal = workspace.propose("no addresses outside", proposer=ANA)
    assert (proposal.state, proposal.version.version, proposal.effective_at) == ("proposed", "1.1.0", None)
    assert [seat.requirement for seat in proposal.seats] == ["operator", "supervisor"]

    clock.advance(5)
    first = vote(workspace, proposal, "ana", comment="agreed")
    assert (first.state, [seat.filled_by for seat in first.seats]) == ("proposed", [ANA, ""])
    clock.advance(5)
    second = vote(workspace, proposal, "sam")
    assert (second.state, second.timelock_seconds) == ("approved", 10)
    assert second.effective_at is not None
    assert (second.effective_at - clock.now()).total_seconds() == 10

    clock.advance(9.9)
    assert workspace.tick() == ()
    assert ask(tags=("email",)).decision.outcome == "allow"
    clock.advance(0.2)
    activated = workspace.tick()
    assert [version.version for version in activated] == ["1.1.0"]
    assert workspace.tick() == ()
    assert [signer.principal for signer in activated[0].signers] == [ANA, SAM]

    denied = ask(tags=("email",))
    assert (denied.decision.outcome, denied.decision.reasons) == ("deny", ("no-email-outside",))
    event = workspace.event(denied.seq)
    assert event.row.version == "1.1.0"
    assert event.rules[0].english == "Agents must never share customer email addresses with external services."
    reads = next(item["reads"] for item in event.decision["evidence"] if item["rule"] == "no-email-outside")
    assert reads == {"resource.tags": ["email"]}
    assert ask().decision.outcome == "allow"
    assert workspace.status().violations == 1
    assert not workspace.draft().changed
    assert workspace.proposal(proposal.version.digest).state == "active"

    verification = workspace.verify()
    assert verification.ok, verification.message
    assert verification.anchored
    path = workspace.location / "versions" / "1.1.0.yaml"
    assert activated[0].path == str(path)
    whole = path.read_bytes()
    assert verify_path(path).ok
    changed = whole.replace(b'resource.tags.contains("email")', b'resource.tags.contains("emails")')
    assert changed != whole
    path.write_bytes(changed)
    assert not verify_path(workspace.location).ok
    assert not workspace.status().chain_ok
    assert not workspace.verify().ok


def test_any_byte_that_means_something_is_missed_by_verify(
    workspace: Workspace, proposal: ProposalView, clock: FrozenClock
) -> None:
    activate(workspace, proposal, clock)
    path = workspace.location / "versions" / "1.1.0.yaml"
    whole = path.read_bytes()
    original = load_yaml(whole)
    for place in range(7, len(whole), len(whole) // 30):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        same = False
        try:
            same = load_yaml(bytes(changed)) == original  # white space between fields says nothing
        except Exception:
            same = False
        assert verify_path(path).ok == same, f"byte {place}: {whole[place - 20 : place + 20]!r}"


def activate(workspace: Workspace, proposal: ProposalView, clock: FrozenClock) -> None:
    vote(workspace, proposal, "ana")
    vote(workspace, proposal, "sam")
    clock.advance(11)
    assert workspace.tick()


def test_an_unpinned_chain_is_consistent_but_not_anchored(workspace: Workspace, config: Path, tmp_path: Path) -> None:
    genesis = workspace.versions()[0].digest
    copy = tmp_path / "elsewhere"
    shutil.copytree(workspace.location / "versions", copy)
    assert verify_path(copy).anchored
    pins = config / "pins.yaml"
    kept = pins.read_text()
    pins.unlink()
    try:
        unpinned = verify_path(copy)
        assert (unpinned.ok, unpinned.anchored) == (True, False)
        assert verify_path(copy, genesis).anchored
        assert not verify_path(copy, "sha256:" + "0" * 64).ok
        pins.write_text("- no mapping\n")
        damaged = verify_path(copy)
        assert (damaged.ok, damaged.anchored, "NOT anchored; the pins cannot be read" in damaged.message) == (
            True, False, True)  # fmt: skip
        assert str(pins) in damaged.message
        assert verify_path(copy, genesis).message.endswith("consistent and anchored")
    finally:
        pins.write_text(kept)


def test_deciding_activates_what_is_due_without_a_tick(
    workspace: Workspace, ask: Ask, proposal: ProposalView, clock: FrozenClock
) -> None:
    vote(workspace, proposal, "ana")
    vote(workspace, proposal, "sam")
    clock.advance(10)
    assert ask(tags=("email",)).decision.reasons == ("no-email-outside",)
    assert (workspace.location / "versions" / "1.1.0.yaml").is_file()
    assert [version.version for version in workspace.tick()] == ["1.1.0"]


def test_another_process_sees_the_new_version_at_its_next_decision(
    workspace: Workspace, ask: Ask, place: Path, proposal: ProposalView, clock: FrozenClock
) -> None:
    with Workspace.open(place, clock=clock) as other:
        activate(other, proposal, clock)
    assert ask(tags=("email",)).decision.outcome == "deny"
    assert [version.version for version in workspace.tick()] == ["1.1.0"]


def test_a_restart_after_the_timelock_activates(
    workspace: Workspace, place: Path, proposal: ProposalView, clock: FrozenClock
) -> None:
    vote(workspace, proposal, "ana")
    vote(workspace, proposal, "sam")
    workspace.close()
    clock.advance(3600)
    with Workspace.open(place, clock=clock) as again:
        assert again.version().version == "1.1.0"
        assert again.verify().ok


def test_setting_the_clock_back_does_not_shorten_the_timelock(
    workspace: Workspace, proposal: ProposalView, clock: FrozenClock
) -> None:
    clock.advance(30)
    vote(workspace, proposal, "ana")
    clock.set_back(3600)
    approved = vote(workspace, proposal, "sam")
    assert approved.quorum_at is not None
    assert approved.quorum_at > clock.now()
    clock.advance(11)
    assert workspace.tick() == ()
    clock.advance(3600)
    assert workspace.tick()
    assert workspace.verify().ok


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


def test_votes_that_do_not_count_say_why(
    workspace: Workspace, proposal: ProposalView, clock: FrozenClock, tmp_path: Path
) -> None:
    digest = proposal.version.digest
    ana = key(workspace, "ana")
    with pytest.raises(WorkbenchError) as caught:
        workspace.vote(digest, key_path=ana, passphrase="not it at all")
    assert caught.value.code == "wrong_passphrase"
    chain: BaseException | None = caught.value
    while chain is not None:
        assert "not it at all" not in repr(chain) + str(chain.args)
        chain = chain.__cause__ or chain.__context__
    with refused("passphrase_needed"):
        workspace.vote(digest, key_path=ana, passphrase="")
    with refused("no_key_file"):
        workspace.vote(digest, key_path=tmp_path / "none", passphrase="x")
    with refused("not_a_key"):
        workspace.vote(digest, key_path=workspace.location / "versions" / "1.0.0.yaml", passphrase="x")
    new_key(tmp_path / "mine", "secret", "me")
    with refused("unknown_key"):
        workspace.vote(digest, key_path=tmp_path / "mine", passphrase="secret")
    with refused("ledger_votes"):
        workspace.vote(digest, key_path=workspace.location / "ledger.key", passphrase="")
    with refused("no_proposal"):
        workspace.vote("sha256:" + "0" * 64, key_path=ana, passphrase="demo-only")
    with refused("bad_verdict"):
        vote(workspace, proposal, "ana", verdict="maybe")
    vote(workspace, proposal, "ana")
    with refused("already_voted"):
        vote(workspace, proposal, "ana")
    assert len(workspace.proposal(digest).version.signers) == 1


def test_a_demo_key_signs_in_its_own_swarm_only(workspace: Workspace, tmp_path: Path, clock: FrozenClock) -> None:
    with Workspace.create(tmp_path / "other", clock=clock, swarm_id="swarm-other") as other:
        write_rule(workspace)
        proposal = workspace.propose("x", proposer=ANA)
        with refused("demo_key"):
            workspace.vote(proposal.version.digest, key_path=key(other, "ana"), passphrase="demo-only")
        write_rule(other)
        elsewhere = other.propose("x", proposer=ANA)
        vote(other, elsewhere, "ana")
        with refused("wrong_swarm"):
            workspace.import_vote(other.export_vote(elsewhere.version.digest, ANA))


def test_a_vote_travels_as_a_file(
    workspace: Workspace, place: Path, tmp_path: Path, proposal: ProposalView, clock: FrozenClock
) -> None:
    workspace.close()
    shutil.copytree(place, tmp_path / "copy")
    with Workspace.open(tmp_path / "copy", clock=clock) as elsewhere:
        vote(elsewhere, proposal, "ana", comment="from afar")
        envelope = elsewhere.export_vote(proposal.version.digest, ANA)
    with Workspace.open(place, clock=clock) as here:
        imported = here.import_vote(envelope)
        assert [(s.principal, s.comment, s.counted) for s in imported.version.signers] == [(ANA, "from afar", True)]
        with refused("already_voted"):
            here.import_vote(envelope)
        with pytest.raises(WorkbenchError, match="vote"):
            here.import_vote(envelope.replace("payload", "payloads"))


def test_a_reject_overrides_and_closes(workspace: Workspace, proposal: ProposalView, clock: FrozenClock) -> None:
    vote(workspace, proposal, "ana")
    rejected = vote(workspace, proposal, "ana", verdict="reject", comment="on second thoughts")
    assert rejected.state == "rejected"
    with refused("not_open"):
        vote(workspace, proposal, "sam")
    assert workspace.proposals(open_only=True) == ()
    assert workspace.status().open_proposals == 0


def test_a_sibling_waits_and_goes_stale(workspace: Workspace, clock: FrozenClock) -> None:
    write_rule(workspace)
    one = workspace.propose("one", proposer=ANA)
    workspace.reset_draft()
    write_rule(workspace, RULE.replace("no-email-outside", "no-pii-outside").replace('"email"', '"pii"'))
    two = workspace.propose("two", proposer=SAM)
    assert (one.version.version, two.version.version) == ("1.1.0", "1.2.0")
    vote(workspace, two, "ana")
    vote(workspace, two, "sam")
    clock.advance(5)
    vote(workspace, one, "ana")
    vote(workspace, one, "sam")
    clock.advance(6)
    assert [version.version for version in workspace.tick()] == ["1.2.0"]
    assert workspace.proposal(one.version.digest).state == "stale"
    clock.advance(60)
    assert workspace.tick() == ()
    assert workspace.verify().ok


def test_a_proposal_nobody_signs_expires(workspace: Workspace, proposal: ProposalView, clock: FrozenClock) -> None:
    assert (proposal.expires_at - clock.now()).days == 7
    clock.advance(7 * 86_400 + 1)
    workspace.tick()
    assert workspace.proposal(proposal.version.digest).state == "expired"


def blockers(workspace: Workspace) -> list[str]:
    with pytest.raises(BlockedError) as caught:
        workspace.propose("x", proposer=ANA)
    assert caught.value.code == "blocked"
    assert [b.code for b in workspace.review().blockers] == [b.code for b in caught.value.blockers]
    return [blocker.code for blocker in caught.value.blockers]


def test_what_stands_in_the_way_of_proposing(workspace: Workspace, clock: FrozenClock) -> None:
    assert blockers(workspace) == ["unchanged"]
    with refused("unknown_proposer"):
        workspace.propose("x", proposer='Agent::"nora"')
    draft = workspace.draft()
    saved = workspace.save_draft(cedar_plus=draft.cedar_plus + "forbid (", revision=draft.revision)
    assert blockers(workspace) == ["not_clean"]
    failing = {**draft.tests[0], "name": "wrong", "expect": "deny" if draft.tests[0]["expect"] == "allow" else "allow"}
    workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, tests=[*draft.tests, failing], revision=saved.revision)
    assert blockers(workspace) == ["tests_fail"]
    workspace.remove_test("wrong")
    first = workspace.propose("x", proposer=ANA)
    assert blockers(workspace) == ["already_proposed"]
    activate(workspace, first, clock)
    assert blockers(workspace) == ["unchanged"]


def test_a_draft_begun_on_an_older_version_would_undo_the_newer(
    workspace: Workspace, proposal: ProposalView, clock: FrozenClock
) -> None:
    workspace.reset_draft()
    write_rule(workspace, RULE.replace("no-email-outside", "other").replace('"email"', '"pii"'))
    activate(workspace, proposal, clock)
    assert "old_base" in blockers(workspace)


def test_files_keys_and_pins_are_private_and_complete(workspace: Workspace, config: Path) -> None:
    place = workspace.location
    for path in (place / "ledger.key", key(workspace, "ana"), key(workspace, "sam")):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert workspace.versions()[0].digest in (config / "pins.yaml").read_text()
    own = [view for view in workspace.signing_keys() if view.principal]
    assert [(view.principal, view.role, view.demo, view.encrypted) for view in own] == [
        (ANA, "operator", True, True),
        (SAM, "supervisor", True, True),
    ]
    assert "DEMO ONLY swarm-test" in key(workspace, "ana").with_suffix(".pub").read_text()


def test_a_missing_version_file_is_written_again_but_a_changed_one_is_not(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    workspace.close()
    path = place / "versions" / "1.0.0.yaml"
    whole = path.read_bytes()
    path.unlink()
    Workspace.open(place, clock=clock).close()
    assert path.read_bytes() == whole
    path.write_bytes(whole + b"# changed\n")
    Workspace.open(place, clock=clock).close()
    assert path.read_bytes() != whole


def test_solo_needs_one_key_of_ones_own(tmp_path: Path, clock: FrozenClock, config: Path) -> None:
    with refused("passphrase_needed"):
        Workspace.create(tmp_path / "solo", profile="solo", clock=clock)
    assert not (tmp_path / "solo").exists()
    assert os.listdir(tmp_path) == []
    path = tmp_path / "my key"
    new_key(path, "correct horse", "me@home")
    with Workspace.create(
        tmp_path / "solo", profile="solo", key_path=path, passphrase="correct horse", clock=clock
    ) as solo:
        assert solo.badge == "SOLO"
        assert solo.demo_passphrase() == ""
        me = solo.version().signers[0].principal
        offered = [key for key in solo.signing_keys() if key.principal]
        assert [(key.path, key.principal) for key in offered] == [(str(path), me)], "a key lying elsewhere is found"
        noted = (config / "key-paths.txt").read_text()
        assert noted.count(str(path)) == 1
        assert "correct horse" not in noted
        write_rule(solo)
        proposal = solo.propose("mine", proposer=me)
        approved = solo.vote(proposal.version.digest, key_path=path, passphrase="correct horse")
        assert approved.state == "active"
        assert (config / "key-paths.txt").read_text() == noted, "noted once"
        assert solo.version().version == "1.1.0"
        assert solo.verify().ok
        assert solo.verify().anchored
        assert not any("amendment requires approval from an operator and" in r.english for r in solo.rules())


def test_a_team_without_enough_signatures_is_not_made(tmp_path: Path, clock: FrozenClock) -> None:
    with refused("no_signers"):
        Workspace.create(tmp_path / "team", profile="team", clock=clock)
    assert not (tmp_path / "team").exists()
