"""Long work in a thread of its own: told how far it is, stopped at once, its result picked up when it is there.

Faces hold a :class:`Job` and look at it; nothing here calls back into them. Imports values only.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from workbench.analysis.stop import Progress, Stop, Stopped
from workbench.service.analysis_subjects import Subject
from workbench.service.errors import WorkbenchError

T = TypeVar("T")
State: TypeAlias = Literal["running", "done", "stopped", "failed"]


class Job(Generic[T]):
    """One piece of work. Everything may be asked from any thread; only :meth:`wait`, :meth:`value` and :meth:`join`
    wait.

    ``about``: what it looks at, the older side of a change first; empty until that is read. ``signal`` and ``tell`` are
    for the work itself.
    """

    def __init__(self, kind: str, work: Callable[[Job[T]], T], after: Job[Any] | None = None) -> None:
        """Begin ``work``, once the job ``after`` which it follows has let go of its thread."""
        self.kind = kind
        self.about: tuple[Subject, ...] = ()
        self.signal = Stop()
        self._work = work
        self._lock = Lock()
        self._ended = Event()
        self._progress: Progress | None = None
        self._result: T | None = None
        self._error: WorkbenchError | None = None
        self._state: State = "running"
        self._thread = Thread(target=self._run, args=(after,), name=f"analysis-{kind}", daemon=True)
        self._thread.start()

    @property
    def state(self) -> State:
        """``stopped``: somebody asked for it, and there is no result."""
        return self._state

    @property
    def revision(self) -> int | None:
        """The draft's revision that it looks at; ``None`` until that is known, and where it looks at no draft."""
        return self.about[-1].revision if self.about else None

    @property
    def progress(self) -> Progress | None:
        """How far it is; ``None`` until that is known."""
        return self._progress

    @property
    def result(self) -> T | None:
        """What came of it; ``None`` until it is done, and where it failed or was stopped."""
        return self._result

    @property
    def error(self) -> WorkbenchError | None:
        """Why there is no result, where it failed."""
        return self._error

    @property
    def done(self) -> bool:
        """Whether it has ended, in whichever way."""
        return self._ended.is_set()

    def stop(self) -> None:
        """End it: from here on it is ``stopped``, and its thread follows as soon as the solver lets it go. Returns at
        once. A second call, and one after the end, does nothing."""
        self.signal.set()
        self._end("stopped")

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it has ended, at most ``timeout`` seconds; whether it has."""
        return self._ended.wait(timeout)

    def join(self, timeout: float | None = None) -> bool:
        """Wait until its thread has ended too, at most ``timeout`` seconds; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def value(self) -> T | None:
        """Wait for the result; ``None`` where it was stopped. Raises the :class:`WorkbenchError` it failed with."""
        self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result

    def tell(self, progress: Progress) -> None:
        """From the work: how far it is."""
        self._progress = progress

    def _run(self, after: Job[Any] | None) -> None:
        try:
            if after is not None:
                after.join()
            self.signal.check()
            self._end("done", self._work(self))
        except Stopped:
            self._end("stopped")
        except WorkbenchError as error:
            self._end("failed", error=error)
        except Exception as error:
            self._end("failed", error=broken(error))

    def _end(self, state: State, result: T | None = None, error: WorkbenchError | None = None) -> None:
        """The first end counts."""
        with self._lock:
            if not self._ended.is_set():
                self._result, self._error, self._state = result, error, state
                self._ended.set()


class Jobs:
    """One job at a time of each kind: a new one stops the one before it, and begins when its thread has ended."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._newest: dict[str, Job[Any]] = {}
        self._closed = False

    def start(self, kind: str, work: Callable[[Job[T]], T]) -> Job[T]:
        """Begin ``work``. After :meth:`close` it is stopped before it begins."""
        with self._lock:
            before = self._newest.get(kind)
            if before is not None:
                before.stop()
            job = Job(kind, work, before)
            if self._closed:
                job.stop()
            self._newest[kind] = job
            return job

    def close(self, seconds: float = 2.0) -> None:
        """Stop what runs, and wait until it has, at most ``seconds`` each. Safe to call twice."""
        with self._lock:
            self._closed = True
            running = list(self._newest.values())
        for job in running:
            job.stop()
        for job in running:
            job.join(seconds)


def broken(error: Exception) -> WorkbenchError:
    """An analysis that failed by a mistake of ours. What it failed on may be anybody's text, so it is not repeated."""
    what = f"the analysis ended with {type(error).__name__}"
    failure = WorkbenchError("not analysed", what, "this is a defect of the program: report it", "analysis_failed")
    failure.__cause__ = error
    return failure
