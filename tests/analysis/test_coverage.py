"""Coverage of conditions both ways, and the words for it and for the mutation score."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.engine.support import entity, program, ref
from workbench.analysis.coverage import Covered, coverage
from workbench.analysis.mutation import NO_TIME, score
from workbench.analysis.task import NO_SOLVER_HELP, Task
from workbench.analysis.words_mutation import (
    coverage_headline,
    coverage_json,
    covered_words,
    score_headline,
    score_json,
    score_notes,
    survivor_words,
)

SCHEMA = """
entity Team;
entity Agent in [Team];
entity Ticket = { open: Bool, note?: String };
action desk;
action refund, close in [desk] appliesTo { principal: [Agent], resource: [Ticket], context: { amount: Long } };
action look appliesTo { principal: [Agent], resource: [Ticket] };
"""
RULES = """
@id("billing") permit (principal in Team::"billing", action in Action::"desk", resource);
@id("cap") forbid (principal, action == Action::"refund", resource)
  when { context.amount > 500 } unless { resource has note && resource.note == "ok" };
@id("look") permit (principal, action == Action::"look", resource);
@id("watched") @stage("observe") forbid (principal, action, resource) when { resource.open };
"""


def case(action: str = "refund", amount: int = 1, note: str | None = None, team: bool = True) -> Mapping[str, Any]:
    attrs = {"open": True} if note is None else {"open": True, "note": note}
    return {
        "name": f"{action} {amount}",
        "request": {
            "principal": ref("Agent::a"),
            "action": ref(f"Action::{action}"),
            "resource": ref("Ticket::t"),
            "context": {} if action == "look" else {"amount": amount},
        },
        "entities": [entity("Agent::a", {}, ["Team::billing"] if team else []), entity("Ticket::t", attrs)],
        "expect": "allow",
    }


def met(*cases: Mapping[str, Any]) -> dict[tuple[str, str], tuple[int, int]]:
    return {(each.rule, each.condition): (each.true, each.false) for each in coverage(program(RULES, SCHEMA), cases)}


def test_conditions_count_where_the_rule_is_for_the_action() -> None:
    """Groups of actions too; what is absent is neither true nor false."""
    assert met(case(), case(amount=501, note="ok", team=False), case("close", 900), case("look")) == {
        ("billing", 'principal in Team::"billing"'): (3 - 1, 1),
        ("cap", "context.amount > 500"): (1, 1),
        ("cap", "resource has note"): (1, 1),
        ("cap", 'resource.note == "ok"'): (1, 0),
        ("look", ""): (1, 0),
        ("watched", "resource.open"): (4, 0),
    }


def pairs(*cases: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {each.condition: each.pair for each in coverage(program(RULES, SCHEMA), cases)}


def test_a_pair_differs_in_one_condition_on_which_the_rule_hangs() -> None:
    """Not any two cases in which a condition was true and false: between a small refund and a large one with a good
    note the rule says the same, and the amount is not shown to matter.
    """
    small, large = case(amount=500), case(amount=501)
    good, bad = case(amount=900, note="ok"), case(amount=901, note="no")
    assert pairs(small, good)["context.amount > 500"] == ()
    assert pairs(small, large)["context.amount > 500"] == ("refund 501", "refund 500")
    assert pairs(good, bad)['resource.note == "ok"'] == ("refund 900", "refund 901")
    assert pairs(small, bad)['resource.note == "ok"'] == ()
    found = pairs(small, large, good)
    assert found["resource has note"] == ("refund 900", "refund 501"), "a note that is good, or none: it may be masked"


def test_a_pair_is_looked_for_that_differs_least() -> None:
    other = case(amount=500, note="no")
    assert pairs(other, case(amount=500), case(amount=501))["context.amount > 500"] == ("refund 501", "refund 500")


def test_what_does_not_fit_covers_nothing() -> None:
    broken = {**case(), "entities": [entity("Ticket::t", {"open": "yes"})]}
    assert set(met(broken, {}).values()) == {(0, 0)}
    assert coverage(program("permit (principal, action, resource);"), [case()]) == ()


def test_what_is_missing_is_said() -> None:
    assert covered_words(Covered("r", "a > 1", 0, 2)) == "`r`: `a > 1` is never true"
    assert covered_words(Covered("r", "a > 1", 3, 0)) == "`r`: `a > 1` is never false"
    assert covered_words(Covered("r", "a > 1", 0, 0)) == "`r`: `a > 1` is never true or false"
    assert covered_words(Covered("r", "", 0, 0)) == "`r`: no test case asks for its action"
    unpaired = "`r`: no two test cases show that `a > 1` makes a difference"
    assert covered_words(Covered("r", "a > 1", 1, 1)) == unpaired
    assert covered_words(Covered("r", "a > 1", 1, 1, ("x", "y"))) == covered_words(Covered("r", "", 1, 0)) == ""
    found = [Covered("r", "a", 1, 1, ("x", "y")), Covered("r", "b", 1, 1), Covered("s", "", 0, 0)]
    assert coverage_headline(found) == (
        "2 of 2 conditions met both true and false by test cases; "
        "1 shown by a pair of cases to make the difference alone."
    )
    assert coverage_headline(found[2:]) == "No rule has a condition."
    assert coverage_json(found)["conditions"][1] == {
        "rule": "r",
        "condition": "b",
        "true": 1,
        "false": 1,
        "pair": [],
    }


def test_the_score_is_said_with_what_it_leaves_out() -> None:
    made = program(RULES, SCHEMA)
    cases = [case(), {**case("close"), "expect": "deny"}]
    found = score(made, cases, Task())
    share = 100 * len(found.killed) // found.counted
    assert score_headline(found).startswith(f"Mutation score {share} %: of {found.counted} small mistakes")
    assert "1 test case left out, which fail: `close 1`." in score_notes(found)
    said = {survivor_words(each) for each in found.survived}
    assert "If `look` were removed, no test case would notice." in said
    assert "If `watched` were removed, no test case would notice." in said
    assert "If `billing` were without the action `close`, no test case would notice." not in said
    assert any(words.startswith("If `cap` had `context.amount > 501` instead of ") for words in said)
    assert any(words.startswith("If `cap` were without ") for words in said)
    document = json.loads(json.dumps(score_json(found)))
    assert {each["case"]["expect"] for each in document["survived"]} <= {"allow", "deny", "hold"}
    assert len(document["killed"]) + len(document["survived"]) == document["counted"]
    stopped = score(made, cases, Task(), enough=lambda: True)
    assert any(NO_TIME in note for note in score_notes(stopped))
    assert "may decide nothing otherwise" in survivor_words(stopped.undecided[0])
    assert NO_SOLVER_HELP not in " ".join(score_notes(stopped))
    assert stopped.ratio == found.ratio or found.equivalent
