"""The files of themes: where they lie, their text, and whether one has changed. What a theme is, the screens know.

Imports the standard library and ``service.errors`` and ``service.paths`` only.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.service.errors import WorkbenchError
from workbench.service.paths import config_dir

ENDING = ".yaml"
SIZE_LIMIT = 64 * 1024  # bytes

Stamps = tuple[tuple[str, int, int], ...]
"""Path, time of the last change in nanoseconds, and size of every theme file."""


@dataclass(frozen=True, slots=True)
class ThemeSource:
    """One file as it was read: its text, or in ``trouble`` why there is none."""

    path: Path
    text: str
    trouble: str = ""


def shipped_themes_folder() -> Path:
    """The folder of the themes that come with the program: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "data" / "themes"
    return shipped if shipped.is_dir() else package.parent / "themes"


def user_themes_folder() -> Path:
    """The folder of the user's own themes; it need not exist."""
    return config_dir() / "themes"


def theme_paths(folder: Path) -> tuple[Path, ...]:
    """The theme files of a folder, by name; none where there is no such folder."""
    try:
        with os.scandir(folder) as entries:
            # an editor's half-written copies begin with a dot
            names = sorted(entry.name for entry in entries if entry.name.endswith(ENDING) and entry.name[0] != ".")
    except OSError:
        return ()
    return tuple(folder / name for name in names)


def read_source(path: Path) -> ThemeSource:
    """One file's text. Never raises."""
    try:
        with path.open("rb") as stream:
            data = stream.read(SIZE_LIMIT + 1)
        if len(data) > SIZE_LIMIT:
            return ThemeSource(path, "", f"larger than {SIZE_LIMIT // 1024} KiB")
        return ThemeSource(path, data.decode("utf-8"))
    except UnicodeDecodeError:
        return ThemeSource(path, "", "cannot be read (not UTF-8)")
    except OSError as error:
        return ThemeSource(path, "", f"cannot be read ({type(error).__name__})")


def stamps(folders: Sequence[Path]) -> Stamps:
    """What tells one state of the folders from another: cheap enough for every second. Never raises."""
    found = []
    for path in (path for folder in folders for path in theme_paths(folder)):
        try:
            status = path.stat()
        except OSError:  # gone between listing and looking
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def write_new_theme(name: str, text: str) -> Path:
    """A new file of that name in the user's folder.

    Raises :class:`WorkbenchError` (``theme_exists``, ``config_not_writable``).
    """
    path = user_themes_folder() / f"{name}{ENDING}"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as stream:
            stream.write(text)
    except FileExistsError as error:
        raise WorkbenchError(
            "that theme exists already", f"`{path}` is there", "edit it, or choose another name", "theme_exists"
        ) from error
    except OSError as error:
        raise WorkbenchError(
            "the theme cannot be written",
            f"`{path.parent}`: {error.strerror or type(error).__name__}",
            "`WORKBENCH_CONFIG` names another folder",
            "config_not_writable",
        ) from error
    return path
