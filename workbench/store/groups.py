"""Decisions counted by the database: by rule × agent × action × outcome, in slices of time, over a range of numbers.

Walks the table's own key from one number to another, so it costs what lies between them and not what lies behind. Also
the ledger's entries about acknowledged groups. May import the tables; takes a connection, returns plain tuples.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, Select, bindparam, func, literal_column, select

from workbench.store.ledger import StoredEntry
from workbench.store.tables import BESIDES, decisions, ledger

KIND = "group"
"""The kind of ledger entry that acknowledges a group, or takes that back."""


class Counted(NamedTuple):
    """So many decisions alike. Times in µs since 1970 (UTC), as recorded.

    ``start``: the slice of time that all of them lie in; ``first``, ``last``: the earliest and the latest of them;
    ``newest``: the number of the latest.
    """

    rule: str
    agent: str
    action: str
    outcome: str
    code: str
    violation: bool
    severity: str
    start: int
    many: int
    first: int
    last: int
    newest: int


@cache
def _statement(width: int) -> Select[Any]:
    """``width`` is a number of ours and stands in the text: PostgreSQL takes two parameters for two expressions."""
    at = decisions.c.recorded_at
    size: Any = literal_column(str(int(width)), Integer)
    alike = [decisions.c[name] for name in ("rule", "agent", "action", "outcome", "code", "violation", "severity")]
    start = (at - at % size).label("start")
    return (
        select(*alike, start, func.count(), func.min(at), func.max(at), func.max(decisions.c.seq))
        .where(decisions.c.seq > bindparam("after"), decisions.c.seq <= bindparam("upto"))
        .group_by(*alike, start)
    )


def counted(connection: Connection, after: int, upto: int, width: int) -> list[Counted]:
    """The decisions with ``after < seq <= upto``, counted in slices of ``width`` µs; in no order."""
    found = connection.execute(_statement(width), {"after": after, "upto": upto})
    return [Counted(r, a, c, o, k, bool(v), s, *rest) for r, a, c, o, k, v, s, *rest in found]


_BEFORE = (
    select(decisions.c.seq, decisions.c.recorded_at)
    .where(decisions.c.seq <= bindparam("upto"))
    .order_by(decisions.c.seq.desc())
    .limit(1)
)


def newest_before(connection: Connection, upto: int) -> tuple[int, int] | None:
    """Number and time (µs) of the last decision with ``seq <= upto``; ``None`` where there is none."""
    found = connection.execute(_BEFORE, {"upto": upto}).first()
    return None if found is None else (int(found[0]), int(found[1]))


_ENTRIES = (
    select(ledger.c.seq, ledger.c.kind, ledger.c.at, ledger.c.hash, ledger.c.prev, ledger.c.body)
    .where(BESIDES)
    .where(ledger.c.kind == KIND, ledger.c.seq > bindparam("after"))
    .order_by(ledger.c.seq)
)


def entries(connection: Connection, after: int = 0) -> list[StoredEntry]:
    """The ledger's entries about groups after number ``after``; the index over happenings is walked."""
    return [StoredEntry(*row) for row in connection.execute(_ENTRIES, {"after": after})]
