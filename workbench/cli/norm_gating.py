"""``norm gate action | scope | review``: asked by scripts before an act with side effects. Exit codes 0, 1, 2.

0 PASS; 1 FAIL, a rule says no; 2 FAIL_LOUD, the gate has nothing to stand on and a person must look. Whatever goes
wrong is 2, never 0: a gate that could not judge is closed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.deciding import EntitiesOption
from workbench.cli.inputs import json_of
from workbench.cli.norm_checking import (
    FactionOption,
    FactsOption,
    RequestOption,
    TargetOption,
    require_one_form,
    whole_request,
)
from workbench.cli.norm_reports import DbOption
from workbench.cli.norms import group as norm_group
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.norms.gates import GateOutcome

group = typer.Typer(
    help="Asked before an act with side effects: exits with 0 (pass), 1 (fail), 2 (fail loud: a person must look).",
    rich_markup_mode=None,
)


@group.command("action")
def action_(
    ctx: typer.Context,
    action: Annotated[
        str, typer.Argument(metavar="ACTION", help="What is about to be done: publish, delete, …", show_default=False)
    ] = "",
    location: Annotated[str, typer.Argument(metavar="LOCATION", help="Where.", show_default=False)] = "",
    agent: Annotated[str, typer.Option("--agent", metavar="ID", help="Who is about to act.")] = "agent",
    target: TargetOption = "",
    faction: FactionOption = "",
    high_risk: Annotated[
        list[str] | None,
        typer.Option("--high-risk", metavar="VERB", help="A further high-risk action.", show_default=False),
    ] = None,
    require_norms: Annotated[
        bool, typer.Option("--require-norms/--no-require-norms", help="A high-risk action needs a norm in force.")
    ] = True,
    request: RequestOption = None,
    entities: EntitiesOption = None,
    facts: FactsOption = None,
    db: DbOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether an action may go ahead. A high-risk one with no norm in force fails loud: one in which a word such as
    post, send, delete, deploy or export stands (`delete_ticket`, too).

    In a world an action is told in words: ACTION [LOCATION]. Under any other schema give a whole request (--request).
    """
    session = session_of(ctx).using(workspace, as_json)
    require_one_form(request, entities, facts, (action, location, target, faction), db)
    from workbench.service.gating import gate_action, gate_request, gate_stored_action, guarded

    risk: dict[str, Any] = {"extra_high_risk": high_risk or (), "require_norms_for_high_risk": require_norms}
    about = {"agent_id": agent, "location": location, "target": target, "faction": faction, **risk}

    def judged() -> GateOutcome:
        if request is not None:
            asked, rows, given = whole_request(request, entities, facts)
            with session.opened() as opened:
                return gate_request(opened, asked, entities=rows, facts=given, **risk)
        if db is not None:
            from time import time

            return gate_stored_action(db, action, at=time(), **about)
        with session.opened() as opened:
            return gate_action(opened, action, **about)

    _tell(session, guarded(judged, action=action, agent_id=agent))


@group.command("scope")
def scope_(
    ctx: typer.Context,
    action: Annotated[str, typer.Argument(metavar="ACTION", help="What is about to be done.")],
    declared: Annotated[
        list[str] | None,
        typer.Option("--declared", metavar="SCOPE", help="A scope that was declared.", show_default=False),
    ] = None,
    target: Annotated[str, typer.Option("--target", metavar="SCOPE", help="The scope that is reached for.")] = "",
    classification: Annotated[
        str, typer.Option("--classification", metavar="WORD", help="Of what is carried; `public` alone is public.")
    ] = "private",
    declassify: Annotated[bool, typer.Option("--allow-declassify", help="There is a grant to make it public.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Whether an action stays within the scope that was declared for it, and leaks nothing that is not public."""
    session = session_of(ctx).using(None, as_json)
    from workbench.service.gating import gate_scope, guarded

    _tell(session, guarded(lambda: gate_scope(action, tuple(declared or ()), target, classification, declassify)))


@group.command("review")
def review_(
    ctx: typer.Context,
    findings: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE|-", help="A JSON list of findings: dimension, severity, message, status.", show_default=False
        ),
    ] = None,
    dimensions: Annotated[
        list[str] | None,
        typer.Option(
            "--dimension",
            metavar="NAME",
            help="A dimension that was checked. Default: those that findings name.",
            show_default=False,
        ),
    ] = None,
    approved: Annotated[bool, typer.Option("--approved", help="The review claims approval.")] = False,
    reviewer: Annotated[str, typer.Option("--reviewer", metavar="ID", help="Who reviewed.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Whether a review of rules may be relied on: every dimension looked at, and nothing grave open."""
    session = session_of(ctx).using(None, as_json)
    from workbench.service.gating import gate_rule_review, guarded

    def judged() -> GateOutcome:
        return gate_rule_review(_findings(findings), dimensions or None, approved, reviewer)

    _tell(session, guarded(judged, action="rule_review", agent_id=reviewer))


def _findings(source: str | None) -> list[Any]:
    if source is None:
        return []
    found = json_of(Path(source))
    if not isinstance(found, list):
        raise WorkbenchError("no findings", f"`{source}` is no JSON list", "a list of objects", "bad_json")
    return found


def _tell(session: Session, outcome: GateOutcome) -> None:
    if not session.show(outcome):
        tone = {"PASS": "good", "FAIL": "bad", "FAIL_LOUD": "bad"}[outcome.verdict]
        out = session.out
        out.line(f"{out.styled(outcome.verdict, tone, 'bold')}  {one_line(outcome.reason)}")  # type: ignore[arg-type]
        for each in outcome.violations:
            out.line(f"  {each.severity}  {one_line(each.norm_name)}: {one_line(each.description)}")
        if outcome.human_required:
            out.line("  a person must look at this")
    if outcome.exit_code:
        raise typer.Exit(outcome.exit_code)


def register(_: typer.Typer) -> None:
    """Add ``gate`` to ``norm``."""
    norm_group.add_typer(group, name="gate")
