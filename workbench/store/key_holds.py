"""Roster keys that are held: suspended or revoked, since when and by whom. Takes a connection; decides nothing."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from workbench.store.tables import key_holds


@dataclass(frozen=True, slots=True)
class StoredHold:
    """One key's last care. ``state``: ``suspended``, ``revoked`` or ``lifted``; ``at`` in µs; ``detail`` JSON."""

    fingerprint: str
    state: str
    placed_by: str
    at: int
    detail: str


_HOLD = select(*(key_holds.c[name] for name in StoredHold.__dataclass_fields__))


def hold_of(connection: Connection, fingerprint: str) -> StoredHold | None:
    """What was last said about a key; ``None`` when nothing ever was."""
    found = connection.execute(_HOLD.where(key_holds.c.fingerprint == fingerprint)).first()
    return None if found is None else StoredHold(*found)


def holds(connection: Connection) -> list[StoredHold]:
    """All of them, oldest first; those lifted too."""
    return [StoredHold(*row) for row in connection.execute(_HOLD.order_by(key_holds.c.at, key_holds.c.fingerprint))]


def keep_hold(connection: Connection, hold: StoredHold) -> None:
    """Write what is said now, in place of what was said before."""
    connection.execute(key_holds.delete().where(key_holds.c.fingerprint == hold.fingerprint))
    connection.execute(key_holds.insert(), asdict(hold))
