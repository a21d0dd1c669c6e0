"""What a token or a key proves, at this moment and in the transaction of what it is needed for.

Reads only. Not for faces: they ask ``Workspace.credentials``.
"""

from __future__ import annotations

import hmac

from sqlalchemy import Connection

from workbench.governance.credential_token import key_credential_id, token_credential_id, token_digest
from workbench.governance.keys import PublicKey, parse_public_line
from workbench.service.errors import WorkbenchError, governed
from workbench.store import credentials as store
from workbench.store.credentials import StoredCredential


def proven_by_token(connection: Connection, token: str) -> StoredCredential:
    """The active credential that ``token`` is.

    Raises :class:`WorkbenchError`: ``bad_token`` (no token, or one that this workspace does not know),
    ``token_suspended``, ``token_revoked``. None of them carries the token.
    """
    with governed("the token proves nobody"):
        digest = token_digest(token)
    row = store.by_id(connection, token_credential_id(digest))
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
    row = store.by_id(connection, key_credential_id(public.raw))
    if row is None or row.kind != "key" or row.state != "active":
        return None
    return row if parse_public_line(row.value)[0].raw == public.raw else None
