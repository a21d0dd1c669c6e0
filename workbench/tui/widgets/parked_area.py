"""An editor with moves that Textual's lacks: to both ends, and a caret that waits at the end of a text shown from its
beginning. Knows no service.

Whoever opens a long text reads it from the top and goes on writing at its end: the first letter goes there, and the
first key that moves begins where the reader looks.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Offset
from textual.widgets import TextArea

MOVES = frozenset({"up", "down", "left", "right", "pageup", "pagedown", "home"})


class ParkedArea(TextArea):
    """Adds :meth:`park` and the two ends to Textual's editor."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+home", "go_to_start", "Start of the text", show=False),
        Binding("ctrl+end", "go_to_end", "End of the text", show=False),
    ]

    _parked_at: tuple[int, int] | None = None

    @property
    def parked(self) -> bool:
        """Whether the caret waits at the end, out of sight, and nobody has touched anything yet."""
        return self._parked_at is not None and self._parked_at == self.cursor_location

    def park(self) -> None:
        """Put the caret behind the last character, and show the first line."""
        self._parked_at = self.document.end
        self.move_cursor(self.document.end)
        self.scroll_to(0, 0, animate=False, force=True)

    def leave_park(self, key: str) -> None:
        """A key was pressed: one that moves begins at the top, every other where the caret is."""
        if self.parked and key in MOVES:
            self.move_cursor((0, 0))
        self._parked_at = None

    def scroll_cursor_visible(self, center: bool = False, animate: bool = False) -> Offset:
        """Textual's own; a caret that waits is not brought into view."""
        return Offset(0, 0) if self.parked else super().scroll_cursor_visible(center, animate)

    def go_to_end(self) -> None:
        """Puts the caret behind the last character and brings it into view."""
        self.move_cursor(self.document.end)

    def action_go_to_start(self) -> None:
        """``ctrl+home``."""
        self.move_cursor((0, 0))

    def action_go_to_end(self) -> None:
        """``ctrl+end``."""
        self.go_to_end()
