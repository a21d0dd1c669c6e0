"""Cedar's ``datetime`` and ``duration``: i64 milliseconds since the epoch, and between. Pure; imports nothing of ours.

Year 0000 exists (Python's own dates begin at 1), there are no leap seconds, and ``toDate`` floors while the
``to…`` functions of a duration truncate towards zero. Source: the datetime extension of Cedar 4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

_MIN, _MAX = -(2**63), 2**63 - 1
DAY_MS = 86_400_000
_DATE = r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
_FORM = re.compile(_DATE + r"(?:T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{3}))?(?:Z|([+-])([0-9]{2})([0-9]{2})))?")
_DURATION = re.compile(r"(-?)(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?")
_UNITS = (DAY_MS, 3_600_000, 60_000, 1_000, 1)
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in milliseconds, negative allowed, within i64."""

    millis: int
    constructor: ClassVar[str] = "duration"

    def __str__(self) -> str:
        return f"{self.millis}ms"

    def truncated(self, unit_ms: int) -> int:
        """Whole units, towards zero."""
        whole = abs(self.millis) // unit_ms
        return -whole if self.millis < 0 else whole


@dataclass(frozen=True, slots=True)
class Datetime:
    """An instant in milliseconds since 1970-01-01T00:00:00Z, within i64."""

    millis: int
    constructor: ClassVar[str] = "datetime"

    def __str__(self) -> str:
        days, rest = divmod(self.millis, DAY_MS)
        year, month, day = _civil(days)
        hours, rest = divmod(rest, 3_600_000)
        minutes, rest = divmod(rest, 60_000)
        seconds, millis = divmod(rest, 1_000)
        return f"{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{millis:03}Z"

    @property
    def writable(self) -> bool:
        """Whether the text form (years 0000 to 9999) can hold it."""
        return -62_167_219_200_000 <= self.millis < 253_402_300_800_000


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _days(year: int, month: int, day: int) -> int:
    """Days since the epoch of a proleptic Gregorian date, year 0 included (days-from-civil)."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def _civil(days: int) -> tuple[int, int, int]:
    """The inverse of :func:`_days`."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def parse_datetime(text: str) -> Datetime:
    """``datetime("…")``: a date, or a date and time with ``Z`` or a ``±hhmm`` offset. Raises ``ValueError``."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text}` is not a well-formed datetime value")
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not 1 <= month <= 12 or not 1 <= day <= _MONTH_DAYS[month - 1] + (month == 2 and _leap(year)):
        raise ValueError(f"invalid date in `{text}`")
    millis = _days(year, month, day) * DAY_MS
    if match[4] is None:
        return Datetime(millis)
    hour, minute, second = int(match[4]), int(match[5]), int(match[6])
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(f"invalid time in `{text}`")
    millis += hour * 3_600_000 + minute * 60_000 + second * 1_000 + int(match[7] or "0")
    if match[8]:
        off_hour, off_minute = int(match[9]), int(match[10])
        if off_hour > 23 or off_minute > 59:
            raise ValueError(f"invalid offset in `{text}`")
        offset = (off_hour * 60 + off_minute) * 60_000
        millis += -offset if match[8] == "+" else offset
    return Datetime(millis)


def parse_duration(text: str) -> Duration:
    """``duration("…")``: whole days, hours, minutes, seconds, milliseconds in that order. Raises ``ValueError``."""
    match = _DURATION.fullmatch(text)
    if match is None or all(group is None for group in match.groups()[1:]):
        raise ValueError(f"`{text}` is not a well-formed duration value")
    total = 0
    for digits, unit in zip(match.groups()[1:], _UNITS, strict=True):
        if digits is not None:
            digits = digits.lstrip("0") or "0"
            if len(digits) > 19:
                raise ValueError(f"overflow in duration `{text}`")
            total += int(digits) * unit
    total = -total if match[1] else total
    if not _MIN <= total <= _MAX:
        raise ValueError(f"overflow in duration `{text}`")
    return Duration(total)
