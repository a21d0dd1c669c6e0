"""The strict verdict: seven statuses, what it explains, and the orders that it keeps."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench
from tests.speech.strict_cases import GROUND, corpus, sentences, status, with_tool
from workbench.speech.judgment import AdmissibilityStatus
from workbench.speech.strict import StrictJudgment, evaluate_speech

WORST_FIRST = [
    "violates_norm",
    "ill_formed",
    "underdetermined",
    "unsupported",
    "conditionally_acceptable",
    "acceptable",
]
OUTCOME = {  # status → (licensed, can_retry)
    "violates_norm": (False, True),
    "ill_formed": (False, True),
    "underdetermined": (False, False),
    "unsupported": (False, True),
    "conditionally_acceptable": (True, False),
    "acceptable": (True, False),
    "no_normative_content": (False, False),
}
SOME = sentences("assertive", "descriptive", "conditional", "refusal", "question", "courtesy", "label")
PLAIN = [text for text in SOME if text[-1] in ".!?" and text[0].isalnum() and "\n" not in text]
TEXTS = st.lists(st.sampled_from(PLAIN), min_size=1, max_size=6)


def test_the_name_is_public() -> None:
    assert workbench.evaluate_speech is evaluate_speech


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Delete prod.", "violates_norm"),
        ("[@k1]", "ill_formed"),
        ("This statement is fully grounded.", "ill_formed"),
        ("Il faut supprimer la base.", "underdetermined"),
        ("", "underdetermined"),
        (" \n ", "underdetermined"),
        ("👍 42 !!!", "underdetermined"),
        ("```bash\nrm -rf /\n```", "underdetermined"),
        ("Hi!\n\n```bash\nrm -rf /\n```", "underdetermined"),
        ("The build is green.", "unsupported"),
        ("If the build is green, deploy.", "conditionally_acceptable"),
        ("If the build is green, deploy [@k1].", "conditionally_acceptable"),
        ("We should deploy [@k1].", "acceptable"),
        ("The build is green [@k1].", "acceptable"),
        ("I cannot tell whether we should deploy.", "acceptable"),
        ("Hello! How can I help you?", "no_normative_content"),
        ("Should we deploy?", "no_normative_content"),
        ("## Summary", "no_normative_content"),
    ],
)
def test_all_seven_statuses_are_reachable(text: str, expected: str) -> None:
    found = evaluate_speech(agent_output=text, grounds=[GROUND])
    assert found.status.value == expected, found.explanation


def test_the_seven_are_all() -> None:
    assert {each.value for each in AdmissibilityStatus} == set(OUTCOME)


@given(TEXTS, st.booleans())
def test_a_status_says_whether_it_is_licensed_and_worth_a_retry(texts: list[str], cited: bool) -> None:
    text = " ".join(f"{each} [@k1]" if cited else each for each in texts)
    found = evaluate_speech(agent_output=text, grounds=[GROUND])
    licensed, retry = OUTCOME[found.status.value]
    assert found.licensed is licensed
    if found.num_statements:
        assert found.can_retry is retry
        assert (found.feedback_hint is None) is (found.status.value in {*WORST_FIRST[4:], "underdetermined"})
    assert found.grounds_cited <= found.grounds_accepted
    assert found.num_acceptable <= found.num_statements == len(found.statement_evaluations)
    assert found.violated_axioms == list(dict.fromkeys(found.violated_axioms))


@given(TEXTS)
def test_the_worst_statement_decides(texts: list[str]) -> None:
    found = evaluate_speech(agent_output=" ".join(texts))
    states = {each.status.value for each in found.statement_evaluations}
    expected = next((each for each in WORST_FIRST if each in states), "no_normative_content")
    assert found.status.value == expected
    assert [each.statement_id for each in found.statement_evaluations] == [
        f"s{number}" for number in range(1, found.num_statements + 1)
    ]


def _rank(found: str) -> int:
    return WORST_FIRST.index(found) if found in WORST_FIRST else len(WORST_FIRST)


@given(TEXTS, st.sampled_from(corpus("en")["acts"]["assertive"] + corpus("de")["acts"]["assertive"]), st.integers(0, 6))
def test_a_violation_never_helps(texts: list[str], bad: str, place: int) -> None:
    """Wherever an ungrounded demand is added, the verdict is a violation (in a block of its own, as it is written)."""
    blocks = [*texts[:place], bad, *texts[place:]]
    assert status("\n\n".join(blocks)) == "violates_norm"


@given(TEXTS, st.lists(st.booleans(), min_size=6, max_size=6))
def test_taking_a_ground_away_never_helps(texts: list[str], kept: list[bool]) -> None:
    text = " ".join(f"{each} [@k{place}]" for place, each in enumerate(texts))
    grounds = [{"citation_key": f"k{place}", "ground_id": f"g{place}"} for place in range(6)]
    fewer = [ground for ground, keep in zip(grounds, kept, strict=True) if keep]
    before, after = status(text, grounds=grounds), status(text, grounds=fewer)
    assert _rank(after) <= _rank(before)


@given(TEXTS, st.integers(0, 5))
def test_adding_a_sentence_never_helps(texts: list[str], cut: int) -> None:
    """What is said in addition can only lower the verdict of what was said."""
    some = texts[: cut + 1]
    assert _rank(status(" ".join(texts))) <= _rank(status(" ".join(some)))


@given(TEXTS)
def test_order_of_paragraphs_does_not_matter(texts: list[str]) -> None:
    assert status("\n\n".join(texts)) == status("\n\n".join(reversed(texts)))


@settings(max_examples=50)
@given(
    st.lists(st.sampled_from([*PLAIN, "[@k1]", "```\nx\n```", "- a", "> b", "# c", "\n", "[@", "if", "and", ",", "“"]))
)
def test_the_same_input_gives_the_same_judgment(pieces: list[str]) -> None:
    text = " ".join(pieces)
    first, second = (evaluate_speech(agent_output=text, grounds=[GROUND]).to_json() for _ in range(2))
    assert first == second
    assert StrictJudgment.from_dict(json.loads(first)).to_json() == first


def test_a_demand_says_why_it_is_one_and_what_would_help() -> None:
    found = with_tool("The issue is open [@c1]. Delete prod now.", '{"issue_id": 7}')
    first, second = found.statement_evaluations
    assert first.explanation.startswith('Read as a claim by `is`; grounded in ["tool_get_issue_')
    assert second.statement == "Delete prod now."
    assert second.violated_axiom == "A5"
    assert second.explanation == (
        "Read as a demand or recommendation by `Delete`; it cites no ground, so it is not licensed (A5)"
    )
    assert found.feedback_hint == (
        's2 "Delete prod now.": cite what you observed, as in "Delete prod now [@c1]."; or state a condition that '
        'could fail ("If …, then …"); or decline ("I cannot determine whether …").'
    )
    assert found.explanation == "2 statements: s2 violates norm (A5)"


def test_the_hint_holds() -> None:
    """The sentence that the hint offers is acceptable."""
    for text in ("Delete prod now.", "Lösche prod!", "The build is green.", "We should leave"):
        hint = with_tool(text, '{"issue_id": 7}').feedback_hint or ""
        offered = hint.split('as in "')[1].split('"')[0]
        assert with_tool(offered, '{"issue_id": 7}').status.value == "acceptable", offered


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("We should deploy [@k9].", "`[@k9]` names no ground that was accepted"),
        ("Delete prod if that's OK.", "the condition `that's OK` states nothing that could fail"),
        ("Redis problems everywhere.", "nothing shows it to be anything else"),
        ('If it\'s "red", wait.', """conditional on ["If it's \\"red"]"""),
        ("**Lösche** die Datenbank.", "recommendation by `Lösche`"),
        ("We shоuld deploy.", "recommendation by `shоuld`"),
        ("I'll delete it.", "recommendation by `I'll delete`"),
        ("I can't say whether it works.", "an explicit refusal is always admissible (A6)"),
        ("Il faut supprimer la base.", "in no language"),
        ("Yes.", "an answer"),
    ],
)
def test_explanations_name_what_matters(text: str, words: str) -> None:
    assert words in evaluate_speech(agent_output=text).statement_evaluations[0].explanation


