"""What other programs are told of the servers: function definitions for OpenAI's API, and the OpenAPI documents.

Deterministic: the same program writes the same bytes. The functions are *strict* (every property required, none beside
them), so that a model cannot invent arguments; what is free-form is JSON text. Their names and arguments are those of
the REST paths: ``add_norm`` is ``POST /norm``, and so on. The functions need nothing but the standard library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

_STRING = {"type": "string"}
_Function: TypeAlias = tuple[str, str, Mapping[str, Any]]  # name, what it is for, its arguments
_COMPAT: tuple[_Function, ...] = (
    (
        "add_norm",
        "Put a norm in force: who acts where every word of the condition is found may not do what is prohibited.",
        {"name": _STRING, "description": _STRING, "condition": _STRING, "prohibited": _STRING},
    ),
    (
        "check_action",
        "Ask whether an action violates a norm in force. Ask before acting; the location may be empty.",
        {"agent_id": _STRING, "action": _STRING, "location": _STRING},
    ),
    ("list_violations", "List the violations that were recorded, newest first.", {}),
    ("get_norms", "List the norms, or only those in force.", {"active_only": {"type": "boolean"}}),
)
_NATIVE: tuple[_Function, ...] = (
    (
        "decide",
        "Decide and record one request. Do nothing that is not answered with the outcome allow.",
        {
            "action": {**_STRING, "description": 'What is to be done: Action::"reply".'},
            "resource": {**_STRING, "description": 'To what: Ticket::"T-1".'},
            "context": {**_STRING, "description": 'The facts of the request, an object as JSON text: {"amount": 5}.'},
        },
    ),
    (
        "evaluate_speech",
        "Judge whether a statement is admissible: what it claims must rest on what the conversation shows. Give the "
        "statement, or the conversation that ends with it, or both; null for what is not given.",
        {
            "agent_output": {"type": ["string", "null"], "description": "The statement, word for word."},
            "conversation": {
                "type": ["string", "null"],
                "description": "The messages so far and the statement as the last, an array as JSON text.",
            },
            "profile": {
                "type": ["string", "null"],
                "enum": ["strict", "compat", None],
                "description": "null is strict.",
            },
            "language": {
                "type": ["string", "null"],
                "enum": ["en", "de", None],
                "description": "Of the words; null finds it out.",
            },
        },
    ),
)


def openai_tools(*, native: bool = True) -> list[dict[str, Any]]:
    """The functions: normsync's four, then (``native``) those of a workspace's server."""
    wanted = _COMPAT + (_NATIVE if native else ())
    return [_function(name, description, properties) for name, description, properties in wanted]


def _function(name: str, description: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": description,
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": dict(properties),
                "required": list(properties),
                "additionalProperties": False,
            },
        },
    }


def openapi(*, compat: bool = False) -> dict[str, Any]:
    """The OpenAPI document of a workspace's server, or of ``serve --compat``. Needs FastAPI."""
    if compat:
        from workbench.compat.normsync.api import create_app
        from workbench.compat.normsync.registry import open_registry

        registry = open_registry()
        try:
            return create_app(registry).openapi()
        finally:
            registry.close()
    from workbench.server.app import described_app

    return described_app().openapi()


def document(value: Any) -> str:
    """``value`` as the text of a file: ASCII JSON in two-space steps, a line break at its end."""
    return json.dumps(value, indent=2) + "\n"
