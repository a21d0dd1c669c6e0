"""Commands about texts: ``compile``, ``check``, ``explain``, ``format``, ``test``. None of them needs a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.diagnostics import SourceError, print_diagnostics, summary
from workbench.cli.failures import FAILED, REFUSED, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, json_list, shown_name, text_of
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, SchemaOption, Session, WorkspaceOption, session_of
from workbench.cli.sources import Source, accepted_schema, read_source

if TYPE_CHECKING:
    from workbench.engine.cost import Bound
    from workbench.service.views import TestRun

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml); - for standard input.")
]


def compile_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="English sentences; - for standard input.")],
    schema: Annotated[Path, typer.Option("--schema", metavar="FILE", help="The Cedar schema whose words are used.")],
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="Ask this language model about what is not understood; `default` for the configured one.",
            show_default=False,
        ),
    ] = None,
    accept_rewrites: Annotated[
        bool, typer.Option("--accept-rewrites", help="Take over the model's rewrites of which nothing is doubtful.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn English into Cedar+: rules with paraphrases, questions, tests and findings.

    Exits 0 when every sentence compiled, 3 otherwise. What a model says is a reading to confirm, and compiles nothing.
    """
    session = session_of(ctx).using(as_json=as_json)
    if accept_rewrites and model is None:
        raise MisusedError("whose rewrites?", "`--accept-rewrites` goes with `--model`", "name a model")
    english = text_of(file)
    known = accepted_schema(shown_name(schema), text_of(schema))
    if model is not None:
        from workbench.cli.models import compile_assisted

        compile_assisted(session, shown_name(file), english, known, model, accept_rewrites)
        return
    from workbench.authoring.document import compile_document
    from workbench.cli.compiled import compiled_document, print_compiled, whole

    result = compile_document(english, known)
    if not session.show(compiled_document(result)):
        print_compiled(session.out, shown_name(file), english, result)
    if not whole(result):
        raise typer.Exit(REFUSED)


def check(ctx: typer.Context, file: FileArgument, schema: SchemaOption = None, as_json: JsonOption = False) -> None:
    """Parse, validate and analyze a constitution, and say how much work one request can be at most.

    Exits 0 when it is clean (warnings are shown), 3 otherwise.
    """
    from workbench.engine.cost import bound_of
    from workbench.language.schema_lint import lint_schema

    session = session_of(ctx).using(as_json=as_json)
    source = read_source(file, schema)
    result = source.check()
    of_schema = [found for found in lint_schema(source.schema) if found.severity != "info"]
    of_rules = [found for found in result.diagnostics if found.code != "CP011"]  # told of the schema, at its place
    clean = result.program is not None
    rules = result.program.rules if result.program else ()
    bound = bound_of(result.program) if result.program else None
    document = {
        "file": source.name,
        "clean": clean,
        "diagnostics": of_rules,
        "schema_diagnostics": of_schema,
        "rules": [{"id": r.id, "digest": r.digest, "kind": r.kind, "stage": r.stage} for r in rules],
        "bound": None if bound is None else bound.to_dict(),
    }
    if not session.show(document):
        print_diagnostics(session.out, source.name, source.cedar_plus, of_rules)
        print_diagnostics(session.out, source.schema_name, source.schema, of_schema)
        verdict = session.out.styled("clean", "good") if clean else session.out.styled("not clean", "bad")
        count = f"{_counted(len(rules), 'rule')}, " if result.program else ""
        told = summary([*of_rules, *of_schema])
        session.out.line(f"{one_line(source.name)}: {verdict} ({count}{told})")
        if bound is not None and rules:
            for line in _bound_lines(bound):
                session.out.line(line)
    if not clean:
        raise typer.Exit(REFUSED)


