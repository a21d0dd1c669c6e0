"""Signs of agents: the same for the same name, different within a directory, and nobody else changes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.tui.view import signs
from workbench.tui.view.events import verdict

names = st.one_of(st.text(max_size=12), st.sampled_from(["nora", "viktor", "emil", "ines", "priya", "\ud800", ""]))
directories = st.lists(names, unique=True, max_size=80)
ALIKE = ("ines", "emil")  # by their names alone


@pytest.fixture(autouse=True)
def nobody_told() -> Iterator[None]:
    """What one test tells is not known in the next."""
    before = signs._names
    signs.learn(())
    yield
    signs.learn(before)


@given(directories)
def test_the_agents_of_a_directory_are_told_apart(entered: list[str]) -> None:
    found = signs.assigned(entered)
    assert list(found) == entered
    first = entered[: signs.SIGNS]
    assert len({found[name] for name in first}) == len(first)
    assert all(1 <= sign.colour <= signs.AGENT_COLOURS and sign.glyph in signs.AGENT_GLYPHS for sign in found.values())


@given(directories, st.lists(names, max_size=30))
def test_whoever_comes_later_changes_nobodys_sign(entered: list[str], later: list[str]) -> None:
    before, after = signs.assigned(entered), signs.assigned([*entered, *later])
    assert {name: after[name] for name in entered} == dict(before)


@given(st.lists(names, unique=True, max_size=64))
def test_a_few_differ_in_glyph_and_colour_and_many_as_evenly_as_can_be(entered: list[str]) -> None:
    """For whoever sees no colours the glyph must tell: no glyph is used a third time while another was used once."""
    found = list(signs.assigned(entered).values())
    for part in (found[:8], found[:16], found):
        times = Counter(sign.glyph for sign in part)
        assert max(times.values(), default=0) <= -(-len(part) // len(signs.AGENT_GLYPHS))
    assert len({sign.colour for sign in found[:8]}) == len(found[:8])


@given(names)
def test_the_first_of_a_directory_has_the_sign_of_its_name(name: str) -> None:
    assert signs.assigned([name]) == {name: signs.agent_sign(name)}


def test_two_names_that_are_alike_are_told_apart_once_they_are_entered() -> None:
    assert len({signs.agent_sign(name) for name in ALIKE}) == 1
    assert signs.learn(ALIKE)
    assert not signs.learn(ALIKE), "nothing is drawn anew for what is known"
    first, second = (signs.agent_sign(name) for name in ALIKE)
    assert first.glyph != second.glyph
    assert first.colour != second.colour
    assert signs.agent_sign("nobody entered") == signs.assigned(["nobody entered"])["nobody entered"]


def test_glyphs_of_agents_are_not_those_of_outcomes() -> None:
    outcomes = {verdict(outcome, False).glyph for outcome in ("allow", "deny", "hold")} | {verdict("deny", True).glyph}
    assert not outcomes & set(signs.AGENT_GLYPHS)
    assert len(outcomes) == 4
