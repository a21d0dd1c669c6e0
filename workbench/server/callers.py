"""Who asks a server: the principal that a bearer token proves, and never what a request says of itself.

Imports the service. Tokens are read and forgotten: they are in no message, log or object that outlives the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engine.request import RequestError, as_uid
from workbench.service.errors import WorkbenchError
from workbench.service.views import Credential

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

BAD_TOKEN = frozenset({"bad_token", "token_suspended", "token_revoked"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal that was proved. ``sees_all``: may read what others did (who signs here; everyone, unsigned)."""

    credential: Credential
    sees_all: bool = False

    @property
    def principal(self) -> str:
        """The uid, ``Agent::"nora"``."""
        return self.credential.principal

    @property
    def agent(self) -> str:
        """The uid's id, as the feed lists it: ``nora``."""
        return as_uid(self.credential.principal).id


def caller_of_token(workspace: Workspace, token: str) -> Caller:
    """Whom ``token`` proves. Raises :class:`WorkbenchError`, with a code of ``BAD_TOKEN`` where it proves nobody."""
    return _caller(workspace, workspace.credentials.credential_of(token))


def caller_named(workspace: Workspace, principal: str) -> Caller:
    """The principal that whoever started this process named: they hold the workspace's files already.

    Raises :class:`WorkbenchError` (``bad_uid``).
    """
    try:
        return _caller(workspace, Credential(str(as_uid(principal, "principal"))))
    except RequestError as error:
        raise WorkbenchError("no such principal", str(error), 'write `Type::"id"`', "bad_uid") from None


def _caller(workspace: Workspace, credential: Credential) -> Caller:
    if workspace.overlays.unsigned:
        return Caller(credential, sees_all=True)
    signers = {key.principal for key in workspace.key_care.roster_keys() if key.role != "ledger"}
    return Caller(credential, sees_all=credential.principal in signers)


def bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of the one ``Authorization: Bearer`` header; ``None`` where there is no such header, or several."""
    found = [value for key, value in headers if key.lower() == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, token = found[0].decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
