"""Compliance counted by the database, over every recorded decision. Takes a connection, returns plain tuples.

Two walks, whatever the number of decisions: all of them in the order of agent and number, by an index that holds all
that is asked, and the violating ones, each with its ledger entry, which names every rule that was broken. May import
the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, func, select

from workbench.store.feed import FeedRow
from workbench.store.tables import decisions, ledger, payloads

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


class Violating(NamedTuple):
    """A decision that is a violation. ``rule``: the first that it broke; ``severity``: the highest; ``entry``: the
    bytes of its ledger entry; ``answer``: what was answered (JSON), where severities are asked for and it stands."""

    seq: int
    agent: str
    code: str
    rule: str
    severity: str
    entry: bytes
    answer: bytes | None = None


def violating(
    connection: Connection, agent: str | None = None, first: int = _FROM_ALL, severities: Sequence[str] = ()
) -> Iterator[Violating]:
    """Every violation from ``first`` on, by number; where severities are named, those whose highest is one of them."""
    columns = [*(decisions.c[name] for name in Violating._fields[:-2]), ledger.c.body]
    source = decisions.join(ledger, ledger.c.seq == decisions.c.seq)
    query = select(*columns).select_from(source)
    if severities:
        source = source.outerjoin(payloads, payloads.c.seq == decisions.c.seq)
        query = select(*columns, payloads.c.decision).select_from(source).where(decisions.c.severity.in_(severities))
    query = query.where(decisions.c.violation)
    for row in connection.execute(_limited(query, agent, first).order_by(decisions.c.seq)):
        yield Violating(*row)


def nth(connection: Connection, agent: str, place: int, first: int = _FROM_ALL) -> int:
    """``seq`` of an agent's decision number ``place`` (from 0), counted from ``first`` on."""
    query = select(decisions.c.seq).where(decisions.c.agent == agent, decisions.c.seq >= first)
    return int(connection.execute(query.order_by(decisions.c.seq).offset(place).limit(1)).scalar_one())


class ViolationRecord(NamedTuple):
    """A decision that is a violation, with its ledger entry, and what was asked and answered (JSON); these two are
    empty where they were erased."""

    row: FeedRow
    entry: bytes
    request: bytes
    decision: bytes


def violation_records(
    connection: Connection,
    limit: int,
    first: int = _FROM_ALL,
    severities: Sequence[str] = (),
    agent: str | None = None,
    only: Sequence[int] | None = None,
) -> list[ViolationRecord]:
    """The newest ``limit`` violations (of an agent) from ``first`` on, newest first; where severities are named, those
    whose highest is one of them. ``only``: of these numbers, a few hundred at most."""
    columns = [decisions.c[name] for name in FeedRow._fields]
    query = (
        select(*columns, ledger.c.body, payloads.c.request, payloads.c.decision)
        .select_from(
            decisions.join(ledger, ledger.c.seq == decisions.c.seq).outerjoin(
                payloads, payloads.c.seq == decisions.c.seq
            )
        )
        .where(decisions.c.violation)
    )
    if severities:
        query = query.where(decisions.c.severity.in_(severities))
    if only is not None:
        query = query.where(decisions.c.seq.in_(only))
    found = connection.execute(_limited(query, agent, first).order_by(decisions.c.seq.desc()).limit(limit))
    return [ViolationRecord(FeedRow(*row[:-3]), row[-3], row[-2] or b"", row[-1] or b"") for row in found]


def _limited(query: Select[Any], agent: str | None, first: int) -> Select[Any]:
    if first > _FROM_ALL:
        query = query.where(decisions.c.seq >= first)
    return query if agent is None else query.where(decisions.c.agent == agent)
