"""``speech evaluate | convert | run | key``: may an agent say this in this form, given what it has observed?

Imports typer and this folder; the rest when a command runs. Exit codes follow the verdict: 0 it may be said (or claims
nothing), 1 it may not, 2 wrong use, 3 input that cannot be read. Logs go to stderr.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import Printer, json_text, one_line
from workbench.cli.session import JsonOption, Session, session_of

if TYPE_CHECKING:
    from workbench.service.speaking import Said
    from workbench.speech.judgment import AdmissibilityJudgment
    from workbench.speech.observing import Observer
    from workbench.speech.transcripts import Options, Transcript


class ProfileName(StrEnum):
    """Which rules judge."""

    strict = "strict"
    compat = "compat"


class LevelName(StrEnum):
    """How much is logged."""

    CRITICAL = "CRITICAL"
    ERROR = "ERROR"
    WARNING = "WARNING"
    INFO = "INFO"
    DEBUG = "DEBUG"


class KindName(StrEnum):
    """Kinds of transcripts; the same words as ``workbench.speech.transcripts.KINDS``, which a test holds together."""

    codex_exec = "codex-exec"
    codex_rollout = "codex-rollout"
    claude_code = "claude-code"
    openai_responses = "openai-responses"
    anthropic = "anthropic"
    openai_chat = "openai-chat"


group = typer.Typer(help="Judge what agents say: form, evidence, verdict.", rich_markup_mode=None)

ProfileOption = Annotated[
    ProfileName, typer.Option("--profile", help="strict judges every sentence; compat answers as normcore does.")
]
LanguageOption = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="The language of the words: en, de. Default: found out."),
]
VerboseOption = Annotated[
    int,
    typer.Option("--verbose", "-v", count=True, help="Log to stderr: -v is INFO, -vv is DEBUG.", show_default=False),
]
LevelOption = Annotated[
    LevelName | None,
    typer.Option(
        "--log-level",
        case_sensitive=False,
        help="Log to stderr at this level. Default: NORMCORE_LOG_LEVEL, else nothing.",
        show_default=False,
    ),
]
KindOption = Annotated[
    KindName | None,
    typer.Option("--kind", help="What sort of transcript it is. Default: found out.", show_default=False),
]
GroundsOption = Annotated[
    str | None,
    typer.Option(
        "--grounds",
        metavar="JSON|FILE|-",
        help="Evidence from outside: a JSON list of grounds or OpenAI annotations.",
        show_default=False,
    ),
]
RootOption = Annotated[
    str | None,
    typer.Option("--root", metavar="DIR", help="The repository that paths in commands are relative to."),
]
ReasoningOption = Annotated[
    bool, typer.Option("--include-reasoning", help="Take thoughts in as messages; they are never judged.")
]
PromptOption = Annotated[
    str | None,
    typer.Option("--user-prompt", metavar="TEXT", help="Put this user's message first.", show_default=False),
]
MarkOption = Annotated[
    bool, typer.Option("--mark-citations", help="Write [@key] where the provider attached a citation.")
]


@contextmanager
def _refusals() -> Iterator[None]:
    """Input that speech refuses ends with exit code 3."""
    from workbench.service.speaking import SpeechRefusedError

    try:
        yield
    except SpeechRefusedError as error:
        if error.code == "bad_run_id":
            raise MisusedError(error.title, error.detail, error.hint, error.code) from error
        raise RefusedError(error.title, error.detail, error.hint, error.code) from error


def _observer(level: LevelName | None, verbose: int) -> Observer:
    from workbench.service.speaking import listen

    logs = Printer(sys.stderr)
    return listen(None if level is None else level.value, verbose, lambda text: logs.line(one_line(text)))


def _one_stdin(*given: object) -> None:
    if sum(str(value) == "-" for value in given if value is not None) > 1:
        raise MisusedError("standard input twice", "`-` stands for more than one thing", "name a file for the others")


def _value(given: str | None, option: str) -> Any:
    """The JSON value that an option gives: itself, in a file, or on standard input; ``None`` for nothing."""
    from workbench.service.speaking import SpeechRefusedError, json_value, read_text_file

    if not given:
        return None
    path = Path(given)
    if given.lstrip()[:1] in ("[", "{"):
        return json_value(given, option)
    if path == STDIN:
        return json_value(text_of(STDIN), shown_name(path))
    try:
        there = path.exists()
    except (OSError, ValueError):  # too long for a path, or with a zero byte
        there = False
    if there:
        return json_value(read_text_file(path), shown_name(path))
    try:
        return json_value(given, option)  # `null`, or a value that will be refused for what it is
    except SpeechRefusedError:
        detail = f"`{option}`: there is no file `{given[:200]}`"
        raise MisusedError("neither JSON nor a file", detail, "give a JSON list, a file or `-`") from None


def _transcript(file: Path, kind: KindName | None, options: Options) -> Transcript:
    from workbench.service.speaking import read_text_file, transcript

    text = text_of(STDIN) if file == STDIN else read_text_file(file)
    return transcript(text, shown_name(file), None if kind is None else kind.value, options)


@group.command("evaluate")
def evaluate(
    ctx: typer.Context,
    agent_output: Annotated[
        str | None,
        typer.Option("--agent-output", metavar="TEXT|-", help="What the agent says.", show_default=False),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option(
            "--conversation",
            metavar="JSON|FILE|-",
            help="Chat-completions messages; the last one is the assistant's.",
            show_default=False,
        ),
    ] = None,
    grounds: GroundsOption = None,
    transcript: Annotated[
        Path | None,
        typer.Option(
            "--transcript", metavar="FILE|-", help="Of Codex, Claude Code, OpenAI or Anthropic.", show_default=False
        ),
    ] = None,
    kind: KindOption = None,
    each: Annotated[bool, typer.Option("--each", help="Judge every message of the agent, not only the last.")] = False,
    profile: ProfileOption = ProfileName.strict,
    language: LanguageOption = None,
    root: RootOption = None,
    mark_citations: MarkOption = False,
    verbose: VerboseOption = 0,
    log_level: LevelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge what an agent says by its form and what it observed. Exits 0 where it may be said, 1 where it may not."""
    session = session_of(ctx).using(as_json=as_json)
    _one_stdin(agent_output, conversation, grounds, transcript)
    if transcript is not None and conversation is not None:
        raise MisusedError("two conversations", "`--transcript` and `--conversation` are both given", "leave one away")
    if not (transcript or conversation) and each:
        raise MisusedError("nothing to judge in turn", "`--each` needs a conversation", "add `--transcript FILE`")
    if transcript is None and not conversation and agent_output is None:
        hint = "add `--agent-output TEXT`, `--conversation JSON` or `--transcript FILE`"
        raise MisusedError("nothing to judge", "no words are given", hint)
    from workbench.service.speaking import judge, judge_each, merged_grounds
    from workbench.speech.transcripts import Options

    observer = _observer(log_level, verbose)
    words = text_of(STDIN) if agent_output == "-" else agent_output
    read: Transcript | None = None
    with _refusals():
        if transcript is not None:
            read = _transcript(transcript, kind, Options(root=root, mark_citations=mark_citations))
        messages = _value(conversation, "--conversation") if read is None else list(read.conversation)
        evidence = merged_grounds(read.grounds if read else (), _value(grounds, "--grounds"), profile.value)
        if each:
            said = judge_each(
                _listed(messages), grounds=evidence, profile=profile.value, language=language, observer=observer
            )
            _show_each(session, said, read, profile)
            return
        judgment = judge(
            agent_output=words, conversation=messages, grounds=evidence, profile=profile.value, language=language,
            observer=observer,
        )  # fmt: skip
    _show(session, judgment, read, profile)


