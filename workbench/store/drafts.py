"""The working text and its history: every revision is a row, the newest one is the draft."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select

from workbench.store.tables import drafts

WRITTEN = ("saved", "follows")  # the origins that make a revision the draft
KEPT = 500  # revisions kept; an autosave a second for eight minutes, or a day of ordinary writing


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """``tests`` is JSON text; ``saved_at`` in µs; ``origin`` is ``saved``, ``stale`` (a text that lost a race) or
    ``follows`` (the text of the version that had just come into force; nobody had written in the draft).

    ``origins``: JSON text, an object by sentence; empty for none. ``restored``: the older revision that this one
    brought back, ``None`` for a text of its own.
    """

    revision: int
    origin: str
    base_version: str
    saved_at: int
    english: str
    cedar_plus: str
    schema_text: str
    tests: str
    invariants: str = ""
    origins: str = ""
    restored: int | None = None


_COLUMNS = tuple(drafts.c[name] for name in StoredDraft.__dataclass_fields__)


def current(connection: Connection) -> StoredDraft | None:
    """The newest saved revision."""
    found = connection.execute(
        select(*_COLUMNS).where(drafts.c.origin.in_(WRITTEN)).order_by(drafts.c.revision.desc()).limit(1)
    ).first()
    return None if found is None else StoredDraft(*found)


def history(connection: Connection, limit: int = 50) -> list[StoredDraft]:
    """The newest revisions, the stale ones included, newest first."""
    found = connection.execute(select(*_COLUMNS).order_by(drafts.c.id.desc()).limit(limit))
    return [StoredDraft(*row) for row in found]


def kept(connection: Connection, limit: int = KEPT) -> list[tuple[int, StoredDraft]]:
    """The newest revisions with the numbers of their rows, the stale ones included, newest first."""
    found = connection.execute(select(drafts.c.id, *_COLUMNS).order_by(drafts.c.id.desc()).limit(limit))
    return [(int(row[0]), StoredDraft(*row[1:])) for row in found]


def row(connection: Connection, row_id: int) -> StoredDraft | None:
    """The revision in a row; ``None`` where there is none any more."""
    found = connection.execute(select(*_COLUMNS).where(drafts.c.id == row_id)).first()
    return None if found is None else StoredDraft(*found)


def numbered(connection: Connection, revision: int) -> StoredDraft | None:
    """The saved revision with a number; ``None`` where it was let go."""
    found = connection.execute(
        select(*_COLUMNS).where(drafts.c.origin.in_(WRITTEN), drafts.c.revision == revision)
    ).first()
    return None if found is None else StoredDraft(*found)


def steps(connection: Connection) -> list[tuple[int, int | None]]:
    """Of every saved revision that is kept its number and that of the one it brought back, oldest first."""
    found = connection.execute(
        select(drafts.c.revision, drafts.c.restored).where(drafts.c.origin.in_(WRITTEN)).order_by(drafts.c.revision)
    )
    return [(int(number), None if restored is None else int(restored)) for number, restored in found]


def add(connection: Connection, draft: StoredDraft) -> None:
    """Keep a revision; the oldest ones beyond :data:`KEPT` are let go."""
    connection.execute(drafts.insert(), asdict(draft))
    newest = connection.execute(select(func.max(drafts.c.id))).scalar() or 0
    connection.execute(delete(drafts).where(drafts.c.id <= newest - KEPT))
