"""Token buckets: nobody is let through more often than the rate and the burst allow, and nobody starves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.server.limits import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 20),
    pauses=st.lists(st.floats(0, 3), max_size=60),
)
def test_no_more_than_rate_and_burst_and_who_waits_is_served(rate: float, burst: int, pauses: list[float]) -> None:
    clock = Clock()
    limit = RateLimit(rate, burst, clock=clock)
    taken = 0
    for pause in pauses:
        clock.now += pause
        wait = limit.take("nora")
        if wait:
            clock.now += wait * 1.0001
            assert limit.take("nora") == 0.0
        taken += 1
    assert taken <= burst + clock.now * rate * 1.001 + 1


def test_one_does_not_use_up_what_another_has() -> None:
    limit = RateLimit(1, 2, clock=Clock())
    assert [limit.take("nora") for _ in range(3)] == [0.0, 0.0, pytest.approx(1.0)]
    assert limit.take("emil") == 0.0


def test_memory_is_bounded_and_who_asks_is_remembered() -> None:
    limit = RateLimit(0.001, 1, most=10, clock=Clock())
    assert limit.take("nora") == 0.0
    for number in range(100):
        limit.take(number)
        assert limit.take("nora") > 0  # asks again and again: is never forgotten
    assert len(limit._buckets) == 10
