"""What generated tests are worth: they notice the mistakes that could be made, ask nothing twice, and stay the same."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analysis.pairs import SAMPLES, pair
from tests.authoring.corpus import NAMES, all_cases, schema_of
from workbench import Constitution
from workbench.analysis.coverage import coverage
from workbench.analysis.expecting import case_key
from workbench.analysis.mutation import MutationScore, directed, score
from workbench.analysis.task import Task
from workbench.authoring.testgen import generate_tests
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.testing import run_cases

BROAD = '@id("broad") permit (principal, action, resource);\n'
WANTED = 0.95


@cache
def sample(name: str) -> Program:
    (folder,) = [folder for folder in SAMPLES if folder.name == name]
    return Constitution.load(folder / "constitution.cedarplus").program


@cache
def corpus(name: str) -> Program:
    """All rules of a graded corpus, with a permit for what none of them permits."""
    sources = [BROAD]
    for rules in dict.fromkeys(case.rules for case in all_cases() if case.corpus == name and case.rules):
        if check("\n".join([*sources, rules]), schema_of(name)).program is not None:
            sources.append(rules)
    program = check("\n".join(sources), schema_of(name)).program
    assert program is not None
    return program


@cache
def made(name: str) -> list[dict[str, Any]]:
    """Of a sample."""
    return generate_tests(sample(name), solve=True)


def said(found: MutationScore) -> str:
    return "\n".join(each.mutant.sentence for each in (*found.survived, *found.undecided))


def fine(program: Program, cases: list[dict[str, Any]]) -> None:
    """Each case is what both engines say, nothing is asked twice, and no name is given twice."""
    run = run_cases(program, cases)
    assert [(each.name, each.message) for each in run.results if not each.passed or not each.engines_agree] == []
    assert len({case_key(case) for case in cases}) == len(cases)
    assert len({case["name"] for case in cases}) == len(cases)


@pytest.mark.parametrize("name", [folder.name for folder in SAMPLES])
def test_the_tests_of_a_sample_notice_its_mistakes(name: str) -> None:
    program = sample(name)
    fine(program, made(name))
    found = score(program, made(name), Task())
    assert found.counted > 20 or len(program.rules) <= 4  # a world permits everything; its norms come at run time
    assert found.failing == ()
    assert found.ratio >= WANTED, said(found)


@pytest.mark.parametrize("name", NAMES)
def test_the_tests_of_a_corpus_notice_its_mistakes(name: str) -> None:
    program = corpus(name)
    assert len(program.rules) > 10
    cases = generate_tests(program, solve=True)
    fine(program, cases)
    found = score(program, cases, Task())
    assert found.ratio >= WANTED, said(found)


@pytest.mark.parametrize("name", ["support-swarm", "resource-budgets", "temporal"])
def test_every_condition_that_can_matter_has_its_pair(name: str) -> None:
    """``resource has freeze_from`` alone makes no difference: without it the comparison behind it would err."""
    covered = coverage(sample(name), made(name))
    unpaired = {each.condition for each in covered if not each.paired}
    assert unpaired <= {"resource has freeze_from", "resource has freeze_until", "principal has delegated_until"}
    assert all(each.true for each in covered)


def test_without_what_is_made_for_mistakes_they_would_notice_less() -> None:
    """Pairs and boundaries alone leave mistakes: a rule that is suddenly for any action, a text tied to no end."""
    program = sample("support-swarm")
    plain = generate_tests(program)
    left = score(program, plain, Task())
    assert {each.mutant.kind for each in left.survived} >= {"action", "pattern"}
    more = [case for _, case in directed(program, plain, Task())]
    assert score(program, [*plain, *more], Task()).ratio == 1.0
    assert len(more) < len(left.survived)


# ---- any program -----------------------------------------------------------------------------------------------------


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.booleans())
def test_nothing_is_asked_twice_and_the_same_text_has_the_same_tests(seed: int, solve: bool) -> None:
    program = pair(seed, count=4).before
    cases = generate_tests(program, solve=solve)
    fine(program, cases)
    assert all(case["origin"] == "generated" and "reviewed_by" not in case for case in cases)
    list(directed(program, cases[:1], Task()))  # what was asked before does not show
    assert generate_tests(program, solve=solve) == cases


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from(["support-swarm", "memory-access", "temporal"]))
def test_one_question_has_one_key_however_it_is_spelled(random: Any, name: str) -> None:
    """Entities, parents, tags and fields in any order, and no context for an empty one; and any other is another."""
    cases = made(name)
    case, other = random.sample(cases, 2)
    assert case_key(_shuffled(case, random)) == case_key(case) != case_key(other)
    assert case_key({**case, "expect": "?", "name": "?", "reviewed_by": "me"}) == case_key(case)


def _shuffled(value: Any, random: Any) -> Any:
    if isinstance(value, Mapping):
        items = [(key, _shuffled(inner, random)) for key, inner in value.items()]
        random.shuffle(items)
        return dict(item for item in items if item != ("context", {}))
    if isinstance(value, list):
        again = [_shuffled(inner, random) for inner in value]
        random.shuffle(again)
        return again
    return value


def test_two_procedures_and_two_preferences_meet_in_a_case() -> None:
    cases = made("support-swarm")
    both = [case for case in cases if case.get("procedures") == ["refund_above_500", "manual_review"]]
    assert any(set(case.get("requires", {})) == {"refund_above_500", "manual_review"} for case in both)
    assert [case["score"] for case in cases if "sensitive, region de" in case["name"]] == ["1.0"], "2.0 and -1.0"


def test_an_entity_that_rules_look_into_is_known() -> None:
    """Else every request about a budget would be denied for want of the team, and the test would show nothing."""
    cases = made("resource-budgets")
    (frozen,) = [case for case in cases if case["name"] == "call_tool: frozen → denied"]
    teams = [row for row in frozen["entities"] if row["uid"]["type"] == "Team"]
    assert [row["attrs"]["frozen"] for row in teams] == [True]
    assert next(case for case in cases if case["name"].startswith("call_tool: any request"))["expect"] == "allow"
