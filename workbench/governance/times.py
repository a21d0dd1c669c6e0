"""Instants as text: RFC 3339 in UTC, whole milliseconds, one spelling for each.

Imports the standard library only. ``YYYY-MM-DDTHH:MM:SS[.mmm]Z``; milliseconds are left out when zero. No clock here:
every instant comes from a caller.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from workbench.governance.errors import ArtifactError

_FORM = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?Z")
_HELP = "write UTC as `2026-03-15T10:00:00Z`, with milliseconds as `.250` only where they are not zero"


def floored(moment: datetime) -> datetime:
    """``moment`` in UTC, cut to whole milliseconds. Raises :class:`ArtifactError` (``naive_time``) without a zone."""
    if moment.tzinfo is None:
        raise ArtifactError("naive_time", "a time has no time zone")
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """The text of an aware datetime, cut to whole milliseconds."""
    moment = floored(moment)
    millis = moment.microsecond // 1000
    return (
        f"{moment.year:04}-{moment.month:02}-{moment.day:02}T{moment.hour:02}:{moment.minute:02}:{moment.second:02}"
        f"{f'.{millis:03}' if millis else ''}Z"
    )


def parse_time(text: str) -> datetime:
    """The aware UTC datetime of ``text``. Raises :class:`ArtifactError` (``time``) for any other spelling."""
    match = _FORM.fullmatch(text)
    if match is None or match[7] == "000":
        raise ArtifactError("time", f"`{text[:40]}` is not a time in UTC", _HELP)
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    try:
        return datetime(year, month, day, hour, minute, second, int(match[7] or 0) * 1000, tzinfo=UTC)
    except ValueError as error:
        raise ArtifactError("time", f"`{text}` is not a time: {error}", _HELP) from error
