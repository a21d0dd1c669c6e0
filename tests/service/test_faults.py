"""Faults: processes killed, two writers, locked, damaged, read-only, full databases. Nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.conftest import Ask
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.samples import load_sample
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.errors import StoreError

ROOT = Path(__file__).parents[2]


def writer(place: Path, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.service.writer_process", str(place), str(load_sample().actions), str(count)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def acknowledged(process: subprocess.Popen[str]) -> list[tuple[int, str]]:
    assert process.stdout is not None
    lines = [line.split() for line in process.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    process.stdout.close()
    process.wait()
    return [(int(seq), digest) for seq, digest in lines]


def test_kill_9_at_any_instant_loses_nothing_acknowledged(place: Path) -> None:
    chance = random.Random(7)
    known: dict[int, str] = {}
    for _ in range(12):
        process = writer(place, 100_000)
        time.sleep(chance.uniform(0.0, 0.15))
        os.kill(process.pid, signal.SIGKILL)
        known.update(acknowledged(process))
    with Workspace.open(place) as workspace:
        stored = {seq: workspace.event(seq).receipt["hash"] for seq in known}
        assert stored == known
        assert all(line.ok for line in workspace.verify().lines)
    assert len(known) > 12


def test_two_writers_never_fork_the_chain(place: Path) -> None:
    processes = [writer(place, 200) for _ in range(2)]
    answers = [acknowledged(process) for process in processes]
    seqs = [seq for answer in answers for seq, _ in answer]
    assert len(seqs) == len(set(seqs)) == 400
    with Workspace.open(place) as workspace:
        assert workspace.event_ids().tolist() == sorted(seqs)
        assert all(line.ok for line in workspace.verify().lines)
        assert sum(workspace.status().outcomes.values()) == 400


def test_many_threads_write_and_read_at_once(workspace: Workspace, ask: Ask) -> None:
    errors: list[BaseException] = []
    done = threading.Event()

    def guarded(work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BaseException as error:
            errors.append(error)

    def read() -> None:
        last = 0
        while not done.is_set():
            rows = workspace.events(0, limit=500)
            assert [row.seq for row in rows] == sorted(row.seq for row in rows)
            assert workspace.high_water() >= last
            last = workspace.high_water()
            workspace.status()
            workspace.tick()

    writers = [threading.Thread(target=guarded, args=(lambda: [ask() for _ in range(40)],)) for _ in range(4)]
    readers = [threading.Thread(target=guarded, args=(read,)) for _ in range(2)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    assert errors == []
    assert len(workspace.event_ids()) == 160
    assert all(line.ok for line in workspace.verify().lines)


def failing(code: str) -> object:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code and bool(error.detail and error.hint))


def test_a_locked_database_says_so_and_is_unharmed(place: Path, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock, busy_seconds=0.1) as workspace:
        other = sqlite3.connect(place / "workspace.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        before = workspace.draft()
        with failing("store_locked"):
            workspace.save_draft(english="x", revision=before.revision)
        assert workspace.status().receipts  # reading goes on
        other.execute("ROLLBACK")
        other.close()
        assert workspace.save_draft(english="x", revision=before.revision).english == "x"


@pytest.mark.parametrize("damage", ["text", "header", "middle"])
def test_a_damaged_database_is_one_clear_error(place: Path, clock: FrozenClock, damage: str) -> None:
    path = place / "workspace.db"
    data = bytearray(path.read_bytes())
    if damage == "text":
        data[:] = b"this is no database, but a letter\n" * 100
    elif damage == "header":
        data[:100] = bytes(100)
    else:
        data[4096:] = bytes(random.Random(1).randbytes(len(data) - 4096))
    path.write_bytes(data)
    for name in ("workspace.db-wal", "workspace.db-shm"):
        (place / name).unlink(missing_ok=True)
    with failing("store_corrupt"), Workspace.open(place, clock=clock) as workspace:
        workspace.status()


def test_another_programs_database_is_left_alone(place: Path, clock: FrozenClock) -> None:
    path = place / "workspace.db"
    path.unlink()
    raw = sqlite3.connect(path)
    raw.execute("CREATE TABLE theirs (x)")
    raw.commit()
    raw.close()
    with failing("store_corrupt"):
        Workspace.open(place, clock=clock)
    raw = sqlite3.connect(path)
    assert [row[0] for row in raw.execute("SELECT name FROM sqlite_master")] == ["theirs"]
    raw.close()


def test_a_newer_database_is_refused(place: Path, clock: FrozenClock) -> None:
    raw = sqlite3.connect(place / "workspace.db")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with failing("store_newer"):
        Workspace.open(place, clock=clock)


def test_a_missing_workspace_is_not_made_by_opening(tmp_path: Path) -> None:
    with failing("store_missing"):
        Workspace.open(tmp_path / "nowhere")
    assert os.listdir(tmp_path) == []


def test_a_full_disk_writes_nothing_half(place: Path, clock: FrozenClock) -> None:
    with Workspace.open(place, clock=clock) as workspace:
        with workspace._session.database.write() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        draft = workspace.draft()
        with failing("store_full"):
            for _ in range(100):
                draft = workspace.save_draft(english=draft.english + "x" * 50_000, revision=draft.revision)
        assert workspace.draft() == draft
        with workspace._session.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
        assert workspace.save_draft(english="short", revision=draft.revision).english == "short"
        assert workspace.verify().ok


@pytest.fixture
def unprivileged_place(place: Path) -> Iterator[Path]:
    """The workspace in a folder that is read-only for this process (which drops root's powers for the test)."""
    folder = Path(tempfile.mkdtemp())
    target = folder / "demo"
    shutil.copytree(place, target)
    folder.chmod(0o755)
    for path in (target, *target.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield target
    finally:
        if root:
            os.seteuid(0)
        for path in (target, *(p for p in target.rglob("*") if p.is_dir())):
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_read_only_folder_is_one_clear_error(unprivileged_place: Path, clock: FrozenClock) -> None:
    with failing("store_read_only"), Workspace.open(unprivileged_place, clock=clock) as workspace:
        workspace.save_draft(english="x", revision=workspace.draft().revision)
    with failing("store_read_only"):
        Workspace.create(unprivileged_place / "inside", clock=clock)


def test_making_a_workspace_is_all_or_nothing(
    tmp_path: Path, clock: FrozenClock, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "x")

    monkeypatch.setattr("workbench.service.creating.save_pin", full)
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "store_full"):
        Workspace.create(tmp_path / "new", clock=clock)
    assert os.listdir(tmp_path) == []
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "letter.txt").write_text("mine")
    with failing("exists"):
        Workspace.create(tmp_path / "new", clock=clock)
    assert os.listdir(tmp_path / "new") == ["letter.txt"]


def test_a_failed_transaction_leaves_no_trace(place: Path) -> None:
    database = Database.open(place / "workspace.db")

    def interrupted() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE head SET size = 99")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT size FROM head").scalar() != 99
    database.close()
    database.close()
    with pytest.raises(StoreError, match="closed"), database.read():
        pass


def test_a_workspace_without_its_ledger_key_can_be_looked_at(place: Path, clock: FrozenClock) -> None:
    (place / "ledger.key").unlink()
    with Workspace.open(place, clock=clock) as workspace:
        assert workspace.status().version.version == "1.0.0"