def _bound_lines(bound: Bound) -> tuple[str, str]:
    """The bound of the dearest action, then which that is; a value of long text counts for several."""
    worst = bound.worst
    steps = f"bounded: at most {_counted(worst.steps.fixed, 'step')} for one request"
    if worst.steps.per_part:
        steps += f", and {worst.steps.per_part:,} more for each value in it"
    dearest = f"{one_line(worst.action)} is the dearest: " if worst.action else ""
    largest = f"; {worst.steps.most:,} at the largest request" if worst.steps.per_part else ""
    return steps, f"  ({dearest}{_counted(worst.rules, 'rule')}, depth {worst.depth}{largest})"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def explain(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help="Cedar+ text, or an artifact (.yaml); - for standard input.",
            show_default=False,
        ),
    ] = None,
    draft: Annotated[bool, typer.Option("--draft", help="The draft of the workspace, in place of FILE.")] = False,
    request: Annotated[
        Path | None,
        typer.Option(
            "--request",
            metavar="FILE",
            help="Explain the decision on this request (JSON; - for stdin).",
            show_default=False,
        ),
    ] = None,
    entities: Annotated[
        Path | None,
        typer.Option("--entities", metavar="FILE", help="Entities, in Cedar's JSON form.", show_default=False),
    ] = None,
    grant: Annotated[
        list[str] | None,
        typer.Option("--grant", metavar="PROCEDURE", help="A procedure that has approved.", show_default=False),
    ] = None,
    schema: SchemaOption = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the document as Markdown.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say a whole constitution in plain English, or, with --request, why one request is decided as it is.

    An explanation exits 0 whatever the decision; `decide` exits by its outcome.
    """
    session = session_of(ctx).using(workspace, as_json)
    if file is not None and draft:
        raise MisusedError("FILE or the draft?", f"`{file}` and `--draft` are given", "leave one out")
    if markdown and session.as_json:
        raise MisusedError("JSON or Markdown?", "`--json` and `--markdown` are given", "leave one out")
    if request is not None:
        from workbench.cli.explaining import explain_decision

        if file is None:
            raise MisusedError("which constitution?", "no FILE is given", "name the constitution that decides")
        if markdown:
            raise MisusedError("no such form", "a decision is not printed as Markdown", "leave `--markdown` out")
        explain_decision(session, read_source(file, schema), request, entities, grant or (), file)
        return
    if entities is not None or grant:
        raise MisusedError(
            "which decision?", "`--entities` and `--grant` go with a request", "name it with `--request`"
        )
    from workbench.cli.outlining import explain_draft, explain_file

    if draft:
        if schema is not None:
            raise MisusedError("two schemas", "the draft has its own", "leave `--schema` out")
        explain_draft(session, markdown=markdown)
    elif file is not None:
        explain_file(session, file, schema, markdown=markdown)
    else:
        raise MisusedError("what is to be explained?", "no FILE is given", "name a file, or give `--draft`")


def format_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Cedar+ text; - for standard input.")],
    write: Annotated[bool, typer.Option("--write", help="Write the result back to FILE.")] = False,
    check_only: Annotated[bool, typer.Option("--check", help="Print nothing; exit 1 unless it is formatted.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Lay out Cedar+ text in the one canonical way; comments stay."""
    from workbench.language.diagnostics import DiagnosticsError
    from workbench.language.format import format_source

    session = session_of(ctx).using(as_json=as_json)
    if write and (check_only or file == STDIN):
        raise MisusedError("cannot write", "`--write` goes with a file, and not with `--check`")
    text = text_of(file)
    try:
        formatted = format_source(text)
    except DiagnosticsError as error:
        raise SourceError(shown_name(file), text, error.diagnostics) from None
    changed = formatted != text
    if write and changed:
        from workbench.service.files import write_atomically

        write_atomically(file.resolve(), formatted.encode(), mode=file.stat().st_mode & 0o777)
    if not session.show({"file": shown_name(file), "changed": changed, "formatted": formatted}):
        if check_only:
            session.out.line(f"{one_line(shown_name(file))}: {'would change' if changed else 'formatted'}")
        elif write:
            session.out.line(f"{one_line(shown_name(file))}: {'written' if changed else 'unchanged'}")
        else:
            session.out.raw(formatted)
    if check_only and changed:
        raise typer.Exit(FAILED)


