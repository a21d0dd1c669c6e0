"""Profiles: a team with its timelocks from end to end, solo, unsigned; and beginning anew when all keys are lost."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.service.teams import HOUR, TEAM, key, refused, team, votes, who, write
from workbench.governance.artifact import load_yaml
from workbench.governance.roster import RosterEntry
from workbench.service.clock import FrozenClock
from workbench.service.keys import read_public_line
from workbench.service.profiles import UNSIGNED_KEY
from workbench.service.review import BlockedError
from workbench.service.verify import verify_path
from workbench.service.views import SignerSpec
from workbench.service.workspace import Workspace

MINOR = "\n// a comment that changes no rule\n"
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture(autouse=True)
def _own_pins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def test_a_major_amendment_of_a_team_waits_a_day(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        assert workspace.badge == ""
        write(workspace)
        proposal = workspace.propose("no addresses outside", proposer=who("ana"))
        assert proposal.procedure == "1 operator and 1 supervisor; timelock 24 hours"
        assert votes(workspace, tmp_path, proposal, "bob").state == "proposed"
        assert votes(workspace, tmp_path, proposal, "sue").state == "approved"
        clock.advance(24 * HOUR - 0.001)
        assert workspace.tick() == ()
        clock.advance(0.001)
        assert [version.version for version in workspace.tick()] == ["1.1.0"]
        assert workspace.verify().ok


def test_a_minor_amendment_is_in_force_at_the_next_tick(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        write(workspace, MINOR)
        proposal = workspace.propose("a comment", proposer=who("sam"))
        assert proposal.version.amendment_class == "minor"
        votes(workspace, tmp_path, proposal, "bob")
        workspace.tick()
        assert workspace.version().version == "1.0.1"
        assert workspace.verify().ok


def test_a_sensitive_amendment_takes_two_and_two_and_three_days(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        write(workspace, "procedure amend_minor { on amendment minor require 2 approvals from principal }\n")
        proposal = workspace.propose("two for everything", proposer=who("ana"))
        assert proposal.version.amendment_class == "sensitive"
        assert votes(workspace, tmp_path, proposal, "ana", "sam", "sue").state == "proposed"
        assert votes(workspace, tmp_path, proposal, "bob").state == "approved"
        clock.advance(72 * HOUR - 1)
        assert workspace.tick() == ()
        clock.advance(1)
        assert [version.version for version in workspace.tick()] == ["2.0.0"]
        workspace.reset_draft()
        write(workspace, MINOR)
        one = votes(workspace, tmp_path, workspace.propose("a comment", proposer=who("ana")), "ana")
        assert one.state == "proposed", "the new procedure binds from the next amendment on"
        assert votes(workspace, tmp_path, one, "sue").state == "active"
        assert workspace.verify().ok


def test_a_team_too_small_for_its_procedures_is_not_made(tmp_path: Path, clock: FrozenClock) -> None:
    with refused("unreachable_class") as caught:
        team(tmp_path, clock, TEAM[:3])
    assert "sensitive" in caught.value.detail
    assert not (tmp_path / "team").exists()


def test_an_amendment_that_would_freeze_a_class_cannot_be_proposed(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        entries = _roster(workspace)
        fewer = [entry for entry in entries if entry.principal != who("sue")]
        with pytest.raises(BlockedError) as caught:
            workspace.amending.propose_roster(fewer, "sue leaves", who("ana"))
        assert [blocker.code for blocker in caught.value.blockers] == ["unreachable_class"]
        write(workspace, "procedure p { on amendment minor require 5 approvals from principal }\n")
        assert [blocker.code for blocker in workspace.review().blockers] == ["unreachable_class"]
        bare = [entry for entry in entries if entry.votes]
        with pytest.raises(BlockedError) as caught:
            workspace.amending.propose_roster(bare, "no witness", who("ana"))
        assert [blocker.code for blocker in caught.value.blockers] == ["no_ledger"]


def test_a_review_warns_where_one_loss_would_freeze_a_class(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock, (*TEAM, ("eve", "operator"), ("sid", "supervisor"))) as wide:
        write(wide)
        assert wide.review().warnings == ()
        fewer = [entry for entry in _roster(wide) if entry.principal not in (who("eve"), who("sid"))]
        made = wide.proposal(wide.amending.propose_roster(fewer, "two leave", who("ana")))
        (warning,) = made.review.warnings
        assert warning.code == "one_loss_freezes"
        assert "sensitive" in warning.message
        assert "minor" not in warning.message


def test_unsigned_says_so_and_takes_amendments_without_anyone(tmp_path: Path, clock: FrozenClock) -> None:
    with Workspace.create(tmp_path / "game", profile="unsigned", clock=clock) as game:
        assert (game.badge, game.status().badge, game.demo_passphrase()) == ("UNSIGNED", "UNSIGNED", "")
        write(game)
        made = game.propose("a rule of the game", proposer='Operator::"anyone"')
        assert made.state == "active"
        assert game.version().version == "1.1.0"
        assert game.verify().ok
        path = game.location / "keys" / UNSIGNED_KEY
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = verify_path(tmp_path / "game")
    assert found.ok
    assert "UNSIGNED" in found.message, "files alone tell it"


def test_an_open_key_signs_only_in_unsigned_workspaces(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        assert "UNSIGNED" not in verify_path(workspace.location).message
        write(workspace)
        proposal = workspace.propose("x", proposer=who("ana"))
        assert proposal.state == "proposed"


def test_beginning_anew_when_all_keys_are_lost(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as old:
        last, first = old.version().digest, old.versions()[0].digest
    for lost in (tmp_path / "keys-of-people").iterdir():
        lost.unlink()
    os.rename(tmp_path / "team", tmp_path / "old")
    with refused("pinned"):
        team(tmp_path, clock)
    assert not (tmp_path / "team").exists()
    with team(tmp_path, clock, supersedes=last) as new:
        assert new.verify().anchored
        assert new.versions()[0].digest != first
        said = verify_path(new.location).lines[0].message
        assert last in said
    assert not verify_path(tmp_path / "old").ok, "the pin is the new one"
    assert verify_path(tmp_path / "old", genesis=first).ok


def test_superseding_needs_a_swarm_and_a_digest(tmp_path: Path, clock: FrozenClock) -> None:
    with refused("supersedes_what"):
        Workspace.create(tmp_path / "x", profile="unsigned", clock=clock, supersedes=DIGEST)
    with refused("digest"):
        Workspace.create(tmp_path / "x", profile="unsigned", clock=clock, supersedes="1.0.0", swarm_id="swarm-x")
    assert not (tmp_path / "x").exists()


def _roster(workspace: Workspace) -> list[RosterEntry]:
    return list(load_yaml((workspace.location / "versions" / "1.0.0.yaml").read_text()).content.roster)


def test_key_files_of_the_team_are_theirs(tmp_path: Path, clock: FrozenClock) -> None:
    with team(tmp_path, clock) as workspace:
        assert not list((workspace.location / "keys").iterdir()), "a team's keys never lie in the workspace"


def test_who_began_alone_may_become_a_team_and_says_solo_no_longer(tmp_path: Path, clock: FrozenClock) -> None:
    """The way that the README names for keys on several machines: only the first person's key is ever here."""
    lines = {name: read_public_line(key(tmp_path, name)) for name in ("ana", "bob", "sam", "sue")}
    mine = SignerSpec(who("ana"), "operator", lines["ana"])
    with Workspace.create(
        tmp_path / "ws", profile="solo", signer_keys=(mine,), keys=[(key(tmp_path, "ana"), "")], clock=clock
    ) as workspace:
        assert workspace.badge == "SOLO"
        draft = workspace.draft()
        rules = draft.cedar_plus[: draft.cedar_plus.index("// How this text changes: one person")]
        english = [line for line in draft.english.splitlines() if "amendment requires" not in line]
        workspace.save_draft(cedar_plus=rules, english="\n".join(english) + "\n", revision=draft.revision)
        roster = [
            *_roster(workspace),
            *(
                RosterEntry(principal=who(name), role=role, keys=(lines[name],))
                for name, role in (("bob", "operator"), ("sam", "supervisor"), ("sue", "supervisor"))
            ),
        ]
        made = workspace.amending.propose(workspace.draft(), "a team", who("ana"), roster=roster)
        assert workspace.badge == "SOLO", "until it is in force"
        workspace.vote(made, key_path=key(tmp_path, "ana"))
        workspace.tick()
        assert workspace.version().digest == made
        assert workspace.badge == ""
        assert workspace.status().badge == ""
    with Workspace.open(tmp_path / "ws", clock=clock) as again:
        assert again.badge == ""
