"""``dossier``: everything a signer should have read about a proposal, as one offline HTML file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from workbench.cli.analysing import InterruptedWorkError, interrupted, worked
from workbench.cli.drafts import find_proposal
from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.analysis.task import Task
    from workbench.service.workspace import Workspace

T = TypeVar("T")


def dossier(
    ctx: typer.Context,
    proposal: Annotated[
        str, typer.Argument(metavar="PROPOSAL", help="A version (1.1.0), a digest, or the beginning of one.")
    ] = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            help="Where to write it. Default: dossier-VERSION-….html here.",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the dossier of a proposal: one file, no network, no scripts. `approve --dossier FILE` signs its digest.

    It tells what the change means and what is proved of it, for which it asks the solver; without one it says so.
    """
    from workbench.analysis.task import NO_SOLVER, NO_SOLVER_HELP
    from workbench.service.files import write_atomically

    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        digest = find_proposal(opened, proposal).version.digest
        made = _shown("the dossier", lambda task: opened.dossiers.make(digest, task))
    where = (out or Path(made.name)).expanduser()
    if where.is_dir():
        where = where / made.name
    write_atomically(where, made.data)
    size = len(made.data)
    told = {"version": made.version, "file": str(where), "digest": made.digest, "bytes": size, "proofs": made.proofs}
    if not made.proofs:
        logs = Printer(sys.stderr)
        logs.line(f"{logs.styled('without proofs', 'wait', 'bold')}: {NO_SOLVER}; {NO_SOLVER_HELP}")
    if not session.show(told):
        session.out.line(f"wrote {one_line(str(where))} ({size:,} bytes)")
        session.out.line(session.out.styled(made.digest, "dim"))
        session.out.line(f"when you have read it: workbench approve {made.version} --dossier {one_line(str(where))}")


def dossier_read(workspace: Workspace, digest: str, path: Path) -> str:
    """The digest of the dossier at ``path``, once it is confirmed to be one of that proposal.

    Raises ``WorkbenchError`` as the service's ``check``, :class:`MisusedError` (``too_large``) or ``OSError``.
    """
    data = dossier_bytes(path)
    return _shown("confirming the dossier", lambda task: workspace.dossiers.check(digest, data, task))


def _shown(what: str, work: Callable[[Task], T]) -> T:
    """The result of what may take long, with a bar on a terminal; Ctrl-C ends the command."""
    from workbench.analysis.task import Task

    try:
        return worked("dossier", what, work, Task())
    except InterruptedWorkError:
        raise interrupted() from None


def dossier_bytes(path: Path) -> bytes:
    """A dossier's file. Raises :class:`MisusedError` (``too_large``) or ``OSError``."""
    from workbench.service.dossier import MAX_DOSSIER

    with path.expanduser().open("rb") as stream:
        data = stream.read(MAX_DOSSIER + 1)
    if len(data) > MAX_DOSSIER:
        raise MisusedError("that is no dossier", f"`{path}` has over 64 MiB", "name the file of `workbench dossier`")
    return data


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(dossier)
