"""Attacks on the files beside the database: keys exchanged, versions exchanged, old parts put beside new ones, crashes.

The attacker can write to the workspace's folder. What a file repeats is written again where it is missing, told of
where it differs, and denies everything where it knows more than the database.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.conftest import DAY, Story, Vandal, complaints, key, share
from tests.governance.chains import three_versions
from tests.service.teams import refused, team, votes, who
from workbench.governance.artifact import dump_yaml, load_yaml
from workbench.governance.checkpoints import checkpoint_from_json, checkpoint_to_json, sign_checkpoint
from workbench.governance.keys import generate_key, serialize_private
from workbench.service import amending
from workbench.service.clock import FrozenClock
from workbench.service.verify import verify_path
from workbench.service.workspace import Workspace


def put(place: Path, private: bytes) -> None:
    (place / "ledger.key").write_bytes(private)


def test_another_ledger_key_witnesses_nothing(story: Story, clock: FrozenClock) -> None:
    """The vote is refused, and with the right key in its place it can still be given."""
    own = (story.place / "ledger.key").read_bytes()
    put(story.place, serialize_private(generate_key(), None))
    with Workspace.open(story.place, clock=clock) as workspace, refused("wrong_ledger_key"):
        votes(workspace, story.people, story.waiting, "sam")
    put(story.place, own)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert votes(workspace, story.people, story.waiting, "sam").state == "approved"
        assert complaints(workspace) == {}


def test_another_ledger_key_activates_nothing(story: Story, clock: FrozenClock) -> None:
    own = (story.place / "ledger.key").read_bytes()
    with Workspace.open(story.place, clock=clock) as workspace:
        votes(workspace, story.people, story.waiting, "sam")
    put(story.place, serialize_private(generate_key(), None))
    with Workspace.open(story.place, clock=clock) as workspace:
        clock.advance(DAY + 10)
        assert workspace.tick() == ()
        assert workspace.version().digest == story.active
        assert (workspace.status().overdue, "bad_activation" in workspace.proposal(story.waiting).reason) == (1, True)
    put(story.place, own)
    clock.advance(60)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert workspace.version().digest == story.waiting


def test_a_signers_key_in_place_of_the_ledgers(story: Story, clock: FrozenClock) -> None:
    put(story.place, key(story.people, "ana").read_bytes())
    with Workspace.open(story.place, clock=clock) as workspace, refused("wrong_ledger_key"):
        votes(workspace, story.people, story.waiting, "sam")


def test_a_sound_version_of_another_chain_in_its_place(story: Story, clock: FrozenClock, tmp_path: Path) -> None:
    name, text = three_versions().files()[1]
    path = story.place / "versions" / name
    with Workspace.open(story.place, clock=clock) as workspace:
        path.write_text(text)
        assert verify_path(story.place / "versions").ok is False
        assert not workspace.status().chain_ok
        assert "is not what the store holds" in complaints(workspace)["files and store"]
        assert share(workspace, "email").decision.reasons == ("no-email-outside",)


def test_a_file_of_the_same_version_with_a_vote_less(story: Story, clock: FrozenClock) -> None:
    path = story.place / "versions" / "1.1.0.yaml"
    version = load_yaml(path.read_text())
    path.write_text(dump_yaml(version.with_signatures(version.signatures[:1])))
    with Workspace.open(story.place, clock=clock) as workspace:
        assert "files and store" in complaints(workspace)
    assert not verify_path(path).ok


def test_the_older_of_two_version_folders_is_made_whole_again(story: Story, clock: FrozenClock) -> None:
    (story.place / "versions" / "1.1.0.yaml").unlink()
    with Workspace.open(story.place, clock=clock) as workspace:
        assert "is missing" in complaints(workspace).get("files and store", "is missing")
        workspace.tick()
        assert complaints(workspace) == {}
    assert (story.place / "versions" / "1.1.0.yaml").is_file()


def test_an_older_checkpoint_folder_is_made_whole_again(story: Story, clock: FrozenClock) -> None:
    folder = story.place / "checkpoints"
    newest = max(folder.glob("*.json"), key=lambda path: int(path.stem))
    text = newest.read_text()
    newest.unlink()
    with Workspace.open(story.place, clock=clock) as workspace:
        share(workspace)
        clock.advance(90)
        workspace.tick()
        assert complaints(workspace) == {}
    assert newest.read_text() == text


@pytest.mark.parametrize("missing", ["versions", "checkpoints"])
def test_an_old_database_beside_new_files_denies_everything(
    missing: str, story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Either of the two mirrors is enough to tell."""
    old = story.place.parent / "old.db"
    shutil.copy(vandal.file, old)
    with Workspace.open(story.place, clock=clock) as workspace:
        votes(workspace, story.people, story.waiting, "sam")
        clock.advance(DAY + 1)
        assert [version.digest for version in workspace.tick()] == [story.waiting]
    shutil.copy(old, vandal.file)
    for path in (story.place / missing).glob("*.*"):
        if missing == "checkpoints" or path.stem not in ("1.0.0", "1.1.0"):
            path.unlink()
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "sealed"
        assert "sealed" in complaints(workspace)


