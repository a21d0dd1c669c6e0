"""Themes: ``themes/*.yaml`` → validated values → Textual themes. The only colours of the interface come from there.

A theme names ten base colours and may name roles (outcomes, agents, code, differences); roles it leaves out follow from
its base colours. A broken file is reported, never fatal. Imports pydantic, YAML and Textual's theme types only.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from textual.color import Color, ColorParseError
from textual.theme import Theme

_FLAGS = frozenset({"bold", "italic", "underline", "dim", "reverse", "none"})
_SIZE_LIMIT = 64 * 1024

AGENT_COLOURS = 8
DEFAULT_THEME = "workbench-dark"


def _colour(value: str) -> str:
    try:
        Color.parse(value)
    except ColorParseError as error:
        raise ValueError(f"`{value}` is not a colour") from error
    return value


def _styled(value: str) -> str:
    colour, *flags = value.split() or [""]
    _colour(colour)
    unknown = [flag for flag in flags if flag not in _FLAGS]
    if unknown:
        raise ValueError(f"`{unknown[0]}` is not a text style")
    return value


Colour = Annotated[str, AfterValidator(_colour)]
Styled = Annotated[str, AfterValidator(_styled)]


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Base(_Values):
    """The ten colours every theme has. Text pairs keep a contrast of at least 4.5:1 (tested)."""

    primary: Colour
    secondary: Colour
    accent: Colour
    foreground: Colour
    muted: Colour
    background: Colour
    surface: Colour
    panel: Colour
    line: Colour
    cursor: Colour
    success: Colour
    warning: Colour
    error: Colour


class Code(_Values):
    """Colours of code: a colour, then text styles such as ``bold``."""

    comment: Styled
    string: Styled
    number: Styled
    annotation: Styled
    permit: Styled
    forbid: Styled
    keyword: Styled
    variable: Styled
    type: Styled
    function: Styled
    operator: Styled
    key: Styled
    heading: Styled
    modal: Styled
    emphasis: Styled


class Diff(_Values):
    """Backgrounds of differences: a line, and the words within it."""

    added: Colour
    removed: Colour
    added_word: Colour
    removed_word: Colour


class ThemeFile(_Values):
    """One file of ``themes/``. ``code`` and ``diff`` may be left out."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    title: str = Field(min_length=1, max_length=40)
    dark: bool
    ansi: bool = False
    base: Base
    agents: tuple[Colour, ...] = Field(min_length=AGENT_COLOURS, max_length=AGENT_COLOURS)
    code: Code | None = None
    diff: Diff | None = None

    def variables(self) -> dict[str, str]:
        """Every variable that stylesheets may use beyond Textual's own, without the ``$``."""
        base = self.base
        code = self.code or _code_from(base)
        diff = self.diff or _diff_from(base)
        return {
            "ink": base.foreground,
            "muted": base.muted,
            "line": base.line,
            "cursor": base.cursor,
            "allow": base.success,
            "deny": base.error,
            "hold": base.warning,
            "ok": base.success,
            "sev-error": base.error,
            "sev-warning": base.warning,
            "sev-info": base.accent,
            **{f"agent-{index}": colour for index, colour in enumerate(self.agents, start=1)},
            **{f"code-{kind}": value for kind, value in code.model_dump().items()},
            **{f"diff-{part.replace('_', '-')}": value for part, value in diff.model_dump().items()},
            # Textual's own widgets, kept within the palette
            "border": base.primary,
            "border-blurred": base.line,
            "block-cursor-background": base.cursor,
            "block-cursor-foreground": base.foreground,
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": base.panel,
            "block-cursor-blurred-foreground": base.foreground,
            "block-hover-background": base.panel,
            "input-cursor-background": base.foreground,
            "input-cursor-foreground": base.background,
            "input-selection-background": f"{base.primary} 35%" if not self.ansi else base.cursor,
            "scrollbar": base.line,
            "scrollbar-hover": base.muted,
            "scrollbar-active": base.primary,
            "scrollbar-background": base.background,
            "scrollbar-background-hover": base.background,
            "scrollbar-background-active": base.background,
            "scrollbar-corner-color": base.background,
            "footer-key-foreground": base.accent,
            "link-color": base.primary,
        }

    def to_textual(self) -> Theme:
        """The theme as Textual takes it."""
        base = self.base
        return Theme(
            name=self.name,
            primary=base.primary,
            secondary=base.secondary,
            accent=base.accent,
            foreground=base.foreground,
            background=base.background,
            surface=base.surface,
            panel=base.panel,
            success=base.success,
            warning=base.warning,
            error=base.error,
            dark=self.dark,
            ansi=self.ansi,
            variables=self.variables(),
        )


