"""Theme files → themes: the shipped ones and the user's own, each problem with its line and what to do about it.

Imports ``service.theme_folders`` for the files, and ``theming`` for what is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import ValidationError

from workbench.service.theme_folders import (
    ThemeSource,
    read_source,
    shipped_themes_folder,
    theme_paths,
    user_themes_folder,
)
from workbench.tui.theming import DEFAULT_THEME, Base, Code, Diff, ThemeFile

themes_folder = shipped_themes_folder
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # thirteen files on the way to a screen
_BRACKETS = 64  # of a kind, in a file that needs one

_ALLOWED = {
    "": tuple(ThemeFile.model_fields),
    "base": tuple(Base.model_fields),
    "code": tuple(Code.model_fields),
    "diff": tuple(Diff.model_fields),
}
"""Part of a theme file → the fields it may have."""


@dataclass(frozen=True, slots=True)
class ThemeProblem:
    """Why a file is no theme: its first fault. ``line`` counts from 1, 0 where there is none to name."""

    path: Path
    line: int
    field: str
    what: str
    hint: str

    def __str__(self) -> str:
        where = f" line {self.line}" if self.line else ""
        named = f" {self.field}:" if self.field else ""
        return f"{self.path.name}{where}:{named} {self.what}; {self.hint}"


class BrokenThemeError(ValueError):
    """A file that is no theme. ``problem`` says where and why."""

    def __init__(self, problem: ThemeProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """``files`` in the order of the picker, the default first; ``problems`` one for each file refused.

    ``paths``: the file of each theme by its name. ``watched``: the folders to look at again while the screens are open.
    """

    files: tuple[ThemeFile, ...]
    problems: tuple[ThemeProblem, ...]
    paths: Mapping[str, Path] = field(default_factory=dict)
    watched: tuple[Path, ...] = ()

    def is_own(self, name: str) -> bool:
        """Whether the theme called ``name`` is the user's."""
        return name in self.paths and self.paths[name].parent in self.watched


def load_themes(*folders: Path, watched: Sequence[Path] = ()) -> LoadedThemes:
    """Read every theme file of ``folders`` (default: the shipped ones); a later file replaces its namesake."""
    found: dict[str, ThemeFile] = {}
    paths: dict[str, Path] = {}
    problems: list[ThemeProblem] = []
    for path in (path for folder in folders or (themes_folder(),) for path in theme_paths(folder)):
        try:
            theme = parse_theme(read_source(path))
        except BrokenThemeError as error:
            problems.append(error.problem)
        else:
            found[theme.name], paths[theme.name] = theme, path
    return LoadedThemes(in_order(found.values()), tuple(problems), paths, tuple(watched))


def in_order(themes: Iterable[ThemeFile]) -> tuple[ThemeFile, ...]:
    """The order of the picker: the default, dark ones, light ones, the terminal's own; each by title."""
    return tuple(sorted(themes, key=lambda it: (it.name != DEFAULT_THEME, it.ansi, not it.dark, it.title)))


def load_all_themes() -> LoadedThemes:
    """The shipped themes and the user's own, which are watched."""
    own = user_themes_folder()
    return load_themes(themes_folder(), own, watched=(own,))


def read_theme(path: Path) -> ThemeFile:
    """One theme file. Raises :class:`BrokenThemeError`."""
    return parse_theme(read_source(path))


def parse_theme(source: ThemeSource) -> ThemeFile:
    """The theme in a file's text. Raises :class:`BrokenThemeError` with the first fault, its line and what to do."""

    def broken(line: int, field: str, what: str, hint: str) -> BrokenThemeError:
        return BrokenThemeError(ThemeProblem(source.path, line, field, what, hint))

    if source.trouble:
        raise broken(0, "", source.trouble, "a theme is a small text file in UTF-8")
    if max(source.text.count("["), source.text.count("{")) > _BRACKETS:  # the parser takes seconds to find that out
        raise broken(0, "", "nested too deeply", "a theme has two levels")
    try:
        data = yaml.load(source.text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        raise broken(line, "", "not valid YAML", "look for a quote, bracket or colon that is missing here") from error
    if not isinstance(data, dict):
        raise broken(1, "", "not a theme", "begin with `workbench themes --new NAME`, which writes one")
    try:
        return ThemeFile.model_validate(data)
    except ValidationError as error:
        node = yaml.compose(source.text, Loader=_LOADER)
        first = error.errors()[0]
        loc = tuple(str(part) for part in first["loc"])
        what = first["msg"].removeprefix("Value error, ")
        if first["type"] == "missing":
            raise broken(_line_of(node, loc[:-1]), ".".join(loc), "missing", "add it") from error
        if first["type"] == "extra_forbidden":
            raise broken(_line_of(node, loc), ".".join(loc), "no such field", _near(loc)) from error
        hint = "a colour is `#rrggbb`" if "colour" in what else "see `workbench themes --new NAME` for what goes there"
        raise broken(_line_of(node, loc), ".".join(loc), what, hint) from error


def _near(loc: tuple[str, ...]) -> str:
    allowed = _ALLOWED.get(loc[0] if len(loc) > 1 else "", ())
    return "remove it; there are " + ", ".join(allowed) if allowed else "remove it"


def _line_of(node: yaml.Node | None, loc: Sequence[str]) -> int:
    """The line of the deepest part of ``loc`` that is in the file."""
    line = 1 if node is None else node.start_mark.line + 1
    for part in loc:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == part), None)
            if pair is None:
                break
            key, node = pair
            line = key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and part.isdigit() and int(part) < len(node.value):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
        else:
            break
    return line


# -- a file to begin with ---------------------------------------------------------------------------------------------

_ABOUT = {
    "name": "how `--theme` calls it: small letters, digits and dashes",
    "title": "how the picker calls it",
    "note": "a few words about it, for the picker",
    "dark": "whether its ground is dark",
    "primary": "headings, the border in use, the tab in front",
    "secondary": "what stands beside the point",
    "accent": "keys, and what asks to be looked at",
    "foreground": "text",
    "muted": "labels and what can wait; still readable",
    "background": "the ground",
    "surface": "the ground of windows",
    "panel": "the ground of the bars above and below",
    "line": "borders at rest",
    "cursor": "the ground of the chosen row",
    "success": "allowed, in order",
    "warning": "held, to be looked at",
    "error": "denied, broken",
    "agents": "eight colours that tell agents apart",
}


def theme_to_start_from(text: str, name: str) -> str:
    """A shipped theme's text under another name, every field explained: for ``themes --new``.

    Raises ``ValueError`` for a name that no theme may have.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,39}", name):
        raise ValueError("a name is 2 to 40 small letters, digits and dashes, beginning with a letter")
    lines = [
        "# A theme of your own. Save it while the screens are open: they take it within a second.",
        "# Text should have a contrast of 4.5:1 on every ground; `workbench themes --check FILE` measures it.",
    ]
    for line in text.splitlines():
        key = line.strip().partition(":")[0]
        written = f"name: {name}" if line.startswith("name:") else line
        if line.startswith("title:"):
            written = f"title: {name.replace('-', ' ').title()}"
        if line.startswith(("#", "note:")):
            continue
        lines.append(f"{written}  # {_ABOUT[key]}" if key in _ABOUT else written)
    return "\n".join(lines) + "\n"
