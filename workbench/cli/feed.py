"""``watch``: what was decided, as lines."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.deciding import TONE
from workbench.cli.output import Printer, fitted, one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.service.views import EventRow

_PAUSE = 0.25  # seconds between two looks at the store


def watch(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more, or stop at the end.")] = True,
    after: Annotated[
        int | None,
        typer.Option("--after", metavar="SEQ", min=0, help="Begin after this number. Default: only what comes now."),
    ] = None,
    only_violations: Annotated[bool, typer.Option("--violations", help="Show violations only.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The feed of decisions, one line each, until Ctrl-C. With --json every line is a JSON document."""
    session = session_of(ctx).using(workspace, as_json)
    with session.opened() as opened:
        seen = after if after is not None else (opened.high_water() if follow else 0)
        while True:
            rows = opened.events(seen)
            for row in rows:
                if only_violations and not row.violation:
                    continue
                if session.as_json:
                    session.out.json(row, indent=None)
                else:
                    _print_row(session.out, row)
            session.out.stream.flush()
            if rows:
                seen = rows[-1].seq
            elif follow:
                sleep(_PAUSE)
            else:
                return


def _print_row(out: Printer, row: EventRow) -> None:
    mark = "!" if row.violation else " "
    graver = f"  {out.styled(row.severity, 'bad')}" if row.severity in ("high", "critical") else ""
    out.line(
        f"{row.seq:>7} {row.at:%H:%M:%S} {_cell(row.agent, 12)} {_cell(row.action, 20)} {_cell(row.resource, 14)} "
        f"{out.styled(f'{row.outcome:<5}', TONE[row.outcome])}{mark} {one_line(row.rule or row.code)}{graver}"
    )


def _cell(text: str, columns: int) -> str:
    return f"{fitted(one_line(text), columns):<{columns}}"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("watch")(watch)
