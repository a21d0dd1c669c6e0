"""The two things that every SSH format is made of: length-prefixed fields, and reading them without trust (RFC 4251).

Imports nothing. A reader never takes more than is there, and says so with :class:`ValueError`, which the module that
knows what it is reading turns into a refusal with a code.
"""

from __future__ import annotations


def field(data: bytes) -> bytes:
    """``data`` as an SSH ``string``: four bytes of length, then the bytes."""
    return len(data).to_bytes(4, "big") + data


class Reader:
    """What is left of some bytes. Every method raises :class:`ValueError` when they are cut short."""

    __slots__ = ("_data", "_place")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._place = 0

    @property
    def rest(self) -> int:
        """How many bytes are left."""
        return len(self._data) - self._place

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        if size > self.rest:
            raise ValueError("cut short")
        self._place += size
        return self._data[self._place - size : self._place]

    def number(self) -> int:
        """A ``uint32``."""
        return int.from_bytes(self.take(4), "big")

    def field(self) -> bytes:
        """A ``string``."""
        return self.take(self.number())

    def end(self) -> None:
        """Nothing may follow."""
        if self.rest:
            raise ValueError("trailing bytes")
