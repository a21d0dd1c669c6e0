"""Commands about texts: ``check``, ``explain``, ``format``; ``compile`` and ``test`` beside them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.diagnostics import SourceError, print_diagnostics, summary
from workbench.cli.failures import FAILED, REFUSED, MisusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import one_line
from workbench.cli.session import JsonOption, SchemaOption, WorkspaceOption, session_of
from workbench.cli.sources import read_source

if TYPE_CHECKING:
    from workbench.engine.cost import Bound

FileArgument = Annotated[
    Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml); - for standard input.")
]


def check(ctx: typer.Context, file: FileArgument, schema: SchemaOption = None, as_json: JsonOption = False) -> None:
    """Parse, validate and analyze a constitution, and say how much work one request can be at most.

    Exits 0 when it is clean (warnings are shown), 3 otherwise.
    """
    from workbench.engine.cost import bound_of
    from workbench.language.schema_lint import REFUSING, lint_schema

    session = session_of(ctx).using(as_json=as_json)
    source = read_source(file, schema)
    result = source.check()
    of_schema = [found for found in lint_schema(source.schema) if found.severity != "info"]
    of_rules = [found for found in result.diagnostics if found.code not in REFUSING]  # told of the schema, at its place
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


def register(app: typer.Typer) -> None:
    """Add this module's commands, and ``compile`` before them."""
    from workbench.cli.compiling import compile_
    from workbench.cli.testing import run_tests

    app.command("compile")(compile_)
    app.command("check")(check)
    app.command("explain")(explain)
    app.command("format")(format_)
    app.command("test")(run_tests)
