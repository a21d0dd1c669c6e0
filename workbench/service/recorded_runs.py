"""The workflow "evaluate a recorded run": events → conversation → judgment, every step kept as a file.

Imports ``service.speaking`` and the file system. The files are ``<run-id>.jsonl`` (what the program printed, byte for
byte), ``<run-id>.conversation.json``, ``<run-id>.grounds.json`` where there are any, and ``<run-id>.judgment.json``.
Nothing is ever overwritten, and nothing is written before all of it is known.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.service.errors import WorkbenchError, from_os
from workbench.service.files import sync_folder
from workbench.service.speaking import Profile, SpeechRefusedError, judge, merged_grounds, transcript
from workbench.speech.judgment import AdmissibilityJudgment, json_text
from workbench.speech.observing import SILENT, Observer
from workbench.speech.transcripts import Options, Transcript

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True)
class RecordedRun:
    """A run that was judged, and its files: ``events`` first."""

    run_id: str
    files: tuple[Path, ...]
    transcript: Transcript
    judgment: AdmissibilityJudgment


def run_recorded(
    text: str,
    into: Path,
    run_id: str,
    *,
    source: Path | None = None,
    kind: str | None = None,
    options: Options | None = None,
    grounds: Iterable[Any] | None = None,
    profile: Profile = "strict",
    language: str | None = None,
    observer: Observer = SILENT,
) -> RecordedRun:
    """Judge the run whose events are ``text``, and keep every step in the folder ``into`` (made where it is missing).

    ``source``: the file that the events came from; where that is ``into/<run-id>.jsonl`` already, it stays as it is.
    Raises :class:`WorkbenchError`: ``bad_run_id``, ``exists``, and as ``transcript`` and ``judge``; then no file is
    written.
    """
    if not _RUN_ID.fullmatch(run_id):
        raise SpeechRefusedError(
            "no such run id", f"`{run_id}` is no name of a run", "use letters, digits, `.`, `_` and `-`", "bad_run_id"
        )
    run, conversation, beside, verdict = (
        into / f"{run_id}.{end}" for end in ("jsonl", "conversation.json", "grounds.json", "judgment.json")
    )
    kept = source is not None and run.exists() and run.samefile(source)
    _require_new(path for path in (run, conversation, beside, verdict) if not (kept and path == run))
    read = transcript(text, str(source or "<stdin>"), kind, options)
    evidence = merged_grounds(read.grounds, grounds, profile)
    judgment = judge(
        conversation=read.conversation, grounds=evidence, profile=profile, language=language, observer=observer
    )
    contents = {
        run: text,
        conversation: json_text(list(read.conversation), 2) + "\n",
        **({beside: json_text(list(evidence), 2) + "\n"} if evidence else {}),
        verdict: json_text(judgment.to_dict(), 2) + "\n",
    }
    try:
        into.mkdir(parents=True, exist_ok=True)
        written: list[Path] = []
        try:
            for path, content in contents.items():
                if path != run or not kept:
                    write_new(path, content)
                    written.append(path)
        except BaseException:
            for path in written:
                path.unlink(missing_ok=True)
            raise
    except FileExistsError as error:
        raise _exists(Path(str(error.filename2 or error.filename))) from error
    except OSError as error:
        raise from_os(error) from error
    return RecordedRun(run_id, tuple(contents), read, judgment)


def write_new(path: Path, text: str) -> None:
    """A file that is either not there or whole. Raises ``FileExistsError`` where there is one, other ``OSError``."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        try:
            os.link(name, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links: the new name is taken first, then filled
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
            os.replace(name, path)
    finally:
        with suppress(OSError):
            os.unlink(name)
    sync_folder(path.parent)


def _require_new(paths: Iterable[Path]) -> None:
    for path in paths:
        if path.exists() or path.is_symlink():
            raise _exists(path)


def _exists(path: Path) -> WorkbenchError:
    hint = "name another run with `--run-id`, or another folder"
    return WorkbenchError("there is something already", f"`{path}` is there, and is kept", hint, "exists")
