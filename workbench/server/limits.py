"""How often somebody may ask: token buckets in memory, one for each principal or address. Standard library only."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class RateLimit:
    """``rate`` calls a second for each key, and ``burst`` at once. Remembers the ``most`` keys that asked last."""

    def __init__(
        self, rate: float, burst: int, *, most: int = 10_000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._most = most
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # key → tokens, when
        self._lock = Lock()

    def take(self, key: Hashable) -> float:
        """Take one call; 0.0 where there was one, else the seconds until there is."""
        now = self._clock()
        with self._lock:
            tokens, then = self._buckets.pop(key, (self._burst, now))
            tokens = min(self._burst, tokens + max(0.0, now - then) * self._rate)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self._rate
            self._buckets[key] = (tokens if wait else tokens - 1, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        return wait
