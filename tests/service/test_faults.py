"""Faults of a database file: locked, damaged, read-only, full. Nothing acknowledged is lost, nothing is half-written.

What processes do to each other, and what a killed one leaves behind, is tried on both databases in ``tests/store``.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.service.conftest import Ask
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.verify import verify_path
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.errors import StoreError
from workbench.store.ledger import StoredEntry, entries


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


Damage = Callable[[bytearray, random.Random], None]


def failing(*codes: str) -> object:
    return pytest.raises(WorkbenchError, check=lambda error: error.code in codes and bool(error.detail and error.hint))


def test_a_locked_database_says_so_and_is_unharmed(place: Path, clock: FrozenClock) -> None:
    """The lock is held by another process, which is then killed: its lock goes with it."""
    hold = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " c.execute('BEGIN IMMEDIATE'); c.execute('UPDATE head SET size = 0'); print('held', flush=True);"
        " time.sleep(60)"
    )
    command = [sys.executable, "-c", hold, str(place / "workspace.db")]
    with Workspace.open(place, clock=clock, busy_seconds=0.1) as workspace:
        other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        before = workspace.draft()
        with failing("store_locked"):
            workspace.save_draft(english="x", revision=before.revision)
        assert workspace.status().receipts  # reading goes on
        with Workspace.open(place, clock=clock, busy_seconds=0.1) as second:  # and so does opening
            assert second.draft() == before
        other.kill()
        other.wait()
        other.stdout.close()
        assert workspace.save_draft(english="x", revision=before.revision).english == "x"
        assert workspace.verify().ok


def letter(data: bytearray, _: random.Random) -> None:
    data[:] = b"this is no database, but a letter\n" * 100


def no_header(data: bytearray, _: random.Random) -> None:
    data[:100] = bytes(100)


def all_but_the_first_page(data: bytearray, chance: random.Random) -> None:
    data[4096:] = chance.randbytes(len(data) - 4096)


def cut_short(data: bytearray, _: random.Random) -> None:
    del data[len(data) // 2 :]


def cut_to_nothing(data: bytearray, _: random.Random) -> None:
    data.clear()


def settled(place: Path) -> Path:
    """The database file, with everything in it and nothing beside it."""
    path = place / "workspace.db"
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    for name in ("workspace.db-wal", "workspace.db-shm"):
        (place / name).unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("damage", [letter, no_header, all_but_the_first_page, cut_short, cut_to_nothing])
def test_a_damaged_database_is_one_clear_error(place: Path, clock: FrozenClock, damage: Damage) -> None:
    path = settled(place)
    data = bytearray(path.read_bytes())
    damage(data, random.Random(1))
    path.write_bytes(data)
    with failing("store_corrupt"), Workspace.open(place, clock=clock) as workspace:
        workspace.status()
        workspace.verify()
        pytest.fail("half of the database is gone, and nobody noticed")
    assert path.read_bytes() == data  # what is left of it is left alone, for whoever can repair it
    assert verify_path(place, None).ok  # the versions stand on their own


@pytest.mark.slow
def test_one_damaged_page_is_never_taken_for_the_truth(place: Path, clock: FrozenClock, ask: Ask) -> None:
    """Each page in turn is overwritten: the answer is an error or a failed check, never a traceback or a clean bill."""
    for _ in range(20):
        ask()
    sound = settled(place).read_bytes()
    size = int.from_bytes(sound[16:18], "big")
    unseen, codes = [], set()
    for page in range(1, len(sound) // size):
        data = bytearray(sound)
        data[page * size : (page + 1) * size] = random.Random(page).randbytes(size)
        (place / "workspace.db").write_bytes(data)
        try:
            with Workspace.open(place, clock=clock) as workspace:
                workspace.status()
                if workspace.verify().ok:
                    unseen.append(page)
        except WorkbenchError as error:
            codes.add(error.code)
        for name in ("workspace.db-wal", "workspace.db-shm"):
            (place / name).unlink(missing_ok=True)
    assert (unseen, codes) == ([], {"store_corrupt"})


def test_garbage_in_the_log_is_not_taken_for_a_commit(place: Path, clock: FrozenClock, ask: Ask) -> None:
    """Frames whose checksums do not fit end the log: what was copied into the file before stands."""
    before = ask()
    settled(place)
    (place / "workspace.db-wal").write_bytes(random.Random(1).randbytes(50_000))
    with Workspace.open(place, clock=clock) as workspace:
        assert workspace.event(before.seq).receipt["hash"] == before.receipt_hash
        assert workspace.verify().ok
        draft = workspace.draft()
        assert workspace.save_draft(english="x", revision=draft.revision).english == "x"


def test_a_torn_log_ends_at_its_last_whole_commit(place: Path, clock: FrozenClock, tmp_path: Path) -> None:
    """A crash of the machine may leave any prefix of the log: each opens, holds, and knows more the longer it is."""
    with Workspace.open(place, clock=clock) as workspace:
        settled_size = len(settled_entries(workspace))
        for number in range(6):
            draft = workspace.draft()
            workspace.save_draft(english=f"text {number}", revision=draft.revision)
            workspace.set_fact("messages_last_hour", number)
        for name in ("workspace.db", "workspace.db-wal"):
            shutil.copy(place / name, tmp_path / name)
        beside = tmp_path / "beside"  # before it is closed, which has a checkpoint made over all of it
        shutil.copytree(place, beside, ignore=shutil.ignore_patterns("workspace.db*"))
    log = (tmp_path / "workspace.db-wal").read_bytes()
    chance, sizes = random.Random(5), []
    for length in sorted(chance.randrange(len(log)) for _ in range(12)):
        torn = tmp_path / f"torn-{length}"
        shutil.copytree(beside, torn)
        shutil.copy(tmp_path / "workspace.db", torn / "workspace.db")
        (torn / "workspace.db-wal").write_bytes(log[:length])
        with Workspace.open(torn, clock=clock) as workspace:
            assert workspace.verify().ok
            sizes.append(len(settled_entries(workspace)))
    assert sizes == sorted(sizes)
    assert settled_size <= sizes[0] < sizes[-1]


def settled_entries(workspace: Workspace) -> list[StoredEntry]:
    with workspace._session.read() as connection:
        return list(entries(connection))


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


Step = Callable[[Workspace], None]


def of_pages(place: Path) -> Iterator[tuple[Path, Step, Step]]:
    """SQLite itself will not let the file grow."""

    def bounded(workspace: Workspace, pages: object = "") -> None:
        with workspace._session.database.write() as connection:
            count = pages or connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")

    yield place, bounded, lambda workspace: bounded(workspace, 2**30)


def of_files(place: Path) -> Iterator[tuple[Path, Step, Step]]:
    """The system lets no file of this process grow beyond two megabytes (Python ignores the signal it sends)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size: int) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))

    try:
        yield place, lambda _: limit(2_000_000), lambda _: limit(before[0])
    finally:
        limit(before[0])


