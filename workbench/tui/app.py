"""The terminal application: modes, global actions, theme and error policy. No domain logic.

Nothing heavy is imported before the first paint: the workspace is opened in a thread, by modules imported there.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.message_pump import active_message_pump  # type: ignore[attr-defined]
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

from workbench.tui import clipboard, opening
from workbench.tui.actions import GLOBAL, SCREEN_NAMES, bindings_for
from workbench.tui.hints import hinted
from workbench.tui.key_order import KeyOrder
from workbench.tui.keyboard import Keyboard
from workbench.tui.lanes import in_lane
from workbench.tui.looks import Looks
from workbench.tui.mends import mend
from workbench.tui.outbox import Outbox
from workbench.tui.places import Places
from workbench.tui.playing import PlayerLike, next_pace, said_of, toggle, trouble
from workbench.tui.recovering import recover
from workbench.tui.remembered import Remembered
from workbench.tui.screens import load_screen_class
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.error import ErrorScreen, Problem
from workbench.tui.slow_lines import SlowLines
from workbench.tui.styling import KeptStylesheet
from workbench.tui.theme_files import LoadedThemes
from workbench.tui.theming import fallback_variables
from workbench.tui.touring import Touring
from workbench.tui.view.alerts import alerts_of
from workbench.tui.view.chrome import Chrome
from workbench.tui.view.groups import storm_word
from workbench.tui.view.signs import learn

if TYPE_CHECKING:
    from workbench.service.clock import Clock
    from workbench.service.deliverer import Deliverer
    from workbench.service.group_views import Storm
    from workbench.service.views import Status
    from workbench.service.workspace import Workspace

BESIDE = frozenset((
    "goto", "leader", "keys", "help", "themes", "command_palette", "overlays", "norms", "add_norm", "acknowledge",
    "export", "tour", "tour_next", "tour_back",
))  # what is not done under a window that waits for an answer  # fmt: skip
SURVIVED_ERRORS = 20  # failures of widgets that are shown before one ends the program


class WorkbenchApp(Places, Looks, Keyboard, KeyOrder, Touring, SlowLines, App[None]):
    """The nine screens over one workspace.

    ``location`` is the workspace's folder (``None``: the default one). With ``demo`` the sample swarm is opened there
    and recorded actions are played. ``open_workspace`` and ``player`` replace how those two are made (in a thread).
    ``theme`` and ``screen`` win over what is ``remembered``; by default that is the user's own file. ``tour``: see
    ``touring``.
    """

    TITLE = "Constitution Workbench"
    CSS_PATH = Path(__file__).with_name("app.tcss")  # absolute, so that a subclass elsewhere finds it
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {}
    DEFAULT_MODE = "overview"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS = bindings_for(GLOBAL)
    CLOSE_TIMEOUT = 3.0

    def __init__(
        self,
        location: Path | str | None = None,
        *,
        demo: bool = False,
        theme: str | None = None,
        clock: Clock | None = None,
        player: PlayerLike | Callable[[Workspace], PlayerLike] | None = None,
        open_workspace: Callable[[], Workspace] | None = None,
        themes: LoadedThemes | None = None,
        remembered: Remembered | None = None,
        screen: str | None = None,
        tour: bool | None = None,
    ) -> None:
        where = None if location is None else Path(location)
        self.remembered = Remembered.of(where, demo=demo) if remembered is None else remembered
        self.DEFAULT_MODE = self.first_screen(screen)  # type: ignore[misc]  # read by the next line
        super().__init__()
        mend()
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.location = where
        self.demo = demo
        self.tour_wanted = tour
        self.clock = clock
        self.workspace: Workspace | None = None
        self.status: Status | None = None
        self.storm: Storm | None = None
        self.player: PlayerLike | None = None
        self.deliverer: Deliverer | None = None
        self.outbox = Outbox()
        self._make_player = player
        self._open_workspace = open_workspace
        self._asking_status = False
        self._painted = False
        self._survived = 0
        self._trouble = ""
        for name in SCREEN_NAMES:
            self.add_mode(name, partial(self._build_screen, name))
        self.set_up_looks(theme, themes)
        self.read_keys()

    # -- life ----------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        # not on Windows, nor in a thread
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError, AttributeError):
            # sent from outside; ctrl+c at the keyboard is a key. SIGHUP: the terminal is gone
            for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(name, self.exit)
        self.looks_mounted()
        self.call_after_refresh(self._after_first_paint)

    def _after_first_paint(self) -> None:
        if self._painted:
            return
        self._painted = True
        self.open_workspace()
        self.check_keys()
        self.set_interval(1.0, self._tick)

    def open_workspace(self) -> None:
        """Open (or try again to open) the workspace in a thread; then start the player."""

        def work() -> None:
            try:
                workspace = self._open()
                learn(workspace.agents.registered())
                player, deliverer = self._player_for(workspace), opening.deliverer(workspace)
            except Exception as error:
                self.call_later(self._opening_failed, error)
            else:
                self.call_later(self._opened, workspace, player, deliverer)

        in_lane(self, work, "open")

    def _open(self) -> Workspace:
        if self._open_workspace is not None:
            return self._open_workspace()
        return opening.open_workspace(self.location, self.clock, demo=self.demo)

    def _player_for(self, workspace: Workspace) -> PlayerLike | None:
        if callable(self._make_player):
            return self._make_player(workspace)
        if self._make_player is not None or not self.demo:
            return self._make_player
        return opening.demo_player(workspace, self.clock)

    def _opened(self, workspace: Workspace, player: PlayerLike | None, deliverer: Deliverer) -> None:
        self.workspace, self.player, self.deliverer = workspace, player, deliverer
        if player is not None:
            player.start()
        deliverer.start()
        self._tick()
        for screen in self._base_screens():
            screen.tell_ready()
        self.tour_opened()
        recover(self, workspace)
        gc.collect()  # what lives now lives to the end: long collections would stall the feed
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)

    def _opening_failed(self, error: Exception) -> None:
        problem = Problem.of(error, "The workspace could not be opened")
        self.push_screen(ErrorScreen(problem, retry="Try again", closable=False), self._opening_answered)

    def _opening_answered(self, again: bool | None) -> None:
        if again:
            self.open_workspace()

    def _build_screen(self, name: str) -> Screen[Any]:
        kind = load_screen_class(name)
        self.take_keys()
        return kind()

    def _base_screens(self) -> list[WorkbenchScreen]:
        stacks = list(self._screen_stacks.values())
        return [stack[0] for stack in stacks if stack and isinstance(stack[0], WorkbenchScreen)]

    @property
    def front(self) -> WorkbenchScreen | None:
        """The mode's own screen, also when a window lies over it."""
        stack = self._screen_stacks.get(self.current_mode, [])
        return stack[0] if stack and isinstance(stack[0], WorkbenchScreen) else None

    # -- every second --------------------------------------------------------------------------------------------

    def look_now(self) -> None:
        """Ask how things stand at once, instead of within a second: after something was done."""
        self._tick()

    def _tick(self) -> None:
        workspace = self.workspace
        if workspace is None or self._asking_status:
            return
        self._asking_status = True

        def work() -> None:
            try:
                activated = tuple(workspace.tick())
                learn(workspace.agents.registered())
                status, storm = workspace.status(), workspace.groups.storm()
            except Exception as error:
                self.call_later(self._tick_failed, error)
            else:
                self.call_later(self._ticked, status, storm, tuple(version.version for version in activated))

        in_lane(self, work, "tick")

    def _ticked(self, status: Status, storm: Storm | None, activated: tuple[str, ...]) -> None:
        self._asking_status = False
        self._say_once(trouble(self.player))
        if said := self.outbox.look(self.deliverer):
            self.announce(said, title="Notices", severity="warning", timeout=8)
        self.status, self.storm = status, storm
        for version in activated:
            self.announce(f"{version} is in force", title="Constitution")
        self._chrome_everywhere()
        if self.front is not None:
            self.front.second_passed(status, anew=bool(activated))
            self.tour_tick(status)

    def _tick_failed(self, error: Exception) -> None:
        self._asking_status = False
        self._say_once(error)

    def _say_once(self, error: Exception | None) -> None:
        said, self._trouble = self._trouble, "" if error is None else str(error)
        if error is not None and self._trouble != said:  # not every second
            self.report(error)

    def chrome(self, active: str) -> Chrome:
        """The top bar's facts for the screen called ``active``."""
        player = said_of(self.player)
        status = self.status
        if status is None:
            return Chrome(active, "DEMO" if self.demo else "", "", "", player)
        return Chrome(
            active,
            status.badge,
            status.version.version,
            status.version.digest,
            "  ".join(word for word in (self.outbox.word, player) if word),
            status.open_proposals,
            alerts_of(status),
            status.now,
            "" if self.storm is None or active == "live" else storm_word(self.storm),  # Live says it below, with more
        )

    # -- the player ----------------------------------------------------------------------------------------------

    def toggle_player(self) -> None:
        """Pause or resume the recorded actions; begin again when all were played."""
        if self.player is None:
            self.notify("Nothing is being played: decisions come from your own agents.")
        else:
            toggle(self.player)
            self._chrome_everywhere()

    def change_pace(self, steps: int) -> None:
        """Play faster or slower by so many steps of ``playing.PACES``."""
        if self.player is None:
            self.notify("Nothing is being played: there is no pace to change.")
        else:
            self.player.set_pace(next_pace(self.player.pace, steps))
            self._chrome_everywhere()

    def _chrome_everywhere(self) -> None:
        if self.front is not None:
            self.front.show_chrome()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Screens are not switched, nor windows stacked, under a window that waits for an answer."""
        if action in ("tour_next", "tour_back") and not self.touring:
            return False
        if action in BESIDE:
            return not isinstance(self.screen, ModalScreen)
        return super().check_action(action, parameters)

    # -- leaving -------------------------------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Quit; asks first when a screen holds something that is not saved."""
        unsaved = [text for screen in self._base_screens() if (text := screen.unsaved())]
        if not unsaved:
            self._leave(True)
            return
        from workbench.tui.screens.modals.confirm import ConfirmScreen

        question = ConfirmScreen("Leave the workbench?", "; ".join(unsaved), yes="Leave", no="Stay")
        self.push_screen(question, self._leave)

    def action_quit(self) -> Any:  # Textual's own name for it, also used by its palette
        """Quit as ``leave`` does."""
        self.action_leave()

    def action_help_quit(self) -> None:
        """Ctrl+C copies what is selected and never quits."""
        self.notify(hinted("ctrl+q leaves; ctrl+c copies what is selected", "overview"), title="Still here")

    def _leave(self, sure: bool | None) -> None:
        if sure:
            self.exit()

    async def on_unmount(self) -> None:
        """Stop what runs, then close the workspace; whatever fails here, the terminal is given back."""
        self.write_remembered()
        ends = ((self.player, "stop"), (self.deliverer, "stop"), (self.workspace, "close"))
        for end in (getattr(it, name, None) for it, name in ends):
            if end is None:
                continue
            try:
                end()
            except Exception as error:
                self.log.error(type(error).__name__)

    # -- errors --------------------------------------------------------------------------------------------------

    def report(self, error: Exception) -> None:
        """Say what went wrong: a toast for what the service understood, a window with the details for anything else."""
        from workbench.service.errors import WorkbenchError

        if isinstance(error, WorkbenchError):
            lines = [text for text in (error.detail, error.hint) if text]
            self.notify("\n".join(lines) or error.code, title=error.title, severity="error", timeout=8, markup=False)
            return
        self.log.error("".join(traceback.format_exception(error)))
        there = self._screen_stacks.get(self.current_mode)  # none while it ends
        if there and not isinstance(there[-1], ErrorScreen):
            self.push_screen(ErrorScreen(Problem.of(error, "Something failed that should not have")))

    def _handle_exception(self, error: Exception) -> None:
        """Textual ends the program when a widget's handler raises; ours shows it while there are screens to go back to.

        What fails in the app's own task, or again and again, still ends it: better than a window that hangs.
        """
        failing = active_message_pump.get(None)
        if isinstance(failing, Widget) and self._painted and self._survived < SURVIVED_ERRORS:
            self._survived += 1
            self.call_later(self.report, error)
        else:
            super()._handle_exception(error)

    async def run_action(self, *args: Any, **kwargs: Any) -> bool:
        """A key whose action raises shows the error; what was typed stays."""
        try:
            return await super().run_action(*args, **kwargs)
        except Exception as error:
            self.report(error)
            return True

    def copy(self, text: str) -> None:
        """Copy ``text`` by the route that works here, and say which it was."""
        self.notify(clipboard.copy(self, text), markup=False)

    # -- looks ---------------------------------------------------------------------------------------------------

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our variables for themes that are not ours."""
        return fallback_variables(self.current_theme)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[Any]:
        """None: the palette is made from the registry alone."""
        del screen
        return ()
