"""What can go wrong with the database, said once and clearly.

Imports nothing heavy, so that a face may name :class:`StoreError` without loading the database layer. Exceptions of
the drivers are recognised by SQLite's result codes and by SQLSTATE, never by parsing text where a code exists.
``shown`` is how a message names the database: a path, or ``host/name``; never a URL, which may hold a password.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path


class StoreError(Exception):
    """A database that cannot serve. ``code`` is stable; ``help`` says what to do next.

    Codes: ``store_missing`` (no file, no database, no server), ``store_replaced`` (another database lies where the one
    was that is open), ``store_locked``, ``store_corrupt``, ``store_read_only``, ``store_full``, ``store_newer``,
    ``store_closed``, ``store_io``; on a server also ``store_unanswered`` (it went away during a commit),
    ``store_no_driver``, ``store_encoding``, ``store_too_long``, ``bad_database_url`` and ``exists`` (the database holds
    a workspace already).
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


def vanished(path: Path) -> StoreError:
    """The file that is open was deleted, or moved with its folder."""
    return StoreError(
        "store_missing",
        f"the workspace database `{path}` was deleted or moved away while it was open",
        "put it back where it was, and this goes on by itself; nothing was written meanwhile",
    )


def replaced(shown: str, why: str) -> StoreError:
    """What lies where the open file was is none to go on with."""
    return StoreError(
        "store_replaced",
        f"the workspace database `{shown}` was replaced while it was open: {why}",
        "put back the one that was there, or leave and open this one anew; nothing was written to it",
    )


def not_ours(shown: str) -> StoreError:
    """It is a database, but another program's."""
    return StoreError(
        "store_corrupt", f"`{shown}` is not a workspace database", "name a folder that `workbench new` made"
    )


def newer(shown: str, revision: str) -> StoreError:
    """It was written by a later program than this one."""
    return StoreError(
        "store_newer",
        f"the database `{shown}` has schema revision `{revision}`, which this program does not know",
        "it was written by a newer version of the workbench: install that version",
    )


def occupied(shown: str, table: str) -> StoreError:
    """A second workspace was asked for in one database."""
    return StoreError(
        "exists",
        f"the database `{shown}` has a table `{table}` already; one database holds one workspace",
        "name an empty database (`createdb NAME`), or open the workspace that is there",
    )


def too_large(shown: str) -> StoreError:
    """A number that no column holds: both databases end at 64 bits."""
    return StoreError("store_too_long", f"a number is too large for the database `{shown}`", "nothing was written")


def closed() -> StoreError:
    """It was closed."""
    return StoreError("store_closed", "the workspace is closed", "open it again")


def busy(shown: str) -> StoreError:
    """Every connection of this process is in use for too long."""
    return StoreError(
        "store_locked", f"every connection to the database `{shown}` is in use", "try again; nothing was written"
    )


def broken_off(shown: str) -> StoreError:
    """The connection broke in the middle of a step, and somebody went on with it."""
    return StoreError(
        "store_missing",
        f"the connection to the database `{shown}` broke in the middle of a step",
        "start the server, or wait until it answers again; nothing was written",
    )


def unanswered(shown: str) -> StoreError:
    """The connection broke while a commit was under way: it may have been done, or not."""
    return StoreError(
        "store_unanswered",
        f"the database `{shown}` went away before it confirmed the last step",
        "it was written whole or not at all: look whether it is there before you repeat it",
    )


_LOCKED = (
    "store_locked",
    "the database `{}` is locked by another program",
    "close the other program or wait for it; nothing was written",
)
_DAMAGED = (
    "store_corrupt",
    "the database `{}` is damaged",
    "restore it from a backup; the versions in `versions/` can still be verified on their own",
)
_READ_ONLY = (
    "store_read_only",
    "the database `{}` cannot be written",
    "make the file and its folder writable for this user; nothing was written",
)
_FULL = (
    "store_full",
    "there is no space left for the database `{}`",
    "free some space and try again; nothing was written",
)
_PRIMARY = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: ("store_corrupt", "the file `{}` is not a workspace database", _DAMAGED[2]),
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: (
        "store_read_only",
        "the database `{}` may not be opened by this user",
        "make the file and its folder writable for this user",
    ),
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_CANTOPEN: (
        "store_read_only",
        "the database `{}` cannot be opened",
        "check that its folder exists and that this user may write there",
    ),
}


