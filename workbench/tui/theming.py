"""What a theme is: validated values → Textual's theme and our own variables. The only colours come from such values.

A theme names thirteen base colours and may name roles (outcomes, agents, code, differences); roles it leaves out follow
from its base colours. ``theme_files`` reads them. Imports pydantic and Textual's colour and theme types only.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from textual.color import Color, ColorParseError
from textual.theme import Theme

_FLAGS = frozenset({"bold", "italic", "underline", "dim", "reverse", "none"})

AGENT_COLOURS = 8
DEFAULT_THEME = "workbench-dark"
SIXTEEN = "sixteen"  # the theme for terminals that have no more colours than that
MONO = "mono"  # the theme where no colours are wanted


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
    """The colours every theme has. Text pairs keep a contrast of at least 4.5:1 (tested)."""

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
    """One file of ``themes/``. ``note``, ``code`` and ``diff`` may be left out.

    ``ansi``: its colours are the terminal's own sixteen (``ansi_red``, …), which can be neither mixed nor measured. It
    shows what is chosen by turning colours round, and has no second ground.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    title: str = Field(min_length=1, max_length=40)
    note: str = Field(default="", max_length=60)
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
        diff = self.diff or (_plain_diff(base) if self.ansi else _diff_from(base))
        return {
            "ink": base.foreground,
            "muted": base.muted,
            "line": base.line,
            "cursor": base.cursor,
            "cursor-style": "bold reverse" if self.ansi else "bold",
            "veil": base.background if self.ansi else f"{base.background} 60%",
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
            "block-cursor-text-style": "bold reverse" if self.ansi else "bold",
            "block-cursor-blurred-background": base.panel,
            "block-cursor-blurred-foreground": base.foreground,
            "block-hover-background": base.panel,
            "input-cursor-background": base.foreground,
            "input-cursor-foreground": base.background,
            # the ground of what is chosen, in lists and in text: every ink is measured on it
            **dict.fromkeys(("input-selection-background", "screen-selection-background"), base.cursor),
            **(_ansi_only(base) if self.ansi else {}),
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

    @property
    def kind(self) -> str:
        """What it is for, in a word: ``dark``, ``light`` or ``16 colours``."""
        return "16 colours" if self.ansi else "dark" if self.dark else "light"

    @property
    def contrast(self) -> float | None:
        """Contrast of its text on its ground, 1 to 21; ``None`` where the terminal decides."""
        if self.ansi:
            return None
        return contrast_ratio(Color.parse(self.base.foreground), Color.parse(self.base.background))

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


def _ansi_only(base: Base) -> dict[str, str]:
    """What Textual would leave to transparency or to the terminal's defaults, neither of which these colours have."""
    return {
        "surface": base.surface,
        "panel": base.panel,
        "boost": base.surface,
        "text": base.foreground,
        **dict.fromkeys(("text-muted", "text-disabled", "foreground-muted", "foreground-disabled"), base.muted),
        "ansi-background": base.background,
        "ansi-foreground": base.foreground,
        **dict.fromkeys(("input-selection-background", "screen-selection-background"), base.muted),
        **dict.fromkeys(("input-selection-foreground", "screen-selection-foreground"), base.background),
    }


def contrast_ratio(one: Color, other: Color) -> float:
    """The contrast of two opaque colours, 1 to 21 (WCAG 2.2, *contrast ratio* and *relative luminance*)."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    def linear(part: int) -> float:
        value = part / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def _plain_diff(base: Base) -> Diff:
    ground = base.background
    return Diff(added=ground, removed=ground, added_word=ground, removed_word=ground)


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
