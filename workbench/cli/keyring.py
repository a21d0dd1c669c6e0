"""Which key signs, on the command line: a file, or one that ssh-agent holds. For every command that takes a signature.

Light: the service is imported inside the functions. A passphrase is asked for, or taken from the environment.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.inputs import key_is_encrypted
from workbench.cli.inputs import passphrase as ask_passphrase

if TYPE_CHECKING:
    from workbench.governance.agent_wire import AgentKey
    from workbench.governance.keys import PublicKey, Signing
    from workbench.service.governing_views import SignWith
    from workbench.service.views import KeyView
    from workbench.service.workspace import Workspace

KeyOption = Annotated[
    Path | None,
    typer.Option("--key", metavar="PATH", help="The private key. Default: the one that can sign.", show_default=False),
]
AgentOption = Annotated[
    str | None,
    typer.Option(
        "--agent",
        metavar="KEY",
        help="Sign with a key that ssh-agent holds: its fingerprint (SHA256:…), or `any` for the one the roster knows.",
        show_default=False,
    ),
]


def signing_with(
    workspace: Workspace, key: Path | None, agent: str | None, actor: str | None, passphrase_env: str | None
) -> SignWith:
    """The key to sign with; where none is named, the one file here (else the one key of ssh-agent) that can.

    Raises :class:`MisusedError` (``not_unique``, ``two_keys``) or what reading the key says.
    """
    from workbench.service.governing_views import SignWith

    if key is not None and agent is not None:
        raise MisusedError("which key?", "both `--key` and `--agent` are given", "give one", "two_keys")
    if agent is not None:
        return SignWith(agent=agent)
    if key is None:
        found = _only_key(workspace, actor)
        if not found.path:
            return SignWith(agent=found.fingerprint)
        key = Path(found.path)
    path = key.expanduser()
    demo = any(Path(view.path).resolve() == path.resolve() for view in workspace.signing_keys() if view.demo)
    secret = workspace.demo_passphrase() if demo and passphrase_env is None else ""
    if not secret and key_is_encrypted(path):
        secret = ask_passphrase(passphrase_env, what=str(path))
    return SignWith(str(path), secret)


def _only_key(workspace: Workspace, actor: str | None) -> KeyView:
    """The one key that can sign (for ``actor``): files first, then ssh-agent's, whose ``path`` is empty."""
    fitting = [view for view in workspace.signing_keys() if view.principal and actor in (None, view.principal)]
    if not fitting:
        fitting = [view for view in agent_keys(workspace) if view.principal and actor in (None, view.principal)]
    if len(fitting) == 1:
        return fitting[0]
    what = "no key here belongs to a signer" if not fitting else f"{len(fitting)} keys here can sign"
    raise MisusedError(
        "which key?", what, "name one with `--key PATH`, `--agent KEY` or `--as PRINCIPAL`", "not_unique"
    )


def agent_keys(workspace: Workspace) -> tuple[KeyView, ...]:
    """The keys of ssh-agent; none where there is no agent, or one that cannot be asked."""
    from workbench.service.errors import WorkbenchError

    try:
        return workspace.key_care.agent_keys()
    except WorkbenchError:
        return ()


def offline_key(key: Path | None, agent: str | None, passphrase_env: str | None) -> tuple[Signing, str]:
    """A key and its comment, without a workspace. Raises :class:`WorkbenchError` and ``GovernanceError``."""
    from workbench.service.agent import AgentSigner
    from workbench.service.keys import open_file

    if (key is None) == (agent is None):
        raise MisusedError("which key?", "name one key", "`--key PATH` or `--agent KEY`", "not_unique")
    if key is not None:
        path = key.expanduser()
        secret = ask_passphrase(passphrase_env, what=str(path)) if key_is_encrypted(path) or passphrase_env else ""
        return open_file(path, secret)
    offered = _offered(str(agent))
    return AgentSigner(offered.public), offered.comment


def public_half(key: Path | None, agent: str | None) -> tuple[PublicKey, str]:
    """The public half of a key (a private file, a ``.pub``, or ssh-agent's) and its comment; needs no passphrase.

    Raises as :func:`offline_key`.
    """
    from workbench.governance.keys import parse_public_line
    from workbench.service.keys import read_public_line

    if (key is None) == (agent is None):
        raise MisusedError("which key?", "name one key", "`--key PATH` (a .pub will do) or `--agent KEY`", "not_unique")
    if key is not None:
        return parse_public_line(read_public_line(key.expanduser()))
    offered = _offered(str(agent))
    return offered.public, offered.comment


def _offered(wanted: str) -> AgentKey:
    from workbench.service.agent import agent_keys

    offered = agent_keys()
    fitting = [found for found in offered if wanted == "any" or found.public.fingerprint.startswith(wanted)]
    if len(fitting) != 1:
        what = f"{len(fitting)} of its {len(offered)} keys fit"
        raise MisusedError("which key of ssh-agent?", what, "name one by its fingerprint: `ssh-add -l`", "not_unique")
    return fitting[0]
