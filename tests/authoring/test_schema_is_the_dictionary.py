"""The compiler knows no domain word: what the schema renames, the language renames."""

from __future__ import annotations

import pytest

from tests.authoring.corpus import DATA, schema_of, statements
from workbench.authoring.compiler import compile_sentence
from workbench.language.schema_reader import read_schema

SENTENCE = "Agents must never share customer email addresses with external services."
TEXT = (DATA / "support-swarm.cedarschema").read_text(encoding="utf-8")


def meaning(text: str, sentence: str = SENTENCE) -> tuple[object, ...] | str:
    result = compile_sentence(sentence, read_schema(text))
    return result.candidates[0].statements if result.status == "compiled" else result.status


def test_the_story_of_the_sample() -> None:
    assert meaning(TEXT) == statements(
        'forbid (principal, action == Action::"share_external", resource) when { resource.tags.contains("email") };'
    )


def test_renaming_the_action_renames_it_in_the_rule() -> None:
    assert meaning(TEXT.replace("action share_external", "action publish_outside")) == statements(
        'forbid (principal, action == Action::"publish_outside", resource) when { resource.tags.contains("email") };'
    )


def test_renaming_the_tag_and_the_attribute_renames_them_in_the_rule() -> None:
    renamed = TEXT.replace('"email: customer', '"kontakt: customer').replace(" tags: Set", " marks: Set")
    assert meaning(renamed) == statements(
        'forbid (principal, action == Action::"share_external", resource) when { resource.marks.contains("kontakt") };'
    )


@pytest.mark.parametrize("phrases", ["", '@phrase("share … outside the company") '])
def test_an_action_is_found_by_the_words_of_its_name(phrases: str) -> None:
    bare = TEXT.replace(
        '@phrase("share … outside the company | share … externally | share … with external services") ', phrases
    )
    assert bare != TEXT
    result = compile_sentence(SENTENCE, read_schema(bare))
    assert result.status == "compiled"
    assert result.candidates[0].statements == meaning(TEXT)
    assert any("external services" in note for note in result.candidates[0].assumptions)


def test_a_name_wider_than_the_sentence_never_widens_a_permit() -> None:
    bare = TEXT.replace(
        '@phrase("share … outside the company | share … externally | share … with external services") ', ""
    )
    assert meaning(bare, "Agents may share tickets with external services.") == "refused"


def test_without_the_words_there_is_no_rule() -> None:
    unknown = TEXT.replace("customer email addresses | e-mail addresses", "contact data")
    result = compile_sentence(SENTENCE, read_schema(unknown))
    assert result.status == "refused"
    assert result.diagnostics[0].code in ("CA001", "CA002")


def test_two_attributes_with_one_value_make_a_question() -> None:
    twice = TEXT.replace("customer_tier: String", '@values("sensitive; gold") customer_tier: String')
    result = compile_sentence("Agents must not close sensitive tickets.", read_schema(twice))
    assert result.status == "ambiguous"
    assert len(result.candidates) == 2
    assert "category" in result.question or "customer tier" in result.question


def test_two_actions_with_one_noun_make_a_question() -> None:
    twice = TEXT.replace(
        "action reassign", '@phrase("approve a refund") action approve_refund appliesTo '
        "{ principal: [Agent], resource: [Ticket], context: Desk };\naction reassign"
    )  # fmt: skip
    result = compile_sentence("A refund must not exceed 500.", read_schema(twice))
    assert result.status == "ambiguous"
    assert {str(c.statements[0]).count("approve_refund") for c in result.candidates} == {0, 1}


def test_a_prohibition_does_not_lapse_where_an_optional_attribute_is_missing() -> None:
    optional = TEXT.replace("category: String,", "category?: String,", 1)
    assert optional != TEXT
    forbid = meaning(optional, "Agents must not close sensitive tickets.")
    assert forbid == statements(
        'forbid (principal, action == Action::"close_ticket", resource) '
        'when { if resource has category then resource.category == "sensitive" else true };'
    )
    permit = meaning(optional, "Agents may close sensitive tickets.")
    assert permit == statements(
        'permit (principal, action == Action::"close_ticket", resource) '
        'when { resource has category && resource.category == "sensitive" };'
    )
    spared = meaning(optional, "Nobody may close a ticket unless it is sensitive.")
    assert spared == statements(
        'forbid (principal, action == Action::"close_ticket", resource) '
        'unless { resource has category && resource.category == "sensitive" };'
    )


def test_the_near_word_is_offered() -> None:
    result = compile_sentence("Agents must not clsoe tickets.", schema_of("support-swarm"))
    assert result.status == "refused"
    assert "close" in result.diagnostics[0].help
