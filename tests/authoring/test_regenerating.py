"""Proposals made anew: what people decided stays, whatever becomes of the rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.analysis.pairs import pair
from tests.authoring.corpus import schema_of
from workbench.analysis.expecting import case_key
from workbench.authoring.regenerating import is_proposal, regenerated, renamings
from workbench.authoring.testgen import generate_tests
from workbench.language.check import check
from workbench.language.program import Program
from workbench.service.testing import run_cases

BROAD = '@id("broad") permit (principal, action, resource);\n'
CAP = '@id("cap") forbid (principal, action == Action::"issue_refund", resource) when {{ context.amount > {limit} }};\n'
BIG = """@id("{name}") procedure {name} {{ on action == Action::"issue_refund" when amount > 100
  require approval from principal where principal.role == "lead" with timeout 1 hour
  on timeout escalate to procedure {last} }}
@id("{last}") procedure {last} {{ on action == Action::"close_ticket" require 2 approvals from principal }}
"""


def amount_of(case: Mapping[str, Any]) -> Any:
    return case["request"]["context"].get("amount")


OTHERWISE = {"allow": "deny", "deny": "allow", "hold": "deny"}


def program_of(source: str) -> Program:
    result = check(source, schema_of("support-swarm"))
    assert result.program is not None, result.diagnostics
    return result.program


def after_review(case: dict[str, Any], word: str) -> dict[str, Any]:
    """What a person makes of a proposal."""
    match word:
        case "accepted":
            return {**case, "reviewed_by": 'Operator::"ana"'}
        case "corrected":
            return {**case, "expect": OTHERWISE[case["expect"]], "origin": "corrected"}
        case "rejected":
            return {**case, "origin": "rejected"}
        case "written":
            return {key: value for key, value in case.items() if key != "origin"}
    return case


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 10_000), st.data())
def test_what_people_decided_stays_and_nothing_is_asked_twice(seed: int, data: st.DataObject) -> None:
    changed = pair(seed, count=4, changes=1)
    first = generate_tests(changed.before)
    words = ["accepted", "corrected", "rejected", "written", "left"]
    standing = [after_review(case, data.draw(st.sampled_from(words))) for case in first]
    said = [case for case in standing if not is_proposal(case)]
    result = regenerated(changed.after, standing, solve=False)
    assert list(result.cases[: len(said)]) == said, "in their places, and as they were"
    assert all(map(is_proposal, result.cases[len(said) :]))
    keys = [case_key(case) for case in result.cases]
    assert len(set(keys)) == len(keys)
    assert len({case["name"] for case in result.cases}) == len(result.cases)
    assert {case_key(case) for case in generate_tests(changed.after)} <= set(keys)
    fresh = run_cases(changed.after, result.cases[len(said) :])
    assert all(each.passed for each in fresh.results), "what is proposed is what is decided now"
    again = regenerated(changed.after, result.cases, solve=False)
    assert again.cases == result.cases
    assert (again.added, again.dropped) == ((), ())


def test_proposals_follow_the_rules() -> None:
    old = regenerated(program_of(BROAD + CAP.format(limit=500)), []).cases
    assert {amount_of(case) for case in old} >= {0, 499, 500, 501}
    new = regenerated(program_of(BROAD + CAP.format(limit=600)), old)
    amounts = {amount_of(case) for case in new.cases}
    assert amounts >= {0, 599, 600, 601}
    assert not amounts & {499, 500, 501}
    assert {name.split(" → ")[0] for name in new.dropped} >= {"issue_refund: amount 501", "issue_refund: amount 500"}


@pytest.mark.parametrize("word", ["accepted", "corrected", "rejected", "written"])
def test_a_case_of_a_rule_that_has_changed_stays_where_a_person_had_a_hand_in_it(word: str) -> None:
    """An accepted case then fails, which is what it is for."""
    before, after = program_of(BROAD + CAP.format(limit=500)), program_of(BROAD + CAP.format(limit=600))
    standing = [after_review(case, word) if amount_of(case) == 501 else case for case in generate_tests(before)]
    (said,) = [case for case in standing if not is_proposal(case)]
    result = regenerated(after, standing)
    assert said in result.cases
    shown = {each.name: each for each in run_cases(after, result.cases).results}
    assert (said["name"] in shown) == (word != "rejected"), "a rejected case is not run"
    if word == "accepted":
        assert not shown[said["name"]].passed
    assert len([case for case in result.cases if amount_of(case) == 501]) == 1


def test_a_rejected_case_is_not_proposed_again() -> None:
    program = program_of(BROAD + CAP.format(limit=500))
    standing = [after_review(case, "rejected") for case in generate_tests(program, solve=True)]
    result = regenerated(program, standing)
    assert result.cases == tuple(standing)
    assert result.added == ()
    assert run_cases(program, result.cases).results == ()


def test_renamed_rules_keep_their_cases() -> None:
    """A procedure and the one that it escalates to, both named otherwise, and a rule on trial."""
    trial = '@id("{}") @stage("observe") forbid (principal, action, resource) when {{ principal.trust < 5 }};'
    before = program_of(BROAD + BIG.format(name="big", last="last") + trial.format("trial"))
    after = program_of(BROAD + BIG.format(name="large", last="final") + trial.format("watched"))
    assert renamings(before, after) == {"big": "large", "last": "final", "trial": "watched"}
    standing = [after_review(case, "accepted") for case in generate_tests(before, solve=True)]
    assert {case["procedure"] for case in standing if case["expect"] == "hold"} == {"big", "last"}
    assert any(case.get("observed") == ["trial"] for case in standing)
    result = regenerated(after, standing, before=before)
    assert [case["name"] for case in result.cases] == [case["name"] for case in standing]
    assert all(case["reviewed_by"] for case in result.cases)
    assert all(each.passed for each in run_cases(after, result.cases).results)
    lost = regenerated(after, standing)
    assert not all(each.passed for each in run_cases(after, lost.cases).results), "they name what is gone"


def test_a_rule_that_means_something_else_is_no_renamed_one() -> None:
    before, after = program_of(BROAD + CAP.format(limit=500)), program_of(BROAD + CAP.format(limit=600))
    assert renamings(before, after) == {}
    other = program_of(BROAD + CAP.format(limit=600).replace('"cap"', '"top"'))
    assert renamings(before, other) == {}
