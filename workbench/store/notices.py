"""The outbox: what people should hear of, kept in the transaction of its happening until it was delivered.

A notice says *that* something happened and where to look, never what was asked or answered: :func:`queue` keeps only
the names in :data:`ABOUT` of its ``detail``. May import the tables; takes a connection.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Select, func, select

from workbench.store.tables import notices

Kind: TypeAlias = Literal["case", "proposal", "overdue", "stop", "brake", "storm", "sealed"]
KINDS: tuple[Kind, ...] = ("case", "proposal", "overdue", "stop", "brake", "storm", "sealed")
# What may stand beside a notice's subject: names and numbers that a person looks something up by. No free text, no
# values of a request.
ABOUT = frozenset(
    {"agent", "class", "count", "deadline", "event", "expires_at", "kind", "procedure", "rule", "stage", "state",
     "version"}
)  # fmt: skip
MAX_TEXT = 512  # characters of a subject and of each value kept
MAX_DEDUPE = 1024
LONGEST_WAIT = 3600 * 1_000_000  # µs: no delivery is put off, and none is claimed, for longer


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A row. ``about``: names to look up by; ``done``: channels that took it; ``failure``: the last channel and code.

    ``next_at`` (µs) is when it is tried next; 0 at once.
    """

    id: int
    kind: str
    subject: str
    dedupe: str
    created_at: int
    attempts: int
    next_at: int
    delivered_at: int | None
    about: Mapping[str, Any]
    done: tuple[str, ...]
    failure: Mapping[str, str]


def queue(
    connection: Connection, *, kind: Kind, subject: str, dedupe: str, at: int, detail: Mapping[str, Any] | None = None
) -> bool:
    """Queue a notice inside the write transaction of its happening; whether it is new.

    ``subject``: the id or digest to open. ``dedupe`` names the happening: the second notice of it is not queued, and
    receivers know a repeated delivery by it, so it must never be used for another one (``f"case|{id}|{stage}"``).
    ``at`` (µs). ``detail``: kept where its name is in :data:`ABOUT` and its value a string, number or boolean.
    Raises ``ValueError`` for an unknown kind, which is a mistake of the caller's.
    """
    if kind not in KINDS:
        raise ValueError(f"`{kind}` is no kind of notice")
    name = f"{kind}|{dedupe}"
    if len(name) > MAX_DEDUPE or name != _short(name, MAX_DEDUPE):  # no column takes it: its digest names it as well
        name = f"{kind}|{hashlib.sha256(name.encode('utf-8', 'backslashreplace')).hexdigest()}"
    if connection.execute(select(notices.c.id).where(notices.c.dedupe == name)).first() is not None:
        return False
    about = {key: _short(value) for key, value in (detail or {}).items() if key in ABOUT and _plain(value)}
    row = {
        "kind": kind,
        "subject": _short(subject),
        "dedupe": name,
        "created_at": at,
        "attempts": 0,
        "next_at": 0,
        "delivered_at": None,
        "detail": _detail(about, (), {}),
    }
    connection.execute(notices.insert(), row)
    return True


def listing(connection: Connection, limit: int = 50, *, waiting_only: bool = False) -> list[StoredNotice]:
    """Notices, newest first."""
    query = _QUERY.where(notices.c.delivered_at.is_(None)) if waiting_only else _QUERY
    return [_read(row) for row in connection.execute(query.order_by(notices.c.id.desc()).limit(limit))]


def by_id(connection: Connection, id: int) -> StoredNotice | None:
    """One notice."""
    found = connection.execute(_QUERY.where(notices.c.id == id)).first()
    return None if found is None else _read(found)


def newest(connection: Connection) -> int:
    """The id of the last notice queued, 0 before the first."""
    return int(connection.execute(select(func.max(notices.c.id))).scalar() or 0)


def waiting(connection: Connection) -> int:
    """How many are not delivered yet."""
    query = select(func.count()).select_from(notices).where(notices.c.delivered_at.is_(None))
    return int(connection.execute(query).scalar_one())


def due(connection: Connection, now: int, limit: int) -> list[int]:
    """Ids of notices to be tried at ``now`` (µs), oldest first.

    One that is put off for longer than anything ever is was so by a clock that has been set back since: it is due.
    """
    timely = (notices.c.next_at <= now) | (notices.c.next_at > now + LONGEST_WAIT)
    query = select(notices.c.id).where(notices.c.delivered_at.is_(None), timely)
    return [int(id_) for (id_,) in connection.execute(query.order_by(notices.c.id).limit(limit))]


def claim(connection: Connection, id: int, now: int, until: int) -> StoredNotice | None:
    """Take a due notice, so that no other process delivers it before ``until`` (µs); ``None`` where one has it.

    A process that dies with it lets the claim lapse, and it is delivered again.
    """
    found = by_id(connection, id)
    if found is None or found.delivered_at is not None or now < found.next_at <= now + LONGEST_WAIT:
        return None
    connection.execute(notices.update().where(notices.c.id == id).values(next_at=until))
    return found


def put_back(
    connection: Connection,
    notice: StoredNotice,
    *,
    attempts: int,
    next_at: int,
    done: Sequence[str],
    failure: Mapping[str, str],
) -> None:
    """Note an attempt that did not reach every channel; it is tried again at ``next_at`` (µs)."""
    _save(connection, notice, done, failure, attempts=attempts, next_at=next_at)


def finish(connection: Connection, notice: StoredNotice, *, at: int, done: Sequence[str]) -> None:
    """Note that every channel has it."""
    _save(connection, notice, done, {}, attempts=notice.attempts + 1, delivered_at=at)


def _save(
    connection: Connection, notice: StoredNotice, done: Sequence[str], failure: Mapping[str, str], **values: Any
) -> None:
    """Write one attempt down. What another process noted meanwhile (a lapsed claim) is joined, never taken back."""
    standing = by_id(connection, notice.id)
    if standing is None or standing.delivered_at is not None:
        return
    joined = tuple(dict.fromkeys((*standing.done, *done)))
    text = _detail(notice.about, joined, failure)
    connection.execute(notices.update().where(notices.c.id == notice.id).values(detail=text, **values))


_QUERY: Select[Any] = select(
    notices.c.id,
    notices.c.kind,
    notices.c.subject,
    notices.c.dedupe,
    notices.c.created_at,
    notices.c.attempts,
    notices.c.next_at,
    notices.c.delivered_at,
    notices.c.detail,
)


def _read(row: Any) -> StoredNotice:
    detail: dict[str, Any] = json.loads(row.detail or "{}")
    return StoredNotice(
        id=row.id,
        kind=row.kind,
        subject=row.subject,
        dedupe=row.dedupe,
        created_at=row.created_at,
        attempts=row.attempts,
        next_at=row.next_at,
        delivered_at=row.delivered_at,
        about=detail.get("about", {}),
        done=tuple(detail.get("done", ())),
        failure=detail.get("failure", {}),
    )


def _detail(about: Mapping[str, Any], done: Sequence[str], failure: Mapping[str, str]) -> str:
    kept = {"about": dict(about), "done": list(done), "failure": dict(failure)}
    return json.dumps(kept, separators=(",", ":"))


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | bool)


def _short(value: Any, most: int = MAX_TEXT) -> Any:
    """``value``; a text without lone surrogates and zero characters, and not too long for any column."""
    if not isinstance(value, str):
        return value
    return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:most]
