"""What a whole text leaves open or says twice: each finding once, on its sentence, with a case."""

from __future__ import annotations

import pytest

from tests.authoring.corpus import schema_of
from workbench.authoring.document import compile_document
from workbench.language.diagnostics import Diagnostic

DESK = schema_of("support-swarm")


def found(text: str, source: str = "") -> list[Diagnostic]:
    return [d for d in compile_document(text, DESK, source).diagnostics if d.code.startswith("CA1")]


def codes(text: str, source: str = "") -> list[str]:
    return [d.code for d in found(text, source)]


def test_just_outside_a_limit_of_a_permit_nothing_is_said() -> None:
    text = "Agents may issue refunds of up to 200."
    (finding,) = found(text)
    assert (finding.code, finding.severity) == ("CA101", "info")
    assert "amount 201" in finding.message
    assert text[finding.span.start : finding.span.end] == text


def test_what_another_sentence_says_is_not_left_open() -> None:
    text = "Agents may issue refunds of up to 200. Supervisors may issue refunds. Nobody may issue refunds above 200."
    assert "CA101" not in codes(text)


def test_who_is_not_named_is_no_edge() -> None:
    assert codes("Supervisors may delete tickets.") == []


def test_a_prohibition_that_takes_part_is_told_and_one_that_takes_all_is_a_contradiction() -> None:
    part = found("Agents may delete tickets. Agents must not delete sensitive tickets.")
    assert [d.code for d in part] == ["CA102"]
    assert "sensitive" in part[0].message
    whole = found("Agents may delete sensitive tickets. Nobody may delete tickets.")
    assert [(d.code, d.severity) for d in whole] == [("CA103", "warning")]


def test_an_exception_that_spares_the_permit_is_no_contradiction() -> None:
    assert codes("Supervisors may delete tickets. Nobody may delete tickets except supervisors.") == []


def test_a_rule_that_says_nothing_new_is_told_once_on_the_narrower() -> None:
    text = "Agents may delete tickets. Agents may delete billing tickets."
    (finding,) = found(text)
    assert finding.code == "CA104"
    assert text[finding.span.start : finding.span.end] == "Agents may delete billing tickets."
    reversed_ = "Agents may delete billing tickets. Agents may delete tickets."
    assert [(d.code, reversed_[d.span.start : d.span.end]) for d in found(reversed_)] == [
        ("CA104", "Agents may delete billing tickets.")
    ]


def test_approval_for_what_nothing_permits_is_told() -> None:
    text = "Refunds above 500 require approval from a supervisor."
    assert codes(text) == ["CA105"]
    assert "CA105" not in codes(f"{text} Supervisors may issue refunds.")


def test_standing_rules_count_and_are_not_told_of_themselves() -> None:
    source = compile_document("Nobody may delete tickets.", DESK).cedar_plus
    assert codes("Nobody may delete tickets. Agents may delete tickets.", source) == ["CA103"]
    assert codes("Nobody may delete tickets.", source) == []


@pytest.mark.parametrize(
    "text", ["Agents may reply to tickets in their own region.", "Agents may close tickets tagged email."]
)
def test_a_finding_never_keeps_a_text_from_compiling(text: str) -> None:
    result = compile_document(text, DESK)
    assert [s.status for s in result.sentences] == ["compiled"]
    assert not [d for d in result.diagnostics if d.severity == "error"]
