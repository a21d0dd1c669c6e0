"""A monkey at the keyboard: seeded random keys, clicks, pastes and resizes, and what must hold whatever it does.

It types faster than anybody: keys go into the application's queue in bunches, as they come out of a terminal, and only
between bunches, when every key of one was handled, does it look. Most bunches are blind: any key of the keyboard, each
as often as another. The others press what means something where it is, so that it comes everywhere. :class:`Monkey`
knows nothing of single screens: what it presses comes from the registry of actions, and what it looks at is true of
every screen. A failure names the seed and the last keys.
"""

from __future__ import annotations

import asyncio
import random
import sys
import threading
import time
import traceback
from collections import deque
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.geometry import Size
from textual.keys import REPLACED_KEYS, _character_to_key
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import ModalScreen
from textual.widgets import Button, Input, TextArea

from workbench.tui.actions import REGISTRY, SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.base import WorkbenchScreen
from workbench.tui.screens.modals.error import ErrorScreen

BUNCH = 40  # keys between two looks
KNOWING = 1 / 4  # of the bunches press what means something
HANGS = 60.0  # seconds for what a bunch of keys sets off
PATIENCE = 60  # looks at what follows by itself, a twentieth of a second apart
DEEPEST = 6  # windows over one another
SIZES = ((80, 24), (120, 40), (100, 30), (60, 15), (40, 10), (33, 7), (200, 60), (5, 3))
MOVES = ("up", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab", "shift+tab", "space", "backspace")
WRITTEN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,;:'\"/?!+-=[](){}<>@#$%^&*_`~|\\"
KEYBOARD = (
    *WRITTEN,
    *"0123456789",
    *MOVES,
    *("enter", "escape", "delete", "insert"),
    *(f"f{number}" for number in range(1, 13)),
    *(f"{held}+{letter}" for held in ("ctrl", "alt") for letter in "abcdefghijklmnoprstuvwxyz"),
    *(f"{held}+{way}" for held in ("shift", "ctrl", "alt") for way in ("up", "down", "left", "right", "home", "end")),
)
"""Every key that a terminal can send, but for those that would leave."""
PASTES = (
    "Nobody may share [red]addresses[/red].\n",
    "forbid (principal, action, resource) when { context.amount > 5 };\n",
    "a\x1b[31m\x9b2J\u202egnp.exe\u200b\x07 \x00",
    "\n" * 30,
    "😀e\u0301\u0301\u0301 漢字\t" * 40,
    "x" * 5_000,
)
POLLED = frozenset({"poll", "overview", "tick", "storm", "find"})  # asked again and again while it is in front
LEAVING = frozenset({"ctrl+q"})


class Monkey:
    """Presses keys on a running application and looks whether it still stands."""

    def __init__(self, pilot: Pilot[None], seed: int) -> None:
        self.pilot = pilot
        self.app: WorkbenchApp = pilot.app  # type: ignore[assignment]
        self.seed = seed
        self.dice = random.Random(seed)
        self.pressed: deque[str] = deque(maxlen=30)
        self.count = 0
        self.knowing = True
        self.visits: dict[str, int] = {}

    # -- pressing ------------------------------------------------------------------------------------------------

    def _keys_of_actions(self) -> tuple[str, ...]:
        """Keys that mean something here: of the screen in front, of its focus, of everywhere."""
        found = {key for _, binding, *_ in self.app.screen.active_bindings.values() for key in (binding.key,)}
        found |= {key for action in REGISTRY.of(self.app.current_mode) for key in action.keys}
        return tuple(sorted(found - LEAVING))

    def choose(self) -> tuple[str, Any]:
        """What to do next: ``key``, ``paste``, ``click``, ``wheel`` or ``resize``, and with what."""
        dice = self.dice
        roll = dice.random()
        if not self.knowing and roll < 0.93:
            return "key", dice.choice(KEYBOARD)
        if roll < 0.30:
            return "key", dice.choice(self._meant or ("tab",))
        if roll < 0.315:
            return "key", str(dice.randint(1, 9))
        if roll < 0.325:
            return "key", "ctrl+o"
        if roll < 0.52:
            return "key", dice.choice(WRITTEN)
        if roll < 0.72:
            return "key", dice.choice(MOVES)
        if roll < 0.79:
            return "key", "enter"
        if roll < 0.87:
            return "key", "escape"
        if roll < 0.89:
            return "key", f"f{dice.randint(1, 12)}"
        if roll < 0.93:
            return "key", f"ctrl+{dice.choice('abcdefghijklmnoprstuvwxyz')}"
        if roll < 0.94:
            return "paste", dice.choice(PASTES)
        width, height = self.app.size
        place = dice.randrange(max(width, 1)), dice.randrange(max(height, 1))
        if roll < 0.975:
            return "click", place
        if roll < 0.9985:
            return "wheel", (*place, dice.choice((-1, 1)))
        return "resize", dice.choice(SIZES)

    def do(self, what: str, with_: Any) -> None:
        """Put it into the application's queue, as the terminal's driver does."""
        self.pressed.append(with_ if what == "key" else f"{what} {with_!r:.40}")
        match what:
            case "key":
                key = with_ if len(with_) > 1 else _character_to_key(with_)
                char = with_ if len(with_) == 1 else {"space": " ", "enter": "\r", "tab": "\t"}.get(with_)
                self._send(events.Key(REPLACED_KEYS.get(key, key), char))
            case "paste":
                self._send(events.Paste(with_))
            case "click":
                self._send(self._mouse(events.MouseDown, *with_))
                self._send(self._mouse(events.MouseUp, *with_))
            case "wheel":
                x, y, way = with_
                self._send(self._mouse(events.MouseScrollDown if way > 0 else events.MouseScrollUp, x, y))
            case _:
                size = Size(*with_)
                self.app._driver._size = size  # type: ignore[union-attr]
                self._send(events.Resize(size, size))

    def _mouse(self, kind: type[events.MouseEvent], x: int, y: int) -> events.MouseEvent:
        return kind(None, x, y, 0, 0, 1, False, False, False, x, y)

    def _send(self, event: events.Event) -> None:
        event.set_sender(self.app)
        self.app.post_message(event)

    async def play(self, keys: int) -> None:
        """So many keys, with a look after each bunch."""
        while keys > 0:
            self._meant, self.knowing = self._keys_of_actions(), self.dice.random() < KNOWING
            for _ in range(min(BUNCH, keys)):
                self.do(*self.choose())
                self.count += 1
                keys -= 1
                if self.dice.random() < 0.1:
                    await asyncio.sleep(0)
            await self.rest()
            await self.look()
            if self.dice.random() < 0.05:
                await self.lead_out()

    async def rest(self) -> None:
        """Until every key was handled and what followed from it."""
        for _ in range(2):
            try:
                await self.pilot._wait_for_screen()
            except WaitForScreenTimeout:
                self.complain(f"it hangs; what runs:\n{self.waiting()}")
            await asyncio.sleep(0)
        asked = time.monotonic()
        while self.app.keys_waiting:
            if time.monotonic() - asked > HANGS:
                self.complain(f"it hangs with {self.app.keys_waiting} keys to come; what runs:\n{self.waiting()}")
            await asyncio.sleep(0.005)

    async def lead_out(self) -> None:
        """Escape, pressed often enough, leads back to a screen without a window over it."""
        for turn in range(PATIENCE):
            if len(self.app.screen_stack) == 1:
                return
            self.do("key", "escape")
            await self.rest()
            await asyncio.sleep(0.05 if turn > DEEPEST else 0)  # some save first what was written in them
        self.complain(f"escape does not lead out of {self.app.screen_stack}")

    # -- looking -------------------------------------------------------------------------------------------------

    def complain(self, what: str) -> None:
        """Fail, with what is needed to do it again."""
        pressed = " · ".join(self.pressed)
        raise AssertionError(f"{what}\nseed {self.seed}, after {self.count} keys: {pressed}\n{self.drawn()}")

    def waiting(self) -> str:
        """Where the threads are that take the time, and what the tasks wait for that wait for no message."""
        stacks = [traceback.extract_stack(frame)[-25:] for frame in sys._current_frames().values()]
        said = [
            " > ".join(f"{place.filename.rpartition('/')[2]}:{place.lineno}" for place in stack) for stack in stacks
        ]
        for task in asyncio.all_tasks():
            chain, step = [], task.get_coro()
            while (frame := getattr(step, "cr_frame", None)) is not None:
                chain.append(f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {frame.f_code.co_name}")
                step = step.cr_await  # type: ignore[union-attr]
            if chain and not chain[-1].startswith(("queues.py", "tasks.py", "message_pump.py:649")):
                said.append(" > ".join(chain))
        return "\n".join(said)

    def drawn(self) -> str:
        """The screen as text."""
        return "\n".join(strip.text for strip in self.app.screen._compositor.render_strips())

    async def look(self) -> None:
        """Everything that must hold between two bunches of keys.

        What follows the keys by itself (the focus of a list that is being filled, the footer) may come a moment later.
        """
        app = self.app
        if not app.is_running or app._exit:
            self.complain("it ended")
        if app._exception is not None:
            self.complain(f"it failed: {app._exception!r}")
        for screen in app.screen_stack:
            if isinstance(screen, ErrorScreen):
                self.complain(f"an error is shown: {screen.problem.text()}")
        self._look_at_stack()
        for patience in range(PATIENCE, -1, -1):
            odd = self._odd_focus() or self._odd_strips() or self._odd_footer()
            if not odd:
                break
            if not patience:
                self.complain(odd)
            await asyncio.sleep(0.05)
            await self.rest()
        self.visits[app.current_mode] = self.visits.get(app.current_mode, 0) + 1

    def _look_at_stack(self) -> None:
        stack, mode = self.app.screen_stack, self.app.current_mode
        base = [screen for screen in stack if isinstance(screen, WorkbenchScreen)]
        if mode not in SCREEN_NAMES or base != stack[:1] or mode != base[0].NAME:
            self.complain(f"mode {mode} has the screens {stack}")
        if not all(isinstance(screen, ModalScreen) for screen in stack[1:]):
            self.complain(f"not only windows lie over the screen: {stack}")
        if len(stack) - 1 > DEEPEST:
            self.complain(f"{len(stack) - 1} windows lie over one another: {stack}")

    def _odd_focus(self) -> str:
        focused = self.app.screen.focused
        if focused is None or focused.screen.has_class("-tiny"):  # what is too small says so, and shows nothing else
            return ""
        # an empty list makes room for the words that say why it is empty, and may keep the focus meanwhile
        takes_text = isinstance(focused, Input | TextArea | Button)
        hidden = [each for each in focused.ancestors_with_self if not each.display] if takes_text else []
        if not focused.is_attached or focused.screen is not self.app.screen or hidden or focused.is_disabled:
            return f"the focus is on {focused!r}, hidden by {hidden}"
        return ""

    def _odd_strips(self) -> str:
        width, height = self.app.size
        strips = self.app.screen._compositor.render_strips()
        if len(strips) != height:
            return f"{len(strips)} lines are drawn on a screen of {height}"
        for number, strip in enumerate(strips):
            if cell_len(strip.text) != width:
                return f"line {number} has {cell_len(strip.text)} cells of {width}: {strip.text!r}"
        return ""

    def _odd_footer(self) -> str:
        from workbench.tui.widgets.chrome import FooterBar

        screen = self.app.screen
        if not isinstance(screen, WorkbenchScreen):
            return ""
        if not screen.query(FooterBar):
            return f"{screen} is not built"
        offered, now = screen.query_one(FooterBar).actions, screen.hints_now()
        for action in offered:
            if not screen.is_possible(action):
                return f"the footer offers `{action.id}`, which cannot be done now"
        if [*offered] != now:
            return f"the footer offers {[each.id for each in offered]}, and what can be done is {[e.id for e in now]}"
        return ""

    def screens(self) -> dict[str, WorkbenchScreen]:
        """The screens that were built, by name."""
        return {screen.NAME: screen for screen in self.app._base_screens()}

    async def see_all(self) -> None:
        """Every screen once, at a size where each has room."""
        self.do("resize", (100, 30))
        for name in SCREEN_NAMES:
            await self.app.goto(name)
            await self.rest()
            await self.lead_out()  # of a window that was left here when another screen came to the front
            await self.look()

    async def settle(self) -> None:
        """Until no service is asked any more and nothing waits to be saved, or for half a minute."""
        for _ in range(600):
            busy = any(screen.__dict__.get("_busy", set()) - POLLED for screen in self.screens().values())
            if not busy and not any(screen.unsaved() for screen in self.screens().values()):
                return
            await asyncio.sleep(0.05)
            await self.rest()

    def tasks(self) -> tuple[int, int]:
        """Tasks of the loop, and threads."""
        return len(asyncio.all_tasks()), threading.active_count()
