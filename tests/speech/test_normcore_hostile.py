"""What crashed the original does not crash here (specification, sections 2.3, 2.4, 9.11 and 9.12), and is evidence
without an entity; whatever JSON comes in, the only error that comes out is a ValueError that says where."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.compat.normcore import (
    AdmissibilityJudgment,
    EvaluateError,
    evaluate,
    evaluate_from_json,
    parse_conversation,
)
from workbench.speech.errors import SpeechError, ValidationError
from workbench.speech.tool_json import MAX_DEPTH, NOT_JSON, read_arguments, read_json, too_deep

HUGE = "9" * 5_000
HOSTILE = {
    "huge integer": f'{{"issue_id": {HUGE}}}',
    "huge integer in a list": f'[{{"issue_id": 1}}, {HUGE}]',
    "deep arrays": "[" * 100_000 + "]" * 100_000,
    "deep objects": '{"issue_id":' * 50_000 + "1" + "}" * 50_000,
    "deep and unfinished": "[" * 100_000,
    "lone surrogate": '{"issue_id": 7} \ud800',
    "escaped surrogate": '{"issue_id": "\\ud800"}',
    "NaN as entity": '{"issue_id": NaN}',
    "controls": "\x00\x1b[31m\u202e",
    "empty": "",
}


def conversation(result: str, arguments: str = "{}", name: str = "search", said: str = "We must go [@c1].") -> Any:
    call = {"id": "c1", "type": "function", "function": {"name": name, "arguments": arguments}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": result},
        {"role": "assistant", "content": said},
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tool_output(name: str) -> None:
    judgment = evaluate(conversation=conversation(HOSTILE[name]))
    assert (judgment.status, judgment.grounds_accepted, judgment.grounds_cited) == ("acceptable", 1, 1)
    assert judgment == evaluate(conversation=conversation(HOSTILE[name]))
    judgment.to_json().encode()  # a half of a surrogate pair would raise here


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_arguments_and_names(name: str) -> None:
    assert evaluate(conversation=conversation("ok", arguments=HOSTILE[name])).status == "acceptable"
    assert evaluate(conversation=conversation("ok", name=HOSTILE[name])).status == "acceptable"
    said = evaluate(conversation=conversation("ok", said=f"We must go [@c1]. {HOSTILE[name]}"))
    assert said.status == "acceptable"
    assert AdmissibilityJudgment.model_validate_json(said.to_json()).to_dict() == said.to_dict()


def test_a_huge_number_is_no_entity_and_does_not_hide_others() -> None:
    """A text that cannot be read as JSON is one node without an entity; one that can, keeps its entity."""
    trace = evaluate(conversation=conversation(HOSTILE["huge integer"])).statement_evaluations[0].grounding_trace
    assert [ground.semantic_id for ground in trace] == [None]
    longest = "9" * 4_300
    trace = evaluate(conversation=conversation(f'{{"issue_id": {longest}}}')).statement_evaluations[0].grounding_trace
    assert [ground.semantic_id for ground in trace] == [f"issue_{longest}"]


@pytest.mark.parametrize("depth", [1, 64, MAX_DEPTH - 1])
def test_json_is_read_down_to_the_limit(depth: int) -> None:
    value: Any = 7
    for _ in range(depth):
        value = [value]
    text = json.dumps({"issue_id": 7, "more": value})
    assert read_json(text) is not NOT_JSON
    trace = evaluate(conversation=conversation(text)).statement_evaluations[0].grounding_trace
    assert trace[0].semantic_id == "issue_7"
    assert read_arguments(text) == json.loads(text)


def test_a_caller_at_the_end_of_the_stack_is_told_nothing_worse() -> None:
    """Where the stack leaves no room for nesting that is allowed, the text counts as no JSON; nothing escapes."""
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH

    def down(frames: int) -> object:
        return down(frames - 1) if frames else read_json(text)

    depth = len(inspect.stack())
    for room in (60, 200, 400):
        assert down(sys.getrecursionlimit() - depth - room) in (NOT_JSON, json.loads(text))


def test_depth_is_told_by_structure_not_by_brackets() -> None:
    many = json.dumps([[n] for n in range(3 * MAX_DEPTH)])
    quoted = json.dumps({"issue_id": 7, "text": '["[[' * 3 * MAX_DEPTH})
    assert not too_deep(many)
    assert not too_deep(quoted)
    assert read_json(quoted)["issue_id"] == 7
    assert read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not NOT_JSON
    assert read_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)) is NOT_JSON


def test_the_limit_holds_however_deep_the_caller_is() -> None:
    """The same verdict from 400 frames down: the limit is a property of the text, not of the stack."""
    text = '{"issue_id": 7, "more": ' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"
    arguments = '{"a": ' + "[" * (MAX_DEPTH - 1) + "]" * (MAX_DEPTH - 1) + "}"

    def down(frames: int) -> AdmissibilityJudgment:
        return down(frames - 1) if frames else evaluate(conversation=conversation(text, arguments))

    assert down(0) == down(400)
    assert down(400).statement_evaluations[0].grounding_trace[0].semantic_id == "issue_7"


@pytest.mark.parametrize("grounds", [5, True, 1.5, object()])
def test_grounds_that_are_no_list_are_a_value_error(grounds: Any) -> None:
    """The original lets a TypeError escape; this one is both, so that either handler still works."""
    with pytest.raises(ValueError, match="object is not iterable") as caught:
        evaluate(agent_output="We must go.", grounds=grounds)
    assert isinstance(caught.value, TypeError)
    assert isinstance(caught.value, SpeechError)
    assert caught.value.code == "not_a_list"
    with pytest.raises(ValueError):
        evaluate(agent_output="We must go.", openai_citations=grounds)


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_output_is_the_same_bytes_in_every_process(seed: str) -> None:
    """The original's licence is a set, whose order follows the hash seed of the process."""
    code = (
        "from workbench.compat.normcore import evaluate;"
        "print(evaluate(agent_output='We must go [@k].', grounds=[{'citation_key':'k','ground_id':'g'}])"
        ".model_dump_json(indent=2)); "
        "j=evaluate(agent_output='We must go [@k].', grounds=[{'citation_key':'k','ground_id':'g'}]);"
        "print(list(j.statement_evaluations[0].license))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
    )
    judgment = evaluate(agent_output="We must go [@k].", grounds=[{"citation_key": "k", "ground_id": "g"}])
    assert done.stdout == f"{judgment.to_json(2)}\n['assertive', 'conditional', 'refusal']\n"


