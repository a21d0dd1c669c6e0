"""Finding decisions: what a filter of the feed wants, as ids for a list and as pages of rows. Reads only.

Long records are gone through in stretches, the newest first, so that finding can be stopped at any moment and can tell
how far it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import islice
from typing import Literal, NamedTuple, TypeAlias

from sqlalchemy import Connection

from workbench.analysis.task import Task
from workbench.engine.decision_filter import DecisionFilter, Named, Recorded, Term, Words
from workbench.service.clock import micros
from workbench.service.errors import WorkbenchError
from workbench.service.norming import Norms
from workbench.service.session import Session
from workbench.service.views import EventRow
from workbench.service.watching import event_rows
from workbench.store import feed, finding
from workbench.store.ledger import read_head

STRETCH = 100_000  # numbers of the ledger that one query looks through
PAGE = 500  # rows of one page
MOST_NAMES = 500

Column: TypeAlias = Literal["agent", "action", "rule"]


class Found(NamedTuple):
    """``ids``, ascending, of all that is wanted up to ``high``, the newest decision of that moment."""

    ids: array[int]
    high: int


class Finding:
    """The use cases of filtered lists."""

    def __init__(self, session: Session, norms: Norms) -> None:
        self._session, self._norms = session, norms
        self._names: tuple[int, str, dict[str, str]] = (-1, "", {})

    def ids(self, wanted: DecisionFilter, after: int = 0, *, task: Task | None = None) -> Found:
        """``seq`` of every decision after ``after`` that the filter wants.

        ``task`` is told how far it is, in numbers of the ledger; stopped, it raises ``Stopped``. Ends with what was
        recorded when it began: ask again with ``after`` set to ``high`` for what came since.
        """
        with self._session.read() as connection:
            high = feed.high_water(connection)
            asked = self._asked(connection, wanted)
            first, last = _narrowed(connection, asked, after, high)
        stretches: list[array[int]] = []
        end = last
        while end > first:
            if task is not None:
                task.step(last - end, last - first, "searching")
            begin = max(end - STRETCH, first)
            with self._session.read() as connection:
                found = finding.matching_ids(connection, asked, begin, end)
                wrong = self._otherwise(connection, asked, finding.acts(connection, asked, begin, end))
            stretches.append(array("q", (seq for seq in found if seq not in wrong)) if wrong else found)
            end = begin
        ids = array("q")
        for stretch in reversed(stretches):
            ids.extend(stretch)
        return Found(ids, high)

    def rows(self, wanted: DecisionFilter, after: int = 0, limit: int = PAGE) -> tuple[EventRow, ...]:
        """The first ``limit`` decisions after ``after`` that the filter wants, ascending."""
        return tuple(islice(self.every_row(wanted, after), limit))

    def every_row(self, wanted: DecisionFilter, after: int = 0) -> Iterator[EventRow]:
        """Every decision after ``after`` that the filter wants, ascending, a page at a time by key; those that there
        are when it begins."""
        with self._session.read() as connection:
            asked = self._asked(connection, wanted)
            first, last = _narrowed(connection, asked, after, feed.high_water(connection))
        while True:
            with self._session.read() as connection:
                page = event_rows(connection, finding.matching_rows(connection, asked, first, last, PAGE))
            yield from (row for row in page if row.action != finding.ACT or _is_wanted(row, asked))
            if len(page) < PAGE:
                return
            first = page[-1].seq

    def names(self, column: Column, limit: int = MOST_NAMES) -> tuple[str, ...]:
        """Names that a filter may want, for completion: agents that ever acted; actions and rules of late."""
        with self._session.read() as connection:
            found = finding.known_names(connection, column, limit)
            if column == "rule":
                norms = self._norm_names(connection)
                found = sorted({norms.get(name) or name for name in found})
        return tuple(name for name in found if name)

    @staticmethod
    def _otherwise(connection: Connection, asked: finding.Wanted, acts: array[int]) -> set[int]:
        """Those of ``acts``, which are told in words, whose words are not what the filter wants."""
        wrong: set[int] = set()
        for start in range(0, len(acts), PAGE):
            rows = event_rows(connection, feed.rows_by_id(connection, acts[start : start + PAGE]))
            wrong.update(row.seq for row in rows if not _is_wanted(row, asked))
        return wrong

    def _asked(self, connection: Connection, wanted: DecisionFilter) -> finding.Wanted:
        now = self._session.clock.now()
        times = {term: micros(term.at(now)) for term in wanted.terms if isinstance(term, Recorded)}
        by_name = any(
            isinstance(term, Words) or (isinstance(term, Named) and term.key == "rule") for term in wanted.terms
        )
        return finding.Wanted(wanted, times, self._norm_names(connection) if by_name else {})

    def _norm_names(self, connection: Connection) -> dict[str, str]:
        """Id → name of every norm there is or was; asked anew when something has come into force or ended."""
        head = read_head(connection)
        if self._names[:2] != (head.generation, head.active_digest):
            try:
                found = {norm.id: norm.name for norm in self._norms.list(in_force=False) if norm.name}
            except WorkbenchError:  # a version that is lost takes no name away from the other decisions
                found = {}
            self._names = (head.generation, head.active_digest, found)
        return self._names[2]


def _is_wanted(row: EventRow, asked: finding.Wanted) -> bool:
    """Whether the terms about its action or its words hold of a row, whose verb is its action as well."""
    return all(_holds(term, row, asked) for term in asked.filter.terms if finding.is_about_words(term))


def _holds(term: Term, row: EventRow, asked: finding.Wanted) -> bool:
    texts = [row.action, *([row.verb] if row.verb else [])]
    if isinstance(term, Named):
        return term.negated != any(pattern.fits(text) for pattern in term.patterns for text in texts)
    if isinstance(term, Words):
        texts += [row.agent, row.resource, row.rule, row.severity, row.code, row.outcome, asked.norms.get(row.rule, "")]
        texts += ["violation"] if row.violation else []
        return term.negated != any(pattern.within(text) for pattern in term.patterns for text in texts)
    return True


def _narrowed(connection: Connection, asked: finding.Wanted, after: int, upto: int) -> tuple[int, int]:
    return finding.bounds(connection, asked, after, upto) if upto - after > STRETCH else (after, upto)
