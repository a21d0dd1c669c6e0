"""What the feed amounts to: counts of decisions by slice of time, by agent and by rule, from a number on.

Every query takes ``after`` and ``upto``, so that what was counted once is not read again. May import the tables; takes
a connection, returns plain tuples.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, func, select

from workbench.store.tables import decisions


class Counted(NamedTuple):
    """So many decisions alike. ``slice``: the time of recording, divided by the width asked for."""

    slice: int
    outcome: str
    violation: bool
    many: int


class CountedFor(NamedTuple):
    """The same, for one agent or one rule. ``rule`` is empty where no rule decided."""

    slice: int
    name: str
    outcome: str
    violation: bool
    many: int


def by_time(connection: Connection, after: int, upto: int, start: int, width: int) -> list[Counted]:
    """Decisions with ``after < seq <= upto`` recorded from ``start`` on (µs), by slices of ``width`` µs."""
    slice_ = decisions.c.recorded_at // width
    query = (
        select(slice_, decisions.c.outcome, decisions.c.violation, func.count())
        .where(decisions.c.recorded_at >= start, decisions.c.seq > after, decisions.c.seq <= upto)
        .group_by(slice_, decisions.c.outcome, decisions.c.violation)
    )
    return [Counted(int(s), str(o), bool(v), int(n)) for s, o, v, n in connection.execute(query)]


def by_agent(connection: Connection, after: int, upto: int, start: int, width: int) -> list[CountedFor]:
    """The same, for each agent."""
    return _by(connection, "agent", after, upto, start, width, refused=False)


def by_rule(connection: Connection, after: int, upto: int, start: int, width: int) -> list[CountedFor]:
    """The same, for each rule that denied or held; what was allowed is left out."""
    return _by(connection, "rule", after, upto, start, width, refused=True)


def _by(
    connection: Connection, column: str, after: int, upto: int, start: int, width: int, *, refused: bool
) -> list[CountedFor]:
    slice_, name = decisions.c.recorded_at // width, decisions.c[column]
    query = (
        select(slice_, name, decisions.c.outcome, decisions.c.violation, func.count())
        .where(decisions.c.recorded_at >= start, decisions.c.seq > after, decisions.c.seq <= upto)
        .group_by(slice_, name, decisions.c.outcome, decisions.c.violation)
    )
    if refused:
        query = query.where(decisions.c.outcome != "allow")
    found = connection.execute(query)
    return [CountedFor(int(s), str(who), str(o), bool(v), int(n)) for s, who, o, v, n in found]
