"""``POST /speech/evaluate`` and the tool of that name: the same judgment as in Python, in both profiles."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.conftest import Desk
from tests.server.serving import problem_of
from workbench import evaluate_speech
from workbench.compat.normcore import evaluate

TALK = [
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


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"conversation": []}, 422),
        ({"conversation": [{"role": "user", "content": "x"}]}, 422),
        ({"conversation": "no json"}, 422),
        ({"agent_output": "x", "conversation": [{"role": "assistant", "content": "y"}]}, 422),
        ({"agent_output": 5}, 422),
        ({"agent_output": "x", "grounds": 5}, 422),
        ({"agent_output": "x", "profile": "lenient"}, 422),
        ({"agent_output": "x", "verdict": "acceptable"}, 422),
    ],
)
def test_what_cannot_be_judged_is_a_problem(desk: Desk, body: dict[str, Any], status: int) -> None:
    answer = desk.served.client.post("/speech/evaluate", json=body, headers=desk.bearing("nora"))
    assert answer.status_code == status, answer.text
    assert problem_of(answer)["code"] not in ("failed",)


def test_a_key_twice_is_refused_here_too_and_fractions_are_not(desk: Desk) -> None:
    headers = {**desk.bearing("nora"), "content-type": "application/json"}
    twice = b'{"agent_output": "I saw it.", "agent_output": "It may be so."}'
    answer = desk.served.client.post("/speech/evaluate", content=twice, headers=headers)
    assert (answer.status_code, problem_of(answer)["code"]) == (400, "bad_json")
