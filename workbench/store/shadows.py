"""Where a version that runs as a shadow would have decided otherwise. Takes a connection; may import the tables."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select

from workbench.store.tables import decisions, shadows


@dataclass(frozen=True, slots=True)
class StoredDifference:
    """One decision (``seq``) that the shadow ``digest`` would have answered with ``outcome``."""

    seq: int
    digest: str
    outcome: str
    code: str
    rule: str


@dataclass(frozen=True, slots=True)
class Apart:
    """A difference beside what was decided."""

    seq: int
    agent: str
    action: str
    resource: str
    decided: str
    shadow: str
    code: str
    rule: str


def add(connection: Connection, difference: StoredDifference) -> None:
    """Keep a difference."""
    connection.execute(shadows.insert(), asdict(difference))


def decided(connection: Connection, seq: int) -> str:
    """The outcome that the feed lists for a decision; empty where it lists none."""
    found = connection.execute(select(decisions.c.outcome).where(decisions.c.seq == seq)).scalar()
    return str(found or "")


def asked(connection: Connection, after: int, until: int) -> int:
    """How many decisions were made with ``after < seq <= until``."""
    query = select(func.count()).select_from(decisions).where(decisions.c.seq > after, decisions.c.seq <= until)
    return int(connection.execute(query).scalar() or 0)


def counts(connection: Connection, digest: str) -> dict[tuple[str, str], int]:
    """How many differences of a shadow there are, by (decided, shadow's outcome)."""
    query = (
        select(decisions.c.outcome, shadows.c.outcome, func.count())
        .join(decisions, decisions.c.seq == shadows.c.seq)
        .where(shadows.c.digest == digest)
        .group_by(decisions.c.outcome, shadows.c.outcome)
    )
    return {(str(was), str(would)): int(count) for was, would, count in connection.execute(query)}


def newest(connection: Connection, digest: str, outcome: str, limit: int) -> list[Apart]:
    """The newest differences of a shadow that would have answered ``outcome``."""
    query = (
        select(
            shadows.c.seq,
            decisions.c.agent,
            decisions.c.action,
            decisions.c.resource,
            decisions.c.outcome,
            shadows.c.outcome,
            shadows.c.code,
            shadows.c.rule,
        )
        .join(decisions, decisions.c.seq == shadows.c.seq)
        .where(shadows.c.digest == digest, shadows.c.outcome == outcome)
        .order_by(shadows.c.seq.desc())
        .limit(limit)
    )
    return [Apart(*row) for row in connection.execute(query)]


def forget(connection: Connection, digest: str) -> None:
    """Forget the differences of a shadow: it begins anew."""
    connection.execute(delete(shadows).where(shadows.c.digest == digest))
