"""Cases and the votes on them, as rows. What a state means is the service's business; here it is a word.

May import the tables; takes a connection. ``payload`` and ``case_key`` can be erased (:func:`erase`); the ledger never
holds them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from workbench.store.tables import case_votes, cases

_CHUNK = 500  # ids in one IN list


@dataclass(frozen=True, slots=True)
class StoredCase:
    """A row of ``cases``. Times in µs since 1970; ``detail`` and ``payload`` are JSON texts (see tables)."""

    id: str
    case_key: str
    procedure: str
    procedure_digest: str
    requirement: str
    version_digest: str
    state: str
    requester: str
    action: str
    resource: str
    opened_seq: int
    opened_at: int
    due: int | None
    detail: str
    payload: str


@dataclass(frozen=True, slots=True)
class StoredCaseVote:
    """A row of ``case_votes``, in order of arrival; ``received_at`` in µs."""

    case_id: str
    stage: int
    principal: str
    verdict: str
    received_at: int
    vote: str


_QUERY = select(*(cases.c[name] for name in StoredCase.__dataclass_fields__))
_VOTES = select(*(case_votes.c[name] for name in StoredCaseVote.__dataclass_fields__)).order_by(case_votes.c.id)


def add(connection: Connection, case: StoredCase) -> None:
    """Keep a new case."""
    connection.execute(cases.insert(), asdict(case))


def move(connection: Connection, before: StoredCase, after: StoredCase) -> bool:
    """Put ``after`` in place of ``before``; ``False``, and nothing done, where its state is not that any more."""
    kept = asdict(after)
    del kept["id"]
    query = cases.update().where(cases.c.id == before.id, cases.c.state == before.state).values(**kept)
    return connection.execute(query).rowcount == 1


def by_id(connection: Connection, id: str) -> StoredCase | None:
    """One case."""
    found = connection.execute(_QUERY.where(cases.c.id == id)).first()
    return None if found is None else StoredCase(*found)


def by_ids(connection: Connection, ids: Collection[str]) -> list[StoredCase]:
    """These cases, in no order; unknown ids are left out."""
    wanted, found = list(ids), []
    for start in range(0, len(wanted), _CHUNK):
        query = _QUERY.where(cases.c.id.in_(wanted[start : start + _CHUNK]))
        found += [StoredCase(*row) for row in connection.execute(query)]
    return found


def beginning_with(connection: Connection, prefix: str, limit: int = 2) -> list[StoredCase]:
    """Cases whose id begins with ``prefix`` (hex digits), at most ``limit``; by id."""
    query = _QUERY.where(cases.c.id >= prefix, cases.c.id < prefix + "g").order_by(cases.c.id).limit(limit)
    return [StoredCase(*row) for row in connection.execute(query)]


def of_request(connection: Connection, case_key: str, states: Collection[str]) -> list[StoredCase]:
    """The cases of one request in these states, newest first."""
    if not case_key:
        return []
    query = _QUERY.where(cases.c.case_key == case_key, cases.c.state.in_(states))
    return [StoredCase(*row) for row in connection.execute(query.order_by(cases.c.opened_seq.desc()))]


def of_event(connection: Connection, seq: int) -> list[StoredCase]:
    """The cases that the decision with this ledger number opened."""
    return [StoredCase(*row) for row in connection.execute(_QUERY.where(cases.c.opened_seq == seq))]


def in_states(connection: Connection, states: Collection[str], limit: int | None = None) -> list[StoredCase]:
    """Cases in these states: those that move by themselves soonest come first, then the newest."""
    query = _QUERY.where(cases.c.state.in_(states)).order_by(
        cases.c.due.is_(None), cases.c.due, cases.c.opened_at.desc(), cases.c.id
    )
    return [StoredCase(*row) for row in connection.execute(query if limit is None else query.limit(limit))]


def count(connection: Connection, state: str) -> int:
    """How many cases are in a state."""
    query = select(func.count()).select_from(cases).where(cases.c.state == state)
    return int(connection.execute(query).scalar() or 0)


def count_by_requester(connection: Connection, state: str) -> dict[str, int]:
    """How many cases in ``state`` each requester has."""
    query = select(cases.c.requester, func.count()).where(cases.c.state == state).group_by(cases.c.requester)
    return {str(requester): int(count) for requester, count in connection.execute(query)}


def each(connection: Connection, page: int = 500) -> Iterator[StoredCase]:
    """Every case by id, read a page at a time."""
    after = ""
    while True:
        rows = connection.execute(_QUERY.where(cases.c.id > after).order_by(cases.c.id).limit(page)).all()
        yield from (StoredCase(*row) for row in rows)
        if len(rows) < page:
            return
        after = rows[-1].id


def under_other(connection: Connection, version_digest: str, states: Collection[str]) -> list[StoredCase]:
    """Cases in these states that stand under another version than this."""
    query = _QUERY.where(cases.c.state.in_(states), cases.c.version_digest != version_digest)
    return [StoredCase(*row) for row in connection.execute(query.order_by(cases.c.opened_seq, cases.c.id))]


def close(connection: Connection, id: str, state: str) -> None:
    """Give a case the state that it has by the ledger alone, whatever its row says; it moves no more."""
    connection.execute(cases.update().where(cases.c.id == id).values(state=state, due=None))


def add_vote(connection: Connection, vote: StoredCaseVote) -> None:
    """Keep a vote."""
    connection.execute(case_votes.insert(), asdict(vote))


def votes(connection: Connection, ids: Collection[str]) -> dict[str, list[StoredCaseVote]]:
    """The votes on each of these cases, in order of arrival."""
    found: dict[str, list[StoredCaseVote]] = {id_: [] for id_ in ids}
    wanted = list(found)
    for start in range(0, len(wanted), _CHUNK):
        for row in connection.execute(_VOTES.where(case_votes.c.case_id.in_(wanted[start : start + _CHUNK]))):
            found[row.case_id].append(StoredCaseVote(*row))
    return found


def erase(connection: Connection, id: str) -> None:
    """Forget what was asked: payload, resource, the key that could be guessed from it, and what voters wrote."""
    connection.execute(cases.update().where(cases.c.id == id).values(payload="", case_key="", resource=""))
    connection.execute(case_votes.update().where(case_votes.c.case_id == id).values(vote="{}"))
