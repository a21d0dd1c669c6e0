"""Transactions, locks, migrations and refusals, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.engine import URL

from tests.store.server import Server
from workbench.store import drafts, feed
from workbench.store.database import Database
from workbench.store.directory import set_setting, setting
from workbench.store.errors import StoreError
from workbench.store.migrations import HEAD, REVISIONS
from workbench.store.postgresql import server_url
from workbench.store.tables import metadata

Nowhere = Callable[[], Path | URL]


def failing(code: str) -> object:
    return pytest.raises(StoreError, check=lambda error: error.code == code and bool(error.help))


def test_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_each_revision_leads_to_the_next_and_keeps_what_is_there(nowhere: Nowhere) -> None:
    """A database that an older program made is brought up, with its rows, by opening it."""
    from alembic import command
    from alembic.config import Config

    import workbench.store.migrations

    where = nowhere()
    config = Config()
    config.set_main_option("script_location", str(Path(workbench.store.migrations.__file__).parent))
    Database.open(where, create=True).close()
    old = Database.open(where)
    with old.write() as connection:
        metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        config.attributes["connection"] = connection
        command.upgrade(config, REVISIONS[0])
        set_setting(connection, "swarm_id", "kept")
        connection.exec_driver_sql(
            "INSERT INTO drafts (revision, origin, base_version, saved_at, english, cedar_plus, schema_text, tests)"
            " VALUES (3, 'saved', '1.0.0', 5, 'One.', '// one', 'entity A;', '[]')"
        )
        for seq, violation in ((1, "TRUE"), (2, "FALSE")):
            connection.exec_driver_sql(
                "INSERT INTO decisions (seq, at, recorded_at, agent, action, resource, outcome, code, rule, violation,"
                f" version) VALUES ({seq}, 1, 1, 'a', 'b', 'c', 'deny', 'forbidden', 'r', {violation}, '1.0.0')"
            )
    old.close()
    database = Database.open(where)
    with database.read() as connection:
        kept = drafts.current(connection)
        assert kept == drafts.StoredDraft(3, "saved", "1.0.0", 5, "One.", "// one", "entity A;", "[]", invariants="")
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == HEAD
        assert [(row.seq, row.severity) for row in feed.last_rows(connection, 9)] == [(1, "warn"), (2, "")]
        assert setting(connection, "swarm_id") == "kept"
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    database.close()


def test_ten_openers_at_once_migrate_once(nowhere: Nowhere) -> None:
    where = nowhere()
    first = Database.open(where, create=True)
    with first.write() as connection:
        for column in ("invariants", "origins", "restored"):
            connection.exec_driver_sql(f"ALTER TABLE drafts DROP COLUMN {column}")
        connection.exec_driver_sql("ALTER TABLE decisions DROP COLUMN severity")
        connection.exec_driver_sql("DROP INDEX ix_ledger_happenings")
        connection.exec_driver_sql("DROP INDEX ix_decisions_agent_seq")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    errors: list[BaseException] = []
    together = threading.Barrier(10)

    def open_one() -> None:
        try:
            together.wait()
            Database.open(where, busy_seconds=30).close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=open_one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with first.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    first.close()


def test_a_failed_step_leaves_no_trace(database: Database) -> None:
    def interrupted() -> None:
        with database.write() as connection:
            set_setting(connection, "a", "b")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    with database.write() as connection:
        assert setting(connection, "a") == ""


def test_a_reader_sees_one_moment_and_never_waits(database: Database) -> None:
    with database.write() as connection:
        set_setting(connection, "a", "old")
    with database.read() as reader:
        assert setting(reader, "a") == "old"
        with database.write() as writer:
            set_setting(writer, "a", "new")
            assert setting(reader, "a") == "old"
        assert setting(reader, "a") == "old"
        with database.read() as later:
            assert setting(later, "a") == "new"


def test_a_writer_sees_what_the_writer_before_it_committed(nowhere: Nowhere) -> None:
    """The lock must be had before anything is read: a snapshot from before it would undo the other's step."""
    where = nowhere()
    Database.open(where, create=True).close()
    databases = [Database.open(where, busy_seconds=60) for _ in range(4)]

    def count_up(database: Database) -> None:
        for _ in range(25):
            with database.write() as connection:
                set_setting(connection, "n", str(int(setting(connection, "n", "0")) + 1))

    threads = [threading.Thread(target=count_up, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with databases[0].read() as connection:
        assert setting(connection, "n") == "100"
    for database in databases:
        database.close()


def test_a_lock_held_elsewhere_is_one_clear_error(nowhere: Nowhere) -> None:
    where = nowhere()
    holder = Database.open(where, create=True)
    other = Database.open(where, busy_seconds=0.2)
    with holder.write() as connection:
        set_setting(connection, "a", "1")
        start = time.monotonic()
        with failing("store_locked"), other.write():
            pytest.fail("two writers at once")
        assert 0.1 < time.monotonic() - start < 3
        with other.read() as reader:
            assert setting(reader, "a") == ""
    with other.write() as connection:
        assert setting(connection, "a") == "1"
    holder.close()
    other.close()


def test_a_newer_database_is_refused_and_left_as_it_is(nowhere: Nowhere) -> None:
    where = nowhere()
    database = Database.open(where, create=True)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with failing("store_newer"):
        Database.open(where)


def test_another_programs_database_is_left_alone(kind: str, nowhere: Nowhere) -> None:
    where = nowhere()
    if kind == "sqlite":
        import sqlite3

        assert isinstance(where, Path)
        raw = sqlite3.connect(where)
        raw.execute("CREATE TABLE theirs (x)")
        raw.commit()
        raw.close()
    with failing("store_corrupt"):
        Database.open(where)


def test_a_closed_database_says_so(nowhere: Nowhere) -> None:
    database = Database.open(nowhere(), create=True)
    database.close()
    database.close()
    with failing("store_closed"), database.read():
        pass
    with failing("store_closed"), database.write():
        pass


def test_more_readers_than_connections_wait_and_are_told(nowhere: Nowhere) -> None:
    """Threads that all hold a reader's connection: the next one is refused, and served once another is done."""
    database = Database.open(nowhere(), create=True, busy_seconds=0.2)

    def hold(stack: ExitStack) -> None:
        for _ in range(40):
            stack.enter_context(database.read())
            held.append(1)

    held: list[int] = []
    with ExitStack() as stack:
        with failing("store_locked"):
            hold(stack)
        assert len(held) >= 8
    with database.read() as connection:
        assert setting(connection, "a", "served") == "served"
    database.close()


# ---- on a server alone -----------------------------------------------------------------------------------------------


def test_one_database_holds_one_workspace(server: Server) -> None:
    url = server_url(server.url(server.new_database()))
    first = Database.open(url, create=True)
    with first.write() as connection:
        set_setting(connection, "mine", "yes")
    with failing("exists"):
        Database.open(url, create=True)
    with first.read() as connection:
        assert setting(connection, "mine") == "yes"
    first.close()


def test_a_database_with_a_table_of_our_name_is_not_taken(server: Server) -> None:
    name = server.new_database()
    server.run("CREATE TABLE settings (theirs text)", name)
    with failing("exists"):
        Database.open(server_url(server.url(name)), create=True)
    assert server.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name) == [("settings",)]


def test_what_creating_made_can_be_taken_back(server: Server) -> None:
    url = server_url(server.url(server.new_database()))
    database = Database.open(url, create=True)
    database.discard()
    with database.read() as connection:
        assert inspect(connection).get_table_names() == []
    database.close()
    Database.open(url, create=True).close()


def test_keys_are_as_wide_on_the_server_as_in_a_file(server: Server) -> None:
    name = server.new_database()
    Database.open(server_url(server.url(name)), create=True).close()
    found = server.run(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name IN ('seq', 'id', 'size', 'at') AND data_type NOT IN ('bigint', 'character varying')",
        name,
    )
    assert found == [("head", "id")]  # one row, with the number 1


def test_a_reader_cannot_write(server: Server) -> None:
    database = Database.open(server_url(server.url(server.new_database())), create=True)
    with failing("store_read_only"), database.read() as connection:
        set_setting(connection, "a", "b")
    database.close()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "bad_database_url"),
        ("workspace.db", "bad_database_url"),
        ("mysql://u:geheim@h/x", "bad_database_url"),
        ("sqlite:///x.db", "bad_database_url"),
        ("postgresql://u:geheim@h:port/x", "bad_database_url"),
        ("postgresql://u:geheim@h", "bad_database_url"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "store_missing"),
        ("postgresql://u:a@geheim@127.0.0.1:1/x", "bad_database_url"),
        ("postgresql://u:geheim@\ufffd127.0.0.1:1/x", "bad_database_url"),
        ("postgresql://u:geheim@127.0.0.1:1/x\0", "bad_database_url"),
        ("postgresql://u:a@127.0.0.1:1/xpostgresql://u:geheim@127.0.0.1:1/x", "bad_database_url"),
        ("postgres://u:geheim@no.such.host.invalid/x", "store_missing"),
        ("postgresql://u:geheim@127.0.0.1:1/x?geheim=1", "bad_database_url"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, code: str) -> None:
    with pytest.raises(StoreError) as caught:
        Database.open(server_url(address), create=True)
    said = f"{caught.value} {caught.value.help} {caught.value!r}".replace('option ("geheim")', "")
    assert (caught.value.code, "geheim" in said) == (code, False)


def test_a_wrong_name_or_user_on_the_server(server: Server) -> None:
    with failing("store_missing"):
        Database.open(server_url(server.url("nowhere")))
    name = server.new_database()
    with failing("store_read_only"):
        Database.open(server_url(server.url(name).replace("postgres@", "nobody_at_all@")))


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])  # the latter is bytes, whatever they mean
def test_a_database_that_cannot_keep_every_character_is_refused(server: Server, encoding: str) -> None:
    name = server.new_database(encoding=encoding)
    with failing("store_encoding"):
        Database.open(server_url(server.url(name)), create=True)
    assert server.run("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", name) == []


def test_a_server_that_would_acknowledge_too_early_is_told_not_to(server: Server) -> None:
    name = server.new_database()
    server.run(f"ALTER DATABASE {name} SET synchronous_commit = off")
    database = Database.open(server_url(server.url(name)), create=True)
    with database.write() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    database.close()


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(StoreError) as caught:
        Database.open(server_url("postgresql://h/x"))
    assert caught.value.code == "store_no_driver"
    assert "constitution-workbench[postgres]" in caught.value.help
