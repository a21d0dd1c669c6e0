"""Sentences that begin with a pronoun: what it stands for, what that does, and when it is not said."""

from __future__ import annotations

import pytest

from tests.authoring.corpus import schema_of, statements
from workbench.authoring.document import compile_document
from workbench.authoring.result import DocumentResult
from workbench.language.check import check

DESK, OPS, GAME = schema_of("support-swarm"), schema_of("incident-response"), schema_of("game-world")


def second(text: str, schema: object = DESK) -> str:
    """The status of the second sentence, or the rule that it became."""
    result = compile_document(text, schema).sentences[1]  # type: ignore[arg-type]
    return result.candidates[0].cedar_plus if result.status == "compiled" else result.status


def test_an_amount_is_that_of_what_the_sentence_before_says_is_done() -> None:
    found = compile_document("Agents may issue refunds. They must not exceed 500.", DESK)
    assert [s.status for s in found.sentences] == ["compiled", "compiled"]
    assert found.sentences[1].candidates[0].statements == statements(
        'forbid (principal, action == Action::"issue_refund", resource) when { context.amount > 500 };'
    )
    assert found.sentences[1].meant == "Agents must not exceed 500 when they issue refunds."
    assert found.sentences[1].text == "They must not exceed 500."
    assert any('"They" is taken for "Agents"' in note for note in found.sentences[1].candidates[0].assumptions)


def test_the_same_words_after_another_sentence_are_another_rule() -> None:
    text = (
        "Agents may issue refunds. They must not exceed 500. "
        "Supervisors may reassign tickets. They must not exceed 500."
    )
    found = compile_document(text, DESK)
    assert [s.status for s in found.sentences] == ["compiled"] * 4
    assert found.sentences[1].candidates[0].statements != found.sentences[3].candidates[0].statements
    again = compile_document(text, DESK, found.cedar_plus)
    assert again.cedar_plus == found.cedar_plus
    assert {s.status for s in again.sentences} == {"kept"}
    assert not [d for d in again.diagnostics if d.code == "CP110"]


def test_rules_carry_the_sentence_in_full() -> None:
    found = compile_document("Bots may restart services. They must not exceed 5 restarts an hour.", OPS)
    program = check(found.cedar_plus, OPS).program
    assert program is not None
    assert program.by_id[found.new_ids[1]].english == "Bots must not exceed 5 restarts an hour."


@pytest.mark.parametrize(
    ("before", "after", "rule"),
    [
        ("Refunds are allowed only between 08:00 and 20:00.", "They must not exceed 400.", "context.amount > 400"),
        ("Agents may issue refunds.", "They may not do so after 20:00.", "context.hour >= 20"),
        ("A refund must not exceed 500.", "It requires approval from a supervisor.", "require approval"),
    ],
)
def test_a_pronoun_stands_for_what_is_done_as_well(before: str, after: str, rule: str) -> None:
    assert rule in second(f"{before} {after}")


def test_a_third_sentence_still_speaks_of_the_first() -> None:
    text = "Players may enter easy dungeons. They may not kick players. They must never ban players."
    found = compile_document(text, GAME)
    assert [s.meant for s in found.sentences] == [
        "", "Players may not kick players.", "Players must never ban players.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Players may recruit companions. They must not enter dungeons.",  # players, or companions?
        "Bots may frobnicate services. They must not deploy.",  # the sentence before says nothing itself
        "They must not deploy. They must not deploy.",
    ],
)
def test_a_pronoun_that_may_stand_for_others_is_refused(text: str) -> None:
    schema = GAME if text.startswith("Players") else OPS
    result = compile_document(text, schema).sentences[1]
    assert result.status == "refused"
    assert result.diagnostics[0].code == "CA006"


def test_places_are_those_of_the_text_as_it_stands() -> None:
    text = "Agents may issue refunds. They must not exceed 500."
    found: DocumentResult = compile_document(text, DESK)
    result = found.sentences[1]
    assert text[result.start : result.end] == "They must not exceed 500."
    assert all(result.start <= word.start < word.end <= result.end for word in result.words)
    assert "must not exceed 500" in {text[word.start : word.end] for word in result.words}
