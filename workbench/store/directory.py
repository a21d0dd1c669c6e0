"""Entities that are believed, facts that the server vouches for, and the workspace's settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, select

from workbench.store.tables import BESIDES, directory, facts, ledger, settings

_FORGET = delete(directory).where(
    directory.c.type == bindparam("old_type", type_=directory.c.type.type),
    directory.c.id == bindparam("old_id", type_=directory.c.id.type),
)


def entities(connection: Connection) -> list[tuple[str, str, str]]:
    """Every directory entity as ``(type, id, JSON text)``, in order of type and id by code points.

    Ordered here: a server orders by the collation that its database was made with.
    """
    query = select(directory.c.type, directory.c.id, directory.c.entity)
    return sorted((str(t), str(i), str(e)) for t, i, e in connection.execute(query))


_ENTRIES = (
    select(ledger.c.seq, ledger.c.hash, ledger.c.body)
    .where(BESIDES)
    .where(ledger.c.kind == "directory", ledger.c.seq > bindparam("after"))
    .order_by(ledger.c.seq)
)


def entries(connection: Connection, after: int = 0) -> list[tuple[int, str, bytes]]:
    """Number, hash and body of the ledger's entries about the directory after number ``after``, in order."""
    return [(int(seq), str(hash_), bytes(body)) for seq, hash_, body in connection.execute(_ENTRIES, {"after": after})]


def digest_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """SHA-256 in hex of a directory: its ``(type, id, JSON text)``, a JSON list a line, sorted."""
    digest = hashlib.sha256()
    for row in sorted(rows):
        digest.update(json.dumps(row, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()


def knows(connection: Connection, type_: str, id_: str) -> bool:
    """Whether the directory has this entity."""
    query = select(directory.c.id).where(directory.c.type == type_, directory.c.id == id_)
    return connection.execute(query).first() is not None


def replace_entities(connection: Connection, rows: Iterable[tuple[str, str, str]]) -> None:
    """Put each ``(type, id, JSON text)`` in place of what stood under its uid; no uid twice."""
    new = [{"type": type_, "id": id_, "entity": entity} for type_, id_, entity in rows]
    remove_entities(connection, [(row["type"], row["id"]) for row in new])
    if new:
        connection.execute(directory.insert(), new)


def remove_entities(connection: Connection, uids: Iterable[tuple[str, str]]) -> None:
    """Forget these uids; unknown ones are ignored."""
    gone = [{"old_type": type_, "old_id": id_} for type_, id_ in uids]
    if gone:
        connection.execute(_FORGET, gone)


def fact_rows(connection: Connection) -> list[tuple[str, str, str]]:
    """Every fact as ``(principal or "", attribute, JSON text)``."""
    query = select(facts.c.principal, facts.c.attribute, facts.c.value)
    return [(str(p), str(a), str(v)) for p, a, v in connection.execute(query)]


def set_fact(connection: Connection, principal: str, attribute: str, value: str) -> None:
    """Vouch for one context attribute of ``principal`` (everyone's, when empty)."""
    connection.execute(delete(facts).where(facts.c.principal == principal, facts.c.attribute == attribute))
    connection.execute(facts.insert(), {"principal": principal, "attribute": attribute, "value": value})


def setting(connection: Connection, key: str, default: str = "") -> str:
    """A setting's value."""
    found = connection.execute(select(settings.c.value).where(settings.c.key == key)).scalar()
    return default if found is None else str(found)


def set_setting(connection: Connection, key: str, value: str) -> None:
    """Give a setting its value."""
    connection.execute(delete(settings).where(settings.c.key == key))
    connection.execute(settings.insert(), {"key": key, "value": value})
