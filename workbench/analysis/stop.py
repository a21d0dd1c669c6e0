"""Stopping a long analysis from another thread, and telling how far it is. Pure; the clock stays with the caller."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TypeAlias


class Stopped(Exception):  # noqa: N818  # not an error: somebody asked for it
    """The analysis was asked to stop."""


class Stop:
    """Set once, from any thread; whatever is running then is interrupted, and what asks next is refused."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._set = False
        self._running: list[Callable[[], None]] = []

    def set(self) -> None:
        """Stop. The solver answers within some 20 ms."""
        with self._lock:
            self._set = True
            for interrupt in self._running:
                interrupt()

    @property
    def is_set(self) -> bool:
        return self._set

    def check(self) -> None:
        """Raises :class:`Stopped` once :meth:`set` was called."""
        if self._set:
            raise Stopped

    def enter(self, interrupt: Callable[[], None]) -> None:
        """A call begins that only ``interrupt`` can end early. Raises :class:`Stopped`."""
        with self._lock:
            self.check()
            self._running.append(interrupt)

    def leave(self, interrupt: Callable[[], None]) -> None:
        """That call is over."""
        with self._lock:
            self._running.remove(interrupt)


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` steps; ``what`` is being looked at, in words."""

    done: int
    total: int
    what: str


Tell: TypeAlias = Callable[[Progress], None]
