"""``POST /speech/evaluate`` and the tool of that name: the same judgment as in Python, in both profiles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.conftest import Desk
from tests.server.serving import problem_of
from tests.server.test_workspace_mcp import over_http, said
from workbench import evaluate_speech
from workbench.compat.normcore import evaluate
from workbench.compat.normsync.tools import ToolError, trouble_with
from workbench.server.tools import WORKSPACE_TOOLS, caller

TALK: list[dict[str, Any]] = [
    {"role": "user", "content": "Is the deployment through?"},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "status", "arguments": '{"load": 0.5}'}}],
    },
    {"role": "tool", "tool_call_id": "c1", "content": "The deployment is blocked."},
    {"role": "assistant", "content": "The deployment is blocked [@c1]."},
]


def judged(desk: Desk, **body: Any) -> Any:
    answer = desk.served.client.post("/speech/evaluate", json=body, headers=desk.bearing("nora"))
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("said", ["The deployment is blocked.", "You must not deploy.", "If it is blocked, wait.", ""])
def test_both_profiles_judge_as_they_do_in_python(desk: Desk, said: str) -> None:
    strict = json.loads(json.dumps(evaluate_speech(agent_output=said).to_dict()))
    assert judged(desk, agent_output=said) == strict
    compat = json.loads(json.dumps(evaluate(agent_output=said).to_dict()))
    assert judged(desk, agent_output=said, profile="compat") == compat


def test_grounds_of_a_conversation_count_as_list_and_as_text(desk: Desk) -> None:
    bare = judged(desk, agent_output=TALK[-1]["content"])
    grounded = judged(desk, conversation=TALK)
    assert (bare["status"], grounded["status"]) == ("unsupported", "acceptable")
    assert judged(desk, conversation=json.dumps(TALK)) == grounded


SAID = [{"role": "assistant", "content": "Hi"}]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "nothing_to_judge"),
        ({"conversation": []}, 422, "conversation_empty"),
        ({"conversation": [{"role": "user", "content": "x"}]}, 422, "last_message_not_assistant"),
        ({"conversation": "no json"}, 422, "bad_json"),
        ({"conversation": '[{"role": "assistant", "content": "x", "content": "Hi"}]'}, 422, "bad_json"),
        ({"conversation": '[{"role": "assistant", "content": "Hi", "load": NaN}]'}, 422, "bad_json"),
        ({"conversation": "[" * 5000}, 422, "bad_json"),
        ({"agent_output": "x", "conversation": [{"role": "assistant", "content": "y"}]}, 422, "agent_output_mismatch"),
        ({"agent_output": 5}, 422, "bad_request"),
        ({"agent_output": "x", "grounds": 5}, 422, "bad_request"),
        ({"agent_output": "x", "profile": "lenient"}, 422, "bad_request"),
        ({"agent_output": "x", "verdict": "acceptable"}, 422, "bad_request"),
        ({"agent_output": "x", "language": "fr"}, 422, "unknown_language"),
        ({"agent_output": "x", "language": "en", "profile": "compat"}, 422, "language_not_used"),
        ({"agent_output": "x" * 32_769}, 413, "too_large"),
        ({"conversation": [{"role": "assistant", "content": "x" * 32_769}]}, 413, "too_large"),
        ({"agent_output": "\ud800 delete prod"}, 422, "not_unicode"),
        ({"agent_output": "\ud800 hi", "profile": "compat"}, 422, "not_unicode"),
        ({"conversation": [{"role": "user", "content": "\udfff"}, *SAID]}, 422, "not_unicode"),
        ({"conversation": json.dumps([{"role": "user", "content": "\udfff"}, *SAID])}, 422, "not_unicode"),
        ({"agent_output": "Hi", "grounds": [{"\ud800": 1}]}, 422, "not_unicode"),
        ({"agent_output": "Hi", "\ud800": 1}, 422, "bad_request"),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_a_problem_and_a_tool_error(
    desk: Desk, body: dict[str, Any], status: int, code: str
) -> None:
    headers = {**desk.bearing("nora"), "content-type": "application/json"}
    answer = desk.served.client.post("/speech/evaluate", content=json.dumps(body), headers=headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (status, code), answer.text
    nothing: Any = None  # of a workspace; judging needs none
    schema = next(tool.schema for tool in WORKSPACE_TOOLS if tool.name == "evaluate_speech")
    if not trouble_with(body, schema):
        with pytest.raises(ToolError):
            caller(nothing, nothing, lambda *_: nothing)("evaluate_speech", body, None)


async def test_the_tool_judges_as_the_path_does_whichever_argument_it_is_given(desk: Desk) -> None:
    """Over HTTP, as a model calls it: the statement, or the conversation as list or text, or null for either."""
    asked: list[dict[str, Any]] = [
        {"agent_output": "Delete prod"},
        {"agent_output": "Delete prod", "conversation": None, "grounds": None, "profile": None, "language": None},
        {"conversation": TALK},
        {"conversation": json.dumps(TALK)},
        {"agent_output": TALK[-1]["content"], "conversation": TALK},
        {"agent_output": "You must not deploy.", "profile": "compat"},
        {"agent_output": "Lösche die Datenbank.", "language": "de"},
    ]
    async with over_http(desk, "nora") as client:
        for body in asked:
            failed, text = await said(client, "evaluate_speech", **body)
            assert not failed, text
            assert json.loads(text) == judged(desk, **body), body
        for wrong in ({"profile": "lenient"}, {"language": "fr"}, {"conversation": 5}):
            failed, text = await said(client, "evaluate_speech", agent_output="x", **wrong)
            assert failed
            assert text.startswith("Input validation error: ")
        assert await said(client, "evaluate_speech") == (
            True,
            "there is nothing to judge: give `agent_output` or `conversation` (nothing_to_judge); correct it; "
            "`workbench speech convert` makes a conversation of a transcript",
        )


def test_a_language_that_is_named_is_the_one_that_is_read(desk: Desk) -> None:
    assert judged(desk, agent_output="Gift!", language="de") == json.loads(
        json.dumps(evaluate_speech(agent_output="Gift!", language="de").to_dict())
    )


@pytest.mark.parametrize("body", ['"agent_output": "I saw it.", "agent_output": "It may be so."', '"grounds": [NaN]'])
def test_what_can_be_read_in_two_ways_is_refused_here_too(desk: Desk, body: str) -> None:
    headers = {**desk.bearing("nora"), "content-type": "application/json"}
    answer = desk.served.client.post("/speech/evaluate", content=f"{{{body}}}", headers=headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "bad_json")
