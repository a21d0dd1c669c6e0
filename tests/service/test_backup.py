"""Backups: whole, consistent while others write, without private keys; and restoring, which believes nothing."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import stat
import threading
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, Ask
from tests.service.test_amending import key, vote, write_rule
from workbench.governance.keys import load_private
from workbench.service import archive
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.restoring import holds_keys, restore
from workbench.service.views import Recorded
from workbench.service.workspace import Workspace

PASSPHRASE = "for the journey"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "demo.backup"


@pytest.fixture(autouse=True)
def _folder(backup: Path) -> None:
    backup.parent.mkdir()


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


def content(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        return {name: file.read(name) for name in file.namelist()}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


# ---- there and back --------------------------------------------------------------------------------------------------


def test_there_and_back(workspace: Workspace, ask: Ask, backup: Path, tmp_path: Path, clock: FrozenClock) -> None:
    seqs = [ask().seq for _ in range(3)]
    made = workspace.backups.make(backup, with_keys=True, passphrase=PASSPHRASE)
    head = workspace._session.head()
    assert (made.size, made.root, made.version) == (head.size, head.root(), "1.0.0")
    done = restore(backup, tmp_path / "new", passphrase=PASSPHRASE, clock=clock)
    assert (done.size, done.gap, done.aside, done.can_sign) == (head.size, None, "", True)
    assert done.verification.ok
    with Workspace.open(tmp_path / "new", clock=clock) as opened:
        assert opened.event(seqs[1]).receipt == workspace.event(seqs[1]).receipt
        assert opened.event(seqs[1]).request == workspace.event(seqs[1]).request
        assert opened.verify().ok
        assert not opened._session.head().sealed
        write_rule(opened)  # and it goes on: votes are witnessed, versions activated
        proposal = opened.propose("on", proposer='Operator::"ana"')
        vote(opened, proposal, "ana")
        vote(opened, proposal, "sam")
        clock.advance(10)
        opened.tick()
        assert opened.version().version == "1.1.0"
    assert not [path for path in tmp_path.iterdir() if ".restore-" in path.name]
    assert sorted(path.name for path in backup.parent.iterdir()) == [backup.name]


def test_the_file_belongs_to_its_owner_and_holds_no_private_key(
    workspace: Workspace, backup: Path, place: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    workspace.backups.make(backup)
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    held = content(backup)
    assert "workspace.db" in held
    assert not any(archive.is_private(name) for name in held)
    for path in (place / "ledger.key", key(workspace, "ana")):
        secret = path.read_bytes().splitlines()[1]
        assert not any(secret in data for data in held.values())
    assert not holds_keys(backup)
    done = restore(backup, tmp_path / "new", clock=clock)
    assert not done.can_sign
    with Workspace.open(tmp_path / "new", clock=clock) as opened:
        assert opened.verify().ok
        assert opened.status().ledger_ok


def test_keys_travel_encrypted_and_the_ledger_key_comes_out_as_it_was(
    workspace: Workspace, backup: Path, place: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    own = load_private((place / "ledger.key").read_bytes(), None)
    (place / "keys" / "plain").write_bytes((place / "ledger.key").read_bytes())
    (place / "keys" / "notes.txt").write_text("a secret that is no key")
    made = workspace.backups.make(backup, with_keys=True, passphrase=PASSPHRASE)
    assert made.left_out == ("keys/notes.txt", "keys/plain")
    held = content(backup)
    for name, data in held.items():
        if archive.is_private(name):
            with pytest.raises(Exception, match=r"passphrase|encrypted"):
                load_private(data, None)
    assert load_private(held["ledger.key"], PASSPHRASE).public == own.public
    with refused("wrong_passphrase"):
        restore(backup, tmp_path / "new", passphrase="no", clock=clock)
    assert not (tmp_path / "new").exists()
    assert holds_keys(backup)
    restore(backup, tmp_path / "new", passphrase=PASSPHRASE, clock=clock)
    restored = tmp_path / "new" / "ledger.key"
    assert load_private(restored.read_bytes(), None).public == own.public
    assert stat.S_IMODE(restored.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "keys" / "demo-ana").stat().st_mode) == 0o600
    without = restore(backup, tmp_path / "other", clock=clock)
    assert not without.can_sign
    assert not (tmp_path / "other" / "ledger.key").exists()  # an encrypted one is of no use to a service


def test_a_ledger_key_kept_elsewhere(
    workspace: Workspace, backup: Path, place: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    workspace.backups.make(backup)
    done = restore(backup, tmp_path / "new", ledger_key=place / "ledger.key", clock=clock)
    assert done.can_sign
    with Workspace.open(tmp_path / "new", clock=clock) as opened:
        opened._uses.checkpointing.make()


def test_a_backup_is_of_one_moment_while_others_write(
    workspace: Workspace, place: Path, backup: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    done = threading.Event()

    def write() -> None:
        with Workspace.open(place, clock=clock) as other:
            while not done.is_set():
                other.load_entities([dict(other.entities()[0])])
                other._uses.checkpointing.make()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(4):
            path = backup.with_name(f"{number}.backup")
            workspace.backups.make(path)
            result = restore(path, tmp_path / f"new-{number}", clock=clock)
            assert all(line.ok for line in result.verification.lines)
            assert result.gap is None
    finally:
        done.set()
        thread.join()


def test_a_backup_replaces_nothing_and_leaves_nothing_where_it_fails(
    workspace: Workspace, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup.write_text("mine")
    with refused("exists"):
        workspace.backups.make(backup)
    assert backup.read_text() == "mine"
    backup.unlink()
    with refused("passphrase_needed"):
        workspace.backups.make(backup, with_keys=True)
    with refused("not_found") as caught:
        workspace.backups.make(backup.parent / "no" / "folder" / "x.zip")
    assert str(backup.parent / "no" / "folder") in caught.value.detail
    assert "x.zip" not in str(caught.value)  # nor the name of a file to work in, which nobody gave

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "write_archive", full)
    with refused("store_full"):
        workspace.backups.make(backup)
    assert list(backup.parent.iterdir()) == []


def test_a_database_on_a_server_is_said_to_be_there(workspace: Workspace, place: Path, backup: Path) -> None:
    (place / "database.url").write_text("postgresql+psycopg://me:secret@db.example/one\n")
    with pytest.raises(WorkbenchError) as caught:
        workspace.backups.make(backup)
    assert caught.value.code == "on_a_server"
    assert "pg_dump" in caught.value.hint
    assert "secret" not in str(caught.value) + caught.value.hint


def test_links_are_not_followed_into_a_backup(workspace: Workspace, place: Path, backup: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("not of this workspace")
    (place / "proposals").mkdir(exist_ok=True)
    (place / "proposals" / "x.yaml").symlink_to(tmp_path / "outside.yaml")
    workspace.backups.make(backup)
    assert not any(b"not of this workspace" in data for data in content(backup).values())


# ---- in place of a workspace -----------------------------------------------------------------------------------------


def test_in_place_of_one_that_knows_more_it_is_sealed_until_a_signer_acknowledges(
    workspace: Workspace, ask: Ask, backup: Path, place: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = workspace.backups.make(backup).size
    for _ in range(4):
        ask()
    newest = workspace._uses.checkpointing.make().size
    with refused("exists"):
        restore(backup, place, clock=clock)
    done = restore(backup, place, replace_=True, clock=clock)
    assert done.gap is not None
    assert (done.gap.missing, done.gap.mirror_size, done.gap.database_size) == (newest - old, newest, old)
    aside = Path(done.aside)
    assert sorted(path.name for path in aside.iterdir() if not path.name.endswith(("-wal", "-shm"))) == ["workspace.db"]
    assert ask().decision.code == "sealed"  # the process that had the old database open decides nothing by it
    workspace.close()
    with Workspace.open(place, clock=clock) as opened:
        monkeypatch.setattr(Workspace, "decide", lambda _self, *a, **k: opened._deciding.decide(*a, **k))
        assert ask().decision.code == "sealed"
        using = SignWith(str(key(opened, "ana")), opened.demo_passphrase())
        opened.acknowledging.acknowledge("restored", why="the disk failed", using=using)
        assert ask().decision.outcome == "allow"
        assert all(line.ok for line in opened.verify().lines)
        assert opened.backups.gap() is None
    with Workspace.open(place, clock=clock) as again:
        assert not again._session.head().sealed


@pytest.mark.parametrize("can_sign", [True, False])
def test_entries_that_no_checkpoint_covered_are_missed_too(
    workspace: Workspace, ask: Ask, backup: Path, place: Path, clock: FrozenClock, can_sign: bool
) -> None:
    """Decided since the backup and the last checkpoint, by a process that never closed: a used grant, say."""
    old = workspace.backups.make(backup).size
    for _ in range(4):
        ask()
    if not can_sign:
        (place / "ledger.key").rename(place / "elsewhere.key")
    done = restore(backup, place, replace_=True, clock=clock)
    assert done.gap is not None
    assert (done.gap.missing, done.gap.mirror_size, done.gap.database_size) == (4, old + 4, old)
    assert done.gap.files == ((f"checkpoints/{old + 4}.json",) if can_sign else ())
    assert ask().decision.code == "sealed"
    with Workspace.open(place, clock=clock) as opened:
        assert opened._session.head().sealed == "restored"
        assert opened.acknowledging.pending()[0].facts["missing"] == 4
        using = SignWith(str(key(opened, "ana")), opened.demo_passphrase())
        opened.acknowledging.acknowledge("restored", why="the disk failed", using=using)
        assert opened.backups.gap() is None
        assert all(line.ok for line in opened.verify().lines)


def test_a_used_grant_is_not_free_again_after_a_restore(
    workspace: Workspace, backup: Path, place: Path, clock: FrozenClock, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refund() -> Recorded:
        return ask(agent="jonas", action="issue_refund", context=CONTEXT | {"amount": 800})

    (case,) = refund().cases
    workspace.cases.vote(case, "approve", using=SignWith(str(key(workspace, "viktor")), workspace.demo_passphrase()))
    workspace.backups.make(backup)
    assert refund().decision.outcome == "allow"
    workspace.close()
    restore(backup, place, replace_=True, clock=clock)
    with Workspace.open(place, clock=clock) as opened:
        monkeypatch.setattr(Workspace, "decide", lambda _self, *a, **k: opened._deciding.decide(*a, **k))
        assert refund().decision.code == "sealed"


def test_a_backup_that_has_everything_seals_nothing_in_its_place(
    workspace: Workspace, ask: Ask, backup: Path, place: Path, clock: FrozenClock
) -> None:
    ask()
    workspace.backups.make(backup)
    assert restore(backup, place, replace_=True, clock=clock).gap is None
    with Workspace.open(place, clock=clock) as opened:
        assert not opened._session.head().sealed


def test_in_place_of_one_whose_database_is_gone_or_broken(
    workspace: Workspace, backup: Path, place: Path, clock: FrozenClock
) -> None:
    workspace.backups.make(backup)
    workspace.close()
    for damage in (lambda path: path.unlink(), lambda path: path.write_bytes(b"no database" * 1000)):
        damage(place / "workspace.db")
        done = restore(backup, place, replace_=True, clock=clock)
        assert done.gap is None
        assert done.can_sign  # its own ledger key stayed
        with Workspace.open(place, clock=clock) as opened:
            assert opened.verify().ok


def test_another_swarms_backup_is_refused_in_its_place(
    workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    workspace.backups.make(backup)
    other = tmp_path / "other"
    Workspace.create(other, clock=clock, swarm_id="swarm-elsewhere").close()
    before = tree(other)
    with refused("other_swarm"):
        restore(backup, other, replace_=True, clock=clock)
    after = tree(other)
    assert {name: data for name, data in after.items() if not name.startswith("workspace.db")} == {
        name: data for name, data in before.items() if not name.startswith("workspace.db")
    }
    with Workspace.open(other, clock=clock) as opened:
        assert opened.verify().ok
        assert not opened._session.head().sealed


def test_a_forged_workspace_of_the_same_name_is_sealed_in_its_place(
    workspace: Workspace, place: Path, tmp_path: Path, backup: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another genesis under the same swarm's name, with keys of its own: the files of the true one speak against it."""
    workspace.close()
    with monkeypatch.context() as patch:
        patch.setenv("WORKBENCH_CONFIG", str(tmp_path / "forger"))  # the forger's own pins
        with Workspace.create(tmp_path / "forged", clock=clock, swarm_id="swarm-test") as other:
            other.backups.make(backup)
    with pytest.raises(WorkbenchError, match="another chain"):  # whoever has the true one pinned is told at once
        restore(backup, place, replace_=True, clock=clock)
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "nobody"))
    done = restore(backup, place, replace_=True, clock=clock)
    assert not done.verification.anchored
    assert done.gap is not None
    with Workspace.open(place, clock=clock) as opened:
        assert opened._session.head().sealed == "restored"


