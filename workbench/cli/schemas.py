"""Commands about schemas: ``schema check``, ``schema diff``, ``schema migrate``."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.diagnostics import SourceError, print_diagnostics, summary
from workbench.cli.failures import FAILED, REFUSED, MisusedError, print_error
from workbench.cli.inputs import STDIN, json_list, shown_name, text_of
from workbench.cli.output import Printer, Tone, one_line
from workbench.cli.session import JsonOption, SchemaOption, WorkspaceOption, session_of
from workbench.cli.sources import accepted_schema, is_artifact, parsed_schema, read_artifact, read_source
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.language.schema_diff import Change
    from workbench.service.schemas import Impact, Migrated

schema_app = typer.Typer(
    name="schema",
    help="Check a Cedar schema, say what another version of it breaks, and carry rules over to it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SchemaArgument = Annotated[Path, typer.Argument(metavar="FILE", help="A Cedar schema; - for standard input.")]


@schema_app.command("check")
def check_schema(ctx: typer.Context, file: SchemaArgument, as_json: JsonOption = False) -> None:
    """Read and lint a schema, and say whether it is a canonical one. Exits 0 when nothing is refused, 3 otherwise."""
    from workbench.language.schema_lint import lint_schema

    session = session_of(ctx).using(as_json=as_json)
    text = text_of(file)
    found = lint_schema(text)
    clean = not any(diagnostic.severity == "error" for diagnostic in found)
    standing, told = _standing(text, file)
    document = {"file": shown_name(file), "clean": clean, "canonical": standing, "diagnostics": found}
    if not session.show(document):
        print_diagnostics(session.out, shown_name(file), text, found)
        verdict = session.out.styled("clean", "good") if clean else session.out.styled("not clean", "bad")
        session.out.line(f"{one_line(shown_name(file))}: {verdict} ({summary(found)})")
        if told:
            session.out.line(told)
    if not clean:
        raise typer.Exit(REFUSED)


def _standing(text: str, file: Path) -> tuple[dict[str, Any], str]:
    """What the signed list of canonical schemas says of the text, for programs and for people."""
    from workbench.service.canonical_schemas import canonical_schemas, standing_of

    try:
        found = standing_of(text, file.stem, canonical_schemas())
    except WorkbenchError as error:  # a broken list is no reason not to check a schema, but nothing is canonical then
        print_error(Printer(sys.stderr), error)
        return {"kind": "unknown"}, ""
    if found.schema is None:
        return {"kind": found.kind}, ""
    document = {"kind": found.kind, "name": found.schema.name, "version": found.schema.version}
    if found.kind == "canonical":
        return document, f"canonical: {found.schema.label}"
    return document, f"not canonical: it has the name of {found.schema.label}, and is another text"


@schema_app.command("diff")
def diff_schema(
    ctx: typer.Context,
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The schema as it was.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The schema as it is to be; - for standard input.")],
    constitution: Annotated[
        list[Path] | None,
        typer.Option(
            "--constitution",
            metavar="FILE",
            help="Cedar+ text (with tests.json beside it) or an artifact, to see what breaks of it (repeatable).",
            show_default=False,
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what changed between two schemas, and which rules, tests and recorded actions no longer fit.

    Exits 1 when something breaks: of the constitutions named, or of the workspace's; where there is neither, when some
    change is breaking.
    """
    from workbench.language.schema_diff import diff_schemas
    from workbench.service.schemas import impact, impact_in_force

    session = session_of(ctx).using(workspace, as_json)
    before, after = _schema(old), _schema(new)
    diff = diff_schemas(before, after)
    impacts = [impact(shown_name(path), *_constitution(path), before, after) for path in constitution or ()]
    if not impacts and session.workspace is not None:
        with session.opened() as opened:
            impacts.append(impact_in_force(opened, before, after))
    breaks = any(found.breaks for found in impacts) if impacts else bool(diff.breaking)
    document = {"old": str(old), "new": str(new), "breaks": breaks, "changes": diff.changes, "constitutions": impacts}
    if not session.show(document):
        _print_changes(session.out, diff.changes)
        for found in impacts:
            _print_impact(session.out, found)
    if breaks:
        raise typer.Exit(FAILED)


