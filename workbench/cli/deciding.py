"""``decide`` and ``rank``: the pure engine on files. Believes its input; a workspace's directory plays no part."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.diagnostics import SourceError
from workbench.cli.failures import FAILED, HELD, OUTCOME_CODES, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, json_list, json_of, shown_name
from workbench.cli.output import Printer, Tone, json_text, one_line
from workbench.cli.session import JsonOption, SchemaOption, Session, session_of
from workbench.cli.sources import Source, read_source

if TYPE_CHECKING:
    from workbench.engine.decision import Decision, Ranking
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.language.schema import Schema

TONE: dict[str, Tone] = {"allow": "good", "deny": "bad", "hold": "wait"}

ConstitutionArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml).")]
EntitiesOption = Annotated[
    Path | None,
    typer.Option("--entities", metavar="FILE", help="Entities, in Cedar's JSON form.", show_default=False),
]


def decide(
    ctx: typer.Context,
    file: ConstitutionArgument,
    request: Annotated[
        Path,
        typer.Option("--request", metavar="FILE", help="{principal, action, resource, context} as JSON; - for stdin."),
    ],
    entities: EntitiesOption = None,
    schema: SchemaOption = None,
    grant: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar="PROCEDURE", help="A procedure that has approved.", show_default=False),
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Check and ask the constitution in a locked process: for one nobody reviewed."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Decide one request, with evidence. Exits 0 when allowed, 1 when denied, 3 when refused, 4 when held."""
    from workbench.engine.evaluator import Evaluator

    session = session_of(ctx).using(as_json=as_json)
    one_stdin(file, request, entities)
    if sandbox:
        asked, rows = request_of(request, json_of(request)), json_list(entities) if entities is not None else []
        raise typer.Exit(_decide_in_sandbox(session, read_source(file, schema), asked, rows, grant or []))
    program = read_source(file, schema).program()
    known = entities_of(entities, program.schema)
    decision = Evaluator(program).decide(request_of(request, json_of(request)), known, grants=tuple(grant or ()))
    if not session.show(decision):
        print_decision(session.out, decision, {rule.id: rule.english for rule in program.rules})
    raise typer.Exit(OUTCOME_CODES[decision.outcome])


def _decide_in_sandbox(
    session: Session, source: Source, request: Request, entities: list[Any], grants: list[str]
) -> int:
    """The exit code. Neither the constitution nor its schema is looked into here, outside the sandbox."""
    from workbench.language.diagnostics import DiagnosticsError
    from workbench.service.sandbox import SandboxedEvaluator

    try:
        with SandboxedEvaluator(source.cedar_plus, source.schema) as evaluator:
            decision = evaluator.decide(request, entities, grants)
            in_force = evaluator.limits_in_force()
    except DiagnosticsError as error:
        raise SourceError(source.name, source.cedar_plus, error.diagnostics) from None
    if not session.show({**decision.to_dict(), "sandbox": in_force.to_dict()}):
        print_decision(session.out, decision, {})
        lacking = ", ".join(in_force.missing)
        session.out.line(f"  sandboxed; not limited on this platform: {lacking}" if lacking else "  sandboxed")
    return OUTCOME_CODES[decision.outcome]


def rank(
    ctx: typer.Context,
    file: ConstitutionArgument,
    requests: Annotated[Path, typer.Option("--requests", metavar="FILE", help="A JSON list of requests; - for stdin.")],
    entities: EntitiesOption = None,
    schema: SchemaOption = None,
    as_json: JsonOption = False,
) -> None:
    """Order candidate requests by preference; a denied one is never ranked.

    Exits 0 when one is allowed, 4 when the best are held, 1 when all are denied.
    """
    from workbench.engine.evaluator import Evaluator

    session = session_of(ctx).using(as_json=as_json)
    one_stdin(file, requests, entities)
    program = read_source(file, schema).program()
    known = entities_of(entities, program.schema)
    asked = [request_of(requests, item) for item in json_list(requests)]
    ranking = Evaluator(program).rank(asked, known)
    if not session.show(ranking):
        _print_ranking(session.out, asked, ranking)
    if not ranking.allowed:
        raise typer.Exit(HELD if ranking.held else FAILED)


def one_stdin(*paths: Path | None) -> None:
    """Raises ``WorkbenchError`` where more than one of ``paths`` is standard input."""
    if sum(path == STDIN for path in paths) > 1:
        raise MisusedError("standard input twice", "only one of the files can be `-`")


def request_of(path: Path, data: Any) -> Request:
    """The request that ``data``, read from ``path``, describes. Raises ``WorkbenchError``."""
    from workbench.engine.request import Request, RequestError

    try:
        return Request.from_json(data)
    except RequestError as error:
        raise RefusedError("the request cannot be read", f"`{shown_name(path)}`: {error}", code="bad_request") from None


def entities_of(path: Path | None, schema: Schema | None) -> Entities:
    """The entities of a file, none for ``None``. Raises ``WorkbenchError``."""
    from workbench.engine.entities import Entities, EntityError

    if path is None:
        return Entities.from_json([], schema=schema)
    data = json_list(path)
    try:
        return Entities.from_json(data, schema=schema)
    except EntityError as error:
        raise RefusedError(
            "the entities cannot be read", f"`{shown_name(path)}`: {error}", code="bad_entities"
        ) from None


def print_decision(out: Printer, decision: Decision, english: dict[str, str]) -> None:
    """A decision for a person: outcome, why, what was read, what would help."""
    out.line(f"{out.styled(decision.outcome, TONE[decision.outcome], 'bold')}  {decision.code}")
    for rule in decision.reasons:
        if rule in decision.procedures:
            continue
        out.line(f"  because of {one_line(rule)}" + _quoted(english.get(rule, "")))
    for name in decision.procedures:
        out.line(f"  held by {one_line(name)}" + _quoted(english.get(name, "")))
    for failure in decision.errors:
        out.line(f"  error{' in ' + one_line(failure.rule) if failure.rule else ''}: {one_line(failure.message)}")
    shown = set(decision.reasons) | set(decision.procedures)
    for item in decision.evidence:
        if item.rule in shown or item.effect == "procedure":
            for read in item.reads:
                value = "missing" if read.missing else json_text(read.value, indent=None)
                out.line(out.styled(f"    {one_line(read.path)} = {value}  ({read.source})", "dim"))
    for miss in decision.why_not:
        failed = "; ".join(one_line(condition) for condition in miss.failed)
        out.line(f"  {one_line(miss.rule)} would permit it, but: {failed}")
    if decision.score:
        out.line(f"  score {decision.score}")
    if decision.remedy:
        out.line(f"  retry {decision.retry.replace('_', ' ')}: {one_line(decision.remedy)}")


def _quoted(english: str) -> str:
    return f": “{one_line(english)}”" if english else ""


def _print_ranking(out: Printer, asked: list[Request], ranking: Ranking) -> None:
    for place, (index, decision) in enumerate(ranking.allowed, start=1):
        out.line(f"{place}. {_candidate(asked[index])}  score {decision.score}")
    for label, found in (("held", ranking.held), ("denied", ranking.denied)):
        for index, decision in found:
            out.line(f"{out.styled(label, 'dim')}  {_candidate(asked[index])}  {decision.code}")


def _candidate(request: Request) -> str:
    return one_line(f"{request.principal} {request.action} {request.resource}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("decide")(decide)
    app.command("rank")(rank)