def from_sqlite(error: BaseException, shown: str) -> StoreError:
    """The :class:`StoreError` that says what an exception of SQLite's driver means for the file ``shown``."""
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int) and (code & 0xFF) in _PRIMARY:
        return _told(_PRIMARY[code & 0xFF], shown)
    if isinstance(error, PermissionError):
        return _told(_READ_ONLY, shown)
    said = str(error)
    if said.startswith("Could not decode to UTF-8"):  # raised by the driver itself, which quotes what it found
        return _told(_DAMAGED, shown)
    return StoreError(
        "store_io",
        f"the database `{shown}` failed: {type(error).__name__}: {said.partition(chr(10))[0]}",
        "nothing of this step was written; check the disk, then try again",
    )


def bad_url(why: str) -> StoreError:
    """The address of a database cannot be one. ``why`` never repeats it: it may hold a password."""
    return StoreError(
        "bad_database_url",
        f"the database's address cannot be used: {why}",
        "write postgresql://USER@HOST/NAME; leave the password to ~/.pgpass or PGPASSWORD",
    )


_GONE = (
    "store_missing",
    "the server of the database `{}` does not answer",
    "start the server, or check host and port in `database.url`; nothing was written",
)
_NO_ENTRY = (
    "store_read_only",
    "the server of the database `{}` does not let this user in",
    "check user and password (`database.url`, PGPASSWORD or ~/.pgpass)",
)
_SQLSTATES = {  # https://www.postgresql.org/docs/current/errcodes-appendix.html, the longest prefix counts
    "08": _GONE,
    "25006": ("store_read_only", "the database `{}` is read-only", "name the primary server; nothing was written"),
    "28": _NO_ENTRY,
    "3D000": (
        "store_missing",
        "there is no database `{}` on its server",
        "make it with `createdb`, or correct `database.url`",
    ),
    "40": _LOCKED,
    "42501": (
        "store_read_only",
        "this user may not use the tables of the database `{}`",
        "let the database's owner grant it; nothing was written",
    ),
    "42P01": ("store_corrupt", "the database `{}` lacks a table of the workspace", _DAMAGED[2]),
    "42703": ("store_corrupt", "the database `{}` lacks a column of the workspace", _DAMAGED[2]),
    "53100": _FULL,
    "53300": (
        "store_locked",
        "the server of the database `{}` takes no more connections",
        "close other programs or raise `max_connections`; nothing was written",
    ),
    "53400": _FULL,
    "54": (
        "store_too_long",
        "something is too long for the database `{}`",
        "shorten the name or text; nothing was written",
    ),
    "55P03": _LOCKED,
    "57014": (
        "store_locked",
        "the database `{}` took too long and the step was given up",
        "see what keeps the server busy, then try again; nothing was written",
    ),
    "57P": _GONE,
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}


def from_postgresql(error: BaseException, shown: str) -> StoreError:
    """The :class:`StoreError` that says what an exception of PostgreSQL's driver means for the database ``shown``.

    The driver's own sentence is passed on only where no code is known, and then only its first line: it never holds
    the password, which the driver sends but does not print.
    """
    state = getattr(error, "sqlstate", None) or ""
    if state == "22003":
        return too_large(shown)
    for length in (5, 3, 2):
        if len(state) == 5 and state[:length] in _SQLSTATES:
            return _told(_SQLSTATES[state[:length]], shown)
    said = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if not state and said.startswith("invalid connection option"):
        return bad_url(f"its driver knows no such option ({said.partition('option ')[2]})")
    if not state and type(error).__name__ == "OperationalError":  # no answer at all: libpq gives no SQLSTATE
        return _told(_without_state(said), shown)
    return StoreError(
        "store_io",
        f"the database `{shown}` failed: {type(error).__name__}: {said}",
        "nothing of this step was written; see the server's log, then try again",
    )


def _without_state(said: str) -> tuple[str, str, str]:
    """What a refused connection means. Before a session there is no SQLSTATE, only the server's sentence."""
    if "does not exist" in said and "database" in said:
        return _SQLSTATES["3D000"]
    if "too many" in said or "connection slots" in said:
        return _SQLSTATES["53300"]
    if "authentication failed" in said or "no password supplied" in said or "role" in said or "pg_hba" in said:
        return _NO_ENTRY
    return _GONE


def _told(saying: tuple[str, str, str], shown: str) -> StoreError:
    code, message, help = saying
    return StoreError(code, message.format(shown), help)
