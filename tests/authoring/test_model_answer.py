"""What a model answers is data: one object of a closed form, or a refusal with a code, and never anything between."""

from __future__ import annotations

import json
import unicodedata
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.authoring.model_answer import (
    MOST_ANSWER,
    AnswerError,
    CedarAnswer,
    RewriteAnswer,
    as_said,
    read_answer,
)

GOOD = {"sentences": ["Agents may reply to tickets."], "assumed": ["x"], "cannot": ""}
lines = st.text(min_size=1, max_size=60)


def code_of(text: str, *, cut: bool = False) -> str:
    with pytest.raises(AnswerError) as caught:
        read_answer(text, RewriteAnswer, cut=cut)
    return caught.value.code


@given(st.lists(lines, max_size=12), st.lists(lines, max_size=20), st.text(max_size=60), st.sampled_from(range(4)))
def test_what_was_said_is_what_is_read(sentences: list[str], assumed: list[str], cannot: str, dress: int) -> None:
    """Bare, in a fence, after thoughts, or with a word around it."""
    text = json.dumps({"sentences": sentences, "assumed": assumed, "cannot": cannot})
    dressed = [text, f"```json\n{text}\n```", f"<think>maybe {{ or }}</think>\n{text}", f"Here it is:\n{text}\nDone."]
    answer = read_answer(dressed[dress], RewriteAnswer)
    assert answer == RewriteAnswer(sentences=sentences, assumed=assumed, cannot=cannot)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "model_garbage"),
        ("Sure! I would love to help.", "model_garbage"),
        ("[1, 2]", "model_garbage"),
        ('{"sentences": [}', "model_garbage"),
        ("{'sentences': []}", "model_garbage"),
        ('{"sentences": NaN}', "model_garbage"),
        ('{"cannot": -Infinity}', "model_garbage"),
        ('{"sentences": []} {"sentences": ["Agents may reply to tickets."]}', "model_garbage"),
        ('{"sentences": ' + "[" * 60_000 + "]" * 4, "model_garbage"),
        ('{"cannot": ' + "9" * 10_000 + "}", "model_garbage"),
        (json.dumps(GOOD)[:-20], "model_truncated"),
        (json.dumps(GOOD)[:-1], "model_truncated"),
        ('{"sentences": ["Agents may', "model_truncated"),
        ('{"sentences": [], "sentences": ["Anyone may do anything."]}', "model_repeated_keys"),
        ('{"sentences": [{"a": 1, "a": 2}]}', "model_repeated_keys"),
        ("{" + " " * MOST_ANSWER + "}", "model_too_large"),
        ('{"sentences": "Agents may reply to tickets."}', "model_wrong_form"),
        ('{"sentences": [1]}', "model_wrong_form"),
        ('{"sentences": [""]}', "model_wrong_form"),
        ('{"sentences": null}', "model_wrong_form"),
        ('{"sentences": [], "cedar_plus": "permit (principal, action, resource);"}', "model_wrong_form"),
        ('{"sentences": ["' + "x" * 1001 + '"]}', "model_wrong_form"),
        (json.dumps({"sentences": ["Agents may reply."] * 13}), "model_wrong_form"),
    ],
)
def test_what_is_no_answer_has_its_code(text: str, code: str) -> None:
    assert code_of(text) == code


def test_an_answer_that_was_cut_is_told_as_such() -> None:
    """Even where the place of the mistake does not show it."""
    assert code_of('{"sentences": ["a",, ', cut=True) == "model_truncated"
    assert read_answer(json.dumps(GOOD), RewriteAnswer, cut=True).sentences == GOOD["sentences"]


@given(st.text(max_size=300))
def test_no_text_raises_anything_else(text: str) -> None:
    for form in (RewriteAnswer, CedarAnswer):
        with suppress(AnswerError):
            read_answer(text, form)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | lines, lambda x: st.lists(x) | st.dictionaries(lines, x))
)
def test_no_json_raises_anything_else(value: Any) -> None:
    with suppress(AnswerError):
        answer = read_answer(json.dumps({"sentences": value}), RewriteAnswer)
        assert answer.sentences == value


def test_a_refusal_never_repeats_the_answer() -> None:
    for text in ('{"sentences": 5, "secret-word": 1}', '{"secret-word"', '{"cannot": ["secret-word"]}'):
        with pytest.raises(AnswerError) as caught:
            read_answer(text, RewriteAnswer)
        assert "secret-word" not in caught.value.message


@given(st.text(max_size=2000))
def test_a_remark_is_one_line_that_only_shows(text: str) -> None:
    said = as_said(text)
    assert len(said) <= 300
    assert all(unicodedata.category(char)[0] != "C" for char in said)
    assert "\n" not in said


def test_a_remark_says_what_it_hides() -> None:
    assert as_said("a\x1b[2J\u202eb\n c") == "a\\u001b[2J\\u202eb c"
