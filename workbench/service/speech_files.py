"""Files of the Speech screen: which were opened last, the samples that ship, and judgments written out.

What is remembered (paths, profile, language) lies in the user's configuration folder; what was said never does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.service.errors import WorkbenchError, from_os
from workbench.service.paths import config_dir
from workbench.service.samples import samples_root
from workbench.service.speaking import Profile, read_text_file
from workbench.service.speech_scripts import Script
from workbench.service.speech_turns import LANGUAGES, PROFILES, Judged, Manner
from workbench.speech.judgment import json_text

KEPT = 8  # paths
_NAME = "speech.json"


@dataclass(frozen=True, slots=True)
class Remembered:
    """Paths of the transcripts opened last, the newest first; how they were judged."""

    recent: tuple[str, ...] = ()
    profile: Profile = "strict"
    language: str | None = None


def remembered() -> Remembered:
    """What is remembered; nothing where the file is missing or broken, which is no reason not to start."""
    try:
        data = json.loads((config_dir() / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Remembered()
    if not isinstance(data, dict):
        return Remembered()
    listed = data.get("recent")
    recent = tuple(str(path) for path in listed[:KEPT]) if isinstance(listed, list) else ()
    profile: Profile = "compat" if data.get("profile") == PROFILES[1] else "strict"
    language = data.get("language")
    return Remembered(recent, profile, language if language in LANGUAGES else None)


def remember(path: str = "", manner: Manner | None = None) -> Remembered:
    """Remember a path, or a manner, from now on. A folder that cannot be written forgets, and hinders nobody."""
    from workbench.service.files import write_atomically

    now = remembered()
    if path:
        now = replace(now, recent=(path, *(each for each in now.recent if each != path))[:KEPT])
    if manner is not None:
        now = replace(now, profile=manner.profile, language=manner.language)
    kept = {"recent": list(now.recent), "profile": now.profile, "language": now.language}
    place = config_dir() / _NAME
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, json.dumps(kept, ensure_ascii=True, indent=1).encode(), mode=0o600)
    except OSError:
        return now
    return now


def sample_transcripts() -> tuple[Path, ...]:
    """The transcripts that ship with the program. Raises :class:`WorkbenchError` (``no_samples``)."""
    folder = samples_root() / "transcripts"
    return tuple(sorted(path for path in folder.iterdir() if path.suffix in (".json", ".jsonl")))


def sample_text(path: Path) -> str:
    """The text of a sample, which is not remembered as opened. Raises :class:`WorkbenchError`."""
    return read_text_file(path)


def opened(path: Path) -> str:
    """The text of a transcript's file, remembered as opened. Raises :class:`WorkbenchError`."""
    text = read_text_file(path)
    remember(str(path.absolute()))
    return text


def export(path: Path, script: Script, manner: Manner, found: Sequence[Judged]) -> str:
    """Write judgments to a new file as JSON, and say so: one message's own judgment, or several in a list.

    The forms are those of ``speech evaluate --json`` and of ``--each``. Raises :class:`WorkbenchError` (``exists`` …).
    """
    from workbench.service.recorded_runs import write_new
    from workbench.service.speaking import worst

    items = [
        {"index": each.spoken.index, "text": each.spoken.text, "judgment": each.judgment.to_dict()}
        for each in found
        if each.judgment is not None
    ]
    if not items:
        raise WorkbenchError("nothing to write", "no message has been judged", "", "nothing_judged")
    made: Any = items[0]["judgment"]
    if len(found) > 1:
        status = worst(each.judgment.status for each in found if each.judgment is not None)
        made = {
            "profile": manner.profile,
            "kind": script.kind,
            "status": status.value if status else None,
            "messages": items,
            "notes": [note.to_dict() for note in script.notes],
        }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_new(path, json_text(made, 2) + "\n")
    except FileExistsError as error:
        raise WorkbenchError(
            "there is something already", f"`{path}` is there, and is kept", "name another file", "exists"
        ) from error
    except OSError as error:
        raise from_os(error) from error
    return f"{len(items)} judgment{'s are' if len(items) != 1 else ' is'} in {path}"