def _code_from(base: Base) -> Code:
    return Code(
        comment=f"{base.muted} italic",
        string=base.success,
        number=base.warning,
        annotation=base.secondary,
        permit=f"{base.success} bold",
        forbid=f"{base.error} bold",
        keyword=f"{base.primary} bold",
        variable=base.foreground,
        type=base.accent,
        function=base.accent,
        operator=base.muted,
        key=base.primary,
        heading=f"{base.primary} bold",
        modal=f"{base.warning} bold",
        emphasis=f"{base.foreground} bold",
    )


def _diff_from(base: Base) -> Diff:
    ground = Color.parse(base.background)

    def over(colour: str, share: float) -> str:
        return ground.blend(Color.parse(colour), share).hex

    return Diff(
        added=over(base.success, 0.14),
        removed=over(base.error, 0.14),
        added_word=over(base.success, 0.34),
        removed_word=over(base.error, 0.34),
    )


@dataclass(frozen=True, slots=True)
class LoadedThemes:
    """``files`` in the order of their titles, the default first; ``problems`` one line for each file refused."""

    files: tuple[ThemeFile, ...]
    problems: tuple[str, ...]


def themes_folder() -> Path:
    """The folder of the shipped themes: in the wheel, else in the checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "data" / "themes"
    return shipped if shipped.is_dir() else package.parent / "themes"


def load_themes(*folders: Path) -> LoadedThemes:
    """Read every ``*.yaml`` of ``folders`` (default: the shipped ones); a later file replaces its namesake."""
    found: dict[str, ThemeFile] = {}
    problems: list[str] = []
    for folder in folders or (themes_folder(),):
        for path in sorted(folder.glob("*.yaml")):
            try:
                theme = read_theme(path)
            except ValueError as error:
                problems.append(f"{path.name}: {error}")
            else:
                found[theme.name] = theme
    ordered = sorted(found.values(), key=lambda theme: (theme.name != DEFAULT_THEME, not theme.dark, theme.title))
    return LoadedThemes(tuple(ordered), tuple(problems))


def read_theme(path: Path) -> ThemeFile:
    """One theme file. Raises ``ValueError`` whose message names the first field that is wrong."""
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            raise ValueError("larger than 64 KiB")
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        return ThemeFile.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise ValueError(f"{place}: {first['msg'].removeprefix('Value error, ')}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{where}not valid YAML") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot be read ({type(error).__name__})") from error


def fallback_variables(theme: Theme) -> dict[str, str]:
    """The variables of this interface for a theme that is not ours, from its generated colours."""
    made = theme.to_color_system().generate()
    text, ground = made["foreground"], made["background"]
    base = Base(
        primary=made["primary"],
        secondary=made["secondary"],
        accent=made["accent"],
        foreground=text,
        muted=Color.parse(text).blend(Color.parse(ground), 0.3).hex,
        background=ground,
        surface=made["surface"],
        panel=made["panel"],
        line=Color.parse(text).blend(Color.parse(ground), 0.7).hex,
        cursor=made["panel"],
        success=made["success"],
        warning=made["warning"],
        error=made["error"],
    )
    colours = (made["primary"], made["secondary"], made["accent"], made["success"]) * 2
    return ThemeFile(name="fallback", title="Fallback", dark=theme.dark, base=base, agents=colours).variables()
