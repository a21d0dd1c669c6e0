"""Boundary cases: that they lie at the boundary, and that a slip there would show in them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.support import program
from workbench.analysis.boundary import Boundary, boundaries
from workbench.analysis.mutation import score
from workbench.analysis.task import Task
from workbench.engine import Evaluator

SCHEMA = """
entity Agent = { role: String, level?: Long };
entity Ticket = { owner: Agent, labels: Set<String> };
action refund appliesTo { principal: [Agent], resource: [Ticket], context: {
  amount: Long, rate: decimal, at: datetime, wait: duration, text: String, note?: String } };
"""
ALL = '@id("all") permit (principal, action, resource);\n'


def told(condition: str) -> dict[str, Boundary]:
    rules = f'{ALL}@id("f") forbid (principal, action, resource) when {{ {condition} }};'
    made = program(rules, SCHEMA)
    found = {each.note: each for each in boundaries(made, Task(), ["f"])}
    for each in found.values():
        decided = Evaluator(made).decide(each.case.request, list(each.case.entities))
        assert decided.outcome == each.case.after.outcome
    return found


def context(found: Boundary) -> Any:
    return found.case.request["context"]


@pytest.mark.parametrize(
    ("condition", "notes"),
    [
        ("context.amount > 500", {"499": "allow", "500": "allow", "501": "deny"}),
        ("500 >= context.amount", {"499": "deny", "500": "deny", "501": "allow"}),
        ("context.amount == -3", {"-4": "allow", "-3": "deny", "-2": "allow"}),
        ("context.amount >= 9223372036854775807", {"9223372036854775806": "allow", "9223372036854775807": "deny"}),
    ],
)
def test_the_constant_and_its_neighbours(condition: str, notes: dict[str, str]) -> None:
    found = told(condition)
    assert {note: each.case.after.outcome for note, each in found.items()} == {
        f"context.amount is {number}": outcome for number, outcome in notes.items()
    }
    for number in notes:
        assert context(found[f"context.amount is {number}"])["amount"] == int(number)


@pytest.mark.parametrize(
    ("condition", "notes"),
    [
        ('context.rate.lessThan(decimal("1.5"))', {"1.4999": "deny", "1.5": "allow", "1.5001": "allow"}),
        (
            'context.at >= datetime("2026-03-01")',
            {
                "2026-02-28T23:59:59.999Z": "allow",
                "2026-03-01T00:00:00.000Z": "deny",
                "2026-03-01T00:00:00.001Z": "deny",
            },
        ),
        ('context.wait > duration("1h")', {"3599999ms": "allow", "3600000ms": "allow", "3600001ms": "deny"}),
    ],
)
def test_other_types_move_by_their_smallest_step(condition: str, notes: dict[str, str]) -> None:
    found = told(condition)
    assert {note.rpartition(" ")[2]: each.case.after.outcome for note, each in found.items()} == notes


def test_texts_that_just_match_and_just_do_not() -> None:
    found = told('context.text like "*@example.com"')
    assert {context(each)["text"]: each.case.after.outcome for each in found.values()} == {
        "@example.com": "deny",
        "@example.comx": "allow",
        "@example.co": "allow",
        "example.com": "allow",
    }


def test_sets_that_hold_it_that_hold_others_and_that_hold_nothing() -> None:
    found = told('resource.labels.contains("pii")')
    held = {
        note: (row["attrs"]["labels"], each.case.after.outcome)
        for note, each in found.items()
        for row in each.case.entities
        if row["uid"]["type"] == "Ticket"
    }
    assert held["resource.labels is empty"] == ([], "allow")
    assert held["resource.labels holds what is asked for"] == (["pii"], "deny")
    labels, outcome = held["resource.labels holds other things"]
    assert labels
    assert "pii" not in labels
    assert outcome == "allow"
    unknown = found["nothing is known of the resource"]
    assert unknown.case.after.code == "evaluation_error"
    assert not any(row["uid"]["type"] == "Ticket" for row in unknown.case.entities)


def test_absence_is_a_case_where_it_is_an_error() -> None:
    """Not where a guard sees to it: that is a condition of its own."""
    permissive = program(
        ALL + '@id("f") forbid (principal, action, resource) when { resource.owner.role == "x" };', SCHEMA
    )
    notes = {each.note for each in boundaries(permissive, Task(), ["f"])}
    assert notes == {"nothing is known of the resource", "nothing is known of resource.owner"}
    assert not told('context has note && context.note == "x"').keys() & {"context.note is absent"}


def test_each_case_hangs_on_its_condition() -> None:
    """With the first condition false the second would show nothing."""
    found = told('context.text == "go" && context.amount > 500')
    for note in ("context.amount is 500", "context.amount is 501"):
        assert context(found[note])["text"] == "go"


def test_they_kill_the_mutants_at_the_boundary() -> None:
    rules = ALL + (
        '@id("f") forbid (principal, action, resource) '
        'when { context.amount > 500 && context.rate.greaterThan(decimal("0.5")) };'
    )
    made = program(rules, SCHEMA)
    cases = [
        {
            "name": each.note,
            "request": each.case.request,
            "entities": list(each.case.entities),
            "expect": each.case.after.outcome,
        }
        for each in boundaries(made, Task())
    ]
    found = score(made, cases, Task())
    assert not [each.mutant.sentence for each in found.survived if each.mutant.kind in ("number", "comparison")]
