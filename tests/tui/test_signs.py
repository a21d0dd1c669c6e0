"""Signs of agents: the same for the same name, different within a directory, and nobody else changes them."""

from __future__ import annotations

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
    before = signs._told
    signs.learn(())
    yield
    signs._told = before


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


@given(st.lists(names, max_size=20), names)
def test_a_sign_is_that_of_the_name_where_nobody_else_has_it(entered: list[str], name: str) -> None:
    alone = signs.assigned([name])[name]
    assert signs.agent_sign(name) == alone
    others = [other for other in entered if other != name]
    taken = signs.assigned([*others, name])
    assert (taken[name] == alone) or len(others) >= signs.SIGNS or alone in {taken[other] for other in others}


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
