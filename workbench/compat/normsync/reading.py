"""Reads a ``norms.db`` for import: everything in it, checked, without writing a byte to it.

Imports the records. Unlike :class:`~workbench.compat.normsync.store.NormStore`, which makes tables where they lack and
takes what it finds, this opens read-only and refuses what is not a store of norms, or is damaged, with a reason code.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from workbench.compat.normsync.norm import NormRevision, NormViolation, WorldNorm
from workbench.compat.normsync.versioning import NormVersion

T = TypeVar("T")
_MAGIC = b"SQLite format 3\x00"
_TEXT, _WHOLE, _NUMBER = (str,), (int,), (int, float)
_Columns = dict[str, tuple[type, ...]]
_TABLES: dict[str, _Columns] = {
    "norms": {
        "name": _TEXT, "description": _TEXT, "condition": _TEXT, "prohibited": _TEXT, "scope": _TEXT,
        "active": _WHOLE, "priority": _WHOLE,
    },
    "violations": {
        "norm_id": _TEXT, "norm_name": _TEXT, "action_id": _TEXT, "agent_id": _TEXT, "description": _TEXT,
        "severity": _TEXT, "timestamp": _NUMBER,
    },
    "revisions": {"norm_id": _TEXT, "revision_type": _TEXT, "reason": _TEXT, "timestamp": _NUMBER},
    "norm_versions": {
        "norm_id": _TEXT, "norm_name": _TEXT, "version": _WHOLE, "changed_at": _NUMBER, "changed_by": _TEXT,
        "change_reason": _TEXT, "previous_version": (int, type(None)), "norm_snapshot": _TEXT,
    },
}  # fmt: skip
_OPTIONAL = frozenset(("norm_versions",))  # made only where versions were recorded


class NormsDatabaseError(Exception):
    """A file that cannot be imported: ``code`` is stable, ``message`` says what and where, ``help`` what to do."""

    def __init__(self, code: str, message: str, help: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


@dataclass
class RecordedVersion(NormVersion):
    """A version with the norm as it was recorded then."""

    norm: WorldNorm


class NormsDatabase(NamedTuple):
    """What a file holds. Norms in the order of their last saving, the rest oldest first."""

    norms: tuple[WorldNorm, ...]
    revisions: tuple[NormRevision, ...]
    versions: tuple[RecordedVersion, ...]
    violations: tuple[NormViolation, ...]


def read_norms_db(path: str | PathLike[str]) -> NormsDatabase:
    """Everything in a ``norms.db`` as normsync (or this package) writes it. The file is opened read-only.

    Raises :class:`NormsDatabaseError` with ``norms_db_missing``, ``norms_db_unreadable``, ``norms_db_not_sqlite``,
    ``norms_db_not_norms`` (SQLite, but without the tables or columns) or ``norms_db_damaged`` (a row with a value that
    cannot be one of a norm).
    """
    file = Path(path)
    _refuse_what_is_no_database(file)
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            connection.execute("BEGIN")  # one moment for all tables
            present = _tables(connection, file)
            norms = _read(connection, file, "norms", _as_norm)
            revisions = _read(connection, file, "revisions", _as_revision)
            violations = _read(connection, file, "violations", _as_violation)
            versions = _read(connection, file, "norm_versions", _as_version) if "norm_versions" in present else ()
            return NormsDatabase(norms, revisions, versions, violations)
    except sqlite3.OperationalError as error:
        raise _unreadable(file, error) from error
    except sqlite3.DatabaseError as error:
        help = "restore it from a copy, or try the `.recover` command of the sqlite3 shell"
        raise NormsDatabaseError("norms_db_damaged", f"`{file}` is damaged: {error}", help) from error


def _unreadable(file: Path, error: Exception) -> NormsDatabaseError:
    help = "check that you may read it and that no other program holds it locked"
    return NormsDatabaseError("norms_db_unreadable", f"`{file}` cannot be read: {error}", help)


def _refuse_what_is_no_database(file: Path) -> None:
    try:
        with file.open("rb") as stream:
            first = stream.read(len(_MAGIC))
    except FileNotFoundError:
        help = "name the file that normsync wrote, usually `.normsync/norms.db`"
        raise NormsDatabaseError("norms_db_missing", f"`{file}` does not exist", help) from None
    except IsADirectoryError:
        help = f"name the file inside it, perhaps `{file / 'norms.db'}`"
        raise NormsDatabaseError("norms_db_unreadable", f"`{file}` is a folder", help) from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the path
        raise _unreadable(file, error) from error
    if first != _MAGIC:
        help = "name the file that normsync wrote, usually `.normsync/norms.db`"
        raise NormsDatabaseError("norms_db_not_sqlite", f"`{file}` is not a SQLite database", help)


def _tables(connection: sqlite3.Connection, file: Path) -> set[str]:
    """The tables of ours that the file has, each with all its columns."""
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, columns in _TABLES.items():
        if table not in names:
            if table in _OPTIONAL:
                continue
            raise _not_norms(f"`{file}` has no table `{table}`")
        has = {column[1] for column in connection.execute(f"PRAGMA table_info({table})")}
        lacking = [column for column in columns if column not in has]
        if lacking:
            raise _not_norms(f"table `{table}` of `{file}` has no column `{lacking[0]}`")
    return names & set(_TABLES)


def _not_norms(message: str) -> NormsDatabaseError:
    return NormsDatabaseError("norms_db_not_norms", message, "it was not written by normsync; name another file")


def _read(
    connection: sqlite3.Connection, file: Path, table: str, make: Callable[[tuple[Any, ...]], T]
) -> tuple[T, ...]:
    columns = _TABLES[table]
    rows = connection.execute(f"SELECT rowid, {', '.join(columns)} FROM {table} ORDER BY rowid")
    return tuple(_made(rows, file, table, columns, make))


def _made(
    rows: Iterable[tuple[Any, ...]], file: Path, table: str, columns: _Columns, make: Callable[[tuple[Any, ...]], T]
) -> Iterator[T]:
    for rowid, *values in rows:
        for (column, types), value in zip(columns.items(), values, strict=True):
            if type(value) not in types:
                what = "is empty" if value is None else f"holds `{str(value)[:60]}`"
                raise _damaged(f"column `{column}` of row {rowid} in table `{table}` of `{file}` {what}")
        try:
            yield make(tuple(values))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise _damaged(f"row {rowid} in table `{table}` of `{file}` cannot be read: {error}") from error


def _damaged(message: str) -> NormsDatabaseError:
    return NormsDatabaseError("norms_db_damaged", message, "mend the row, or delete it, and import again")


def _as_norm(row: tuple[Any, ...]) -> WorldNorm:
    name, description, condition, prohibited, scope, active, priority = row
    return WorldNorm(name, description, condition, prohibited, scope, bool(active), priority)


def _as_revision(row: tuple[Any, ...]) -> NormRevision:
    norm_id, revision_type, reason, timestamp = row
    return NormRevision(norm_id, revision_type, reason, float(timestamp))


def _as_violation(row: tuple[Any, ...]) -> NormViolation:
    norm_id, norm_name, action_id, agent_id, description, severity, timestamp = row
    return NormViolation(norm_id, norm_name, action_id, agent_id, description, severity, float(timestamp))


def _as_version(row: tuple[Any, ...]) -> RecordedVersion:
    norm_id, name, version, changed_at, changed_by, reason, previous, snapshot = row
    norm = WorldNorm.from_dict(json.loads(snapshot))
    return RecordedVersion(norm_id, name, version, float(changed_at), changed_by, reason, previous, norm)
