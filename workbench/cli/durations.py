"""Lengths of time as people write and read them: ``90s``, ``15m``, ``4h``, ``2d``."""

from __future__ import annotations

import re

from workbench.cli.failures import MisusedError

_FORM = re.compile(r"([0-9]{1,9})\s*([smhd])", re.IGNORECASE)
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_NAMES = (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1))


def seconds_of(text: str, option: str = "--for") -> int:
    """The seconds in ``4h``. Raises :class:`MisusedError` for any other form, and for none at all (``0h``)."""
    match = _FORM.fullmatch(text.strip())
    found = int(match[1]) * _SECONDS[match[2].lower()] if match else 0
    if found:
        return found
    what = "is no time" if match else "is not a length of time"
    raise MisusedError("how long?", f"`{option} {text[:40]}` {what}", "write 90s, 15m, 4h or 2d", "no_time")


def spoken(seconds: float) -> str:
    """``3 h 59 min``: the two largest parts; from an hour on to the nearest minute; ``0 s`` for what is over."""
    left = max(round(seconds / 60) * 60 if seconds >= 3600 - 30 else int(seconds), 0)
    parts: list[str] = []
    for place, (name, size) in enumerate(_NAMES):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
            if place + 1 < len(_NAMES):
                name, size = _NAMES[place + 1]
                parts += [f"{left // size} {name}"] if left // size else []
            break
    return " ".join(parts) or "0 s"
