"""Group commit: one transaction for many, answers only after the commit, failures that stay their caller's own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from workbench.service.committing import LONGEST, MOST, GroupCommit, _Ticket


class Log:
    """A transaction over a list: what is written counts only once it is left without an exception."""

    def __init__(self, pause: float = 0.0) -> None:
        self.committed: list[object] = []
        self.groups: list[int] = []
        self.pause = pause
        self.refuses = 0

    @contextmanager
    def transaction(self) -> Iterator[list[object]]:
        if self.refuses:
            self.refuses -= 1
            raise OSError("locked")
        pending: list[object] = []
        yield pending
        time.sleep(self.pause)  # the disk
        self.committed += pending
        self.groups.append(len(pending))


def writes(value: object) -> Callable[[list[object]], object]:
    def work(pending: list[object]) -> object:
        pending.append(value)
        return value

    return work


def in_threads(count: int, act: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=act, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads), "a caller was never answered"


def test_who_is_alone_commits_alone() -> None:
    log = Log()
    group = GroupCommit(log.transaction)
    assert [group.do(writes(number)) for number in range(3)] == [0, 1, 2]
    assert log.groups == [1, 1, 1]


def test_everybody_is_answered_after_their_own_commit_and_commits_are_shared() -> None:
    log = Log(pause=0.01)
    group = GroupCommit(log.transaction)
    early: list[int] = []

    def act(number: int) -> None:
        for step in range(10):
            value = (number, step)
            assert group.do(writes(value)) == value
            if value not in log.committed:
                early.append(number)

    in_threads(16, act)
    assert not early
    assert sorted(log.committed) == [(n, s) for n in range(16) for s in range(10)]
    assert len(log.groups) < 100, "160 pieces of work took as many commits: nothing was shared"


def test_a_failure_is_its_callers_own_and_the_others_are_committed() -> None:
    log = Log(pause=0.005)
    group = GroupCommit(log.transaction)
    failed: list[int] = []

    def bad(pending: list[object]) -> object:
        pending.append("half")
        raise ValueError("mine alone")

    def act(number: int) -> None:
        if number % 5:
            group.do(writes(number))
            return
        with pytest.raises(ValueError, match="mine alone"):
            group.do(bad)
        failed.append(number)

    in_threads(20, act)
    assert sorted(failed) == [0, 5, 10, 15]
    assert sorted(log.committed) == [n for n in range(20) if n % 5]


def test_a_transaction_that_cannot_begin_is_told_to_its_caller_and_the_next_goes_on() -> None:
    log = Log()
    log.refuses = 1
    group = GroupCommit(log.transaction)
    with pytest.raises(OSError, match="locked"):
        group.do(writes("lost"))
    assert group.do(writes("kept")) == "kept"
    assert log.committed == ["kept"]


def led(group: GroupCommit[list[object]], after: float = 0.0) -> Callable[[], None]:
    """A caller who leads, and is busy until the function that is given back is called (and ``after`` seconds more)."""
    entered, go = threading.Event(), threading.Event()

    def slow(pending: list[object]) -> None:
        entered.set()
        go.wait(10)
        time.sleep(after)

    leader = threading.Thread(target=group.do, args=(slow,))
    leader.start()
    assert entered.wait(10)

    def end() -> None:
        go.set()
        leader.join(10)

    return end


def test_a_group_has_an_end() -> None:
    """Who waits behind a slow work is not added to its group, whose time is used up; and nobody is forgotten."""
    log = Log()
    group = GroupCommit(log.transaction)
    end = led(group, after=2 * LONGEST)
    count = 40
    threads = [threading.Thread(target=group.do, args=(writes(n),)) for n in range(count)]
    for thread in threads:
        thread.start()
    while len(group._waiting) < count:
        time.sleep(0.001)
    end()
    for thread in threads:
        thread.join(timeout=10)
    assert sorted(log.committed) == list(range(count))
    assert log.groups[0] == 0
    assert max(log.groups) <= MOST


class Interrupted:
    """A lock on which nobody can sleep: Ctrl-C comes at once."""

    def acquire(self) -> None:
        raise KeyboardInterrupt

    def release(self) -> None: ...


@pytest.mark.parametrize("chosen", [False, True])
def test_an_interrupt_while_waiting_leaves_the_others_in_peace(chosen: bool) -> None:
    """Ctrl-C reaches a caller that waits, perhaps just chosen to lead: whoever comes after is led all the same."""
    log = Log()
    group = GroupCommit(log.transaction)
    end = led(group)
    ticket = _Ticket(writes("interrupted"))
    ticket.wake = Interrupted()  # type: ignore[assignment]
    with group._mutex:
        group._waiting.append(ticket)
    after = threading.Thread(target=group.do, args=(writes("after"),))
    if chosen:
        group._next = lambda: None  # type: ignore[method-assign]  # the leader takes nobody along, and chooses it
        after.start()
        end()
        assert ticket.leads
    with pytest.raises(KeyboardInterrupt):
        group._sleep(ticket)
    if not chosen:
        after.start()
        end()
    after.join(10)
    assert not after.is_alive()
    assert log.committed == ["after"]


def gone(error: Exception) -> bool:
    return isinstance(error, OSError)


def told(group: GroupCommit[list[object]], count: int) -> list[OSError]:
    """The failures that ``count`` callers at once are told of."""
    errors: list[OSError] = []

    def act(number: int) -> None:
        with pytest.raises(OSError) as failed:
            group.do(writes(number))
        errors.append(failed.value)

    in_threads(count, act)
    return errors


def test_when_the_database_is_gone_everybody_hears_of_it_at_once() -> None:
    """Not one patience after the other: fifty callers would wait for fifty."""
    opened: list[int] = []

    @contextmanager
    def refusing() -> Iterator[list[object]]:
        opened.append(1)
        time.sleep(0.2)
        raise OSError("gone")
        yield []

    assert len(told(GroupCommit(refusing, gone), 50)) == 50
    assert len(opened) <= 4


def test_a_commit_without_an_answer_is_not_done_twice() -> None:
    """It may well be on the disk: to do the work again would record it twice."""
    done: list[object] = []

    @contextmanager
    def unanswered() -> Iterator[list[object]]:
        pending: list[object] = []
        yield pending
        time.sleep(0.02)
        done.extend(pending)
        raise OSError("no answer")

    assert len(told(GroupCommit(unanswered, gone), 30)) == 30
    assert sorted(done) == list(range(30))  # type: ignore[type-var]
