"""``credentials list | new-token | register-key | suspend | resume | revoke``: what proves principals."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.inputs import text_of
from workbench.cli.output import Printer, one_line, utc
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.governing_views import CredentialView
    from workbench.service.workspace import Workspace

group = typer.Typer(
    help="Tokens and keys that prove principals of the directory, and of who signs here.", rich_markup_mode=None
)

PrincipalArgument = Annotated[
    str, typer.Argument(metavar="PRINCIPAL", help="A principal of the directory: 'Agent::\"nora\"'.")
]
TokenPrincipalArgument = Annotated[
    str,
    typer.Argument(
        metavar="PRINCIPAL",
        help="A principal of the directory, 'Agent::\"nora\"', or one who signs here: 'Operator::\"ana\"'.",
    ),
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A credential's id, or a unique beginning of it.")]


@group.command("list")
def list_(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Every credential, those that were revoked too. Never a token itself."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found = opened.credentials.list()
    if session.show({"credentials": found}):
        return
    rows = [
        (view.id, view.principal, view.role, view.kind, view.state, view.label, utc(view.created_at)) for view in found
    ]
    if rows:
        session.out.table(("id", "principal", "signs as", "kind", "state", "label", "made"), rows)
    else:
        session.out.line("no credentials; `workbench credentials new-token PRINCIPAL` makes one")


@group.command("new-token")
def new_token(
    ctx: typer.Context,
    principal: TokenPrincipalArgument,
    label: Annotated[str, typer.Option("--label", metavar="TEXT", help="What it is for.")] = "",
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for a principal. It is shown this once, on stdout; only its digest is kept.

    An agent's token decides and reads for that agent. The token of who signs here decides nothing and reads every
    violation and event that a server tells; an operator's also vouches for facts and tool records (`serve`). It
    outlives a rotated key, and proves nobody once all keys of that person are suspended or revoked, or the roster has
    dropped them.
    """
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        view, token = opened.credentials.new_token(principal, label)
    if session.show({"credential": view, "token": token}):
        return
    session.out.line(token)
    signs = f", who signs here as {one_line(view.role)}" if view.role else ""
    Printer(sys.stderr).line(f"the token of {one_line(view.principal)}{signs} ({view.id}). It cannot be shown again.")


@group.command("register-key")
def register_key(
    ctx: typer.Context,
    principal: PrincipalArgument,
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="A public key file, the line `ssh-ed25519 AAAA…` itself, or -.")
    ],
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Let an ssh-ed25519 key prove a principal: approvals of held requests are signed with it."""
    session = session_of(ctx).using(workspace, as_json)
    line = _public_line(key)
    with session.opened() as opened:
        view = opened.credentials.register_key(principal, line)
    if not session.show({"credential": view}):
        session.out.line(f"{view.label} proves {one_line(view.principal)} ({view.id})")


@group.command("suspend")
def suspend(ctx: typer.Context, id: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Let a credential prove nobody until it is resumed."""
    _change(ctx, workspace, as_json, lambda opened: opened.credentials.suspend(id))


@group.command("resume")
def resume(ctx: typer.Context, id: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Let a suspended credential count again."""
    _change(ctx, workspace, as_json, lambda opened: opened.credentials.resume(id))


@group.command("revoke")
def revoke(ctx: typer.Context, id: IdArgument, workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """End a credential for good."""
    _change(ctx, workspace, as_json, lambda opened: opened.credentials.revoke(id))


def _change(
    ctx: typer.Context, workspace: Path | None, as_json: bool, change: Callable[[Workspace], CredentialView]
) -> None:
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        view = change(opened)
    if not session.show({"credential": view}):
        session.out.line(f"{view.id} of {one_line(view.principal)} is {view.state}")


def _public_line(key: str) -> str:
    """The line that ``key`` is, or that the file it names holds; a private key file gives its public half."""
    from workbench.service.keys import read_public_line

    if key.startswith(("ssh-", "sk-ssh-", "ecdsa-")):
        return key
    if key == "-":
        return text_of(Path("-"))
    return read_public_line(Path(key).expanduser())


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="credentials")
