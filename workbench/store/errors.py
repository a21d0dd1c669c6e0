"""What can go wrong with the database, said once and clearly.

Imports nothing heavy, so that a face may name :class:`StoreError` without loading the database layer. Exceptions of
the driver are recognised by SQLite's own result codes, never by parsing text where a code exists.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class StoreError(Exception):
    """A database that cannot serve. ``code`` is stable; ``help`` says what to do next.

    Codes: ``store_missing``, ``store_locked``, ``store_corrupt``, ``store_read_only``, ``store_full``,
    ``store_newer``, ``store_closed``, ``store_io``.
    """

    def __init__(self, code: str, message: str, help: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.help = help


def missing(path: Path) -> StoreError:
    """There is no database at ``path``."""
    return StoreError(
        "store_missing", f"there is no workspace database at `{path}`", "make one with `workbench new`, or name another"
    )


def not_ours(path: Path) -> StoreError:
    """The file is a database, but another program's."""
    return StoreError(
        "store_corrupt", f"the file `{path}` is not a workspace database", "name a folder that `workbench new` made"
    )


def newer(path: Path, revision: str) -> StoreError:
    """The file was written by a later program than this one."""
    return StoreError(
        "store_newer",
        f"the database `{path}` has schema revision `{revision}`, which this program does not know",
        "it was written by a newer version of the workbench: install that version",
    )


_PRIMARY = {
    sqlite3.SQLITE_BUSY: (
        "store_locked",
        "the database `{}` is locked by another program",
        "close the other program or wait for it; nothing was written",
    ),
    sqlite3.SQLITE_LOCKED: (
        "store_locked",
        "the database `{}` is locked by another program",
        "close the other program or wait for it; nothing was written",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "store_corrupt",
        "the database `{}` is damaged",
        "restore it from a backup; the versions in `versions/` can still be verified on their own",
    ),
    sqlite3.SQLITE_NOTADB: (
        "store_corrupt",
        "the file `{}` is not a workspace database",
        "restore it from a backup; the versions in `versions/` can still be verified on their own",
    ),
    sqlite3.SQLITE_READONLY: (
        "store_read_only",
        "the database `{}` cannot be written",
        "make the file and its folder writable for this user; nothing was written",
    ),
    sqlite3.SQLITE_PERM: (
        "store_read_only",
        "the database `{}` may not be opened by this user",
        "make the file and its folder writable for this user",
    ),
    sqlite3.SQLITE_FULL: (
        "store_full",
        "there is no space left for the database `{}`",
        "free some space and try again; nothing was written",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "store_read_only",
        "the database `{}` cannot be opened",
        "check that its folder exists and that this user may write there",
    ),
}


def from_driver(error: BaseException, path: Path) -> StoreError:
    """The :class:`StoreError` that says what the driver's exception means for the file at ``path``."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and (code & 0xFF) in _PRIMARY:
        name, message, help = _PRIMARY[code & 0xFF]
        return StoreError(name, message.format(path), help)
    if isinstance(error, PermissionError):
        name, message, help = _PRIMARY[sqlite3.SQLITE_READONLY]
        return StoreError(name, message.format(path), help)
    return StoreError(
        "store_io",
        f"the database `{path}` failed: {type(error).__name__}: {error}",
        "nothing of this step was written; check the disk, then try again",
    )
