"""Messages over a pipe: four bytes of length, then so many bytes of JSON. Imports the standard library only.

The worker's half blocks; the other one, which must not trust it, is in ``sandbox.process``.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any

HEADER = struct.Struct(">I")


class FrameError(ValueError):
    """Bytes that are not a message."""


def encoded(message: Any) -> bytes:
    """The bytes of a message, with its length before it."""
    body = json.dumps(message, separators=(",", ":"), allow_nan=False).encode("ascii")
    return HEADER.pack(len(body)) + body


def decoded(body: bytes) -> dict[str, Any]:
    """The message in ``body``: an object without repeated keys, fractions or constants. Raises :class:`FrameError`."""
    try:
        value = json.loads(
            body.decode("ascii"), object_pairs_hook=_unique, parse_float=_refused, parse_constant=_refused
        )
    except (ValueError, RecursionError) as error:
        raise FrameError(f"not a message: {type(error).__name__}") from None
    if not isinstance(value, dict):
        raise FrameError("not a message: no object")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise FrameError("a key appears twice")
    return found


def _refused(text: str) -> Any:
    raise FrameError(f"`{text[:20]}` is no integer")


def read_message(descriptor: int) -> dict[str, Any] | None:
    """The next message, or ``None`` where the other side is gone; waits for it."""
    header = _read(descriptor, HEADER.size)
    if header is None:
        return None
    body = _read(descriptor, HEADER.unpack(header)[0])
    return None if body is None else decoded(body)


def _read(descriptor: int, size: int) -> bytes | None:
    found = bytearray()
    while len(found) < size:
        piece = os.read(descriptor, min(size - len(found), 1 << 16))
        if not piece:
            return None
        found += piece
    return bytes(found)


def write_bytes(descriptor: int, data: bytes) -> None:
    """All of ``data``; waits until it is taken."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