def _listed(messages: Any) -> Sequence[dict[str, Any]]:
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise RefusedError(
            "no conversation", "it is not a list of messages", "give a JSON list", "conversation_not_a_list"
        )
    return messages


def _show(session: Session, judgment: AdmissibilityJudgment, read: Transcript | None, profile: ProfileName) -> None:
    from workbench.cli.speech_text import SpeechPage, print_notes
    from workbench.service.speaking import GOOD

    if session.as_json:
        session.out.line(judgment_json(judgment))
        print_notes(Printer(sys.stderr), read.notes if read else ())
    else:
        page = SpeechPage(session.out)
        page.judgment(judgment, profile=profile.value)
        if read is not None and read.notes:
            session.out.line()
            page.notes(read)
    if judgment.status not in GOOD:
        raise typer.Exit(FAILED)


def judgment_json(judgment: AdmissibilityJudgment) -> str:
    """A judgment as normcore prints it: two spaces, non-ASCII kept; unseen characters of the text as escapes."""
    return json_text(judgment.to_dict())


def _show_each(session: Session, said: Sequence[Said], read: Transcript | None, profile: ProfileName) -> None:
    from workbench.cli.speech_text import SpeechPage
    from workbench.service.speaking import worst

    status = worst(one.judgment.status for one in said)
    if session.as_json:
        session.out.json(
            {
                "profile": profile.value,
                "kind": read.kind if read else None,
                "status": status.value if status else None,
                "messages": [
                    {"index": one.index, "text": one.text, "judgment": one.judgment.to_dict()} for one in said
                ],
                "notes": [note.to_dict() for note in read.notes] if read else [],
            }
        )
    elif not said:
        session.out.line("no message of the agent says anything")
    else:
        page = SpeechPage(session.out)
        page.each(said, profile=profile.value)
        if read is not None:
            page.notes(read)
    if not all(one.good for one in said):
        raise typer.Exit(FAILED)


@group.command("convert")
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
    with _refusals():
        read = _transcript(
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


@group.command("run")
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
    _one_stdin(events, grounds)
    name = run_id or (None if events == STDIN else events.name.removesuffix(events.suffix))
    if name is None:
        raise MisusedError("which run", "events on standard input have no name", "name the run with `--run-id ID`")
    with _refusals():
        made = run_recorded(
            text_of(STDIN) if events == STDIN else read_text_file(events),
            into.expanduser(),
            name,
            source=None if events == STDIN else events,
            kind=None if kind is None else kind.value,
            options=Options(include_reasoning, user_prompt, False, root, mark_citations),
            grounds=_value(grounds, "--grounds"),
            profile=profile.value,
            language=language,
            observer=_observer(log_level, verbose),
        )
    logs = Printer(sys.stderr)
    for path in made.files:
        logs.line(f"kept {one_line(str(path))}")
    _show(session, made.judgment, made.transcript, profile)


@group.command("key")
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
    with _refusals():
        found = file_keys(paths, root)
    if session.show(list(found)):
        return
    for each in found:
        session.out.line(f"{each.citation}  {one_line(each.path)}")
    missing = [each.path for each in found if not each.exists]
    if missing:
        logs = Printer(sys.stderr)
        logs.line(f"{logs.styled('note:', 'wait')} no such file now: {one_line(', '.join(missing))}")


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(group, name="speech")
