"""One row of the table: our engine and Cedar's on the same rules, data and requests, in turn, in one run.

Both have their rules, schema and (in one arm) entities parsed beforehand; ours validates every request and makes the
evidence, which Cedar's does not. Times are the best of some rounds, taken in turn, so that a busy machine slows both.
Before anything is timed, both must decide every request alike. May import service, engine and language; reads a clock.
"""

from __future__ import annotations

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from time import perf_counter, perf_counter_ns
from typing import Any, Literal, TypeAlias

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.cedar import CedarEngine, parse_policies, parse_schema, validate
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.bench.workload import Mix, Workload, workload

SIZES = (10, 100, 1_000, 10_000)
ROUNDS = 5
_ROUND_SECONDS = 0.2  # about how long one round of either takes

# "sent along": Cedar parses JSON text, ours takes what a gateway has parsed already; "as JSON text": both parse it.
Arm: TypeAlias = Literal["parsed once", "sent along", "as JSON text"]
Call: TypeAlias = Callable[[], object]
# How many times faster than Cedar's engine ours is to be, on the sparse mix.
TARGETS: dict[tuple[Arm, int], int] = {
    ("parsed once", 100): 15,
    ("parsed once", 1_000): 100,
    ("parsed once", 10_000): 1_000,
    ("sent along", 100): 8,
    ("sent along", 1_000): 45,
    ("sent along", 10_000): 500,
}


class DisagreementError(Exception):
    """The two engines decided a request differently: nothing measured would mean anything."""


@dataclass(frozen=True, slots=True)
class Speed:
    """One decision, in microseconds. ``matched``: rules satisfied a request, on average."""

    mix: Mix
    rules: int
    arm: Arm
    ours_us: float
    median_us: float
    p99_us: float
    cedar_us: float
    ratio: float
    target: int | None
    matched: float


@dataclass(frozen=True, slots=True)
class Load:
    """Checking and compiling a constitution: seconds, beside what Cedar's own parser and validator take."""

    mix: Mix
    rules: int
    seconds: float
    cedar_seconds: float
    microseconds_a_rule: float  # beyond Cedar's own
    kib_a_rule: float  # what the compiled evaluator holds


@dataclass(frozen=True, slots=True)
class Measured:
    """All of one rule set. ``checked``: decisions on which both engines agreed first."""

    load: Load
    speeds: tuple[Speed, ...]
    checked: int


def measure(rules: int, mix: Mix = "sparse", rounds: int = ROUNDS) -> Measured:
    """Measure one size. Raises :class:`DisagreementError`; takes seconds, at 10,000 rules about half a minute.

    A process that has held other constitutions has its memory in pieces, which costs both engines: :func:`apart`.
    """
    work = workload(rules, mix)
    cedar_seconds = _cedar_load(work)
    started = perf_counter()
    result = check(work.policies, work.schema)
    if result.program is None:
        raise AssertionError(f"the workload is not clean: {result.diagnostics[0].message}")
    program = result.program
    engine = Evaluator(program)
    seconds = perf_counter() - started
    known = Entities.from_json(work.entities, schema=engine.schema)
    cedar = CedarEngine(work.policies, work.entities, work.schema)
    matched = _require_agreement(engine, known, cedar, work, program)
    asked = [cedar.prepared(request) for request in work.requests]
    once = _speed([partial(_decide, engine, request, known) for request in work.requests], asked, rounds)
    sent = [(request, rows, json.dumps(rows)) for request in work.requests[:200] for rows in [work.inline(request)]]
    parsing = [cedar.prepared(request, text) for request, _, text in sent]
    along = _speed([partial(_decide, engine, request, rows) for request, rows, _ in sent], parsing, rounds)
    as_text = _speed([partial(_decide, engine, request, text) for request, _, text in sent], parsing, rounds)
    arms: tuple[tuple[Arm, _Times], ...] = (("parsed once", once), ("sent along", along), ("as JSON text", as_text))
    speeds = tuple(
        Speed(
            mix,
            rules,
            arm,
            ours_us=times.ours_us,
            median_us=times.median_us,
            p99_us=times.p99_us,
            cedar_us=times.cedar_us,
            ratio=times.cedar_us / times.ours_us,
            target=TARGETS.get((arm, rules)) if mix == "sparse" else None,
            matched=matched,
        )
        for arm, times in arms
    )
    beyond = max(0.0, seconds - cedar_seconds) / rules * 1e6
    load = Load(mix, rules, seconds, cedar_seconds, beyond, _size(program) / rules / 1024)
    return Measured(load, speeds, len(work.requests))


