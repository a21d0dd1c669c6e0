"""Choosing a theme: the whole interface wears each one as the cursor comes to it; esc puts the old one back."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.theme_files import LoadedThemes
from workbench.tui.theming import ThemeFile
from workbench.tui.view.plain import visible
from workbench.tui.view.signs import AGENT_GLYPHS
from workbench.tui.view.table import Cell, Column, Row
from workbench.tui.widgets.row_list import RowList
from workbench.tui.window_keys import window_keys

COLUMNS = (
    Column("theme", 22), Column("ground", 10, drop_below=40), Column("contrast", 8, drop_below=48),
    Column("", 5, drop_below=48),
)  # fmt: skip
SAMPLES = (
    ((("✓ allow", "$allow"), ("✗ deny", "$deny"), ("◷ hold", "$hold"), ("k key", "$accent"), ("label", "$muted"))),
    tuple((glyph, f"$agent-{number}") for number, glyph in enumerate(AGENT_GLYPHS, start=1)),
)


class ThemesScreen(Window[None]):
    """A list of the shipped themes and the user's own. ``keep`` is told which was taken."""

    BINDINGS: ClassVar[list[BindingType]] = [*window_keys(back="back"), Binding("ctrl+t", "back", show=False)]

    def __init__(self, themes: LoadedThemes, current: str, keep: Callable[[str], None]) -> None:
        super().__init__()
        self._themes = themes
        self._before = current
        self._keep = keep

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = Content("Theme")
            window.border_subtitle = Content(self.told("enter keeps · esc puts back"))
            yield RowList(COLUMNS, header=True, empty="no theme can be read", id="theme-rows")
            yield Static(id="theme-about", markup=False)

    def on_mount(self) -> None:
        self.show_themes(self._themes)
        self.query_one(RowList).go_to(self._before)
        self.query_one(RowList).focus()
        self._tell(self._before)

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)  # whether it is short is known then

    def show_themes(self, themes: LoadedThemes) -> None:
        """The list anew: a file of the user's has changed."""
        self._themes = themes
        self.query_one(RowList).show([_row(theme, own=themes.is_own(theme.name)) for theme in themes.files])
        self._fit()

    def on_row_list_moved(self, event: RowList.Moved) -> None:
        """Wear it."""
        self.app.theme = event.key
        self._tell(event.key)

    def on_row_list_chosen(self, event: RowList.Chosen) -> None:
        """Keep it."""
        self._keep(event.key)
        self.dismiss(None)

    def action_back(self) -> None:
        """Put the old theme back."""
        if self._before in self.app.available_themes:
            self.app.theme = self._before
        self.dismiss(None)

    def _fit(self) -> None:
        rows = self.query_one(RowList)
        taken = 2 if self.has_class("-short") else 9  # the border; and what is said of the theme
        rows.styles.height = max(3, min(len(rows.rows) + 1, self.size.height - taken))

    def _tell(self, name: str) -> None:
        theme = next((theme for theme in self._themes.files if theme.name == name), None)
        self.query_one("#theme-about", Static).update(_about(theme, self._themes) if theme else Content(""))


def _row(theme: ThemeFile, *, own: bool) -> Row:
    ratio = theme.contrast
    return Row(
        theme.name,
        (
            Cell(visible(theme.title)),
            Cell(theme.kind, "muted"),
            Cell("yours" if ratio is None else f"{ratio:.0f}:1", "muted"),
            Cell("own" if own else "", "accent"),
        ),
    )


def _about(theme: ThemeFile, themes: LoadedThemes) -> Content:
    path = themes.paths.get(theme.name)
    file = "" if path is None else visible(str(path) if themes.is_own(theme.name) else f"built in: {path.name}")
    samples = (Content("  ").join(Content.styled(text, style) for text, style in sample) for sample in SAMPLES)
    lines = [Content.styled(visible(theme.note) or "a theme of your own", "$ink"), Content.styled(file, "$muted")]
    return Content("\n").join([*lines, *samples])
