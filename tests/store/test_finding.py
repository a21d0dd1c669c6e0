"""Filters of the feed: what the database finds is what a plain reading of the filter says, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.filter_oracle import wants
from workbench.engine.decision_filter import (
    NAME_KEYS,
    OUTCOMES,
    DecisionFilter,
    Named,
    Outcomes,
    Pattern,
    Recorded,
    Words,
)
from workbench.engine.filter_text import parse_filter
from workbench.store import feed, finding
from workbench.store.database import Database
from workbench.store.feed import FeedRow, Listed, StoredPayload
from workbench.store.finding import Wanted

NOW = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
EMPTY = StoredPayload(b"", b"{}", b"[]", b"{}")
NORMS = {"0123456789abcdef": "no Raids", "00000000deadbeef": "100% calm"}
HOSTILE = (
    "a%b",
    "a_b",
    "aXb",
    "a*b",
    "[ab]",
    "a?b",
    "a\\b",
    "it's",
    'say "x"',
    "Äa",
    "äA",
    "\u202ea",
    "\U0010ffff",
    "a\nb",
)
NAMES = ("nora", "Nora", "n", "", "ra", "a,b", "-x", *HOSTILE, *NORMS)

names = st.sampled_from(NAMES)
pieces = names | st.sampled_from(["%", "_", "no", "A", "a", "100%", "]", "\\", "\0", "\ud800", "'"])


@st.composite
def rows(draw: st.DrawFn) -> FeedRow:
    outcome = draw(st.sampled_from(["allow", "deny", "hold"]))
    return FeedRow(
        0, 0, draw(names), draw(names), draw(names), outcome, draw(st.sampled_from(["allowed", "forbidden"])),
        draw(names), outcome == "deny" and draw(st.booleans()), draw(st.sampled_from(["1.0.0", "1.2.0"])),
        draw(st.sampled_from(["", "high", "critical"])), draw(st.integers(-120, 60)),
    )  # fmt: skip


gaps = st.lists(pieces, min_size=1, max_size=3).map(
    lambda found: Pattern((found[0], *(piece for piece in found[1:-1] if piece), *found[-1:][: len(found) - 1]))
)
several = st.lists(gaps, min_size=1, max_size=3).map(tuple)
terms = st.one_of(
    st.builds(Named, st.sampled_from(NAME_KEYS), several, st.booleans()),
    st.builds(Words, several, st.booleans()),
    st.builds(Outcomes, st.lists(st.sampled_from(OUTCOMES), min_size=1, unique=True).map(tuple), st.booleans()),
    st.builds(
        Recorded,
        st.sampled_from(["since", "before"]),
        st.integers(-60, 120).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    ),
)
filters = st.lists(terms, min_size=1, max_size=3).map(lambda found: DecisionFilter(tuple(found)))


def micros(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def asked(wanted: DecisionFilter) -> Wanted:
    times = {term: micros(term.at(NOW)) for term in wanted.terms if isinstance(term, Recorded)}
    return Wanted(wanted, times, NORMS)


@pytest.fixture
def fill(database: Database):
    """Puts rows in the place of those that were there; they are numbered from 10 in steps of 3."""
    with database.write() as connection:
        feed.begin_counting(connection)

    def put(given: list[FeedRow]) -> list[tuple[FeedRow, datetime]]:
        placed = []
        with database.write() as connection:
            connection.execute(feed.payloads.delete())
            connection.execute(feed.decisions.delete())
            for number, row in enumerate(given):
                at = NOW + timedelta(minutes=row.recorded_at)
                placed.append((row._replace(seq=10 + 3 * number, recorded_at=micros(at)), at))
            feed.record(connection, [Listed(row, row.recorded_at, EMPTY) for row, _ in placed])
        return placed

    return put


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_rows=st.lists(rows(), max_size=25), wanted=st.lists(filters, min_size=3, max_size=6), data=st.data())
def test_the_database_finds_what_the_filter_says(database: Database, fill, given_rows, wanted, data) -> None:
    """In any range, whole or in pages, and without the ends that ``bounds`` cuts away."""
    placed = fill(given_rows)
    last = 10 + 3 * len(placed)
    after, upto = data.draw(st.integers(0, last)), data.draw(st.integers(0, last))
    with database.read() as connection:
        for each in wanted:
            fits = [row for row, at in placed if wants(each, row, at, NOW, NORMS)]
            everywhere = asked(each)
            assert finding.matching_ids(connection, everywhere, 0, last).tolist() == [row.seq for row in fits]
            part = [row for row in fits if after < row.seq <= upto]
            assert finding.matching_ids(connection, everywhere, after, upto).tolist() == [row.seq for row in part]
            assert finding.matching_rows(connection, everywhere, after, upto, 3) == part[:3]
            narrow = finding.bounds(connection, everywhere, after, upto)
            assert finding.matching_ids(connection, everywhere, *narrow).tolist() == [row.seq for row in part]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("form", ['agent:"{}"', 'agent:"{}"*', '"{}"'])
def test_signs_of_the_database_are_plain_text(database: Database, fill, name: str, form: str) -> None:
    placed = fill([FeedRow(0, 0, each, "x", "x", "allow", "x", "x", False, "1") for each in HOSTILE])
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    with database.read() as connection:
        found = finding.matching_ids(connection, asked(parse_filter(form.format(escaped))), 0, 10**6).tolist()
    assert [row.agent for row, _ in placed if row.seq in found] == [name]


def test_a_filter_as_long_as_any_may_be_is_answered(database: Database, fill) -> None:
    fill([FeedRow(0, 0, "b", "x", "x", "allow", "x", "x", False, "1")])
    many = parse_filter(" ".join(["a,b*,*c," * 12 + "b"] * 40)[:1998])
    with database.read() as connection:
        assert finding.matching_ids(connection, asked(many), 0, 100).tolist() == [10]


def test_known_names(database: Database, fill) -> None:
    fill([FeedRow(0, 0, name, name[:1], "x", "allow", "x", "r", False, "1") for name in ("b", "a", "c", "b", "")])
    with database.read() as connection:
        assert finding.known_names(connection, "agent", 9) == ["", "a", "b", "c"]
        assert finding.known_names(connection, "agent", 2) == ["", "a"]
        assert finding.known_names(connection, "action", 9) == ["", "a", "b", "c"]
        assert finding.known_names(connection, "rule", 9) == ["r"]
