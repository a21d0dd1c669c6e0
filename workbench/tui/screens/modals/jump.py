"""Jump mode: a letter on everything that can have the focus, and on every word that can be clicked.

Pressing one puts the focus there, or does what the click would; esc leaves it.

Knows no screen: it asks the one below which of its widgets are seen and can have the focus, and looks at what is drawn.
The bars at the top and the bottom name their own keys and get no letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Offset, Region, Size
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from workbench.tui.screens.modals.window import Window
from workbench.tui.widgets.chrome import FooterBar, TopBar

LETTERS = "asdfjklghqwertyuiopzxcvbnm"
"""In the order they are given out: the home row first."""
EMPTY = frozenset(" ─━│┃╭╮╰╯┏┓┗┛▔▁▏▕▌▐")  # what a letter may stand on without hiding a word
WIDE, SLIM = 3, 1  # cells of a letter on a part of the screen, and of one on a word


@dataclass(frozen=True, slots=True)
class Word:
    """A word that can be clicked: the action that a click runs, and the cells where it stands."""

    action: str
    region: Region


Target = Widget | Word


def targets(screen: Screen[Any]) -> list[tuple[str, Target]]:
    """What can be jumped to, from the top left to the bottom right, each with its letter; 26 at most."""
    found: list[Target] = [each for each in screen.focus_chain if each.is_on_screen and each.region.area]
    found += words(screen)[: max(len(LETTERS) - len(found), 0)]
    found.sort(key=lambda each: (each.region.y, each.region.x))
    return list(zip(LETTERS, found, strict=False))


def words(screen: Screen[Any]) -> list[Word]:
    """The words on the screen that can be clicked (``view.chrome.clickable``), as they are drawn."""
    bars = [bar.region for kind in (TopBar, FooterBar) for bar in screen.query(kind)]
    made: list[Word] = []
    for y, strip in enumerate(screen._compositor.render_strips()):
        if any(bar.y <= y < bar.bottom for bar in bars):
            continue
        x, open_word = 0, ""
        for text, style, _ in strip:
            action = str(style.meta.get("run", "")) if style is not None else ""
            width = cell_len(text)
            if action and action == open_word:
                made[-1] = Word(action, Region(made[-1].region.x, y, made[-1].region.width + width, 1))
            elif action and width:
                made.append(Word(action, Region(x, y, width, 1)))
            x, open_word = x + width, action
    return made


def places(screen: Screen[Any], found: Sequence[tuple[str, Target]]) -> list[Region]:
    """Where each letter stands: at the top left of what it is for, beside its title, never over another letter."""
    lines = [_cells(strip.text) for strip in screen._compositor.render_strips()]
    taken: set[Offset] = set()
    made: list[Region] = []
    for _, target in found:
        region = target.region.intersection(screen.region) if isinstance(target, Widget) else target.region
        spot = _beside(region, lines, taken) if isinstance(target, Widget) else _before(region, lines, taken)
        taken |= {Offset(x, spot.y) for x in range(spot.x, spot.right)}
        made.append(spot)
    return made


def _beside(region: Region, lines: Sequence[str], taken: set[Offset]) -> Region:
    """The first free cells of the first line where no word stands; else of any line; else its corner."""

    def free(x: int, y: int, blank: bool) -> bool:
        cells = [Offset(x + step, y) for step in range(WIDE)]
        row = lines[y] if y < len(lines) else ""
        return not any(cell in taken for cell in cells) and (not blank or set(row[x : x + WIDE]) <= EMPTY)

    rows, starts = range(region.y, min(region.bottom, region.y + 3)), range(region.x, region.right - WIDE + 1)
    spots = [(x, y) for y in rows for x in starts]
    for blank in (True, False):
        for x, y in spots:
            if free(x, y, blank):
                return Region(x, y, WIDE, 1)
    x = region.x
    while any(Offset(x + step, region.y) in taken for step in range(WIDE)) and x + 2 * WIDE <= len(lines[0]):
        x += WIDE
    return Region(max(min(x, len(lines[0]) - WIDE), 0), region.y, WIDE, 1)


def _before(region: Region, lines: Sequence[str], taken: set[Offset]) -> Region:
    """The blank before a word, or its first cell."""
    before = Offset(region.x - 1, region.y)
    blank = before.x >= 0 and lines[region.y][before.x] in EMPTY and before not in taken
    return Region(before.x if blank else region.x, region.y, SLIM, 1)


def _cells(text: str) -> str:
    """``text`` with as many characters as it has cells: a wide one counts twice."""
    return "".join(character * max(cell_len(character), 0) for character in text)


class Letter(Static):
    """One letter; a click on it jumps as well."""

    def __init__(self, letter: str, wide: bool) -> None:
        super().__init__(Content(f" {letter} " if wide else letter))
        self.letter = letter

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if isinstance(self.screen, JumpScreen):
            self.screen.jump(self.letter)


class JumpScreen(Window[Target]):
    """Answers the widget that is to have the focus, or the word that is to be clicked, or ``None``."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,apostrophe,enter", "close", "Back", show=False)]
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    JumpScreen { background: $background 40%; align: left top; }
    JumpScreen Letter {
        position: absolute; width: auto; height: 1; background: $accent; color: $background; text-style: bold;
    }
    """

    def __init__(self, below: Screen[Any]) -> None:
        super().__init__()
        self._below = below
        self._targets = targets(below)
        self._size_then: Size | None = None

    def compose(self) -> ComposeResult:
        for (letter, _), place in zip(self._targets, places(self._below, self._targets), strict=True):
            label = Letter(letter, place.width == WIDE)
            label.styles.offset = (place.x, place.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """A letter jumps; one that stands nowhere does nothing."""
        if len(event.key) == 1 and event.key.isalpha():
            event.stop()
            self.jump(event.key)

    def on_click(self, event: events.Click) -> None:
        """Anywhere: back."""
        event.prevent_default()  # what every window does with a click beside it
        self.action_close()

    def on_resize(self, event: events.Resize) -> None:
        """Widgets have moved: where the letters are is true no more."""
        if self._size_then is None:
            self._size_then = event.size
        elif event.size != self._size_then:
            self.action_close()

    def jump(self, letter: str) -> None:
        """Answer what has ``letter``."""
        target = dict(self._targets).get(letter)
        if target is not None:
            self.dismiss(target)

    def action_close(self) -> None:
        """Back, with the focus where it was."""
        self.dismiss(None)
