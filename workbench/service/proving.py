"""What a token or a key proves, at this moment and in the transaction of what it is needed for.

A row of the table proves nobody by itself: an entry of the ledger must have registered it for that principal, and none
have ended it. Reads only. Not for faces: they ask ``Workspace.credentials``.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from workbench.governance.credential_token import key_credential_id, token_credential_id, token_digest
from workbench.governance.keys import PublicKey, parse_public_line
from workbench.service.errors import WorkbenchError, governed
from workbench.service.told import told_credentials
from workbench.store import credentials as store
from workbench.store.credentials import StoredCredential


def proven_by_token(connection: Connection, token: str) -> StoredCredential:
    """The active credential that ``token`` is.

    Raises :class:`WorkbenchError`: ``bad_token`` (no token, or one that this workspace does not know),
    ``token_suspended``, ``token_revoked``. None of them carries the token.
    """
    with governed("the token proves nobody"):
        digest = token_digest(token)
    row = _by_id(connection, token_credential_id(digest))
    if row is None or row.kind != "token" or not hmac.compare_digest(row.value, digest):
        raise WorkbenchError(
            "the token proves nobody",
            "this workspace has made no such token",
            "make one with `workbench credentials new-token`",
            "bad_token",
        )
    if row.state != "active":
        hint = (
            "make a new one with `workbench credentials new-token`"
            if row.state == "revoked"
            else f"`workbench credentials resume {row.id}` lets it count again"
        )
        raise WorkbenchError(
            "the token proves nobody", f"the token `{row.id}` is {row.state}", hint, f"token_{row.state}"
        )
    return row


def proven_by_key(connection: Connection, public: PublicKey) -> StoredCredential | None:
    """The active credential that this key is, if it is one."""
    row = _by_id(connection, key_credential_id(public.raw))
    if row is None or row.kind != "key" or row.state != "active":
        return None
    return row if parse_public_line(row.value)[0].raw == public.raw else None


def believed(connection: Connection, rows: Iterable[StoredCredential]) -> list[StoredCredential]:
    """Those of these rows that the ledger registered so. Where row and ledger differ in the state, it is not active."""
    rows = list(rows)
    told = told_credentials(connection, [row.id for row in rows])
    found = []
    for row in rows:
        said = told.get(row.id)
        if said is None or said.trouble or any(said.named[name] != text for name, text in _named(row).items()):
            continue
        found.append(row if row.state != "active" else replace(row, state=said.state))
    return found


def was_active(connection: Connection, credential: StoredCredential, entry: int) -> bool:
    """Whether it proved its principal when the ledger's ``entry`` was written."""
    said = told_credentials(connection, [credential.id]).get(credential.id)
    return said is not None and said.active_at(entry)


def credential_body(row: StoredCredential, event: str) -> dict[str, str]:
    """What the ledger says of a change. ``proof`` is SHA-256 over what is stored, itself a digest or a public key."""
    return {"event": event, "id": row.id, **_named(row)}


def _named(row: StoredCredential) -> dict[str, str]:
    proof = hashlib.sha256(row.value.encode()).hexdigest()
    return {"principal": row.principal, "kind": row.kind, "label": row.label, "proof": proof}


def _by_id(connection: Connection, id: str) -> StoredCredential | None:
    row = store.by_id(connection, id)
    return None if row is None else next(iter(believed(connection, [row])), None)
