"""What a list shows when it has nothing to show: what this is, why it is empty, and the next key."""

from __future__ import annotations

from typing import Literal

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from workbench.tui.hints import hinted
from workbench.tui.view.plain import visible
from workbench.tui.view.wrapping import wrap

MOST_CELLS = 76  # of a line: a sentence across two hundred columns is hard to read
State = Literal["loading", "empty", "error"]

_GLYPH = {"loading": "◌", "empty": "○", "error": "✗"}
_STYLE = {"loading": "$muted", "empty": "$primary", "error": "$deny bold"}


class EmptyState(Widget):
    """``title`` says what is here, ``why`` why there is nothing, ``next_key`` what to press. All plain text."""

    DEFAULT_CSS = """
    EmptyState { width: 1fr; height: 1fr; content-align: center middle; text-align: center; padding: 0 2; }
    """

    title: reactive[str] = reactive("")
    why: reactive[str] = reactive("")
    next_key: reactive[str] = reactive("")
    state: reactive[State] = reactive[State]("empty")

    def __init__(
        self,
        title: str,
        why: str = "",
        next_key: str = "",
        *,
        state: State = "empty",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.set_reactive(EmptyState.title, title)
        self.set_reactive(EmptyState.why, why)
        self.set_reactive(EmptyState.next_key, next_key)
        self.set_reactive(EmptyState.state, state)

    def render(self) -> Content:
        """The three sentences, one under the other."""
        parts = [Content.styled(f"{_GLYPH[self.state]} {visible(self.title)}", _STYLE[self.state])]
        if self.why:
            parts += [Content.styled(line, "$muted") for line in _lines(self.why, self.content_size.width)]
        if self.next_key:
            parts.append(Content.styled(visible(self._hinted()), "$accent"))
        return Content("\n").join(parts)

    def _hinted(self) -> str:
        """The next key as a person chose it: a window has its own, a screen its scope's."""
        told = getattr(self.screen, "told", None)
        if callable(told):
            return str(told(self.next_key))
        return hinted(self.next_key, str(getattr(self.screen, "NAME", "")))


def _lines(said: str, width: int) -> list[str]:
    """Lines of :data:`MOST_CELLS` at most, and of ``width`` where that is known."""
    room = min(width or MOST_CELLS, MOST_CELLS)
    shown = [visible(line) for line in said.split("\n")]
    return [line[start:end].rstrip() for line in shown for start, end in wrap(line, room)]
