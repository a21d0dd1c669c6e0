"""The compiler against the graded corpus: every sentence as expected, and never a wrong rule."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.authoring.corpus import NAMES, Case, all_cases, compiled, grade, schema_of
from workbench.authoring.compiler import compile_sentence
from workbench.language.check import check


def test_the_corpus_is_large_enough_and_nothing_in_it_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    grades = Counter(grade(case, compiled(case)) for case in all_cases())
    with capsys.disabled():
        print(f"\ncorpus: {dict(sorted(grades.items()))}")
    assert grades["wrong"] == 0
    assert sum(grades.values()) >= 60
    assert grades["refused"] + grades["asked"] >= 15
    assert len(NAMES) >= 3


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.corpus}: {case.text[:60]}")
def test_each_sentence_is_understood_asked_about_or_refused_as_it_should_be(case: Case) -> None:
    result = compiled(case)
    if case.rules:
        assert result.status == "compiled", (result.question, result.diagnostics)
        assert result.candidates[0].statements == case.statements
        assert result.candidates[0].paraphrase
    elif case.ask:
        assert result.status == "ambiguous"
        assert {reading.cedar_plus for reading in result.candidates} == set(case.ask)
        assert result.question.endswith("?")
    else:
        assert result.status == "refused"
        first = result.diagnostics[0]
        assert (first.code, case.text[first.span.start : first.span.end]) == (case.refuse, case.at)
        assert first.message
        assert first.help


def test_every_rule_of_the_corpus_passes_the_checker() -> None:
    for case in all_cases():
        if case.rules and "manual_review" not in case.rules:
            errors = check(case.rules, schema_of(case.corpus)).errors
            assert not errors, (case.text, errors)


INTRUDERS = ("not", "never", "politely", "most", "within", "except", "unless", "frobnicate", "sometimes", "only")


@pytest.mark.parametrize("word", INTRUDERS)
def test_no_word_that_changes_a_sentence_is_ever_passed_over(word: str) -> None:
    """The sentence with one more word, at any place, must not compile to what it meant without that word."""
    for case in all_cases()[::3]:
        if not case.rules or (word == "only" and "only" in case.text.lower()):
            continue
        parts = case.text.split(" ")
        for index in range(len(parts) + 1):
            text = " ".join([*parts[:index], word, *parts[index:]])
            if text.endswith(f". {word}") or (word == "never" and "must not" in text.replace("never not", "")):
                continue
            result = compile_sentence(text, schema_of(case.corpus))
            if result.status == "compiled":
                assert result.candidates[0].statements != case.statements, text


@pytest.mark.parametrize(
    "text",
    [
        "A refund above 500 requires approval from every supervisor.",
        "Refunds require approval from all leads within 1 hour.",
        "A refund must not exceed 500 unless all supervisors issue it.",
        "An agent that has deleted 30 messages in the last hour must stop replying.",
        "An agent may issue at most 3 messages an hour.",
    ],
)
def test_near_misses_are_never_taken_for_what_they_resemble(text: str) -> None:
    assert compile_sentence(text, schema_of("support-swarm")).status == "refused"


def test_words_are_linked_to_the_parts_they_became() -> None:
    case = all_cases()[0]
    result = compiled(case)
    parts = {link.part: case.text[link.start : link.end] for link in result.words}
    assert parts["subject"] == "Agents"
    assert "must never" in {case.text[link.start : link.end] for link in result.words if link.part == "modality"}
