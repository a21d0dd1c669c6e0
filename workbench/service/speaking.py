"""What faces call about speech: judge words, conversations, transcripts and recorded runs; keys of files.

Imports the speech room, ``compat.normcore``'s choice of log level and the file system. The strict profile is the
default; the compatible one answers as normcore does. Nothing here needs a workspace.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from workbench.service.errors import WorkbenchError, from_os
from workbench.speech.errors import SpeechError
from workbench.speech.judgment import AdmissibilityJudgment, AdmissibilityStatus
from workbench.speech.observing import SILENT, Observer, Pace, unhurried
from workbench.speech.transcripts import Options, Transcript, TranscriptError, file_key, json_of, read_transcript
from workbench.speech.transcripts import utterances as each_utterance

Profile = Literal["strict", "compat"]
MAX_BYTES = 64 * 1024 * 1024  # of a transcript; sessions of a day are tens of MiB
GOOD = frozenset(
    {
        AdmissibilityStatus.ACCEPTABLE,
        AdmissibilityStatus.CONDITIONALLY_ACCEPTABLE,
        AdmissibilityStatus.NO_NORMATIVE_CONTENT,
    }
)
_WORST_FIRST = (
    AdmissibilityStatus.VIOLATES_NORM,
    AdmissibilityStatus.ILL_FORMED,
    AdmissibilityStatus.UNDERDETERMINED,
    AdmissibilityStatus.UNSUPPORTED,
    AdmissibilityStatus.CONDITIONALLY_ACCEPTABLE,
    AdmissibilityStatus.ACCEPTABLE,
    AdmissibilityStatus.NO_NORMATIVE_CONTENT,
)


class SpeechRefusedError(WorkbenchError):
    """Input that cannot be judged or read: what is wrong with it, and where."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message, judged: its place in the conversation (from 0), its text, the verdict."""

    index: int
    text: str
    judgment: AdmissibilityJudgment

    @property
    def good(self) -> bool:
        """Whether it may be said."""
        return self.judgment.status in GOOD


def judge(
    *,
    agent_output: str | None = None,
    conversation: Sequence[Mapping[str, Any]] | None = None,
    grounds: Iterable[Any] | None = None,
    profile: Profile = "strict",
    language: str | None = None,
    observer: Observer = SILENT,
    pace: Pace = unhurried,
) -> AdmissibilityJudgment:
    """Judge the last message of ``conversation``, or ``agent_output`` by itself (or both, where they are equal).

    ``grounds``: explicit grounds or OpenAI annotations. ``language``: of the words, for the strict profile; it finds
    that out where none is named. ``pace`` hears how far the strict profile is, and stops it by raising. Raises
    :class:`SpeechRefusedError` with the reason's own code.
    """
    messages: Any = list(conversation) if isinstance(conversation, tuple) else conversation
    try:
        if profile == "compat":
            from workbench.speech.evaluator import evaluate

            return evaluate(agent_output=agent_output, conversation=messages, grounds=grounds, observer=observer)
        from workbench.speech.strict import evaluate_speech

        more: dict[str, Any] = {} if language is None else {"language": language}
        judgment: AdmissibilityJudgment = evaluate_speech(
            agent_output=agent_output, conversation=messages, grounds=grounds, pace=pace, **more
        )
    except SpeechError as error:
        raise SpeechRefusedError("the speech cannot be judged", str(error), _hint(error.code), error.code) from error
    _tell(observer, judgment)
    return judgment


def judge_in_turn(
    conversation: Sequence[Mapping[str, Any]],
    *,
    grounds: Iterable[Any] | None = None,
    profile: Profile = "strict",
    language: str | None = None,
    observer: Observer = SILENT,
) -> Iterator[Said]:
    """Judge every assistant's message that says something, each on the conversation up to it; one after the other.

    Grounds that stand beside the conversation count for every message. Raises as :func:`judge`, when its message comes.
    """
    given = list(grounds) if isinstance(grounds, Iterator) else grounds
    for each in each_utterance([dict(message) for message in conversation]):
        judgment = judge(
            conversation=each.conversation, grounds=given, profile=profile, language=language, observer=observer
        )
        yield Said(each.index, each.text, judgment)


def worst(statuses: Iterable[AdmissibilityStatus]) -> AdmissibilityStatus | None:
    """The worst of some verdicts, ``None`` of none."""
    return min(statuses, key=_WORST_FIRST.index, default=None)


_KINDS: dict[type, str] = {dict: "an object", str: "a text", bool: "a truth value", int: "a number", float: "a number"}


def merged_grounds(
    own: Sequence[Mapping[str, Any]], given: Iterable[Any] | None, profile: Profile
) -> Sequence[Any] | None:
    """The grounds of a transcript and those that a person adds, in one list.

    The compatible profile drops a list that mixes explicit grounds and annotations, so both are made explicit first.
    Raises :class:`SpeechRefusedError` (``grounds_not_a_list``).
    """
    if given is None:
        return list(own) if own else None
    if not isinstance(given, list | tuple):
        raise SpeechRefusedError(
            "the grounds cannot be read",
            f"they are no list, but {_KINDS.get(type(given), 'something else')}",
            'grounds are a JSON list: `[{"citation_key": …, "ground_id": …}]`, or of OpenAI annotations',
            "grounds_not_a_list",
        )
    if not own:
        return given
    if profile == "strict":
        return [*own, *given]
    from workbench.speech.citations import coerce_grounds_input

    return [*own, *(ground.to_dict() for ground in coerce_grounds_input(grounds=given))]


