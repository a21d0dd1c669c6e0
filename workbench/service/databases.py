"""Where a workspace keeps its record: a file in its folder, or a database on a server that a file there names.

Light to import: the database layer is loaded by the functions that need it. The address may hold a password: it is
kept in a file that only its owner can read, and no message, screen or log shows more of it than host and name.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.service.files import write_atomically

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

DATABASE = "workspace.db"
DATABASE_URL = "database.url"


def holds_workspace(folder: Path) -> bool:
    """Whether ``folder`` looks like a workspace, by the names in it alone."""
    return (folder / DATABASE).is_file() or (folder / DATABASE_URL).is_file()


def locate(folder: Path) -> Path | URL:
    """The database of the workspace in ``folder``; the file's path where it names no server, be it there or not.

    Raises ``OSError`` where the address cannot be read, ``StoreError`` (``bad_database_url``) where it is none.
    """
    try:
        address = (folder / DATABASE_URL).read_text("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return folder / DATABASE
    return checked_address(address)


def checked_address(address: str) -> URL:
    """The URL of a database on a server. Raises ``StoreError`` (``bad_database_url``)."""
    from workbench.store.postgresql import server_url

    return server_url(address)


def keep_address(folder: Path, address: str) -> Path | URL:
    """Note in ``folder`` where its database is (mode 0600), and :func:`locate` it. Nothing is noted of a file."""
    if address:
        checked_address(address)
        write_atomically(folder / DATABASE_URL, address.strip().encode() + b"\n", mode=0o600)
    return locate(folder)


def take_back(where: Path | URL) -> None:
    """Undo the making of a database on a server, as far as the server lets us; a file goes with its folder."""
    if isinstance(where, Path):
        return
    from workbench.store.database import Database
    from workbench.store.errors import StoreError

    with suppress(StoreError):
        database = Database.open(where)
        try:
            database.discard()
        finally:
            database.close()
