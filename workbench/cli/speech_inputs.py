"""What the commands about speech share: their options, their input, and the printing of one judgment.

Imports typer and this folder; the rest when a command runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, shown_name, text_of
from workbench.cli.output import Printer, json_text, one_line
from workbench.cli.session import Session

if TYPE_CHECKING:
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
def refusals() -> Iterator[None]:
    """Input that speech refuses ends with exit code 3."""
    from workbench.service.speaking import SpeechRefusedError

    try:
        yield
    except SpeechRefusedError as error:
        if error.code == "bad_run_id":
            raise MisusedError(error.title, error.detail, error.hint, error.code) from error
        raise RefusedError(error.title, error.detail, error.hint, error.code) from error


def observer_of(level: LevelName | None, verbose: int) -> Observer:
    from workbench.service.speaking import listen

    logs = Printer(sys.stderr)
    return listen(None if level is None else level.value, verbose, lambda text: logs.line(one_line(text)))


def one_language(profile: ProfileName, language: str | None) -> None:
    """Refuse a choice of language that the profile would pass over. Raises :class:`MisusedError`."""
    if language is not None and profile is ProfileName.compat:
        what = "the compatible profile reads English only and takes no `--language`"
        raise MisusedError("no language to choose", what, "leave `--language` or `--profile compat` away")


def one_stdin(*given: object) -> None:
    if sum(str(value) == "-" for value in given if value is not None) > 1:
        raise MisusedError("standard input twice", "`-` stands for more than one thing", "name a file for the others")


def value_of(given: str | None, option: str) -> Any:
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


def transcript_of(file: Path, kind: KindName | None, options: Options) -> Transcript:
    from workbench.service.speaking import read_text_file, transcript

    text = text_of(STDIN) if file == STDIN else read_text_file(file)
    return transcript(text, shown_name(file), None if kind is None else kind.value, options)


def show_judgment(
    session: Session, judgment: AdmissibilityJudgment, read: Transcript | None, profile: ProfileName
) -> None:
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
