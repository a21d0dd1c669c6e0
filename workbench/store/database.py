"""Opening, closing and transactions of the one database: a file, or a database on a server.

What differs between the two is in ``sqlite`` and ``postgresql``; everything else in this room is the same code for
both. One writer per process at a time, one among all processes; a reader sees one moment. A file that is deleted,
moved or replaced while it is open is noticed before the next transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL, RootTransaction
from sqlalchemy.exc import DBAPIError, PendingRollbackError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from workbench.store.directory import setting
from workbench.store.errors import StoreError, broken_off, busy, closed, not_ours, replaced, too_large, unanswered
from workbench.store.migrate import stored_revision, upgrade
from workbench.store.migrations import HEAD
from workbench.store.sqlite import SQLiteFile


class Backend(Protocol):
    """What a kind of database has of its own. ``shown`` names it in messages; ``failures`` are its driver's."""

    shown: str
    failures: tuple[type[BaseException], ...]

    def check(self) -> None:
        """Raise :class:`StoreError` where there is nothing to open."""

    def engines(self, busy_seconds: float) -> tuple[Engine, Engine]:
        """For readers and for the writer."""

    def prepare(self) -> None:
        """Set what is kept in the database itself, once it is known to be ours."""

    def place(self) -> object:
        """What tells the database that lies there from any other; ``None`` where there is none."""

    def check_replaced(self) -> None:
        """Raise :class:`StoreError` where what lies there now is none to open instead of the one that is open."""

    def lock(self, connection: Connection) -> None:
        """Keep every other writer out until the transaction ends."""

    def exclusive(self, connection: Connection) -> None:
        """Raise :class:`StoreError` (``exists``) where a new workspace would meet another's tables."""

    def discard(self, connection: Connection) -> None:
        """Take the tables away again."""

    def integrity(self, connection: Connection) -> str:
        """The database's own check: empty when sound, else the first complaint."""

    def failure(self, error: BaseException) -> StoreError:
        """What the driver's exception means."""


class Database:
    """An open database. Use from any thread; close once."""

    def __init__(self, where: Path | URL, create: bool, busy_seconds: float) -> None:
        """For :meth:`open`."""
        self._where, self._busy_seconds = where, busy_seconds
        self._backend = backend = _backend(where, create)
        backend.check()
        self._readers, self._writers = backend.engines(busy_seconds)
        self._lock = RLock()
        self._writer: Connection | None = None
        self._writing = False
        self._place: object = None
        self._swarm = ""  # whose it is; unknown in one that was just made

    @classmethod
    def open(cls, where: Path | URL, *, create: bool = False, busy_seconds: float = 5.0) -> Database:
        """Open a file, or a database on a server (``postgresql+psycopg://…``), and bring it to the newest revision.

        ``create``: make the file; on a server the database must exist and hold no workspace.
        Raises :class:`StoreError`: missing, locked longer than ``busy_seconds``, corrupt, read-only, full, newer than
        this program, or ``exists``.
        """
        database = cls(where, create, busy_seconds)
        backend = database._backend
        try:
            with database._guard():
                if create:
                    backend.prepare()
                database._writer = database._writers.connect()
                database._place = backend.place()
            with database.read() as connection:
                revision = stored_revision(connection)
            if revision is None and not create:
                raise not_ours(backend.shown)
            with database._guard():
                backend.prepare()
            if create or revision != HEAD:
                with database.write() as connection:
                    if create:
                        backend.exclusive(connection)
                    upgrade(connection, backend.shown)
            with database.read() as connection:
                database._swarm = setting(connection, "swarm_id")
            database._place = backend.place()
        except BaseException:
            database.close()
            raise
        return database

    @property
    def shown(self) -> str:
        """How messages name it: a path, or ``host/name``; never with a password."""
        return self._backend.shown

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One write transaction: committed at the end, undone on any exception.

        The lock is held from the start, so what is read inside cannot change before the commit.
        """
        with self._lock, self._guard():
            self._look()
            connection = self._writer
            if connection is None:
                raise closed()
            transaction = self._begin(connection)
            self._writing = True
            try:
                yield connection
            except BaseException:
                with suppress(SQLAlchemyError, *self._backend.failures):
                    transaction.rollback()
                raise
            finally:
                self._writing = False
            self._commit(transaction)

    def _look(self) -> None:
        """See that what is open still lies where it was; go over to what was put in its place.

        Raises :class:`StoreError`: ``store_missing``, ``store_replaced`` where that is another swarm's, or as ``open``.
        """
        if self._writer is None or self._backend.place() == self._place:
            return
        with self._lock:
            old = self._writer
            if old is None or self._writing or self._backend.place() == self._place:
                return
            self._backend.check_replaced()
            other = Database.open(self._where, busy_seconds=self._busy_seconds)
            if self._swarm and other._swarm != self._swarm:
                other.close()
                raise replaced(self.shown, "it is another swarm's")
            engines = self._readers, self._writers
            self._readers, self._writers, self._writer = other._readers, other._writers, other._writer
            self._backend, self._place = other._backend, other._place
            with suppress(SQLAlchemyError, *self._backend.failures):
                old.close()
            for engine in engines:
                engine.dispose()

    def _begin(self, connection: Connection) -> RootTransaction:
        """Begin and lock. A connection that broke while it lay idle is made anew, once: nothing was under way."""
        for last in (False, True):
            transaction = connection.begin()
            try:
                self._backend.lock(connection)
            except DBAPIError as error:
                with suppress(SQLAlchemyError):
                    transaction.rollback()
                if last or not error.connection_invalidated:
                    raise
            else:
                return transaction
        raise AssertionError("unreachable")

    def _commit(self, transaction: RootTransaction) -> None:
        try:
            transaction.commit()
        except BaseException as error:
            with suppress(SQLAlchemyError, *self._backend.failures):
                transaction.rollback()
            if isinstance(error, DBAPIError) and error.connection_invalidated:
                raise unanswered(self.shown) from error
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: everything read inside belongs to one moment."""
        if self._writer is None:
            raise closed()
        self._look()
        with self._guard(), self._readers.connect() as connection:
            yield connection

    def integrity(self) -> str:
        """The database's own check of itself: empty when sound, else the first complaint. Slow on large files."""
        with self.read() as connection:
            return self._backend.integrity(connection)

    def discard(self) -> None:
        """Undo :meth:`open` with ``create``: nothing of the workspace is left on a server. A file is left alone."""
        with self.write() as connection:
            self._backend.discard(connection)

    def close(self) -> None:
        """Close every connection. Safe to call twice."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is not None:
                with suppress(SQLAlchemyError, *self._backend.failures):
                    writer.close()
            self._readers.dispose()
            self._writers.dispose()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise self._backend.failure(error.orig or error) from error
        except PendingRollbackError as error:  # a failure was caught within, and the next statement was tried
            raise broken_off(self.shown) from error
        except PoolTimeoutError as error:
            raise busy(self.shown) from error
        except self._backend.failures as error:
            raise self._backend.failure(error) from error
        except OverflowError as error:  # SQLite's driver raises Python's own
            raise too_large(self.shown) from error


def _backend(where: Path | URL, create: bool) -> Backend:
    if isinstance(where, Path):
        return SQLiteFile(where, create=create)
    from workbench.store.postgresql import PostgreSQLDatabase

    return PostgreSQLDatabase(where)
