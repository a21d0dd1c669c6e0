"""Compliance counted by the database, over every recorded decision. Takes a connection, returns plain tuples.

Two walks, whatever the number of decisions: all of them in the order of agent and number, by an index that holds all
that is asked, and the violating ones. May import the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from workbench.store.feed import FeedRow
from workbench.store.tables import decisions, payloads

_FROM_ALL = 0


class AgentCount(NamedTuple):
    """One agent: recorded decisions, and those among them that are violations."""

    agent: str
    total: int
    violating: int


def first_since(connection: Connection, since: int) -> int | None:
    """``seq`` of the first decision recorded at ``since`` (µs) or later; ``None`` where there is none."""
    query = (
        select(decisions.c.seq)
        .where(decisions.c.recorded_at >= since)
        .order_by(decisions.c.recorded_at, decisions.c.seq)
        .limit(1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else int(found)


def counts(connection: Connection, agent: str | None = None, first: int = _FROM_ALL) -> list[AgentCount]:
    """Of every agent (or of one) with a decision from ``first`` on, in the order of their names."""
    query = (
        select(decisions.c.agent, func.count(), func.count().filter(decisions.c.violation))
        .group_by(decisions.c.agent)
        .order_by(decisions.c.agent)
    )
    return [AgentCount(str(a), int(n), int(v)) for a, n, v in connection.execute(_limited(query, agent, first))]


def violating(
    connection: Connection, agent: str | None = None, first: int = _FROM_ALL
) -> Iterator[tuple[str, str, int]]:
    """``(agent, rule, seq)`` of every violation from ``first`` on, by number."""
    query = select(decisions.c.agent, decisions.c.rule, decisions.c.seq).where(decisions.c.violation)
    for who, rule, seq in connection.execute(_limited(query, agent, first).order_by(decisions.c.seq)):
        yield str(who), str(rule), int(seq)


def nth(connection: Connection, agent: str, place: int, first: int = _FROM_ALL) -> int:
    """``seq`` of an agent's decision number ``place`` (from 0), counted from ``first`` on."""
    query = select(decisions.c.seq).where(decisions.c.agent == agent, decisions.c.seq >= first)
    return int(connection.execute(query.order_by(decisions.c.seq).offset(place).limit(1)).scalar_one())


class ViolationRecord(NamedTuple):
    """A decision that is a violation, with what was asked and answered (JSON); both empty where it was erased."""

    row: FeedRow
    request: bytes
    decision: bytes


def violation_count(connection: Connection, first: int = _FROM_ALL, severities: Sequence[str] = ()) -> int:
    """How many decisions from ``first`` on are violations; of these severities, where any are named."""
    query = select(func.count()).select_from(decisions).where(decisions.c.violation)
    if severities:
        query = query.where(decisions.c.severity.in_(severities))
    return int(connection.execute(_limited(query, None, first)).scalar_one())


def violation_records(
    connection: Connection, limit: int, first: int = _FROM_ALL, severities: Sequence[str] = ()
) -> list[ViolationRecord]:
    """The newest ``limit`` violations from ``first`` on, newest first; of these severities, where any are named."""
    columns = [decisions.c[name] for name in FeedRow._fields]
    query = (
        select(*columns, payloads.c.request, payloads.c.decision)
        .select_from(decisions.outerjoin(payloads, payloads.c.seq == decisions.c.seq))
        .where(decisions.c.violation)
    )
    if severities:
        query = query.where(decisions.c.severity.in_(severities))
    query = _limited(query, None, first).order_by(decisions.c.seq.desc()).limit(limit)
    return [ViolationRecord(FeedRow(*row[:-2]), row[-2] or b"", row[-1] or b"") for row in connection.execute(query)]


def _limited(query: Select[Any], agent: str | None, first: int) -> Select[Any]:
    if first > _FROM_ALL:
        query = query.where(decisions.c.seq >= first)
    return query if agent is None else query.where(decisions.c.agent == agent)