@schema_app.command("migrate")
def migrate_schema(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Cedar+ text, or an artifact (.yaml).")],
    to: Annotated[Path, typer.Option("--to", metavar="NEW", help="The schema that the rules are to fit.")],
    schema: SchemaOption = None,
    tests: Annotated[
        Path | None,
        typer.Option(
            "--tests",
            metavar="FILE",
            help="Test cases (JSON) to carry over too. Default: tests.json beside FILE.",
            show_default=False,
        ),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Write rules and tests back to their files.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Rewrite rules and tests for a new schema: its renames (`@renamed_from`), and attributes made optional.

    Prints the rules unless `--write` is given; what a person must still do goes to stderr. Exits 1 when there is any.
    The rules must be clean under their own schema. An artifact comes out with the new one and without signatures.
    """
    from workbench.service.schemas import migrate

    session = session_of(ctx).using(as_json=as_json)
    if write and file == STDIN:
        raise MisusedError("cannot write", "standard input is no file", "leave `--write` out")
    constitution = _to_migrate(file, schema, tests)
    old = parsed_schema(constitution.schema_name, constitution.schema)
    new_text = text_of(to)
    moved = migrate(constitution.cedar_plus, constitution.tests, old, accepted_schema(shown_name(to), new_text))
    contents = constitution.files(moved, new_text)
    if write:
        from workbench.service.files import write_atomically

        for path, content in contents.items():
            if path.read_bytes() != content.encode():
                write_atomically(path.resolve(), content.encode(), mode=path.stat().st_mode & 0o777)
    document = {
        "file": shown_name(file),
        "migrated": moved.rules.source,
        "edits": [{"line": edit.line, "text": edit.text, "why": edit.why} for edit in moved.rules.edits],
        "tests": moved.cases,
        "tests_changed": moved.cases_changed,
        "left": {"rules": moved.rules.left, "tests": moved.tests_left},
    }
    if not session.show(document):
        if not write:
            session.out.raw(next(iter(contents.values())))
        notes = Printer(sys.stderr)
        print_diagnostics(notes, shown_name(file), moved.rules.source, moved.rules.left)
        for test in moved.tests_left:
            notes.line(f"test {one_line(test.name)}: {one_line(test.message)}")
        left = len(moved.rules.left) + len(moved.tests_left)
        verdict = notes.styled("clean", "good") if not left else notes.styled(f"{left} left for you", "bad")
        edits = f"{len(moved.rules.edits)} edits, {moved.cases_changed} tests changed"
        notes.line(f"{one_line(shown_name(file))}: {verdict} ({edits}{', written' if write else ''})")
    if moved.rules.left or moved.tests_left:
        raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class _Held:
    """A constitution as its files hold it. ``tests_file``: where the cases came from, if from a file of their own."""

    path: Path
    cedar_plus: str
    schema_name: str
    schema: str
    tests: Sequence[Mapping[str, Any]]
    tests_file: Path | None = None
    version: Any = None

    def files(self, moved: Migrated, new_schema: str) -> dict[Path, str]:
        """What each file holds after the migration, the rules' first."""
        from workbench.service.schemas import cases_text, migrated_artifact

        if self.version is not None:
            return {self.path: migrated_artifact(self.version, moved, new_schema)}
        found = {self.path: moved.rules.source}
        if self.tests_file is not None and moved.cases_changed:
            found[self.tests_file] = cases_text(text_of(self.tests_file), moved.cases)
        return found


def _to_migrate(file: Path, schema: Path | None, tests: Path | None) -> _Held:
    from workbench.language.schema_lint import REFUSING

    source = read_source(file, schema)
    # what is not clean under its own schema cannot be followed into another; but the linter may be why one leaves it
    if errors := [error for error in source.check().errors if error.code not in REFUSING]:
        raise SourceError(source.name, source.cedar_plus, errors)
    if is_artifact(file):
        if tests is not None:
            raise MisusedError("two sets of tests", f"`{file}` holds its own", "leave `--tests` out")
        held, version = source.tests or (), read_artifact(file)
        return _Held(file, source.cedar_plus, source.schema_name, source.schema, held, None, version)
    beside = file.parent / "tests.json"
    found = tests or (beside if file != STDIN and beside.is_file() else None)
    cases = json_list(found) if found is not None else ()
    return _Held(file, source.cedar_plus, source.schema_name, source.schema, cases, found)


def _schema(path: Path) -> Any:
    return parsed_schema(shown_name(path), text_of(path))


def _constitution(path: Path) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """A constitution's rules, and the test cases that go with them."""
    if is_artifact(path):
        content = read_artifact(path).content
        return content.cedar_plus_source, [case.to_mapping() for case in content.test_cases]
    beside = path.parent / "tests.json"
    return text_of(path), json_list(beside) if beside.is_file() else []


_MARK: dict[str, str] = {"added": "+", "removed": "-", "renamed": ">", "changed": "~"}


def _print_changes(out: Printer, changes: Sequence[Change]) -> None:
    for change, owners in _together(changes):
        tone: Tone = "bad" if change.breaking else "dim"
        what = {"entity type": "entity type ", "action": "action "}.get(change.part, "")
        told = f"{what}{change.name}" if len(owners) == 1 else f"context{_in_context(change)} of {len(owners)} actions"
        if change.kind == "renamed":
            told += f" (was {change.before})"
        elif change.kind == "changed":
            told += f": {change.before or '—'} → {change.after or '—'}"
        elif change.before not in ("", change.name) or change.after not in ("", change.name):
            told += f": {change.before or change.after}"
        word = "breaking" if change.breaking else "compatible"
        out.line(f"{_MARK[change.kind]} {one_line(told)}")
        out.line(f"    {out.styled(word, tone)}: {one_line(change.why)}")
        if len(owners) > 1:
            out.line(out.styled(one_line(f"    {', '.join(owners)}"), "dim"))
    breaking = sum(change.breaking for change in changes)
    out.line(
        f"{len(changes)} change{'' if len(changes) == 1 else 's'}, {breaking} breaking" if changes else "no changes"
    )


def _together(changes: Sequence[Change]) -> list[tuple[Change, list[str]]]:
    """The changes, those that a shared type makes to the contexts of several actions told once."""
    found: dict[tuple[str, ...], tuple[Change, list[str]]] = {}
    for change in changes:
        owner, in_context, _ = change.name.partition(" context")
        key = (
            change.kind,
            _in_context(change) if in_context else change.name,
            change.before,
            change.after,
            change.part,
        )
        found.setdefault(key, (change, []))[1].append(owner)
    return list(found.values())


def _in_context(change: Change) -> str:
    return change.name.partition(" context")[2]


def _print_impact(out: Printer, found: Impact) -> None:
    out.line()
    out.line(out.styled(one_line(found.name), "bold"))
    for rule in found.rules:
        for diagnostic in rule.diagnostics:
            place = f"line {diagnostic.start.line}"
            told = f"{diagnostic.code}: {diagnostic.message}"
            out.line(f"  {out.styled('rule', 'bad')} {one_line(rule.id)}, {place}: {one_line(told)}")
            if diagnostic.help:
                out.line(f"       help: {one_line(diagnostic.help)}")
    for test in found.tests:
        out.line(f"  {out.styled('test', 'bad')} {one_line(test.name)}: {one_line(test.message)}")
    counted = [f"{len(found.rules)} rules", f"{len(found.tests)} tests"]
    if found.recorded is not None:
        for example in found.recorded.examples:
            out.line(f"  {out.styled('recorded', 'bad')} {one_line(example)}")
        counted.append(f"{found.recorded.broken} of {found.recorded.looked_at} recorded actions")
    verdict = out.styled("breaks", "bad") if found.breaks else out.styled("nothing breaks", "good")
    before = found.rules_before + found.tests_before
    already = f"; {before} did not fit the old schema either" if before else ""
    out.line(f"  {verdict}: {', '.join(counted)} no longer fit{already}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(schema_app, name="schema")
