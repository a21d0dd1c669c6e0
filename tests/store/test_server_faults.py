"""A PostgreSQL server that stops, crashes, fills up or refuses; clients that are killed or stopped in the middle.

Every failure is one clear error; nothing acknowledged is lost, nothing is half-written, and the next call works as
soon as the server does.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError

from tests.service.conftest import Ask
from tests.store.citizens import citizens
from tests.store.server import Server
from workbench.service.clock import FrozenClock
from workbench.service.databases import locate
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.directory import set_setting, setting
from workbench.store.errors import StoreError
from workbench.store.ledger import entries
from workbench.store.postgresql import WRITER_LOCK, server_url


@pytest.fixture
def kind() -> str:
    return "postgresql"


@pytest.fixture
def running(server: Server) -> Iterator[Server]:
    """The server, started again whatever the test did to it."""
    yield server
    server.start()


def failing(*codes: str) -> object:
    return pytest.raises(WorkbenchError, check=lambda error: error.code in codes and bool(error.detail and error.hint))


def stored(workspace: Workspace) -> dict[int, str]:
    with workspace._session.read() as connection:
        return {entry.seq: entry.hash for entry in entries(connection)}


def whole(workspace: Workspace) -> dict[int, str]:
    """The ledger's entries, after checking that everything about them holds."""
    found = stored(workspace)
    assert list(found) == list(range(1, len(found) + 1))
    verified = workspace.verify()
    assert verified.ok, verified.message
    return found


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_goes_and_comes_back(workspace: Workspace, ask: Ask, running: Server, how: str) -> None:
    """``stop`` is an operator's restart, ``kill`` a crash: the server recovers from its log what was acknowledged."""
    before = ask()
    getattr(running, how)()
    with failing("store_missing"):
        ask()
    with failing("store_missing"):
        workspace.status()
    running.start()
    after = ask()  # the same open workspace goes on
    assert after.seq == before.seq + 1  # nothing of the failed call was written
    assert whole(workspace)[before.seq] == before.receipt_hash


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", ["stop", "kill"])
def test_a_server_that_goes_in_the_middle_of_writing(place: Path, running: Server, how: str) -> None:
    with citizens(place, 3, busy_seconds=5) as people:
        for each in people:
            each.tell(do="decide", times=1_000_000)
        acknowledged: dict[int, str] = {}
        deadline = time.monotonic() + 60.0
        while len(acknowledged) < 20 and time.monotonic() < deadline:
            for each in people:
                if each.pipe.poll(0.01):
                    seq, digest = each.hear()
                    acknowledged[seq] = digest
        getattr(running, how)()
        last = []
        for each in people:
            heard = each.hear_all()
            last.append(heard.pop())
            acknowledged.update(heard)
        assert {answer["code"] for answer in last} <= {"store_missing", "store_unanswered"}
        running.start()
        for each in people:  # the same processes go on
            each.tell(do="decide", times=2)
        for each in people:
            acknowledged.update(each.hear_all())
    assert len(acknowledged) > 9
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        found = whole(workspace)
        assert {seq: found.get(seq) for seq in acknowledged} == acknowledged


def test_a_step_that_goes_on_after_its_connection_broke_ends_with_one_clear_error(place: Path, running: Server) -> None:
    """Who decides catches what fails, to answer with a refusal, and then writes it down."""
    database = Database.open(locate(place))

    def goes_on() -> None:
        with database.write() as connection:
            running.kill()
            with suppress(DBAPIError):
                setting(connection, "a")
            set_setting(connection, "a", "b")

    with pytest.raises(StoreError, check=lambda error: error.code == "store_missing" and bool(error.help)):
        goes_on()
    running.start()
    with database.write() as connection:
        assert setting(connection, "a") == ""
        set_setting(connection, "a", "c")
    database.close()


async def test_a_server_that_is_stopped_and_started_under_an_open_screen(place: Path, running: Server) -> None:
    """It is said; what is typed meanwhile is kept, and saved by itself once the server answers again."""
    from workbench.tui.app import WorkbenchApp
    from workbench.tui.screens.author import AuthorScreen

    async def until(holds: Callable[[], bool], what: str) -> None:
        for _ in range(1_500):
            if holds():
                return
            await asyncio.sleep(0.02)
            await pilot._wait_for_screen()
        raise AssertionError(f"never: {what}")

    app = WorkbenchApp(place)
    async with app.run_test(size=(110, 35)) as pilot:
        await until(lambda: app.status is not None, "opened")
        author = await app.goto("author")
        assert isinstance(author, AuthorScreen)
        await until(lambda: author.kept is not None, "loaded")
        running.stop()
        await until(lambda: any("does not answer" in each.message for each in app._notifications), "said")
        await app._press_keys(list("zebras"))
        assert "zebras" in author.texts[0]
        await asyncio.to_thread(running.start)
        await until(lambda: not author.unsaved(), "saved by itself")
        assert app.workspace is not None
        assert "zebras" in (await asyncio.to_thread(app.workspace.draft)).english
        assert app._exception is None


def test_a_commit_without_an_answer_says_that_it_may_have_been_done(place: Path, running: Server) -> None:
    """The step is whole in the transaction when the server dies; whether it was kept, only the database knows."""
    database = Database.open(locate(place))

    def dying() -> None:
        with database.write() as connection:
            set_setting(connection, "a", "b")
            running.kill()

    with pytest.raises(StoreError, check=lambda error: error.code == "store_unanswered"):
        dying()
    running.start()
    with database.write() as connection:
        assert setting(connection, "a") in ("", "b")
    database.close()


