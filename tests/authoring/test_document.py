"""A whole text into a constitution: what stands is kept to the byte, what is new is appended and checked."""

from __future__ import annotations

import pytest

from tests.authoring.corpus import schema_of, statements
from workbench.authoring import document
from workbench.authoring.document import compile_document
from workbench.language.check import check

SCHEMA = schema_of("support-swarm")
SOURCE = """// kept as it is

@id("by-hand")
permit (principal,   action == Action::"reply", resource); // a comment

@id("never-close") @english("Agents must not close
  sensitive tickets.")
forbid (principal, action == Action::"close_ticket", resource) when { resource.category == "sensitive" };
"""


def test_an_unchanged_text_changes_nothing() -> None:
    result = compile_document("Agents must not close sensitive tickets.", SCHEMA, SOURCE)
    assert result.cedar_plus == SOURCE
    assert [s.status for s in result.sentences] == ["kept"]
    assert not result.new_ids
    assert not result.tests
    assert not result.diagnostics


def test_a_new_sentence_is_appended_with_id_english_and_tests() -> None:
    english = "Agents must not close sensitive tickets. Agents may delete tickets. Nobody may delete billing tickets."
    result = compile_document(english, SCHEMA, SOURCE)
    assert result.cedar_plus.startswith(SOURCE)
    assert [s.status for s in result.sentences] == ["kept", "compiled", "compiled"]
    program = check(result.cedar_plus, SCHEMA).program
    assert program is not None
    assert [rule.id for rule in program.rules] == ["by-hand", "never-close", *result.new_ids]
    assert program.by_id[result.new_ids[1]].english == "Nobody may delete billing tickets."
    assert [case["expect"] for case in result.tests[:2]] == ["allow", "deny"]
    assert {case["origin"] for case in result.tests} == {"generated"}
    again = compile_document(english, SCHEMA, result.cedar_plus)
    assert again.cedar_plus == result.cedar_plus
    assert {s.status for s in again.sentences} == {"kept"}


def test_ids_are_unique_and_in_kebab_case() -> None:
    result = compile_document(
        "Agents may reply to tickets in their own region. Agents may reply to tickets that they own.", SCHEMA
    )
    assert result.new_ids == ("may-reply", "may-reply-2")


def test_what_is_said_twice_or_stands_by_hand_is_not_added_again() -> None:
    result = compile_document("Agents may reply to tickets. Any agent may reply to a ticket.", SCHEMA, SOURCE)
    assert [s.status for s in result.sentences] == ["kept", "kept"]
    twice = compile_document("Agents may reply to tickets. Any agent may reply to a ticket.", SCHEMA)
    assert [s.status for s in twice.sentences] == ["compiled", "kept"]
    assert len(twice.new_ids) == 1


def test_a_rule_whose_sentence_is_gone_stays_and_is_shown() -> None:
    result = compile_document("", SCHEMA, SOURCE)
    assert result.cedar_plus == SOURCE
    assert [(d.code, d.rule, d.severity) for d in result.diagnostics] == [("CP110", "never-close", "warning")]


def test_refusals_stand_where_the_words_are() -> None:
    english = "Agents may reply to tickets.\n\nAgents may frobnicate tickets."
    result = compile_document(english, SCHEMA)
    assert [s.status for s in result.sentences] == ["compiled", "refused"]
    found = result.sentences[1].diagnostics[0]
    assert english[found.span.start : found.span.end] == "frobnicate"
    assert (found.start.line, found.start.column) == (3, 12)


def test_a_broken_source_is_left_alone() -> None:
    broken = "permit (principal, action, resource"
    result = compile_document("Agents may reply to tickets.", SCHEMA, broken)
    assert result.cedar_plus == broken
    assert result.diagnostics
    assert result.sentences[0].status == "compiled"
    assert not result.new_ids


def test_an_escalation_to_nowhere_is_refused_and_one_to_a_later_sentence_is_not() -> None:
    sentence = (
        "A refund above 500 requires approval from a supervisor within 1 hour; if nobody answers, escalate to {}."
    )
    alone = compile_document(sentence.format("manual review"), SCHEMA)
    assert [s.status for s in alone.sentences] == ["refused"]
    assert alone.sentences[0].diagnostics[0].code == "CP005"
    assert alone.cedar_plus == ""
    both = compile_document(
        sentence.format('"refunds_above_900"')
        + " Refunds above 900 require approval from a lead within 1 day; if nobody answers, deny it.",
        SCHEMA,
    )
    assert [s.status for s in both.sentences] == ["compiled", "compiled"]
    assert not check(both.cedar_plus, SCHEMA).errors


def test_amendment_procedures() -> None:
    sentence = (
        "A major amendment requires approval from an operator and from a supervisor within 7 days, "
        "and takes effect 10 seconds later."
    )
    result = compile_document(sentence, SCHEMA)
    assert [s.status for s in result.sentences] == ["compiled"]
    assert result.sentences[0].candidates[0].statements == statements(
        "procedure amend_major { on amendment major "
        'require approval from principal where principal.role == "operator" '
        'require approval from principal where principal.role == "supervisor" '
        "with timelock 10 seconds with timeout 7 days }"
    )


def test_a_text_too_long_is_not_cut_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MOST_SENTENCES", 2)
    text = "Agents may reply to tickets. Leads may close tickets. Leads may delete tickets."
    result = compile_document(text, SCHEMA)
    assert len(result.sentences) == 2
    (found,) = (d for d in result.diagnostics if d.code == "CA106")
    assert (found.severity, text[found.span.start :]) == ("error", "Leads may delete tickets.")


def test_many_new_rules_have_fewer_tests_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Leads may close tickets. A refund must not exceed 500 unless a supervisor issues it."
    whole = compile_document(text, SCHEMA)
    assert not [d for d in whole.diagnostics if d.code == "CA107"]
    monkeypatch.setattr(document, "MOST_DIRECTED", 1)
    cut = compile_document(text, SCHEMA)
    assert [d.severity for d in cut.diagnostics if d.code == "CA107"] == ["info"]
    assert 0 < len(cut.tests) < len(whole.tests)
