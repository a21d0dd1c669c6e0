"""``norm import DB``: the norms of a norms.db become run-time norms of the workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.failures import REFUSED, MisusedError, print_error
from workbench.cli.norms import group
from workbench.cli.output import Printer, Tone
from workbench.cli.overlays import ActorsOption, AgentsOption, KeysOption, SecretsOption, signers_of
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.norm_importing import Imported

_TONES: dict[str, Tone] = {
    "refused": "bad", "imported": "good", "new": "good", "inactive": "dim", "idle": "dim", "left_out": "dim",
    "in_force": "dim",
}  # fmt: skip


def import_(
    ctx: typer.Context,
    db: Annotated[Path, typer.Argument(metavar="DB", help="A norms.db, as normsync keeps one.")],
    dry: Annotated[bool, typer.Option("--dry-run", help="Say what would be imported, and write nothing.")] = False,
    why: Annotated[str, typer.Option("--why", "-m", metavar="TEXT", help="Why, said of each before its past.")] = "",
    without: Annotated[
        list[str] | None,
        typer.Option("--leave-out", metavar="ID|NAME", help="A norm that is not imported.", show_default=False),
    ] = None,
    key: KeysOption = None,
    agent: AgentsOption = None,
    actor: ActorsOption = None,
    passphrase_env: SecretsOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the norms of a norms.db into force here, with their ids. An operator signs each of them.

    All are checked before the first is signed; where one cannot be a norm here, none is imported, unless it is left out
    (--leave-out). Norms that were repealed there, or that prohibit nothing, are left out by themselves. Violations are
    not brought in: the ledger holds what was decided here. To import again changes nothing.
    """
    session = session_of(ctx).using(workspace, as_json)
    from workbench.service.norm_importing import ImportRefusedError

    with session.opened() as opened:
        plan = opened.norm_import.plan(db, why=why, without=without or ())
        if plan.of("refused") and not dry:
            _show(session, plan)
            print_error(_errors(), ImportRefusedError(plan))
            raise typer.Exit(REFUSED)
        if not dry and plan.of("new"):
            using = None
            if not opened.norms.unsigned or key or agent or actor:
                named = signers_of(opened, key, agent, actor, passphrase_env)
                if len(named) != 1:
                    raise MisusedError("which key?", f"{len(named)} keys are named, and one operator signs", "name one")
                using = named[0]
            plan = opened.norm_import.run(db, why=why, using=using, without=without or ())
    _show(session, plan)
    if plan.of("refused"):
        raise typer.Exit(REFUSED)


def _show(session: Session, plan: Imported) -> None:
    if session.show(plan):
        return
    from workbench.service.norm_importing import as_rows

    out = session.out
    if plan.norms:
        tones = [_TONES.get(each.state) for each in plan.norms]
        out.table(("id", "name", "scope", "", "remarks"), as_rows(plan), tones)
    counts = (
        ("imported", ("imported",)), ("would be imported", ("new",)), ("in force already", ("in_force",)),
        ("left out", ("inactive", "idle", "left_out")), ("refused", ("refused",)),
    )  # fmt: skip
    many = [(sum(each.state in states for each in plan.norms), words) for words, states in counts]
    said = [f"{count} {words}" for count, words in many if count]
    out.line(", ".join(said) if said else "the file holds no norms")
    if plan.violations:
        out.line(f"{plan.violations} violations of the file are not entered: the ledger holds its own decisions only")


def _errors() -> Printer:
    import sys

    return Printer(sys.stderr)


def register(_: typer.Typer) -> None:
    """Add this module's command to ``norm``."""
    group.command("import")(import_)
