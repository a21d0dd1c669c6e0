"""Codex: the events of ``codex exec --json``, rollout files, and the items of the Responses API that these hold."""

from __future__ import annotations

import json

from tests.speech.transcript_parts import (
    ANSWER,
    META,
    command,
    item,
    lines,
    lost,
    output_text,
    refused,
    response,
    roles,
)
from workbench.speech.transcripts import (
    Options,
    file_key,
    read_transcript,
    utterances,
)


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


# ---- rollouts and the Responses API ----


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


def test_a_shell_call_may_name_the_folder_that_it_runs_in() -> None:
    arguments = {"cmd": "cat a.md", "workdir": "/srv/shop/inner"}
    made = read_transcript(
        lines(
            META,
            response(type="function_call", name="exec_command", call_id="c1", arguments=json.dumps(arguments)),
            response(type="function_call_output", call_id="c1", output="a"),
            response(
                type="local_shell_call", call_id="c2", status="completed",
                action={"type": "exec", "command": ["cat", "b.md"], "working_directory": "/srv/shop/other"},
            ),
            response(type="function_call_output", call_id="c2", output="b"),
            response(**output_text("Done.")),
        )
    )  # fmt: skip
    ids = [message["tool_call_id"] for message in made.conversation if message["role"] == "tool"]
    assert ids == [file_key("inner/a.md"), file_key("other/b.md")]


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
