"""A terminal that takes bytes more slowly than frames are made (ssh over a thin line), or that is gone.

Frames queue up in Textual's writer, and what is seen, and with it the answer to a key, falls behind by all of them;
with the queue full, the interface itself waits. So no frame is written while others still wait: when the line is free
again the screen is drawn whole, as it is then. Imports Textual and nothing of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen
    from textual.timer import Timer

    _Base = App[None]
else:
    _Base = object

WAITING = 3  # writes that may wait: one frame, with what tells the terminal where it begins and ends
LOOK_AGAIN = 0.05  # seconds


class SlowLines(_Base):
    """Mixed into the application before ``App``."""

    _owed: Timer | None = None

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Write a frame, or owe it where the line is behind; end where there is no terminal any more."""
        writer = self._writer()
        if writer is not None and not writer.is_alive() and self.is_running:  # its last write failed
            self.exit()
        elif renderable is None or self._batch_count or self.waiting_writes() <= WAITING:
            super()._display(screen, renderable)
        elif self._owed is None:
            self._owed = self.set_interval(LOOK_AGAIN, self._pay)

    def waiting_writes(self) -> int:
        """How many writes the terminal has not taken yet."""
        writer = self._writer()
        return 0 if writer is None else int(writer._queue.qsize())

    def _writer(self) -> Any:
        return getattr(self._driver, "_writer_thread", None)

    def _pay(self) -> None:
        if self.waiting_writes() == 0 and self._owed is not None:
            self._owed.stop()
            self._owed = None
            self.screen.refresh(layout=True)
