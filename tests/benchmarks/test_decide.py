"""One decision, with evidence and validation, against cedarpy with everything parsed once, in the same run.

The figure is the ratio (``extra_info``; ``pytest tests/benchmarks --benchmark-only`` prints the times). No wall time is
asserted; that both engines decide alike is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import cycle
from time import perf_counter
from typing import Any

import cedarpy
import pytest

from tests.benchmarks.workload import Workload, workload
from tests.engine.support import Cedar, evaluator, ours
from workbench.engine import Entities, Request

SIZES = [10, 100, 1_000, pytest.param(10_000, marks=pytest.mark.slow)]


def seconds(act: Callable[[Any], object], items: list[Any], rounds: int = 3) -> float:
    """The best time for one item, of some rounds over all of them."""
    best = float("inf")
    for _ in range(rounds):
        start = perf_counter()
        for item in items:
            act(item)
        best = min(best, (perf_counter() - start) / len(items))
    return best


def report(benchmark: Any, size: int, peer: float) -> None:
    if benchmark.stats is not None:
        ratio = peer / benchmark.stats.stats.min
        benchmark.extra_info.update(rules=size, cedarpy_microseconds=round(peer * 1e6, 1), ratio=round(ratio, 1))
        print(f"\n{size} rules: {ratio:.0f} x faster than cedarpy ({peer * 1e6:.0f} µs)")


@pytest.mark.parametrize("size", SIZES)
def test_entities_parsed_once(benchmark: Any, size: int) -> None:
    work: Workload = workload(size)
    engine = evaluator(work.policies, work.schema)
    known = Entities.from_json(work.entities, schema=engine.schema)
    cedar = Cedar(work.policies, work.entities, work.schema)
    for request in work.requests[:100]:
        outcome, reasons, errors = ours(engine, request, known)
        renamed = sorted(reason.replace("rule", "policy") for reason in reasons)
        assert (outcome, renamed, errors) == cedar.decide(request)
        assert engine.decide(request, known).outcome == outcome  # nothing errs here, so Cedar+ says the same

    def decide(request: dict[str, Any]) -> object:
        return engine.decide(Request(**request), known).evidence

    peer = seconds(cedar.ask, work.requests[: 40 if size > 1_000 else 200])
    seconds(decide, work.requests, 1)
    requests = work.requests
    benchmark.pedantic(lambda: [decide(r) for r in requests], rounds=5, iterations=1)
    report(benchmark, size, peer * len(requests))


@pytest.mark.parametrize("size", SIZES)
def test_entities_sent_with_each_request(benchmark: Any, size: int) -> None:
    work = workload(size)
    engine = evaluator(work.policies, work.schema)
    asked = [(request, rows, json.dumps(rows)) for request in work.requests[:200] for rows in [work.inline(request)]]
    policies, schema = cedarpy.PolicySet.from_str(work.policies), cedarpy.Schema.from_str(work.schema)

    def decide(item: tuple[dict[str, Any], list[Any], str]) -> object:
        return engine.decide(Request(**item[0]), item[1]).evidence

    peer = seconds(lambda item: cedarpy.is_authorized(item[0], policies, item[2], schema), asked[:40])
    items = cycle(asked)
    benchmark.pedantic(lambda: [decide(next(items)) for _ in asked], rounds=5, iterations=1)
    report(benchmark, size, peer * len(asked))
