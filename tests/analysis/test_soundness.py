"""The analyses against both engines, over random programs: nothing shown is spurious, nothing proved is refuted.

    python -m tests.analysis.soak --pairs 5000 --seconds 3600

is the same for longer, with its figures. ``test_soundness_mutants`` puts bugs into the encoder that must be noticed.
"""

from __future__ import annotations

import pytest

from tests.analysis.rounds import ROUNDS, Tally, spurious, undecided

BLOCKS = {  # how many, of how many seeds
    "encoding": (1, 20),
    "rules": (1, 20),
    "changes": (3, 20),
    "schemas": (1, 10),
    "statements": (2, 5),
    "matrix": (1, 20),
    "closest": (1, 20),
    "twins": (1, 15),
}
FLOORS = {  # what a block of seeds at least looks at, or it does not mean much
    "encoding": {"rules in worlds": 20_000, "decisions in worlds": 2_000, "worlds pinned": 100},
    "rules": {"confirmed": 200, "none": 2_000, "bombs": 100_000},
    "changes": {"confirmed": 20, "changed": 100, "bombs": 5_000, "untouched": 100},
    "schemas": {"confirmed": 5, "changed": 20, "bombs": 2_000},
    "statements": {
        "confirmed": 400,
        "bombs": 20_000,
        "redundant holds": 25,
        "overridden holds": 3,
        "invariant holds": 40,
    },
    "matrix": {"confirmed": 100, "cell never": 50, "cell depends": 30, "bombs": 1_000},
    "closest": {"confirmed": 8, "closest holds": 15, "proved with 2 changes": 1, "bombs": 1_000},
    "twins": {"same": 25, "confirmed": 15, "bombs": 1_000},
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "block"), [(name, block) for name, (count, _) in BLOCKS.items() for block in range(count)]
)
def test_random_programs(name: str, block: int) -> None:
    _, size = BLOCKS[name]
    seeds = range(block * size, (block + 1) * size)
    tally = sum((ROUNDS[name](seed) for seed in seeds), Tally())
    assert not undecided(tally)
    assert not spurious(tally)
    for what, least in FLOORS[name].items():
        assert tally[what] >= least, (what, tally)
