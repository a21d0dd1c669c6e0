"""What the ledger holds besides decisions, newest first, by key range and never by OFFSET.

Every query walks the partial index ``ix_ledger_happenings`` down from a key, so it costs the same whether the ledger
holds a thousand decisions or a million. May import the tables and the ledger; takes a connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, func, select, union

from workbench.store.ledger import StoredEntry
from workbench.store.tables import BESIDES, decisions, ledger, proposals, versions

_ENTRY = (
    select(ledger.c.seq, ledger.c.kind, ledger.c.at, ledger.c.hash, ledger.c.prev, ledger.c.body)
    .where(BESIDES)
    .order_by(ledger.c.seq.desc())
)
_NAMES = union(select(proposals.c.digest, proposals.c.version), select(versions.c.digest, versions.c.version))


def happenings(
    connection: Connection, *, after: int, before: int | None, limit: int, kinds: Sequence[str]
) -> list[StoredEntry]:
    """The newest ``limit`` entries with ``after < seq < before`` that are no decisions, newest first.

    ``kinds``: only these (empty: all).
    """
    query = _ENTRY.where(ledger.c.seq > after).limit(limit)
    if before is not None:
        query = query.where(ledger.c.seq < before)
    if kinds:
        query = query.where(ledger.c.kind.in_(kinds))
    return [StoredEntry(*row) for row in connection.execute(query)]


def version_names(connection: Connection) -> Mapping[str, str]:
    """Digest → number of every version that was ever proposed or in force."""
    return {str(digest): str(version) for digest, version in connection.execute(_NAMES)}


def last_by(connection: Connection, size: int, moment: int) -> int:
    """The number of the last of ``size`` entries that was written by ``moment`` (µs); 0 where none was.

    Times never fall with the number, so that halving finds it: twenty looks in a ledger of a million.
    """
    low, high = 0, size
    while low < high:
        middle = (low + high + 1) // 2
        at = connection.execute(select(ledger.c.at).where(ledger.c.seq == middle)).scalar()
        if at is not None and at <= moment:
            low = middle
        else:
            high = middle - 1
    return low


def decision_by(connection: Connection, seq: int) -> int:
    """The number of the last decision up to ``seq``; 0 where there is none."""
    return int(connection.execute(select(func.max(decisions.c.seq)).where(decisions.c.seq <= seq)).scalar() or 0)