def listen(level: str | None, verbose: int, write: Callable[[str], object]) -> Observer:
    """An observer that writes log lines: by ``--log-level``, ``-v``/``-vv``, else ``NORMCORE_LOG_LEVEL``; else silent.

    A line is ``time | LEVEL | workbench.speech | message``.
    """
    from workbench.compat.normcore.logging import chosen_level

    name = chosen_level(level, verbose)
    if name is None:
        return SILENT
    import logging

    def tell(number: int, message: str) -> None:
        moment = datetime.now(UTC).astimezone()
        stamp = f"{moment:%Y-%m-%d %H:%M:%S},{moment.microsecond // 1000:03d}"
        write(f"{stamp} | {logging.getLevelName(number)} | workbench.speech | {message}")

    return Observer(getattr(logging, name), tell)


def _tell(observer: Observer, judgment: AdmissibilityJudgment) -> None:
    """The log of the strict profile, told from its judgment."""
    if observer is SILENT:
        return
    from workbench.speech.observing import preview

    observer.info(f"Extracted {judgment.num_statements} statements")
    for statement in judgment.statement_evaluations:
        observer.info(f"  Statement: {preview(statement.statement)}")
        licence = sorted(statement.license)
        observer.info(f"    Modality: {statement.modality}, License: {licence}, Status: {statement.status.value}")
        if statement.violated_axiom:
            observer.info(f"    Violated: {statement.violated_axiom}")
        observer.debug(f"    Reason: {statement.explanation}")
        for ground in statement.grounding_trace:
            observer.debug(f"    Ground: {ground.id} ({ground.strength}, {ground.scope}, {ground.semantic_id})")
    counts = f"{judgment.num_acceptable}/{judgment.num_statements} acceptable"
    observer.info(f"Status={judgment.status.value}, Licensed={judgment.licensed}, ({counts})")


_HINTS = {
    "conversation_not_a_list": 'a conversation is a JSON list of messages: `[{"role": …, "content": …}]`',
    "last_message_not_assistant": "end the conversation with the assistant's message that is to be judged",
    "agent_output_mismatch": "leave one of the two away",
}


def _hint(code: str) -> str:
    return _HINTS.get(code, "correct it; `workbench speech convert` makes a conversation of a transcript")


# ---- files ----


def read_text_file(path: Path) -> str:
    """A transcript's text: UTF-8 of at most 64 MiB. Raises :class:`WorkbenchError`."""
    if path.is_dir():
        raise WorkbenchError("that is a folder", f"`{path}` is not a file", "name a file", "bad_usage")
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise from_os(error) from error
    if len(data) > MAX_BYTES:
        raise SpeechRefusedError("the file is too large", f"`{path}` has over 64 MiB", "split it", "too_large")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        detail = f"`{path}`: byte {error.start} is not UTF-8"
        raise SpeechRefusedError("the file is not text", detail, "save it as UTF-8", "not_text") from error


def transcript(text: str, name: str, kind: str | None = None, options: Options | None = None) -> Transcript:
    """The conversation in a transcript; ``name`` is what errors call it. Raises :class:`SpeechRefusedError`."""
    try:
        return read_transcript(text, kind, options)
    except TranscriptError as error:
        raise _refused("the transcript cannot be read", name, error) from error


def json_value(text: str, name: str) -> Any:
    """The value of a JSON text; ``name`` is what errors call it. Raises :class:`SpeechRefusedError` (``bad_json``)."""
    try:
        return json_of(text.removeprefix("\ufeff"))
    except TranscriptError as error:
        where = f", {error.place}" if error.place else ""
        hint = "name a JSON file, or correct it at that place"
        raise SpeechRefusedError(
            "the JSON cannot be read", f"`{name}`{where}: {error.message}", hint, "bad_json"
        ) from error


def _refused(title: str, name: str, error: TranscriptError) -> SpeechRefusedError:
    where = f", {error.place}" if error.place else ""
    return SpeechRefusedError(title, f"`{name}`{where}: {error.message}", error.help, error.code)


def repository_root(start: Path) -> Path:
    """The nearest folder at or above ``start`` that holds ``.git``; ``start`` itself where there is none."""
    for folder in (start, *start.parents):
        if (folder / ".git").exists():
            return folder
    return start


@dataclass(frozen=True, slots=True)
class FileKey:
    """The key of one file: ``path`` relative to the repository; ``exists`` is whether there is such a file now."""

    path: str
    key: str
    citation: str
    exists: bool


def file_keys(paths: Iterable[Path], root: Path | None = None, folder: Path | None = None) -> tuple[FileKey, ...]:
    """The citation keys of files; relative paths are taken from ``folder`` (default: where the program runs).

    ``root``: the repository, by default the one around ``folder``. Links are followed only where the path as written
    is not inside. Raises :class:`SpeechRefusedError`: ``outside_root``, ``not_a_path``.
    """
    from workbench.speech.transcripts import citation, normal_path

    here = (folder or Path.cwd()).absolute()
    base = root.expanduser().absolute() if root is not None else repository_root(here)
    found: list[FileKey] = []
    for path in paths:
        where = Path(os.path.normpath(here / path))
        try:
            try:
                name = normal_path(str(where), str(base))
            except TranscriptError:
                name = normal_path(str(where.resolve()), str(base.resolve()))
        except TranscriptError as error:
            raise SpeechRefusedError(
                "no key", error.message.replace(str(where), str(path)), error.help, error.code
            ) from error
        key = file_key(name)
        found.append(FileKey(name, key, citation(key), where.is_file()))
    return tuple(found)
