"""``speech evaluate``: may an agent say this in this form, given what it has observed? The other commands beside it.

Imports typer and this folder; the rest when a command runs. Exit codes follow the verdict: 0 it may be said (or claims
nothing), 1 it may not, 2 wrong use, 3 input that cannot be read. Logs go to stderr.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli import speech_files
from workbench.cli.failures import FAILED, MisusedError, RefusedError
from workbench.cli.inputs import STDIN, text_of
from workbench.cli.session import JsonOption, Session, session_of
from workbench.cli.speech_inputs import (
    GroundsOption,
    KindOption,
    LanguageOption,
    LevelOption,
    MarkOption,
    ProfileName,
    ProfileOption,
    RootOption,
    VerboseOption,
    judgment_json,
    observer_of,
    one_language,
    one_stdin,
    refusals,
    show_judgment,
    transcript_of,
    value_of,
)

if TYPE_CHECKING:
    from workbench.service.speaking import Said
    from workbench.speech.transcripts import Transcript

group = typer.Typer(help="Judge what agents say: form, evidence, verdict.", rich_markup_mode=None)


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
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Write the judgment there too, as JSON.", show_default=False),
    ] = None,
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
    one_stdin(agent_output, conversation, grounds, transcript)
    if transcript is not None and conversation is not None:
        raise MisusedError("two conversations", "`--transcript` and `--conversation` are both given", "leave one away")
    if each and out is not None:
        raise MisusedError("one judgment or many", "`--out` writes the one of the last message", "leave `--each` away")
    if not (transcript or conversation) and each:
        raise MisusedError("nothing to judge in turn", "`--each` needs a conversation", "add `--transcript FILE`")
    one_language(profile, language)
    if out is not None and not out.expanduser().parent.is_dir():
        raise MisusedError(
            "nowhere to write", f"`{out}` is in no folder that exists", "make the folder, or name another"
        )
    if transcript is None and not conversation and agent_output is None:
        hint = "add `--agent-output TEXT`, `--conversation JSON` or `--transcript FILE`"
        raise MisusedError("nothing to judge", "no words are given", hint)
    from workbench.service.speaking import judge, judge_in_turn, merged_grounds
    from workbench.speech.transcripts import Options

    observer = observer_of(log_level, verbose)
    words = text_of(STDIN) if agent_output == "-" else agent_output
    read: Transcript | None = None
    with refusals():
        if transcript is not None:
            read = transcript_of(transcript, kind, Options(root=root, mark_citations=mark_citations))
        messages = value_of(conversation, "--conversation") if read is None else list(read.conversation)
        evidence = merged_grounds(read.grounds if read else (), value_of(grounds, "--grounds"), profile.value)
        if each:
            turns = judge_in_turn(
                _listed(messages), grounds=evidence, profile=profile.value, language=language, observer=observer
            )
            _show_each(session, tuple(turns), read, profile)
            return
        judgment = judge(
            agent_output=words, conversation=messages, grounds=evidence, profile=profile.value, language=language,
            observer=observer,
        )  # fmt: skip
    if out is not None:
        from workbench.service.files import write_atomically

        write_atomically(out.expanduser(), (judgment_json(judgment) + "\n").encode())
    show_judgment(session, judgment, read, profile)


def _listed(messages: Any) -> Sequence[dict[str, Any]]:
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise RefusedError(
            "no conversation", "it is not a list of messages", "give a JSON list", "conversation_not_a_list"
        )
    return messages


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


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    speech_files.register(group)
    app.add_typer(group, name="speech")
