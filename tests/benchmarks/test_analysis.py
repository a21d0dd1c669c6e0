"""Proofs and differences, as multiples of what checking the same constitution costs (our parser, cedarpy's validator).

``pytest tests/benchmarks -s`` prints seconds and multiples. What must hold on a quiet machine of two cores: 200 rules,
the difference after one changed rule under 1.5 s, every property of every rule under 8 s, invariants under 1 s; 1,000
rules, the difference of one changed rule under 5 s. A check takes 35 ms for 200 rules and 140 ms for 1,000, and grows
with the machine as the proofs do; the bounds below are those figures over these, so that a busy machine changes nothing
and an encoding that blows up, or an environment that is looked at in vain, does.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import pytest

from workbench.analysis.difference import difference
from workbench.analysis.invariants import check_invariants, invariant_answers
from workbench.analysis.prove import prove
from workbench.analysis.task import Task
from workbench.analysis.tightening import tightens
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.bench.workload import workload

T = TypeVar("T")
LIMITS = {"difference, 200": 43, "properties, 200": 230, "invariants, 200": 29, "difference, 1,000": 36}
INVARIANTS = """
@id("no-tag7") forbid (principal, action == Action::"act1", resource) when { resource.tags.contains("tag7") };
@id("cap") forbid (principal, action == Action::"act2", resource) when { context.amount > 999 };
@id("owners") forbid (principal, action == Action::"act3", resource) unless { principal == resource.owner };
"""


class Kept(dict[str, Any]):
    """A memory that forgets nothing."""

    def put(self, key: str, value: Any) -> None:
        self[key] = value


def timed(make: Callable[[], T]) -> tuple[float, T]:
    begun = time.perf_counter()
    made = make()
    return time.perf_counter() - begun, made


@cache
def source(rules: int) -> tuple[str, str]:
    load = workload(rules, "dense")
    return load.policies, load.schema


@cache
def checked(rules: int) -> Program:
    made = check(*source(rules)).program
    assert made is not None
    return made


@cache
def checking(rules: int) -> float:
    """Seconds that a check of so many rules takes, nothing of it remembered: the yardstick. The best of three."""

    def once(seed: int) -> float:
        load = workload(rules, "dense", seed)  # rules that nobody checked yet
        seconds, made = timed(lambda: check(load.policies, load.schema))
        assert made.program is not None
        return seconds

    return min(map(once, range(1, 4)))


def one_rule_changed(rules: int) -> Program:
    """The same with another number in the first permit that names an action."""
    policies, schema = source(rules)
    lines = policies.split("\n")
    place = next(n for n, line in enumerate(lines) if line.startswith("permit") and "action ==" in line)
    lines[place] = re.sub(r"< (\d+)", lambda found: f"< {int(found[1]) + 7}", lines[place])
    made = check("\n".join(lines), schema).program
    assert made is not None
    return made


def reported(benchmark: Any, name: str, yardstick: float, make: Callable[[], T]) -> T:
    seconds, made = benchmark.pedantic(lambda: timed(make), rounds=1, iterations=1)
    multiple = seconds / yardstick
    print(f"\n{name}: {seconds:.2f} s, {multiple:.1f} x a check of the same rules ({yardstick * 1000:.0f} ms)")
    benchmark.extra_info["multiple of a check"] = round(multiple, 1)
    if name in LIMITS:
        assert multiple < LIMITS[name]
    return made


@pytest.mark.parametrize("rules", [200, 1_000])
def test_difference_after_one_changed_rule(benchmark: Any, rules: int) -> None:
    before, after = checked(rules), one_rule_changed(rules)
    found = reported(benchmark, f"difference, {rules:,}", checking(rules), lambda: difference(before, after, Task()))
    assert sum(each.touched for each in found.environments) == 1
    assert found.verdict("permitted") == "fails"


def test_all_properties(benchmark: Any) -> None:
    memory = Kept()
    made = checked(200)
    report = reported(benchmark, "properties, 200", checking(200), lambda: prove(made, Task(memory=memory)))
    assert {answer.verdict for answer in report.answers} == {"holds", "fails"}
    first, _ = timed(lambda: prove(made, Task()))
    again, same = timed(lambda: prove(made, Task(memory=memory)))
    edited, _ = timed(lambda: prove(one_rule_changed(200), Task(memory=memory)))
    print(f"nothing remembered: {first:.2f} s; again: {again:.2f} s; after one changed rule: {edited:.2f} s")
    assert same == report
    assert max(again, edited) < first / 2


def test_invariants(benchmark: Any) -> None:
    made = checked(200)
    promised = check_invariants(INVARIANTS, made.schema).program
    assert promised is not None
    answers = reported(
        benchmark, "invariants, 200", checking(200), lambda: list(invariant_answers(made, promised, Task()))
    )
    assert len(answers) == 3
    assert {answer.verdict for answer in answers} == {"holds", "fails"}


def test_what_only_tightens(benchmark: Any) -> None:
    before = checked(200)
    policies, schema = source(200)
    tighter = check(policies + "\nforbid (principal, action, resource) when { context.amount > 998 };", schema).program
    assert tighter is not None
    answer = reported(
        benchmark, "tightening, 200, every kind of request", checking(200), lambda: tightens(before, tighter, Task())
    )
    assert answer.verdict == "holds"
