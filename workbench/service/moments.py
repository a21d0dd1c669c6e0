"""Moments as people write them: a day, a minute, a span back from now; all in UTC. Pure: the present is handed in.

Understood are ``2026-03-03``, ``2026-03-03 14:30``, ``2026-03-03T14:30:05Z``, ``3 March``, ``March 3 2026 14:30``,
``today``, ``yesterday``, ``tuesday`` (the last one), ``14:30`` (of the last day that has had it), ``2 h ago``.
Numbers with slashes are not: nobody knows whether the day or the month comes first.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from workbench.service.errors import WorkbenchError

EXAMPLES = "3 March, 2026-03-03 14:30, yesterday, 2 h ago"

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ]([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?)?(?:Z| ?UTC)?",
    re.IGNORECASE | re.ASCII,
)
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_AGO = re.compile(r"([0-9]{1,9}) ?([a-z]+) ago", re.ASCII)
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
           "november", "december")  # fmt: skip
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hour": 3600, "d": 86_400,
          "day": 86_400, "w": 604_800, "week": 604_800}  # fmt: skip
DAY, MINUTE, SECOND = timedelta(days=1), timedelta(minutes=1), timedelta(seconds=1)


def span_of(text: str, now: datetime) -> tuple[datetime, datetime]:
    """The day, minute, second … that ``text`` names: its beginning and its end. ``now``: an aware time.

    A date without a year is the last one that has begun by ``now``. Raises :class:`WorkbenchError` (``no_time``).
    """
    said = " ".join(text.replace(",", " ").split())
    try:
        found = _read(said, now.astimezone(UTC))
    except (ValueError, OverflowError):
        found = None
    if found is None:
        raise WorkbenchError("when?", f"`{text[:40]}` is no time", f"write it like {EXAMPLES}; in UTC", "no_time")
    return found


def _read(said: str, now: datetime) -> tuple[datetime, datetime] | None:
    if match := _ISO.fullmatch(said):
        return _iso(match)
    words = said.casefold().removesuffix(" utc").removesuffix("z" if said[-2:-1].isdigit() else "").strip()
    if match := _AGO.fullmatch(words):
        size = _UNITS.get(match[2]) or _UNITS.get(match[2].removesuffix("s"))
        at = now - timedelta(seconds=int(match[1]) * size) if size else None
        return (at, at + SECOND) if at is not None else None
    *date, last = words.split(" ") if words else [""]
    clock = _CLOCK.fullmatch(last)
    if clock is None:
        date.append(last)
    day = _day(date, now) if date else None
    if clock is None:
        return (day, day + DAY) if day is not None else None
    after = timedelta(hours=int(clock[1]), minutes=int(clock[2]), seconds=int(clock[3] or 0))
    if after >= DAY or int(clock[2]) > 59 or int(clock[3] or 0) > 59:
        return None
    if not date:
        today = _midnight(now)
        day = today if today + after <= now else today - DAY
    return (day + after, day + after + (SECOND if clock[3] else MINUTE)) if day is not None else None


def _iso(match: re.Match[str]) -> tuple[datetime, datetime]:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    fraction = match[7] or ""
    width = (
        DAY if match[4] is None else MINUTE if match[6] is None else timedelta(microseconds=10 ** (6 - len(fraction)))
    )
    start = datetime(year, month, day, hour, minute, second, int(fraction.ljust(6, "0")), tzinfo=UTC)
    return start, start + width


def _day(words: list[str], now: datetime) -> datetime | None:
    """The midnight that begins the day which the words name."""
    today = _midnight(now)
    if words == ["today"]:
        return today
    if words == ["yesterday"]:
        return today - DAY
    if len(words) == 1 and (weekday := _which(words[0], _DAYS)) is not None:
        return today - DAY * ((today.weekday() - weekday) % 7 or 7)
    if len(words) == 1 and (match := _ISO.fullmatch(words[0])):
        return _iso(match)[0]
    year = int(words.pop()) if len(words) == 3 and re.fullmatch("[0-9]{4}", words[-1]) else None
    if len(words) != 2:
        return None
    number, month = next(((each, _which(other, _MONTHS)) for each, other in (words, words[::-1])
                          if re.fullmatch(r"[0-9]{1,2}(st|nd|rd|th|\.)?", each)), ("", None))  # fmt: skip
    if month is None:
        return None
    day = int(re.sub(r"\D", "", number))
    if year is not None:
        return datetime(year, month + 1, day, tzinfo=UTC)
    for back in range(9):  # 29 February may be eight years back
        try:
            found = datetime(now.year - back, month + 1, day, tzinfo=UTC)
        except ValueError:
            continue
        if found <= now:
            return found
    return None


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _which(word: str, names: tuple[str, ...]) -> int | None:
    """Which of the names a word is, or begins with three letters or more."""
    word = word.removesuffix(".")
    found = [place for place, name in enumerate(names) if len(word) >= 3 and name.startswith(word)]
    return found[0] if len(found) == 1 else None