def apart(rules: int, mix: Mix = "sparse", rounds: int = ROUNDS) -> Measured:
    """:func:`measure` in a process of its own, as a constitution in use has one."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(measure, rules, mix, rounds).result()


def growth(measured: Sequence[Measured]) -> float | None:
    """How many times slower our decision is under the most rules than under the fewest, sparse, parsed once."""
    ours = {
        speed.rules: speed.ours_us
        for found in measured
        for speed in found.speeds
        if speed.mix == "sparse" and speed.arm == "parsed once"
    }
    return ours[max(ours)] / ours[min(ours)] if len(ours) > 1 else None


def _decide(engine: Evaluator, request: dict[str, Any], entities: Entities | list[Any] | str) -> object:
    """What is timed: a request read from JSON, validated, decided, and its evidence made."""
    return engine.decide(Request(**request), entities).evidence


# ---- parts -----------------------------------------------------------------------------------------------------------


def _cedar_load(work: Workload) -> float:
    """Seconds that Cedar's own parser and validator take."""
    started = perf_counter()
    parse_policies(work.policies)
    if validate(work.policies, parse_schema(work.schema)):
        raise AssertionError("the workload is not valid Cedar")
    return perf_counter() - started


def _size(program: Program) -> int:
    """Bytes that a compiled evaluator holds."""
    gc.collect()
    tracemalloc.start()
    try:
        held = Evaluator(program)
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        del held
    finally:
        tracemalloc.stop()
    return size


def _require_agreement(
    engine: Evaluator, known: Entities, cedar: CedarEngine, work: Workload, program: Program
) -> float:
    """Rules satisfied a request, on average. Raises where the engines differ."""
    names = {f"policy{place}": rule.id for place, rule in enumerate(program.rules)}
    matched = 0
    for request in work.requests:
        answer = cedar.authorize(request)
        ours = engine.decide(request, known, semantics="cedar")
        wanted = (answer.outcome, {names[reason] for reason in answer.reasons}, {names[rule] for rule in answer.errors})
        if wanted != (ours.outcome, set(ours.reasons), {error.rule for error in ours.errors}):
            raise DisagreementError(f"the engines disagree on {json.dumps(request)}")
        matched += len(engine.decide(request, known).evidence)
    return matched / len(work.requests)


@dataclass(frozen=True, slots=True)
class _Times:
    ours_us: float
    median_us: float
    p99_us: float
    cedar_us: float


def _speed(ours: Sequence[Call], peer: Sequence[Call], rounds: int) -> _Times:
    """Microseconds for one call of each: the best of some rounds, equally long for both, and both warm."""
    few = peer[: max(5, min(len(peer), int(_ROUND_SECONDS / max(_mean(peer[:3]), 1e-6))))]
    best_ours = best_peer = float("inf")
    singles: list[int] = []
    for _ in range(rounds):
        _mean(few[:20])  # each finds the processor's caches filled by the other
        best_peer = min(best_peer, _long_mean(few))
        _mean(ours)
        best_ours = min(best_ours, _long_mean(ours))
        singles.extend(_each(ours))
    singles.sort()
    at = len(singles) - 1
    return _Times(best_ours * 1e6, singles[at // 2] / 1e3, singles[int(at * 0.99)] / 1e3, best_peer * 1e6)


def _long_mean(calls: Sequence[Call]) -> float:
    """Seconds a call, over as many passes as a round has time for."""
    passes, started = 0, perf_counter()
    while (spent := perf_counter() - started) < _ROUND_SECONDS:
        for call in calls:
            call()
        passes += 1
    return spent / (passes * len(calls))


def _mean(calls: Sequence[Call]) -> float:
    started = perf_counter()
    for call in calls:
        call()
    return (perf_counter() - started) / len(calls)


def _each(calls: Sequence[Call]) -> Iterator[int]:
    for call in calls:
        started = perf_counter_ns()
        call()
        yield perf_counter_ns() - started
