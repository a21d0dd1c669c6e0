"""The file of an open database is deleted, moved or replaced: said before the next transaction, and nothing is written
to what no path leads to. SQLite itself goes on with the old file, and all of it is gone once it is closed.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.store.database import Database
from workbench.store.directory import set_setting, setting
from workbench.store.errors import StoreError


def failing(code: str, says: str | None = None) -> object:
    return pytest.raises(StoreError, match=says, check=lambda error: error.code == code and bool(error.help))


def make(path: Path, swarm: str = "swarm-a", word: str = "first") -> Path:
    """A closed database of ``swarm`` that holds ``word``."""
    database = Database.open(path, create=True)
    with database.write() as connection:
        set_setting(connection, "swarm_id", swarm)
        set_setting(connection, "word", word)
    database.close()
    return path


def word(database: Database) -> str:
    with database.read() as connection:
        return setting(connection, "word")


def say(database: Database, text: str) -> None:
    with database.write() as connection:
        set_setting(connection, "word", text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "place").mkdir()
    return make(tmp_path / "place" / "workspace.db")


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    opened = Database.open(path, busy_seconds=0.2)
    yield opened
    opened.close()


def both_fail(database: Database, code: str, says: str | None = None) -> None:
    with failing(code, says):
        word(database)
    with failing(code, says):
        say(database, "lost")


def test_a_deleted_file_is_told_and_a_copy_put_there_is_gone_on_with(database: Database, path: Path) -> None:
    copy = shutil.copy(path, path.with_name("copy"))
    for name in path.parent.glob("workspace.db*"):
        name.unlink()
    both_fail(database, "store_missing", "deleted or moved away")
    shutil.move(copy, path)
    assert word(database) == "first"
    say(database, "second")
    database.close()
    again = Database.open(path)
    assert word(again) == "second", "what was said afterwards is in the file that can be found"
    again.close()


def test_a_folder_that_is_moved_away_and_back_is_gone_on_with(database: Database, path: Path) -> None:
    say(database, "second")
    away = path.parent.rename(path.parent.with_name("away"))
    both_fail(database, "store_missing")
    away.rename(path.parent)
    assert word(database) == "second"
    say(database, "third")
    assert word(database) == "third"


def test_a_copy_that_replaces_it_with_its_folder_is_read_from_then_on(database: Database, path: Path) -> None:
    shutil.copytree(path.parent, path.parent.with_name("copy"), ignore=shutil.ignore_patterns("*-wal", "*-shm"))
    make(path.parent.with_name("other.db"), word="older").replace(path.parent.with_name("copy") / path.name)
    path.parent.rename(path.parent.with_name("away"))
    path.parent.with_name("copy").rename(path.parent)
    assert word(database) == "older"
    say(database, "newer")
    kept = Database.open(path)
    assert word(kept) == "newer", "another process sees it"
    kept.close()
    left = Database.open(path.parent.with_name("away") / path.name)
    assert word(left) == "first", "and the file from before is as it was"
    left.close()


def test_another_swarms_database_is_not_gone_on_with(database: Database, path: Path) -> None:
    path.parent.rename(path.parent.with_name("away"))
    path.parent.mkdir()
    make(path, swarm="swarm-b", word="theirs")
    both_fail(database, "store_replaced", "another swarm")
    theirs = Database.open(path)
    assert word(theirs) == "theirs"
    theirs.close()
    shutil.rmtree(path.parent)
    path.parent.with_name("away").rename(path.parent)
    assert word(database) == "first"


def test_what_is_no_database_is_not_gone_on_with(database: Database, path: Path) -> None:
    path.parent.rename(path.parent.with_name("away"))
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 500)
    both_fail(database, "store_corrupt")
    assert path.read_bytes() == b"this is no database" * 500


@pytest.mark.parametrize("log", ["-wal", "-shm"])
def test_a_file_beside_the_log_of_the_one_before_is_not_opened(database: Database, path: Path, log: str) -> None:
    """SQLite would take the log's pages for those of the new file, and cut the log under whoever still reads it."""
    say(database, "second")
    beside = path.with_name(path.name + log)
    for name in path.parent.glob("workspace.db-*"):
        if name != beside:
            name.unlink()
    make(path.parent.with_name("older.db"), word="older").replace(path)
    size = beside.stat().st_size
    both_fail(database, "store_replaced", f"workspace.db{log}")
    assert beside.stat().st_size == size
    beside.rename(path.parent / "aside")
    assert word(database) == "older"


def test_a_reader_under_way_ends_with_what_it_began_with(database: Database, path: Path) -> None:
    with database.read() as connection:
        assert setting(connection, "word") == "first"
        path.parent.rename(path.parent.with_name("away"))
        path.parent.mkdir()
        make(path, word="older")
        found: list[str] = []
        other = threading.Thread(target=lambda: found.append(word(database)))
        other.start()
        other.join(30)
        assert found == ["older"]
        assert setting(connection, "word") == "first"


def test_a_read_within_a_write_leaves_the_write_its_connection(database: Database, path: Path) -> None:
    """Though the file is away by then: the write would end in what is no longer open."""
    with database.write() as connection:
        set_setting(connection, "word", "second")
        away = path.parent.rename(path.parent.with_name("away"))
        with database.read() as other:
            assert setting(other, "word") == "first"
        away.rename(path.parent)
    assert word(database) == "second"


def test_closed_is_closed_wherever_the_file_is(database: Database, path: Path) -> None:
    database.close()
    shutil.rmtree(path.parent)
    with failing("store_closed"):
        word(database)
