"""Filters of the feed over a long record: looking at what is new, or where an index leads, against reading everything.

``pytest tests/benchmarks -s`` prints the ratios. The peer reads every row for a word that no row has. Asserted is a
careful part of what was measured over 1,000,000 rows (news 400 times, an agent 45 times, the last minutes 50 times
faster): a busy machine costs a part of a ratio, a lost key range or index nearly all of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from workbench.engine.filter_text import parse_filter
from workbench.service.clock import FrozenClock, micros
from workbench.service.workspace import Workspace

ROWS = 300_000
ROUNDS = 3

_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
INSERT INTO decisions (seq, at, recorded_at, agent, action, resource, outcome, code, rule, violation, version, severity)
SELECT :base + i, :now - (:many - i) * 86400, :now - (:many - i) * 86400, 'agent-' || (i % 300),
       'action-' || (i * 7 % 5), 'T-' || (i % 5000), CASE WHEN i % 5 THEN 'allow' ELSE 'deny' END, 'forbidden',
       'rule-' || (i % 40), i % 10 = 0, '1.0.0', '' FROM n
"""


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    folder = tmp_path_factory.mktemp("filter-speed")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    with Workspace.create(folder / "w", swarm_id="swarm-filter-speed", clock=FrozenClock()) as workspace:
        session = workspace._session
        given = {"many": ROWS, "base": session.head().size, "now": micros(workspace.status().now)}
        with session.write() as connection:
            connection.execute(text(_FILL), given)
        yield workspace
    patch.undo()


def seconds(workspace: Workspace, wanted: str, after: int = 0) -> tuple[float, int]:
    """The best of some rounds, and how many were found."""
    asked, best, found = parse_filter(wanted), float("inf"), 0
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = len(workspace.finding.ids(asked, after).ids)
        best = min(best, time.perf_counter() - began)
    return best, found


@pytest.mark.parametrize(
    ("name", "wanted", "faster", "found"),
    [
        ("news", "zzzz -agent:agent-3", 25, 0),
        ("an agent", "agent:agent-7", 5, ROWS // 300),
        ("an agent's violations", "agent:agent-10 outcome:violation", 5, ROWS // 300),
        ("the last minutes", "since:10m zzzz", 5, 0),
    ],
)
def test_only_what_must_be_read_is_read(record: Workspace, name: str, wanted: str, faster: int, found: int) -> None:
    everything, none = seconds(record, "zzzz")
    took, many = seconds(record, wanted, record.high_water() - 500 if name == "news" else 0)
    print(
        f"\n{name}: {many:,} of {ROWS:,} in {took * 1000:.1f} ms, {everything / took:.0f} times faster than everything"
    )
    assert (none, many) == (0, found)
    assert everything / took > faster
