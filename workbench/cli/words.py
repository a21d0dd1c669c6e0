"""``words``: the actors, actions, things and facts that sentences may speak of; add a phrase, take one away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import REFUSED, MisusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import Printer, one_line
from workbench.cli.session import JsonOption, Session, WorkspaceOption, session_of

if TYPE_CHECKING:
    from workbench.authoring.vocabulary import Word
    from workbench.service.vocabulary import Rephrased

group = typer.Typer(help="The words that sentences may use, with their phrases.", rich_markup_mode=None)
_TITLES = {"actor": "Who acts", "action": "What they do", "thing": "What it is done to", "fact": "What is known of it"}
_CHANGE = {
    "ambiguous": "could mean several things",
    "refused": "would not be understood",
    "meaning": "would mean something else",
    "understood": "is understood from now on",
}
SchemaFile = Annotated[
    Path | None,
    typer.Option("--schema", metavar="FILE", help="A schema. Default: the workspace's draft.", show_default=False),
]
WordArgument = Annotated[
    str, typer.Argument(metavar="WORD", help="An action or a fact, by its name: issue_refund, Ticket.priority.")
]
PhraseArgument = Annotated[
    str, typer.Argument(metavar="PHRASE", help="As a sentence says it; … where the thing is named: 'pay … back'.")
]
ValueOption = Annotated[
    str, typer.Option("--value", metavar="VALUE", help="It is a phrase for this value of the fact.", show_default=False)
]
AnywayOption = Annotated[bool, typer.Option("--anyway", help="Even where it clashes or changes sentences.")]
WriteOption = Annotated[bool, typer.Option("--write", help="With --schema: write the file. Else it is printed.")]
EnglishOption = Annotated[
    Path | None,
    typer.Option("--english", metavar="FILE", help="With --schema: the sentences to look at.", show_default=False),
]


@group.callback(invoke_without_command=True)
def words(
    ctx: typer.Context,
    find: Annotated[
        str, typer.Option("--find", metavar="TEXT", help="Only words in which this stands.", show_default=False)
    ] = "",
    schema: SchemaFile = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the words that sentences may use: how each is said, what it can be, and a sentence that compiles."""
    session = session_of(ctx).using(workspace, as_json)
    if ctx.invoked_subcommand is not None:
        if schema is not None:
            hint = f"`workbench words {ctx.invoked_subcommand} … --schema FILE`"
            raise MisusedError("where does `--schema` belong?", "it stands before the command", hint)
        return
    from workbench.authoring.examples import example_of
    from workbench.authoring.vocabulary import matching, words_of
    from workbench.service.vocabulary import schema_of

    known = schema_of(_schema_text(session, schema))
    found = [(word, example_of(known, word)) for word in matching(words_of(known), find)]
    if session.show({"words": [_document(word, example) for word, example in found]}):
        return
    if not found:
        session.out.line(f"no word has `{one_line(find)}`" if find else "the schema declares nothing to speak of")
    title = ""
    for word, example in found:
        if _TITLES[word.kind] != title:
            session.out.line(("\n" if title else "") + session.out.styled(_TITLES[word.kind], "bold"))
            title = _TITLES[word.kind]
        _print_word(session.out, word, example)


def _schema_text(session: Session, schema: Path | None) -> str:
    if schema is not None:
        return text_of(schema)
    with session.opened() as opened:
        return opened.draft().schema


def _document(word: Word, example: str) -> dict[str, Any]:
    return {
        "key": word.key,
        "kind": word.kind,
        "name": word.own,
        "phrases": word.phrases,
        "of": word.of,
        "sort": word.sort,
        "values": [{"value": each.value, "phrases": each.phrases} for each in word.values],
        "source": word.source,
        "example": example,
    }


def _print_word(out: Printer, word: Word, example: str) -> None:
    about = ", ".join(part for part in (word.sort, word.of) if part)
    out.line(f"  {out.styled(one_line(word.key), 'accent')}  {out.styled(one_line(about), 'dim')}".rstrip())
    said = [word.own, *(phrase for phrase in word.phrases if phrase != word.own)]
    out.line(f"      said: {one_line(' | '.join(said))}")
    if word.values:
        listed = (f"{each.value}{f' ({chr(44).join(each.phrases)})' if each.phrases else ''}" for each in word.values)
        out.line(f"      values: {one_line('; '.join(listed))}")
    if example:
        out.line(f"      e.g. {one_line(example)}")


