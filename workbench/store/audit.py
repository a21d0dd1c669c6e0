"""What an audit reads: every entry beside what repeats it, in one walk by key; and what no entry accounts for.

May import the tables; takes a connection, returns plain tuples.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from workbench.store.tables import case_votes, decisions, ledger, payloads, votes

PAGE = 2000


class AuditRow(NamedTuple):
    """A ledger row, the decision listed under its number (``listed`` is ``None`` where there is none), and the payload
    (``salt`` is ``None`` where it was erased or never was). Times in µs."""

    seq: int
    kind: str
    at: int
    hash: str
    prev: str
    body: bytes
    listed: int | None
    happened_at: int
    recorded_at: int
    agent: str
    action: str
    resource: str
    outcome: str
    code: str
    rule: str
    violation: bool
    version: str
    salt: bytes | None
    request: bytes
    entities: bytes
    decision: bytes
    severity: str  # of the listed decision


_WALK = (
    select(
        ledger.c.seq,
        ledger.c.kind,
        ledger.c.at,
        ledger.c.hash,
        ledger.c.prev,
        ledger.c.body,
        decisions.c.seq,
        decisions.c.at,
        decisions.c.recorded_at,
        decisions.c.agent,
        decisions.c.action,
        decisions.c.resource,
        decisions.c.outcome,
        decisions.c.code,
        decisions.c.rule,
        decisions.c.violation,
        decisions.c.version,
        payloads.c.salt,
        payloads.c.request,
        payloads.c.entities,
        payloads.c.decision,
        decisions.c.severity,
    )
    .select_from(
        ledger.outerjoin(decisions, decisions.c.seq == ledger.c.seq).outerjoin(payloads, payloads.c.seq == ledger.c.seq)
    )
    .where(ledger.c.seq > bindparam("after"))
    .order_by(ledger.c.seq)
    .limit(bindparam("limit"))
)


def pages(connection: Connection, after: int = 0) -> Iterator[Sequence[AuditRow]]:
    """Every entry after ``after`` with what repeats it, in order, a page at a time; no page is empty."""
    while True:
        found = connection.execute(_WALK, {"after": after, "limit": PAGE}).all()
        if not found:
            return
        yield found  # type: ignore[misc]  # rows in the order of AuditRow's fields; making each one costs a second a million
        after = found[-1][0]


def strays(connection: Connection, kind: str) -> tuple[int, int | None]:
    """Of the ``decisions`` or the ``payloads``: how many there are, and the first under a number that no ledger entry
    has."""
    table = {"decisions": decisions, "payloads": payloads}[kind]
    count = int(connection.execute(select(func.count()).select_from(table)).scalar_one())
    missing = (
        select(table.c.seq)
        .select_from(table.outerjoin(ledger, ledger.c.seq == table.c.seq))
        .where(ledger.c.seq.is_(None))
        .order_by(table.c.seq)
        .limit(1)
    )
    first = connection.execute(missing).scalar()
    return count, None if first is None else int(first)


def case_vote_texts(connection: Connection) -> list[str]:
    """Every vote on a case as it is kept, in order of arrival."""
    return [str(text) for text in connection.execute(select(case_votes.c.vote).order_by(case_votes.c.id)).scalars()]


def vote_rows(connection: Connection) -> list[tuple[str, str]]:
    """Every vote on a proposal: the proposal's digest, and the vote with its witness as JSON."""
    found = connection.execute(select(votes.c.digest, votes.c.vote).order_by(votes.c.id))
    return [(str(digest), str(vote)) for digest, vote in found]


def decisions_of(connection: Connection, agent: str, before: int, limit: int) -> list[tuple[int, int]]:
    """(number, when it happened in µs) of the decisions of ``agent`` that happened before ``before``, last first."""
    query = (
        select(decisions.c.seq, decisions.c.at)
        .where(decisions.c.agent == agent, decisions.c.at < before)
        .order_by(decisions.c.at.desc(), decisions.c.seq.desc())
        .limit(limit)
    )
    return [(int(seq), int(at)) for seq, at in connection.execute(query)]
