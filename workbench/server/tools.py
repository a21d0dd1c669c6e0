"""The MCP tools of a workspace: normsync's three, with its texts, and ``decide`` and ``evaluate_speech``.

A tool acts for a principal that was proved: by the request's token over HTTP, by whoever started the process over
stdio. What is not allowed never reads as if it were: a hold is a tool error that names its cases, and so is a deny that
no norm explains.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from workbench.compat.normsync.api import CheckRequest
from workbench.compat.normsync.tools import (
    LONG,
    NORM_PARTS,
    STRING,
    Arguments,
    Call,
    Tool,
    ToolError,
    added,
    found_text,
    listed_text,
    object_schema,
)
from workbench.norms import SEVERITIES
from workbench.server.callers import Caller
from workbench.server.decisions import DecideRequest, decided
from workbench.server.norms import Norms, checked_json, norm_of
from workbench.server.problems import ProblemError
from workbench.server.speaking import SpeechRequest, judged
from workbench.server.violations import counted, listed
from workbench.server.vouching import Vouched, unvouched
from workbench.service.errors import WorkbenchError
from workbench.speech.strict.tables import LANGUAGES

if TYPE_CHECKING:
    from workbench.service.workspace import Workspace

OBJECT = {"type": "object"}
_TEXT = {"type": ["string", "null"]}
LISTED = 100  # violations that a tool lists at most

WORKSPACE_TOOLS: Sequence[Tool] = (
    Tool(
        "add_norm",
        "Forbid something: who acts where every word of the condition is found may not do what is prohibited. It acts "
        "at once only where norms need no signature; elsewhere it is drafted, and an operator signs it.",
        object_schema(
            {"name": STRING, "description": STRING, "condition": STRING, "prohibited": STRING},
            {
                "scope": STRING,
                "priority": LONG,
                "severity": {"type": "string", "enum": list(SEVERITIES)},
            },
        ),
    ),
    Tool(
        "check_action",
        "Decide and record an action of yours: which norms forbid it. Ask before you act.",
        object_schema(
            {"agent_id": STRING, "action": STRING}, {"location": STRING, "target": STRING, "faction": STRING}
        ),
    ),
    Tool("list_violations", "List the newest violations that were recorded.", object_schema({})),
    Tool(
        "decide",
        'Decide and record one request: action and resource as `Type::"id"`, context as an object. Do nothing that is '
        "not answered with allow.",
        object_schema(
            {"action": STRING, "resource": STRING},
            {"context": OBJECT, "entities": {"type": "array", "items": OBJECT}, "speech": OBJECT},
        ),
    ),
    Tool(
        "evaluate_speech",
        "Judge whether a statement is admissible: what it claims must rest on what the conversation shows. Give the "
        "statement, or the conversation that ends with it, or both.",
        object_schema(
            {},
            {
                "agent_output": _TEXT,
                "conversation": {"type": ["array", "string", "null"], "items": OBJECT},
                "grounds": {"type": ["array", "null"]},
                "profile": {"type": ["string", "null"], "enum": ["strict", "compat", None]},
                "language": {"type": ["string", "null"], "enum": [*LANGUAGES, None]},
            },
        ),
    ),
)


def caller(workspace: Workspace, norms: Norms, who: Callable[[Any, Arguments], Caller]) -> Call:
    """The tools over a workspace. ``who``: the proved principal, from the transport's request and the arguments."""

    def call(name: str, arguments: Arguments, request: Any) -> str:
        try:
            return _answer(workspace, norms, who(request, arguments), name, arguments)
        except ProblemError as problem:
            raise ToolError(problem.detail) from None
        except ValidationError as error:
            raise ToolError(f"Input validation error: {error.errors()[0]['msg']}") from None
        except WorkbenchError as error:
            raise ToolError(_said(error)) from None

    return call


def _answer(workspace: Workspace, norms: Norms, asker: Caller, name: str, arguments: Arguments) -> str:
    match name:
        case "add_norm":
            known = {key: arguments[key] for key in (*NORM_PARTS, "scope", "severity") if key in arguments}
            made = norms.add(asker, norm_of(known | {"priority": int(arguments.get("priority", 0))}))
            if made["state"] == "draft":
                return f"Drafted norm '{made['name']}' (id={made['id']}); it acts once an operator has signed it"
            return added(made["name"], made["id"])
        case "check_action":
            checked = checked_json(norms.check(asker, CheckRequest(**arguments)))
            return found_text([each["description"] for each in checked["violations"]])
        case "list_violations":
            found = listed(workspace, asker, LISTED)
            rows = [(each["agent_id"], each["norm_name"], each["description"]) for each in found.violations]
            text = listed_text(rows, counted(workspace, asker, found))
            return f"{text}\n  … the newest {len(rows)} are listed" if found.more else text
        case "decide":
            asked = DecideRequest(**arguments)
            unvouched(asked)
            return _decided(decided(workspace, asker, asked, Vouched()))
        case _:
            return json.dumps(judged(SpeechRequest(**arguments)), indent=2)


def _said(error: WorkbenchError) -> str:
    """A failure in one sentence, without what it says of this machine's files."""
    if error.code.startswith("store_"):
        return f"the workspace cannot be used now ({error.code}); take it that nothing is allowed"
    return f"{error.detail or error.title} ({error.code})" + (f"; {error.hint}" if error.hint else "")


def _decided(told: dict[str, Any]) -> str:
    if told["outcome"] == "hold":
        cases = ", ".join(told["cases"])
        raise ToolError(f"Held for approval, case {cases}: do nothing yet, and ask again once it was approved")
    shown = {key: told[key] for key in ("outcome", "code", "retry", "remedy", "reasons", "errors", "event", "receipt")}
    return json.dumps(shown, indent=2)