def run_tests(
    ctx: typer.Context,
    file: FileArgument,
    schema: SchemaOption = None,
    tests: Annotated[
        Path | None,
        typer.Option(
            "--tests",
            metavar="FILE",
            help="Test cases (JSON). Default: those in the artifact, else tests.json beside FILE.",
            show_default=False,
        ),
    ] = None,
    no_mutants: Annotated[
        bool, typer.Option("--no-mutants", help="Leave out coverage of conditions and the mutation score.")
    ] = False,
    seconds: Annotated[
        float,
        typer.Option("--seconds", metavar="N", help="How long to look into mistakes that no case notices.", min=0),
    ] = 20.0,
    as_json: JsonOption = False,
) -> None:
    """Run test cases on both engines, ours and Cedar's; tell which mistakes in the rules they would not notice.

    Exits 0 when all pass, 1 when one fails, the engines differ, or there are no test cases at all.
    """
    from workbench.cli.analysing import interrupted
    from workbench.cli.mutating import measured, print_quality, quality_document
    from workbench.service.testing import run_cases

    session = session_of(ctx).using(as_json=as_json)
    source = read_source(file, schema)
    program, cases = source.program(), _cases(source, file, tests)
    run = run_cases(program, cases)
    quality, stopped = (None, None) if no_mutants or not cases else measured(program, cases, seconds)
    document = {
        "passed": len(run.results) - run.failed,
        "failed": run.failed,
        "disagreements": run.disagreements,
        "reviewed": run.reviewed,
        "results": run.results,
        **quality_document(quality),
    }
    if not session.show(document):
        if run.results:
            print_run(session, run)
            if quality is not None:
                print_quality(session.out, quality)
        else:
            _print_no_cases(session.out)
    if stopped is not None:
        raise interrupted() from stopped
    if run.failed or run.disagreements or not run.results:
        raise typer.Exit(FAILED)


def _print_no_cases(out: Printer) -> None:
    """A run of nothing is no success, and says how to get something to run."""
    out.line(f"{out.styled('no test cases', 'bad')}: nothing was tested")
    out.line("  `workbench compile ENGLISH --schema FILE --json` proposes some, under `tests`;")
    out.line("  or write a list of {name, request, entities, expect}: `--tests FILE`")


def _cases(source: Source, file: Path, tests: Path | None) -> list[Any]:
    if tests is not None:
        return _listed(tests)
    if source.tests is not None:
        return list(source.tests)
    beside = file.parent / "tests.json"
    if file == STDIN or not beside.is_file():
        raise MisusedError("which tests?", "there is no `tests.json` beside the file", "name one with `--tests FILE`")
    return _listed(beside)


def _listed(tests: Path) -> list[Any]:
    """The cases of a file. One that could not come to anything is refused, or it would look like a failing rule."""
    cases = json_list(tests)
    for place, case in enumerate(cases, start=1):
        wrong = ""
        if not isinstance(case.get("request"), dict):
            wrong = "there is no `request` object"
        elif case.get("expect") not in ("allow", "deny", "hold"):
            wrong = "`expect` is not `allow`, `deny` or `hold`"
        elif not isinstance(case.get("entities", []), list):
            wrong = "`entities` is not a list"
        if wrong:
            detail = f"`{shown_name(tests)}`, case {place}: {wrong}"
            raise RefusedError(
                "not a list of test cases", detail, "a case has name, request, entities, expect", "bad_tests"
            )
    return cases


def print_run(session: Session, run: TestRun) -> None:
    """A test run for a person: failures with what came instead, then the count."""
    out = session.out
    for result in run.results:
        if result.passed and result.engines_agree:
            continue
        got = f"expected {result.expect}, got {result.ours}"
        if not result.engines_agree:
            got += f"; the engines differ (Cedar: {result.cedar}, ours as Cedar: {result.cedar_semantics_ours})"
        said = result.message.startswith(got)
        out.line(f"{out.styled('FAIL', 'bad')} {one_line(result.name)}: {one_line(result.message) if said else got}")
        if result.message and not said:
            out.line("     " + one_line(result.message))
    passed = len(run.results) - run.failed
    tone = out.styled("ok", "good") if not (run.failed or run.disagreements) else out.styled("failing", "bad")
    out.line(
        f"{tone}: {passed} of {len(run.results)} test cases pass; "
        f"{run.disagreements} differ between the engines; {run.reviewed} reviewed by a person"
    )


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("compile")(compile_)
    app.command("check")(check)
    app.command("explain")(explain)
    app.command("format")(format_)
    app.command("test")(run_tests)
