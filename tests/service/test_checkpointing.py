"""Checkpoints of an open workspace, their mirror beside the database, and a database that was set back."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import Ask
from workbench.governance.checkpoints import (
    Checkpoint,
    checkpoint_from_json,
    checkpoint_to_json,
    sign_checkpoint,
    verify_checkpoint,
)
from workbench.governance.keys import generate_key, load_private
from workbench.service import checkpointing
from workbench.service.clock import FrozenClock, moment
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.mirror import Mirror, MirrorGap
from workbench.service.workspace import Workspace
from workbench.store import checkpoints as store
from workbench.store.ledger import LedgerHead, append, read_head

RULE = """
@id("no-email-outside")
@english("Agents must never share customer email addresses with external services.")
forbid (principal, action == Action::"share_external", resource)
when { resource.tags.contains("email") };
"""
FILES = ("workspace.db", "workspace.db-wal", "workspace.db-shm")


def rows(workspace: Workspace) -> list[store.StoredCheckpoint]:
    with workspace._session.read() as connection:
        return store.listing(connection)


def head(workspace: Workspace) -> LedgerHead:
    return workspace._session.head()


def mirrored(workspace: Workspace) -> dict[int, str]:
    folder = workspace.location / "checkpoints"
    return {int(path.stem): path.read_text() for path in folder.glob("*.json")}


def activate(workspace: Workspace, clock: FrozenClock) -> None:
    draft = workspace.draft()
    workspace.save_draft(cedar_plus=draft.cedar_plus + RULE, revision=draft.revision)
    digest = workspace.propose("no addresses outside", proposer='Operator::"ana"').version.digest
    for name in ("ana", "sam"):
        key = workspace.location / "keys" / f"demo-{name}"
        workspace.vote(digest, key_path=key, passphrase=workspace.demo_passphrase())
    clock.advance(10)
    workspace.tick()
    assert workspace.version().version == "1.1.0"


def test_a_new_workspace_has_a_checkpoint_by_its_ledger_key_in_both_places(workspace: Workspace) -> None:
    (row,) = rows(workspace)
    assert mirrored(workspace) == {row.size: row.statement}
    signed = checkpoint_from_json(row.statement)
    key = load_private((workspace.location / "ledger.key").read_bytes(), None).public
    assert verify_checkpoint(signed, [key], "swarm-test") == key
    now = head(workspace)
    assert signed.checkpoint == Checkpoint(
        "swarm-test", now.size, now.root(), now.hash, workspace.version().digest, moment(row.at)
    )


def test_while_the_ledger_grows_there_is_one_a_minute_and_otherwise_none(
    workspace: Workspace, ask: Ask, clock: FrozenClock
) -> None:
    first = len(rows(workspace))
    workspace.tick()
    clock.advance(600)
    workspace.tick()
    assert len(rows(workspace)) == first
    sizes = []
    for _ in range(180):  # three minutes, a decision and a tick a second
        clock.advance(1)
        sizes.append(ask().seq)
        workspace.tick()
    made = [row.size for row in rows(workspace)][first:]
    assert len(made) == 3
    assert made == sorted(set(made) & set(sizes))
    assert mirrored(workspace) == {r.size: r.statement for r in rows(workspace)}


def test_another_processes_checkpoint_counts(workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock) as other:
        clock.advance(61)
        ask()
        other.tick()
        count = len(rows(workspace))
        ask()
        clock.advance(1)
        workspace.tick()
        assert len(rows(workspace)) == count


def test_a_version_that_comes_into_force_is_covered_at_once(workspace: Workspace, clock: FrozenClock) -> None:
    activate(workspace, clock)
    newest = checkpoint_from_json(rows(workspace)[-1].statement).checkpoint
    assert (newest.version, newest.size) == (workspace.version().digest, head(workspace).size)
    assert newest.size in mirrored(workspace)


def test_old_ones_go_but_for_those_of_activations(
    workspace: Workspace, ask: Ask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "KEPT", 4)
    (genesis,) = rows(workspace)
    for _ in range(3):
        ask()
        workspace._uses.checkpointing.make()
    activate(workspace, clock)
    activation = rows(workspace)[-1]
    for _ in range(6):
        ask()
        last = workspace._uses.checkpointing.make()
    kept = rows(workspace)
    assert kept[:2] == [genesis, activation]
    assert len(kept) == 2 + 4
    assert kept[-1] == last
    assert mirrored(workspace) == {row.size: row.statement for row in kept}
    assert workspace._uses.checkpointing.mirror.gap() is None


def test_asking_twice_signs_once(workspace: Workspace) -> None:
    made = workspace._uses.checkpointing.make()
    assert workspace._uses.checkpointing.make() == made


# ---- a database that was set back ------------------------------------------------------------------------------------


@pytest.fixture
def set_back(workspace: Workspace, place: Path, ask: Ask, tmp_path: Path) -> Callable[[], tuple[int, int]]:
    """Let the ledger grow by five, checkpoint, then put the database of before in its place: (size now, mirrored)."""

    def act() -> tuple[int, int]:
        ask()
        old = head(workspace).size
        kept = tmp_path / "kept"
        kept.mkdir()
        with sqlite3.connect(place / "workspace.db") as source, sqlite3.connect(kept / "workspace.db") as target:
            source.backup(target)
        for _ in range(5):
            ask()
        newest = workspace._uses.checkpointing.make()
        workspace.close()
        for name in FILES:
            (place / name).unlink(missing_ok=True)
        shutil.copy(kept / "workspace.db", place / "workspace.db")
        return old, newest.size

    return act


def test_a_database_that_was_set_back_is_sealed_when_it_is_opened(
    set_back: Callable[[], tuple[int, int]], place: Path, clock: FrozenClock
) -> None:
    old, newest = set_back()
    with Workspace.open(place, clock=clock) as opened:
        assert head(opened).sealed == "restored"
        (entry,) = opened.timeline.page(kinds=("sealed",))
        body = dict(entry.body)
        assert body.pop("reason").endswith("it was restored from an older state")
        assert body == {
            "event": "restored",
            "id": f"sealed-{old + 1}",
            "missing": newest - old,
            "mirror_size": newest,
            "database_size": old,
            "files": True,
        }
        for _ in range(2):
            opened.tick()  # once is enough
        assert (head(opened).size, len(rows(opened))) == (old + 1, 1)
        gap = opened._uses.checkpointing.mirror.gap()
        assert gap is not None
        assert (gap.missing, gap.mirror_size, gap.database_size) == (newest - old, newest, old)
        assert gap.files == (f"checkpoints/{newest}.json",)
        with pytest.raises(WorkbenchError) as caught:
            opened._uses.checkpointing.make()
        assert caught.value.code == "sealed"


def test_nothing_is_allowed_meanwhile(
    set_back: Callable[[], tuple[int, int]], place: Path, clock: FrozenClock, ask: Ask, monkeypatch: Any
) -> None:
    set_back()
    with Workspace.open(place, clock=clock) as opened:
        monkeypatch.setattr(Workspace, "decide", lambda _self, *a, **k: opened._deciding.decide(*a, **k))
        assert ask(tags=("email",)).decision.code == "sealed"


# ---- set back under a process that is at work ------------------------------------------------------------------------


@pytest.fixture
def under(workspace: Workspace, place: Path, ask: Ask) -> Callable[[bool], None]:
    """Let the ledger grow by five, with or without a checkpoint over them, and write the pages of before back into the
    open database, as ``sqlite3 workspace.db .restore`` does. Nothing here ticks."""

    def act(covered: bool) -> None:
        ask()
        with closing(sqlite3.connect(place / "workspace.db")) as live, closing(sqlite3.connect(":memory:")) as kept:
            live.backup(kept)
            for _ in range(5):
                ask()
            if covered:
                workspace._uses.checkpointing.make()
            kept.backup(live)

    return act


@pytest.mark.parametrize("covered", [True, False])
def test_a_process_that_only_decides_sees_it(
    workspace: Workspace, ask: Ask, clock: FrozenClock, under: Callable[[bool], None], covered: bool
) -> None:
    under(covered)
    size = head(workspace).size
    for _ in range(3):
        assert ask().decision.code == "sealed"
    assert head(workspace).sealed == "restored"
    gap = workspace.backups.gap()
    assert gap is not None
    assert bool(gap.files) == covered
    assert gap.mirror_size == size + 5
    assert "restored from an older state" in gap.reason
    (pending,) = workspace.acknowledging.pending()
    assert pending.facts["missing"] == gap.missing
    workspace.tick()
    using = SignWith(str(workspace.location / "keys" / "demo-ana"), workspace.demo_passphrase())
    workspace.acknowledging.acknowledge("restored", why="the disk failed", using=using)
    clock.advance(2)
    workspace.tick()
    assert ask().decision.outcome == "allow"
    assert workspace.backups.gap() is None


def test_a_process_that_decided_nothing_meanwhile_sees_it_within_a_second(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, under: Callable[[bool], None], monkeypatch: Any
) -> None:
    with Workspace.open(place, clock=clock) as other:
        monkeypatch.setattr(Workspace, "decide", lambda _self, *a, **k: other._deciding.decide(*a, **k))
        ask()
        monkeypatch.undo()
        under(True)
        while head(workspace).size < max(mirrored(workspace)) + 3:  # and it grew again beyond what was lost
            with workspace._session.write() as connection:
                append(connection, read_head(connection), kind="directory", at=0, body={"event": "x", "id": "x"})
        monkeypatch.setattr(Workspace, "decide", lambda _self, *a, **k: other._deciding.decide(*a, **k))
        clock.advance(1)
        assert ask().decision.code == "sealed"


def test_it_is_looked_at_once_a_second_and_no_more(
    workspace: Workspace, ask: Ask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    check = Mirror.check

    def looking(self: Mirror, *given: Any) -> MirrorGap | None:
        looks.append(1)
        return check(self, *given)

    monkeypatch.setattr(Mirror, "check", looking)
    for _ in range(30):
        ask()
        clock.advance(0.1)
    assert 3 <= len(looks) <= 4


def test_where_it_cannot_be_known_nothing_is_allowed(
    workspace: Workspace, ask: Ask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_self: Mirror) -> MirrorGap | None:
        raise WorkbenchError("odd", "a version cannot be read", "", "yaml")

    monkeypatch.setattr(Mirror, "gap", broken)
    (workspace.location / "checkpoints" / "9999.json").write_text("{}")
    clock.advance(1)
    for _ in range(2):
        recorded = ask()
        assert (recorded.decision.outcome, recorded.decision.code) == ("deny", "evaluation_error")
        assert "a version cannot be read" in recorded.decision.errors[0].message
    monkeypatch.undo()
    assert ask().decision.outcome == "allow"


def test_a_seal_that_no_file_shows_is_not_lifted_by_a_row(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, under: Callable[[bool], None]
) -> None:
    under(False)
    ask()
    ask()
    with closing(sqlite3.connect(place / "workspace.db")) as raw, raw:
        raw.execute("UPDATE head SET sealed = ''")
    with Workspace.open(place, clock=clock) as other:
        assert head(other).sealed == "restored"


def test_closing_covers_what_was_added(workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock) as other:
        first = len(rows(other))
    assert len(mirrored(workspace)) == first  # nothing was added: nothing is signed
    ask()
    size = head(workspace).size
    workspace.close()
    workspace.close()
    assert max(mirrored(workspace)) == size


# ---- and acknowledged ------------------------------------------------------------------------------------------------


def test_settling_moves_the_files_aside_and_the_next_opening_is_free(
    set_back: Callable[[], tuple[int, int]], place: Path, clock: FrozenClock
) -> None:
    _, newest = set_back()
    with Workspace.open(place, clock=clock) as opened:
        mirror = Mirror(opened._session)
        moved = mirror.settle_gap()
        assert moved == (f"checkpoints/aside-20260302T090000Z/{newest}.json",)
        assert (place / moved[0]).is_file()
        assert mirror.gap() is None
        assert mirror.settle_gap() == ()


def test_a_ledger_of_the_same_length_but_another_history_is_sealed(
    set_back: Callable[[], tuple[int, int]], place: Path, clock: FrozenClock
) -> None:
    """Set back, and grown again past the checkpoint where the mirror did not stand in the way."""
    _, newest = set_back()
    aside = place.parent / "elsewhere"
    (place / "checkpoints").rename(aside)
    with Workspace.open(place, clock=clock) as opened:
        while head(opened).size < newest + 2:
            opened.load_entities([dict(opened.entities()[0])])
        assert not head(opened).sealed
        shutil.copy(aside / f"{newest}.json", place / "checkpoints" / f"{newest}.json")
        opened.tick()
        assert head(opened).sealed == "restored"
        gap = opened._uses.checkpointing.mirror.gap()
        assert gap is not None
        assert "another history" in gap.reason
        assert gap.missing == 0


def test_a_version_file_that_the_database_does_not_know_counts_too(
    workspace: Workspace, place: Path, template: Path, clock: FrozenClock
) -> None:
    """Killed between the commit and the checkpoint's file, then set back: the version's file alone tells."""
    activate(workspace, clock)
    activated = workspace.version()
    workspace.close()
    shutil.rmtree(place / "checkpoints")
    for name in FILES:
        (place / name).unlink(missing_ok=True)
    shutil.copy(template / "workspace.db", place / "workspace.db")
    with Workspace.open(place, clock=clock) as opened:
        assert head(opened).sealed == "restored"
        gap = opened._uses.checkpointing.mirror.gap()
        assert gap is not None
        assert gap.missing >= 1
        assert gap.files == ("versions/1.1.0.yaml",)
        assert "version 1.1.0 was in force" in gap.reason
        opened._uses.checkpointing.mirror.settle_gap()
        assert not (place / "versions" / "1.1.0.yaml").exists()
    assert activated.version == "1.1.0"


def test_a_version_file_that_no_ledger_key_activated_seals_nothing(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    text = (place / "versions" / "1.0.0.yaml").read_text()
    (place / "versions" / "9.9.9.yaml").write_text(text.replace('"1.0.0"', '"9.9.9"', 1))
    (place / "versions" / "junk.yaml").write_bytes(b"\xff{")
    workspace.tick()
    assert not head(workspace).sealed


def forged(workspace: Workspace, **changes: Any) -> str:
    """A checkpoint far ahead, changed, and signed by a key of nobody's unless ``key`` says."""
    key = changes.pop("key", generate_key())
    point = checkpoint_from_json(rows(workspace)[-1].statement).checkpoint
    return checkpoint_to_json(sign_checkpoint(key, replace(point, size=9999, **changes)))


