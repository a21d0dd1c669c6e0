"""An evaluator whose constitution nobody has reviewed: it is checked, compiled and asked in a process of its own.

Whatever that process does, this one denies and goes on: over a limit, dead or babbling, it is replaced. What is not
guarded against is a wrong answer: a constitution decides what is allowed, reviewed or not. Imports the sandbox, the
engine's values and the language's diagnostics.
"""

from __future__ import annotations

import json
import queue
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Lock
from types import TracebackType
from typing import Any, TypeAlias

from workbench.engine.decision import Decision, RuleError
from workbench.engine.grants import Grant
from workbench.engine.request import Request
from workbench.language.diagnostics import Diagnostic, DiagnosticsError
from workbench.service.sandbox.answers import AnswerError, decision_from, diagnostics_from
from workbench.service.sandbox.limits import Limits, LimitsInForce
from workbench.service.sandbox.process import Limit, Worker, WorkerLostError

_DEFAULT = Limits()
_PAUSE = 5.0  # seconds before a worker that could not be loaded is tried again
_DEADLINE_SHARE = 0.75  # of the wall time: a long evaluation is better told by the engine than by a kill

JsonForm: TypeAlias = Mapping[str, Any] | str


class SandboxedEvaluator:
    """Decides as ``engine.Evaluator`` does, in sandboxed workers. Safe from any thread; to be closed, or in a ``with``.

    Every decision that a worker fails to make is a deny with the code ``sandbox_limit``, whose error names the limit:
    ``wall``, ``cpu``, ``memory``, ``output``, ``crash``, ``protocol``, ``start`` or ``busy``.
    """

    def __init__(self, source_text: str, schema_text: str, limits: Limits = _DEFAULT, *, workers: int = 1) -> None:
        """Start one worker and load the constitution there; the others start behind it.

        Raises ``DiagnosticsError`` where the constitution is not clean, ``ValueError`` for no workers. Where the
        loading itself goes over a limit nothing is raised: every decision is then a deny.
        """
        if workers < 1:
            raise ValueError("at least one worker is needed")
        self.limits = limits
        self._text = {"source": source_text, "schema": schema_text}
        self._lock = Lock()
        self._alive: set[Worker] = set()
        self._closed = False
        self._in_force: LimitsInForce | None = None
        # Workers ask to die with the thread that started them, so that must be one which lives as long as this.
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="sandbox")
        self._slots = [_Slot(self._start_soon) for _ in range(workers)]
        self._free: queue.LifoQueue[_Slot] = queue.LifoQueue()
        for slot in reversed(self._slots):
            self._free.put(slot)
        try:
            with suppress(WorkerLostError):
                self._slots[0].worker()
        except BaseException:
            self.close()
            raise
        for slot in self._slots[1:]:
            slot.prepare()

    # ---- asking ------------------------------------------------------------------------------------------------------

    def decide(
        self,
        request_json: JsonForm | Request,
        entities_json: Sequence[Any] | str = (),
        grants: Iterable[str | Grant] = (),
    ) -> Decision:
        """Decide one request; JSON values, or their texts. Never raises on bad input, and always answers in time:

        at worst after waiting for a free worker (``queue_seconds``), for a new one (``start_seconds`` and
        ``load_seconds``), and for the decision (``wall_seconds``).
        """
        limits = self.limits
        try:
            if isinstance(request_json, Request):
                request_json = request_json.to_json()
            request = _json_text(request_json)
            granted = [grant if isinstance(grant, str) else [*grant] for grant in grants]
            if len(request.encode()) + len(json.dumps(granted)) > limits.request_bytes:
                return _refused("invalid_request", f"the request has over {limits.request_bytes} bytes")
        except (TypeError, ValueError, RecursionError) as error:
            return _refused("invalid_request", f"the request is no JSON: {error}")
        try:
            entities = _json_text(entities_json)
            if len(entities.encode()) > limits.entities_bytes:
                return _refused("invalid_entity", f"the entities have over {limits.entities_bytes} bytes")
        except (TypeError, ValueError, RecursionError) as error:
            return _refused("invalid_entity", f"the entities are no JSON: {error}")
        milliseconds = int(limits.wall_seconds * _DEADLINE_SHARE * 1000)
        question = {"do": "decide", "request": request, "entities": entities, "grants": granted}
        return self._ask(question | {"milliseconds": milliseconds})

    def _ask(self, message: Mapping[str, Any]) -> Decision:
        try:
            slot = self._free.get(timeout=self.limits.queue_seconds)
        except queue.Empty:
            return _over("busy", f"every worker was busy for {self.limits.queue_seconds:g} s")
        try:
            worker = slot.worker()
            try:
                decision = decision_from(worker.ask(message, self.limits.wall_seconds).get("decision"))
            except BaseException as error:
                self._discard(slot, worker)
                if isinstance(error, AnswerError):
                    raise WorkerLostError("protocol", f"the worker sent no decision: {error}") from None
                raise
            if worker.spent:
                self._discard(slot, worker)
            return decision
        except WorkerLostError as lost:
            return _over(lost.limit, lost.detail)
        except DiagnosticsError as error:
            return _over("protocol", f"the worker finds mistakes where it found none before: {error}")
        finally:
            self._free.put(slot)

    def limits_in_force(self) -> LimitsInForce:
        """What binds the workers on this platform, and what does not; nothing but time, where none ever started."""
        return self._in_force or LimitsInForce.of({}, self.limits)

    # ---- workers -----------------------------------------------------------------------------------------------------

    def _start_soon(self) -> Future[Worker]:
        with self._lock:
            if self._closed:
                raise WorkerLostError("start", "the sandbox is closed")
            return self._keeper.submit(self._started)

    def _started(self) -> Worker:
        """A worker with the constitution loaded. Raises ``WorkerLostError``, ``DiagnosticsError``. In the keeper."""
        worker = Worker(self.limits)
        with self._lock:
            self._alive.add(worker)
            closed = self._closed
        try:
            if closed:
                raise WorkerLostError("start", "the sandbox is closed")
            if self._in_force is None:
                self._in_force = LimitsInForce.of(worker.how, self.limits)
            try:
                answer = worker.ask({"do": "load", **self._text}, self.limits.load_seconds)
            except WorkerLostError as lost:
                raise WorkerLostError(lost.limit, f"loading the constitution: {lost.detail}") from None
            if found := self._diagnostics(answer):
                raise DiagnosticsError(found)
        except BaseException:
            self._bury(worker)
            raise
        worker.loaded()
        return worker

    def _diagnostics(self, answer: Mapping[str, Any]) -> tuple[Diagnostic, ...]:
        if "diagnostics" in answer:
            try:
                found = diagnostics_from(answer["diagnostics"], self._text["source"])
            except AnswerError as error:
                raise WorkerLostError("protocol", f"loading the constitution: {error}") from None
            if found:
                return found
        if type(answer.get("rules")) is not int:
            raise WorkerLostError("protocol", "loading the constitution: the worker does not say what it loaded")
        return ()

    def _discard(self, slot: _Slot, worker: Worker) -> None:
        self._bury(worker)
        with suppress(WorkerLostError):
            slot.prepare()

    def _bury(self, worker: Worker) -> None:
        worker.kill()
        with self._lock:
            self._alive.discard(worker)

    def close(self) -> None:
        """End every worker; decisions that wait for one become denies. May be called again."""
        with self._lock:
            self._closed = True
            alive = list(self._alive)
        for worker in alive:
            worker.stop()
        self._keeper.shutdown(cancel_futures=True)
        idle = [self._free.get() for _ in self._slots]  # who is asking notices at once, and gives its slot back
        for slot in idle:
            slot.abandon(self._bury)
            self._free.put(slot)

    def __enter__(self) -> SandboxedEvaluator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _Slot:
    """A place for one worker: the one that is there, or that is being started, or why there is none."""

    def __init__(self, start: Callable[[], Future[Worker]]) -> None:
        self._start = start
        self._coming: Future[Worker] | None = None
        self._failed: tuple[float, BaseException] | None = None

    def prepare(self) -> None:
        """Have a new one started, without waiting for it. Raises ``WorkerLostError`` where that is over."""
        self._coming = self._start()

    def worker(self) -> Worker:
        """The worker; waits for it where it is being started. Raises what kept it from starting.

        After a failure it is not tried again for a while, so that a constitution which cannot be loaded in time costs
        that time once, not once for each request.
        """
        if self._coming is None:
            if self._failed is not None and time.monotonic() - self._failed[0] < _PAUSE:
                raise self._failed[1].with_traceback(None)
            self.prepare()
        assert self._coming is not None
        try:
            return self._coming.result()
        except CancelledError:
            self._coming = None
            raise WorkerLostError("start", "the sandbox is closed") from None
        except BaseException as error:
            self._coming = None
            self._failed = time.monotonic(), error
            raise

    def abandon(self, bury: Callable[[Worker], None]) -> None:
        """Give up the worker, if there is one."""
        coming, self._coming = self._coming, None
        if coming is not None and coming.done() and not coming.cancelled() and coming.exception() is None:
            bury(coming.result())


def _json_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value if isinstance(value, Mapping) else list(value))


def _refused(code: Any, message: str) -> Decision:
    return Decision("deny", code, "after_change", "Send less, or as JSON.", errors=(RuleError("", message),))


def _over(limit: Limit, detail: str) -> Decision:
    return Decision(
        outcome="deny",
        code="sandbox_limit",
        retry="after_change",
        remedy=_REMEDIES[limit],
        errors=(RuleError("", f"sandbox limit `{limit}`: {detail}"),),
    )


_AGAIN = "Ask again; the worker is replaced. If it happens again, have the constitution reviewed."
_REMEDIES: Mapping[Limit, str] = {
    "wall": "Send a smaller request, or have the constitution reviewed; the worker is replaced.",
    "cpu": "Send a smaller request, or have the constitution reviewed; the worker is replaced.",
    "memory": "Send a smaller request, or have the constitution reviewed; the worker is replaced.",
    "output": "Send a smaller request, or have the constitution reviewed; the worker is replaced.",
    "crash": _AGAIN,
    "protocol": _AGAIN,
    "start": "Tell the operator: sandboxed workers do not start on this machine.",
    "busy": "Ask again, or have the operator allow more workers.",
}
