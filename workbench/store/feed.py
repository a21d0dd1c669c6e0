"""The feed: decisions listed by key range, never by OFFSET, with SQLAlchemy Core on the hot path.

Every query here walks an index from a key, so its cost depends on the rows asked for and not on the length of the log.
May import the tables; takes a connection, returns plain tuples.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection, Select, bindparam, func, select

from workbench.store.tables import decisions, payloads, tallies

Only: TypeAlias = Literal["all", "violations", "allow", "deny", "hold"]


class FeedRow(NamedTuple):
    """One decision as stored. Times in microseconds since 1970 (UTC): ``at`` when the action happened, ``recorded_at``
    when it was recorded, which the database is told with the row. ``severity``: of a violation, else empty."""

    seq: int
    at: int
    agent: str
    action: str
    resource: str
    outcome: Literal["allow", "deny", "hold"]
    code: str
    rule: str
    violation: bool
    version: str
    severity: str = ""
    recorded_at: int = 0


@dataclass(frozen=True, slots=True)
class StoredPayload:
    """What was asked and answered, as the bytes that the ledger's salted digests cover."""

    salt: bytes
    request: bytes
    entities: bytes
    decision: bytes


_COLUMNS = tuple(decisions.c[name] for name in FeedRow._fields)
_RANGE = (
    select(*_COLUMNS)
    .where(decisions.c.seq > bindparam("after"), decisions.c.seq < bindparam("before"))
    .order_by(decisions.c.seq)
    .limit(bindparam("limit"))
)
_RANGE_LAST = (
    select(*_COLUMNS)
    .where(decisions.c.seq > bindparam("after"), decisions.c.seq < bindparam("before"))
    .order_by(decisions.c.seq.desc())
    .limit(bindparam("limit"))
)
_ONE = select(*_COLUMNS).where(decisions.c.seq == bindparam("seq"))
_VIOLATIONS = select(*_COLUMNS).where(decisions.c.violation).order_by(decisions.c.seq.desc()).limit(bindparam("limit"))
_NO_END = 2**63 - 1  # the largest number that either database takes; no decision has it
_CHUNK = 500  # ids in one IN list; SQLite allows more, but the statement cache likes one size


def high_water(connection: Connection) -> int:
    """The largest ``seq`` of a decision, 0 when there is none."""
    return int(connection.execute(select(func.max(decisions.c.seq))).scalar() or 0)


def rows_between(connection: Connection, after: int, before: int | None, limit: int) -> list[FeedRow]:
    """At most ``limit`` decisions with ``after < seq < before``, ascending: the first ones after ``after``."""
    end = _NO_END if before is None else _bounded(before)
    found = connection.execute(_RANGE, {"after": _bounded(after), "before": end, "limit": _bounded(limit)})
    return [FeedRow(*row) for row in found]


def last_rows(connection: Connection, limit: int) -> list[FeedRow]:
    """The newest ``limit`` decisions, ascending."""
    found = connection.execute(_RANGE_LAST, {"after": 0, "before": _NO_END, "limit": _bounded(limit)}).all()
    return [FeedRow(*row) for row in reversed(found)]


def rows_by_id(connection: Connection, ids: Iterable[int]) -> list[FeedRow]:
    """The decisions with these ``seq``, in the order asked for; unknown ones are left out."""
    wanted = [seq for seq in ids if seq == _bounded(seq)]
    found: dict[int, FeedRow] = {}
    for start in range(0, len(wanted), _CHUNK):
        chunk = wanted[start : start + _CHUNK]
        for row in connection.execute(select(*_COLUMNS).where(decisions.c.seq.in_(chunk))):
            found[row[0]] = FeedRow(*row)
    return [found[seq] for seq in wanted if seq in found]


def row(connection: Connection, seq: int) -> FeedRow | None:
    """One decision, or ``None``."""
    found = connection.execute(_ONE, {"seq": _bounded(seq)}).first()
    return FeedRow(*found) if found is not None and found[0] == seq else None


def ids(connection: Connection, only: Only, after: int) -> array[int]:
    """``seq`` of every matching decision after ``after``, ascending, eight bytes each."""
    query = select(decisions.c.seq).where(decisions.c.seq > _bounded(after)).order_by(decisions.c.seq)
    if only == "violations":
        query = query.where(decisions.c.violation)
    elif only != "all":
        query = query.where(decisions.c.outcome == only)
    return numbers(connection, query)


def numbers(connection: Connection, query: Select[int]) -> array[int]:
    """The numbers that a query of one column gives, eight bytes each. Its parameters must be numbers and texts."""
    compiled = query.compile(dialect=connection.dialect)
    raw: Any = connection.connection.driver_connection
    if isinstance(raw, sqlite3.Connection):  # straight from the driver: a million ids in a fraction of a second
        given = compiled.params  # made anew at every asking
        cursor = raw.execute(str(compiled), [given[name] for name in compiled.positiontup or ()])
        return array("q", (seq for (seq,) in cursor))
    return array("q", connection.execute(query).scalars())


