"""What holds of every text: the invariants of the profile, and that walks find what backtracking patterns would."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.compat.normcore import (
    AdmissibilityJudgment,
    StatementEvaluation,
    evaluate,
    evaluate_from_json,
    parse_conversation,
    parse_json,
    to_pretty_json,
)
from workbench.speech.extraction import (
    has_if_then,
    has_indicator,
    without_greeting,
    without_protocol_sentences,
    without_tails,
)
from workbench.speech.modality import conditions_of, core_of

PIECES = [
    "must ", "should ", "if ", "then ", "unless ", "for you", "given your ", "x", "y, ", " ", "\n", "\n\n", ". ", "? ",
    "! ", "(", ")", "help", "check", "can i", "i can help", "let me know if", "Hello", "hi", "thanks for ", "[@k1]",
    "[@c1]", "[@none]", "is blocked", "i would not go", "cannot determine", "insufficient", "\u2003", "’", "E.g.",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
GROUNDS = st.lists(
    st.fixed_dictionaries(
        {"citation_key": st.sampled_from(["k1", "k2", "c1"]), "ground_id": st.sampled_from(["g1", "g2", "issue_1"])},
        optional={"role": st.sampled_from(["supports", "disambiguates", "contextualizes"])},
    ),
    max_size=3,
)
RESULTS = st.lists(st.sampled_from(['{"issue_id": 1}', "ok", "[]", '[{"a_key": 2}, {"b_id": 3}]']), max_size=2)
OUTCOMES = {  # status → licensed, can_retry (specification, section 7)
    "acceptable": (True, False),
    "conditionally_acceptable": (True, False),
    "violates_norm": (False, True),
    "unsupported": (True, True),
    "ill_formed": (False, True),
    "underdetermined": (False, False),
    "no_normative_content": (False, False),
}


def conversation(text: str, results: list[str]) -> list[dict[str, Any]]:
    calls = [
        {"id": f"c{place + 1}", "type": "function", "function": {"name": "search", "arguments": "{}"}}
        for place in range(len(results))
    ]
    told = [{"role": "tool", "tool_call_id": f"c{place + 1}", "content": each} for place, each in enumerate(results)]
    return [{"role": "assistant", "tool_calls": calls}, *told, {"role": "assistant", "content": text}]


@settings(deadline=None)
@given(text=TEXTS, results=RESULTS, grounds=GROUNDS)
def test_invariants_of_a_judgment(text: str, results: list[str], grounds: list[dict[str, str]]) -> None:
    messages = conversation(text, results)
    judgment = evaluate(conversation=messages, grounds=grounds)
    assert (judgment.licensed, judgment.can_retry) == OUTCOMES[judgment.status.value]
    assert judgment.grounds_cited <= judgment.grounds_accepted
    assert judgment.num_acceptable <= judgment.num_statements == len(judgment.statement_evaluations) <= 1
    assert (judgment.feedback_hint is not None) == judgment.can_retry
    assert all(list(each.license) == sorted(each.license) for each in judgment.statement_evaluations)
    assert judgment == evaluate(conversation=messages, grounds=grounds)


@settings(deadline=None)
@given(text=TEXTS, results=RESULTS, grounds=GROUNDS)
def test_what_is_uncited_licenses_no_claim(text: str, results: list[str], grounds: list[dict[str, str]]) -> None:
    """Agent text never licenses itself, and no evidence does by merely lying there."""
    silent = re.sub(r"\[@\w+\]", "", text)
    bare = evaluate(agent_output=silent)
    among = evaluate(conversation=conversation(silent, results), grounds=grounds)
    for alone, surrounded in zip(bare.statement_evaluations, among.statement_evaluations, strict=True):
        if alone.modality != "descriptive":
            assert (alone.status, alone.license) == (surrounded.status, surrounded.license)
        assert (alone.status == "violates_norm") == (alone.modality == "assertive")


@settings(deadline=None)
@given(text=TEXTS, results=RESULTS, grounds=GROUNDS)
def test_records_and_json_carry_the_whole_judgment(
    text: str, results: list[str], grounds: list[dict[str, str]]
) -> None:
    messages = conversation(text, results)
    judgment = evaluate(conversation=messages, grounds=grounds)
    assert evaluate_from_json(json.dumps({"conversation": messages, "grounds": grounds})) == judgment
    for text_form in (judgment.to_json(), judgment.model_dump_json(indent=2), to_pretty_json(judgment)):
        assert AdmissibilityJudgment.model_validate_json(text_form) == judgment
        assert parse_json(text_form) == judgment.to_dict() == judgment.model_dump(mode="json")
    assert AdmissibilityJudgment.model_validate(judgment.model_dump()) == judgment
    for each in judgment.statement_evaluations:
        assert StatementEvaluation.from_dict(each.to_dict()) == each
        assert each.model_dump()["license"] == set(each.license)
    assert [message.role for message in parse_conversation(json.dumps(messages))][-1] == "assistant"


FEW = st.lists(
    st.sampled_from(["if ", " then", "if", "then", " ", "\n", "\t", "x", "x\nx", "\u2003", "iff", "thence"]), max_size=9
)


@settings(max_examples=400, deadline=None)
@example("if x\nx then")
@example("if  then")
@example("if   then")
@example("if \n then")
@example("if x if then")
@example("if x\nx if y then")
@given(FEW.map("".join))
def test_if_then_is_found_as_a_backtracking_pattern_would(text: str) -> None:
    assert has_if_then(text) == (re.search(r"\bif\s+.+\s+then\b", text) is not None)


ENDINGS = [
    "(", ")", "(check)", "(x", "(for example x)", "(for\nexample)", "help", "check", "?", ".", "!", " ", "x", "can i",
    "can\ni", "\n", "must", "E.g.", "I can help",
]  # fmt: skip
ENDS = st.lists(st.sampled_from(ENDINGS), max_size=9)
_ASIDE = r"\s*\([^)]*(?:e\.g\.|for example|find|check|help)[^)]*\)$"
_OFFER = r"\s*i\s+can\s+help.*$"
_QUESTION = r"[^.!?]*(?:help|assist|can\s+i|would\s+you\s+like)[^.!?]*\?$"


@settings(max_examples=400, deadline=None)
@example("must (check))")
@example("must (check)(check)")
@example("must ((x check)")
@example("must (for example x)")
@example("must (for\nexample x)")
@example("must. Can I?")
@example("must? help??")
@example("must (check) I can help. More (check)")
@given(ENDS.map("".join))
def test_tails_are_cut_as_backtracking_patterns_would(text: str) -> None:
    expected = text.strip()
    for _ in range(5):
        before = expected
        for pattern in (_ASIDE, _OFFER, _QUESTION):
            expected = re.sub(pattern, "", expected, flags=re.IGNORECASE | re.DOTALL).strip()
        if expected == before:
            break
    assert without_tails(text.strip()) == expected


@settings(deadline=None)
@given(TEXTS)
def test_cutting_never_invents(text: str) -> None:
    """What is left is part of what was said, white space after sentence ends aside; conditions are quoted."""
    stripped = text.strip()
    tailless = without_tails(stripped)
    assert stripped.startswith(tailless)
    assert without_tails(stripped) == tailless
    kept = without_protocol_sentences(tailless)
    assert set(kept.split()) <= set(tailless.split())
    assert kept.endswith(without_greeting(kept))
    assert core_of(text.lower()) in text.lower()
    for condition in conditions_of(text):
        quoted = re.sub(r"^(?:NOT|given your|based on your) ", "", condition)
        assert condition in ("unspecified", "for you") or quoted in text


@given(TEXTS)
def test_without_an_indicator_nothing_is_claimed(text: str) -> None:
    if text and not has_indicator(text.strip().lower()):
        assert evaluate(agent_output=text).status == "no_normative_content"
