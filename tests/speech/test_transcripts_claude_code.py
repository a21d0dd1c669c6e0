"""Claude Code's sessions: one branch of a tree, what was said in it, and which files it showed."""

from __future__ import annotations

import json
from typing import Any

from tests.speech.transcript_parts import (
    got,
    lines,
    lost,
    roles,
    said,
    text,
    use,
)
from workbench.speech.strict import evaluate_speech
from workbench.speech.transcripts import (
    file_key,
    read_transcript,
)


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


def test_a_session_of_the_web_wraps_its_lines_in_one_document() -> None:
    made = read_transcript(json.dumps({"loglines": [said(1, None, "user", "Go."), said(2, 1, "assistant", "Done.")]}))
    assert (made.kind, roles(made)) == ("claude-code", ["user", "assistant"])


def test_a_session_that_stops_at_a_call_is_told_of() -> None:
    made = read_transcript(lines(said(1, None, "assistant", [use("toolu_1")], "m1")))
    (note,) = made.notes
    assert (note.place, note.lost) == ("the end", False)
    assert "cut short" in note.why
