"""How the app looks and where it was left: themes (read again when a file changes), how much moves, the last screen,
and the border between two panes.

A part of the application's class, beside ``places``. Imports theming and the memory; knows no screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import constants
from textual.app import App
from textual.events import DescendantFocus
from textual.widgets import Input, TextArea

from workbench.service.theme_folders import Stamps, stamps
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.lanes import in_lane
from workbench.tui.remembered import UI
from workbench.tui.theme_files import LoadedThemes, in_order, load_all_themes, load_themes, themes_folder
from workbench.tui.theming import DEFAULT_THEME, MONO, SIXTEEN, ThemeFile
from workbench.tui.toasts import Toasts
from workbench.tui.widgets.splitter import LAYOUTS, SplitPanes

if TYPE_CHECKING:
    from workbench.service.settings import Settings
    from workbench.tui.remembered import Remembered

FIRST_SCREEN = "overview"
LOOK_EVERY = 1.0  # seconds between two looks at the user's theme files
FEW_COLOURS = ("standard", "windows")  # what Rich calls terminals with sixteen colours


class Looks(Toasts):
    """Mixed into the application before ``App``."""

    if TYPE_CHECKING:
        remembered: Remembered
        themes: LoadedThemes
        settings: Settings

    still = False
    screen_names = SCREEN_NAMES

    def first_screen(self, asked: str | None) -> str:
        """The screen to begin with: the one asked for, else the one left last, else the first."""
        wanted = asked or self.remembered.get(UI, "screen", FIRST_SCREEN)
        return wanted if wanted in SCREEN_NAMES else FIRST_SCREEN

    # -- themes --------------------------------------------------------------------------------------------------

    def set_up_looks(self, asked: str | None, themes: LoadedThemes | None) -> None:
        """Register the themes; take the one asked for, else the one kept last, else the one that suits the terminal."""
        self.themes = load_all_themes() if themes is None else themes
        self._stamps: Stamps = stamps(self.themes.watched)
        self._looking = False
        self._told_broken = {problem.path: str(problem) for problem in self.themes.problems}
        for file in self.themes.files:
            self.register_theme(self._for_terminal(file).to_textual())
        usual = SIXTEEN if self.few_colours else MONO if self.no_color else DEFAULT_THEME
        for wanted in (asked or self.remembered.get(UI, self._theme_key, usual), usual, DEFAULT_THEME):
            if wanted in self.available_themes:
                self.theme = wanted
                break

    @property
    def few_colours(self) -> bool:
        """Whether the terminal has the sixteen colours and no more."""
        return self.console.color_system in FEW_COLOURS

    def _for_terminal(self, file: ThemeFile) -> ThemeFile:
        """``file`` in colours that the terminal has."""
        if self.console.color_system != "256":
            return file
        from workbench.tui.theme_terminals import for_256

        return for_256(file)

    @property
    def _theme_key(self) -> str:
        # what was kept on a better terminal is not taken on the console of a server, and the other way round; where no
        # colours are wanted, greys that are made to be greys are read better than any others
        return "theme-16" if self.few_colours else "theme-grey" if self.no_color else "theme"

    def looks_mounted(self) -> None:
        """Say what could not be read, once; remember the screen and look at the theme files from now on."""
        self.still = constants.TEXTUAL_ANIMATIONS == "none" or self.settings.motion == "reduced"
        if self.still:
            self.animation_level = "none"
        if self.themes.problems:
            self._tell_broken([str(problem) for problem in self.themes.problems])
        if self.remembered.trouble:
            self.announce(self.remembered.trouble, title="What was remembered is lost", severity="warning")
        self.mode_change_signal.subscribe(self, self._left_at)
        if self.themes.watched:
            self.set_interval(LOOK_EVERY, self.look_at_themes)

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Where nothing is to move, cursors do not blink."""
        if self.still and isinstance(event.widget, Input | TextArea):
            event.widget.cursor_blink = False

    def keep_theme(self, name: str) -> None:
        """Take the theme called ``name``, now and at every start."""
        self.theme = name
        self.remembered.put(UI, self._theme_key, name, everywhere=True)

    def look_at_themes(self) -> None:
        """Read the themes again if one of the user's files has changed: in a thread, for a home may be far away."""
        if self._looking:  # still, at a home that is very far away
            return
        self._looking = True
        folders, before = self.themes.watched, self._stamps

        def work() -> None:
            now = stamps(folders)
            loaded = None if now == before else load_themes(themes_folder(), *folders, watched=folders)
            self.call_later(self._themes_read, now, loaded)

        in_lane(self, work, "themes")

    def _themes_read(self, now: Stamps, loaded: LoadedThemes | None) -> None:
        """Take what was read. A file that is broken now, perhaps only half written, leaves its theme as it was."""
        self._looking = False
        if loaded is None:
            return
        self._stamps = now
        broken = {problem.path: str(problem) for problem in loaded.problems}
        before = {file.name: file for file in self.themes.files}
        kept = {name: before[name] for name, path in self.themes.paths.items() if path in broken and name in before}
        files = {**{file.name: file for file in loaded.files}, **kept}
        self.themes = LoadedThemes(
            in_order(files.values()), loaded.problems, {**self.themes.paths, **loaded.paths}, loaded.watched
        )
        for name in before.keys() - files.keys():
            self.unregister_theme(name)
        for name, file in files.items():
            if before.get(name) != file:
                self.register_theme(self._for_terminal(file).to_textual())
        if self.theme not in files and self.theme in before:
            self.announce(f"The file of the theme {self.theme} is gone.", title="Theme")
            self.theme = DEFAULT_THEME if DEFAULT_THEME in files else next(iter(files), "textual-dark")
        elif before.get(self.theme) != files.get(self.theme):
            self.mutate_reactive(App.theme)  # the same name, other colours
        for screen in self.screen_stack:
            if (shown := getattr(screen, "show_themes", None)) is not None:  # the picker is open
                shown(self.themes)
        told, self._told_broken = self._told_broken, broken
        if news := [text for path, text in broken.items() if told.get(path) != text]:
            self._tell_broken(news)
        elif mended := [path.name for path in told.keys() - broken.keys() if path in loaded.paths.values()]:
            self.announce(f"{', '.join(mended)} can be read again.", title="Theme")

    def _tell_broken(self, problems: list[str]) -> None:
        listed = "\n".join(problems[:3]) + (f"\nand {len(problems) - 3} more" if len(problems) > 3 else "")
        said = f"{listed}\nThe other themes are used."
        self.announce(said, title="A theme was left out", severity="warning", timeout=10)

    # -- where it was left ---------------------------------------------------------------------------------------

    def write_remembered(self) -> None:
        """Write what is not written yet, at the end; a home that cannot be written to is nobody's trouble."""
        self.remembered.flush()
        if not self.remembered.writable:
            self.log.debug("what was remembered could not be written")

    def _left_at(self, mode: str) -> None:
        if mode in SCREEN_NAMES:
            self.remembered.put(UI, "screen", mode)

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


def _screen_of(panes: SplitPanes) -> str:
    return str(getattr(panes.screen, "NAME", "") or type(panes.screen).__name__)


def _split_name(panes: SplitPanes, layout: str) -> str:
    return f"split:{panes.id or type(panes.parent).__name__}:{layout}"
