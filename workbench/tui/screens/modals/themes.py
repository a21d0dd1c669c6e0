"""Choosing a theme: each is shown at once while the cursor moves; esc puts the old one back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from workbench.tui.screens.modals.window import Window
from workbench.tui.theming import ThemeFile


class ThemesScreen(Window[None]):
    """A list of the shipped themes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+t", "back", "Back"),
        Binding("j", "down", show=False),
        Binding("k", "up", show=False),
    ]

    def __init__(self, themes: Sequence[ThemeFile], current: str, keep: Callable[[str], None]) -> None:
        super().__init__()
        self._themes = tuple(themes)
        self._before = current
        self._keep = keep

    def compose(self) -> ComposeResult:
        with Vertical(classes="window") as window:
            window.border_title = "Theme"
            window.border_subtitle = "enter keeps · esc puts back"
            yield OptionList(*(Option(_line(theme), id=theme.name) for theme in self._themes))

    def on_mount(self) -> None:
        names = [theme.name for theme in self._themes]
        if self._before in names:
            self.query_one(OptionList).highlighted = names.index(self._before)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option.id:
            self.app.theme = event.option.id

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option.id:
            self._keep(event.option.id)
        self.dismiss(None)

    def action_back(self) -> None:
        """Put the old theme back."""
        self.app.theme = self._before
        self.dismiss(None)

    def action_down(self) -> None:
        """Next theme."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Previous theme."""
        self.query_one(OptionList).action_cursor_up()


def _line(theme: ThemeFile) -> Content:
    return Content.assemble((f"{theme.title:22}", ""), ("dark" if theme.dark else "light", "$muted"))