def test_the_database_of_another_workspace_in_its_place(
    story: Story, vandal: Vandal, clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own files are not of that history; and its ledger key is none that could activate anything there."""
    (tmp_path / "else").mkdir()
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "else"))  # the attacker's own pins
    with team(tmp_path / "else", clock, (("eve", "operator"), ("eva", "operator"), ("sid", "supervisor"),
                                         ("sol", "supervisor"))) as other:  # fmt: skip
        theirs = other.location / "workspace.db"
    shutil.copy(theirs, vandal.file)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert share(workspace).decision.code == "sealed"
        assert {"files and store"} <= complaints(workspace).keys()


def test_another_schema_under_the_rules_that_were_signed(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """Mix and match: rules of one version, schema of another."""
    schema = load_yaml(vandal.one("SELECT yaml FROM versions WHERE position = 0")).content.schema_text
    vandal.rewrite("versions", story.active, schema_text=schema + "entity Extra;\n")
    with Workspace.open(story.place, clock=clock) as workspace:
        decision = share(workspace).decision
        assert (decision.outcome, decision.code) == ("deny", "evaluation_error")
        assert "no longer has the digest" in decision.errors[0].message


@pytest.mark.parametrize("kind", ["activation", "state"])
def test_a_crash_between_activating_and_logging(
    kind: str, story: Story, vandal: Vandal, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version, head and ledger move in one transaction, or none of them does."""
    with Workspace.open(story.place, clock=clock) as workspace:
        votes(workspace, story.people, story.waiting, "sam")
    before = (vandal.rows("SELECT * FROM head"), vandal.rows("SELECT digest, state FROM proposals"))
    clock.advance(DAY + 1)
    append = amending.append

    def dying(connection: Any, head: Any, **entry: Any) -> Any:
        if entry["kind"] == "activation":
            raise KeyboardInterrupt
        return append(connection, head, **entry)

    save = amending.save_state

    def dying_late(connection: Any, head: Any) -> None:
        save(connection, head)
        raise KeyboardInterrupt

    monkeypatch.setattr(amending, "append", dying if kind == "activation" else append)
    monkeypatch.setattr(amending, "save_state", dying_late if kind == "state" else save)
    with pytest.raises(KeyboardInterrupt):
        Workspace.open(story.place, clock=clock)
    assert (vandal.rows("SELECT * FROM head"), vandal.rows("SELECT digest, state FROM proposals")) == before
    assert vandal.one("SELECT count(*) FROM versions") == 2
    monkeypatch.undo()
    with Workspace.open(story.place, clock=clock) as workspace:
        assert workspace.version().digest == story.waiting
        assert complaints(workspace) == {}
        assert who("ana") in [signer.principal for signer in workspace.version().signers]


def test_another_ledger_key_signs_no_checkpoint(story: Story, vandal: Vandal, clock: FrozenClock) -> None:
    """Otherwise whoever exchanges the file could have a forged history signed, and the audit would take it."""
    put(story.place, serialize_private(generate_key(), None))
    before = vandal.rows("SELECT size FROM checkpoints")
    with Workspace.open(story.place, clock=clock) as workspace:
        share(workspace)
        clock.advance(90)
        workspace.tick()
        with refused("wrong_ledger_key"):
            workspace._uses.checkpointing.make()
        assert vandal.rows("SELECT size FROM checkpoints") == before
        assert complaints(workspace) == {}


def test_a_checkpoint_by_the_key_that_lies_here_is_not_believed_for_that(
    story: Story, vandal: Vandal, clock: FrozenClock
) -> None:
    """Row, file and key are all the attacker's, and agree with each other."""
    mallory = generate_key()
    put(story.place, serialize_private(mallory, None))
    size, text = vandal.rows("SELECT size, statement FROM checkpoints ORDER BY size DESC")[0]
    own = checkpoint_to_json(sign_checkpoint(mallory, checkpoint_from_json(text).checkpoint))
    vandal.run("UPDATE checkpoints SET statement = ? WHERE size = ?", own, size)
    (story.place / "checkpoints" / f"{size}.json").write_text(own)
    with Workspace.open(story.place, clock=clock) as workspace:
        assert "checkpoints" in complaints(workspace)
