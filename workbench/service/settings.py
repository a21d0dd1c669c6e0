"""``config.toml`` in the user's configuration folder: what a person sets by hand: the keys, and how much moves.

::

    [keys]
    "live.stop" = "s"                # one key, or several: "s ctrl+s", ["s", "ctrl+s"]
    "global.norms" = ""              # none

    [ui]
    motion = "reduced"               # nothing glides, nothing blinks; as TEXTUAL_ANIMATIONS=none does

Reading never fails: what cannot be used is left out and said. Imports pydantic's validation and ``tomllib`` when there
is a file to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.service.errors import WorkbenchError

FILE_NAME = "config.toml"
SIZE_LIMIT = 256 * 1024  # bytes
SECTIONS = ("keys", "ui")
MOTIONS = ("full", "reduced")
MOST_KEYS = 8  # for one action


@dataclass(frozen=True, slots=True)
class Settings:
    """``keys``: id of an action → the keys a person wrote for it, unchecked; none for an action without keys.
    ``motion``: one of ``MOTIONS``.

    ``problems``: what was left out and why, each with its code: ``bad_settings`` (the whole file), ``bad_value`` (one
    entry), ``unknown_section``.
    """

    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    motion: str = MOTIONS[0]
    problems: tuple[WorkbenchError, ...] = ()


def settings_path() -> Path:
    """Where the file is, whether it is there or not."""
    from workbench.service.paths import config_dir

    return config_dir() / FILE_NAME


def read_settings(path: Path | None = None) -> Settings:
    """The settings of ``path`` (default: the user's own file). A missing file holds none. Never raises."""
    path = path or settings_path()
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        return Settings()
    except OSError as error:
        return _unusable(path, (error.strerror or type(error).__name__).lower())
    if len(data) > SIZE_LIMIT:
        return _unusable(path, f"larger than {SIZE_LIMIT // 1024} KiB")
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8"))
    except UnicodeDecodeError:
        return _unusable(path, "it is not UTF-8")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return _unusable(path, f"it is not TOML: {str(error) or 'nested too deeply'}")
    return _read(document)


def _read(document: Mapping[str, Any]) -> Settings:
    problems = [_misplaced(name, value) for name, value in document.items() if name not in SECTIONS]
    motion = _motion(document.get("ui", {}), problems)
    table = document.get("keys", {})
    if not isinstance(table, dict):
        said = WorkbenchError("settings", "`keys` must be a section", '[keys]\n"live.stop" = "s"', "bad_value")
        return Settings(motion=motion, problems=(*problems, said))
    keys: dict[str, tuple[str, ...]] = {}
    for name, value in _flat(table):
        try:
            keys[name] = _keys(value)
        except ValueError as error:
            problems.append(WorkbenchError("settings", f"`{name}` in `[keys]`: {error}", "", "bad_value"))
    return Settings(keys, motion, tuple(problems))


def _misplaced(name: str, value: Any) -> WorkbenchError:
    """A section that there is not, or an entry that stands before every section."""
    if isinstance(value, dict):
        known = f"sections are {', '.join(SECTIONS)}"
        return WorkbenchError("settings", f"`[{name}]` is not known", known, "unknown_section")
    where = "`[ui]`" if name == "motion" else "`[keys]`"
    return WorkbenchError("settings", f"`{name}` stands in no section", f"write it below {where}", "unknown_section")


def _motion(table: Any, problems: list[WorkbenchError]) -> str:
    """``[ui] motion``; what else stands there is added to ``problems``."""
    if not isinstance(table, dict):
        problems.append(WorkbenchError("settings", "`ui` must be a section", '[ui]\nmotion = "reduced"', "bad_value"))
        return MOTIONS[0]
    for name in table.keys() - {"motion"}:
        problems.append(
            WorkbenchError("settings", f"`{name}` in `[ui]` is not known", "there is `motion`", "bad_value")
        )
    motion = table.get("motion", MOTIONS[0])
    if motion in MOTIONS:
        return str(motion)
    hint = " or ".join(f'"{each}"' for each in MOTIONS)
    problems.append(WorkbenchError("settings", f"`motion` in `[ui]` is {motion!r}", hint, "bad_value"))
    return MOTIONS[0]


def _flat(table: Mapping[str, Any], before: str = "") -> list[tuple[str, Any]]:
    """Entries by their dotted name, since ``live.stop = "s"`` without quotes makes a table in TOML."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        dotted = f"{before}.{name}" if before else str(name)
        found += _flat(value, dotted) if isinstance(value, dict) and not before else [(dotted, value)]
    return found


def _keys(value: Any) -> tuple[str, ...]:
    """The keys of one entry. Raises ``ValueError`` (a sentence)."""
    from pydantic import TypeAdapter, ValidationError

    try:
        given = TypeAdapter(str | list[str]).validate_python(value, strict=True)
    except ValidationError:
        raise ValueError("write a key, several in one text, or a list of keys") from None
    names = tuple(given.split() if isinstance(given, str) else (name.strip() or name for name in given))
    if len(names) > MOST_KEYS:
        raise ValueError(f"{MOST_KEYS} keys at most")
    return tuple(dict.fromkeys(names))


def _unusable(path: Path, why: str) -> Settings:
    error = WorkbenchError(
        "the settings cannot be read", f"`{path}`: {why}", "repair or remove the file", "bad_settings"
    )
    return Settings(problems=(error,))
