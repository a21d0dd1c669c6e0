"""Transcripts of five kinds become conversations; what does not enter is noted, and faults name their line."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.source_tree import ROOT
from tests.speech.normcore_cases import cases
from workbench.speech.evaluator import evaluate
from workbench.speech.strict import evaluate_speech
from workbench.speech.transcripts import (
    KINDS,
    Options,
    Transcript,
    TranscriptError,
    file_key,
    read_transcript,
    utterances,
)

SAMPLES = ROOT / "samples" / "transcripts"


def lines(*events: Any) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


def item(id: str, sort: str, **more: Any) -> dict[str, Any]:
    return {"type": "item.completed", "item": {"id": id, "type": sort, **more}}


def command(id: str, text: str, output: str = "out", **more: Any) -> dict[str, Any]:
    return item(id, "command_execution", command=text, aggregated_output=output, **more)


ANSWER = item("last", "agent_message", text="Done.")


def roles(transcript: Transcript) -> list[str]:
    return [message["role"] for message in transcript.conversation]


def lost(transcript: Transcript) -> list[tuple[str, str]]:
    return [(note.place, note.what) for note in transcript.skipped]


def refused(text: str, kind: str | None = None, **options: Any) -> TranscriptError:
    with pytest.raises(TranscriptError) as caught:
        read_transcript(text, kind, Options(**options))
    return caught.value


# ---- codex exec --json ----


def test_codex_events_become_messages_calls_and_results() -> None:
    made = read_transcript(
        lines(
            {"type": "thread.started", "thread_id": "t"},
            {"type": "turn.started"},
            item("i0", "agent_message", text="Looking."),
            command("i1", "bash -lc 'sed -n 1,9p ./src/app.py'", "print(1)\n", exit_code=0),
            command("i2", "date", "Mon", exit_code=0),
            ANSWER,
            {"type": "turn.completed", "usage": {}},
        )
    )
    assert made.kind == "codex-exec"
    assert made.notes == ()
    call = {
        "id": file_key("src/app.py"),
        "type": "function",
        "function": {"name": "shell_command", "arguments": '{"command": "bash -lc \'sed -n 1,9p ./src/app.py\'"}'},
    }
    assert list(made.conversation[:3]) == [
        {"role": "assistant", "content": "Looking."},
        {"role": "assistant", "content": "", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": file_key("src/app.py"), "content": "print(1)\n"},
    ]
    assert made.conversation[4]["tool_call_id"] == "codex_cmd_i2", "no file in it: the item's id"
    assert made.conversation[-1] == {"role": "assistant", "content": "Done."}


def test_what_a_codex_run_did_and_did_not_see_is_noted_with_its_line() -> None:
    made = read_transcript(
        lines(
            {"type": "item.started", "item": {"id": "i1", "type": "command_execution", "command": "make"}},
            item("i2", "reasoning", text="hm"),
            item("i3", "file_change", changes=[{"path": "a.py", "kind": "add"}], status="completed"),
            item("i4", "hologram"),
            {"type": "turn.failed", "error": {"message": "no"}},
            command("i5", "cat gone.txt", "cat: gone.txt: No such file", exit_code=1),
            ANSWER,
        )
    )
    assert lost(made) == [
        ("line 2", "reasoning"),
        ("line 3", "`file_change`"),
        ("line 4", "`hologram`"),
        ("line 5", "event `turn.failed`"),
        ("line 1", "`command_execution`"),
    ]
    (doubt,) = [note for note in made.notes if not note.lost]
    assert doubt.place == "line 6"
    assert "exit code 1" in doubt.why
    assert roles(made) == ["assistant", "tool", "assistant"], "the failed command is kept"


def test_a_second_look_that_found_nothing_takes_nothing_away_from_the_first() -> None:
    """An evaluator keeps the last result under a key; an empty or failed one would hide what had been seen."""
    made = read_transcript(
        lines(
            command("i1", "cat a.md", "seen", exit_code=0),
            command("i2", "grep x a.md", "", exit_code=1),
            command("i3", "tail a.md", "seen too", exit_code=0),
            command("i4", "cat b.md", "no such file", exit_code=1),
            ANSWER,
        )
    )
    key = file_key("a.md")
    ids = [message["tool_call_id"] for message in made.conversation if message["role"] == "tool"]
    assert ids == [key, "codex_cmd_i2", key, file_key("b.md")]
    calls = [
        response(type="function_call", name="shell", call_id=f"c{n}", arguments=json.dumps({"command": [tool, "a.md"]}))
        for n, tool in enumerate(("cat", "grep"))
    ]
    results = [response(type="function_call_output", call_id=f"c{n}", output=text) for n, text in enumerate(("s", ""))]
    made = read_transcript(lines(META, calls[0], results[0], calls[1], results[1], response(**output_text("Done."))))
    assert [call["id"] for message in made.conversation for call in message.get("tool_calls", ())] == [key, "c1"]
    assert [message["tool_call_id"] for message in made.conversation if message["role"] == "tool"] == [key, "c1"]


def test_an_mcp_call_of_codex_is_a_call_of_that_tool() -> None:
    made = read_transcript(
        lines(
            item(
                "i1", "mcp_tool_call", server="shop", tool="get_order", arguments={"id": 7}, status="completed",
                result={"content": [{"type": "text", "text": '{"order_id": 7}'}, {"type": "image", "data": "…"}]},
            ),
            item("i2", "mcp_tool_call", server="shop", tool="get_user", arguments={}, result=None, error=None),
            item("i3", "mcp_tool_call", server="shop", tool="get_key", error={"message": "not allowed"}),
            ANSWER,
        )
    )  # fmt: skip
    assert made.conversation[0]["tool_calls"][0]["function"] == {"name": "get_order", "arguments": '{"id": 7}'}
    assert made.conversation[1] == {
        "role": "tool", "tool_call_id": "codex_mcp_i1", "content": '{"order_id": 7}\n[image]',
    }  # fmt: skip
    assert made.conversation[3] == {
        "role": "tool", "tool_call_id": "codex_mcp_i3", "content": "not allowed", "is_error": True,
    }  # fmt: skip
    assert lost(made) == [("line 2", "`get_user`")]


def test_reasoning_enters_only_on_request_and_is_never_the_answer() -> None:
    text = lines(item("i1", "reasoning", text="We must ship."), ANSWER)
    assert len(read_transcript(text).conversation) == 1
    made = read_transcript(text, options=Options(include_reasoning=True))
    assert [message["content"] for message in made.conversation] == ["We must ship.", "Done."]
    assert [each.text for each in utterances(made.conversation)] == ["Done."]
    ends_in_thought = lines(ANSWER, item("i1", "reasoning", text="We must ship."))
    assert refused(ends_in_thought, include_reasoning=True).code == "transcript_last"


def test_a_prompt_is_put_first_and_the_last_message_must_be_the_assistants() -> None:
    cut_short = lines(ANSWER, command("i1", "ls"))
    error = refused(cut_short)
    assert (error.code, "--allow-non-assistant-last" in error.help) == ("transcript_last", True)
    made = read_transcript(cut_short, options=Options(allow_non_assistant_last=True, user_prompt="Ship it?"))
    assert roles(made) == ["user", "assistant", "assistant", "tool"]
    assert made.conversation[0]["content"] == "Ship it?"


# ---- Codex's rollouts and the Responses API ----

META = {"type": "session_meta", "payload": {"id": "s", "cwd": "/srv/shop", "cli_version": "0.65.0"}}


def response(**payload: Any) -> dict[str, Any]:
    return {"timestamp": "2026-03-16T09:30:00Z", "type": "response_item", "payload": payload}


def output_text(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text, **more}]}


def test_a_rollout_reads_items_once_and_gives_shell_calls_file_keys() -> None:
    wrapped = json.dumps({"output": "# Shop\n", "metadata": {"exit_code": 0, "duration_seconds": 0.0}})
    own = json.dumps({"output": "of the tool's own", "order_id": 7})
    failed = json.dumps({"output": "no such file", "metadata": {"exit_code": 2, "duration_seconds": 0.0}})
    context = [{"type": "input_text", "text": "<environment_context>…</environment_context>"}]
    made = read_transcript(
        lines(
            META,
            response(type="message", role="user", content=context),
            response(type="message", role="user", content=[{"type": "input_text", "text": "What is it?"}]),
            {"type": "event_msg", "payload": {"type": "user_message", "message": "What is it?"}},
            {"type": "turn_context", "payload": {"cwd": "/srv/shop/docs", "model": "m"}},
            response(type="reasoning", summary=[], content=None, encrypted_content="gAAA"),
            response(
                type="function_call", name="shell", call_id="c1",
                arguments=json.dumps({"command": ["bash", "-lc", "cat intro.md"]}),
            ),
            response(type="function_call_output", call_id="c1", output=wrapped),
            response(type="custom_tool_call", name="apply_patch", call_id="c2", input="*** Begin Patch"),
            response(type="custom_tool_call_output", call_id="c2", output=own),
            response(type="function_call", name="shell", call_id="c3", arguments='{"command": ["make"]}'),
            response(type="function_call_output", call_id="c3", output=failed),
            response(**output_text("It is a shop.")),
            {"type": "event_msg", "payload": {"type": "agent_message", "message": "It is a shop."}},
        )
    )  # fmt: skip
    assert made.kind == "codex-rollout"
    assert roles(made) == ["user", *["assistant", "tool"] * 3, "assistant"]
    key = file_key("docs/intro.md")
    assert made.conversation[1]["tool_calls"][0]["id"] == key
    assert made.conversation[2] == {"role": "tool", "tool_call_id": key, "content": "# Shop\n"}
    assert made.conversation[3]["tool_calls"][0]["function"] == {
        "name": "apply_patch", "arguments": '{"input": "*** Begin Patch"}',
    }  # fmt: skip
    assert made.conversation[4]["content"] == own, "only Codex's own wrapping is taken off"
    assert made.conversation[6] == {"role": "tool", "tool_call_id": "c3", "content": "no such file"}
    assert ("line 4", "2 lines of the type `event_msg`") in lost(made)
    assert ("line 2", "context") in lost(made)
    assert [note.place for note in made.notes if not note.lost] == ["line 12"]


def test_a_rollout_that_holds_the_answer_only_as_an_event_is_read_all_the_same() -> None:
    made = read_transcript(lines(META, {"type": "event_msg", "payload": {"type": "agent_message", "message": "Yes."}}))
    assert made.conversation == ({"role": "assistant", "content": "Yes."},)


def test_the_oldest_rollouts_hold_bare_items() -> None:
    made = read_transcript(
        lines(
            {"id": "s", "timestamp": "2025-05-07T17:24:21Z", "instructions": ""},
            {"record_type": "state"},
            {"type": "function_call", "name": "shell", "call_id": "c1", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "a"},
            output_text("It is a."),
        )
    )
    assert (made.kind, roles(made)) == ("codex-rollout", ["assistant", "tool", "assistant"])


def test_a_response_gives_its_tools_text_refusals_and_grounds() -> None:
    notes = [
        {"type": "file_citation", "file_id": " file-Ab1 ", "filename": "a.txt", "index": 3},
        {"type": "url_citation", "url": "https://weather.example/ny", "title": "NY", "start_index": 0, "end_index": 8},
        {"type": "crystal_ball"},
    ]
    made = read_transcript(
        json.dumps(
            {
                "object": "response",
                "instructions": "Be brief.",
                "output": [
                    {"type": "file_search_call", "id": "fs_1", "queries": ["rain"], "results": [{"file_id": "f"}]},
                    {"type": "web_search_call", "id": "ws_1", "action": {"type": "search", "query": "rain"}},
                    {"type": "mcp_call", "id": "mcp_1", "name": "get_rain", "arguments": "{}", "output": "5 mm"},
                    output_text("It rains. You should take an umbrella.", annotations=notes),
                ],
            }
        )
    )
    assert made.kind == "openai-responses"
    assert roles(made) == ["system", "assistant", "tool", "assistant", "tool", "assistant"]
    assert made.conversation[2]["content"] == '[{"file_id": "f"}]'
    assert lost(made) == [
        ("`output` item 2", "`web_search`"),
        ("`output` item 4", "a citation of the type `crystal_ball`"),
    ]
    file, url = made.grounds
    assert (file["citation_key"], file["ground_id"]) == ("file-Ab1", "file-Ab1")
    assert url["ground_id"] == "https://weather.example/ny"
    assert url["citation_key"].startswith("url_")
    refusal = json.dumps([{"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}])
    parts = read_transcript(refusal, "openai-responses").conversation[0]["content"]
    assert parts == [{"type": "refusal", "refusal": "No."}]


def test_citations_can_be_written_into_the_text_before_the_full_stop() -> None:
    note = {"type": "url_citation", "url": "https://a.example", "title": "A", "start_index": 0, "end_index": 9}
    text = json.dumps({"output": [output_text("It rains. Stay in.", annotations=[note, note])]})
    plain = read_transcript(text)
    marked = read_transcript(text, options=Options(mark_citations=True))
    key = plain.grounds[0]["citation_key"]
    assert len(plain.grounds) == 1
    assert plain.conversation[0]["content"] == "It rains. Stay in."
    assert marked.conversation[0]["content"] == f"It rains [@{key}]. Stay in."


def test_marks_are_set_in_linear_time() -> None:
    """A pattern that looks for the end of a sentence from every blank takes minutes here."""
    note = {"type": "url_citation", "url": "https://a.example", "end_index": 200_001}
    words = " " * 200_000 + "x" + "!" * 200_000
    marked = read_transcript(json.dumps([output_text(words, annotations=[note])]), options=Options(mark_citations=True))
    assert marked.conversation[0]["content"].count("[@url_") == 1


# ---- Claude Code ----


def said(n: int, parent: int | None, kind: str, content: Any, id: str = "", **more: Any) -> dict[str, Any]:
    message = {"role": kind, "content": content, **({"id": id} if id else {})}
    ids = {"uuid": f"u{n}", "parentUuid": None if parent is None else f"u{parent}", "sessionId": "s", "cwd": "/srv"}
    return {"type": kind, "isSidechain": False, "message": message, **ids, **more}


def use(id: str, name: str = "get", **input: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def got(id: str, content: Any = "ok", **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": id, "content": content, **more}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def test_pieces_of_one_message_of_the_model_are_one_message() -> None:
    made = read_transcript(
        lines(
            said(1, None, "user", "Go."),
            said(2, 1, "assistant", [{"type": "thinking", "thinking": "hm", "signature": "x"}], "m1"),
            said(3, 2, "assistant", [text("Looking.")], "m1"),
            said(4, 3, "assistant", [text("Looking."), use("toolu_1", a=1)], "m1"),
            said(5, 4, "user", [got("toolu_1", [text("one"), {"type": "image", "source": {}}])]),
            said(6, 5, "assistant", [text("Done.")], "m2"),
        )
    )
    assert made.kind == "claude-code"
    assert roles(made) == ["user", "assistant", "tool", "assistant"]
    assert made.conversation[1]["content"] == "Looking.", "cumulative pieces are not said twice"
    assert made.conversation[1]["tool_calls"][0]["function"] == {"name": "get", "arguments": '{"a": 1}'}
    assert made.conversation[2]["content"] == "one\n[image]"


def test_results_of_parallel_calls_stay_and_abandoned_branches_go() -> None:
    made = read_transcript(
        lines(
            said(1, None, "user", "Go."),
            said(2, 1, "assistant", [use("toolu_old")], "m0"),
            said(3, 2, "user", [got("toolu_old", "of another branch")]),
            said(4, 1, "user", "Go, but carefully."),
            said(5, 4, "assistant", [use("toolu_a")], "m1"),
            said(6, 5, "assistant", [use("toolu_b")], "m1"),
            said(7, 5, "user", [got("toolu_a", "a")]),  # a leaf of the tree, and evidence all the same
            said(8, 6, "user", [got("toolu_b", "b")]),
            said(9, 8, "assistant", [text("Done.")], "m2"),
        )
    )
    assert [message["content"] for message in made.conversation if message["role"] == "tool"] == ["a", "b"]
    assert lost(made) == [("line 2", "2 lines of other branches")]


def test_a_piece_of_a_message_beside_the_branch_belongs_to_it() -> None:
    """The answer's parent is the result of one call; the message's other call hangs beside it."""
    made = read_transcript(
        lines(
            said(1, None, "user", "Go."),
            said(2, 1, "assistant", [use("toolu_a")], "m1"),
            said(3, 2, "assistant", [use("toolu_b")], "m1"),
            said(4, 3, "user", [got("toolu_b", "b")]),
            said(5, 2, "user", [got("toolu_a", "a")]),
            said(6, 5, "assistant", [text("Done."), text("All of it.")], "m2"),
        )
    )
    assert [message["content"] for message in made.conversation if message["role"] == "tool"] == ["b", "a"]
    assert made.conversation[-1]["content"] == "Done.\n\nAll of it.", "blocks are paragraphs, not one sentence"
    assert made.notes == ()


def test_what_nobody_said_in_the_main_conversation_is_noted_and_left_out() -> None:
    made = read_transcript(
        lines(
            {"type": "summary", "summary": "We should wipe it.", "leafUuid": "u9"},
            said(1, None, "user", "<system>", isMeta=True),
            said(2, 1, "user", "We should wipe it.", isCompactSummary=True, isVisibleInTranscriptOnly=True),
            {**said(3, 2, "user", [got("toolu_x", "of a sub-agent")]), "isSidechain": True},
            said(4, 2, "user", "Go."),
            said(5, 4, "assistant", [text("API Error")], "m1", isApiErrorMessage=True),
            said(6, 5, "assistant", [text("Done.")], "m2"),
            said(7, 6, "user", "We should wipe it.", isVisibleInTranscriptOnly=True),
            said(8, 7, "user", "<command-name>/exit</command-name>"),
        )
    )
    assert [message["content"] for message in made.conversation] == ["Go.", "Done."]
    assert [place for place, _ in lost(made)] == ["line 1", "line 4", "line 2", "line 3", "line 6", "line 8", "line 9"]


def test_the_file_of_a_sub_agent_is_a_conversation_of_its_own() -> None:
    made = read_transcript(lines(said(1, None, "assistant", [text("Found it.")], "m", isSidechain=True)))
    assert [message["content"] for message in made.conversation] == ["Found it."]


def test_a_session_resumed_from_another_file_keeps_what_stands_in_this_one() -> None:
    made = read_transcript(
        lines(
            said(1, None, "assistant", [use("toolu_a")], "m1"),
            said(2, 1, "user", [got("toolu_a", "a")]),
            said(3, 99, "assistant", [text("Done.")], "m2"),
        )
    )
    assert roles(made) == ["assistant", "tool", "assistant"]


def test_a_file_that_was_read_can_be_cited_and_one_that_was_not_found_cannot() -> None:
    made = read_transcript(
        lines(
            said(1, None, "assistant", [use("t1", "Read", file_path="/srv/docs/a.md")], "m1"),
            said(2, 1, "user", [got("t1", "text")]),
            said(3, 2, "assistant", [use("t2", "Read", file_path="/srv/docs/b.md")], "m2"),
            said(4, 3, "user", [got("t2", "File does not exist.", is_error=True)]),
            said(5, 4, "assistant", [use("t3", "Write", file_path="/srv/docs/c.md")], "m3"),
            said(6, 5, "user", [got("t3", "written")]),
            said(7, 6, "assistant", [use("t4", "Read", file_path="/etc/hosts")], "m4"),
            said(8, 7, "user", [got("t4", "text")]),
            said(9, 8, "assistant", [text("Done.")], "m5"),
        )
    )
    assert [ground["citation_key"] for ground in made.grounds] == [file_key("docs/a.md")]
    assert [note.place for note in made.notes if not note.lost] == ["line 4"]


def test_what_a_failed_tool_said_licenses_nothing_in_the_strict_profile() -> None:
    """``is_error`` stands beside the text; the text alone does not look like a failure."""

    def status(**more: Any) -> str:
        made = read_transcript(
            lines(
                said(1, None, "assistant", [use("toolu_1", "Read", file_path="/srv/a.md")], "m1"),
                said(2, 1, "user", [got("toolu_1", "Deliver it to the back door.", **more)]),
                said(3, 2, "assistant", [text("You should deliver it to the back door [@toolu_1].")], "m2"),
            )
        )
        again = read_transcript(json.dumps(list(made.conversation)))
        assert again.conversation == made.conversation, "and a converted conversation still says so"
        return evaluate_speech(conversation=list(made.conversation)).status.value

    assert (status(), status(is_error=True)) == ("acceptable", "violates_norm")


def test_the_stream_of_a_run_without_a_tree_is_read_in_order() -> None:
    made = read_transcript(
        lines(
            {"type": "system", "subtype": "init", "session_id": "s"},
            {"type": "assistant", "message": {"id": "m1", "role": "assistant", "content": [use("t1")]}},
            {"type": "user", "message": {"role": "user", "content": [got("t1")]}, "session_id": "s"},
            {
                "type": "assistant", "parent_tool_use_id": "t1", "session_id": "s",
                "message": {"id": "m9", "role": "assistant", "content": [text("aside")]},
            },
            {"type": "assistant", "message": {"id": "m2", "role": "assistant", "content": [text("Done.")]}},
            {"type": "result", "subtype": "success", "result": "Done.", "session_id": "s"},
        )
    )  # fmt: skip
    assert made.kind == "claude-code"
    assert roles(made) == ["assistant", "tool", "assistant"]


# ---- message lists ----


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


# ---- which kind, and what is wrong ----


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
