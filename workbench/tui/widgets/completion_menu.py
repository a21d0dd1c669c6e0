"""A menu of completions under the caret. It never has the focus: the editor asks it about keys while it is open.

Knows no service: items come in, a choice goes out.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.events import Click
from textual.geometry import Offset
from textual.message import Message
from textual.widgets import Static

from workbench.authoring.offers import Completions, Item
from workbench.tui.view.plain import visible

_MOST_TEXT, _MOST_DETAIL = 38, 30
KEYS = ("tab", "enter", "escape", "up", "down")


class CompletionMenu(Static):
    """Hidden until :meth:`open`."""

    DEFAULT_CSS = """
    CompletionMenu {
        display: none;
        overlay: screen;
        constrain: inside inflect;
        width: auto;
        height: auto;
        max-height: 10;
        background: $panel;
        color: $ink;
        border-left: outer $primary;
        padding: 0 1 0 0;
    }
    CompletionMenu.-open { display: block; }
    """

    class Taken(Message):
        """A completion was chosen: ``item`` replaces the range of ``completions``."""

        def __init__(self, completions: Completions, item: Item) -> None:
            super().__init__()
            self.completions = completions
            self.item = item

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._completions = Completions(0, 0)
        self._index = 0

    @property
    def is_open(self) -> bool:
        """Whether it is shown."""
        return self.has_class("-open")

    @property
    def items(self) -> Sequence[Item]:
        """What is offered now."""
        return self._completions.items if self.is_open else ()

    def open(self, completions: Completions, caret: Offset) -> None:
        """Offer ``completions`` below ``caret``, a place on the screen; nothing to offer closes it."""
        if not completions.items:
            self.close()
            return
        self._completions, self._index = completions, 0
        self.absolute_offset = Offset(max(caret.x - 2, 0), caret.y + 1)
        self._draw()
        self.add_class("-open")
        self.refresh(layout=True)

    def close(self) -> None:
        """Offer nothing; every key is the editor's again."""
        self.remove_class("-open")

    def take_key(self, key: str) -> bool:
        """Whether ``key`` was for the menu."""
        if not self.is_open or key not in KEYS:
            return False
        if key == "escape":
            self.close()
        elif key in ("up", "down"):
            self._index = (self._index + (1 if key == "down" else -1)) % len(self._completions.items)
            self._draw()
        else:
            self._take(self._index)
        return True

    def on_click(self, event: Click) -> None:
        """A row is clicked."""
        event.stop()
        if self.is_open and 0 <= event.y < len(self._completions.items):
            self._take(event.y)

    def _take(self, index: int) -> None:
        completions = self._completions
        self.close()
        self.post_message(self.Taken(completions, completions.items[index]))

    def _draw(self) -> None:
        items = self._completions.items
        wide = min(max(len(item.text) for item in items), _MOST_TEXT)
        lines = []
        for number, item in enumerate(items):
            sign = "▸" if number == self._index else " "
            name = _cut(visible(item.text), _MOST_TEXT).ljust(wide)
            style = "$block-cursor-foreground on $block-cursor-background bold" if number == self._index else ""
            detail = _cut(visible(item.detail), _MOST_DETAIL)
            lines.append(Content.assemble((f"{sign} {name}", style), (f"  {item.kind:<9} {detail}".rstrip(), "$muted")))
        self.update(Content("\n").join(lines))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
