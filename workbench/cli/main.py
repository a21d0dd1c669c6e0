"""The command line: ``workbench``. Puts the commands together, and turns failures into messages and exit codes.

Imports typer and this folder; every command imports what it needs when it runs, so that ``--help`` stays quick.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from workbench import __version__
from workbench.cli import (
    acknowledging,
    amendments,
    audit,
    backups,
    benching,
    cases,
    closest,
    credentials,
    deciding,
    differences,
    dossiers,
    draft_revisions,
    drafts,
    entities,
    feed,
    groups,
    importing,
    keymap,
    keys,
    matrices,
    models,
    norm_checking,
    norm_gating,
    norm_importing,
    norm_reports,
    norms,
    notices,
    overlays,
    places,
    proving,
    replaying,
    schemas,
    serving,
    shadow,
    signing,
    speech,
    texts,
    themes,
    trying,
    words,
)
from workbench.cli.diagnostics import SourceError, print_diagnostics
from workbench.cli.failures import INTERRUPTED, PIPE_CLOSED, REFUSED, error_document, exit_code, print_error
from workbench.cli.output import Printer
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of
from workbench.language.diagnostics import DiagnosticsError
from workbench.service.errors import WorkbenchError, from_os

MEANT = {
    "init": "new",
    "create": "new",
    "start": "open",
    "ui": "open",
    "tui": "open",
    "gateway": "serve",
    "logs": "watch",
}
"""What other programs call it, and people try first → the command here."""


class WorkbenchGroup(TyperGroup):
    """The top of the command line: whatever a command raises ends here as a message and an exit code."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """A word of other programs for a command of ours is answered with ours."""
        meant = MEANT.get(args[0]) if args and args[0] not in self.commands else None
        if meant is not None:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{meant}'?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        session: Session = ctx.ensure_object(Session)
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except WorkbenchError as error:
            code = _fail(session, error)
        except SourceError as error:
            code = _refuse(session, error)
        except DiagnosticsError as error:
            code = _refuse(session, SourceError("input", "", error.diagnostics))
        except KeyboardInterrupt:
            code = INTERRUPTED
        except BrokenPipeError:
            _abandon_stdout()
            code = PIPE_CLOSED
        except OSError as error:
            code = _fail(session, from_os(error))
        raise typer.Exit(code)


def _fail(session: Session, error: WorkbenchError) -> int:
    if session.as_json:
        session.out.json(error_document(error))
    print_error(Printer(sys.stderr), error)
    return exit_code(error)


def _refuse(session: Session, error: SourceError) -> int:
    if session.as_json:
        session.out.json({"file": error.name, "clean": False, "diagnostics": error.diagnostics})
    print_diagnostics(Printer(sys.stderr), error.name, error.source, error.diagnostics)
    return REFUSED


def _abandon_stdout() -> None:
    """The reader has gone: let Python's last flush go nowhere, quietly."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


app = typer.Typer(
    name="workbench",
    cls=WorkbenchGroup,
    help="Write, sign and watch the rules that AI agents run under. Without a command: the terminal screens.",
    epilog="Exit codes: 0 ok or allowed, 1 denied or failing, 2 usage, 3 input refused, 4 held for approval.",
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback()
def start(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """Write, sign and watch the rules that AI agents run under. Without a command: the terminal screens."""
    session = session_of(ctx).using(workspace, as_json)
    if version:
        session.out.line(f"workbench {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        places.open_screens(session)


for _module in (
    places,
    themes,
    feed,
    texts,
    importing,
    models,
    proving,
    words,
    trying,
    replaying,
    differences,
    matrices,
    deciding,
    closest,
    benching,
    drafts,
    draft_revisions,
    amendments,
    dossiers,
    shadow,
    signing,
    keys,
    keymap,
    entities,
    schemas,
    cases,
    credentials,
    notices,
    acknowledging,
    overlays,
    groups,
    norms,
    norm_checking,
    norm_reports,
    norm_importing,
    norm_gating,
    speech,
    audit,
    backups,
    serving,
):
    _module.register(app)


def run() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
