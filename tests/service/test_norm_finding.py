"""Which norm or overlay a person means, by what they type."""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.service.norm_finding import SHORTEST, meant


class Thing(NamedTuple):
    id: str
    name: str
    overlay: str
    stands: bool


OLD = Thing("aaaa1111", "peace", "0001beef", False)
OLDER = Thing("aaaa1111", "peace", "0002beef", False)
NEW = Thing("aaaa1111", "peace", "0003beef", True)
OTHER = Thing("aaaa2222", "peace at sea", "0004beef", True)
EVERY = (OLDER, OLD, NEW, OTHER)


def found(wanted: str, *things: Thing) -> list[Thing]:
    return meant(wanted, things or EVERY, lambda thing: [thing.id, thing.name, thing.overlay], lambda each: each.stands)


@pytest.mark.parametrize(
    ("wanted", "things"),
    [
        ("aaaa1111", [NEW]),
        (" peace ", [NEW]),
        ("0001beef", [OLD]),
        ("norm:0004beef", [OTHER]),
        ("norm:0004beef.2", [OTHER]),
        ("peace a", [OTHER]),
        ("peac", [NEW, OTHER]),
        ("aaaa", [NEW, OTHER]),
        ("aaa", []),
        ("", []),
        (":", []),
        ("norm:", []),
        ("zzzz", []),
    ],
)
def test_what_is_meant(wanted: str, things: list[Thing]) -> None:
    assert found(wanted) == things


def test_of_those_that_ended_the_last_is_meant() -> None:
    assert found("peace", OLDER, OLD) == [OLD]
    assert found("peac", OLDER, OLD) == [OLD]
    assert found("aaaa", OLDER, OLD, OTHER._replace(stands=False)) == [OLD, OTHER._replace(stands=False)]


@given(wanted=st.text(max_size=10), places=st.lists(st.sampled_from(EVERY), max_size=4))
def test_nothing_is_meant_that_is_not_called_so(wanted: str, places: list[Thing]) -> None:
    said = wanted.strip()
    for thing in meant(wanted, places, lambda each: [each.id, each.name, each.overlay], lambda each: each.stands):
        names = (thing.id, thing.name, thing.overlay)
        bare = said.rpartition(":")[2].partition(".")[0]
        assert said in names or bare in names or (len(said) >= SHORTEST and any(n.startswith(bare) for n in names))
