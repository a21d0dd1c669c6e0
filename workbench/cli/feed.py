"""``watch``: what was decided, as lines; all of it, or what a filter wants."""

from __future__ import annotations

import re
from time import sleep
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.deciding import TONE
from workbench.cli.failures import MisusedError
from workbench.cli.output import Printer, fitted, one_line
from workbench.cli.session import JsonOption, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.engine.decision_filter import DecisionFilter
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

_ID = re.compile("[0-9a-f]{16}")  # of a norm: its content, the name included
_PAUSE = 0.25  # seconds between two looks at the store


def watch(
    ctx: typer.Context,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more, or stop at the end.")] = True,
    after: Annotated[
        int | None,
        typer.Option(
            "--after",
            metavar="SEQ",
            min=0,
            help="Begin after this number. Default: only what comes now, or what the filter's `since:` says.",
        ),
    ] = None,
    filter: Annotated[
        str,
        typer.Option(
            "--filter",
            metavar="TEXT",
            help="As in the terminal screens: 'agent:a3 outcome:deny -rule:R* since:10m text'; a comma means or.",
        ),
    ] = "",
    only_violations: Annotated[bool, typer.Option("--violations", help="Show violations only.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """The feed of decisions, one line each, until Ctrl-C. With --json every line is a JSON document."""
    session = session_of(ctx).using(workspace, as_json)
    wanted = wanted_of(filter, only_violations=only_violations)
    with session.opened() as opened:
        names = _Names(opened)
        seen = after if after is not None else 0
        if after is None and follow and not _has_beginning(wanted):
            seen = opened.high_water()
        while True:
            high = opened.high_water()
            if high > seen:
                for row in opened.finding.every_row(wanted, seen):
                    seen = row.seq
                    if session.as_json:
                        session.out.json(row, indent=None)
                    else:
                        _print_row(session.out, row, names.of(row))
                seen = max(seen, high)
                session.out.stream.flush()
            elif follow:
                sleep(_PAUSE)
            else:
                return


def wanted_of(text: str, *, only_violations: bool = False) -> DecisionFilter:
    """The filter. Raises :class:`MisusedError` with the code of what is wrong with it, and its place."""
    from workbench.engine.decision_filter import DecisionFilter, Outcomes
    from workbench.engine.filter_text import FilterError, parse_filter

    try:
        wanted = parse_filter(text)
    except FilterError as error:
        where = f"{error.message} (at character {error.start + 1} of `--filter`)"
        raise MisusedError("no such filter", where, error.help, error.code) from None
    return DecisionFilter((*wanted.terms, Outcomes(("violation",)))) if only_violations else wanted


def _has_beginning(wanted: DecisionFilter) -> bool:
    from workbench.engine.decision_filter import Recorded

    return any(isinstance(term, Recorded) and term.side == "since" for term in wanted.terms)


class _Names:
    """Names of the norms that decisions know by their content id alone; asked for where an id is met the first time.

    The id covers the name, so that a name once known holds for good.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, str] = {}

    def of(self, row: EventRow) -> str:
        """The name of the norm that a violation broke; empty where its rule is none."""
        if not row.violation or _ID.fullmatch(row.rule) is None:
            return ""
        if row.rule not in self._known:
            self._known |= {norm.id: norm.name for norm in self._workspace.norms.list(in_force=False)}
        return self._known.setdefault(row.rule, "")


def _print_row(out: Printer, row: EventRow, name: str = "") -> None:
    mark = "!" if row.violation else " "
    graver = f"  {out.styled(row.severity, 'bad')}" if row.severity in ("high", "critical") else ""
    at, action = row.recorded_at or row.at, row.verb or row.action
    out.line(
        f"{row.seq:>7} {at:%H:%M:%S} {_cell(row.agent, 12)} {_cell(action, 20)} {_cell(row.resource, 14)} "
        f"{out.styled(f'{row.outcome:<5}', TONE[row.outcome])}{mark} {one_line(row.rule or row.code)}"
        f"{f' ({one_line(name)})' if name else ''}{graver}"
    )


def _cell(text: str, columns: int) -> str:
    return f"{fitted(one_line(text), columns):<{columns}}"


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("watch")(watch)
