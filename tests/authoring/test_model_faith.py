"""Alarms: quiet about rules that say what the sentence says, loud about those that grant more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.authoring.corpus import all_cases, schema_of, statements
from workbench.authoring.model_faith import alarms, numbers, strange_letters

SCHEMA = schema_of("support-swarm")
REFUND = 'permit (principal, action == Action::"issue_refund", resource)'
RIGHT = [case for case in all_cases() if case.rules and "permit (principal, action, resource);" not in case.rules]


def test_the_corpus_is_large_enough_to_say_something() -> None:
    assert len(RIGHT) > 100


@pytest.mark.parametrize("case", RIGHT, ids=[f"{c.corpus}-{n}" for n, c in enumerate(RIGHT)])
def test_nothing_is_held_against_the_right_rules(case) -> None:  # type: ignore[no-untyped-def]
    found = alarms(case.text, case.statements, schema_of(case.corpus))
    assert not found.objections


@pytest.mark.parametrize(
    ("sentence", "rules"),
    [
        ("Nobody hands out refunds.", f"{REFUND};"),
        ("Agents must never issue refunds.", f"{REFUND};"),
        ("Refunds are off limits.", f"{REFUND};"),
        ("Agents can't issue refunds.", f'{REFUND} when {{ principal.role == "lead" }};'),
        ("No agent may issue a refund.", f"{REFUND};"),
        ("Nobody can ever be allowed to refund.", f"{REFUND};"),
        ("Agents may not issue refunds.", f"{REFUND};"),
        ("Agents may refund if the customer agreed.", f"{REFUND};"),
        ("Unless a lead objects, agents may refund.", f"{REFUND};"),
        ("Agents may issue refunds up to 200.", f"{REFUND};"),
        (
            "Agents may reply to tickets in their own region.",
            'permit (principal, action == Action::"reply", resource);',
        ),
        ("Everyone may do everything.", "permit (principal, action, resource);"),
        ("Do as you like.", "permit (principal, action, resource);"),
        ("Only leads may refund.", f"{REFUND};"),
    ],
)
def test_what_grants_more_is_objected_to(sentence: str, rules: str) -> None:
    assert alarms(sentence, statements(rules), SCHEMA).objections


@pytest.mark.parametrize(
    ("sentence", "rules", "about"),
    [
        ("Agents may refund 500.", f"{REFUND} when {{ context.amount <= 50 }};", "your sentence says 500"),
        ("Agents may refund 500.", f"{REFUND} when {{ context.amount <= 50 }};", "this says 50,"),
        ("Leads handle refunds.", f'{REFUND} when {{ principal.role == "lead" }};', "not plainly allow"),
        (
            "Gold customers may get a refund.",
            f'{REFUND} when {{ resource.customer_tier == "platinum" }};',
            "“platinum”",
        ),
        (
            "Agents may refund.",
            'forbid (principal, action == Action::"issue_refund", resource);',
            "nothing here permits",
        ),
        (
            "Agents may do anything on Sunday.",
            "permit (principal, action, resource) when { context.hour > 3 };",
            "group",
        ),
    ],
)
def test_what_a_person_should_look_at_is_marked(sentence: str, rules: str, about: str) -> None:
    assert any(about in mark for mark in alarms(sentence, statements(rules), SCHEMA).marks)


def test_the_same_numbers_in_other_words_are_no_mark() -> None:
    rewrite = "A refund above 500 requires approval from a supervisor within 1 hour."
    rules = statements(
        'procedure p { on action == Action::"issue_refund" when context.amount > 500 '
        'require approval from principal where principal.role == "supervisor" with timeout 1 hour }'
    )
    found = alarms("Refunds over five hundred need a supervisor's approval within one hour.", rules, SCHEMA, rewrite)
    assert found.marks == ()


@given(st.integers(2, 10**9))
def test_a_number_is_found_however_it_is_written(number: int) -> None:
    (plain,) = numbers(f"at most {number} a day")
    assert list(numbers(f"at most {number:,} a day")) == [plain]
    assert list(numbers(f"a day, {number}")) == [plain]
    assert list(numbers(f"at most {number + 1} a day")) != [plain]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("five hundred", ["500"]),
        ("three thousand and 7", ["3000", "7"]),
        ("between 8:00 and 8:30 pm", ["8", "20:30"]),
        ("one or 0 or twice", ["2"]),
        ("0.50", ["0.5"]),
        ("nothing", []),
    ],
)
def test_numbers_in_words(text: str, found: list[str]) -> None:
    assert list(numbers(text)) == found


def test_letters_that_only_look_right() -> None:
    assert strange_letters('principal.role == "l\u0435ad"', "Leads may refund.", SCHEMA) == "\u0435"
    assert strange_letters("a\u200bb", "x", SCHEMA)
    assert strange_letters("a\x1b[2Jb", "x", SCHEMA) == "\x1b"
    assert not strange_letters("Löwen dürfen “x”", "Löwen dürfen alles.", SCHEMA)
    assert not strange_letters(SCHEMA.text, "x", SCHEMA)
