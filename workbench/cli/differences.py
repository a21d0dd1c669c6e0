"""``diff A B``: what a change of a constitution is as text, and what it means: who may do what that they could not.

Both sides are files, or versions, proposals and the draft of the workspace.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    one_form,
    task_of,
    voice_of,
    worked,
)
from workbench.cli.deciding import one_stdin
from workbench.cli.drafts import find_proposal, print_text_difference
from workbench.cli.failures import FAILED, MisusedError, error_document
from workbench.cli.inputs import STDIN, shown_name
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, SchemaOption, Session, WorkspaceOption, session_of
from workbench.cli.sources import Source, is_artifact, read_source
from workbench.cli.telling import MARKS, Teller
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.analysis.results import Difference
    from workbench.analysis.words import Voice
    from workbench.language.program import Program
    from workbench.service.views import VersionView
    from workbench.service.workspace import Workspace

DRAFT, IN_FORCE = "draft", "active"
_FILES = (".cedarplus", ".cedar", ".txt")


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its texts, and its checked rules."""

    name: str
    source: Source
    program: Program

    def texts(self) -> dict[str, str]:
        """The parts that are compared as text, by name."""
        return {
            "rules": self.source.cedar_plus,
            "schema": self.source.schema,
            "invariants": self.source.invariants,
        }


