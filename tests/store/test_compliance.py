"""Compliance and violations counted by both databases: what a list would give."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from workbench.store import compliance, feed
from workbench.store.database import Database
from workbench.store.feed import FeedRow, Listed, StoredPayload
from workbench.store.tables import ledger

START = 2**40  # more than 32 bits hold
AGENTS = ("nora", "o'neil", "Ünal", "%")
PAYLOAD = StoredPayload(b"salt", b'{"a":1}', b"[]", b'{"b":2}')


@pytest.fixture
def fed(database: Database) -> list[FeedRow]:
    """Five hundred decisions of four agents, with gaps between their numbers."""
    chance = random.Random(11)
    rows = []
    for number in range(500):
        bad = chance.random() < 0.2
        rows.append(
            FeedRow(
                START + 3 * number, number, chance.choice(AGENTS), "act", "world", "deny" if bad else "allow",
                "forbidden" if bad else "allowed", f"rule-{chance.randrange(3)}" if bad else "act", bad, "1.0.0",
                chance.choice(["info", "warn", "high"]) if bad else "", (START + 3 * number) * 100,
            )
        )  # fmt: skip
    with database.write() as connection:
        feed.begin_counting(connection)
        feed.record(connection, [Listed(each, each.seq * 100, PAYLOAD) for each in rows])
        connection.execute(ledger.insert(), [entry(each) for each in rows])
    return rows


def entry(row: FeedRow) -> dict[str, object]:
    """Where a decision's ledger entry stands, with a body that tells it from every other."""
    body = f"entry {row.seq}".encode()
    return {"seq": row.seq, "kind": "decision", "at": row.seq * 100, "hash": "", "prev": "", "body": body}


@pytest.mark.parametrize("first", [0, START + 700, START + 3000])
def test_counts_are_those_of_the_list(database: Database, fed: list[FeedRow], first: int) -> None:
    kept = [each for each in fed if each.seq >= first]
    totals, bad = Counter(each.agent for each in kept), Counter(each.agent for each in kept if each.violation)
    with database.read() as connection:
        found = compliance.counts(connection, first=first)
        assert {each.agent: (each.total, each.violating) for each in found} == {
            agent: (count, bad[agent]) for agent, count in totals.items()
        }
        for agent in AGENTS:
            own = [each for each in kept if each.agent == agent]
            assert compliance.counts(connection, agent, first) == [each for each in found if each.agent == agent]
            assert list(compliance.violating(connection, agent, first)) == [
                (each.seq, agent, each.code, each.rule, each.severity, f"entry {each.seq}".encode(), None)
                for each in own
                if each.violation
            ]
            for place in {0, len(own) // 2, len(own) - 1} if own else ():
                assert compliance.nth(connection, agent, place, first) == own[place].seq


def test_a_moment_is_the_first_decision_since(database: Database, fed: list[FeedRow]) -> None:
    with database.read() as connection:
        assert compliance.first_since(connection, 0) == fed[0].seq
        assert compliance.first_since(connection, fed[7].seq * 100) == fed[7].seq
        assert compliance.first_since(connection, fed[7].seq * 100 + 1) == fed[8].seq
        assert compliance.first_since(connection, fed[-1].seq * 100 + 1) is None


@pytest.mark.parametrize("severities", [(), ("high",), ("info", "high"), ("critical",)])
def test_violations_of_some_severities(database: Database, fed: list[FeedRow], severities: tuple[str, ...]) -> None:
    first = fed[100].seq
    wanted = [
        each
        for each in reversed(fed)
        if each.seq >= first and each.violation and (not severities or each.severity in severities)
    ]
    with database.read() as connection:
        told = list(compliance.violating(connection, None, first, severities))
        found = compliance.violation_records(connection, 20, first, severities)
        own = compliance.violation_records(connection, 20, first, severities, "nora")
    assert [(each.seq, each.answer) for each in told] == [
        (each.seq, PAYLOAD.decision if severities else None) for each in reversed(wanted)
    ]
    assert [each.row for each in found] == wanted[:20]
    assert [each.row for each in own] == [each for each in wanted if each.agent == "nora"][:20]
    assert all((each.request, each.decision) == (PAYLOAD.request, PAYLOAD.decision) for each in found)
    assert [each.entry for each in found] == [f"entry {each.row.seq}".encode() for each in found]