def requests(connection: Connection, seqs: Sequence[int], most: int | None = None) -> Mapping[int, bytes]:
    """What was asked, as recorded, of those decisions of which it is still kept; none longer than ``most`` bytes."""
    wanted = [seq for seq in seqs if seq == _bounded(seq)]
    found: dict[int, bytes] = {}
    for start in range(0, len(wanted), _CHUNK):
        query = select(payloads.c.seq, payloads.c.request).where(payloads.c.seq.in_(wanted[start : start + _CHUNK]))
        if most is not None:
            query = query.where(func.length(payloads.c.request) <= most)
        found.update((int(seq), bytes(request)) for seq, request in connection.execute(query))
    return found


def violations(connection: Connection, limit: int) -> list[FeedRow]:
    """The newest ``limit`` violations, newest first."""
    return [FeedRow(*row) for row in connection.execute(_VIOLATIONS, {"limit": _bounded(limit)})]


def repeated(connection: Connection, since: int) -> list[tuple[str, str, str, int]]:
    """(rule, agent, action, how many) of the violations recorded after ``since`` (µs), by any process.

    Costs a walk over the violations since then, and no more.
    """
    first = (
        select(decisions.c.seq)
        .where(decisions.c.recorded_at > since)
        .order_by(decisions.c.recorded_at, decisions.c.seq)
        .limit(1)
    )
    begun = connection.execute(first).scalar()
    if begun is None:
        return []
    group = (decisions.c.rule, decisions.c.agent, decisions.c.action)
    query = select(*group, func.count()).where(decisions.c.violation, decisions.c.seq >= begun).group_by(*group)
    return [(str(rule), str(agent), str(action), int(many)) for rule, agent, action, many in connection.execute(query)]


def counts(connection: Connection) -> Mapping[str, int]:
    """The running counts: ``allow``, ``deny``, ``hold``, ``violations``."""
    return {name: int(count) for name, count in connection.execute(select(tallies.c.name, tallies.c.count))}


def payload(connection: Connection, seq: int) -> StoredPayload | None:
    """What was asked and answered; ``None`` where it was redacted or never was."""
    found = connection.execute(
        select(payloads.c.salt, payloads.c.request, payloads.c.entities, payloads.c.decision).where(
            payloads.c.seq == seq
        )
    ).first()
    return None if found is None else StoredPayload(*found)


_AUDIT = (
    select(*_COLUMNS, payloads.c.salt, payloads.c.request, payloads.c.entities, payloads.c.decision)
    .select_from(decisions.outerjoin(payloads, payloads.c.seq == decisions.c.seq))
    .where(decisions.c.seq > bindparam("after"))
    .order_by(decisions.c.seq)
    .limit(bindparam("limit"))
)


def decision_records(connection: Connection, page: int = 1000) -> Iterator[tuple[FeedRow, StoredPayload | None]]:
    """Every decision with its payload (``None`` where erased), in order, read a page at a time by key."""
    after = 0
    while True:
        found = connection.execute(_AUDIT, {"after": after, "limit": page}).all()
        for row in found:
            kept = StoredPayload(*row[len(_COLUMNS) :]) if row[len(_COLUMNS)] is not None else None
            yield FeedRow(*row[: len(_COLUMNS)]), kept
        if len(found) < page:
            return
        after = found[-1][0]


_INSERT_DECISION = decisions.insert()
_INSERT_PAYLOAD = payloads.insert()
_COUNT = tallies.update().where(tallies.c.name == bindparam("what")).values(count=tallies.c.count + bindparam("many"))


class Listed(NamedTuple):
    """A decision to be listed: its row, when it was recorded (µs), and its payload."""

    row: FeedRow
    recorded_at: int
    payload: StoredPayload


def record(connection: Connection, items: Sequence[Listed]) -> None:
    """List decisions whose ledger entries are appended in the same transaction, and count them."""
    if not items:
        return
    connection.execute(_INSERT_DECISION, [{**row._asdict(), "recorded_at": at} for row, at, _ in items])
    connection.execute(
        _INSERT_PAYLOAD,
        [
            {
                "seq": row.seq,
                "salt": kept.salt,
                "request": kept.request,
                "entities": kept.entities,
                "decision": kept.decision,
            }
            for row, _, kept in items
        ],
    )
    counted = Counter(row.outcome for row, _, _ in items)
    violations = sum(row.violation for row, _, _ in items)
    many: list[dict[str, Any]] = [{"what": name, "many": count} for name, count in counted.items()]
    if violations:
        many.append({"what": "violations", "many": violations})
    connection.execute(_COUNT, many)


def begin_counting(connection: Connection) -> None:
    """Set the running counts to zero in a new database."""
    connection.execute(
        tallies.insert(), [{"name": name, "count": 0} for name in ("allow", "deny", "hold", "violations")]
    )


def _bounded(number: int) -> int:
    """The nearest number that both databases take: anyone may ask for a decision by any number at all."""
    return max(-_NO_END, min(number, _NO_END))
