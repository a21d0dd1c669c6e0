"""What decides alike is one reading; what does not is shown a request on which it really differs."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.authoring.corpus import cases, schema_of, statements
from workbench.analysis.stop import Stop, Stopped
from workbench.analysis.task import SolverMissing
from workbench.authoring import model_clusters
from workbench.authoring.model_clusters import Compared, clusters, decides_alike
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import Statement
from workbench.language.check import check
from workbench.language.render import render_statement

SCHEMA = schema_of("support-swarm")
BROAD = "permit (principal, action, resource);"
ALIKE = [
    (
        'forbid (principal, action == Action::"reply", resource) unless { principal.role == "lead" };',
        'forbid (principal, action == Action::"reply", resource) when { principal.role != "lead" };',
    ),
    (
        'forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 500 };',
        'forbid (principal, action == Action::"issue_refund", resource) when { context.amount >= 501 };',
    ),
    (
        'permit (principal, action == Action::"reply", resource) when { principal.trust > 3 && context.hour > 8 };',
        'permit (principal, action == Action::"reply", resource) when { context.hour > 8 } '
        "when { principal.trust > 3 };",
    ),
    (
        'forbid (principal, action in [Action::"reply", Action::"reassign"], resource);',
        'forbid (principal, action == Action::"reassign", resource);'
        'forbid (principal, action == Action::"reply", resource);',
    ),
    (
        'prefer score(1.0) (principal, action == Action::"reply", resource) when { context.hour > 8 };',
        'prefer score(1.0) (principal, action == Action::"reply", resource) when { 8 < context.hour };',
    ),
]
OTHERWISE = [
    (
        'forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 500 };',
        'forbid (principal, action == Action::"issue_refund", resource) when { context.amount >= 500 };',
    ),
    (  # "only leads may" and "may be done only by leads" forbid the same, and one of them grants
        'forbid (principal, action == Action::"reply", resource) unless { principal.role == "lead" };',
        'forbid (principal, action == Action::"reply", resource) unless { principal.role == "lead" };'
        'permit (principal, action == Action::"reply", resource) when { principal.role == "lead" };',
    ),
    (  # alike by themselves, since neither permits anything
        'forbid (principal, action == Action::"reply", resource);',
        'forbid (principal, action == Action::"reassign", resource);',
    ),
    (  # alike beside a permit for everything
        'permit (principal, action == Action::"reply", resource);',
        'permit (principal, action == Action::"reassign", resource);',
    ),
    (
        'procedure p { on action == Action::"reply" require approval from principal with timeout 1 hour }',
        'forbid (principal, action == Action::"reply", resource);',
    ),
]
UNDECIDED = [  # no decision shows it
    (
        'procedure p { on action == Action::"reply" require approval from principal with timeout 1 hour }',
        'procedure p { on action == Action::"reply" require approval from principal with timeout 2 hours }',
    ),
    (
        'procedure p { on action == Action::"reply" require 1 approvals from principal with timeout 1 hour }',
        'procedure p { on action == Action::"reply" require 2 approvals from principal with timeout 1 hour }',
    ),
]


@pytest.fixture(params=["solver", "no solver"])
def solver(request: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "no solver":

        def missing(*_: Any) -> None:
            raise SolverMissing

        monkeypatch.setattr(model_clusters, "_solved", missing)
    return str(request.param)


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_the_same_in_other_words(one: str, other: str, solver: str) -> None:
    found = decides_alike(statements(one), statements(other), SCHEMA)
    assert found.alike
    assert found.proved == (solver == "solver"), "what was only tried is not called proved"


@pytest.mark.parametrize(("one", "other"), OTHERWISE)
def test_a_difference_has_a_request_that_shows_it(one: str, other: str, solver: str) -> None:
    for left, right in ((one, other), (other, one)):
        found = decides_alike(statements(left), statements(right), SCHEMA)
        assert not found.alike
        assert found.proved
        assert_separates(found, statements(left), statements(right))


@pytest.mark.parametrize(("one", "other"), UNDECIDED)
def test_what_no_decision_shows_is_a_difference_all_the_same(one: str, other: str) -> None:
    found = decides_alike(statements(one), statements(other), SCHEMA)
    assert not found.alike
    assert found.separating is not None
    assert not found.separating.request


def test_a_preference_is_said_to_score_not_to_allow() -> None:
    for score, hours in (("-1.0", "8"), ("1.0", "9")):
        one, other = (
            statements(
                f'prefer score({s}) (principal, action == Action::"reply", resource) when {{ context.hour > {h} }};'
            )
            for s, h in (("1.0", "8"), (score, hours))
        )
        found = decides_alike(one, other, SCHEMA)
        assert not found.alike
        assert found.separating is not None
        assert found.separating.request
        assert "scored" in found.separating.one
        assert "scored" in found.separating.other


def assert_separates(found: Compared, one: tuple[Statement, ...], other: tuple[Statement, ...]) -> None:
    """The request is decided as it is said to be, by the rules alone or beside a permit."""
    told = found.separating
    assert told is not None
    assert told.one != told.other
    seen = set()
    for beside in ("", BROAD):
        outcomes = []
        for rules in (one, other):
            program = check("\n".join(map(render_statement, rules)) + beside, SCHEMA).program
            assert program is not None
            asked = Request.from_json(dict(told.request))
            outcomes.append(Evaluator(program).decide(asked, [dict(e) for e in told.entities]).outcome)
        seen.add(tuple(outcomes))
    assert (told.one, told.other) in seen


def test_the_solver_and_the_sample_never_contradict_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over the rules of the corpus: where a sampled request separates, the solver separates too."""
    rules = [c.statements for c in cases("support-swarm") if c.rules][:24]
    asked = [(a, b) for a, b in combinations(rules, 2)][::9]
    solved = [decides_alike(a, b, SCHEMA) for a, b in asked]
    monkeypatch.setattr(model_clusters, "_solved", lambda *_: None)
    sampled = [decides_alike(a, b, SCHEMA) for a, b in asked]
    assert sum(not found.alike for found in solved) > 10
    for one, other in zip(solved, sampled, strict=True):
        if one.alike and one.proved:
            assert other.alike
        if not other.alike:
            assert not one.alike


def test_groups_are_of_what_decides_alike_the_largest_first() -> None:
    a, b = (statements(text) for text in OTHERWISE[0])
    same = statements(ALIKE[1][1])
    found, proved = clusters([b, a, same], SCHEMA)
    assert found == ((1, 2), (0,))
    assert proved
    assert clusters([], SCHEMA) == ((), True)


def test_it_stops_when_asked() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(Stopped):
        decides_alike(*map(statements, OTHERWISE[0]), SCHEMA, stop)