def test_a_client_that_stands_still_with_the_lock_holds_nobody_for_ever(place: Path, running: Server) -> None:
    """Others are told within their patience, and the server ends the transaction of one that never comes back."""
    with Workspace.open(place, clock=FrozenClock(), busy_seconds=0.3) as workspace:
        name = workspace._session.database.shown.partition("/")[2]
        draft = workspace.draft()
        with running.connect(name) as other:
            other.execute("BEGIN")
            other.execute("SELECT pg_advisory_xact_lock(%s)", (WRITER_LOCK,))
            start = time.monotonic()
            with failing("store_locked"):
                workspace.save_draft(english="x", revision=draft.revision)
            assert time.monotonic() - start < 5
            assert workspace.status().receipts  # reading goes on
            other.execute("ROLLBACK")
        assert workspace.save_draft(english="x", revision=draft.revision).english == "x"
        with workspace._session.read() as connection:
            limit = connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar()
        assert limit == "10min"


def test_a_statement_that_takes_too_long_is_given_up(place: Path) -> None:
    database = Database.open(locate(place))

    def dawdling() -> None:
        with database.write() as connection:
            set_setting(connection, "a", "b")
            connection.exec_driver_sql("SET LOCAL statement_timeout = '100ms'")
            connection.exec_driver_sql("SELECT pg_sleep(20)")

    with pytest.raises(StoreError, check=lambda error: error.code == "store_locked"):
        dawdling()
    with database.write() as connection:
        assert setting(connection, "a") == ""
    database.close()


def test_a_connection_ended_by_an_operator_is_made_anew(workspace: Workspace, ask: Ask, running: Server) -> None:
    before = ask()
    name = workspace._session.database.shown.partition("/")[2]
    running.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    assert ask().seq == before.seq + 1  # it lay idle, so nothing was lost and nobody need know
    assert workspace.status().receipts


def test_a_connection_ended_in_the_middle_of_a_step_undoes_it(place: Path, running: Server) -> None:
    database = Database.open(locate(place))
    name = database.shown.partition("/")[2]

    def cut_off() -> None:
        with database.write() as connection:
            set_setting(connection, "a", "b")
            running.run(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
                " AND state = 'idle in transaction'"
            )
            time.sleep(0.1)
            set_setting(connection, "c", "d")

    with pytest.raises(StoreError, check=lambda error: error.code == "store_missing"):
        cut_off()
    with database.write() as connection:
        assert (setting(connection, "a"), setting(connection, "c")) == ("", "")
    database.close()


def test_a_server_that_only_reads_says_so(place: Path) -> None:
    """What a standby answers to every write."""
    database = Database.open(locate(place))

    def writing() -> None:
        with database.write() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            set_setting(connection, "a", "b")

    with pytest.raises(StoreError, check=lambda error: error.code == "store_read_only"):
        writing()
    with database.write() as connection:
        assert setting(connection, "a") == ""
    database.close()


def test_no_room_for_another_connection(server: Server, place: Path) -> None:
    name = str((place / "database.url").read_text()).partition("@/")[2].partition("?")[0]
    server.run("DROP ROLE IF EXISTS narrow")
    server.run("CREATE ROLE narrow LOGIN CONNECTION LIMIT 0")
    address = (place / "database.url").read_text().replace("postgres@", "narrow@")
    with pytest.raises(StoreError, check=lambda error: error.code == "store_locked"):
        Database.open(server_url(address))
    server.run("ALTER ROLE narrow CONNECTION LIMIT 10")
    with pytest.raises(StoreError, check=lambda error: error.code == "store_read_only"):  # a role without rights
        Database.open(server_url(address))
    server.run("GRANT SELECT ON ALL TABLES IN SCHEMA public TO narrow", name)
    (place / "database.url").write_text(address)
    with Workspace.open(place, clock=FrozenClock()) as workspace:  # it may look, and is told that it may not write
        assert workspace.status().receipts
        with failing("store_read_only"):
            workspace.save_draft(english="x", revision=workspace.draft().revision)


@pytest.fixture
def tiny_disk(server: Server) -> Iterator[Path]:
    """A folder of the server's user on a file system of nine megabytes, where this user may make one."""
    disk = server.folder / "tiny"
    disk.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=9m,mode=755", "tmpfs", str(disk)], capture_output=True)
    if made.returncode:
        pytest.skip("no file system can be mounted here: only root may")
    owner = (server.folder / "d").stat()
    (disk / "t").mkdir(mode=0o700)
    os.chown(disk / "t", owner.st_uid, owner.st_gid)
    yield disk / "t"
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_of_the_server_writes_nothing_half(
    server: Server, config: Path, tmp_path: Path, tiny_disk: Path
) -> None:
    name = server.new_database()
    server.run(f"CREATE TABLESPACE tiny LOCATION '{tiny_disk}'")
    noise = random.Random(1)
    with Workspace.create(tmp_path / "here", clock=FrozenClock(), database=server.url(name)) as workspace:
        server.run("ALTER TABLE drafts SET TABLESPACE tiny", name)
        draft = workspace.draft()

        def fill() -> None:
            nonlocal draft
            for _ in range(100):
                draft = workspace.save_draft(english=noise.randbytes(200_000).hex(), revision=draft.revision)

        with failing("store_full"):
            fill()
        assert workspace.draft() == draft
        assert workspace.verify().ok
        server.run("ALTER TABLE drafts SET TABLESPACE pg_default", name)
        assert workspace.save_draft(english="short", revision=draft.revision).english == "short"
    server.drop(name)
    server.run("DROP TABLESPACE tiny")


def test_readers_and_writers_in_threads_share_few_connections(workspace: Workspace, ask: Ask) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for _ in range(5):
                ask() if number % 2 else workspace.status()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(workspace.event_ids()) == 40
    whole(workspace)