def of_the_disk(place: Path) -> Iterator[tuple[Path, Step, Step]]:
    """A file system of three megabytes that is really full. Only root may mount one."""
    disk = Path(tempfile.mkdtemp())
    try:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True)
        if made.returncode:
            pytest.skip("no file system can be mounted here")
        shutil.copytree(place, disk / "demo")
        wide = ["mount", "-o", "remount,size=30m", str(disk)]
        yield disk / "demo", lambda _: None, lambda _: subprocess.run(wide, check=True) and None
    finally:
        subprocess.run(["umount", "-l", str(disk)], capture_output=True)
        disk.rmdir()


@pytest.mark.parametrize("limit", [of_pages, of_files, of_the_disk])
def test_a_full_disk_writes_nothing_half(
    place: Path, clock: FrozenClock, limit: Callable[[Path], Iterator[tuple[Path, Step, Step]]]
) -> None:
    texts = random.Random(1)
    with contextmanager(limit)(place) as (cramped, tighten, loosen), Workspace.open(cramped, clock=clock) as workspace:
        draft = workspace.draft()

        def fill() -> None:
            nonlocal draft
            for _ in range(200):
                draft = workspace.save_draft(english=texts.randbytes(50_000).hex(), revision=draft.revision)

        tighten(workspace)
        for _ in range(2):
            with failing("store_io" if limit is of_files else "store_full"):
                fill()
            assert workspace.draft() == draft
        loosen(workspace)
        assert workspace.draft() == draft
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
