"""Three ways to go the same journey: the keyboard and the mouse of a pilot, and the keyboard of a real terminal.

A journey names what a person does (open a screen, a row, fill in a field, press a button) and what must be seen then;
each hand does it in its own way, and knows of the program only what is on the screen.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from rich.cells import cell_len
from textual.keys import _character_to_key
from textual.pilot import Pilot

from tests.tui.real_terminal import LOADED, RealTerminal
from workbench.service.clock import Clock, SystemClock
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered

CURSOR = "▸"
MOST = 80  # key presses to get to anything


class Hand(ABC):
    """Somebody before the screens. ``clock`` is the one that the program sees; a real one passes by itself."""

    clock: Clock

    @abstractmethod
    def screen(self) -> str:
        """What is on the screen now."""

    @abstractmethod
    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before was answered."""

    @abstractmethod
    async def type(self, text: str) -> None:
        """Type a text where the cursor is."""

    @abstractmethod
    async def pause(self) -> None:
        """Let the program work for a moment."""

    @abstractmethod
    def field(self) -> str:
        """The row with the field that has the focus."""

    async def meanwhile(self, seconds: float) -> None:
        """So much time passes."""
        advance = getattr(self.clock, "advance", None)
        if advance is not None:
            advance(seconds)

    async def holds(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is true."""
        for _ in range(int(LOADED * 2 / 0.1)):
            if true():
                return
            await self.pause()
        raise AssertionError(f"{what} never came:\n{self.screen()}")

    async def sees(self, *words: str, gone: str = "") -> str:
        """Wait until all ``words`` are on the screen at once, and ``gone`` is not; what is on it then, unwrapped."""

        def there() -> bool:
            shown = self.screen()
            return all(word in shown or word in flat(shown) for word in words) and not (gone and gone in shown)

        await self.holds(there, f"{words}" + (f" without `{gone}`" if gone else ""))
        return self.screen()

    def row_of(self, words: str) -> int:
        """The number of the first row with ``words``; -1 where none has."""
        rows = self.screen().split("\n")
        return next((number for number, row in enumerate(rows) if words in row), -1)

    async def _page_on(self) -> None:
        """A page on, once it is drawn: a key pressed before would turn a page that nobody has seen."""
        before = self.screen()
        await self.press("pagedown")
        for _ in range(30):  # at the end of the text nothing changes
            await self.pause()
            if self.screen() != before:
                await self.pause()
                return

    async def reads(self, *words: str) -> None:
        """Find ``words`` in a text that may be longer than the screen, from where it stands downwards."""
        for _ in range(MOST // 4):
            if all(word in self.screen() or word in flat(self.screen()) for word in words):
                return
            await self._page_on()
        raise AssertionError(f"{words} stand nowhere:\n{self.screen()}")

    # -- what a person does, with the keys; the mouse has its own ways -------------------------------------------

    async def go(self, screen: str) -> None:
        """Open one of the nine screens."""
        await self.press(str(SCREEN_NAMES.index(screen) + 1))

    async def act(self, key: str, title: str) -> None:
        """Do what the footer offers as ``key title``."""
        await self.sees(f"{shown(key)} {title}")
        await self.press(key)

    async def leave(self) -> None:
        """Leave the editor, or what is open, as the footer says."""
        await self.sees("esc ")
        await self.press("escape")

    async def view(self, name: str, key: str, presses: int = 1) -> None:
        """Show another view of the screen: by its key, so many times, or by its name on the bar."""
        del name
        for _ in range(presses):
            await self.press(key)

    async def hidden(self, key: str, name: str) -> None:
        """Do what no footer offers: by its key (the mouse finds it by ``name`` in the palette)."""
        del name
        await self.press(key)

    async def row(self, words: str) -> None:
        """Put a list's cursor on the row with ``words``."""
        await self.sees(words)
        for _ in range(MOST):
            rows = self.screen().split("\n")
            if any(CURSOR in row and words in row for row in rows):
                return
            at, wanted = self.row_of(CURSOR), next((n for n, row in enumerate(rows) if words in row), -1)
            await self.press("up" if wanted < at else "down")
        raise AssertionError(f"no way to `{words}`:\n{self.screen()}")

    async def open(self, words: str) -> None:
        """Open the row with ``words``."""
        await self.row(words)
        await self.press("enter")

    async def fill(self, label: str, text: str, *, hidden: bool = False) -> None:
        """In a window: type ``text`` into the field beside ``label``."""
        await self.reach(label, lambda: label in self.field())
        await self.type(text)
        written = "•" * len(text) if hidden else text
        await self.holds(lambda: written[-20:] in self.field(), f"`{written}` in its field")

    async def reach(self, what: str, reached: Callable[[], bool]) -> None:
        """Press tab until the focus is there."""
        for _ in range(MOST):
            if reached():
                return
            await self.press("tab")
        raise AssertionError(f"no way to `{what}`:\n{self.screen()}")

    async def write(self, text: str) -> None:
        """Write into the editor that has the focus."""
        await self.type(text)

    async def answer(self, button: str, *keys: str) -> None:
        """In a window: press a button, which for the keyboard means these ``keys``."""
        del button
        await self.press(*keys)


def flat(screen: str) -> str:
    """A screen with its line breaks, and the frames beside them, undone: for sentences that are wrapped."""
    rows = [re.sub(r"[│▌▁▂▃▄▅▆▇█]", " ", row) for row in screen.split("\n")]
    return " ".join(" ".join(rows).split())


def shown(key: str) -> str:
    """A key as the footer shows it."""
    return {"escape": "esc", "slash": "/", "colon": ":", "enter": "enter", "full_stop": "."}.get(
        key, key.upper() if len(key) == 2 else key
    )


class Keys(Hand):
    """The keyboard of a pilot."""

    def __init__(self, pilot: Pilot[None], clock: Clock) -> None:
        self.pilot, self.clock = pilot, clock

    def screen(self) -> str:
        return "\n".join(strip.text.rstrip() for strip in self.pilot.app.screen._compositor.render_strips())

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.pilot.press(key)
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        await self.pilot.press(*(_character_to_key(char) for char in text))

    async def pause(self) -> None:
        await self.pilot.pause(0.1)

    def field(self) -> str:
        focused = self.pilot.app.focused
        rows = self.screen().split("\n")
        return rows[focused.region.y] if focused is not None and 0 <= focused.region.y < len(rows) else ""


class Mouse(Keys):
    """The mouse of a pilot; letters are typed only where a text is wanted."""

    async def click(self, words: str, *, row: int | None = None) -> None:
        """Click the first place where ``words`` stand (in ``row`` only, where given; from below if negative)."""
        await self.sees(words)
        rows = self.screen().split("\n")
        for number in range(len(rows)) if row is None else [row % len(rows)]:
            at = rows[number].find(words)
            if at >= 0:
                await self.pilot.click(offset=(cell_len(rows[number][:at]) + min(1, len(words) - 1), number))
                await self.pilot.pause()
                return
        raise AssertionError(f"`{words}` is nowhere to be clicked:\n{self.screen()}")

    async def go(self, screen: str) -> None:
        await self.click(screen.capitalize(), row=1)

    async def act(self, key: str, title: str) -> None:
        await self.click(f"{shown(key)} {title}", row=-1)

    async def leave(self) -> None:
        await self.click("esc ", row=-1)

    async def view(self, name: str, key: str, presses: int = 1) -> None:
        await self.click(name, row=2)

    async def hidden(self, key: str, name: str) -> None:
        await self.click("ctrl+p Palette", row=-1)
        await self.type(name)
        await self.sees(f"{name}  (")
        await self.press("enter")

    async def row(self, words: str) -> None:
        await self.click(words)

    async def open(self, words: str) -> None:
        await self.click(words)
        await self.pause()
        if CURSOR in self.screen() and self.row_of(CURSOR) == self.row_of(words):
            await self.click(words)  # a first click may only have put the cursor there

    async def fill(self, label: str, text: str, *, hidden: bool = False) -> None:
        await self.sees(label)
        rows = self.screen().split("\n")
        number = next(n for n, row in enumerate(rows) if re.search(rf"│\s*{re.escape(label)}\s", row))
        await self.pilot.click(offset=(cell_len(rows[number][: rows[number].index(label)]) + 16, number))
        await self.holds(lambda: label in self.field(), f"the focus in `{label}`")
        await self.type(text)

    async def reach(self, what: str, reached: Callable[[], bool]) -> None:
        await self.click(what)
        await self.holds(reached, f"the focus in `{what}`")

    async def answer(self, button: str, *keys: str) -> None:
        del keys
        await self.sees(button)
        rows = self.screen().split("\n")
        number = max(n for n, row in enumerate(rows[:-1]) if button in row)  # the last one is the footer
        await self.pilot.click(offset=(cell_len(rows[number][: rows[number].rindex(button)]) + 1, number))
        await self.pilot.pause()


class Terminal(Hand):
    """The keyboard of a real terminal."""

    def __init__(self, terminal: RealTerminal) -> None:
        self.terminal, self.clock = terminal, SystemClock()

    def screen(self) -> str:
        return self.terminal.screen.text()

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.terminal.press({"slash": "/", "colon": ":", "full_stop": ".", "comma": ","}.get(key, key))

    async def type(self, text: str) -> None:
        self.terminal.type(text)
        await self.pause()

    async def pause(self) -> None:
        assert self.terminal.child.poll() is None, f"it ended:\n{self.screen()}"
        self.terminal.read(0.1)

    def field(self) -> str:
        return self.terminal.screen.cursor_row


@asynccontextmanager
async def before_the_screens(hand: str, place: Path, clock: Clock) -> AsyncIterator[Hand]:
    """Somebody sits down before the workspace at ``place``: ``keys-80x24``, ``mouse-120x40``, ``terminal-80x24`` …"""
    kind, _, size = hand.partition("-")
    columns, rows = map(int, size.split("x"))
    if kind == "terminal":
        terminal = RealTerminal(["open", str(place)], columns, rows)
        try:
            yield Terminal(terminal)
            terminal.press("escape", "ctrl+q")
            assert terminal.finish() == 0, terminal.screen.text()
        finally:
            terminal.close()
        return
    app = WorkbenchApp(place, clock=clock, remembered=Remembered())
    async with app.run_test(size=(columns, rows)) as pilot:
        yield (Mouse if kind == "mouse" else Keys)(pilot, clock)
