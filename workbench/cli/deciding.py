"""``decide`` and ``rank``: the pure engine on files. Believes its input; a workspace's directory plays no part."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.decisions import (
    ON_TRIAL,
    Words,
    about_unknown,
    require_known,
    shortcoming,
    shown_value,
    unknown_entities,
)
from workbench.cli.diagnostics import SourceError
from workbench.cli.failures import FAILED, HELD, OUTCOME_CODES, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, json_list, json_of, shown_name
from workbench.cli.judged import decided, heard_request, print_speech
from workbench.cli.output import Printer, Tone, one_line
from workbench.cli.session import JsonOption, SchemaOption, Session, WorkspaceOption, session_of
from workbench.cli.sources import Source, read_source

if TYPE_CHECKING:
    from workbench.engine.decision import Decision, Ranking, Read
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.language.program import Program
    from workbench.language.schema import Schema

TONE: dict[str, Tone] = {"allow": "good", "deny": "bad", "hold": "wait"}
_LEAST_COLUMNS = 40

ConstitutionArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml).")]
EntitiesOption = Annotated[
    Path | None,
    typer.Option("--entities", metavar="FILE", help="Entities, in Cedar's JSON form.", show_default=False),
]


def decide(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="Cedar+ text, or an artifact (.yaml). Without it the workspace decides, and records it.",
            show_default=False,
        ),
    ] = None,
    *,
    request: Annotated[
        Path,
        typer.Option(
            "--request", metavar="FILE", help="{principal, action, resource, context, speech} as JSON; - for stdin."
        ),
    ],
    entities: EntitiesOption = None,
    schema: SchemaOption = None,
    grant: Annotated[
        list[str] | None,
        typer.Option(
            "--grant",
            metavar="PROCEDURE",
            help="A procedure that has approved; one that does not exist is an error (not with --sandbox).",
            show_default=False,
        ),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--as", metavar="PRINCIPAL", help="Who asks, in the workspace.", show_default=False),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option("--facts", metavar="FILE", help="What meters say (JSON), in the workspace.", show_default=False),
    ] = None,
    heard: Annotated[
        Path | None,
        typer.Option(
            "--heard",
            metavar="FILE",
            help="The tool calls that you recorded (JSON), in the workspace.",
            show_default=False,
        ),
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option("--sandbox", help="Check and ask the constitution in a locked process: for one nobody reviewed."),
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Decide one request, with evidence. Exits 0 when allowed, 1 when denied, 3 when refused, 4 when held."""
    from workbench.engine.evaluator import Evaluator

    session = session_of(ctx).using(workspace, as_json)
    one_stdin(file, request, entities, facts, heard)
    if file is None:
        from workbench.cli.recorded import decide_here

        if sandbox or grant or schema is not None:
            raise MisusedError("no file", "`--sandbox`, `--grant` and `--schema` are for a file", "name a constitution")
        asked, rows = request_of(request, json_of(request)), json_list(entities) if entities is not None else []
        raise typer.Exit(OUTCOME_CODES[decide_here(session, asked, rows, actor, facts, heard)])
    if actor is not None or facts is not None or heard is not None:
        hint = "leave the file out, to decide in the workspace"
        raise MisusedError("not for a file", "`--as`, `--facts` and `--heard` are for the workspace", hint)
    if sandbox:
        asked, rows = request_of(request, json_of(request)), json_list(entities) if entities is not None else []
        if asked.speech is not None:
            hint = "judge it before (`workbench speech evaluate`), and give the result as `context.speech`"
            raise MisusedError("speech is not judged in the sandbox", "the request has `speech`", hint)
        raise typer.Exit(_decide_in_sandbox(session, read_source(file, schema), asked, rows, grant or [], entities))
    program = read_source(file, schema).program()
    grants = require_known(grant or (), program)
    asked, known = request_of(request, json_of(request)), entities_of(entities, program.schema)
    asked, decision, speech = decided(Evaluator(program), asked, known, grants)
    if not session.show(decision if speech is None else {**decision.to_dict(), "speech": speech}):
        unknown = unknown_entities(asked, decision, known, program)
        given = None if entities is None else shown_name(entities)
        print_decision(session.out, decision, program, about_unknown(unknown, given) if unknown else "")
        print_speech(session.out, speech)
    raise typer.Exit(OUTCOME_CODES[decision.outcome])


