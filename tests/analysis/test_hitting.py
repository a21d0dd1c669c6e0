"""The lightest hitting set, against trying every set."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis import hitting
from workbench.analysis.hitting import TooManySteps, lightest

NAMES = "abcdefg"
SETS = st.lists(st.sets(st.sampled_from(NAMES), min_size=1, max_size=5), max_size=7)
WEIGHTS = st.fixed_dictionaries({name: st.integers(1, 9) for name in NAMES})


@given(SETS, WEIGHTS)
def test_it_meets_every_set_and_nothing_lighter_does(sets: list[set[str]], weight: dict[str, int]) -> None:
    found = lightest(sets, weight)
    assert all(found & each for each in sets)
    everything = (set(chosen) for size in range(len(NAMES) + 1) for chosen in combinations(NAMES, size))
    least = min(sum(map(weight.__getitem__, c)) for c in everything if all(c & each for each in sets))
    assert sum(map(weight.__getitem__, found)) == least


@given(SETS, WEIGHTS, st.randoms())
def test_the_order_in_which_the_sets_come_does_not_show_in_the_weight(
    sets: list[set[str]], weight: dict[str, int], random: Random
) -> None:
    shuffled = random.sample(sets, len(sets))
    one, other = lightest(sets, weight), lightest(shuffled, weight)
    assert sum(map(weight.__getitem__, one)) == sum(map(weight.__getitem__, other))
    assert one == lightest(sets, weight)


def test_it_gives_up_rather_than_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hitting, "MOST_STEPS", 3)
    with pytest.raises(TooManySteps):
        lightest([{"a", "b"}, {"b", "c"}, {"c", "d"}, {"d", "a"}], dict.fromkeys(NAMES, 1))
