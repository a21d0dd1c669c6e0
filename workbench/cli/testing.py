"""``test``: test cases on both engines, made from the rules, read and written in Cedar's own form as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import FAILED, MisusedError
from workbench.cli.inputs import STDIN, json_of, shown_name
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, SchemaOption, Session, session_of
from workbench.cli.sources import Source, read_source
from workbench.cli.texts import FileArgument

if TYPE_CHECKING:
    from workbench.language.program import Program
    from workbench.service.views import TestRun

Case = Mapping[str, Any]


def run_tests(
    ctx: typer.Context,
    file: FileArgument,
    schema: SchemaOption = None,
    tests: Annotated[
        Path | None,
        typer.Option(
            "--tests",
            "--cases",
            metavar="FILE",
            help="Test cases: ours, or Cedar's `run-tests` JSON. Default: those in the artifact, else tests.json.",
            show_default=False,
        ),
    ] = None,
    generate: Annotated[
        Path | None,
        typer.Option(
            "--generate",
            metavar="FILE",
            help="Propose cases from the rules into FILE, which keeps what people wrote or reviewed; then run them.",
            show_default=False,
        ),
    ] = None,
    write_cedar: Annotated[
        Path | None,
        typer.Option(
            "--write-cedar", metavar="FILE", help="Write the cases as Cedar's `run-tests` JSON.", show_default=False
        ),
    ] = None,
    no_mutants: Annotated[
        bool, typer.Option("--no-mutants", help="Leave out coverage of conditions and the mutation score.")
    ] = False,
    seconds: Annotated[
        float,
        typer.Option("--seconds", metavar="N", help="How long to look into mistakes that no case notices.", min=0),
    ] = 40.0,
    as_json: JsonOption = False,
) -> None:
    """Run test cases on both engines, ours and Cedar's; tell which mistakes in the rules they would not notice.

    Exits 0 when all pass, 1 when one fails, the engines differ, or there are no test cases at all.
    """
    from workbench.cli.analysing import interrupted
    from workbench.cli.mutating import measured, print_quality, quality_document
    from workbench.service.testing import run_cases

    session = session_of(ctx).using(as_json=as_json)
    if generate is not None and tests is not None:
        raise MisusedError("which tests?", "`--generate` and `--tests` are given", "leave one out")
    source = read_source(file, schema)
    program = source.program()
    for target in (generate, write_cedar):
        _check_writable(target)
    made = None if generate is None else _generated(session, program, generate)
    cases = _cases(source, file, tests) if made is None else made
    run = run_cases(program, cases)
    notes = [] if write_cedar is None else _written(program, cases, write_cedar)
    quality, stopped = (None, None) if no_mutants or not cases else measured(program, cases, seconds)
    document = {
        "passed": len(run.results) - run.failed,
        "failed": run.failed,
        "disagreements": run.disagreements,
        "reviewed": run.reviewed,
        "results": run.results,
        **({} if write_cedar is None else {"cedar": {"file": shown_name(write_cedar), "notes": notes}}),
        **quality_document(quality),
    }
    if not session.show(document):
        if run.results:
            print_run(session, run)
            if quality is not None:
                print_quality(session.out, quality)
        else:
            _print_no_cases(session.out)
        if write_cedar is not None:
            session.out.line(f"{one_line(shown_name(write_cedar))}: written for Cedar's `run-tests`")
            for note in notes:
                session.out.line(f"  {one_line(note)}")
    if stopped is not None:
        raise interrupted() from stopped
    if run.failed or run.disagreements or not run.results:
        raise typer.Exit(FAILED)


def _print_no_cases(out: Printer) -> None:
    """A run of nothing is no success, and says how to get something to run."""
    out.line(f"{out.styled('no test cases', 'bad')}: nothing was tested")
    out.line("  `--generate FILE` proposes some from the rules,")
    out.line("  `workbench compile ENGLISH --schema FILE --json` from English, under `tests`;")
    out.line("  or write a list of {name, request, entities, expect}: `--tests FILE`")


def _cases(source: Source, file: Path, tests: Path | None) -> Sequence[Case]:
    from workbench.service.case_files import cases_in, read_cases

    if tests == STDIN:
        return cases_in(json_of(tests), Path(shown_name(tests)))
    if tests is not None:
        return read_cases(tests)
    if source.tests is not None:
        return list(source.tests)
    beside = file.parent / "tests.json"
    if file == STDIN or not beside.is_file():
        raise MisusedError(
            "which tests?",
            "there is no `tests.json` beside the file",
            "name one with `--tests FILE`, or propose some with `--generate FILE`",
        )
    return read_cases(beside)


def _check_writable(target: Path | None) -> None:
    """Told before the work, and not after it."""
    if target is not None and (target.is_dir() or not target.absolute().parent.is_dir()):
        raise MisusedError(
            "the file cannot be written", f"`{target}` is no file in a folder that exists", "name another"
        )


def _generated(session: Session, program: Program, target: Path) -> Sequence[Case]:
    """The cases of ``target`` with new proposals, written there; what was there is read first, and refused whole."""
    from workbench.authoring.regenerating import regenerated
    from workbench.cli.analysing import InterruptedWorkError, interrupted, worked
    from workbench.service.case_files import read_cases, write_json

    standing = read_cases(target) if target.is_file() else []
    try:
        result = worked("tests", "proposing test cases", lambda task: regenerated(program, standing, task=task))
    except InterruptedWorkError as error:
        raise interrupted() from error
    write_json(target, result.cases)
    if not session.as_json:
        kept = len(result.cases) - len(result.added)
        session.out.line(
            f"{one_line(shown_name(target))}: {len(result.added)} proposed, {kept} kept, {len(result.dropped)} dropped"
        )
    return result.cases


def _written(program: Program, cases: Sequence[Case], target: Path) -> list[str]:
    """What Cedar's form could not say."""
    from workbench.service.case_files import as_cedar, write_json

    written = as_cedar(program, cases)
    write_json(target, written.cases)
    return list(written.notes)


def print_run(session: Session, run: TestRun) -> None:
    """A test run for a person: failures with what came instead, then the count."""
    out = session.out
    for result in run.results:
        if result.passed and result.engines_agree:
            continue
        got = f"expected {result.expect}, got {result.ours}"
        if not result.engines_agree:
            got += f"; the engines differ (Cedar: {result.cedar}, ours as Cedar: {result.cedar_semantics_ours})"
        elif result.message and result.expect == result.ours:
            got = result.message  # the outcome is right, and something else is not
        said = result.message.startswith(got)
        out.line(f"{out.styled('FAIL', 'bad')} {one_line(result.name)}: {one_line(result.message if said else got)}")
        if result.message and not said:
            out.line("     " + one_line(result.message))
    passed = len(run.results) - run.failed
    tone = out.styled("ok", "good") if not (run.failed or run.disagreements) else out.styled("failing", "bad")
    out.line(
        f"{tone}: {passed} of {len(run.results)} test cases pass; "
        f"{run.disagreements} differ between the engines; {run.reviewed} reviewed by a person"
    )
