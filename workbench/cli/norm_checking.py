"""``norm check`` and ``norm conflicts``: an action against the norms, and norms against each other. Gates for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.deciding import EntitiesOption
from workbench.cli.failures import FAILED, HELD, MisusedError
from workbench.cli.norm_reports import DbOption, print_violations
from workbench.cli.norms import group
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.request import Request

TargetOption = Annotated[str, typer.Option("--target", metavar="TEXT", help="What it is done to.")]
FactionOption = Annotated[
    str,
    typer.Option("--faction", metavar="TEXT", help="The agent's faction, where the directory knows none."),
]
RequestOption = Annotated[
    Path | None,
    typer.Option(
        "--request",
        metavar="FILE",
        help="A whole request {principal, action, resource, context} as JSON, under any schema; - for stdin.",
        show_default=False,
    ),
]
FactsOption = Annotated[
    Path | None,
    typer.Option("--facts", metavar="FILE", help="What meters say (JSON), with --request.", show_default=False),
]
_NO_DB = "No database found. No norms to check against."


def require_one_form(
    request: Path | None, entities: Path | None, facts: Path | None, words: tuple[str, ...], db: Path | None
) -> None:
    """An action is told in words or as a request, and never as both. Raises ``WorkbenchError``."""
    if request is None:
        if entities is not None or facts is not None:
            raise MisusedError("no request", "`--entities` and `--facts` go with `--request`", "name its file")
    elif any(words) or db is not None:
        raise MisusedError("one of the two", "a request says who does what", "leave the other words and `--db` out")


def whole_request(
    request: Path, entities: Path | None, facts: Path | None
) -> tuple[Request, list[Any], dict[str, Any]]:
    """A request with what is sent along with it. Raises ``WorkbenchError``."""
    from workbench.cli.deciding import one_stdin, request_of
    from workbench.cli.inputs import json_list, json_of
    from workbench.cli.recorded import facts_of

    one_stdin(request, entities, facts)
    rows = json_list(entities) if entities is not None else []
    return request_of(request, json_of(request)), rows, facts_of(facts)


def check(
    ctx: typer.Context,
    agent: Annotated[str | None, typer.Argument(metavar="AGENT", help="Who acts.", show_default=False)] = None,
    action: Annotated[str | None, typer.Argument(metavar="ACTION", help="What is done.", show_default=False)] = None,
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="Where.", show_default=False)] = "",
    target: TargetOption = "",
    faction: FactionOption = "",
    request: RequestOption = None,
    entities: EntitiesOption = None,
    facts: FactsOption = None,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check an action against the norms in force. What violates them is recorded.

    In a world an action is told in words: AGENT ACTION [LOCATION]. Under any other schema give a whole request
    (--request, with --entities and --facts); `workbench decide` asks the same, and shows the evidence.

    Exits with 0 where it may be done, 1 where it violates a norm or is refused, 4 where people are asked first; with 2
    where there is no database: nothing was checked, so nothing has passed.
    """
    session = session_of(ctx).using(workspace, as_json)
    words = (agent or "", action or "", location, target, faction)
    require_one_form(request, entities, facts, words, db)
    if request is None and (agent is None or action is None):
        raise MisusedError("who does what?", "AGENT and ACTION are needed", "or a whole request: `--request FILE`")
    if db is not None:
        _check_file(session, db, *words)
        return
    if request is not None:
        from workbench.service.views import Credential

        asked, rows, given = whole_request(request, entities, facts)
        with session.opened() as opened:
            who = Credential(str(asked.principal))
            found = opened.norms.check_request(asked, credential=who, entities=rows, facts=given)
    else:
        with session.opened() as opened:
            found = opened.norms.check(*words)
    decision = found.decision
    document = {
        "violation_count": len(found.violations),
        "has_violations": bool(found.violations),
        **found.to_dict(),
    }
    if not session.show(document):
        out = session.out
        if found.violations:
            out.line(out.styled(f"Found {len(found.violations)} violation(s)!", "bad"))
            rows = [(v.severity, v.norm_name, one_line(v.description)) for v in found.violations]
            out.table(("severity", "norm", "why"), rows)
        elif found.allowed:
            out.line(out.styled("No violations detected.", "good"))
        else:
            held = decision.outcome == "hold"
            said = "Held until people approve." if held else f"Refused ({decision.code}), though by no norm."
            out.line(out.styled(said, "wait" if held else "bad"))
        if decision.remedy and not found.allowed:
            out.line(f"help: {one_line(decision.remedy)}")
        out.line(out.styled(f"recorded as decision {found.event}", "dim"))
    if not found.allowed:
        raise typer.Exit(HELD if decision.outcome == "hold" else FAILED)


def _check_file(session: Session, db: Path, agent: str, action: str, location: str, target: str, faction: str) -> None:
    from time import time

    from workbench.service.norm_files import NormFile

    found = NormFile(db, words=_NO_DB).check(agent, action, location, target, faction, at=time())
    document = {
        "violation_count": len(found),
        "has_violations": bool(found),
        "violations": [each.to_dict() for each in found],
    }
    if not session.show(document):
        out = session.out
        if found:
            out.line(out.styled(f"Found {len(found)} violation(s)!", "bad"))
            print_violations(out, found)
        else:
            out.line(out.styled("No violations detected.", "good"))
    if found:
        raise typer.Exit(FAILED)


def conflicts(
    ctx: typer.Context,
    db: DbOption = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Ask the solver too, of what the rules' form does not show. May take long.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Norms that do nothing, or undo what the constitution says elsewhere. Exits with 1 where there are any.

    Norms only forbid, so two of them never contradict each other: what is told is a norm that is said twice, or within
    another, that nothing can break, that binds nobody, or that leaves nothing of a permit or of a procedure. With --db:
    the three kinds that normsync tells, from words that norms share.
    """
    session = session_of(ctx).using(workspace, as_json)
    found: Sequence[Any]
    if db is not None:
        from workbench.service.norm_files import NormFile

        found = NormFile(db).conflicts()
    else:
        with session.opened() as opened:
            if prove:
                from workbench.analysis.task import Task

                found = opened.norm_reports.conflicts(task=Task())
            else:
                found = opened.norm_reports.conflicts()
    if not session.show({"conflicts": found, "conflict_count": len(found), "has_conflicts": bool(found)}):
        _print_conflicts(session.out, found, of_file=db is not None)
    if found:
        raise typer.Exit(FAILED)


def _print_conflicts(out: Printer, found: Sequence[Any], *, of_file: bool) -> None:
    if not found:
        out.line(out.styled("No norm conflicts detected.", "good"))
        return
    out.line(out.styled(f"Found {len(found)} conflict(s):", "bad"))
    for each in found:
        if of_file:
            names = f"{one_line(each.norm_a)} and {one_line(each.norm_b)}"
            out.line(f"  {each.conflict_type}  {names}: {one_line(each.description)}")
            out.line(out.styled(f"    example: {one_line(each.example_action)}", "dim"))
        else:
            out.line(f"  {each.kind}  {one_line(each.description)}")
            if each.help:
                out.line(out.styled(f"    help: {one_line(each.help)}", "dim"))


def register(_: typer.Typer) -> None:
    """Add this module's commands to ``norm``."""
    group.command("check")(check)
    group.command("conflicts")(conflicts)
