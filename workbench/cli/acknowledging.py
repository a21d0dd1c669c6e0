"""``acknowledge``: a signer's word that a jump of the clock, or a restore from an older state, is known."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from workbench.cli.failures import FAILED
from workbench.cli.keyring import AgentOption, KeyOption, signing_with
from workbench.cli.output import one_line
from workbench.cli.session import ActorOption, JsonOption, PassphraseOption, WorkspaceOption, session_of


def acknowledge(
    ctx: typer.Context,
    what: Annotated[
        Literal["clock", "restored"] | None,
        typer.Argument(metavar="clock|restored", help="What you acknowledge. Without it: what waits."),
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="Kept in the ledger.")] = "",
    key: KeyOption = None,
    agent: AgentOption = None,
    actor: ActorOption = None,
    passphrase_env: PassphraseOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Accept a clock that ran ahead, or go on after a restore from an older state. Exits 1 while something waits."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        if what is not None:
            using = signing_with(opened, key, agent, actor, passphrase_env)
            opened.acknowledging.acknowledge(what, why=why, using=using)
        waiting = opened.acknowledging.pending()
    if not session.show({"acknowledged": what, "waiting": waiting}):
        if what is not None:
            session.out.line(f"acknowledged: {what}")
        for item in waiting:
            session.out.line(f"{session.out.styled(item.what, 'wait', 'bold')}  {one_line(item.words)}")
        if not waiting:
            session.out.line("nothing waits to be acknowledged")
    if waiting:
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("acknowledge")(acknowledge)
