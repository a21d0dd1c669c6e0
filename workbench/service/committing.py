"""Group commit: callers in many threads share one transaction, and each is answered only once it is on the disk.

A commit waits for the disk, and the disk takes many entries as gladly as one. Who comes while nobody commits leads: it
runs the work of all who wait, in order, in one write transaction, commits, and only then are they answered. Nobody
waits for company: a caller who is alone commits alone, at once. Knows nothing of what the work does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Lock
from time import monotonic
from typing import Any, Generic, TypeVar

LONGEST = 0.010  # seconds of work that one group may hold, the commit itself aside
MOST = 1024  # pieces of work in one group

G = TypeVar("G")
T = TypeVar("T")


class _Ticket:
    """One caller's work, its result, and the lock on which the caller sleeps."""

    __slots__ = ("done", "error", "leads", "result", "wake", "work")

    def __init__(self, work: Callable[[Any], Any]) -> None:
        self.work = work
        self.result: Any = None
        self.error: BaseException | None = None
        self.done = False
        self.leads = False
        self.wake = Lock()
        self.wake.acquire()

    def answer(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class GroupCommit(Generic[G]):
    """``transaction()`` opens one write transaction and gives what the work needs; leaving it commits (or undoes).

    ``common(error)`` says whether a failure is the database's own (gone, locked, its commit unanswered) rather than one
    work's: then nothing is done again, and whoever could only run into it as well is told at once. Without that, a
    server that is gone would keep a thousand callers waiting one patience after the other, and a commit that was done
    but not confirmed would be done twice.
    """

    def __init__(
        self,
        transaction: Callable[[], AbstractContextManager[G]],
        common: Callable[[Exception], bool] = lambda _: False,
    ) -> None:
        self._transaction = transaction
        self._common = common
        self._mutex = Lock()
        self._waiting: deque[_Ticket] = deque()  # whoever leads is the first of them
        self._led = False

    def do(self, work: Callable[[G], T]) -> T:
        """Run ``work`` inside a transaction, alone or with others; its result, once that transaction is committed.

        Raises what ``work`` or the transaction raises. Where a group fails, each of its works is done again alone, so
        that one caller's failure is never another's; ``work`` must be fit to be run twice.
        """
        ticket = _Ticket(work)
        with self._mutex:
            self._waiting.append(ticket)
            ticket.leads, self._led = not self._led, True
        if not ticket.leads:
            self._sleep(ticket)
        if not ticket.done:
            self._lead(ticket)
        result: T = ticket.answer()
        return result

    def _sleep(self, ticket: _Ticket) -> None:
        """Until the work is committed, or it is this caller's turn to lead."""
        try:
            ticket.wake.acquire()
        except BaseException:  # Ctrl-C while waiting: leave the queue, and never with the lead in hand
            with self._mutex:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                following = self._pass_on() if ticket.leads else None
            if following is not None:
                following.wake.release()
            raise

    def _pass_on(self) -> _Ticket | None:
        """Who leads next, under the mutex; nobody where nobody waits."""
        following = self._waiting[0] if self._waiting else None
        self._led = following is not None
        if following is not None:
            following.leads = True
        return following

    def _lead(self, own: _Ticket) -> None:
        """Commit a group that begins with ``own``, wake its callers, and pass the lead on."""
        with self._mutex:
            group = [self._waiting.popleft()]
        begun: list[bool] = []
        try:
            self._commit(group, begun)
        except Exception as error:
            if self._common(error):
                if not begun:  # it could not even be opened: who waits would meet the same
                    with self._mutex:
                        group += self._waiting
                        self._waiting.clear()
                for ticket in group:
                    ticket.error = error
            elif len(group) == 1:
                own.error = error
            else:
                for ticket in group:
                    self._alone(ticket)
        except BaseException as error:  # this thread is being ended; nothing was committed, and all must hear of it
            for ticket in group:
                ticket.error = error
            raise
        finally:
            with self._mutex:
                following = self._pass_on()
            for ticket in group:
                ticket.done = True
                if ticket is not own:
                    ticket.wake.release()
            if following is not None:
                following.wake.release()

    def _commit(self, group: list[_Ticket], begun: list[bool]) -> None:
        with self._transaction() as given:
            begun.append(True)
            end = monotonic() + LONGEST
            ticket: _Ticket | None = group[0]
            while ticket is not None:
                ticket.result = ticket.work(given)
                ticket = None if len(group) >= MOST or monotonic() > end else self._next()
                if ticket is not None:
                    group.append(ticket)

    def _next(self) -> _Ticket | None:
        with self._mutex:
            return self._waiting.popleft() if self._waiting else None

    def _alone(self, ticket: _Ticket) -> None:
        try:
            with self._transaction() as given:
                ticket.result = ticket.work(given)
        except Exception as error:
            ticket.error = error
