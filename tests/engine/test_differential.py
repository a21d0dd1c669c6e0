"""Our engine against Cedar's: the same decision, the same reasons, the same erring policies, always.

Each round makes policies and data from one seed and asks both engines some forty times. For millions of decisions:

    WORKBENCH_FUZZ_ROUNDS=25000 python -m pytest tests/engine/test_differential.py -n 2 --timeout 0

(that many rounds of each mode; 4 × 25,000 × 40 decisions). ``WORKBENCH_FUZZ_SEED`` moves to other seeds.
"""

from __future__ import annotations

import os

import pytest

from tests.engine.rounds import ROUNDS, Tally
from tests.engine.typed import World
from workbench.language.check import check
from workbench.language.schema_reader import read_schema

COUNT = int(os.environ.get("WORKBENCH_FUZZ_ROUNDS", "180"))
FIRST = int(os.environ.get("WORKBENCH_FUZZ_SEED", "0"))
BLOCK = 30  # rounds a test


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BLOCK))
@pytest.mark.parametrize("mode", ROUNDS)
def test_both_engines_agree(mode: str, first: int) -> None:
    """And they have been asked something: in every block rules are satisfied, rules err, requests are allowed."""
    seeds = range(first, min(first + BLOCK, FIRST + COUNT))
    tally = sum((ROUNDS[mode](seed) for seed in seeds), Tally())
    assert tally.decisions >= 40 * len(seeds)
    if len(seeds) == BLOCK:
        assert tally.reasons > tally.decisions / 20
        assert tally.errors > tally.decisions / 20
        assert tally.allowed > tally.decisions / 40


@pytest.mark.parametrize("seed", range(8))
def test_what_the_validator_passes_the_whole_check_passes(seed: int) -> None:
    """Sugar included: each typed rule is clean Cedar+. (Two may by chance be the same rule, which is CP006.)"""
    world = World(seed)
    result = check("\n".join(world.rule(number).plus for number in range(36)), read_schema(world.schema()))
    assert {found.code for found in result.errors} <= {"CP006"}
    assert len(result.errors) < 3
