"""The ledger's entries of some kinds in order, for whoever folds them; and whether an entry is still the one it was.

Walks the partial index ``ix_ledger_happenings``, so decisions cost nothing. May import the tables; takes a connection.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from workbench.store.ledger import StoredEntry
from workbench.store.tables import BESIDES, cases, ledger

_ENTRY = select(ledger.c.seq, ledger.c.kind, ledger.c.at, ledger.c.hash, ledger.c.prev, ledger.c.body).where(BESIDES)
_MOST = 2**63 - 1


def told(connection: Connection, kinds: Sequence[str], after: int) -> Iterator[StoredEntry]:
    """Every entry of these kinds (none of them a decision's) after ``after``, oldest first."""
    query = _ENTRY.where(ledger.c.seq > max(0, min(after, _MOST)), ledger.c.kind.in_(kinds)).order_by(ledger.c.seq)
    for row in connection.execute(query):
        yield StoredEntry(*row)


def newest(connection: Connection, kind: str) -> StoredEntry | None:
    """The newest entry of a kind that is not a decision's."""
    query = _ENTRY.where(ledger.c.kind == kind).order_by(ledger.c.seq.desc()).limit(1)
    found = connection.execute(query).first()
    return None if found is None else StoredEntry(*found)


def hash_of(connection: Connection, seq: int) -> str:
    """The hash of an entry; empty where there is none."""
    found = connection.execute(select(ledger.c.hash).where(ledger.c.seq == seq)).scalar()
    return "" if found is None else str(found)


def oldest_case(connection: Connection, states: Sequence[str]) -> int | None:
    """The number of the decision that opened the oldest case in these states; ``None`` where there is none."""
    query = select(cases.c.opened_seq).where(cases.c.state.in_(states)).order_by(cases.c.opened_seq).limit(1)
    found = connection.execute(query).scalar()
    return None if found is None else int(found)