@group.command("add")
def add(
    ctx: typer.Context,
    word: WordArgument,
    phrase: PhraseArgument,
    value: ValueOption = "",
    schema: SchemaFile = None,
    english: EnglishOption = None,
    write: WriteOption = False,
    anyway: AnywayOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a phrase to a word, in the draft's schema. Refused (3) where sentences would change, unless --anyway."""
    _change(session_of(ctx).using(workspace, as_json), word, phrase, value, False, schema, english, write, anyway)


@group.command("remove")
def remove(
    ctx: typer.Context,
    word: WordArgument,
    phrase: PhraseArgument,
    value: ValueOption = "",
    schema: SchemaFile = None,
    english: EnglishOption = None,
    write: WriteOption = False,
    anyway: AnywayOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a phrase of a word away, in the draft's schema."""
    _change(session_of(ctx).using(workspace, as_json), word, phrase, value, True, schema, english, write, anyway)


def _change(
    session: Session,
    word: str,
    phrase: str,
    value: str,
    taking: bool,
    schema: Path | None,
    english: Path | None,
    write: bool,
    anyway: bool,
) -> None:
    from workbench.service.vocabulary import rephrased

    if schema is None:
        if write or english is not None:
            raise MisusedError(
                "which schema?", "`--write` and `--english` go with `--schema`", "name the schema's file"
            )
        with session.opened() as opened:
            change = opened.vocabulary.plan(word, phrase, value=value, remove=taking)
            made = opened.vocabulary.make(change) if anyway or not _doubtful(change) else None
        revision = made.draft.revision if made is not None else None
        _tell(session, change, made is not None, {"revision": revision})
        if made is not None and not session.as_json:
            session.out.line(f"saved as revision {revision} of the draft; `workbench draft review` shows what it means")
    else:
        if write and schema == STDIN:
            raise MisusedError("cannot write", "`--write` goes with a file", "leave it out, and the schema is printed")
        sentences = text_of(english) if english is not None else ""
        change = rephrased(text_of(schema), word, phrase, value=value, remove=taking, english=sentences)
        done = anyway or not _doubtful(change)
        if done and write:
            from workbench.service.files import write_atomically

            write_atomically(schema.resolve(), change.after.encode(), mode=schema.stat().st_mode & 0o777)
        if write or not done:
            _tell(session, change, done, {"file": shown_name(schema)})
        elif not session.show(_change_document(change, done) | {"schema": change.after}):
            session.out.raw(change.after)
    if not anyway and _doubtful(change):
        raise typer.Exit(REFUSED)


def _doubtful(change: Rephrased) -> bool:
    return bool(change.clashes or change.harm or change.new_value)


def _change_document(change: Rephrased, done: bool) -> dict[str, Any]:
    return {
        "word": change.key,
        "phrase": change.phrase,
        "value": change.value,
        "removed": change.removed,
        "done": done,
        "clashes": change.clashes,
        "new_value": bool(change.new_value),
        "sentences": [
            {"text": each.sentence, "change": each.change, "readings": each.readings, "example": each.example}
            for each in change.effects
        ],
        "example": change.example,
    }


def _tell(session: Session, change: Rephrased, done: bool, more: dict[str, Any]) -> None:
    if session.show(_change_document(change, done) | more):
        return
    out = session.out
    what = f"“{change.phrase}” for {change.key}" + (f" = {change.value}" if change.value else "")
    sign = out.styled("-" if change.removed else "+", "bad" if change.removed else "good")
    out.line(f"{sign} {one_line(what)}")
    if change.new_value:
        known = ", ".join(change.new_value)
        what = f"`{change.value}` is no value of {change.key} yet; its values are: {known}"
        out.line(f"{out.styled('new value:', 'wait')} {one_line(what)}")
    for clash in change.clashes:
        out.line(f"{out.styled('clash:', 'wait')} the same words name {one_line(clash)}")
    for each in change.effects:
        tone = out.styled(f"{_CHANGE[each.change]}:", "wait" if each.harms else "good")
        out.line(f"{tone} {one_line(each.sentence)}{' (an example)' if each.example else ''}")
        for reading in each.readings if each.harms else ():
            out.line(f"    = {one_line(reading)}")
    if change.example:
        out.line(f"now one can write: {one_line(change.example)}")
    if not done:
        out.line("nothing was changed; `--anyway` does it nevertheless")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="words")