@pytest.mark.parametrize("kind", ["file", "other things"])
def test_it_is_not_put_where_something_else_is(
    workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock, kind: str
) -> None:
    workspace.backups.make(backup)
    target = tmp_path / "target"
    if kind == "file":
        target.write_text("mine")
    else:
        target.mkdir()
        (target / "thesis.txt").write_text("mine")
    with refused("exists"):
        restore(backup, target, replace_=True, clock=clock)
    assert tree(tmp_path / "target") == {"thesis.txt": b"mine"} if kind != "file" else target.read_text() == "mine"


def test_an_empty_folder_will_do(workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock) -> None:
    workspace.backups.make(backup)
    (tmp_path / "empty").mkdir()
    restore(backup, tmp_path / "empty", clock=clock)
    assert (tmp_path / "empty" / "workspace.db").is_file()


# ---- archives that are none ------------------------------------------------------------------------------------------

Members = dict[str, bytes]


def manifest(members: Members) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(members["MANIFEST.json"])
    return found


def described(members: Members) -> Members:
    """The manifest made to fit what is there now."""
    value = manifest(members)
    value["members"] = [
        {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in members.items()
        if name != "MANIFEST.json"
    ]
    return members | {"MANIFEST.json": json.dumps(value).encode()}


def with_member(name: str, *, told: bool) -> Callable[[Members], Members]:
    def act(members: Members) -> Members:
        added = members | {name: b"boo"}
        return described(added) if told else added

    return act


def changed_database(members: Members) -> Members:
    data = bytearray(members["workspace.db"])
    data[-100] ^= 1
    return members | {"workspace.db": bytes(data)}


def tampered_database(members: Members, statement: str) -> Members:
    raw = sqlite3.connect(":memory:", isolation_level=None)
    raw.deserialize(members["workspace.db"])
    raw.execute(statement)
    data = raw.serialize()
    raw.close()
    return described(members | {"workspace.db": data})


def no_manifest(members: Members) -> Members:
    return {name: data for name, data in members.items() if name != "MANIFEST.json"}


def no_database(members: Members) -> Members:
    return described({name: data for name, data in members.items() if name != "workspace.db"})


def field(name: str, value: Any) -> Callable[[Members], Members]:
    def act(members: Members) -> Members:
        found = manifest(members)
        found[name] = value
        return members | {"MANIFEST.json": json.dumps(found).encode()}

    return act


BAD: dict[str, tuple[str, Callable[[Members], Members]]] = {
    "no manifest": ("not_a_backup", no_manifest),
    "a manifest that is no JSON": ("not_a_backup", lambda m: m | {"MANIFEST.json": b"{"}),
    "a manifest that is a list": ("not_a_backup", lambda m: m | {"MANIFEST.json": b"[]"}),
    "deep": ("not_a_backup", lambda m: m | {"MANIFEST.json": b"[" * 100_000}),
    "another format": ("not_a_backup", field("format", "concord-workspace-backup/9")),
    "members of no form": ("not_a_backup", field("members", [1])),
    "a size that is none": ("not_a_backup", field("size", "7")),
    "no database": ("bad_backup", no_database),
    "a file that is not named": ("bad_backup", with_member("versions/9.9.9.yaml", told=False)),
    "a named file that is not there": (
        "bad_backup",
        lambda m: {
            name: data for name, data in described(m | {"checkpoints/77.json": b""}).items() if "77" not in name
        },
    ),
    "up and out": ("bad_backup", with_member("../outside", told=True)),
    "up and out deeper": ("bad_backup", with_member("versions/../../outside", told=True)),
    "absolute": ("bad_backup", with_member("/tmp/outside", told=True)),
    "with a drive": ("bad_backup", with_member("C:\\outside", told=True)),
    "a program": ("bad_backup", with_member("bin/run.sh", told=True)),
    "an address of a database": ("bad_backup", with_member("database.url", told=True)),
    "hidden": ("bad_backup", with_member("versions/.hidden.yaml", told=True)),
    "a changed byte": ("bad_backup", changed_database),
    "another swarm's name": ("bad_backup", field("swarm_id", "swarm-other")),
    "another size": ("bad_backup", field("size", 3)),
    "a dropped entry": ("bad_backup", lambda m: tampered_database(m, "DELETE FROM ledger WHERE seq = 3")),
    "a changed decision": ("bad_backup", lambda m: tampered_database(m, "UPDATE decisions SET outcome = 'deny'")),
    "a vote less": (
        "bad_backup",
        lambda m: tampered_database(m, "UPDATE versions SET yaml = replace(yaml, 'ana', 'eva')"),
    ),
    "a version that the database does not know": (
        "bad_backup",
        lambda m: described(m | {"versions/9.9.9.yaml": m["versions/1.0.0.yaml"]}),
    ),
    "a database that is none": ("store_corrupt", lambda m: described(m | {"workspace.db": b"no database" * 999})),
    "an empty database": ("store_corrupt", lambda m: described(m | {"workspace.db": b""})),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_backup_is_refused_and_nothing_is_left(
    workspace: Workspace, ask: Ask, backup: Path, tmp_path: Path, clock: FrozenClock, name: str
) -> None:
    ask()
    workspace.backups.make(backup)
    code, act = BAD[name]
    members = act(content(backup))
    bad = tmp_path / "bad.backup"
    with zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as file:
        for member in sorted(members, key=lambda n: n != "MANIFEST.json"):
            file.writestr(member, members[member])
    before = sorted(path.name for path in tmp_path.iterdir())
    with refused(code):
        restore(bad, tmp_path / "new", clock=clock)
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    assert not Path("/tmp/outside").exists()


def zipped(write: Callable[[zipfile.ZipFile, Members], None], members: Members) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("MANIFEST.json", members["MANIFEST.json"])
        write(file, members)
    return held.getvalue()


def link(file: zipfile.ZipFile, members: Members) -> None:
    for name, data in members.items():
        if name not in ("MANIFEST.json", "ledger.key.pub"):
            file.writestr(name, data)
    info = zipfile.ZipInfo("ledger.key.pub")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    file.writestr(info, members["ledger.key.pub"])


def twice(file: zipfile.ZipFile, members: Members) -> None:
    for name, data in members.items():
        if name != "MANIFEST.json":
            file.writestr(name, data)
    with pytest.warns(UserWarning, match="Duplicate"):
        file.writestr("workspace.db", b"another")


def test_links_doubles_and_bombs(
    workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.backups.make(backup)
    members = content(backup)
    bad = tmp_path / "bad.backup"
    for act in (link, twice):
        bad.write_bytes(zipped(act, members))
        with refused("bad_backup"):
            restore(bad, tmp_path / "new", clock=clock)
    bomb = described(members | {"workspace.db": b"\0" * (64 * 1024 * 1024)})
    bad.write_bytes(
        zipped(lambda f, m: [f.writestr(n, d) for n, d in m.items() if n != "MANIFEST.json"] and None, bomb)
    )
    assert bad.stat().st_size < 1024 * 1024
    with refused("bad_backup"):
        restore(bad, tmp_path / "new", clock=clock)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: type("Usage", (), {"free": 10}))
    with refused("store_full"):
        restore(backup, tmp_path / "new", clock=clock)
    assert not (tmp_path / "new").exists()


def test_no_more_is_unpacked_than_the_manifest_says(
    workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock
) -> None:
    """Sizes and checksum in both headers are changed to say less than the compressed data holds."""
    workspace.backups.make(backup)
    members = content(backup)
    whole = members["ledger.key.pub"]
    told = described(members | {"ledger.key.pub": whole[:10]})

    def lying(file: zipfile.ZipFile, _: Members) -> None:
        for name, data in members.items():
            if name != "MANIFEST.json":
                file.writestr(name, data)

    data = zipped(lying, told)
    data = data.replace(zlib.crc32(whole).to_bytes(4, "little"), zlib.crc32(whole[:10]).to_bytes(4, "little"))
    name_follows = len("ledger.key.pub").to_bytes(2, "little")
    size = len(whole).to_bytes(4, "little") + name_follows
    assert data.count(size) == 2  # the header before the data, and the one in the directory
    bad = tmp_path / "bad.backup"
    bad.write_bytes(data.replace(size, (10).to_bytes(4, "little") + name_follows))
    restore(bad, tmp_path / "new", clock=clock)
    assert (tmp_path / "new" / "ledger.key.pub").read_bytes() == whole[:10]


@pytest.mark.parametrize("cut", [0, 1, 100, -1, -30])
def test_a_file_cut_short(workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock, cut: int) -> None:
    workspace.backups.make(backup)
    backup.write_bytes(backup.read_bytes()[:cut])
    with refused("not_a_backup"):
        restore(backup, tmp_path / "new", clock=clock)
    with refused("not_found"):
        restore(tmp_path / "nothing", tmp_path / "new", clock=clock)


def test_an_encrypted_zip_is_no_backup(workspace: Workspace, backup: Path, tmp_path: Path, clock: FrozenClock) -> None:
    workspace.backups.make(backup)
    data = bytearray(backup.read_bytes())
    place = data.index(b"PK\x03\x04")
    data[place + 6] |= 1
    central = data.rindex(b"PK\x01\x02", 0, data.index(b"PK\x01\x02") + 4)
    data[central + 8] |= 1
    backup.write_bytes(data)
    with pytest.raises(WorkbenchError) as caught:
        restore(backup, tmp_path / "new", clock=clock)
    assert caught.value.code in ("bad_backup", "not_a_backup")


def test_a_crash_while_it_is_put_in_place_can_be_run_again(
    workspace: Workspace, backup: Path, place: Path, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.backups.make(backup)
    workspace.close()
    whole = os.rename
    calls = []

    def crash(source: Any, target: Any) -> None:
        calls.append(source)
        if Path(target) == place / "workspace.db":
            raise KeyboardInterrupt
        whole(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", crash)
        with pytest.raises(KeyboardInterrupt):
            restore(backup, place, replace_=True, clock=clock)
    assert calls
    assert not (place / "workspace.db").exists()
    restore(backup, place, replace_=True, clock=clock)
    with Workspace.open(place, clock=clock) as opened:
        assert opened.verify().ok
