"""``closest FILE``: the smallest change to a request, or to what is known, that flips its decision."""

from __future__ import annotations

from enum import StrEnum
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
from workbench.cli.deciding import (
    TONE,
    ConstitutionArgument,
    EntitiesOption,
    entities_of,
    one_stdin,
    request_of,
)
from workbench.cli.failures import RefusedError
from workbench.cli.inputs import json_of, shown_name
from workbench.cli.judged import heard_request
from workbench.cli.output import Printer
from workbench.cli.session import JsonOption, SchemaOption, session_of
from workbench.cli.sources import read_source
from workbench.cli.telling import Teller

if TYPE_CHECKING:
    from workbench.analysis.results import Closest, Outcome
    from workbench.analysis.words import Voice
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.language.program import Program


class Wanted(StrEnum):
    """What the request is to become."""

    allow = "allow"
    deny = "deny"
    hold = "hold"


def closest(
    ctx: typer.Context,
    file: ConstitutionArgument,
    request: Annotated[
        Path,
        typer.Option("--request", metavar="FILE", help="{principal, action, resource, context} as JSON; - for stdin."),
    ],
    entities: EntitiesOption = None,
    to: Annotated[
        Wanted | None,
        typer.Option(
            "--to", help="What it is to become. Default: allow, or deny if it is allowed.", show_default=False
        ),
    ] = None,
    schema: SchemaOption = None,
    semantics: SemanticsOption = SemanticsChoice.ours,
    data: DataOption = DataChoice.missing,
    limit: LimitOption = LIMIT,
    markdown: MarkdownOption = False,
    as_json: JsonOption = False,
) -> None:
    """The smallest change to a request or its data that flips the decision. Exits 0 whether there is one or none."""
    from workbench.service.analyst import ANALYST

    session = session_of(ctx).using(as_json=as_json)
    one_form(session, markdown)
    one_stdin(file, request, entities, schema)
    program = read_source(file, schema).program()
    asked = heard_request(request, request_of(request, json_of(request)), program.schema)
    known = entities_of(entities, program.schema)
    _require_fit(program, asked, known, request)
    wanted: Outcome | None = None if to is None else to.value
    try:
        found = worked(
            "closest",
            "searching",
            lambda task: ANALYST.closest(program, asked, known, task, wanted=wanted),
            task_of(semantics, data, limit),
        )
    except InterruptedWorkError as error:
        raise interrupted() from error
    voice = voice_of(program)
    if markdown:
        from workbench.analysis.document import to_markdown

        session.out.raw(to_markdown(found, voice, title=named_file(file)))
    elif session.as_json:
        from workbench.analysis.document import to_json

        session.show({"request": asked.to_json(), **to_json(found, voice)})
    else:
        print_closest(session.out, found, voice)


def _require_fit(program: Program, asked: Request, known: Entities, path: Path) -> None:
    """Raises ``WorkbenchError`` where the request is not one that the schema has: no change of data mends that."""
    from workbench.engine.evaluator import Evaluator

    decision = Evaluator(program).decide(asked, known)
    if decision.code in ("invalid_request", "invalid_entity"):
        why = decision.errors[0].message if decision.errors else "it is not one that the schema has"
        hint = "write it as the schema declares it: no change to its data alone would make it fit"
        raise RefusedError("the request does not fit the schema", f"`{shown_name(path)}`: {why}", hint, "bad_request")


def print_closest(out: Printer, found: Closest, voice: Voice) -> None:
    """What would flip the decision, for a person."""
    from workbench.analysis.words import judged_words
    from workbench.analysis.words_difference import change_words, closest_headline

    teller = Teller(out)
    flips = found.witness is not None
    teller.marked("→" if flips else "·", TONE[found.wanted] if flips else "dim", closest_headline(found))
    teller.paragraph(found.assumption.words, "  ", "dim")
    for change in found.changes:
        teller.paragraph(change_words(change), "    ", hanging="      ")
    if found.why:
        teller.paragraph(found.why, "  ", "dim")
    if found.witness is not None:
        teller.paragraph(judged_words(found.witness.after, voice, found.witness), "  ")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(closest)
