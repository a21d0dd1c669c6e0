"""A check of compatible norms against a loop over them, at 1,000 norms: what normsync itself does, restated.

``pytest tests/benchmarks -s`` prints the ratios. The loop is our own restatement of the specification (lower-case,
split, search, norm by norm), so that the figure needs no other package; normsync's is slower still. No two actions of a
run are alike, and each names a target that was never met before, so nothing is won by remembering answers. What is
asserted is a careful part of the promise (200 times): a busy machine costs a part of a ratio, a lost index a factor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from workbench.compat.normsync import AgentAction, NormMonitor, NormStore, NormViolation, WorldNorm

NORMS = 1_000
PROMISED = 200
SLACK = 3
ROUNDS = 5
VERBS = ("attack", "steal", "trade", "cast", "enter", "delete", "deploy", "loot", "push", "burn")


class Loop:
    """The peer: every norm is cut into words and looked for, at each check."""

    def __init__(self, norms: list[WorldNorm]) -> None:
        self.norms = norms

    def check(self, action: AgentAction) -> list[NormViolation]:
        hay = " ".join([action.action, action.location, action.target, action.faction]).lower()
        verb = action.action.lower().strip()
        found = []
        for norm in self.norms:
            if not norm.active:
                continue
            required = norm.condition.lower().replace("==", "").split()
            forbidden = norm.prohibited.lower().replace("==", "").split()
            if all(token in hay for token in required) and any(token in verb for token in forbidden):
                told = f"Agent '{action.agent_id}' performed '{action.action}' in '{action.location}', "
                at = action.timestamp or time.time()
                found.append(
                    NormViolation(
                        norm_id=norm.id, norm_name=norm.name, action_id=action.id, agent_id=action.agent_id,
                        description=f"{told}violating norm '{norm.name}'", severity="warn", timestamp=at,
                    )
                )  # fmt: skip
        return found


def places(number: int) -> WorldNorm:
    """A place each, ten verbs: what a game has."""
    return WorldNorm(f"n{number}", "", f"zone_{number:04d}", VERBS[number % 10])


def one_verb(number: int) -> WorldNorm:
    """One verb for all: the verb alone tells nothing."""
    return WorldNorm(f"n{number}", "", f"zone_{number:04d}", "attack")


def places_of_factions(number: int) -> WorldNorm:
    """Two words that many norms share, and two verbs."""
    verbs = f"{VERBS[number % 10]} {VERBS[(number + 3) % 10]}"
    return WorldNorm(f"n{number}", "", f"zone_{number % 50:04d} faction_{number // 50:03d}", verbs)


MIXES = [places, one_verb, places_of_factions]


def actions(count: int, seed: int) -> list[AgentAction]:
    """Actions of which no two are alike, one in ten of which violates a norm."""
    drawn = Random(seed)
    return [
        AgentAction(
            f"agent{drawn.randrange(50)}",
            drawn.choice(VERBS),
            f"zone_{drawn.randrange(NORMS):04d}",
            f"goblin_{seed}_{number}",
            f"faction_{drawn.randrange(20):03d}",
            timestamp=number + 1.0,
        )
        for number in range(count)
    ]


def seconds(check: Callable[[AgentAction], Any], done: list[AgentAction]) -> float:
    """Processor time of one check, on the average of these actions."""
    begun = time.thread_time()
    for action in done:
        check(action)
    return (time.thread_time() - begun) / len(done)


def ratio(ours: Callable[[AgentAction], Any], peer: Callable[[AgentAction], Any]) -> tuple[float, float, float]:
    """Ours, theirs (seconds) and the ratio; the two take turns, so that a busy machine hits both."""
    pairs = [
        (seconds(ours, actions(2_000, 10 * turn)), seconds(peer, actions(20, 10 * turn + 1)))
        for turn in range(1, ROUNDS + 1)
    ]
    mine, theirs = (min(pair[side] for pair in pairs) for side in (0, 1))
    return mine, theirs, theirs / mine


@pytest.mark.parametrize("mix", MIXES, ids=lambda mix: mix.__name__)
def test_a_check_against_the_loop(benchmark: Any, mix: Callable[[int], WorldNorm]) -> None:
    norms = [mix(number) for number in range(NORMS)]
    monitor, loop = NormMonitor(norms), Loop(norms)
    found = [len(monitor.check(action)) for action in actions(2_000, 1)]
    assert found == [len(loop.check(action)) for action in actions(2_000, 1)][: len(found)]
    assert 0 < sum(found) < len(found)
    mine, theirs, times = benchmark.pedantic(lambda: ratio(monitor.check, loop.check), rounds=1, iterations=1)
    print(f"\n{mix.__name__}: {mine * 1e6:.2f} µs, loop {theirs * 1e6:.0f} µs: {times:.0f} x")
    benchmark.extra_info["ratio"] = round(times, 1)
    assert times * SLACK > PROMISED


def test_a_check_against_a_store_that_is_written_between(benchmark: Any) -> None:
    """Each violation is saved where the norms are. Re-reading a thousand norms for that would cost a millisecond."""
    store = NormStore()
    norms = [places(number) for number in range(NORMS)]
    for norm in norms:
        store.save_norm(norm)
    monitor, loop = NormMonitor(store), Loop(norms)
    written = NormViolation("a", "b", "c", "d", "e")

    def ours(action: AgentAction) -> None:
        monitor.check(action)
        store.save_violation(written)

    mine, theirs, times = benchmark.pedantic(lambda: ratio(ours, loop.check), rounds=1, iterations=1)
    print(f"\nstore: {mine * 1e6:.1f} µs with a save, loop without {theirs * 1e6:.0f} µs: {times:.0f} x")
    assert times > 10


def test_adding_and_repealing_costs_less_than_the_loop(benchmark: Any) -> None:
    """Rules that change at every step are followed, not indexed anew."""
    norms = [places(number) for number in range(NORMS)]
    monitor, loop = NormMonitor(norms), Loop(norms)
    monitor.check(actions(1, 3)[0])

    def ours(action: AgentAction) -> None:
        norm = WorldNorm(action.target, "", action.target, "attack")
        monitor.add_norm(norm)
        monitor.check(action)
        monitor.repeal_norm(norm.id)
        monitor.check(action)

    pairs = [(seconds(ours, actions(100, 7 + turn)), seconds(loop.check, actions(20, turn))) for turn in range(3)]
    benchmark.pedantic(lambda: ours(actions(1, 99)[0]), rounds=1, iterations=1)
    mine, theirs = (min(pair[side] for pair in pairs) for side in (0, 1))
    print(f"\nadd, check, repeal, check: {mine * 1e6:.0f} µs; one check by the loop {theirs * 1e6:.0f} µs")
    assert mine < theirs * 2
