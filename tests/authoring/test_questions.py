"""Questions that separate readings: whatever is answered, the reading picked decides as was answered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.authoring.corpus import all_cases, schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.authoring.questions import ANSWERS, Inquiry, answered, asked, begin, decided, picked
from workbench.authoring.result import Reading
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.schema_reader import read_schema

SCHEMA = read_schema(
    "entity U = { role: String }; entity D = { kind: String, hot: Bool };"
    "action go, stay appliesTo { principal: [U], resource: [D], context: { n: Long } };"
)
POOL = (
    'permit (principal, action == Action::"go", resource) when { context.n > 5 };',
    'permit (principal, action == Action::"go", resource) when { context.n >= 5 };',
    'permit (principal, action, resource) when { context.n > 5 };',
    'forbid (principal, action == Action::"go", resource) unless { context.n > 5 };',
    'forbid (principal, action == Action::"go", resource) when { resource.kind == "x" && resource.hot };',
    'forbid (principal, action == Action::"go", resource) when { resource.kind == "x" || resource.hot };',
    'permit (principal, action == Action::"go", resource) when { principal.role == "lead" };\n'
    'forbid (principal, action == Action::"go", resource) unless { principal.role == "lead" };',
    'permit (principal, action == Action::"go", resource) when { principal.role == "lead" };',
    "procedure p { on action == Action::\"go\" when context.n > 5 require approval from principal }",
)  # fmt: skip


def reading(text: str) -> Reading:
    return Reading(tuple(desugar(each) for each in parse(text).statements), text, text)


def ambiguous() -> list[tuple[str, str]]:
    return [(case.corpus, case.text) for case in all_cases() if case.ask]


readings = st.lists(st.sampled_from(POOL), min_size=2, max_size=5, unique=True).map(lambda t: [reading(e) for e in t])


@settings(max_examples=60, deadline=None)
@given(readings, st.lists(st.sampled_from(ANSWERS), max_size=6))
def test_the_reading_picked_agrees_with_every_answer(candidates: list[Reading], answers: list[str]) -> None:
    inquiry = begin(candidates, SCHEMA)
    for answer in answers:
        if inquiry.asked is None or not inquiry.asked.request:
            break
        before = inquiry.left
        inquiry = answered(inquiry, answer, SCHEMA)  # type: ignore[arg-type]
        assert len(inquiry.left) < len(before), "every answer excludes something"
    for question, answer in inquiry.answers:
        for place in inquiry.left:
            assert decided(candidates[place], question, SCHEMA) == answer
    if inquiry.answers and inquiry.answers[-1][1] == "neither":
        assert inquiry.left == ()
        assert inquiry.picked is None


@settings(max_examples=40, deadline=None)
@given(readings, st.integers(min_value=0, max_value=4))
def test_whoever_answers_as_a_reading_decides_is_led_to_that_reading(candidates: list[Reading], meant: int) -> None:
    meant %= len(candidates)
    inquiry = begin(candidates, SCHEMA)
    while inquiry.asked is not None and inquiry.asked.request:
        inquiry = answered(inquiry, decided(candidates[meant], inquiry.asked, SCHEMA), SCHEMA)  # type: ignore[arg-type]
        assert meant in inquiry.left
    assert inquiry.picked == meant or len(inquiry.left) > 1


def test_what_a_question_says_of_its_readings_is_what_they_decide() -> None:
    for corpus, text in ambiguous():
        result = compile_sentence(text, schema_of(corpus))
        question = result.asked
        assert question is not None
        assert question.request, text
        outcomes = [decided(result.candidates[n], question, schema_of(corpus)) for n in question.readings]
        assert tuple(outcomes) == question.outcomes
        assert len(set(outcomes)) > 1
        assert [path for path, _ in question.facts][:3] == ["principal", "action", "resource"]
        assert len(question.facts) > 3, "what the readings read is told"


def test_three_readings_take_successive_questions() -> None:
    three = [reading(POOL[0]), reading(POOL[1]), reading(POOL[2])]
    first = begin(three, SCHEMA)
    assert first.asked is not None
    most = max(first.asked.outcomes, key=first.asked.outcomes.count)
    second = answered(first, most, SCHEMA)  # type: ignore[arg-type]
    assert len(second.left) == 2
    assert second.asked is not None
    assert second.asked.readings == second.left
    assert f"reading {second.left[1] + 1}" in second.asked.text, "readings keep their numbers"
    third = answered(second, second.asked.outcomes[1], SCHEMA)  # type: ignore[arg-type]
    assert third.picked == second.left[1]


def test_may_and_only_may_are_told_apart_beside_another_permit() -> None:
    question = asked([reading(POOL[7]), reading(POOL[6])], SCHEMA)
    assert question.permitted
    assert "while another rule permits it" in question.text
    assert set(question.outcomes) == {"allow", "deny"}


def test_readings_that_decide_alike_are_chosen_by_number() -> None:
    question = asked([reading(POOL[0]), reading(POOL[0].replace("> 5", ">= 6"))], SCHEMA)
    assert not question.request
    inquiry = begin([reading(POOL[0]), reading(POOL[0].replace("> 5", ">= 6"))], SCHEMA)
    with pytest.raises(ValueError, match="no request"):
        answered(inquiry, "allow", SCHEMA)
    assert picked(inquiry, 1).picked == 1


def test_a_reading_that_was_excluded_cannot_be_picked() -> None:
    inquiry = begin([reading(POOL[0]), reading(POOL[1])], SCHEMA)
    assert inquiry.asked is not None
    left = answered(inquiry, inquiry.asked.outcomes[0], SCHEMA)  # type: ignore[arg-type]
    assert left.picked == 0
    with pytest.raises(ValueError, match="does not agree"):
        picked(left, 1)


def test_neither_leaves_no_reading() -> None:
    left: Inquiry = answered(begin([reading(POOL[0]), reading(POOL[1])], SCHEMA), "neither", SCHEMA)
    assert left.left == ()
    assert left.asked is None
