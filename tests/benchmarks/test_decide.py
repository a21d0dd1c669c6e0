"""Decisions against Cedar's own engine, as ``workbench bench`` measures them: with evidence and validation, warm.

``pytest tests/benchmarks -s`` prints the ratios. What is asserted is only that none falls far below what the README
promises: a busy machine may cost a part of a ratio, an index that no longer works costs a factor.
"""

from __future__ import annotations

from typing import Any

import pytest

from workbench.service.bench import measure as measuring
from workbench.service.bench.measure import TARGETS, Measured, growth, measure

SLACK = 3
ROUNDS = 10
ROUND_SECONDS = 0.01  # `workbench bench` takes longer ones; of many short ones some are not interrupted
SIZES = [
    (10, "sparse"), (10, "dense"), (100, "sparse"), (100, "dense"), (1_000, "sparse"), (1_000, "dense"),
    pytest.param(10_000, "sparse", marks=pytest.mark.slow),
]  # fmt: skip


@pytest.fixture(autouse=True)
def short_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "_ROUND_SECONDS", ROUND_SECONDS)


@pytest.mark.parametrize(("size", "mix"), SIZES)
def test_against_cedar(benchmark: Any, size: int, mix: Any) -> None:
    found: Measured = benchmark.pedantic(lambda: measure(size, mix, rounds=ROUNDS), rounds=1, iterations=1)
    for speed in found.speeds:
        print(
            f"\n{size} {mix} rules, entities {speed.arm}: {speed.ours_us:.1f} µs (p99 {speed.p99_us:.1f}), "
            f"Cedar {speed.cedar_us:.0f} µs: {speed.ratio:.0f} x"
        )
        benchmark.extra_info[f"ratio, {speed.arm}"] = round(speed.ratio, 1)
        if mix == "sparse":
            assert speed.ratio * SLACK > TARGETS.get((speed.arm, size), 1)
    load = found.load
    print(f"loaded in {load.seconds:.2f} s (Cedar {load.cedar_seconds:.2f} s), {load.kib_a_rule:.1f} KiB a rule")
    assert load.kib_a_rule < 6 or size < 100
    if size == 10_000:  # our time hardly grows with the rules
        grown = growth([measure(10, rounds=ROUNDS), found])
        print(f"10 to 10,000 rules: {grown:.1f} x")
        assert grown is not None
        assert grown < 3 * 1.5
