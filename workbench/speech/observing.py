"""What the stages tell whoever watches them. Imports nothing; whoever keeps a log connects it here.

A stage asks ``observer.level`` before it makes a message, so that an evaluation that nobody watches makes none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

DEBUG, INFO, WARNING, OFF = 10, 20, 30, 100  # the numbers that every logging library uses
PREVIEW = 80  # characters of a statement that a message shows


def _nothing(level: int, message: str) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class Observer:
    """Is told messages of ``level`` and above."""

    level: int = OFF
    tell: Callable[[int, str], None] = _nothing

    def debug(self, message: str) -> None:
        if self.level <= DEBUG:
            self.tell(DEBUG, message)

    def info(self, message: str) -> None:
        if self.level <= INFO:
            self.tell(INFO, message)

    def warning(self, message: str) -> None:
        if self.level <= WARNING:
            self.tell(WARNING, message)


SILENT = Observer()

Pace = Callable[[int, int], object]
"""Told how many sentences of how many are read. What it raises ends the evaluation: so a long one can be stopped."""


def unhurried(done: int, total: int) -> None:
    """The pace of whoever waits to the end."""
    del done, total


def shown(text: str) -> str:
    """A text of somebody else's as messages show it: line ends, controls and other unprintables escaped, so that no
    text can forge a line of a log."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)


def preview(text: str) -> str:
    """The start of a text, as messages show it."""
    return f"{shown(text[:PREVIEW])}..."
