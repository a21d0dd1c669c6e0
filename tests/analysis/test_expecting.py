"""What a test case can expect, and when a decision meets it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.engine.support import program
from workbench.analysis.expecting import Decided, asks, asks_in, case_key, exact, requires_of, unmet
from workbench.language.ast import Procedure
from workbench.service.testing import run_cases

SCHEMA = """
entity Agent = { role: String }; entity Ticket;
action refund appliesTo { principal: [Agent], resource: [Ticket], context: { amount: Long } };
"""
RULES = """
@id("all") permit (principal, action, resource);
@id("big") procedure big { on action == Action::"refund" when amount > 10
  require 2 approvals from principal where principal.role == "lead" with timeout 24 hours
  on timeout escalate to procedure last }
@id("last") procedure last { on action == Action::"refund" when amount > 100 require approval from principal }
@id("cheap") prefer score(1.5) (principal, action, resource) when { context.amount < 5 };
@id("trial") @stage("observe") forbid (principal, action, resource) when { context.amount == 7 };
"""
PROGRAM = program(RULES, SCHEMA)
BIG = 'require 2 approvals from principal where principal.role == "lead" with timeout 1 day'


def run(amount: int, expect: str, **more: Any) -> str:
    """Why a case fails; empty where it passes. As `workbench test` runs it."""
    request = {
        "principal": 'Agent::"a"',
        "action": 'Action::"refund"',
        "resource": 'Ticket::"t"',
        "context": {"amount": amount},
    }
    entities = [
        {"uid": {"type": "Agent", "id": "a"}, "attrs": {"role": "x"}, "parents": []},
        {"uid": {"type": "Ticket", "id": "t"}, "attrs": {}, "parents": []},
    ]
    (result,) = run_cases(
        PROGRAM, [{"name": "n", "request": request, "entities": entities, "expect": expect, **more}]
    ).results
    assert result.passed == (not result.message)
    return result.message


@pytest.mark.parametrize(
    ("amount", "expect", "more", "why"),
    [
        (1, "allow", {}, ""),
        (1, "deny", {}, "expected deny, got allow by `all`"),
        (1, "allow", {"score": "1.50"}, ""),
        (1, "allow", {"score": "1.5001"}, "the score is 1.5, expected 1.5001"),
        (6, "allow", {"score": "0"}, ""),
        (6, "allow", {"score": "much"}, "`much` is not a score"),
        (7, "allow", {"observed": ["trial"]}, ""),
        (6, "allow", {"observed": ["trial"]}, "not observed by `trial`"),
        (6, "allow", {"unobserved": ["trial"]}, ""),
        (7, "allow", {"unobserved": ["trial"]}, "observed by `trial`"),
        (11, "hold", {"procedure": "big"}, ""),
        (11, "hold", {"procedure": "last"}, "held, but not by `last`"),
        (11, "hold", {"procedures": ["big"]}, ""),
        (101, "hold", {"procedures": ["last", "big"]}, ""),
        (101, "hold", {"procedures": ["big"]}, "held by `big`, `last`, expected `big`"),
        (11, "hold", {"requires": {"big": f"{BIG} on timeout escalate to procedure last"}}, ""),
        (11, "hold", {"requires": {"last": "require approval from principal"}}, "not held by `last`"),
        (101, "hold", {"requires": {"last": "require 1 approval from principal"}}, ""),
        (101, "hold", {"requires": {"last": "ask nicely"}}, "`ask nicely` is not what a procedure can require"),
        (
            101,
            "hold",
            {"requires": {"last": f"when true {BIG}"}},
            f"`when true {BIG}` is not what a procedure can require",
        ),
        (101, "hold", {"requires": ["last"]}, "`requires` is not a mapping from procedures to what they ask of people"),
        (
            101,
            "hold",
            {"requires": {"last": "require 2 approvals from principal"}},
            "`last` asks of people: require approval from principal; expected: require 2 approvals from principal",
        ),
    ],
)  # fmt: skip
def test_a_case_fails_where_something_that_it_expects_is_not_so(
    amount: int, expect: str, more: dict[str, Any], why: str
) -> None:
    assert run(amount, expect, **more) == why


@pytest.mark.parametrize(
    "changed",
    [
        BIG.replace("2", "3"),
        BIG.replace("1 day", "2 days"),
        BIG.replace('"lead"', '"chief"'),
        BIG,
        f"{BIG} on timeout deny",
        f"{BIG} on timeout escalate to procedure other",
    ],
)
def test_what_is_asked_of_people_is_compared_by_meaning(changed: str) -> None:
    """24 hours are a day; every other difference is one."""
    (_, big), _ = PROGRAM.procedures
    assert asks_in(f"{BIG} on timeout escalate to procedure last") == asks(big)
    assert asks_in(changed) != asks(big)


def test_what_a_procedure_asks_is_written_so_that_it_is_read_again() -> None:
    for _, procedure in PROGRAM.procedures:
        assert isinstance(procedure, Procedure)
        assert asks_in(requires_of(procedure)) == asks(procedure)


def test_scores_are_exact_and_numbers() -> None:
    assert exact("0.1") == Decimal("0.1")
    assert [exact(each) for each in ("NaN", "Infinity", "one", "")] == [None] * 4


def test_what_is_no_case_has_a_key_too() -> None:
    keys = {case_key(case) for case in ({}, {"request": 7}, {"request": {}, "entities": "x"}, {"entities": [3]})}
    assert len(keys) == 4


def test_a_decision_that_holds_nothing_meets_no_procedure() -> None:
    assert unmet({"expect": "allow", "procedure": "big"}, Decided("allow")) == "not held by `big`"
