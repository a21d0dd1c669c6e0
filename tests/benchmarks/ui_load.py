"""Many decisions, written as the store itself writes them, by another process than the one that shows them.

``python -m tests.benchmarks.ui_load WORKSPACE RATE SECONDS`` writes so many decisions a second for so long, twenty
commits a second, with :func:`workbench.store.feed.record`; then it prints how many it wrote and how long that took. The
ledger is left out: what is measured is what the screens read, and they never read the ledger for a list.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from workbench.service.databases import locate
from workbench.store import feed
from workbench.store.database import Database

COMMITS_PER_SECOND = 20
CHUNK = 20_000
AGENTS = tuple(f"agent-{number:02}" for number in range(24))
ACTIONS = ("reply", "read_ticket", "issue_refund", "share_external", "close_ticket", "escalate")
KEPT = feed.StoredPayload(b"salt", b"{}", b"[]", b"{}")


def decisions(first: int, count: int, at: int, seed: int = 0) -> Iterator[feed.Listed]:
    """``count`` decisions from number ``first`` on, one in ten denied, recorded from ``at`` (µs) on, 100 µs apart."""
    dice = Random(seed or first)
    for number in range(first, first + count):
        roll = dice.random()
        outcome, code, rule = ("allow", "allowed", "permit-daily-work")
        if roll < 0.1:
            outcome, code, rule = ("deny", "forbidden", "forbid-refund-over-500")
        elif roll < 0.12:
            outcome, code, rule = ("hold", "held", "hold-large-refund")
        when = at + (number - first) * 100
        row = feed.FeedRow(
            seq=number, at=when, agent=dice.choice(AGENTS), action=dice.choice(ACTIONS),
            resource=f"T-{48_000 + number % 900}", outcome=outcome, code=code, rule=rule,  # type: ignore[arg-type]
            violation=outcome == "deny", version="1.0.0", severity="",
        )  # fmt: skip
        yield feed.Listed(row, when, KEPT)


def fill(place: Path, count: int) -> None:
    """Put ``count`` decisions into the workspace at ``place``."""
    database = Database.open(locate(place))
    try:
        with database.read() as connection:
            first = feed.high_water(connection) + 1
        at = time.time_ns() // 1000 - count * 100
        for start in range(0, count, CHUNK):
            many = min(CHUNK, count - start)
            with database.write() as connection:
                feed.record(connection, list(decisions(first + start, many, at + start * 100)))
    finally:
        database.close()


def stream(place: Path, rate: int, seconds: float) -> tuple[int, float]:
    """Write ``rate`` decisions a second; how many were written, and in how many seconds."""
    database = Database.open(locate(place))
    with database.read() as connection:
        number = first = feed.high_water(connection) + 1
    print("ready", flush=True)
    begun = time.perf_counter()
    each = max(rate // COMMITS_PER_SECOND, 1)
    while (spent := time.perf_counter() - begun) < seconds:
        owed = int(spent * rate) - (number - first)
        if owed < each:
            time.sleep(min((each - owed) / max(rate, 1), 0.1))
            continue
        with database.write() as connection:
            feed.record(connection, list(decisions(number, owed, time.time_ns() // 1000)))
        number += owed
    database.close()
    return number - first, time.perf_counter() - begun


if __name__ == "__main__":
    written, took = stream(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
    print(written, took, flush=True)
