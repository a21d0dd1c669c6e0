"""Moments as people write them on the command line: a day, a minute, a second; in UTC.

What lies in the past may also be said in words (:func:`past_span`), as on the History screen.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from workbench.cli.failures import MisusedError

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?)?(?:Z| ?UTC)?"
)


def span(text: str, option: str) -> tuple[datetime, datetime]:
    """The day, minute, second … that ``text`` names, in UTC: its beginning and its end.

    Raises :class:`MisusedError` (``no_time``).
    """
    match = _TIME.fullmatch(text.strip())
    if match is not None:
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
        width = timedelta(days=1) if match[4] is None else timedelta(minutes=1) if match[6] is None else None
        fraction = match[7] or ""
        if width is None:
            width = timedelta(microseconds=10 ** (6 - len(fraction)))
        try:
            start = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")), tzinfo=UTC)
            return start, start + width
        except (ValueError, OverflowError):
            pass
    raise MisusedError(
        "when?",
        f"`{option} {text[:40]}` is no time",
        "write 2026-03-16, 2026-03-16T09:30 or 2026-03-16T09:30:05Z",
        "no_time",
    )


def past_span(text: str, option: str) -> tuple[datetime, datetime]:
    """The same for what lies in the past, also in words: ``3 March``, ``yesterday 14:30``, ``2 h ago``.

    Raises :class:`MisusedError` (``no_time``).
    """
    from workbench.service.errors import WorkbenchError
    from workbench.service.moments import span_of

    try:
        return span_of(text, datetime.now(UTC))
    except WorkbenchError as error:
        raise MisusedError("when?", f"`{option} {text[:40]}` is no time", error.hint, error.code) from None