def diff(
    ctx: typer.Context,
    before: Annotated[
        str,
        typer.Argument(
            metavar="A", help="What it was: a file, a version, a digest, `active` or `draft`.", show_default=False
        ),
    ] = IN_FORCE,
    after: Annotated[str, typer.Argument(metavar="B", help="What it is to be, likewise.", show_default=False)] = DRAFT,
    schema: SchemaOption = None,
    semantics: SemanticsOption = SemanticsChoice.ours,
    data: DataOption = DataChoice.missing,
    limit: LimitOption = LIMIT,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit 1 unless it is proved that every decision stays.")
    ] = False,
    markdown: MarkdownOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What a change is, as text, and what it means: requests that are newly permitted, denied or held.

    Without arguments: the draft against what is in force. That nothing else changes is said only where it is proved.
    """
    session = session_of(ctx).using(workspace, as_json)
    one_form(session, markdown)
    old, new = _sides(session, before, after, schema)
    if not (markdown or session.as_json):
        _print_texts(session.out, old, new)
        session.out.stream.flush()  # to be read while the meaning is worked out
    from workbench.service.analyst import ANALYST

    try:
        found = worked(
            "difference",
            "comparing",
            lambda task: ANALYST.difference(old.program, new.program, task),
            task_of(semantics, data, limit),
        )
    except InterruptedWorkError as error:
        raise interrupted() from error
    except WorkbenchError as error:
        if not session.as_json:
            raise
        session.show({**_text_document(old, new), "meaning": None, **error_document(error)})
        raise typer.Exit(FAILED) from error
    _show(session, old, new, found, markdown=markdown)
    if exit_code and not (found.unchanged and not (found.only_before or found.only_after or found.scores)):
        raise typer.Exit(FAILED)


def _show(session: Session, old: Side, new: Side, found: Difference, *, markdown: bool) -> None:
    voice = voice_of(new.program, old.program)
    if markdown:
        from workbench.analysis.document import to_markdown

        session.out.raw(to_markdown(found, voice, title=f"{old.name} → {new.name}"))
    elif session.as_json:
        from workbench.analysis.document import to_json

        session.show({**_text_document(old, new), "meaning": to_json(found, voice)})
    else:
        print_difference(session.out, found, voice)


# ---- the two sides ---------------------------------------------------------------------------------------------------


def _sides(session: Session, before: str, after: str, schema: Path | None) -> tuple[Side, Side]:
    """Both sides, read and checked. Raises ``SourceError``, ``WorkbenchError``."""
    files = [_file(name) for name in (before, after)]
    one_stdin(*files, schema)
    if all(file is None for file in files) and schema is not None:
        raise MisusedError("which schema?", "versions of a workspace have their own", "leave `--schema` out")
    if all(file is not None for file in files):
        return _of_file(files[0], schema), _of_file(files[1], schema)
    try:
        with session.opened() as opened:
            old, new = (
                _of_workspace(opened, name) if file is None else _of_file(file, schema)
                for name, file in zip((before, after), files, strict=True)
            )
    except WorkbenchError as error:
        mistyped = [name for name, file in zip((before, after), files, strict=True) if file is None]
        if error.code == "store_missing" and not {DRAFT, IN_FORCE} & set(mistyped):
            what = f"`{mistyped[0]}` is no file, and there is no workspace here that could have such a version"
            raise MisusedError("no such file or version", what, error.hint, "no_version") from error
        raise
    return old, new


def _file(name: str) -> Path | None:
    """The file that a side names; ``None`` for a name of the workspace."""
    if name in (DRAFT, IN_FORCE):
        return None
    path = Path(name)
    looks_so = path == STDIN or path.suffix in _FILES or is_artifact(path) or "/" in name
    return path if looks_so or path.is_file() else None


def _of_file(path: Path | None, schema: Path | None) -> Side:
    if path is None:
        raise MisusedError("which file?", "no file was named")
    source = read_source(path, None if is_artifact(path) else schema)
    return Side(shown_name(path), source, source.program())


def _of_workspace(opened: Workspace, name: str) -> Side:
    """The draft, a version or a proposal. Raises ``SourceError``, ``WorkbenchError``."""
    from workbench.language.check import check

    if name == DRAFT:
        draft = opened.draft()
        source = Source("draft", draft.cedar_plus, "draft (schema)", draft.schema, None, draft.invariants)
    else:
        view = _version(opened, name)
        source = Source(view.version, view.cedar_plus, f"{view.version} (schema)", view.schema)
        demanded = opened.analysing.subject(view.digest).invariants
        if demanded is not None:
            source = Source(source.name, view.cedar_plus, source.schema_name, view.schema, None, demanded.source)
    checked = check(source.cedar_plus, source.schema, standing=True)
    if checked.program is None:
        raise source.refusal(checked)
    return Side(source.name, source, checked.program)


def _version(opened: Workspace, name: str) -> VersionView:
    """A version in force, before or now, else an open or past proposal."""
    if name in ("", IN_FORCE):
        return opened.version()
    known = {view.version: view for view in opened.versions()} | {view.digest: view for view in opened.versions()}
    if name in known:
        return known[name]
    try:
        return find_proposal(opened, name).version
    except MisusedError as error:
        if error.code != "unknown_proposal":
            raise
        hint = "`workbench history` lists versions, `workbench proposals` what is proposed; a file needs its ending"
        raise MisusedError("no such file or version", f"`{name}` names none", hint, "no_version") from None


# ---- text ------------------------------------------------------------------------------------------------------------


def _print_texts(out: Printer, old: Side, new: Side) -> None:
    """Part by part, as unified differences."""
    before, after = old.texts(), new.texts()
    if before == after:
        out.line("the texts are the same")
    for part in before:
        print_text_difference(
            out, before[part], after[part], f"{one_line(old.name)} ({part})", f"{one_line(new.name)} ({part})"
        )
    out.line()


def _text_document(old: Side, new: Side) -> dict[str, Any]:
    before, after = old.texts(), new.texts()
    return {
        "before": old.name,
        "after": new.name,
        "text": {
            part: "\n".join(
                difflib.unified_diff(
                    before[part].splitlines(), after[part].splitlines(), old.name, new.name, lineterm="", n=2
                )
            )
            for part in before
        },
    }


# ---- meaning ---------------------------------------------------------------------------------------------------------


def print_difference(out: Printer, found: Difference, voice: Voice) -> None:
    """What a change means, for a person."""
    from workbench.analysis.words_difference import (
        change_said,
        difference_headline,
        difference_notes,
        difference_tone,
    )

    teller = Teller(out)
    mark, tone = MARKS[difference_tone(found)]
    teller.marked(mark, tone, difference_headline(found))
    teller.paragraph(found.assumption.words, "  ", "dim")
    where = None
    for environment, told in found.witnesses:
        out.line()
        if environment != where:
            where = environment
            teller.paragraph(str(environment), "", "accent")
        teller.change(change_said(str(environment), told, voice))
    notes = difference_notes(found)
    if notes:
        out.line()
    for note in notes:
        teller.paragraph(note, "", hanging="  ")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(diff)
