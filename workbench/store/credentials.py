"""What proves directory principals: public key lines, and SHA-256 digests of tokens. Never a token or a private key.

May import the tables; takes a connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, select

from workbench.store.tables import credentials


@dataclass(frozen=True, slots=True)
class StoredCredential:
    """``kind``: ``key`` or ``token``. ``value``: the public line, or the token's SHA-256 in hex. ``created_at`` in µs.

    ``state``: ``active``, ``suspended`` or ``revoked``.
    """

    id: str
    principal: str
    kind: str
    value: str
    label: str
    state: str
    created_at: int


_QUERY = select(*(credentials.c[name] for name in StoredCredential.__dataclass_fields__))


def all_of(connection: Connection, principal: str | None = None) -> list[StoredCredential]:
    """Every credential, or those of one principal; by principal, oldest first."""
    query = _QUERY if principal is None else _QUERY.where(credentials.c.principal == principal)
    found = connection.execute(query.order_by(credentials.c.principal, credentials.c.created_at, credentials.c.id))
    return [StoredCredential(*row) for row in found]


def by_id(connection: Connection, id: str) -> StoredCredential | None:
    """One credential."""
    found = connection.execute(_QUERY.where(credentials.c.id == id)).first()
    return None if found is None else StoredCredential(*found)


def add(connection: Connection, credential: StoredCredential) -> None:
    """Keep a new credential."""
    connection.execute(credentials.insert(), asdict(credential))


def set_state(connection: Connection, ids: Iterable[str], state: str) -> None:
    """Give these credentials their state."""
    for id_ in ids:
        connection.execute(credentials.update().where(credentials.c.id == id_).values(state=state))
