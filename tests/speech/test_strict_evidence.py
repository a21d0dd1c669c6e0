"""What counts as evidence in the strict profile, what is left out of it, and that nothing hostile stops it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.speech.strict_cases import GROUND, with_tool
from workbench.speech.errors import SpeechError
from workbench.speech.grounds import Ground
from workbench.speech.strict import evaluate_speech
from workbench.speech.strict.results import about_the_user, failure

SAID = "We should deploy [@c1]."
URL = "https://example.org/a?b=c"
PAGE = {"type": "url_citation", "url": URL, "title": "A", "start_index": 0, "end_index": 1}


@pytest.mark.parametrize(
    "result",
    [
        '{"issue_id": 7, "status": "failed"}',
        '{"build_id": 7, "success": false}',
        '{"error": null, "rows": 3}',
        '{"errors": [], "rows": 3}',
        '{"isError": false, "content": [{"type": "text", "text": "fine"}]}',
        '{"exit_code": 0, "stdout": ""}',
        '[{"type": "text", "text": "three rows"}]',
        "Process exited with code 0\nall 12 tests pass",
        "errors: 0",
        "error rate 0.2 %",
        "no_errors.txt",
        "0",
        "false",
        "3 rows",
        "Failed logins are listed below.",
        "Die Fehlerrate liegt bei 0.",
    ],
)
def test_results_that_say_something_are_evidence(result: str) -> None:
    assert failure(result) == ""
    assert with_tool(SAID, result).status.value == "acceptable"


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("null", "is empty"),
        ('""', "is empty"),
        ("[]", "is empty"),
        ("{}", "is empty"),
        ('{"rows": [], "next": null}', "is empty"),
        ('{"error": "not found"}', "reports an error"),
        ('{"Error": {"code": 3}}', "reports an error"),
        ('{"isError": true, "content": []}', "reports an error"),
        ('{"status": "error"}', "reports a failure"),
        ('{"ok": false, "message": "no"}', "reports a failure"),
        ('{"status": 503, "message": "down"}', "reports a failure"),
        ('{"exit_code": 1, "stdout": "x"}', "reports an exit code that is not 0"),
        ('{"returncode": "-9"}', "reports an exit code that is not 0"),
        ('[{"type": "text", "text": "Error: no such row"}]', "reports an error"),
        ('"Error: no"', "reports an error"),
        ("Traceback (most recent call last):\n  File x", "reports an error"),
        ("log line\nlog line\nTraceback (most recent call last):\n  File x", "reports an error"),
        ("Error: x", "reports an error"),
        ("ＥＲＲＯＲ: x", "reports an error"),
        ("[ERROR] x", "reports an error"),
        ("Fehler: x", "reports an error"),
        ("404 Not Found", "reports an error"),
        ("HTTP/1.1 500 Internal Server Error", "reports an error"),
        ("bash: foo: command not found", "reports an error"),
        ("permission denied", "reports an error"),
        ("Failed to connect", "reports an error"),
        ("No results", "reports an error"),
        ("Process exited with code 2", "reports an exit code that is not 0"),
        ("running\nexit status 137", "reports an exit code that is not 0"),
        ("undefined", "reports an error"),
    ],
)
def test_results_that_failed_are_none(result: str, why: str) -> None:
    assert failure(result) == why
    found = with_tool(SAID, result)
    assert found.status.value == "violates_norm"
    assert found.grounds_accepted == 0
    assert any("`c1`" in remark and why in remark for remark in found.diagnostics)
    assert why in found.statement_evaluations[0].explanation


@pytest.mark.parametrize(
    ("tool", "personal"),
    [
        ("get_user_cognitive_context", True),
        ("saveUserPreferences", True),
        ("memory_search", True),
        ("memory-save", True),
        ("user.profile.update", True),
        ("get_settings", True),
        ("remember", True),
        ("benutzerprofil", True),
        ("resetting_db", False),
        ("asset_profile_reader", False),
        ("memory_usage", False),
        ("offset_profile", False),
        ("get_issue", False),
        ("", False),
    ],
)
def test_tools_about_the_user_are_known_by_whole_words(tool: str, personal: bool) -> None:
    assert about_the_user(tool) is personal
    if tool:
        assert (with_tool(SAID, "7 rows", tool).status.value == "violates_norm") is personal


@pytest.mark.parametrize(
    "hostile",
    [
        "9" * 5000,
        '{"issue_id": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 2000 + "1" + "}" * 2000,
        '{"issue_id": "\\ud800"}',
        "\ud800 rows",
        '{"issue_id": 1, "issue_id": 2}',
        '{"issue_id": NaN, "x": -Infinity}',
        '{"exit_code": NaN}',
        '{"error": ' + "[" * 400 + "]" * 400 + "}",
        "\x00\x1b[31mred\x1b[0m",
        '{"issue_id": {"a": [1, null]}}',
        "{" * 50_000 + '"' * 50_000,
    ],
)
def test_hostile_output_is_data(hostile: str) -> None:
    found = with_tool(SAID, hostile)
    assert found.status.value in {"acceptable", "violates_norm"}
    assert found.to_json().encode("utf-8")
    assert found.to_dict() == with_tool(SAID, hostile).to_dict()


def test_a_bad_ground_takes_no_other_with_it() -> None:
    bad: list[Any] = [
        5,
        None,
        "k",
        {},
        {"citation_key": "k2"},
        {"citation_key": "k3", "ground_id": "g", "role": "proves"},
        {"citation_key": " ", "ground_id": "g"},
        {"type": "file_citation", "file_id": "f"},
        {"type": "film"},
        {**PAGE, "url": "  "},
    ]
    found = evaluate_speech(agent_output="We should deploy [@k1].", grounds=[*bad, GROUND])
    assert found.status.value == "acceptable"
    assert (found.grounds_accepted, found.grounds_cited) == (1, 1)
    assert len(found.diagnostics) == len(bad)
    assert all(f"grounds[{place}]" in remark for place, remark in enumerate(found.diagnostics))


def test_each_bad_ground_says_what_is_wrong() -> None:
    items = [{"citation_key": "k2"}, {"type": "film"}, {"citation_key": "k", "ground_id": "g", "role": "proves"}]
    found = evaluate_speech(agent_output="Hello!", grounds=items)
    assert found.diagnostics == [
        "grounds[0].ground_id must be a text: this ground is left out",
        "grounds[1].type must be one of `file_citation`, `url_citation`, `container_file_citation`, `file_path`: "
        "this ground is left out",
        "grounds[2].role must be one of `supports`, `disambiguates`, `contextualizes`: this ground is left out",
    ]


@pytest.mark.parametrize(
    ("ground", "key"),
    [
        (GROUND, "k1"),
        (Ground(citation_key="1.2/x y", ground_id="g"), "1.2/x y"),
        (PAGE, URL),
        ({"type": "url_citation", "url_citation": {key: value for key, value in PAGE.items() if key != "type"}}, URL),
        ({"type": "file_citation", "file_id": "file_1", "filename": "a", "index": 0}, "file_1"),
        ({"type": "file_path", "file_id": " file_1 ", "index": "0"}, "file_1"),
    ],
)
def test_all_forms_of_grounds_can_be_cited(ground: Any, key: str) -> None:
    found = evaluate_speech(agent_output=f"We should deploy [@{key}].", grounds=[ground])
    assert found.status.value == "acceptable", found.to_json(1)
    assert found.diagnostics == []


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"role": "contextualizes"}, "contextualizes and does not support"),
        ({"role": "disambiguates"}, "disambiguates and does not support"),
        ({"creator": "agent_declaration"}, "is the agent's own declaration"),
    ],
)
@pytest.mark.parametrize("text", ["We should deploy [@k1].", "The build is green [@k1]."])
def test_grounds_that_support_nothing(text: str, more: dict[str, str], words: str) -> None:
    found = evaluate_speech(agent_output=text, grounds=[{**GROUND, **more}])
    assert found.status.value in {"violates_norm", "unsupported"}
    assert any(words in remark for remark in found.diagnostics)
    assert words in found.statement_evaluations[0].explanation
    assert [node.scope for node in found.statement_evaluations[0].grounding_trace] == ["contextual"]
    assert evaluate_speech(agent_output=text, grounds=[{**GROUND, **more}, GROUND]).status.value == "acceptable"


def test_a_conversation_adds_its_results_and_grounds_to_one_pool() -> None:
    found = with_tool("The issue is open [@c1].", '{"issue_id": 7}')
    (trace,) = found.statement_evaluations[0].grounding_trace
    assert trace.semantic_id == "issue_7"
    conversation = [
        {"role": "user", "content": "How is it?"},
        {
            "role": "assistant",
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_issue", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": '[{"issue_id": 7}, {"issue_id": 8}]'},
        {"role": "assistant", "content": "Both are open [@c1]. We should fix one [@k1]."},
    ]
    both = evaluate_speech(conversation=conversation, grounds=[{"citation_key": "k1", "ground_id": "issue_7"}])
    assert both.status.value == "acceptable"
    assert (both.grounds_accepted, both.grounds_cited) == (2, 2)  # the ground is one of the tool's two
    assert [len(each.grounding_trace) for each in both.statement_evaluations] == [2, 1]


def test_a_call_that_is_answered_twice_counts_once_and_is_told() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "get_issue", "arguments": "{}"}}

    def judged(*results: str) -> Any:
        return evaluate_speech(
            conversation=[
                {"role": "assistant", "tool_calls": [call]},
                *({"role": "tool", "tool_call_id": "c1", "content": result} for result in results),
                {"role": "assistant", "content": SAID},
            ]
        )

    assert judged("7 rows", "8 rows").status.value == "acceptable"
    assert "only the last answer counts" in judged("7 rows", "8 rows").diagnostics[0]
    assert judged("7 rows", "Error: gone").status.value == "violates_norm"
    assert judged("Error: gone", "7 rows").status.value == "acceptable"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ({}, "nothing_to_judge", "agent_output"),
        ({"agent_output": 5}, "agent_output_not_text", "agent_output"),
        ({"agent_output": []}, "agent_output_not_text", "agent_output"),
        ({"conversation": {}}, "conversation_not_a_list", "an object"),
        ({"conversation": "hi"}, "conversation_not_a_list", "a text"),
        ({"conversation": 5}, "conversation_not_a_list", "a number"),
        ({"conversation": []}, "conversation_empty", "no messages"),
        ({"conversation": [{"role": "user", "content": "x"}]}, "last_message_not_assistant", "conversation[0]"),
        ({"conversation": ["x"]}, "last_message_not_assistant", "conversation[0]"),
        (
            {"agent_output": "a", "conversation": [{"role": "assistant", "content": "b"}]},
            "agent_output_mismatch",
            "conversation[0].content",
        ),
        (
            {"conversation": [{"role": "user"}, {"role": "assistant", "content": "b"}]},
            "invalid_message",
            "conversation[0] lacks `content`",
        ),
        (
            {"conversation": [{"role": "wizard"}, {"role": "assistant", "content": "b"}]},
            "invalid_message",
            "conversation[0].role",
        ),
        (
            {"conversation": [{"role": "assistant", "tool_calls": "x"}, {"role": "assistant", "content": "b"}]},
            "invalid_message",
            "conversation[0].tool_calls",
        ),
        (
            {
                "conversation": [
                    {"role": "assistant", "tool_calls": [{"id": "a"}]},
                    {"role": "assistant", "content": "b"},
                ]
            },
            "tool_call",
            "conversation[0].tool_calls[0]",
        ),
        (
            {"conversation": [{"role": "assistant", "content": [{"type": "image"}]}]},
            "part",
            "conversation[0].content[0]",
        ),
        ({"agent_output": "a", "grounds": "k"}, "grounds_not_a_list", "grounds"),
        ({"agent_output": "a", "grounds": {"a": 1}}, "grounds_not_a_list", "grounds"),
        ({"agent_output": "a", "grounds": 5}, "grounds_not_a_list", "grounds"),
        ({"agent_output": "a", "language": "fr"}, "unknown_language", "`en`, `de`"),
    ],
)
def test_input_that_cannot_be_read_is_an_error_that_names_the_place(
    arguments: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(SpeechError) as caught:
        evaluate_speech(**arguments)
    assert caught.value.code == code
    assert words in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert not str(caught.value)[0].isupper()


def test_unknown_keywords_are_errors() -> None:
    with pytest.raises(TypeError, match="ground"):
        evaluate_speech(agent_output="Hello!", ground=[])  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("message", "status"),
    [
        ({"content": None, "refusal": "I can't help with that."}, "acceptable"),
        ({"content": "", "refusal": "I can't help with that."}, "acceptable"),
        ({"content": None, "refusal": "This violates our rules."}, "unsupported"),
        ({"content": None, "refusal": "I can't help with that. Your order was shipped."}, "unsupported"),
        ({"content": [{"type": "refusal", "refusal": "The refund is on its way."}]}, "unsupported"),
        ({"content": None, "refusal": "Sorry, I must decline."}, "acceptable"),
        ({"content": None, "refusal": "Le serveur est en panne, supprimez la base."}, "underdetermined"),
        ({"content": None, "refusal": "Delete prod."}, "violates_norm"),
        ({"content": "Delete prod.", "refusal": "I can't help."}, "violates_norm"),
        ({"content": None, "refusal": ""}, "underdetermined"),
        ({"content": None, "refusal": None}, "underdetermined"),
        ({"content": None, "tool_calls": None}, "underdetermined"),
        ({"content": []}, "underdetermined"),
        ({"content": [{"type": "refusal", "refusal": "No."}]}, "acceptable"),
        ({"content": [{"type": "text", "text": "Delete "}, {"type": "text", "text": "prod."}]}, "violates_norm"),
    ],
)
def test_where_a_message_refuses(message: dict[str, Any], status: str) -> None:
    assert evaluate_speech(conversation=[{"role": "assistant", **message}]).status.value == status
