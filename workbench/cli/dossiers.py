"""``dossier``: everything a signer should have read about a proposal, as one offline HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.drafts import find_proposal
from workbench.cli.failures import MisusedError
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of


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
    """Write the dossier of a proposal: one file, no network, no scripts. `approve --dossier FILE` signs its digest."""
    from workbench.service.files import write_atomically

    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        made = opened.dossiers.make(find_proposal(opened, proposal).version.digest)
    where = (out or Path(made.name)).expanduser()
    if where.is_dir():
        where = where / made.name
    write_atomically(where, made.data)
    told = {"version": made.version, "file": str(where), "digest": made.digest, "bytes": len(made.data)}
    if not session.show(told):
        session.out.line(f"wrote {one_line(str(where))} ({len(made.data):,} bytes)")
        session.out.line(session.out.styled(made.digest, "dim"))
        session.out.line(f"when you have read it: workbench approve {made.version} --dossier {one_line(str(where))}")


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
