"""Recorded decisions to be decided again: those since a time, a page at a time by key, and the grants they used.

May import the tables; takes a connection, which is held for one page only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from workbench.store.feed import FeedRow
from workbench.store.tables import BESIDES, decisions, ledger, payloads

_COLUMNS = tuple(decisions.c[name] for name in FeedRow._fields)
_PAGE = (
    select(*_COLUMNS, payloads.c.request, payloads.c.entities)
    .select_from(decisions.outerjoin(payloads, payloads.c.seq == decisions.c.seq))
    .where(
        decisions.c.seq > bindparam("after"), decisions.c.seq <= bindparam("last"), decisions.c.at >= bindparam("since")
    )
    .order_by(decisions.c.seq)
    .limit(bindparam("limit"))
)
_SPAN = select(func.count(), func.max(decisions.c.seq), func.min(decisions.c.at)).where(
    decisions.c.at >= bindparam("since")
)
_GRANTS = select(ledger.c.body).where(BESIDES, ledger.c.kind == "grant", ledger.c.seq > bindparam("after"))


class Kept(NamedTuple):
    """A decision with what was asked (bytes as recorded; ``None`` where it was erased)."""

    row: FeedRow
    request: bytes | None
    entities: bytes | None


class Span(NamedTuple):
    """How many decisions happened since a time, the largest ``seq`` of them, and when the first was (µs)."""

    decisions: int
    last: int
    first_at: int


def span(connection: Connection, since: int) -> Span:
    """The decisions that happened at ``since`` (µs since 1970) or later."""
    count, last, first = connection.execute(_SPAN, {"since": since}).one()
    return Span(int(count), int(last or 0), int(first or 0))


def page(connection: Connection, since: int, after: int, last: int, limit: int = 500) -> list[Kept]:
    """The next ``limit`` decisions with ``after < seq <= last`` that happened at ``since`` or later, ascending."""
    given = {"since": since, "after": after, "last": last, "limit": limit}
    width = len(_COLUMNS)
    return [Kept(FeedRow(*row[:width]), *row[width:]) for row in connection.execute(_PAGE, given)]


def grants(connection: Connection, after: int = 0) -> Mapping[int, tuple[str, ...]]:
    """Decision → ids of the cases whose grants it used; of those after ``after``."""
    found: dict[int, tuple[str, ...]] = {}
    for (text,) in connection.execute(_GRANTS, {"after": after}):
        body = json.loads(text)["body"]
        seq, case = body.get("decision"), body.get("id")
        if isinstance(seq, int) and isinstance(case, str):
            found[seq] = (*found.get(seq, ()), case)
    return found