def _decide_in_sandbox(
    session: Session, source: Source, request: Request, rows: list[Any], grants: list[str], entities: Path | None
) -> int:
    """The exit code; ``rows`` are the entities, read from the file ``entities``.

    Neither the constitution nor its schema is looked into here, outside the sandbox.
    """
    from workbench.language.diagnostics import DiagnosticsError
    from workbench.service.sandbox import SandboxedEvaluator

    try:
        with SandboxedEvaluator(source.cedar_plus, source.schema) as evaluator:
            decision = evaluator.decide(request, rows, grants)
            in_force = evaluator.limits_in_force()
    except DiagnosticsError as error:
        raise SourceError(source.name, source.cedar_plus, error.diagnostics) from None
    if entities is not None and decision.code == "invalid_entity":
        raise _unreadable(entities, decision.errors[0].message if decision.errors else "they do not fit the schema")
    if not session.show({**decision.to_dict(), "sandbox": in_force.to_dict()}):
        print_decision(session.out, decision, None)
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

    Exits 0 when one is allowed, 4 when the best are held, 1 when all are denied or there are none.
    """
    from workbench.engine.evaluator import Evaluator

    session = session_of(ctx).using(as_json=as_json)
    one_stdin(file, requests, entities)
    program = read_source(file, schema).program()
    known = entities_of(entities, program.schema)
    asked = [heard_request(requests, request_of(requests, item), program.schema) for item in json_list(requests)]
    ranking = Evaluator(program).rank(asked, known)
    if not session.show(ranking):
        _print_ranking(session.out, asked, ranking, program)
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
        raise _unreadable(path, str(error)) from None


def _unreadable(path: Path, why: str) -> RefusedError:
    return RefusedError("the entities cannot be read", f"`{shown_name(path)}`: {why}", code="bad_entities")


def print_decision(out: Printer, decision: Decision, program: Program | None, unknown: str = "") -> None:
    """A decision for a person: outcome, and per rule why and what it read; what was on trial; what would help.

    ``program`` is ``None`` where the rules must not be looked into; ``unknown`` is a sentence on missing entities.
    """
    words = Words(decision, program)
    reads = {item.rule: item.reads for item in decision.evidence}
    on_trial = {item.rule for item in decision.evidence if item.stage == "observe"}
    erring = {failure.rule for failure in decision.errors}
    out.line(f"{out.styled(decision.outcome, TONE[decision.outcome], 'bold')}  {decision.code}")
    for name in decision.reasons:
        if name not in erring:
            before = "held by" if decision.outcome == "hold" else "because of"
            _print_line(out, "  ", f"{before} {words.name(name)}{words.said(name)}")
            _print_reads(out, reads.get(name, ()))
    for failure in decision.errors:
        trial = " (on trial)" if failure.rule in on_trial else ""
        where = f" in {words.name(failure.rule)}{trial}" if failure.rule else ""
        _print_line(out, "  ", f"error{where}: {failure.message}")
        _print_reads(out, reads.get(failure.rule, ()))
    for miss in decision.why_not:
        _print_line(out, "  ", f"would be permitted by {words.name(miss.rule)}{words.said(miss.rule)}")
        _print_line(out, "    ", f"but {shortcoming(miss.failed)}")
        _print_reads(out, miss.reads)
    for item in decision.evidence:
        if item.rule in on_trial and item.rule not in erring:
            _print_line(out, "  ", f"on trial: {words.name(item.rule)} {ON_TRIAL[item.effect]}{words.said(item.rule)}")
            _print_reads(out, item.reads)
    _print_score(out, words, [item.rule for item in decision.evidence if item.effect == "prefer"], on_trial | erring)
    if decision.remedy:
        _print_line(out, "  ", f"retry {decision.retry.replace('_', ' ')}: {words.text(decision.remedy)}")
    _print_line(out, "  ", unknown)


def _print_line(out: Printer, indent: str, text: str, *tones: Tone) -> None:
    """``text`` on one line, as programs want it; on a terminal wrapped at words, further lines indented more."""
    said = one_line(text)
    lines = [indent + said]
    if out.stream.isatty():
        columns = max(_LEAST_COLUMNS, shutil.get_terminal_size((80, 24)).columns)
        lines = textwrap.wrap(
            said, columns, initial_indent=indent, subsequent_indent=indent + "  ", break_on_hyphens=False
        )
    for line in lines if said else ():
        out.line(out.styled(line, *tones))


def _print_reads(out: Printer, reads: Sequence[Read]) -> None:
    for read in reads:
        said = "is missing" if read.missing else f"= {shown_value(read.value)}  ({read.source})"
        _print_line(out, "    ", f"{read.path} {said}", "dim")


def _print_score(out: Printer, words: Words, preferences: Sequence[str], apart: Set[str]) -> None:
    """The score and the preferences that it is the sum of; those in ``apart`` do not count."""
    from workbench.language.ast import Prefer

    counted = [name for name in preferences if name not in apart]
    if counted or words.decision.score:
        out.line(f"  score {words.decision.score}")
    for name in counted:
        rule = words.rule(name)
        amount = f"{rule.statement.score:+f} " if rule is not None and isinstance(rule.statement, Prefer) else ""
        _print_line(out, "    ", f"{amount}from {words.name(name)}{words.said(name)}")


def _print_ranking(out: Printer, asked: list[Request], ranking: Ranking, program: Program) -> None:
    """Candidates in order, each with its place in the list that was given; what stands in the way below it."""
    if not asked:
        out.line("no candidates: the list of requests is empty")
    for place, (index, decision) in enumerate(ranking.allowed, start=1):
        out.line(f"{place}. {_candidate(asked[index])}  {_numbered(out, index)}  score {decision.score}")
    for label, found in (("held", ranking.held), ("denied", ranking.denied)):
        for index, decision in found:
            out.line(
                f"{out.styled(label, TONE[decision.outcome])}  {_candidate(asked[index])}  {_numbered(out, index)}"
            )
            _print_line(out, "   ", _in_the_way(Words(decision, program)), "dim")


def _in_the_way(words: Words) -> str:
    """What keeps a candidate from being allowed: the code, and the rule or procedure."""
    decision = words.decision
    names = ", ".join(words.name(name) for name in decision.reasons)
    if decision.errors:
        failure = decision.errors[0]
        where = f" in {words.name(failure.rule)}" if failure.rule else ""
        return f"{decision.code}{where}: {failure.message}"
    if names:
        return f"{decision.code} by {names}"
    if decision.why_not:
        miss = decision.why_not[0]
        return f"{decision.code}; nearest is {words.name(miss.rule)}, but {shortcoming(miss.failed)}"
    return decision.code


def _numbered(out: Printer, index: int) -> str:
    return out.styled(f"(request {index + 1})", "dim")


def _candidate(request: Request) -> str:
    return one_line(f"{request.principal} {request.action} {request.resource}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("decide")(decide)
    app.command("rank")(rank)
