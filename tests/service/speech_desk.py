"""A desk that is held to what it says (samples/customer-desk), for the tests: what is said, and how it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.engine.request import Request
from workbench.service.heard import Heard, ToolRecord
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace

IRIS = 'Agent::"iris"'
LENA = 'Customer::"c-lena"'
GREETING = "Hello! Thank you for your message."
REFUSAL = "I don't have enough information to answer that."
UNGROUNDED = "You must cancel the contract today."
GROUNDED = "You should send the lamp back within 30 days [@call_7]."
RESULT = '{"policy_id":"returns-7","days":30}'
RECORD = ToolRecord("call_7", "returns_policy", "{}", RESULT)
FACTS = {"messages_today": 3}


def conversation(text: str, *, key: str = "call_7", result: str = RESULT, tool: str = "returns_policy") -> list[Any]:
    call = {"id": key, "type": "function", "function": {"name": tool, "arguments": "{}"}}
    return [
        {"role": "user", "content": "Can I send the lamp back?"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": key, "content": result},
        {"role": "assistant", "content": text},
    ]


def say(
    workspace: Workspace,
    speech: Mapping[str, Any] | str | None,
    *,
    context: Mapping[str, Any] | None = None,
    heard: Heard | None = None,
    facts: Mapping[str, Any] = FACTS,
) -> Recorded:
    asked = {"agent_output": speech} if isinstance(speech, str) else speech
    return workspace.decide(
        Request(IRIS, 'Action::"send_message"', LENA, context or {}, asked),
        credential=Credential(IRIS),
        facts=facts,
        heard=heard,
    )


def verdict(recorded: Recorded) -> tuple[str, str]:
    return recorded.decision.outcome, recorded.decision.code


def believed(workspace: Workspace, recorded: Recorded) -> Mapping[str, Any]:
    context: Mapping[str, Any] = workspace.event(recorded.seq).request["context"]
    return context
