"""Receipts a second: in groups that share a commit, against a commit for each, in one run on the same disk.

``pytest tests/benchmarks -s`` prints rates; what is asserted are ratios, and that every entry of every arm is in its
place. The third arm is SQLite by itself, a row and a commit each, without any ledger: what the disk alone allows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import perf_counter, process_time

import pytest
from sqlalchemy.engine import URL

from tests.store.conftest import kind, nowhere
from tests.store.server import Server
from workbench.governance.ledger import verify_entries
from workbench.service.committing import GroupCommit
from workbench.store.database import Database
from workbench.store.ledger import Batch, append, begin, entries, read_head

__all__ = ["kind", "nowhere"]
AT = 1_772_442_000_000_000
BODY = {
    "principal": 'Agent::"nora"',
    "action": 'Action::"share_external"',
    "outcome": "allow",
    "code": "allowed",
    "reasons": ["share-own-region"],
    "procedures": [],
    "errors": [],
    "happened_at": "2026-03-02T09:00:00Z",
    "engine": "workbench 0.1.0",
    **{name: f"sha256:{name:-<64}" for name in ("constitution", "schema", "request", "entities", "decision")},
}
GROUP, GROUPS, ALONE = 256, 24, 200
THREADS, EACH = 64, 64


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One that waits for the disk, as in earnest."""
    made = Server(waits_for_disk=True)
    yield made
    made.remove()


@pytest.fixture
def ledger(nowhere: Callable[[], Path | URL]) -> Iterator[Database]:
    database = Database.open(nowhere(), create=True, busy_seconds=60)
    with database.write() as connection:
        begin(connection)
    yield database
    database.close()


def rate(count: int, work: Callable[[], None]) -> tuple[float, float]:
    """Entries a second by the clock on the wall, and by the time that this process computed."""
    wall, own = perf_counter(), process_time()
    work()
    return count / (perf_counter() - wall), count / (process_time() - own)


@contextmanager
def batch(database: Database) -> Iterator[Batch]:
    with database.write() as connection:
        made = Batch(connection, read_head(connection))
        yield made
        made.flush()


def one_by_one(database: Database) -> None:
    for _ in range(ALONE):
        with database.write() as connection:
            append(connection, read_head(connection), kind="decision", at=AT, body=BODY)


def in_groups(database: Database) -> None:
    for _ in range(GROUPS):
        with batch(database) as made:
            for _ in range(GROUP):
                made.add(kind="decision", at=AT, body=BODY)


def in_threads(database: Database) -> None:
    """As the service does it: each caller waits for the commit that holds its own entry."""
    group: GroupCommit[Batch] = GroupCommit(lambda: batch(database))

    def call() -> None:
        for _ in range(EACH):
            group.do(lambda made: made.add(kind="decision", at=AT, body=BODY))

    threads = [Thread(target=call) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def bare_sqlite(path: Path) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE t (seq INTEGER PRIMARY KEY, body BLOB)")
    for _ in range(ALONE):
        raw.execute("INSERT INTO t (body) VALUES (?)", (bytes(700),))
    raw.close()


def test_receipts_in_groups_against_one_by_one(kind: str, ledger: Database, tmp_path: Path) -> None:
    alone, _ = rate(ALONE, lambda: one_by_one(ledger))
    grouped, computed = rate(GROUP * GROUPS, lambda: in_groups(ledger))
    called, _ = rate(THREADS * EACH, lambda: in_threads(ledger))
    bare, _ = rate(ALONE, lambda: bare_sqlite(tmp_path / "bare.db"))
    print(
        f"\n{kind}: {grouped:,.0f} receipts/s in groups of {GROUP} ({computed:,.0f} where the disk waits for nobody),"
        f" {called:,.0f} from {THREADS} threads, {alone:,.0f} one by one; bare SQLite commits {bare:,.0f} rows/s:"
        f" {grouped / alone:.0f} x, {called / alone:.0f} x, {grouped / bare:.0f} x"
    )
    with ledger.read() as connection:
        head = read_head(connection)
        report = verify_entries(
            ((entry.seq, entry.body, entry.hash) for entry in entries(connection)),
            expected_size=ALONE + GROUP * GROUPS + THREADS * EACH,
            expected_head=head.hash,
            expected_root=head.root(),
        )
    assert report.ok, report.message
    assert grouped > 5 * alone
    assert called > 3 * alone
