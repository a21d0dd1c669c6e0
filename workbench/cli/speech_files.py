"""``speech convert | run | key``: conversations from transcripts, recorded runs kept whole, keys of files.

Imports typer and this folder; the rest when a command runs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.failures import MisusedError
from workbench.cli.inputs import STDIN, text_of
from workbench.cli.output import Printer, json_text, one_line
from workbench.cli.session import JsonOption, session_of
from workbench.cli.speech_inputs import (
    GroundsOption,
    KindOption,
    LanguageOption,
    LevelOption,
    MarkOption,
    ProfileName,
    ProfileOption,
    PromptOption,
    ReasoningOption,
    RootOption,
    VerboseOption,
    observer_of,
    one_language,
    one_stdin,
    refusals,
    show_judgment,
    transcript_of,
    value_of,
)


def convert(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE|-", help="A transcript.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the conversation there. Default: stdout."),
    ] = None,
    grounds_out: Annotated[
        Path | None,
        typer.Option("--grounds-out", metavar="FILE", help="Write the grounds there that its citations gave."),
    ] = None,
    kind: KindOption = None,
    include_reasoning: ReasoningOption = False,
    user_prompt: PromptOption = None,
    allow_non_assistant_last: Annotated[
        bool, typer.Option("--allow-non-assistant-last", help="Also where the answer is missing at the end.")
    ] = False,
    root: RootOption = None,
    mark_citations: MarkOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make a conversation of a transcript: chat-completions messages, as `speech evaluate --conversation` takes them.

    With --json: one document with the kind, the conversation, its grounds, and notes on all that did not enter.
    """
    from workbench.cli.speech_text import print_notes
    from workbench.service.files import write_atomically
    from workbench.speech.transcripts import Options

    session = session_of(ctx).using(as_json=as_json)
    for written in (out, grounds_out):
        if written is not None and written.exists() and file != STDIN and file.exists() and written.samefile(file):
            raise MisusedError("that would lose the transcript", f"`{written}` is the input", "name another file")
    with refusals():
        read = transcript_of(
            file, kind, Options(include_reasoning, user_prompt, allow_non_assistant_last, root, mark_citations)
        )
    document = read.to_dict() if session.as_json else list(read.conversation)
    if out is None:
        session.out.json(document)
    else:
        write_atomically(out.expanduser(), (json_text(document) + "\n").encode())
    if grounds_out is not None:
        write_atomically(grounds_out.expanduser(), (json_text(list(read.grounds)) + "\n").encode())
    if session.as_json:
        return
    logs = Printer(sys.stderr)
    print_notes(logs, read.notes)
    if read.grounds and grounds_out is None:
        logs.line(
            f"{len(read.grounds)} grounds of citations are not in the conversation: `--grounds-out FILE` keeps them"
        )


def run(
    ctx: typer.Context,
    events: Annotated[Path, typer.Argument(metavar="EVENTS|-", help="What the agent's program printed or recorded.")],
    into: Annotated[Path, typer.Option("--into", metavar="DIR", help="Where the files of the run are kept.")],
    run_id: Annotated[
        str | None,
        typer.Option("--run-id", metavar="ID", help="The run's name. Default: that of EVENTS.", show_default=False),
    ] = None,
    kind: KindOption = None,
    grounds: GroundsOption = None,
    include_reasoning: ReasoningOption = False,
    user_prompt: PromptOption = None,
    root: RootOption = None,
    mark_citations: MarkOption = False,
    profile: ProfileOption = ProfileName.strict,
    language: LanguageOption = None,
    verbose: VerboseOption = 0,
    log_level: LevelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge a recorded run; keep ID.jsonl, ID.conversation.json, ID.judgment.json. Overwrites nothing."""
    from workbench.service.recorded_runs import run_recorded
    from workbench.service.speaking import read_text_file
    from workbench.speech.transcripts import Options

    session = session_of(ctx).using(as_json=as_json)
    one_stdin(events, grounds)
    one_language(profile, language)
    name = run_id or (None if events == STDIN else events.name.removesuffix(events.suffix))
    if name is None:
        raise MisusedError("which run", "events on standard input have no name", "name the run with `--run-id ID`")
    with refusals():
        made = run_recorded(
            text_of(STDIN) if events == STDIN else read_text_file(events),
            into.expanduser(),
            name,
            source=None if events == STDIN else events,
            kind=None if kind is None else kind.value,
            options=Options(include_reasoning, user_prompt, False, root, mark_citations),
            grounds=value_of(grounds, "--grounds"),
            profile=profile.value,
            language=language,
            observer=observer_of(log_level, verbose),
        )
    logs = Printer(sys.stderr)
    for path in made.files:
        logs.line(f"kept {one_line(str(path))}")
    show_judgment(session, made.judgment, made.transcript, profile)


def key(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Files of the repository.")],
    root: Annotated[
        Path | None,
        typer.Option(
            "--root",
            metavar="DIR",
            help="The repository. Default: the folder with .git around this one, else this one.",
            show_default=False,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The keys under which an answer cites files: [@file_…], one a line. Give it to the agent as a tool."""
    from workbench.service.speaking import file_keys

    session = session_of(ctx).using(as_json=as_json)
    with refusals():
        found = file_keys(paths, root)
    if session.show(list(found)):
        return
    for each in found:
        session.out.line(f"{each.citation}  {one_line(each.path)}")
    missing = [each.path for each in found if not each.exists]
    if missing:
        logs = Printer(sys.stderr)
        logs.line(f"{logs.styled('note:', 'wait')} no such file now: {one_line(', '.join(missing))}")


def register(group: typer.Typer) -> None:
    """Add this module's commands."""
    group.command("convert")(convert)
    group.command("run")(run)
    group.command("key")(key)
