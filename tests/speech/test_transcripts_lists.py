"""Message lists of OpenAI and Anthropic, and the judgments on normcore's corpus, which a reading must not change."""

from __future__ import annotations

import json
from typing import Any

from tests.speech.normcore_cases import cases
from tests.speech.transcript_parts import (
    SAMPLES,
    got,
    roles,
    text,
    use,
)
from workbench.speech.evaluator import evaluate
from workbench.speech.strict import evaluate_speech
from workbench.speech.transcripts import (
    Options,
    read_transcript,
    utterances,
)


def test_a_dump_of_chat_completions_becomes_what_an_evaluator_takes() -> None:
    nulls = {"refusal": None, "function_call": None, "audio": None, "tool_calls": None}
    call = {"id": "c1", "index": 0, "function": {"name": "get", "arguments": {"a": 1}}}
    nested = {"type": "url_citation", "url_citation": {"url": "https://a.example", "title": "A"}}
    made = read_transcript(
        json.dumps(
            {
                "messages": [
                    {"role": "user", "content": "Hi", "name": None},
                    {"role": "assistant", "content": None, **nulls, "tool_calls": [call]},
                    {"role": "tool", "tool_call_id": "c1", "content": None},
                    {"role": "assistant", "content": None, **nulls, "refusal": "I will not."},
                    {"role": "assistant", "content": "Done.", **nulls, "annotations": [nested]},
                ]
            }
        )
    )
    assert made.kind == "openai-chat"
    assert list(made.conversation) == [
        {"role": "user", "content": "Hi"},
        {
            "role": "assistant", "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get", "arguments": '{"a": 1}'}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": ""},
        {"role": "assistant", "content": [{"type": "refusal", "refusal": "I will not."}]},
        {"role": "assistant", "content": "Done."},
    ]  # fmt: skip
    assert [ground["ground_id"] for ground in made.grounds] == ["https://a.example"]


def test_a_chat_completion_itself_is_one_message() -> None:
    made = read_transcript(json.dumps({"choices": [{"message": {"role": "assistant", "content": "Hi."}}]}))
    assert made.conversation == ({"role": "assistant", "content": "Hi."},)


def test_messages_of_the_anthropic_api_with_tools_and_citations() -> None:
    cited = {"type": "char_location", "cited_text": "Grass is green.", "document_index": 0, "document_title": "Lawn"}
    made = read_transcript(
        json.dumps(
            {
                "system": "Be brief.",
                "messages": [
                    {"role": "user", "content": "Colour?"},
                    {"role": "assistant", "content": [text("Looking."), use("toolu_1", x=2)]},
                    {"role": "user", "content": [got("toolu_1", is_error=True), text("Well?")]},
                    {
                        "role": "assistant",
                        "content": [
                            {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "q"}},
                            {
                                "type": "web_search_tool_result", "tool_use_id": "srv_1",
                                "content": [{"type": "web_search_result", "url": "u", "encrypted_content": "zzz"}],
                            },
                            text("The grass is "),
                            {**text("green."), "citations": [cited]},
                            text(" You should mow it."),
                        ],
                    },
                ],
            }
        ),
        options=Options(mark_citations=True),
    )  # fmt: skip
    assert made.kind == "anthropic"
    assert roles(made) == ["system", "user", "assistant", "tool", "user", "assistant", "tool", "assistant"]
    assert made.conversation[6]["content"] == '[{"type": "web_search_result", "url": "u"}]'
    (ground,) = made.grounds
    assert (ground["ground_id"], ground["evidence_content"]) == ("Lawn", "Grass is green.")
    assert made.conversation[-1]["content"] == f"The grass is green [@{ground['citation_key']}]. You should mow it."


def test_every_message_is_judged_on_what_was_seen_by_then() -> None:
    made = read_transcript((SAMPLES / "claude-code-orders.jsonl").read_text(encoding="utf-8"))
    found = list(utterances(made.conversation))
    assert [each.index for each in found] == [1, 3, 5]
    assert [sum(m["role"] == "tool" for m in each.conversation) for each in found] == [0, 1, 2]
    assert all(each.conversation[-1] is made.conversation[each.index] for each in found)


# ---- against the corpus ----


def judged_conversations() -> list[tuple[list[dict[str, Any]], Any]]:
    """Conversations of normcore's corpus that it gave a judgment on, with their grounds."""
    return [
        (case["input"]["conversation"], case["input"]["grounds"])
        for case in cases("normcore_dev")
        if isinstance(case["input"]["conversation"], list)
        and "status" in case["expected"]
        and all(isinstance(message.get("tool_calls", []), list) for message in case["input"]["conversation"])
    ]


def test_reading_a_conversation_changes_no_judgment_on_it() -> None:
    found = judged_conversations()
    assert len(found) == 50
    for conversation, grounds in found:
        made = read_transcript(json.dumps(conversation))
        assert made.kind == "openai-chat"
        before = evaluate(conversation=conversation, grounds=grounds).to_dict()
        assert evaluate(conversation=list(made.conversation), grounds=grounds).to_dict() == before
        again = read_transcript(json.dumps(list(made.conversation)))
        assert again.conversation == made.conversation, "a second reading changes nothing"


def test_a_message_in_turn_is_judged_as_if_the_conversation_ended_there() -> None:
    """Each utterance carries only what can be evidence; the judgment is that on the whole conversation up to it."""
    judged = 0
    for conversation, grounds in judged_conversations():
        for each in utterances(conversation):
            whole = conversation[: each.index + 1]
            for profile in (evaluate, evaluate_speech):
                short = profile(conversation=list(each.conversation), grounds=grounds)
                assert short == profile(conversation=whole, grounds=grounds)
                judged += 1
    assert judged > 80
