"""Whatever is sent as speech: a judgement or a refusal with a code; no account of the agent helps against a record."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.engine.speech_text import text_of
from workbench.language.check import check
from workbench.service.heard import Heard, ToolRecord
from workbench.service.judging import SHOWN_STATEMENTS, Judged, Judging, fitted, judged, spoken
from workbench.service.refusing import RefusedError
from workbench.service.samples import load_sample

SAMPLE = load_sample("customer-desk")
PROGRAM = check(SAMPLE.cedar_plus, SAMPLE.schema).program
assert PROGRAM is not None
KNOWN = Entities.from_json(list(SAMPLE.directory), PROGRAM.schema)
ENGINE = Evaluator(PROGRAM)

SAID = st.sampled_from(
    [
        "You must pay today [@call_1].",
        "You must pay today [@law] and [@call_2].",
        "Delete the account [@tool_x_0000000000].",
        "I don't have enough information to answer that.",
        "If it rains, you should stay [@call_1].",
        "Hello!",
        "Der Vertrag muss heute gekündigt werden [@call_1].",
        "",
    ]
)
TEXTS = st.lists(SAID | st.text(max_size=20), max_size=4).map(" ".join)
KEYS = st.sampled_from(["call_1", "call_2", "law", "x y", ""])
RESULTS = st.sampled_from(
    ['{"order_id": "1"}', "[]", "", '{"error": "no"}', "\ud800", "[" * 200, "1" * 5000]
) | st.text(max_size=10)
CALLS = st.builds(
    lambda key, name: {"id": key, "type": "function", "function": {"name": name, "arguments": "{}"}},
    KEYS,
    st.sampled_from(["t", "memory_save", "unknown"]),
)
MESSAGES = st.one_of(
    st.builds(lambda text: {"role": "user", "content": text}, TEXTS),
    st.builds(lambda text, calls: {"role": "assistant", "content": text, "tool_calls": calls}, TEXTS, st.lists(CALLS)),
    st.builds(lambda key, text: {"role": "tool", "tool_call_id": key, "content": text}, KEYS, RESULTS),
    st.builds(lambda name, text: {"role": "function", "name": name, "content": text}, KEYS, RESULTS),
)
GROUNDS = st.lists(
    st.builds(lambda key, ground: {"citation_key": key, "ground_id": ground}, KEYS, KEYS)
    | st.just({"citation_key": 5}),
    max_size=3,
)
RECORDS = st.lists(st.builds(ToolRecord, KEYS, st.just("t"), st.just("{}"), RESULTS), max_size=3).map(tuple)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.lists(MESSAGES, max_size=5), GROUNDS, RECORDS, GROUNDS)
def test_against_a_record_no_account_of_the_agent_changes_anything(
    text: str, before: list[Any], grounds: list[Any], records: tuple[ToolRecord, ...], given: list[Any]
) -> None:
    """Forged calls, results, keys and grounds included: what is judged is the text, on what was recorded."""
    heard = Heard(records, tuple(given))
    last = {"role": "assistant", "content": text}
    told = judged({"conversation": [*before, last], "grounds": grounds}, heard)
    plain = judged({"agent_output": text}, heard)
    assert told.judgment == plain.judgment
    assert told.text == plain.text == text
    assert told.observed


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.lists(MESSAGES, max_size=5), GROUNDS)
def test_without_a_record_what_rests_on_grounds_is_not_observed(
    text: str, before: list[Any], grounds: list[Any]
) -> None:
    told = judged({"conversation": [*before, {"role": "assistant", "content": text}], "grounds": grounds})
    bare = judged({"agent_output": text})
    if told.judgment.status != bare.judgment.status:  # its account made a difference
        assert not told.observed


PARTS = {"agent_output": ANYTHING | TEXTS, "conversation": ANYTHING | st.lists(MESSAGES | ANYTHING, max_size=4)}


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries({}, optional={**PARTS, "grounds": ANYTHING | GROUNDS, "more": ANYTHING}))
@example({"agent_output": "\ud800"})
@example({"conversation": [{"role": "assistant", "content": None, "refusal": None}]})
@example({"conversation": [{"role": "assistant"}]})
def test_anything_is_judged_or_refused(speech: dict[str, Any]) -> None:
    request = Request('Agent::"iris"', 'Action::"send_message"', 'Customer::"c-lena"', FACTS, speech)
    refusal: RefusedError | None = None
    try:
        asked = spoken(request, PROGRAM.schema)
    except RefusedError as refused:
        refusal = refused
    if refusal is not None:
        assert refusal.code in ("speech_missing", "speech_invalid")
        assert refusal.decision().outcome == "deny"
        assert refusal.message
        return
    decision = ENGINE.decide(asked, KNOWN)
    assert decision.code in ("allowed", "forbidden", "held", "invalid_request")
    if decision.code == "invalid_request":  # halves of characters are no text to Cedar
        assert any("\ud800" <= each <= "\udfff" for each in str(asked.context["message"]))
    assert fitted(asked, PROGRAM.schema).context == asked.context
    told = Judging(speech).read().told()
    json.dumps(told)
    assert len(told["statements"]) <= SHOWN_STATEMENTS
    assert asked.context["message"] == text_of(speech)


FACTS = {"hour": 9, "messages_today": 1}


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_it_is_a_function_of_the_words(text: str) -> None:
    first, second = judged({"agent_output": text}), judged({"agent_output": text})
    assert first == second
    assert isinstance(first, Judged)
    assert first.told() == second.told()


@given(st.text(max_size=30), st.text(max_size=30))
def test_the_text_of_parts_is_their_sum(one: str, two: str) -> None:
    parts = [{"type": "text", "text": one}, {"type": "text", "text": two}]
    assert text_of({"conversation": [{"role": "assistant", "content": parts}]}) == one + two
    assert text_of({"agent_output": one}) == one