def test_without_any_evidence_the_hint_says_to_observe_first() -> None:
    assert "observe it first" in (evaluate_speech(agent_output="Delete prod.").feedback_hint or "")
    assert "Falls …" in (evaluate_speech(agent_output="Lösche prod.").feedback_hint or "")


def test_a_hint_of_many_statements_stays_short() -> None:
    found = evaluate_speech(agent_output="Delete prod. " * 50)
    hint = found.feedback_hint or ""
    assert hint.count("\n") == 3
    assert hint.endswith("47 more statements are inadmissible.")
    assert found.explanation.count("s8") == 1
    assert "s9" not in found.explanation


def test_the_record_round_trips_with_its_diagnostics() -> None:
    found = evaluate_speech(agent_output="We should deploy [@k1].", grounds=[5, GROUND])
    made: dict[str, Any] = json.loads(found.to_json())
    assert list(made)[-1] == "diagnostics"
    assert made["diagnostics"] == found.diagnostics != []
    assert StrictJudgment.from_dict(made) == found


HARD = {
    "tails": "must " + "help " * 200,
    "blanks": "x" + " " * 2000,
    "one word": "a" * 2000,
    "brackets": "(" * 1000,
    "conditions": "if " * 600,
    "conjunctions": "and then " * 200,
    "citations": "[@" * 1000,
    "links": "[a](" * 500,
    "tags": "<a " * 600,
    "refusals": "i can not " * 200,
    "german refusals": "ich kann nicht " * 130,
    "requests": "could you please " * 120,
    "letters": "ä" * 2000,
    "marks": "m" + "\u0301" * 2000,
    "lists": "- a\n" * 300,
    "quotes": "> " * 1000 + "a\n",
    "sentences": "We should deploy now. " * 80,
    "ends": "a.b!c?d" * 150,
    "fences": "```\n" * 500,
}


@pytest.mark.parametrize("shape", HARD)
def test_time_grows_as_the_text_does(shape: str) -> None:
    """Six times the text takes about six times as long; quadratic work would take thirty-six times."""
    text = HARD[shape]
    evaluate_speech(agent_output=text[:200])

    def took(times: int) -> float:
        best = 10.0
        for _ in range(2):
            start = time.process_time()
            evaluate_speech(agent_output=text * times)
            best = min(best, time.process_time() - start)
        return best

    assert took(6) < 18 * took(1) + 0.03
