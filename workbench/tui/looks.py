"""How the app looks and where it was left: its theme, and what is remembered of theme and screen; and the border
between two panes.

A part of the application's class, beside ``places``. Imports theming and the memory; knows no screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.remembered import UI
from workbench.tui.theming import DEFAULT_THEME, LoadedThemes, load_themes
from workbench.tui.widgets.splitter import LAYOUTS, SplitPanes

if TYPE_CHECKING:
    from textual.app import App

    from workbench.tui.remembered import Remembered

    _Base = App[None]
else:
    _Base = object

FIRST_SCREEN = "overview"


class Looks(_Base):
    """Mixed into the application before ``App``."""

    if TYPE_CHECKING:
        remembered: Remembered
        themes: LoadedThemes

    screen_names = SCREEN_NAMES

    def first_screen(self, asked: str | None) -> str:
        """The screen to begin with: the one asked for, else the one left last, else the first."""
        wanted = asked or self.remembered.get(UI, "screen", FIRST_SCREEN)
        return wanted if wanted in SCREEN_NAMES else FIRST_SCREEN

    def set_up_looks(self, asked: str | None, themes: LoadedThemes | None) -> None:
        """Register the themes; take the one asked for, else the one kept last, else the first."""
        self.themes = load_themes() if themes is None else themes
        for file in self.themes.files:
            self.register_theme(file.to_textual())
        for wanted in (asked or self.remembered.get(UI, "theme", DEFAULT_THEME), DEFAULT_THEME):
            if wanted in self.available_themes:
                self.theme = wanted
                break

    def looks_mounted(self) -> None:
        """Say what could not be read, once, and remember the screen from now on."""
        if self.themes.problems:
            listed = "; ".join(self.themes.problems[:3])
            self.notify(f"{listed}. The other themes are used.", title="A theme was left out", severity="warning")
        if self.remembered.trouble:
            self.notify(self.remembered.trouble, title="What was remembered is lost", severity="warning", markup=False)
        self.mode_change_signal.subscribe(self, self._left_at)

    def keep_theme(self, name: str) -> None:
        """Take the theme called ``name``, now and at every start."""
        self.theme = name
        self.remembered.put(UI, "theme", name, everywhere=True)

    def write_remembered(self) -> None:
        """Write what is not written yet, at the end; a home that cannot be written to is nobody's trouble."""
        self.remembered.flush()
        if not self.remembered.writable:
            self.log.debug("what was remembered could not be written")

    def action_split(self, steps: int) -> None:
        """Move the border of the panes one works in; says so where there is none."""
        focused = self.screen.focused
        around = [] if focused is None else [node for node in focused.ancestors if isinstance(node, SplitPanes)]
        others = [panes for panes in self.screen.query(SplitPanes) if panes.is_on_screen and panes not in around]
        if not any(panes.nudge(steps) for panes in (*around, *others)):
            self.notify("Nothing is side by side here, so there is no border to move.")

    def on_split_panes_asked(self, event: SplitPanes.Asked) -> None:
        """Give panes that have come to be the shares they were left with."""
        for layout in LAYOUTS:
            event.panes.take(
                layout, self.remembered.get(_screen_of(event.panes), _split_name(event.panes, layout), 0.0)
            )

    def on_split_panes_moved(self, event: SplitPanes.Moved) -> None:
        """Remember where a border was moved to, for every workspace."""
        panes, share = event.panes, None if event.share is None else round(event.share, 3)
        self.remembered.put(_screen_of(panes), _split_name(panes, event.layout), share, everywhere=True)

    def _left_at(self, mode: str) -> None:
        if mode in SCREEN_NAMES:
            self.remembered.put(UI, "screen", mode)


def _screen_of(panes: SplitPanes) -> str:
    return str(getattr(panes.screen, "NAME", "") or type(panes.screen).__name__)


def _split_name(panes: SplitPanes, layout: str) -> str:
    return f"split:{panes.id or type(panes.parent).__name__}:{layout}"
