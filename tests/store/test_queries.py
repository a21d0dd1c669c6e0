"""Feed, drafts, versions, directory: the same answers from both databases."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.store import drafts, feed, versions
from workbench.store.database import Database
from workbench.store.directory import entities, fact_rows, knows, remove_entities, replace_entities, set_fact
from workbench.store.drafts import StoredDraft
from workbench.store.errors import StoreError
from workbench.store.feed import FeedRow, Listed, StoredPayload
from workbench.store.ledger import append, begin, entries, entry, read_head, save_state

PAYLOAD = StoredPayload(bytes(range(256)), b"{}", b"[]", b'{"a":"\xc3\xa4"}')
BIG = 2**40  # more than 32 bits hold
OUTCOMES = ("allow", "deny", "hold")


def row(seq: int, outcome: Any = "allow", *, violation: bool = False) -> FeedRow:
    return FeedRow(seq, seq * 10, "nora", "reply", "T-1", outcome, "ok", "rule", violation, "1.0.0", "", seq * 100)


@pytest.fixture
def fed(database: Database) -> list[FeedRow]:
    """Three hundred decisions with gaps between their numbers, all beyond 32 bits."""
    rows = [row(BIG + 3 * n, OUTCOMES[n % 3], violation=n % 5 == 0) for n in range(300)]
    with database.write() as connection:
        feed.begin_counting(connection)
        feed.record(connection, [Listed(each, each.seq * 100, PAYLOAD) for each in rows])
    return rows


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    after=st.integers(BIG - 5, BIG + 905) | st.integers(),
    before=st.none() | st.integers(BIG - 5, BIG + 905) | st.integers(),
    limit=st.integers(0, 310),
)
def test_a_page_is_what_a_list_would_give(
    database: Database, fed: list[FeedRow], after: int, before: int | None, limit: int
) -> None:
    wanted = [each for each in fed if after < each.seq and (before is None or each.seq < before)][:limit]
    with database.read() as connection:
        found = feed.rows_between(connection, after, before, limit)
    assert found == wanted
    assert all(type(each.violation) is bool for each in found)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seqs=st.lists(st.sampled_from([BIG, BIG + 3, BIG + 897, BIG + 1]) | st.integers()))
def test_rows_come_in_the_order_asked_for(database: Database, fed: list[FeedRow], seqs: list[int]) -> None:
    known = {each.seq: each for each in fed}
    with database.read() as connection:
        assert feed.rows_by_id(connection, seqs) == [known[seq] for seq in seqs if seq in known]
        assert [feed.row(connection, seq) for seq in seqs] == [known.get(seq) for seq in seqs]


@pytest.mark.parametrize("after", [-(2**70), 0, BIG + 299, BIG + 897, 2**63 - 1, 2**70])
@pytest.mark.parametrize("only", ["all", "violations", "allow", "deny", "hold"])
def test_ids(database: Database, fed: list[FeedRow], only: Any, after: int) -> None:
    wanted = [
        each.seq
        for each in fed
        if each.seq > after and (only == "all" or each.outcome == only or (only == "violations" and each.violation))
    ]
    with database.read() as connection:
        found = feed.ids(connection, only, after)
        assert (found.typecode, found.tolist()) == ("q", wanted)


def test_newest_counts_and_payloads(database: Database, fed: list[FeedRow]) -> None:
    with database.read() as connection:
        assert feed.high_water(connection) == fed[-1].seq
        assert feed.last_rows(connection, 7) == fed[-7:]
        assert feed.violations(connection, 3) == [each for each in reversed(fed) if each.violation][:3]
        assert feed.counts(connection) == {"allow": 100, "deny": 100, "hold": 100, "violations": 60}
        assert feed.payload(connection, fed[0].seq) == PAYLOAD
        assert feed.payload(connection, 1) is None
        assert list(feed.decision_records(connection, page=7)) == [(each, PAYLOAD) for each in fed]


def test_an_empty_feed(database: Database) -> None:
    with database.read() as connection:
        assert (feed.high_water(connection), feed.last_rows(connection, 5)) == (0, [])
        assert feed.ids(connection, "all", 0).tolist() == []


def test_the_draft_is_the_newest_saved_one_and_old_ones_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "KEPT", 3)
    kept = [
        StoredDraft(n, "stale" if n == 6 else "saved", "1.0.0", n, f"text {n} \0 \ud800", "", "", "[]", f"// {n} \0")
        for n in range(1, 7)
    ]
    with database.write() as connection:
        assert drafts.current(connection) is None
        for each in kept:
            drafts.add(connection, each)
        assert drafts.current(connection) == kept[4]
        assert drafts.history(connection) == [kept[5], kept[4], kept[3]]


def test_entities_are_in_order_of_code_points_whatever_the_collation(database: Database) -> None:
    uids = [
        ("Agent", "b"),
        ("Agent", "B"),
        ("agent", "a"),
        ("Agent", "ä"),
        ("Agent", "a b"),
        ("Agent", "ab"),
        ("A", "z"),
    ]
    with database.write() as connection:
        replace_entities(connection, [(t, i, "{}") for t, i in uids])
        replace_entities(connection, [("Agent", "b", "new")])
        remove_entities(connection, [("A", "z"), ("A", "unknown")])
    with database.read() as connection:
        expected = sorted((t, i, "new" if (t, i) == ("Agent", "b") else "{}") for t, i in uids if t != "A")
        assert entities(connection) == expected
        assert knows(connection, "Agent", "B")
        assert not knows(connection, "Agent", "BB")


def test_a_fact_is_replaced(database: Database) -> None:
    with database.write() as connection:
        set_fact(connection, "", "limit", "1")
        set_fact(connection, "", "limit", "2")
        assert fact_rows(connection) == [("", "limit", "2")]


def test_proposals_votes_and_the_chain(database: Database) -> None:
    proposed = [
        versions.StoredProposal(f"sha256:{n}", f"1.{n}.0", "p", state, 5 - n, None, "{}", "yaml: \0")
        for n, state in enumerate(("proposed", "approved", "active"))
    ]
    with database.write() as connection:
        for each in proposed:
            versions.add_proposal(connection, each)
        versions.move_proposal(connection, "sha256:0", "approved", BIG, '{"a":1}')
        for n in range(3):
            versions.add_vote(connection, versions.StoredVote("sha256:0", f"p{n}", "f", n, "{}"))
            versions.add_version(connection, f"1.{n}.0", f"d{n}", BIG + n, "text")
    with database.read() as connection:
        assert [each.digest for each in versions.proposal_list(connection)] == ["sha256:2", "sha256:1", "sha256:0"]
        assert len(versions.proposal_list(connection, ("approved",))) == 2
        moved = versions.proposal(connection, "sha256:0")
        assert moved is not None
        assert (moved.state, moved.due, moved.detail, moved.yaml) == ("approved", BIG, '{"a":1}', "yaml: \0")
        assert [vote.principal for vote in versions.vote_list(connection, "sha256:0")] == ["p0", "p1", "p2"]
        assert [each.position for each in versions.chain(connection, 1)] == [1, 2]
        assert versions.by_digest(connection, "\udcff") is None  # what a command line may hand on


def test_two_versions_of_one_number_cannot_both_be_in_force(database: Database) -> None:
    """The store's own last defence: even a program that is wrong cannot write a fork into one database."""
    with database.write() as connection:
        versions.add_version(connection, "1.0.0", "d0", 1, "text")
    with pytest.raises(StoreError), database.write() as connection:
        versions.add_version(connection, "1.0.0", "d1", 1, "text")
    with database.read() as connection:
        assert versions.chain_length(connection) == 1


