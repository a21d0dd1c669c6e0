"""Opening, closing and transactions of the one database file.

Write-ahead log, so that readers never wait for the writer. ``synchronous=FULL``: a commit returns after the log is on
the disk, so that what was acknowledged survives kill -9 *and* loss of power (``NORMAL`` only survives the former).
Writers take the lock at the start (``BEGIN IMMEDIATE``), one per process at a time; a reader sees one moment.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from workbench.store.errors import StoreError, from_driver, missing, not_ours
from workbench.store.migrate import stored_revision, upgrade
from workbench.store.migrations import HEAD


class Database:
    """An open database file. Use from any thread; close once."""

    def __init__(self, path: Path, engine: Engine) -> None:
        self.path = path
        self._engine = engine
        self._lock = RLock()
        self._writer: Connection | None = None

    @classmethod
    def open(cls, path: Path, *, create: bool = False, busy_seconds: float = 5.0) -> Database:
        """Open ``path`` (make it when ``create``) and bring it to the newest revision.

        Raises :class:`StoreError`: missing, locked longer than ``busy_seconds``, corrupt, read-only, full, or newer
        than this program.
        """
        if not create and not path.is_file():
            raise missing(path)
        if create and not path.parent.is_dir():
            raise missing(path)
        database = cls(path, _engine(path, create=create, busy_seconds=busy_seconds))
        try:
            with database._guard():
                database._writer = database._engine.connect().execution_options(writes=True)
            with database.read() as connection:
                revision = stored_revision(connection)
            if revision is None and not create:
                raise not_ours(path)
            if revision != HEAD:
                with database.write() as connection:
                    upgrade(connection, path)
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed at the end, undone on any exception.

        The lock on the file is held from the start, so what is read inside cannot change before the commit.
        """
        with self._lock, self._guard():
            connection = self._writer
            if connection is None:
                raise _closed()
            transaction = connection.begin()
            try:
                yield connection
                transaction.commit()
            except BaseException:
                with suppress(SQLAlchemyError):
                    transaction.rollback()
                raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: everything read inside belongs to one moment."""
        if self._writer is None:
            raise _closed()
        with self._guard(), self._engine.connect() as connection:
            yield connection

    def integrity(self) -> str:
        """SQLite's own check of the whole file: empty when sound, else the first complaint. Slow on large files."""
        with self.read() as connection:
            answer = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
        return "" if answer == "ok" else answer

    def close(self) -> None:
        """Close every connection. Safe to call twice."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                with suppress(SQLAlchemyError, sqlite3.Error):
                    writer.close()
            self._engine.dispose()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise from_driver(error.orig or error, self.path) from error
        except sqlite3.Error as error:
            raise from_driver(error, self.path) from error


def _closed() -> StoreError:
    return StoreError("store_closed", "the workspace is closed", "open it again")


def _engine(path: Path, *, create: bool, busy_seconds: float) -> Engine:
    address = f"file:{quote(str(path.resolve()))}?mode={'rwc' if create else 'rw'}"

    def connect() -> sqlite3.Connection:
        raw = sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            raw.execute("PRAGMA synchronous=FULL")
        except BaseException:
            raw.close()
            raise
        return raw

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, pool_size=4, max_overflow=12)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes: Any = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
