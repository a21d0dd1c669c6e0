"""A workspace in a PostgreSQL database: how it is reached, locked, and what its failures mean.

The same tables and the same queries as in a file. Writers take one advisory lock for the length of their transaction,
where SQLite takes the file's lock; they read at READ COMMITTED, because a snapshot taken before the lock was granted
would show the ledger as it stood before the last writer. Readers see one moment (REPEATABLE READ, read-only).
The lock is released after the commit became visible, so sequence, commit and visibility have one order.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from workbench.store.errors import StoreError, bad_url, from_postgresql, occupied
from workbench.store.tables import metadata

WRITER_LOCK = 0x636F6E73_74697475  # "constitu": the key of the advisory lock, the same in every process
_PATIENCE = 60_000  # ms that one statement may take; a page is read, or a batch written, in far less
_IDLE = 600_000  # ms that a transaction may stand still, so that a stopped process does not hold the lock for ever
_SCHEMES = {"postgresql", "postgres", "postgresql+psycopg"}


def server_url(address: str) -> URL:
    """The URL of a database on a server. Raises :class:`StoreError` (``bad_database_url``), never repeating the text,
    which may hold a password."""
    try:
        url = make_url(address.strip())
    except (ArgumentError, ValueError):
        raise bad_url("it is not a URL") from None
    if url.drivername not in _SCHEMES:
        raise bad_url(f"`{url.drivername}` is no kind of database that is known here")
    if not url.database:
        raise bad_url("it names no database")
    try:
        (url.host or "").encode("idna")
    except UnicodeError:  # the driver would raise it, and not as its own error
        raise bad_url("its host is no name of a machine") from None
    if not address.strip().isprintable():
        raise bad_url("it holds a character that cannot be seen")
    if "@" in f"{url.host or ''}{url.database}":  # the rest of a password would be taken for a name, and shown
        raise bad_url("it has an `@` too many; one in a password is written `%40`")
    return url.set(drivername="postgresql+psycopg")


class PostgreSQLDatabase:
    """The database at ``url``, which must exist; its tables are made by the migrations."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self.shown = shown(url)
        self.failures: tuple[type[BaseException], ...] = ()

    def check(self) -> None:
        """Raise :class:`StoreError` (``store_no_driver``) where the driver is not installed."""
        try:
            import psycopg
        except ImportError as error:
            raise StoreError(
                "store_no_driver",
                f"the database `{self.shown}` needs a driver that is not installed",
                "install it with the extra `postgres`: pip install 'constitution-workbench[postgres]'",
            ) from error
        self.failures = (psycopg.Error,)

    def engines(self, busy_seconds: float) -> tuple[Engine, Engine]:
        """For readers and for the writer; the lock is waited for ``busy_seconds``."""
        given = {} if "connect_timeout" in self._url.query else {"connect_timeout": max(2, round(busy_seconds))}

        def engine(size: int, more: int, level: Any) -> Engine:
            return create_engine(
                self._url,
                poolclass=QueuePool,
                pool_size=size,
                max_overflow=more,
                pool_timeout=max(1.0, busy_seconds),
                pool_pre_ping=True,
                isolation_level=level,
                connect_args=given,
                hide_parameters=True,
            )

        readers, writers = engine(2, 6, "REPEATABLE READ"), engine(1, 0, "READ COMMITTED")
        for made in (readers, writers):
            _prepare(made, self.shown, busy_seconds, reads=made is readers)
        return readers, writers

    def prepare(self) -> None:
        """Nothing to do: a server keeps its own log."""

    def place(self) -> str:
        """Always the same: a server's connections break when the database goes, and are made anew."""
        return self.shown

    def check_replaced(self) -> None:
        """Nothing to do: see :meth:`place`."""

    def lock(self, connection: Connection) -> None:
        """Wait for the writers' lock; it is let go with the transaction."""
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_LOCK})

    def exclusive(self, connection: Connection) -> None:
        """Raise :class:`StoreError` (``exists``) where the database holds a workspace, or tables of its names."""
        taken = set(inspect(connection).get_table_names()) & {*metadata.tables, "alembic_version"}
        if taken:
            raise occupied(self.shown, min(taken))

    def discard(self, connection: Connection) -> None:
        """Drop every table of the workspace: what :meth:`exclusive` found empty becomes empty again."""
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))

    def integrity(self, connection: Connection) -> str:
        """The server checks every page as it is read (data checksums); that the ledger can be read whole is checked
        by whoever verifies it. Here: the number of ledger entries agrees with the index over them."""
        counted = connection.execute(text("SELECT count(*), coalesce(max(seq), 0) FROM ledger")).one()
        return "" if counted[0] == counted[1] else f"the ledger has {counted[0]} rows, and ends with {counted[1]}"

    def failure(self, error: BaseException) -> StoreError:
        """What the driver's exception means."""
        return from_postgresql(error, self.shown)


def shown(url: URL) -> str:
    """``host/name``: all that a message, a screen or a log may say of a URL."""
    given = url.host or url.query.get("host") or "localhost"
    host = given if isinstance(given, str) else given[0]
    return f"{'localhost' if host.startswith('/') else host}/{url.database}"  # a path is a socket of this machine


def _prepare(engine: Engine, name: str, busy_seconds: float, *, reads: bool) -> None:
    """Give every connection its limits. A server that acknowledges before the disk has it is told not to."""
    settings = {
        "lock_timeout": str(max(1, round(busy_seconds * 1000))),
        "statement_timeout": str(_PATIENCE + round(busy_seconds * 1000)),
        "idle_in_transaction_session_timeout": str(_IDLE),
        "default_transaction_read_only": "on" if reads else "off",
        "timezone": "UTC",
    }

    @event.listens_for(engine, "connect", insert=True)  # before SQLAlchemy's own look, which takes text to be text
    def connected(raw: Any, _record: object) -> None:
        encoding = raw.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raw.close()
            raise StoreError(
                "store_encoding",
                f"the database `{name}` keeps text as {encoding}",
                "make it with `createdb --encoding=UTF8`",
            )
        with raw.cursor() as cursor:
            for setting, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (setting, value))
            cursor.execute(
                "SELECT CASE current_setting('synchronous_commit') WHEN 'off'"
                " THEN set_config('synchronous_commit', 'on', false) END"
            )
        raw.commit()
