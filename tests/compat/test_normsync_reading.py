"""A ``norms.db`` that normsync wrote is read whole; what is none, or is damaged, is refused by name and left alone.

``data/normsync_original.db.gz`` was written by normsync 0.1.2: two norms, their revisions and versions, one repealed at
2000 s, a violation of each.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import stat
from pathlib import Path
from typing import Any

import pytest

from workbench.compat.normsync import (
    AgentAction,
    NormMonitor,
    NormsDatabaseError,
    NormStore,
    NormVersionStore,
    WorldNorm,
    read_norms_db,
    reading,
)

ORIGINAL = gzip.decompress((Path(__file__).parent / "data" / "normsync_original.db.gz").read_bytes())


@pytest.fixture
def original(tmp_path: Path) -> Path:
    path = tmp_path / "norms #1?.db"  # characters that mean something in a URI
    path.write_bytes(ORIGINAL)
    return path


def test_all_of_an_original_file_is_read_and_nothing_is_written(original: Path) -> None:
    original.chmod(stat.S_IRUSR)
    norms, revisions, versions, violations = read_norms_db(original)
    assert [norm.to_dict() for norm in norms] == [
        WorldNorm("no-attack", "Attacking is prohibited in safe zones", "safe_zone", "attack").to_dict(),
        WorldNorm("no-trade", "Größe", "market ==", "trade sell", "red", False, 7).to_dict(),
    ]
    assert [(r.revision_type, r.reason, r.timestamp) for r in revisions] == [
        ("add", "norm added via CLI", 1000.0),
        ("add", "norm added via CLI", 1010.0),
        ("repeal", "peace", 2000.0),
    ]
    assert [(v.norm_name, v.version, v.changed_by, v.changed_at, v.norm.active) for v in versions] == [
        ("no-attack", 1, "admin", 1000.0, True),
        ("no-trade", 1, "admin", 1010.0, True),
        ("no-trade", 2, "admin", 2000.0, False),
    ]
    assert [(v.agent_id, v.norm_name, v.timestamp) for v in violations] == [
        ("hero", "no-attack", 1500.0),
        ("rogue", "no-trade", 1600.5),
    ]
    assert original.read_bytes() == ORIGINAL
    assert os.listdir(original.parent) == [original.name]


def test_an_original_file_opens_as_a_store_too(original: Path) -> None:
    store = NormStore(str(original))
    assert [norm.name for norm in store.get_norms(active_only=True)] == ["no-attack"]
    assert [v.agent_id for v in NormMonitor(store).check(AgentAction("x", "counterattack", "safe_zone"))] == ["x"]
    history = NormVersionStore(store).get_history("no-trade")
    assert [(v.version, v.previous_version) for v in history] == [(2, 1), (1, None)]
    store.close()


def test_the_schema_is_the_original_s(tmp_path: Path, original: Path) -> None:
    """Column by column: names, types, NOT NULL, defaults, keys. What differs here opens nowhere else."""
    store = NormStore(str(tmp_path / "ours.db"))
    NormVersionStore(store)
    store.close()

    def columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
        connection = sqlite3.connect(path)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        told = {name: connection.execute(f"PRAGMA table_info({name})").fetchall() for name in names}
        pragmas = [connection.execute(f"PRAGMA {p}").fetchall() for p in ("user_version", "journal_mode")]
        connection.close()
        return told | {"pragmas": pragmas}

    assert columns(tmp_path / "ours.db") == columns(original)


def test_a_file_without_versions_is_whole(tmp_path: Path) -> None:
    store = NormStore(str(tmp_path / "norms.db"))
    store.save_norm(WorldNorm("n", "d", "c", "p"))
    store.close()
    found = read_norms_db(tmp_path / "norms.db")
    assert [norm.name for norm in found.norms] == ["n"]
    assert found.versions == found.revisions == found.violations == ()


def test_what_another_connection_has_not_committed_is_not_read(original: Path) -> None:
    connection = sqlite3.connect(original)
    connection.execute("UPDATE norms SET name = 'half done'")
    assert {norm.name for norm in read_norms_db(original).norms} == {"no-attack", "no-trade"}
    connection.rollback()
    connection.close()


def test_all_tables_are_read_at_one_moment(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tables nobody can commit: norms and revisions always belong together."""
    tables = reading._tables

    def disturbed(*given: Any) -> set[str]:
        found = tables(*given)
        writer = sqlite3.connect(original, timeout=0, isolation_level=None)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            writer.execute("DELETE FROM norms")
        writer.close()
        return found

    monkeypatch.setattr(reading, "_tables", disturbed)
    assert len(read_norms_db(original).norms) == 2


