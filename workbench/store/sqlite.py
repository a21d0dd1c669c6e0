"""A workspace in one SQLite file: how it is opened, locked, and what its failures mean.

Write-ahead log, so that readers never wait for the writer. ``synchronous=FULL``: a commit returns after the log is on
the disk, so that what was acknowledged survives kill -9 *and* loss of power (``NORMAL`` only survives the former).
Writers take the file's lock at the start (``BEGIN IMMEDIATE``).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.pool import QueuePool

from workbench.store.errors import StoreError, from_sqlite, missing, replaced, vanished

LOGS = ("-wal", "-shm")  # what SQLite keeps beside the file for as long as it is open
Mark: TypeAlias = tuple[int, int]  # device and number of a file


class SQLiteFile:
    """The database file at ``path``; made by opening it where ``create``."""

    failures: tuple[type[BaseException], ...] = (sqlite3.Error,)

    def __init__(self, path: Path, *, create: bool) -> None:
        self.path = path
        self._create = create
        self.shown = str(path)
        self._logs: tuple[Mark | None, ...] = (None,) * len(LOGS)

    def check(self) -> None:
        """Raise :class:`StoreError` (``store_missing``) where there is no file, or no folder to make it in."""
        if not (self.path.parent.is_dir() if self._create else self.path.is_file()):
            raise missing(self.path)

    def engines(self, busy_seconds: float) -> tuple[Engine, Engine]:
        """For readers and for the writer; a lock is waited for ``busy_seconds``."""

        def engine(size: int, more: int) -> Engine:
            return create_engine(
                "sqlite://",
                creator=lambda: self._connect(busy_seconds),
                poolclass=QueuePool,
                pool_size=size,
                max_overflow=more,
                pool_timeout=max(1.0, busy_seconds),
                hide_parameters=True,  # what people wrote stays out of exception texts
            )

        readers, writers = engine(4, 12), engine(1, 0)
        _begin_with(readers, "BEGIN")
        _begin_with(writers, "BEGIN IMMEDIATE")
        return readers, writers

    def _connect(self, busy_seconds: float) -> sqlite3.Connection:
        address = f"file:{quote(str(self.path.resolve()))}?mode={'rwc' if self._create else 'rw'}"
        raw = sqlite3.connect(address, uri=True, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
        raw.execute("PRAGMA synchronous=FULL")  # kept by the connection alone; touches nothing in the file
        return raw

    def prepare(self) -> None:
        """Turn the write-ahead log on, where it is not yet (in a new file, or one that was restored).

        The file must be known to be ours: this is kept in it.
        """
        with closing(self._connect(5.0)) as raw:
            if raw.execute("PRAGMA journal_mode").fetchone() != ("wal",):
                raw.execute("PRAGMA journal_mode=WAL")

    def place(self) -> Mark | None:
        """Which file lies at the path; ``None`` where there is none. The open one goes on being written to when it is
        deleted or replaced, by us unseen, and is gone for good once it is closed."""
        if None in self._logs:  # they are made with the first transaction, and stay
            self._logs = tuple(map(self._log, LOGS))
        return _mark(self.path)

    def check_replaced(self) -> None:
        """Raise :class:`StoreError` where the file that lies there now must not be opened beside the one that is open:
        there is none, or a log lies with it that belongs to the other, whose pages SQLite would mix into it."""
        if _mark(self.path) is None:
            raise vanished(self.path)
        for name, known in zip(LOGS, self._logs, strict=True):
            if known is not None and self._log(name) == known:
                stale = f"{self.path.name}{name}"
                raise replaced(self.shown, f"the log `{stale}` beside it is still that of the one before; move it away")

    def _log(self, name: str) -> Mark | None:
        return _mark(self.path.with_name(self.path.name + name))

    def lock(self, connection: Connection) -> None:
        """Nothing to do: the writer's transaction began with the lock."""

    def exclusive(self, connection: Connection) -> None:
        """Nothing to do: a new file holds nothing yet."""

    def discard(self, connection: Connection) -> None:
        """Nothing to do: the file goes with its folder."""

    def integrity(self, connection: Connection) -> str:
        """SQLite's own check of the whole file: empty when sound, else the first complaint. Slow on large files."""
        answer = str(connection.execute(text("PRAGMA integrity_check(1)")).scalar())
        return "" if answer == "ok" else answer

    def failure(self, error: BaseException) -> StoreError:
        """What the driver's exception means."""
        return from_sqlite(error, self.shown)


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _mark(path: Path) -> Mark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
