"""The audit of a long ledger, against the least that any audit must do: hash every entry and read it as JSON.

A ratio within one run; times are printed (``pytest -s``) and never asserted. ``WORKBENCH_AUDIT_ENTRIES`` asks for
another length: a million entries are what the README speaks of.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, FACTS, ticket
from workbench.engine.request import Request
from workbench.governance.ledger import MerkleFrontier, seal
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential
from workbench.service.workspace import Workspace

ENTRIES = int(os.environ.get("WORKBENCH_AUDIT_ENTRIES", "50000"))
AT_MOST = 12  # times the least; about five on a quiet machine
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NORA = 'Agent::"nora"'


@pytest.fixture(scope="module")
def long_ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace with ``ENTRIES`` decisions more than it was asked for: its last one again and again, each with a salt
    of its own, sealed one after the other as the store does."""
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(tmp_path_factory.mktemp("config")))
    place = tmp_path_factory.mktemp("long") / "demo"
    with Workspace.create(place, clock=FrozenClock()) as workspace:
        request = Request(NORA, 'Action::"share_external"', 'Ticket::"T-1"', CONTEXT)
        workspace.decide(request, credential=Credential(NORA), entities=[ticket()], facts=FACTS)
    grow(place / "workspace.db", ENTRIES)
    yield place
    patch.undo()


def grow(path: Path, count: int) -> None:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("BEGIN")
    size, prev, state, at = raw.execute("SELECT size, hash, frontier, last_at FROM head").fetchone()
    body = json.loads(raw.execute("SELECT body FROM ledger WHERE seq = ?", (size,)).fetchone()[0])["body"]
    row = raw.execute("SELECT * FROM decisions WHERE seq = ?", (size,)).fetchone()
    kept = raw.execute("SELECT request, entities, decision FROM payloads WHERE seq = ?", (size,)).fetchone()
    frontier = MerkleFrontier.restore(size, json.loads(state))
    entries: list[Any] = []
    payloads: list[Any] = []
    for seq in range(size + 1, size + count + 1):
        salt = os.urandom(16)
        for label, data in zip(("request", "entities", "decision"), kept, strict=True):
            body[label] = hashlib.sha256(salt + label.encode() + b"\0" + data).hexdigest()
        sealed = seal(seq, "decision", EPOCH + timedelta(microseconds=at), prev, body)
        frontier.append(sealed.hash)
        entries.append((seq, "decision", at, sealed.hash, prev, sealed.data))
        payloads.append((seq, salt, *kept))
        prev = sealed.hash
    marks = ", ".join("?" * len(row))
    raw.executemany("INSERT INTO ledger (seq, kind, at, hash, prev, body) VALUES (?, ?, ?, ?, ?, ?)", entries)
    raw.executemany(f"INSERT INTO decisions VALUES ({marks})", ((entry[0], *row[1:]) for entry in entries))
    raw.executemany("INSERT INTO payloads (seq, salt, request, entities, decision) VALUES (?, ?, ?, ?, ?)", payloads)
    head = json.dumps(frontier.state(), separators=(",", ":")).encode()
    raw.execute("UPDATE head SET size = ?, hash = ?, frontier = ?", (size + count, prev, head))
    outcome = raw.execute("SELECT outcome FROM decisions WHERE seq = ?", (size,)).fetchone()[0]
    raw.execute("UPDATE tallies SET count = count + ? WHERE name = ?", (count, outcome))
    raw.execute("COMMIT")
    raw.close()


@pytest.mark.slow
def test_auditing_costs_a_few_times_the_least(long_ledger: Path) -> None:
    raw = sqlite3.connect(long_ledger / "workspace.db")
    begun = process_time()
    for (body,) in raw.execute("SELECT body FROM ledger ORDER BY seq"):
        hashlib.sha256(b"\0" + body).hexdigest()
        json.loads(body)
    least = process_time() - begun
    raw.close()
    with Workspace.open(long_ledger, clock=FrozenClock()) as workspace:
        calls: list[int] = []
        begun, started = process_time(), perf_counter()
        found = workspace.audit.verify(lambda done, total: calls.append(done))
        ours, wall = process_time() - begun, perf_counter() - started
    assert all(line.ok for line in found.lines)
    assert max(after - before for before, after in zip([0, *calls], calls, strict=False)) <= 20_000
    each = ours / ENTRIES * 1e6
    print(f"\n{ENTRIES:,} entries audited in {wall:.1f} s ({ours:.1f} s of processor, {each:.0f} µs each);")
    print(f"hashing and reading alone {least:.1f} s: {ours / least:.1f} x")
    assert ours < AT_MOST * least


@pytest.mark.slow
def test_the_time_grows_with_the_entries_and_the_memory_does_not(long_ledger: Path) -> None:
    """A cancelled audit of the first tenth takes about a tenth: nothing is read ahead.

    What the walk itself costs: SQLite looks its whole file through in a thread of its own, however far the walk goes.
    The best of three, as neighbours can only add to it.
    """
    with Workspace.open(long_ledger, clock=FrozenClock()) as workspace:
        tenths = []
        for _ in range(3):
            seen = [0]
            begun = thread_time()
            found = workspace.audit.verify(_noting(seen), _reached(seen, ENTRIES // 10))
            tenths.append(thread_time() - begun)
            assert not found.ok
        begun = thread_time()
        workspace.audit.verify()
        whole = thread_time() - begun
    print(f"\na tenth {min(tenths):.2f} s, all {whole:.2f} s")
    assert min(tenths) < whole / 2


def _noting(seen: list[int]) -> Callable[[int, int], None]:
    def note(done: int, total: int) -> None:
        seen[0] = done

    return note


def _reached(seen: list[int], enough: int) -> Callable[[], bool]:
    return lambda: seen[0] >= enough