def _spoil(path: Path, statement: str) -> Path:
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    return path


@pytest.mark.parametrize(
    ("statement", "code", "where"),
    [
        ("DROP TABLE revisions", "norms_db_not_norms", "no table `revisions`"),
        ("ALTER TABLE norms RENAME COLUMN prohibited TO forbidden", "norms_db_not_norms", "no column `prohibited`"),
        ("ALTER TABLE norm_versions DROP COLUMN changed_by", "norms_db_not_norms", "no column `changed_by`"),
        (
            "UPDATE norms SET condition = NULL WHERE rowid = 3",
            "norms_db_damaged",
            "`condition` of row 3 in table `norms`",
        ),
        ("UPDATE norms SET prohibited = x'00ff'", "norms_db_damaged", "`prohibited` of row 1"),
        ("UPDATE norms SET active = 'perhaps'", "norms_db_damaged", "`perhaps`"),
        ("UPDATE norms SET priority = 1.5", "norms_db_damaged", "`priority`"),
        ("UPDATE violations SET timestamp = 'noon'", "norms_db_damaged", "table `violations`"),
        ("UPDATE norm_versions SET norm_snapshot = '{'", "norms_db_damaged", "table `norm_versions`"),
        ('UPDATE norm_versions SET norm_snapshot = \'{"name": "x"}\'', "norms_db_damaged", "description"),
        ("UPDATE norm_versions SET norm_snapshot = '[]'", "norms_db_damaged", "row 1"),
    ],
)
def test_a_damaged_file_is_refused_by_its_place(original: Path, statement: str, code: str, where: str) -> None:
    with pytest.raises(NormsDatabaseError) as caught:
        read_norms_db(_spoil(original, statement))
    assert caught.value.code == code
    assert where in caught.value.message
    assert str(original) in caught.value.message
    assert caught.value.help


def test_what_is_no_such_file_is_refused(tmp_path: Path) -> None:
    text, empty, other, cut = (tmp_path / name for name in ("text.db", "empty.db", "other.db", "cut.db"))
    text.write_text("not a database at all")
    empty.touch()
    _spoil(other, "CREATE TABLE norms (id TEXT)")
    cut.write_bytes(ORIGINAL[:4096] + b"\xff" * (len(ORIGINAL) - 4096))
    for path, code in (
        (tmp_path / "absent.db", "norms_db_missing"),
        (tmp_path / "no" / "folder.db", "norms_db_missing"),
        (tmp_path, "norms_db_unreadable"),
        ("null\0byte", "norms_db_unreadable"),
        (text, "norms_db_not_sqlite"),
        (empty, "norms_db_not_sqlite"),
        (other, "norms_db_not_norms"),
        (cut, "norms_db_damaged"),
    ):
        with pytest.raises(NormsDatabaseError) as caught:
            read_norms_db(path)
        assert caught.value.code == code, path
        assert caught.value.help
    assert sorted(os.listdir(tmp_path)) == ["cut.db", "empty.db", "other.db", "text.db"], "nothing was created"
    assert empty.stat().st_size == 0


def test_a_locked_file_says_so(original: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    holder = connect(original, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    monkeypatch.setattr(sqlite3, "connect", lambda *given, **options: connect(*given, **options, timeout=0))
    with pytest.raises(NormsDatabaseError, match="locked") as caught:
        read_norms_db(original)
    assert caught.value.code == "norms_db_unreadable"
    holder.close()
