"""normsync's MCP tools: their schemas, what they answer, and how their input is checked.

Imports this package only; checking needs jsonschema, which comes with ``mcp``. The three tools take the original's
arguments and, if wanted, ``scope``, ``priority``, ``target`` and ``faction``; they answer with its sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from workbench.compat.normsync import WorldNorm
from workbench.compat.normsync.registry import NormRegistry

Arguments: TypeAlias = Mapping[str, Any]
# (tool, arguments, the transport's request) → what the tool says; raises ToolError for what it could not do
Call: TypeAlias = Callable[[str, Arguments, Any], str]

STRING = {"type": "string"}
LONG = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}  # what a store can hold
SHOWN = 60  # characters of a violation's description in a list


class ToolError(Exception):
    """What a tool could not do, in a sentence for the model that called it."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool as MCP lists it. ``schema``: the JSON Schema of its arguments, an object."""

    name: str
    description: str
    schema: Mapping[str, Any]


def object_schema(
    required: Mapping[str, Mapping[str, Any]], optional: Mapping[str, Mapping[str, Any]] | None = None
) -> Mapping[str, Any]:
    """The schema of an object; unknown properties are ignored, as the original does."""
    schema: dict[str, Any] = {"type": "object", "properties": {**required, **(optional or {})}}
    return schema | {"required": list(required)} if required else schema


TOOLS: Sequence[Tool] = (
    Tool(
        "add_norm",
        "Put a norm in force: who acts where every word of the condition is found may not do what is prohibited.",
        object_schema(
            {"name": STRING, "description": STRING, "condition": STRING, "prohibited": STRING},
            {"scope": STRING, "priority": LONG},
        ),
    ),
    Tool(
        "check_action",
        "Ask whether an action violates a norm in force, and record it where it does.",
        object_schema(
            {"agent_id": STRING, "action": STRING}, {"location": STRING, "target": STRING, "faction": STRING}
        ),
    ),
    Tool("list_violations", "List every violation that was recorded, newest first.", object_schema({})),
)


def caller(registry: NormRegistry) -> Call:
    """The three tools over a registry."""

    def call(name: str, arguments: Arguments, _: Any) -> str:
        match name:
            case "add_norm":
                scope, priority = arguments.get("scope", "global"), int(arguments.get("priority", 0))
                parts = {key: arguments[key] for key in NORM_PARTS}
                norm = registry.add(WorldNorm(**parts, scope=scope, priority=priority))
                return added(norm.name, norm.id)
            case "check_action":
                asked = {key: arguments.get(key, "") for key in ("location", "target", "faction")}
                found = registry.check(arguments["agent_id"], arguments["action"], **asked)
                return found_text([violation.description for violation in found])
            case _:
                listed = registry.violations()
                return listed_text([(each.agent_id, each.norm_name, each.description) for each in listed])

    return call


NORM_PARTS = ("name", "description", "condition", "prohibited")


def added(name: str, norm_id: str) -> str:
    """What ``add_norm`` says."""
    return f"Added norm '{name}' (id={norm_id})"


def found_text(descriptions: Sequence[str]) -> str:
    """What ``check_action`` says of the violations found."""
    if not descriptions:
        return "No violations detected."
    return "\n".join([f"Found {len(descriptions)} violation(s):", *(f"  - {each}" for each in descriptions)])


def listed_text(violations: Sequence[tuple[str, str, str]], total: str = "") -> str:
    """What ``list_violations`` says of (agent, norm, description) of each; ``total`` where these are not all."""
    if not violations:
        return "No violations recorded."
    lines = [f"  - [{agent}] {norm}: {description[:SHOWN]}" for agent, norm, description in violations]
    return "\n".join([f"Total violations: {total or len(violations)}", *lines])


def trouble_with(arguments: Arguments, schema: Mapping[str, Any]) -> str:
    """What is wrong with a tool's arguments, in jsonschema's words; empty where nothing is."""
    import jsonschema  # type: ignore[import-untyped]

    try:
        jsonschema.validate(arguments, schema)
    except jsonschema.ValidationError as error:
        return str(error.message)
    return ""
