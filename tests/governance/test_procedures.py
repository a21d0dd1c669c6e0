"""Which procedure an amendment must pass, who may fill its seats, and how seats are filled."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.governance.chains import ANA, EVE, LEDGER, ROSTER, SAM, SCHEMA
from workbench.governance.artifact import AmendmentClassName
from workbench.governance.electorate import Electorate
from workbench.governance.matching import fill
from workbench.governance.procedures import amendment_procedure, duration_words, seat_words
from workbench.language.check import check
from workbench.language.program import Program

CLASSES: tuple[AmendmentClassName, ...] = ("minor", "major", "sensitive")


def program(text: str) -> Program:
    result = check("permit (principal, action, resource);\n" + text, SCHEMA)
    assert result.program is not None, result.errors
    return result.program


def electorate(cls: str = "major", proposer: str = ANA.principal) -> Electorate:
    return Electorate((*ROSTER, EVE.entry), version="1.1.0", cls=cls, proposer=proposer)


def seats(where: str, **changes: Any) -> set[str]:
    text = f"procedure p {{ on amendment major require approval from principal where {where} }}"
    (require,) = amendment_procedure(program(text), "major").requires
    return set(electorate(**changes).eligible(require.where))


def test_the_defaults_are_those_of_the_table() -> None:
    words = [amendment_procedure(program(""), cls).words for cls in CLASSES]
    assert words == [
        "1 operator; no timelock",
        "1 operator and 1 supervisor; timelock 24 hours",
        "2 operator and 2 supervisor; timelock 72 hours",
    ]
    default = amendment_procedure(program(""), "minor")
    assert (default.own, default.timeout_seconds, default.rejection_ends) == (False, 30 * 86_400, False)
    assert electorate().eligible(default.requires[0].where) == {ANA.principal, EVE.principal}


def test_a_constitution_has_its_own() -> None:
    own = program(
        "procedure mine { on amendment major require 3 approvals from principal with timelock 10 seconds "
        "with timeout 7 days on rejection deny }"
    )
    found = amendment_procedure(own, "major")
    assert (found.name, found.own, found.timelock_seconds, found.timeout_seconds) == ("mine", True, 10, 604_800)
    assert found.rejection_ends
    assert found.words == "3 signer; timelock 10 seconds"
    assert not amendment_procedure(own, "minor").own


def test_two_procedures_for_one_class_must_both_be_passed() -> None:
    both = program(
        "procedure a { on amendment major require approval from principal with timelock 1 hour with timeout 2 days }"
        "procedure b { on amendment major require 2 approvals from principal with timelock 2 hours with timeout 1 day }"
    )
    found = amendment_procedure(both, "major")
    assert (found.name, found.timelock_seconds, found.timeout_seconds) == ("a + b", 7_200, 86_400)
    assert [require.count for require in found.requires] == [1, 2]


def test_an_observed_procedure_does_not_bind() -> None:
    text = '@stage("observe") procedure a { on amendment major require 9 approvals from principal }'
    assert not amendment_procedure(program(text), "major").own


def test_a_procedure_with_a_condition_binds_where_it_holds() -> None:
    text = "procedure a { on amendment major when %s require 9 approvals from principal }"
    by_sam = program(text % 'requester.role == "supervisor"')
    assert amendment_procedure(by_sam, "major", electorate(proposer=SAM.principal)).own
    assert not amendment_procedure(by_sam, "major", electorate(proposer=ANA.principal)).own
    assert amendment_procedure(by_sam, "major").own  # unknown proposer: it might apply


@pytest.mark.parametrize(
    ("where", "who"),
    [
        ('principal.role == "operator"', {ANA.principal, EVE.principal}),
        ('principal.name == "sam"', {SAM.principal}),
        ("principal != context.requester", {SAM.principal, EVE.principal}),
        ('context.class == "minor"', set()),
        ('["supervisor"].contains(principal.role)', {SAM.principal}),
        ('principal.role == "ledger"', set()),
        ("true", {ANA.principal, SAM.principal, EVE.principal}),
        ("9223372036854775807 + 1 > 0", set()),  # has no value: nobody
    ],
)
def test_who_may_fill_a_seat(where: str, who: set[str]) -> None:
    assert seats(where) == who


def test_a_proposer_outside_the_roster_is_no_one_in_it() -> None:
    everyone = {ANA.principal, SAM.principal, EVE.principal}
    assert seats("principal != context.requester", proposer='Agent::"x"') == everyone
    assert seats('context.requester.role == "operator"', proposer='Agent::"x"') == set()
    assert LEDGER.principal not in everyone


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ('principal.role == "operator"', "operator"),
        ('"operator" == principal.role', "operator"),
        ('principal.role == "operator" || principal.name == "sam"', "operator or sam"),
        ('["lead", "operator"].contains(principal.role)', "lead or operator"),
        ('principal.role == "operator" && principal != context.requester', "operator other than the proposer"),
        ("principal != context.requester", "signer other than the proposer"),
        ('principal.role like "op*"', 'signer with principal.role like "op*"'),
    ],
)
def test_seats_in_words(where: str, words: str) -> None:
    text = f"procedure p {{ on amendment major require approval from principal where {where} }}"
    (require,) = amendment_procedure(program(text), "major").requires
    assert seat_words(require.where) == words


def test_durations_in_words() -> None:
    times = {
        1: "1 second",
        10: "10 seconds",
        60: "1 minute",
        86_400: "24 hours",
        259_200: "72 hours",
        604_800: "7 days",
    }
    assert {seconds: duration_words(seconds) for seconds in times} == times
    assert duration_words(90) == "90 seconds"


PEOPLE = "abcde"


@given(st.lists(st.frozensets(st.sampled_from(PEOPLE)), max_size=5), st.lists(st.sampled_from(PEOPLE), unique=True))
def test_as_many_seats_are_filled_as_can_be(seats: list[frozenset[str]], people: list[str]) -> None:
    taken = fill(seats, people)
    filled = [person for person in taken if person is not None]
    assert len(filled) == len(set(filled))
    assert all(person is None or (person in seats[i] and person in people) for i, person in enumerate(taken))
    padded = [*people, *[""] * len(seats)]
    best = max(
        (
            sum(person in seat for person, seat in zip(order, seats, strict=False))
            for order in permutations(padded[:6], min(len(seats), 6))
        ),
        default=0,
    )
    assert len(filled) >= best
