"""Keys act in the order in which they were pressed, however fast they come: bunched by a slow line, or from a program.

Textual 8.2.8 gives each key to what has the focus when the key is read. What an earlier key does (a binding run by the
app, an answer to ``Input.Submitted``) happens some messages later, so of a burst ``tab`` ``x`` the letter went into
the field that was to be left. Here a key waits until what the one before has set off is done: a note follows that key
through the same queues, from the widget up to the app, a second time for what was posted on the way, and to the screen
that is on top by then, and lets the next one go. Keys apart are not delayed. Imports Textual and nothing of ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from textual import events

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App
    from textual.message_pump import MessagePump

    _Base = App[Any]
else:
    _Base = object

PATIENCE = 1.0  # seconds after which the next key goes on, whatever became of the one before
ROUNDS = (1, 2)  # times through each queue: behind the key; then behind what it has set off, and what that sets off


class KeyOrder(_Base):
    """Mixed into the application before ``App``."""

    _under_way = 0  # the number of the key that is being handled; 0: none
    _keys_seen = 0
    _patience: asyncio.TimerHandle | None = None
    _held: deque[events.Event] | None = None

    @property
    def keys_waiting(self) -> int:
        """Keys (and pastes) that are not done with yet, the one under way counted."""
        return bool(self._under_way) + len(self._held or ())

    async def on_event(self, event: events.Event) -> None:
        """Hold a key, or what is pasted, back while the key before is being handled. One that comes at the end, when
        there are no screens any more, is let go.
        """
        if not isinstance(event, (events.Key, events.Paste)):
            await super().on_event(event)
        elif not self._screen_stacks.get(self.current_mode):
            event.stop()
        elif event.is_forwarded:
            await super().on_event(event)
        elif self._under_way:
            self._held = deque() if self._held is None else self._held
            self._held.append(event)
        else:
            await self._handle_in_order(event)

    async def _handle_in_order(self, event: events.Event) -> None:
        self._keys_seen += 1
        self._under_way = number = self._keys_seen
        target = self.focused or self.screen
        try:
            await super().on_event(event)
        finally:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(PATIENCE, partial(self.call_later, self._next_key, number))
            self._follow(number, target, target, 0, ROUNDS[0])

    def _follow(self, number: int, target: MessagePump, pump: MessagePump, walk: int, rounds: int) -> None:
        """Put the note into the queue of ``pump``, and of all above it after that; twice from ``target`` up."""
        if rounds and pump.call_later(self._follow, number, target, pump, walk, rounds - 1):
            return
        if pump is not self:  # done with, or closing
            self._follow(number, target, pump._parent or self, walk, ROUNDS[walk])
        elif walk + 1 < len(ROUNDS):
            self._follow(number, target, target, walk + 1, ROUNDS[walk + 1])
        else:
            self._see_the_screen(number)

    def _see_the_screen(self, number: int) -> None:
        """A screen or a line that the key has opened is built, and has the focus where it wants it, first."""
        if number != self._under_way:
            return
        screen = self.screen if self._screen_stacks.get(self.current_mode) else None
        if screen is None or not screen.call_later(self._seen, number):
            self._next_key_soon(number)

    def _seen(self, number: int) -> None:
        screen = self.screen
        placed = screen.focused is None or bool(screen.focused.size) or not screen._layout_required
        if number == self._under_way and placed and all(child.is_mounted for child in screen.children):
            self._next_key_soon(number)  # tab goes by where fields are: one without a place yet would be the first
        else:
            self.call_later(self._see_the_screen, number)

    def _next_key_soon(self, number: int) -> None:
        self.call_later(self._next_key, number)  # in the app's own queue, behind every change of focus asked for

    async def _next_key(self, number: int) -> None:
        """The key called ``number`` is done with, or was waited for long enough."""
        if number != self._under_way:
            return
        self._under_way = 0
        if self._patience is not None:
            self._patience.cancel()
        if self._held:
            await self.on_event(self._held.popleft())
