"""``norm add | list | repeal | promote``: forbids that are added at run time, beside the signed version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.output import one_line
from workbench.cli.overlays import (
    ActorsOption,
    AgentsOption,
    KeysOption,
    SecretsOption,
    show_list,
    show_placed,
    signers_of,
    text_or_file,
)
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.governing_views import SignWith
    from workbench.service.workspace import Workspace

NO_REASON = "no reason given"
_WRITTEN = "written into the draft, revision {}; `workbench propose` puts it to the vote"

group = typer.Typer(help="Norms that act at run time, and can only forbid.", rich_markup_mode=None)

WhyOption = Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, in a sentence.")]


@group.command("add")
def add(
    ctx: typer.Context,
    text: Annotated[
        str,
        typer.Argument(metavar="TEXT|FILE|-", help="One English sentence that forbids something, or Cedar+ forbids."),
    ],
    why: WhyOption = NO_REASON,
    draft: Annotated[bool, typer.Option("--draft", help="Into the draft only; needs no signature.")] = False,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Forbid something from the next action on. An operator signs; others write it into the draft (--draft)."""
    session = session_of(ctx).using(workspace, as_json)
    source = text_or_file(text, "`norm add`")
    with session.opened() as opened:
        if draft:
            saved = opened.overlays.draft_norm(source)
            if not session.show(saved):
                session.out.line(
                    f"written into the draft, revision {saved.revision}; `workbench propose` puts it to the vote"
                )
            return
        using = _signer(opened, key, agent, actor, passphrase_env)
        placed = opened.overlays.norm(source, why=why, using=using)
    show_placed(session, placed)


@group.command("list")
def list_(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those that have ended too.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The run-time norms that are in force."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        found, now = opened.overlays.list(in_force=not everything), opened.overlays.now()
    norms = [view for view in found if view.kind == "norm"]
    show_list(session, norms, now, "no run-time norms" if everything else "no run-time norms are in force")


@group.command("repeal")
def repeal(
    ctx: typer.Context,
    id: Annotated[str, typer.Argument(metavar="ID", help="The norm's id, or the beginning of it.")],
    why: WhyOption = NO_REASON,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a run-time norm. An operator signs. One that stands in the signed version takes an amendment."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        opened.overlays.check_repeal(id)  # said before anyone is asked for a passphrase
        using = _signer(opened, key, agent, actor, passphrase_env)
        repealed = opened.overlays.repeal(id, why=why, using=using)
    if not session.show(repealed):
        session.out.line(f"{session.out.styled('repealed', 'good')}  {repealed.id}: {one_line(repealed.what)}")


@group.command("promote")
def promote(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Which norms. Default: all in force.")] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write run-time norms into the draft. They act beside it until a version has forbidden the same for 72 hours."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        draft = opened.overlays.promote(ids or ())
    if not session.show(draft):
        session.out.line(_WRITTEN.format(draft.revision))


def _signer(
    workspace: Workspace,
    keys: list[Path] | None,
    agents: list[str] | None,
    actors: list[str] | None,
    secrets: list[str] | None,
) -> SignWith | None:
    """Who signs a norm; nobody in a workspace that takes them unsigned, unless a key is named."""
    if workspace.overlays.unsigned and not (keys or agents or actors):
        return None
    using = signers_of(workspace, keys, agents, actors, secrets)
    if len(using) != 1:
        raise MisusedError("which key?", f"{len(using)} keys are named, and one operator signs a norm", "name one")
    return using[0]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="norm")