def test_the_ledger_reads_back_what_was_appended(database: Database) -> None:
    with database.write() as connection:
        begin(connection)
        head = read_head(connection)
        for n in range(5):
            append(connection, head, kind="state", at=BIG * 1000 + n, body={"id": str(n), "event": "x\0ä"})
        head.generation, head.next_due, head.sealed = 2, BIG, "why"
        save_state(connection, head)
    with database.read() as connection:
        again = read_head(connection)
        assert (again.size, again.root(), again.generation, again.next_due, again.sealed) == (
            5,
            head.root(),
            2,
            BIG,
            "why",
        )
        found = list(entries(connection, page=2))
        assert [each.seq for each in found] == [1, 2, 3, 4, 5]
        assert entry(connection, 3) == found[2]
        assert all(after.prev == before.hash for before, after in pairwise(found))


def test_a_key_too_long_for_an_index_is_told_apart(kind: str, database: Database) -> None:
    """PostgreSQL's index holds a third of a page; SQLite's holds anything."""
    import random

    long = random.Random(1).randbytes(20_000).hex()
    if kind == "sqlite":
        with database.write() as connection:
            replace_entities(connection, [("Agent", long, "{}")])
            assert knows(connection, "Agent", long)
        return
    with pytest.raises(StoreError, check=lambda error: error.code == "store_too_long"), database.write() as connection:
        replace_entities(connection, [("Agent", long, "{}")])


def test_a_number_beyond_64_bits_is_refused_and_nothing_is_written(database: Database) -> None:
    def overflowing() -> None:
        with database.write() as connection:
            set_fact(connection, "", "a", "b")
            versions.add_version(connection, "1.0.0", "d", 2**63, "text")

    with pytest.raises(StoreError, check=lambda error: error.code == "store_too_long"):
        overflowing()
    with database.read() as connection:
        assert fact_rows(connection) == []
        assert entry(connection, 2**63) is None
