"""Long work: told of, stopped within a fifth of a second, one at a time; and what the analyses remember."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.assumptions import OURS
from workbench.analysis.results import (
    Answer,
    Cell,
    Difference,
    EnvironmentDifference,
    Judged,
    Matrix,
    ProofReport,
    RequestEnvironment,
    Verdict,
    Witness,
)
from workbench.analysis.stop import Progress, Stop
from workbench.analysis.task import Task
from workbench.service.analysis_jobs import Job, Jobs
from workbench.service.analysis_memory import Remembered, is_open
from workbench.service.analyst import Analyst
from workbench.service.errors import WorkbenchError

SOON = 0.2  # seconds within which a stopped job has ended
LONG = 30.0


class Interrupted:
    """Like the solver: one call that lasts until somebody interrupts it."""

    def __init__(self) -> None:
        self._over = threading.Event()

    def solve(self, stop: Stop) -> None:
        stop.enter(self._over.set)
        try:
            assert self._over.wait(LONG), "nobody interrupted it"
        finally:
            stop.leave(self._over.set)
        stop.check()


def solving(begun: threading.Event | None = None) -> Callable[[Job[str]], str]:
    def work(job: Job[str]) -> str:
        job.tell(Progress(3, 10, "a rule"))
        if begun is not None:
            begun.set()
        Interrupted().solve(job.signal)
        return "never"

    return work


def asking(begun: threading.Event) -> Callable[[Job[str]], str]:
    """Like an encoder: many short steps, stopping between two."""

    def work(job: Job[str]) -> str:
        begun.set()
        task = Task(stop=job.signal, tell=job.tell)
        for step in range(int(LONG * 100)):
            task.step(step, 10, "a step")
            time.sleep(0.01)
        return "never"

    return work


def test_a_job_that_ends_has_a_result() -> None:
    job = Job("prove", lambda job: job.tell(Progress(1, 1, "all")) or 42)
    assert job.wait(5)
    assert (job.state, job.result, job.error, job.done) == ("done", 42, None, True)
    assert job.progress == Progress(1, 1, "all")
    assert job.value() == 42


def test_a_job_stopped_inside_the_solver_ends_at_once() -> None:
    begun = threading.Event()
    job = Job("prove", solving(begun))
    assert begun.wait(5)
    assert (job.state, job.done, job.result, job.progress) == ("running", False, None, Progress(3, 10, "a rule"))
    since = time.perf_counter()
    job.stop()
    assert (job.done, job.state) == (True, "stopped")
    assert job.join(5)
    assert time.perf_counter() - since < SOON
    assert (job.state, job.result, job.error, job.value()) == ("stopped", None, None, None)
    job.stop()


def test_a_job_stopped_between_two_steps_ends_at_once() -> None:
    begun = threading.Event()
    job = Job("prove", asking(begun))
    assert begun.wait(5)
    since = time.perf_counter()
    job.stop()
    assert job.join(5)
    assert time.perf_counter() - since < SOON
    assert job.state == "stopped"


def test_stopping_does_not_wait_for_work_that_does_not_look() -> None:
    begun, over = threading.Event(), threading.Event()

    def deaf(job: Job[str]) -> str:
        begun.set()
        assert over.wait(LONG)
        return "late"

    jobs = Jobs()
    job = jobs.start("prove", deaf)
    assert begun.wait(5)
    job.stop()
    assert (job.done, job.state, job.value(), job.join(0.05)) == (True, "stopped", None, False)
    after = jobs.start("prove", lambda job: "after")
    assert not after.wait(0.05)
    over.set()
    assert (job.join(5), job.state, job.result) == (True, "stopped", None)
    assert after.value() == "after"


def test_a_job_stopped_after_its_end_keeps_its_result() -> None:
    job = Job("prove", lambda job: "kept")
    assert job.value() == "kept"
    job.stop()
    assert (job.state, job.result) == ("done", "kept")


def test_what_is_done_after_it_was_stopped_is_no_result() -> None:
    job: Job[str] = Job("prove", lambda job: (job.stop(), "late")[1])
    assert job.wait(5)
    assert (job.state, job.result) == ("stopped", None)


def test_a_refusal_is_the_jobs_error() -> None:
    def refuse(job: Job[None]) -> None:
        raise WorkbenchError("no", "because", "do", "why")

    job = Job("prove", refuse)
    assert job.wait(5)
    assert (job.state, job.result) == ("failed", None)
    assert job.error is not None
    assert job.error.code == "why"
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "why"):
        job.value()


def test_a_defect_is_told_and_its_text_is_not_repeated() -> None:
    def fall(job: Job[None]) -> None:
        raise ValueError("a passphrase that was in the way")

    job = Job("prove", fall)
    assert job.wait(5)
    assert job.error is not None
    assert job.error.code == "analysis_failed"
    assert "ValueError" in job.error.detail
    assert "passphrase" not in str(job.error.to_dict())


def test_a_new_job_of_a_kind_stops_the_one_before_it_and_begins_after_it() -> None:
    jobs, begun = Jobs(), threading.Event()
    old = jobs.start("prove", solving(begun))
    assert begun.wait(5)
    ended: list[bool] = []
    new = jobs.start("prove", lambda job: ended.append(old.join(0)) or "new")
    other = jobs.start("difference", lambda job: "other")
    assert new.value() == "new"
    assert other.value() == "other"
    assert (old.state, ended) == ("stopped", [True])


def test_of_many_started_at_once_only_the_newest_has_a_result() -> None:
    jobs = Jobs()
    running = threading.Semaphore(1)

    def alone(job: Job[int]) -> int:
        assert running.acquire(blocking=False), "two at a time"
        try:
            for _ in range(3):
                job.signal.check()
                time.sleep(0.005)
        finally:
            running.release()
        return 1

    started = [jobs.start("prove", alone) for _ in range(12)]
    assert all(job.wait(10) for job in started)
    assert {job.state for job in started[:-1]} <= {"stopped", "done"}
    assert started[-1].state == "done"
    assert all(job.error is None for job in started)


def test_closing_stops_what_runs_and_nothing_begins_afterwards() -> None:
    jobs, begun = Jobs(), threading.Event()
    old = jobs.start("prove", solving(begun))
    assert begun.wait(5)
    jobs.close()
    assert old.state == "stopped"
    late = jobs.start("prove", solving())
    assert late.wait(5)
    assert late.state == "stopped"
    jobs.close()


# ---- memory ----------------------------------------------------------------------------------------------------------

HERE = RequestEnvironment("User", ("Action", "read"), "Doc")


def answer(verdict: Verdict) -> Answer:
    return Answer("never_errors", "r", verdict, OURS)


def difference(verdict: Verdict) -> Difference:
    return Difference(OURS, (EnvironmentDifference(HERE, {"permitted": "holds", "denied": verdict, "held": "holds"}),))


@pytest.mark.parametrize(
    "value",
    [
        answer("undecided"),
        (answer("holds"), answer("undecided")),
        ProofReport(OURS, (answer("holds"), answer("undecided")), 2, 1),
        difference("undecided"),
        Matrix(OURS, "principal.role", ("a",), (("Action", "read"),), (Cell("a", ("Action", "read"), "undecided"),)),
        {"one": [answer("undecided")]},
    ],
    ids=["answer", "tuple", "report", "difference", "matrix", "mapping"],
)
def test_nothing_undecided_is_remembered(value: object) -> None:
    memory = Remembered()
    memory.put("key", value)
    assert memory.get("key") is None
    assert is_open(value)


@pytest.mark.parametrize("value", [answer("holds"), answer("unsupported"), difference("fails"), 7, ("text",)])
def test_what_is_decided_is_remembered(value: object) -> None:
    memory = Remembered()
    memory.put("key", value)
    assert memory.get("key") == value


def test_a_witness_that_speaks_of_verdicts_is_data() -> None:
    data = {"verdict": "undecided", "verdicts": {"a": "undecided"}}
    found = Answer(
        "invariant", "r", "fails", OURS, HERE, Witness({"context": data}, (data,), Judged("deny", "deny", ""))
    )
    assert not is_open(found)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60), st.integers(1, 5))
def test_the_newest_and_the_asked_for_stay(steps: list[tuple[bool, int]], limit: int) -> None:
    memory, model = Remembered(limit), {}
    for put, number in steps:
        key = str(number)
        if put:
            memory.put(key, number + 1)
            model.pop(key, None)
            model[key] = number + 1
            for oldest in list(model)[:-limit]:
                del model[oldest]
        else:
            assert memory.get(key) == model.get(key)
            if key in model:
                model[key] = model.pop(key)
        assert len(memory) == len(model)


def test_many_threads_at_once_lose_nothing() -> None:
    memory = Remembered(50)

    def use(seed: int) -> None:
        for number in range(400):
            memory.put(f"{(seed * number) % 90}", number)
            memory.get(f"{number % 90}")

    threads = [threading.Thread(target=use, args=(seed,)) for seed in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory) == 50


def test_stopping_a_task_stops_the_analyst_before_it_begins() -> None:
    stop = Stop()
    stop.set()
    analyst = Analyst(Remembered(), find=lambda module, name: pytest.fail("asked"))
    job = analyst.start("prove", lambda task: analyst.matrix(None, Task(stop=stop)))  # type: ignore[arg-type]
    assert job.wait(5)
    assert job.state == "stopped"
