"""Who asks a server: the principal that a bearer token proves, and never what a request says of itself.

Imports the service. Tokens are read and forgotten: they are in no message, log or object that outlives the request.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engine.request import RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.service.errors import WorkbenchError
from workbench.service.views import Credential

if TYPE_CHECKING:
    from workbench.service.standing import Standing
    from workbench.service.workspace import Workspace

BAD_TOKEN = frozenset({"bad_token", "token_suspended", "token_revoked", "token_of_nobody"})


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal that was proved. ``sees_all``: may read what others did (who signs here; everyone, unsigned).
    ``vouches``: may hand in facts and what was heard (an operator that no action takes as principal)."""

    credential: Credential
    sees_all: bool = False
    vouches: bool = False

    @property
    def principal(self) -> str:
        """The uid, ``Agent::"nora"``."""
        return self.credential.principal

    @property
    def agent(self) -> str:
        """The uid's id, as the feed lists it: ``nora``. Principals of two types may share it."""
        return as_uid(self.credential.principal).id

    def own(self, workspace: Workspace, decisions: Iterable[int]) -> frozenset[int]:
        """Those of these decisions that the caller may read: all, or those it asked for itself."""
        if self.sees_all:
            return frozenset(decisions)
        return workspace.credentials.asked_by(self.principal, decisions)


def caller_of_token(workspace: Workspace, token: str) -> Caller:
    """Whom ``token`` proves. Raises :class:`WorkbenchError`, with a code of ``BAD_TOKEN`` where it proves nobody."""
    return _caller(workspace, *workspace.credentials.proven(token))


def caller_named(workspace: Workspace, principal: str) -> Caller:
    """The principal that whoever started this process named: they hold the workspace's files already.

    Raises :class:`WorkbenchError` (``bad_uid``).
    """
    try:
        uid = str(as_uid(principal, "principal"))
    except RequestError as error:
        raise WorkbenchError("no such principal", str(error), 'write `Type::"id"`', "bad_uid") from None
    return _caller(workspace, Credential(uid), workspace.credentials.standing(uid))


def agent_named(workspace: Workspace, said: str) -> Caller:
    """The agent that ``said`` is: a uid, or the id of an agent of the world."""
    try:
        return caller_named(workspace, said)
    except WorkbenchError:
        world = workspace.norms.world
        return caller_named(workspace, str(EntityUid(world.agents[0] if world is not None else "Agent", said)))


def _caller(workspace: Workspace, credential: Credential, standing: Standing) -> Caller:
    reads_all = workspace.overlays.unsigned or bool(standing.role)
    return Caller(credential, sees_all=reads_all, vouches=standing.vouches)


def bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of the one ``Authorization: Bearer`` header; ``None`` where there is no such header, or several."""
    found = [value for key, value in headers if key.lower() == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, token = found[0].decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
