"""Names of test cases: what their rule looks at, and what is told where two would have the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.support import program
from workbench.analysis.case_words import MOST_CHARACTERS, told_apart, told_case
from workbench.analysis.mutation import score
from workbench.analysis.task import Task

SCHEMA = """
entity Team;
entity Agent in [Team] = { role: String, team: Team, labels: Set<String> };
entity Ticket = { owner: Agent, due?: datetime, text: String };
action refund_order appliesTo { principal: [Agent], resource: [Ticket],
  context: { amount: Long, rate: decimal, urgent: Bool } };
"""
REQUEST = {
    "principal": 'Agent::"ann"',
    "action": 'Action::"refund_order"',
    "resource": 'Ticket::"t"',
    "context": {"amount": 501, "rate": {"__extn": {"fn": "decimal", "arg": "0.75"}}, "urgent": False},
}
ENTITIES = [
    {
        "uid": {"type": "Agent", "id": "ann"},
        "attrs": {"role": "lead", "team": {"__entity": {"type": "Team", "id": "edge"}}, "labels": ["b", "a"]},
        "parents": [{"type": "Team", "id": "edge"}],
    },
    {
        "uid": {"type": "Ticket", "id": "t"},
        "attrs": {
            "owner": {"__entity": {"type": "Agent", "id": "ann"}},
            "due": {"__extn": {"fn": "datetime", "arg": "2026-03-20T00:00:00.000Z"}},
            "text": "a\nb ",
        },
        "parents": [],
    },
]
CASE: dict[str, Any] = {"request": REQUEST, "entities": ENTITIES}


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("true", "any request"),
        ("context.amount > 500", "amount 501"),
        ("context.urgent", "not urgent"),
        ('context.rate.lessThan(decimal("1.0"))', "rate 0.75"),
        ('principal.role == "lead" && context.amount > 1', "role lead, amount 501"),
        ("principal == resource.owner", "own (owner)"),
        ('principal in Team::"edge" || principal in Team::"ops"', "in team edge, not in team ops"),
        ("principal in principal.team", "in the team"),
        ('principal.labels.contains("a")', "a label"),
        ('principal.labels.contains("z")', "no z label"),
        ('principal.labels.containsAny(["a", "z"])', "labels a, b"),
        ('resource has due && resource.due < datetime("2027-01-01")', "due 2026-03-20"),
        ("resource has due", "due given"),
        ('resource.text like "a*"', "text “a\\nb ”"),
        ('principal == Agent::"bob"', "another principal"),
        ("principal is Agent", "agent"),
    ],
)
def test_a_name_says_what_its_rule_looks_at(condition: str, said: str) -> None:
    rule = program(f'@id("r") permit (principal, action, resource) when {{ {condition} }};', SCHEMA).by_id["r"]
    assert told_case(rule, CASE, "allow") == f"refund_order: {said} → allowed"


def test_a_name_is_one_line_of_bounded_length() -> None:
    long = " || ".join(f'principal.labels.contains("label number {n}")' for n in range(20))
    rule = program(f'@id("r") permit (principal, action, resource) when {{ {long} }};', SCHEMA).by_id["r"]
    name = told_case(rule, CASE, "hold")
    assert len(name) <= MOST_CHARACTERS + len("refund_order:  → held")
    assert "…" in name
    assert "\n" not in name


def test_what_two_cases_differ_in_is_told() -> None:
    other = {**CASE, "request": {**REQUEST, "context": {**REQUEST["context"], "amount": 7}}}  # type: ignore[dict-item]
    assert told_apart(other, CASE) == "amount 7"
    assert told_apart(CASE, CASE) == ""
    alone = {**CASE, "entities": [ENTITIES[0], {**ENTITIES[1], "parents": [{"type": "Team", "id": "x"}]}]}
    assert told_apart(alone, CASE) == "in team x"
    less = {**CASE, "entities": ENTITIES[:1]}
    assert told_apart(less, CASE) == "owner missing"


def test_numbers_are_such_as_people_write_where_that_shows_the_mistake_too() -> None:
    rules = """@id("all") permit (principal, action, resource);
    @id("f") forbid (principal, action, resource) when { context.amount * 3 > context.amount + 1000 };"""
    found = score(program(rules, SCHEMA), [], Task())
    assert found.survived
    assert all(abs(each.case["request"]["context"]["amount"]) <= 1_000_000 for each in found.survived)
