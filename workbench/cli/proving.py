"""``prove FILE``: what a constitution and its rules can never do, and whether its invariants are kept."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.analysing import (
    LIMIT,
    DataChoice,
    DataOption,
    InterruptedWorkError,
    LimitOption,
    MarkdownOption,
    SemanticsChoice,
    SemanticsOption,
    interrupted,
    named_file,
    one_form,
    task_of,
    voice_of,
    worked,
)
from workbench.cli.deciding import one_stdin
from workbench.cli.diagnostics import SourceError
from workbench.cli.failures import FAILED
from workbench.cli.inputs import shown_name, text_of
from workbench.cli.output import Printer
from workbench.cli.session import JsonOption, SchemaOption, session_of
from workbench.cli.sources import Source, read_source
from workbench.cli.telling import MARKS, Teller

if TYPE_CHECKING:
    from workbench.analysis.assumptions import Assumption
    from workbench.analysis.results import Answer, ProofReport
    from workbench.analysis.task import Task
    from workbench.analysis.words import Voice
    from workbench.language.program import Program


def prove(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml); - for standard input.")
    ],
    schema: SchemaOption = None,
    invariants: Annotated[
        Path | None,
        typer.Option(
            "--invariants",
            metavar="FILE",
            help="Cedar+: a forbid is never to be permitted, a permit always. Default: those in the artifact.",
            show_default=False,
        ),
    ] = None,
    semantics: SemanticsOption = SemanticsChoice.ours,
    data: DataOption = DataChoice.missing,
    limit: LimitOption = LIMIT,
    everything: Annotated[bool, typer.Option("--all", help="List also what is as it should be.")] = False,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
) -> None:
    """Prove what a constitution can never do; show a request for what it can and should not.

    Exits 1 when an invariant is broken or not decided, else 0 (warnings are shown).
    """
    session = session_of(ctx).using(as_json=as_json)
    one_form(session, markdown)
    one_stdin(file, schema, invariants)
    source = read_source(file, schema)
    program = source.program()
    demanded = _invariants(source, invariants, program)
    voice = voice_of(program, invariants=demanded)
    known: list[Answer] = []
    task = task_of(semantics, data, limit)
    stopped: InterruptedWorkError | None = None
    try:
        report = worked("prove", "proving", lambda task: _prove(program, demanded, task, known), task)
    except InterruptedWorkError as error:
        if not known:
            raise interrupted() from error
        stopped = error
        report = _so_far(program, task.assumption, known)
    if markdown:
        from workbench.analysis.document import to_markdown

        session.out.raw(to_markdown(report, voice, title=named_file(file)))
    elif session.as_json:
        from workbench.analysis.document import to_json

        session.show({"file": source.name, **to_json(report, voice)})
    else:
        print_report(session.out, report, voice, everything=everything)
    if stopped is not None:
        raise interrupted() from stopped
    if any(answer.verdict != "holds" for answer in report.of("invariant")):
        raise typer.Exit(FAILED)


def _invariants(source: Source, path: Path | None, program: Program) -> Program | None:
    """The invariants to prove, from a file or from the artifact; ``None`` where there are none.

    Raises :class:`SourceError`, ``WorkbenchError``.
    """
    from workbench.service.analysis_subjects import check_invariants

    name = f"{source.name.removesuffix(' (cedar_plus_source)')} (invariants)" if path is None else shown_name(path)
    text = source.invariants if path is None else text_of(path)
    if not text.strip() or program.schema is None:
        return None
    checked = check_invariants(text, program.schema, program.by_id)
    if checked.program is None:
        raise SourceError(name, text, checked.errors)
    return checked.program if checked.program.rules else None


def _prove(program: Program, invariants: Program | None, task: Task, known: list[Answer]) -> ProofReport:
    """Everything there is to prove, invariants first; each answer is in ``known`` when it is there."""
    from workbench.analysis.prove import prove as prove_all
    from workbench.service.analyst import solver_errors

    with solver_errors():
        return prove_all(program, task, invariants=invariants, into=known)


def _so_far(program: Program, assumption: Assumption, known: Sequence[Answer]) -> ProofReport:
    """A report of what was known when it was stopped."""
    from workbench.analysis.environments import environments
    from workbench.analysis.results import ProofReport

    kinds = len(environments(program.schema)) if program.schema is not None else 0
    unknown = "it was stopped: what comes after that was not looked into"
    return ProofReport(assumption, tuple(known), len(program.rules), kinds, (unknown,))


def print_report(out: Printer, report: ProofReport, voice: Voice, *, everything: bool = False) -> None:
    """A report for a person: what is worth telling in full, the rest in lines where ``everything`` is wanted."""
    from workbench.analysis.words import counted, headline, news, report_headline, report_notes, said, tone

    teller = Teller(out)
    kinds = counted(report.environments, "kind of request", "kinds of request")
    teller.paragraph(f"{counted(report.rules, 'rule')}, {kinds}; {report.assumption.words}", "", "dim")
    told = news(report, voice)
    for answer in told:
        out.line()
        teller.answer(said(answer, voice))
    if everything:
        listed = [answer for answer in report.answers if answer not in told]
        if listed:
            out.line()
        for answer in listed:
            mark, colour = MARKS[tone(answer)]
            teller.paragraph(f"{mark} {headline(answer, voice)}", "", *(() if mark == "✓" else (colour,)), hanging="  ")
    notes = report_notes(report, voice)
    if notes:
        out.line()
    for note in notes:
        teller.paragraph(note, "", hanging="  ")
    out.line()
    teller.paragraph(report_headline(report, voice))


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(prove)
