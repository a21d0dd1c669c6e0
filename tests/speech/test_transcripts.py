"""Which kind a transcript is, and what is wrong with it: faults name their place, and nothing breaks a reader."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.speech.transcript_parts import (
    ANSWER,
    META,
    SAMPLES,
    command,
    got,
    item,
    lines,
    output_text,
    refused,
    response,
    roles,
    said,
    text,
    use,
)
from workbench.speech.transcripts import (
    KINDS,
    TranscriptError,
    read_transcript,
    utterances,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("codex-release.jsonl", "codex-exec"),
        ("claude-code-orders.jsonl", "claude-code"),
        ("openai-refund.json", "openai-chat"),
    ],
)
def test_the_samples_are_recognised(name: str, kind: str) -> None:
    made = read_transcript((SAMPLES / name).read_text(encoding="utf-8"))
    assert made.kind == kind
    assert made.conversation[-1]["role"] == "assistant"
    assert "tool" in roles(made)
    assert sorted(path.name for path in SAMPLES.iterdir()) == [
        "claude-code-orders.jsonl", "codex-release.jsonl", "openai-refund.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "place", "word"),
    [
        ("", "transcript_empty", "", "empty"),
        (" \n\n", "transcript_empty", "", "empty"),
        ("hello", "transcript_json", "line 1", "not json"),
        ('{"type":"turn.started"}\n{"type":', "transcript_json", "line 2", "not json"),
        ('{"type":"turn.started"}\n[1]\n', "transcript_json", "line 2", "a list"),
        ('{"a":1,\n"b": }', "transcript_json", "line 2", "not json"),
        ('{"type":"turn.started","type":"x"}', "transcript_json", "line 1", "`type` stands twice"),
        ('{"type":"turn.started","n":NaN}', "transcript_json", "line 1", "NaN"),
        ('{"type":"turn.started","n":' + "9" * 5000 + "}", "transcript_json", "line 1", "too long"),
        ('{"type":"turn.started","n":' + "[" * 70 + "]" * 70 + "}", "transcript_json", "line 1", "deeper"),
        ("[1]", "transcript_json", "message 1", "a number"),
        ("3", "transcript_json", "", "a number"),
        ('{"type":"teapot"}', "transcript_kind", "line 1", "none of the kinds"),
        ('{"type":"turn.started"}', "transcript_empty", "", "codex-exec"),
        (lines(item("i", "agent_message", text=7)), "transcript_shape", "line 1", "`text` is a number"),
        (lines(item("i", "command_execution", command=None)), "transcript_shape", "line 1", "`command` is null"),
        ('[{"role":"assistant","content":7}]', "transcript_shape", "message 1", "`content` is a number"),
        ('[{"role":"tool","content":"x"}]', "transcript_shape", "message 1", "`tool_call_id` is null"),
        ('[{"role":"user"}]', "transcript_shape", "message 1", "`content` is null"),
    ],
)
def test_faults_have_a_code_and_name_their_place(text: str, code: str, place: str, word: str) -> None:
    error = refused(text)
    assert (error.code, error.place) == (code, place)
    assert word.lower() in error.message.lower()
    assert error.help


def test_the_wrong_kind_is_told_what_the_file_looks_like() -> None:
    events = lines(ANSWER)
    assert "--kind codex-exec" in refused(events, "anthropic").help
    assert refused(events, "telepathy").code == "transcript_kind"


WORDS = st.sampled_from(
    [
        "assistant", "user", "tool", "message", "text", "tool_use", "tool_result", "item.completed", "agent_message",
        "command_execution", "response_item", "function_call", "function_call_output", "reasoning", "refusal", "",
    ]
)  # fmt: skip
KEYS = st.sampled_from(
    [
        "type", "role", "content", "message", "item", "payload", "id", "text", "tool_calls", "function", "name",
        "arguments", "call_id", "tool_use_id", "tool_call_id", "command", "citations", "annotations", "uuid",
        "parentUuid", "output", "input", "action",
    ]
)  # fmt: skip
NONSENSE = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=14,
)


GOOD: dict[str, list[Any]] = {
    "codex-exec": [item("i1", "agent_message", text="a"), command("i2", "cat a.md", exit_code=0), ANSWER],
    "codex-rollout": [
        META,
        response(type="function_call", name="shell", call_id="c1", arguments="{}"),
        response(type="function_call_output", call_id="c1", output="a"),
        response(type="reasoning", summary=[{"type": "summary_text", "text": "hm"}]),
        response(**output_text("Done.", annotations=[{"type": "file_path", "file_id": "f", "index": 0}])),
    ],
    "claude-code": [
        said(1, None, "user", "Go."),
        said(2, 1, "assistant", [text("Looking."), use("toolu_1", "Read", file_path="/srv/a")], "m1"),
        said(3, 2, "user", [got("toolu_1", [text("one")])]),
        said(4, 3, "assistant", [text("Done.")], "m2"),
    ],
    "openai-responses": [
        {"type": "mcp_call", "id": "m", "name": "get", "arguments": "{}", "output": "a"},
        {"type": "shell_call_output", "call_id": "s", "output": [{"stdout": "a", "stderr": ""}]},
        output_text("Done."),
    ],
    "anthropic": [
        {"role": "user", "content": [text("Go."), got("toolu_1")]},
        {"role": "assistant", "content": [{**text("Done."), "citations": [{"type": "char_location", "url": "u"}]}]},
    ],
    "openai-chat": [
        {"role": "user", "content": "Go."},
        *[{"role": "assistant", "content": None, "tool_calls": [{"id": "c", "function": {"name": "get"}}]}],
        {"role": "tool", "tool_call_id": "c", "content": [text("a")]},
        {"role": "assistant", "content": [text("Done.")], "annotations": []},
    ],
}


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value inside ``value``."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for key, each in inner for path in paths(each, (*before, key)))]


def with_value(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = with_value(value[path[0]], path[1:], new)
    return changed


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_good_transcript_with_any_one_value_replaced_is_read_or_refused(kind: str) -> None:
    """Every value of a good transcript in turn becomes every other sort of value: no other exception comes out."""
    assert read_transcript(lines(*GOOD[kind])).kind == kind
    read = refusals = 0
    for path in paths(GOOD[kind])[1:]:
        for new in (None, True, 7, "x", [], [7], [{}], {}, {"type": "text"}, {"type": 7, "text": 7}):
            try:
                made = read_transcript(lines(*with_value(GOOD[kind], path, new)), kind)
            except TranscriptError as error:
                refusals += error.code.startswith("transcript_")
            else:
                read += made.conversation[-1]["role"] == "assistant"
    assert read + refusals == 10 * len(paths(GOOD[kind])[1:])
    assert read > 0
    assert refusals > 0


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.dictionaries(KEYS, NONSENSE, min_size=1, max_size=6), min_size=1, max_size=4))
def test_nonsense_is_refused_as_nonsense_whatever_it_is_taken_for(kind: str, rows: list[Any]) -> None:
    with suppress(TranscriptError):
        made = read_transcript(json.dumps(rows), kind)
        assert made.conversation[-1]["role"] == "assistant"


def test_a_long_transcript_is_read_in_linear_time() -> None:
    """20,000 events in a few seconds; a quadratic reader takes minutes."""
    events = [command(f"i{n}", f"cat file{n}.txt") for n in range(20_000)]
    made = read_transcript(lines(*events, ANSWER))
    assert len(made.conversation) == 40_001
    assert sum(1 for _ in utterances(made.conversation)) == 1