@pytest.mark.parametrize("kind", ["forged", "other swarm", "torn", "renamed", "empty", "folder"])
def test_a_file_that_proves_nothing_seals_nothing(workspace: Workspace, place: Path, kind: str) -> None:
    own = load_private((place / "ledger.key").read_bytes(), None)
    path = place / "checkpoints" / "9999.json"
    match kind:
        case "forged":
            path.write_text(forged(workspace))
        case "other swarm":
            path.write_text(forged(workspace, key=own, swarm_id="swarm-other"))
        case "torn":
            path.write_text(forged(workspace, key=own)[:200])
        case "renamed":
            path.write_text(rows(workspace)[-1].statement)
        case "empty":
            path.write_bytes(b"")
        case "folder":
            path.mkdir()
    workspace.tick()
    assert not head(workspace).sealed
    path.rmdir() if kind == "folder" else path.unlink()
    path.write_text(forged(workspace, key=own))  # and the same by the ledger key does
    workspace.tick()
    assert head(workspace).sealed == "restored"


def test_a_crash_between_commit_and_file_is_healed_and_not_taken_for_a_gap(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    ask()
    with monkeypatch.context() as patch:
        patch.setattr(Mirror, "heal", crash)
        with pytest.raises(KeyboardInterrupt):
            workspace._uses.checkpointing.make()
    size = head(workspace).size
    assert (size in {row.size for row in rows(workspace)}, size in mirrored(workspace)) == (True, False)
    workspace.close()
    with Workspace.open(place, clock=clock) as opened:
        assert not head(opened).sealed
        assert mirrored(opened)[size] == rows(opened)[-1].statement


def test_a_crash_while_old_ones_are_forgotten_is_not_taken_for_a_gap(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpointing, "KEPT", 2)
    for _ in range(3):
        ask()
        workspace._uses.checkpointing.make()
    ask()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(checkpointing.Checkpointing, "_add", crash)
        with pytest.raises(KeyboardInterrupt):
            workspace._uses.checkpointing.make()
    workspace.close()
    with Workspace.open(place, clock=clock) as opened:
        assert not head(opened).sealed
        assert mirrored(opened) == {row.size: row.statement for row in rows(opened)}


def test_torn_files_and_a_deleted_folder_are_written_again(
    workspace: Workspace, place: Path, clock: FrozenClock
) -> None:
    (size,) = mirrored(workspace)
    workspace.close()
    for damage in (lambda path: path.write_text(path.read_text()[:100]), lambda path: shutil.rmtree(path.parent)):
        damage(place / "checkpoints" / f"{size}.json")
        with Workspace.open(place, clock=clock) as opened:
            assert mirrored(opened) == {row.size: row.statement for row in rows(opened)}
            assert not head(opened).sealed


def test_the_mirror_may_be_a_link_to_another_place(workspace: Workspace, place: Path, tmp_path: Path) -> None:
    other = tmp_path / "other-disk"
    (place / "checkpoints").rename(other)
    (place / "checkpoints").symlink_to(other)
    workspace._uses.checkpointing.make()
    assert {int(path.stem) for path in other.glob("*.json")} == set(mirrored(workspace))


def test_without_the_ledger_key_the_workspace_lives_and_signs_nothing(
    workspace: Workspace, place: Path, ask: Ask, clock: FrozenClock
) -> None:
    workspace.close()
    (place / "ledger.key").unlink()
    with Workspace.open(place, clock=clock) as opened:
        count = len(rows(opened))
        clock.advance(61)
        opened.load_entities([dict(opened.entities()[0])])
        opened.tick()
        assert len(rows(opened)) == count
        with pytest.raises(WorkbenchError) as caught:
            opened._uses.checkpointing.make()
        assert caught.value.code == "no_ledger_key"


def test_a_tick_that_has_nothing_to_do_writes_nothing(workspace: Workspace, ask: Ask, place: Path) -> None:
    ask()
    workspace.tick()
    before = os.stat(place / "workspace.db-wal").st_mtime_ns, json.dumps(mirrored(workspace))
    for _ in range(20):
        workspace.tick()
    assert (os.stat(place / "workspace.db-wal").st_mtime_ns, json.dumps(mirrored(workspace))) == before


def test_while_others_commit_no_one_sees_a_gap(place: Path, clock: FrozenClock) -> None:
    """Two processes' worth of checkpoints while a third looks: a file is never older than the look at the database."""
    seen: list[MirrorGap] = []
    done = threading.Event()

    def look() -> None:
        with Workspace.open(place, clock=clock) as watching:
            mirror = watching._uses.checkpointing.mirror
            while not done.is_set():
                found = mirror.gap()
                if found is not None:
                    seen.append(found)

    with Workspace.open(place, clock=clock) as writing:
        thread = threading.Thread(target=look)
        thread.start()
        for _ in range(60):
            writing.load_entities([dict(writing.entities()[0])])
            writing._uses.checkpointing.make()
        done.set()
        thread.join()
    assert seen == []
