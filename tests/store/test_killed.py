"""Processes killed with -9 while they write receipts without pause, in several threads that share commits.

Nothing that was acknowledged (sent after ``decide`` returned) may be lost, whatever the instant; the ledger holds after
each restart, and receipt, feed, payload and counts of one decision are all there or all not.
"""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.store.citizens import Citizen
from workbench.governance.ledger import LedgerWalk, ended
from workbench.service.clock import FrozenClock
from workbench.service.databases import locate
from workbench.service.workspace import Workspace
from workbench.store import feed
from workbench.store.database import Database
from workbench.store.ledger import entries, read_head
from workbench.store.tables import decisions, payloads

KILLS = 50


def follow(database: Database, walk: LedgerWalk) -> dict[int, str]:
    """The entries since the last look, each continuing the one before; everything beside the ledger agrees with it."""
    found: dict[int, str] = {}
    with database.read() as connection:
        head = read_head(connection)
        last_decision = feed.high_water(connection)
        for entry in entries(connection, after=walk.size):
            walk.take(entry.seq, entry.body, entry.hash)
            found[entry.seq] = entry.hash
            assert entry.kind != "decision" or entry.seq <= last_decision
        report = ended(walk, expected_size=head.size, expected_head=head.hash, expected_root=head.root())
        assert report.ok, report.message
        listed = connection.execute(select(func.count()).select_from(decisions)).scalar()
        kept = connection.execute(select(func.count()).select_from(payloads)).scalar()
        counts = feed.counts(connection)
        assert counts["allow"] + counts["deny"] + counts["hold"] == listed == kept
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_kill_9_at_any_instant_loses_nothing_acknowledged(place: Path) -> None:
    chance = random.Random(7)
    walk = LedgerWalk()
    database = Database.open(locate(place), busy_seconds=30)
    stored = follow(database, walk)
    acknowledged: dict[int, str] = {}
    at_work = 0
    for number in range(KILLS):
        victim = Citizen(place, 30)
        victim.tell(do="decide", threads=1 + number % 4)
        if number % 5:
            assert victim.hear() == "ready"
            assert victim.pipe.poll(30)
            time.sleep(chance.uniform(0.0, 0.05))
        else:
            time.sleep(chance.uniform(0.0, 0.3))  # perhaps while it opens, or before that
        os.kill(victim.process.pid or 0, signal.SIGKILL)
        told = dict(answer for answer in victim.hear_all() if answer != "ready")
        victim.end()
        at_work += bool(told)
        acknowledged |= told
        stored |= follow(database, walk)
        assert {seq: stored.get(seq) for seq in told} == told
    database.close()
    assert at_work >= KILLS * 4 // 5
    assert list(stored) == list(range(1, len(stored) + 1))
    with Workspace.open(place, clock=FrozenClock()) as workspace:
        assert workspace.verify().ok
        assert set(acknowledged) <= set(workspace.event_ids())
