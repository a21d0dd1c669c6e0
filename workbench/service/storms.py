"""Storms: one rule stops one agent again and again. People hear of it once, not fifty times.

Counts in memory what this process records, and asks the store, at most once a second and only after a violation of its
own, what all processes recorded together. The notice's name keeps two processes, and the same ten minutes, from telling
twice. What somebody has acknowledged does not count, unless it grows out of that. Cheap: a batch without violations
costs one look at each row.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection

from workbench.service.clock import moment
from workbench.service.group_counting import WordsRead
from workbench.store import feed
from workbench.store.feed import FeedRow
from workbench.store.notices import queue

STORM = 50  # violations of one rule by one agent …
WITHIN = 60_000_000  # … in so many µs
QUIET = 600_000_000  # µs: one notice for each such stretch of time
LOOK = 1_000_000  # µs between two looks at what other processes recorded
MAX_PAIRS = 4096  # pairs of rule and agent that are counted; the ones longest silent are forgotten first


class StormWatch:
    """Counts violations. Called under the store's write lock, so by one thread at a time."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, str], deque[int]] = OrderedDict()
        self._asked = 0  # µs, when the store was asked last
        self._news = False  # a violation since then
        self._words = WordsRead()
        self._quiet: dict[tuple[str, str, str], int] = {}  # acknowledged: from how many in a minute on it counts again

    def check(self, connection: Connection, now: int, rows: Iterable[FeedRow]) -> None:
        """Count the violations among decisions recorded at ``now`` (µs), and queue a notice for each storm.

        To be called once the rows are listed in the store, in the same transaction.
        """
        stormy: dict[tuple[str, str], None] = {}
        violations = [row for row in rows if row.violation]
        look = bool(violations or self._news) and not 0 <= now - self._asked < LOOK
        if look:
            standing = self._words.read(connection).standing(moment(now))
            self._quiet = {word.key: word.bound for word in standing}
        for row in violations:
            self._news = True
            if (row.rule, row.agent, row.action) in self._quiet:
                continue
            pair = (row.rule, row.agent)
            times = self._times.setdefault(pair, deque(maxlen=STORM))
            self._times.move_to_end(pair)
            times.append(now)
            if len(times) == STORM and times[0] > now - WITHIN:
                stormy[pair] = None
        while len(self._times) > MAX_PAIRS:
            self._times.popitem(last=False)
        if look:
            self._asked, self._news = now, False
            stormy.update(dict.fromkeys(self._together(connection, now)))
        for rule, agent in stormy:
            queue(
                connection,
                kind="storm",
                subject=rule,
                dedupe=f"{rule}|{agent}|{now // QUIET}",
                at=now,
                detail={"rule": rule, "agent": agent, "count": STORM},
            )

    def _together(self, connection: Connection, now: int) -> Iterator[tuple[str, str]]:
        """Pairs with a storm by what all processes recorded."""
        counted: Counter[tuple[str, str]] = Counter()
        for rule, agent, action, many in feed.repeated(connection, now - WITHIN):
            if many >= self._quiet.get((rule, agent, action), 0):
                counted[rule, agent] += many
        return (pair for pair, many in counted.items() if many >= STORM)
