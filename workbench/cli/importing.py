"""Commands that bring in rules written elsewhere: ``import rego``. None of them needs a workspace."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import REFUSED, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import Printer, one_line, visible
from workbench.cli.session import JsonOption, session_of
from workbench.cli.sources import accepted_schema

if TYPE_CHECKING:
    from workbench.authoring.rego.convert import Conversion

import_app = typer.Typer(
    name="import",
    help="Bring in rules that are written in another language, once and one way.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@import_app.command("rego")
def import_rego(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Rego policy, v0 or v1; - for standard input.")],
    schema: Annotated[
        Path | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="The Cedar schema to check by. Default: one made from what the rules read.",
            show_default=False,
        ),
    ] = None,
    mapping: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="INPUT=PLACE",
            help="Where a part of the input belongs, as `input.caller=principal`; may be repeated.",
            show_default=False,
        ),
    ] = None,
    allow: Annotated[
        str, typer.Option("--allow", metavar="NAME", help="The rule that allows. Default: `allow`.", show_default=False)
    ] = "",
    deny: Annotated[
        list[str] | None,
        typer.Option(
            "--deny",
            metavar="NAME",
            help="A rule that denies; may be repeated. Default: `deny` and `violation`.",
            show_default=False,
        ),
    ] = None,
    otherwise: Annotated[
        str,
        typer.Option(
            "--otherwise", metavar="allow|deny", help="What happens where the file only denies, and denies nothing."
        ),
    ] = "deny",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the rules here, and a schema that was made beside them.",
            show_default=False,
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over files that are there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Convert the plain part of a Rego policy to Cedar+, and say why each other rule is not converted.

    The result never allows what the policy denies: a rule that denies and is not converted is stood in for by one that
    denies more. Exits 0 when every rule was converted, 3 otherwise.
    """
    from workbench.authoring.rego.convert import Options, convert
    from workbench.authoring.rego.mapping import MappingError, read_mapping
    from workbench.authoring.rego.reading import RegoSyntaxError
    from workbench.authoring.rego.refusals import RefusalError

    session = session_of(ctx).using(as_json=as_json)
    if otherwise not in ("allow", "deny"):
        raise MisusedError("otherwise what?", f"`{otherwise}` is neither `allow` nor `deny`", "write one of the two")
    if force and output is None:
        raise MisusedError("nothing to write over", "`--force` goes with `--output`", "name a file with `-o FILE`")
    try:
        options = Options(read_mapping(mapping or ()), allow, tuple(deny or ()), otherwise == "allow")
    except MappingError as error:
        raise MisusedError("that maps nothing", error.message, error.help) from None
    text = text_of(file)
    known = None if schema is None else accepted_schema(shown_name(schema), text_of(schema))
    try:
        found = convert(text, known, options)
    except (RegoSyntaxError, RefusalError) as error:
        where = f"`{shown_name(file)}`:{error.place.line}:{error.place.column}"
        title = "not Rego" if isinstance(error, RegoSyntaxError) else "nothing to convert"
        code = "bad_rego" if isinstance(error, RegoSyntaxError) else error.code
        raise RefusedError(title, f"{where}: {error.message}", error.help, code) from None
    written = [] if output is None else _write(found, output, force)
    if not session.show(_document(shown_name(file), found, written)):
        if output is None:
            session.out.raw(found.cedar_plus)
        _print(session.out if output is not None else Printer(sys.stderr), shown_name(file), found, written)
    if not found.whole:
        raise typer.Exit(REFUSED)


def _write(found: Conversion, output: Path, force: bool) -> list[Path]:
    """Put the rules, and the schema where it was made here, into files; all of them or none."""
    from workbench.service.files import write_atomically

    texts = [(output, found.cedar_plus)]
    if output == STDIN or output.is_dir():
        raise MisusedError("that is no file", f"`{output}` cannot be written", "name a file")
    if found.inferred:
        texts.append((output.with_suffix(".cedarschema"), found.schema))
    if len({path for path, _ in texts}) < len(texts):
        raise MisusedError("rules in a schema's file", f"`{output}` ends as a schema does", "end it with `.cedarplus`")
    there = [path for path, _ in texts if path.exists()]
    if there and not force:
        listed = ", ".join(f"`{path}`" for path in there)
        raise MisusedError("there is something already", listed, "name another file, or add `--force`", "exists")
    for path, text in texts:
        write_atomically(path.absolute(), text.encode())
    return [path for path, _ in texts]


def _document(name: str, found: Conversion, written: list[Path]) -> dict[str, Any]:
    return {
        "file": name,
        "package": found.package,
        "whole": found.whole,
        "converted": found.converted,
        "refused": found.refused,
        "assumptions": found.assumptions,
        "notes": found.notes,
        "cedar_plus": found.cedar_plus,
        "schema": found.schema,
        "schema_inferred": found.inferred,
        "written": [str(path) for path in written],
    }


def _print(out: Printer, name: str, found: Conversion, written: list[Path]) -> None:
    """What became of the file, for a person."""
    for refusal in found.refused:
        label = out.styled("not converted:", "bad", "bold")
        out.line(f"{label} {one_line(name)}:{refusal.line}:{refusal.column}: {visible(refusal.message)}")
        if refusal.stand_in:
            out.line(f"  `{one_line(refusal.name)}` denies more than it did, until you mend it: {refusal.stand_in[0]}")
        else:
            out.line(f"  `{one_line(refusal.name)}` is left out, so that less is allowed")
        if refusal.help:
            out.line(f"  {out.styled('help:', 'accent')} {visible(refusal.help)}")
    for title, lines in (("assumed", found.assumptions), ("note", found.notes)):
        for line in lines:
            out.line(f"{out.styled(title + ':', 'dim')} {visible(line)}")
    if found.inferred and not written:
        out.line(f"{out.styled('schema:', 'dim')} made from the rules; `-o FILE` writes it too, `--json` prints it")
    for path in written:
        out.line(f"written: {one_line(str(path))}")
    count, of = len(found.converted), len(found.converted) + len(found.refused)
    verdict = out.styled("converted", "good") if found.whole else out.styled("partly converted", "bad")
    out.line(f"{one_line(name)}: {verdict}: {count} of {of} rule{'' if of == 1 else 's'}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(import_app, name="import")
