"""Questions whose answer a person knows: what is blamed where there is no request, and what can be spared of it."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.analysis.little import program, task
from workbench.analysis.model import Case
from workbench.analysis.prover import Prover
from workbench.analysis.replay import NotReproduced
from workbench.analysis.search import Lacking, Search, Sought
from workbench.analysis.terms import Term

SCHEMA = "entity U; entity D; action go appliesTo { principal: [U], resource: [D], context: { n: Long } };"
Bounds = list[tuple[bool, int]]  # (at least?, number)


def asking() -> tuple[Search, Term]:
    prover = Prover(program("permit (principal, action, resource) when { context.n == 0 };", SCHEMA), task())
    (environment,) = prover.environments
    return prover.search(environment), prover.space(environment).terms.app("context.n", "Int")


def within(n: int, bounds: Bounds) -> bool:
    return all(n >= number if least else n <= number for least, number in bounds)


def possible(bounds: Bounds) -> bool:
    """By trying: whole numbers beyond all that are named change nothing."""
    return any(within(n, bounds) for n in range(-7, 8))


def parts(search: Search, n: Term, bounds: Bounds) -> dict[str, Term]:
    terms = search.space.terms
    return {
        str(place): terms.le(terms.integer(number), n) if least else terms.le(n, terms.integer(number))
        for place, (least, number) in enumerate(bounds)
    }


BOUNDS = st.lists(st.tuples(st.booleans(), st.integers(-6, 6)), min_size=1, max_size=7)


@pytest.mark.parametrize("most", [0, 12])
@settings(max_examples=60, deadline=None)
@given(BOUNDS)
@example([(True, 5), (False, 4), (True, 4), (False, 3)])
def test_a_core_clashes_and_has_nothing_to_spare(most: int, bounds: Bounds) -> None:
    search, n = asking()
    sought: Sought[Case] = search.find(parts(search, n, bounds), lambda case: case, spare=most)
    assert sought.verdict == ("found" if possible(bounds) else "none")
    if sought.value is not None:
        assert within(sought.value.request["context"]["n"], bounds)
        return
    core = [bounds[int(name)] for name in sought.core]
    assert not possible(core)
    if most:
        assert all(possible(list(fewer)) for fewer in combinations(core, len(core) - 1))


@settings(max_examples=40, deadline=None)
@given(BOUNDS)
def test_what_a_request_lacks_is_asked_about_next(bounds: Bounds) -> None:
    """Each bound is added when a request breaks it; in the end one keeps all, or those that were added clash."""
    search, n = asking()
    named = parts(search, n, bounds)
    added: dict[str, Term] = {}

    def confirm(case: Case) -> int:
        number: int = case.request["context"]["n"]
        broken = {str(place): named[str(place)] for place, each in enumerate(bounds) if not within(number, [each])}
        if broken:
            added.update(broken)
            raise Lacking(broken, "it breaks a bound")
        return number

    sought = search.find(search.space.terms.true, confirm, spare=12)
    assert sought.verdict == ("found" if possible(bounds) else "none")
    assert set(sought.core) <= set(added)
    if sought.value is not None:
        assert within(sought.value, bounds)


def test_what_lacks_what_it_was_told_already_is_not_found() -> None:
    search, n = asking()
    told = parts(search, n, [(True, 3)])

    def never(case: Case) -> int:
        raise Lacking(told, "still")

    sought = search.find(told, never)
    assert (sought.verdict, sought.value) == ("undecided", None)

    def refused(case: Case) -> int:
        raise NotReproduced("no")

    assert search.find(told, refused).verdict == "undecided"
