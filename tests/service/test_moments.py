"""Moments as people write them: every way names the same span, and what is no time is refused with examples."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service.errors import WorkbenchError
from workbench.service.moments import span_of

NOW = datetime(2026, 3, 16, 9, 30, tzinfo=UTC)  # a Monday
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "start", "width"),
    [
        ("2026-03-03", datetime(2026, 3, 3), DAY),
        ("2026-03-03 14:30", datetime(2026, 3, 3, 14, 30), timedelta(minutes=1)),
        ("2026-03-03T14:30:05Z", datetime(2026, 3, 3, 14, 30, 5), timedelta(seconds=1)),
        ("2026-03-03T14:30:05.25Z", datetime(2026, 3, 3, 14, 30, 5, 250_000), timedelta(milliseconds=10)),
        ("3 March", datetime(2026, 3, 3), DAY),
        ("march 3rd", datetime(2026, 3, 3), DAY),
        ("Mar 3, 2025 8:05", datetime(2025, 3, 3, 8, 5), timedelta(minutes=1)),
        ("3. mar. 14:30 UTC", datetime(2026, 3, 3, 14, 30), timedelta(minutes=1)),
        ("17 march", datetime(2025, 3, 17), DAY),
        ("29 feb", datetime(2024, 2, 29), DAY),
        ("today", datetime(2026, 3, 16), DAY),
        ("  Yesterday  ", datetime(2026, 3, 15), DAY),
        ("yesterday 23:59:59", datetime(2026, 3, 15, 23, 59, 59), timedelta(seconds=1)),
        ("tuesday", datetime(2026, 3, 10), DAY),
        ("monday", datetime(2026, 3, 9), DAY),
        ("09:30", datetime(2026, 3, 16, 9, 30), timedelta(minutes=1)),
        ("9:31", datetime(2026, 3, 15, 9, 31), timedelta(minutes=1)),
        ("2 h ago", NOW.replace(tzinfo=None) - timedelta(hours=2), timedelta(seconds=1)),
        ("90 minutes ago", NOW.replace(tzinfo=None) - timedelta(minutes=90), timedelta(seconds=1)),
    ],
)
def test_what_is_understood(text: str, start: datetime, width: timedelta) -> None:
    start = start.replace(tzinfo=UTC)
    assert span_of(text, NOW) == (start, start + width)


@pytest.mark.parametrize(
    "text",
    ["", "3/3", "03/03/2026", "31 june", "30 feb", "ma 3", "3", "march", "25:00", "9:60", "1 x ago", "2026-13-01",
     "99999999 weeks ago", "0000-01-01", "a\x1b[31m", "3 march march", "１２:３０"],
)  # fmt: skip
def test_what_is_no_time_is_refused_with_examples(text: str) -> None:
    with pytest.raises(WorkbenchError) as refused:
        span_of(text, NOW)
    assert refused.value.code == "no_time"
    assert "3 March" in refused.value.hint


@given(st.text(max_size=30))
def test_any_text_is_a_span_or_refused(text: str) -> None:
    try:
        start, end = span_of(text, NOW)
    except WorkbenchError:
        return
    assert start < end


@given(st.datetimes(datetime(2000, 1, 1), datetime(2026, 3, 16)), st.sampled_from(["%d %B", "%B %d", "%d %b"]))
def test_a_date_without_a_year_is_the_last_one(at: datetime, form: str) -> None:
    start, _ = span_of(at.strftime(form), NOW)
    assert (start.month, start.day) == (at.month, at.day)
    assert start <= NOW
    assert NOW - start < timedelta(days=366) or (at.month, at.day) == (2, 29)


@given(st.datetimes(datetime(1, 1, 2), datetime(9990, 1, 1)))
def test_iso_is_read_back(at: datetime) -> None:
    start, _ = span_of(at.isoformat(timespec="microseconds"), NOW)
    assert start == at.replace(tzinfo=UTC)
