"""Threads for what must not wait: each kind of call has a lane of its own, and one that hangs holds up that one only.

Textual runs all threads of an application in one pool, of six on a small machine: six calls that hang, say on a store
that is far away, stop every screen, and the end of the program waits for them as well. Here a call that hangs costs the
lane that it runs in; the threads are daemons and end when there is nothing left to do. Imports Textual's worker calls
by the widget that asks, and nothing of ours.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import Context, copy_context
from functools import partial
from threading import Lock, Thread
from typing import Any, TypeVar

from textual.dom import DOMNode

Result = TypeVar("Result")

AT_ONCE = 2
"""Calls of one kind that run at the same time: one that hangs, and the newer one that is asked for instead."""

_Job = tuple[Future[Any], Context, Callable[[], Any]]


class Lane:
    """At most ``at_once`` calls at a time; the others wait, and begin in the order in which they came."""

    def __init__(self, name: str, at_once: int = AT_ONCE) -> None:
        self.name = name
        self._at_once = at_once
        self._lock = Lock()
        self._waiting: deque[_Job] = deque()
        self._running = 0

    def submit(self, call: Callable[[], Result]) -> Future[Result]:
        """Run ``call`` in a thread, with the context of now, as soon as there is room."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append((future, copy_context(), call))
            if self._running == self._at_once:
                return future
            self._running += 1
        Thread(target=self._work, name=f"lane-{self.name}", daemon=True).start()
        return future

    async def run(self, call: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """``call(*args, **kwargs)`` in a thread; what it returns, or raises.

        Where the waiting is cancelled, a call that has begun goes on to its end, and one that has not begins no more.
        """
        return await asyncio.wrap_future(self.submit(partial(call, *args, **kwargs)))

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running -= 1
                    return
                future, context, call = self._waiting.popleft()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = context.run(call)
            except BaseException as error:  # the asker's to handle
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, context, call  # nothing of a call that is over is kept while this waits


def lane_of(owner: object, kind: str) -> Lane:
    """The lane of ``owner`` (an app, a screen, a window) for calls of one kind."""
    lanes: dict[str, Lane] = owner.__dict__.setdefault("_lanes", {})
    return lanes.setdefault(kind, Lane(kind))


def in_lane(owner: DOMNode, work: Callable[[], None], kind: str) -> None:
    """Run ``work``, which reports by itself, in the lane of ``owner`` for its kind, as a worker of Textual's."""

    async def wait() -> Any:  # nothing, which Textual's type for it does not allow
        await lane_of(owner, kind).run(work)

    owner.run_worker(wait, group=kind, exit_on_error=False)