KEYS = (
    "role", "content", "tool_calls", "tool_call_id", "id", "type", "text", "refusal", "function", "name", "arguments",
    "citation_key", "ground_id", "file_id", "index", "audio", "issue_id",
)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(["assistant", "tool", "text", "refusal", "function", "custom", "supports", "We must go [@k]."]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=120, deadline=None)
@given(message=JSON, result=JSON, content=JSON, calls=JSON, grounds=JSON, annotations=JSON)
def test_any_json_is_judged_or_refused_by_a_value_error(
    message: Any, result: Any, content: Any, calls: Any, grounds: Any, annotations: Any
) -> None:
    last = {"role": "assistant", "content": content, "tool_calls": calls}
    tool = {"role": "tool", "tool_call_id": "k", "content": json.dumps(result)}
    for messages in ([message], [message, last], [tool, last], [tool, {"role": "assistant", "content": "We must."}]):
        try:
            judgment = evaluate(conversation=messages, grounds=grounds, openai_citations=annotations)
        except ValueError:
            continue
        assert AdmissibilityJudgment.from_dict(judgment.to_dict()) == judgment


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "invalid JSON"),
        ("[]", "input must be an object"),
        ('{"conversation": {}}', "conversation must be an array"),
        ('{"agent_output": "x", "grounds": {}}', "grounds must be an array"),
        ('{"agent_output": 5}', "agent_output must be a string"),
        ("[" * 5_000, "nested deeper"),
        (f'{{"agent_output": {HUGE}}}', "invalid JSON"),
    ],
)
def test_json_text_that_cannot_be_evaluated(text: str, said: str) -> None:
    with pytest.raises(EvaluateError, match=said) as caught:
        evaluate_from_json(text)
    assert caught.value.code == "invalid_json"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{}", "missing_input"),
        ('{"conversation": []}', "invalid_conversation"),
        ('{"conversation": [{"role": "user", "content": "x"}]}', "last_message_not_assistant"),
        ('{"agent_output": "x", "conversation": [{"role": "assistant"}]}', "last_assistant_content_not_string"),
        ('{"agent_output": "x", "conversation": [{"role": "assistant", "content": "y"}]}', "agent_output_mismatch"),
        ('{"conversation": [{"role": "bot"}, {"role": "assistant"}]}', "invalid_message"),
        ('{"conversation": [{"role": "assistant", "content": [5]}]}', "invalid_message"),
        ('{"conversation": [{"role": "assistant", "tool_calls": [5]}]}', "invalid_message"),
    ],
)
def test_the_crates_reasons(text: str, code: str) -> None:
    with pytest.raises(EvaluateError) as caught:
        evaluate_from_json(text)
    assert caught.value.code == code


def test_a_conversation_alone_is_refused_for_the_crates_reasons() -> None:
    for text, code in (("{}", "invalid_json"), ('[{"role": "user"}]', "invalid_message"), ("[", "invalid_json")):
        with pytest.raises(EvaluateError) as caught:
            parse_conversation(text)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("messages", "where"),
    [
        ([{"role": "user"}], r"messages\[0\] lacks `content`"),
        ([{"role": "user", "content": "x"}, {"role": "bot"}], r"messages\[1\].role must be one of"),
        ([{"role": "tool", "content": "x"}], r"messages\[0\] lacks `tool_call_id`"),
        ([5], r"messages\[0\] is an object, not int"),
    ],
)
def test_a_refused_message_is_named(messages: list[Any], where: str) -> None:
    with pytest.raises(ValueError, match=where) as caught:
        evaluate(conversation=[*messages, {"role": "assistant", "content": "We must go."}])
    assert type(caught.value) is ValueError
    assert isinstance(caught.value.__cause__, SpeechError)
    assert caught.value.__cause__.code == "invalid_message"


def test_a_refused_part_or_call_is_named() -> None:
    with pytest.raises(ValidationError, match=r"messages\[0\].content\[1\] must be a `text` or `refusal` part"):
        evaluate(conversation=[{"role": "assistant", "content": [{"type": "text", "text": "x"}, {"type": "image"}]}])
    with pytest.raises(ValidationError, match=r"messages\[0\].tool_calls\[0\] must have an `id`"):
        evaluate(conversation=[{"role": "assistant", "content": "x", "tool_calls": [{"id": 5}]}])
