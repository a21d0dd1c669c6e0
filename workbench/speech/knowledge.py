"""The knowledge-state builder: tool results and external grounds become nodes of knowledge.

Imports messages, grounds, the reader of tool JSON, the observer. A node is evidence about an entity where the result
names one (``issue_id: 7`` is about ``issue_7``). Tools that read or keep what the user is like are no evidence: memory,
profiles, preferences, personalisation (specification, section 2.2).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from workbench.speech.grounds import Ground
from workbench.speech.messages import ToolResultSpeechAct
from workbench.speech.normative import KnowledgeNode, Scope, Source, Status
from workbench.speech.observing import SILENT, Observer, shown
from workbench.speech.tool_json import read_json

HASH_LENGTH = 10  # hex digits of a node's id
UNKNOWN = "unknown"
_ENTITY_KEYS = (re.compile(r"(\w+)_key$"), re.compile(r"(\w+)_id$"))  # keys of a result that name what it is about
_NON_EPISTEMIC = "get_user_cognitive_context"
_NEVER = ("personalization", "personal_context", "remember", "preference", "setting")
_MEMORY = ("save", "note", "notes", "load", "consolidat", "distill", "state")
_PROFILE = ("save", "set", "update", "load", "consolidat")


class KnowledgeStateBuilder:
    """Builds the knowledge of one evaluation. All its nodes are factual, observed, confirmed and strong."""

    def __init__(self, observer: Observer = SILENT) -> None:
        self._observer = observer

    def build(self, tool_results: Sequence[ToolResultSpeechAct]) -> list[KnowledgeNode]:
        """The nodes of the results, in order."""
        return self.build_with_references(tool_results)[0]

    def build_with_references(
        self, tool_results: Sequence[ToolResultSpeechAct]
    ) -> tuple[list[KnowledgeNode], dict[str, list[str]]]:
        """The nodes, and by tool-call id what they can be cited as: their semantic ids, or their own.

        An id that comes again points to the later result; the earlier result's nodes stay in the knowledge.
        """
        nodes: list[KnowledgeNode] = []
        references: dict[str, list[str]] = {}
        for result in tool_results:
            if is_non_epistemic_tool(result.tool_name):
                self._observer.debug(f"Filtering non-epistemic tool result from GroundSet: {shown(result.tool_name)}")
                continue
            made = nodes_of(result)
            nodes += made
            if result.tool_call_id:
                references[result.tool_call_id] = [node.semantic_id or node.id for node in made]
        self._observer.debug(f"KnowledgeStateBuilder: Built {len(nodes)} knowledge nodes from tool results")
        return nodes, references

    def materialize_external_grounds(
        self, knowledge_nodes: Sequence[KnowledgeNode], grounds: Iterable[Ground]
    ) -> list[KnowledgeNode]:
        """The nodes, and one more for every ground that none of them is; two grounds with one new id make two."""
        known = {node.id for node in knowledge_nodes}
        known |= {node.semantic_id for node in knowledge_nodes if node.semantic_id}
        return [
            *knowledge_nodes,
            *(_node(ground.ground_id, ground.ground_id) for ground in grounds if ground.ground_id not in known),
        ]


def is_non_epistemic_tool(name: str) -> bool:
    """Does a tool only read or keep what the user is like? Told by its name, with the original's substrings."""
    lowered = name.lower()
    return (
        lowered == _NON_EPISTEMIC
        or any(word in lowered for word in _NEVER)
        or ("memory" in lowered and any(word in lowered for word in _MEMORY))
        or ("profile" in lowered and any(word in lowered for word in _PROFILE))
    )


def nodes_of(result: ToolResultSpeechAct) -> list[KnowledgeNode]:
    """The nodes of one result: one per entity of a list of objects that name entities, otherwise one for it all.

    Never raises: what cannot be read as JSON is evidence without an entity.
    """
    name = result.tool_name or UNKNOWN
    value = read_json(result.result_text)
    if isinstance(value, list):
        entities = [entity for item in value if (entity := entity_of(item))]
        if entities:
            return [
                _node(f"tool_{name}_item{place}_{_digest(f'{name}:{entity}')}", entity)
                for place, entity in enumerate(entities)
            ]
    content = {
        "tool": name,
        "tool_result": {
            "arguments": result.arguments,
            "result_text": result.result_text,
            "tool_call_id": result.tool_call_id,
            "tool_name": result.tool_name,
        },
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return [_node(f"tool_{name}_{_digest(canonical)}", entity_of(value))]


def entity_of(value: object) -> str | None:
    """What a JSON object is about: its first ``…_key`` with a value, else its first ``…_id``; None if it names none."""
    if not isinstance(value, Mapping):
        return None
    for named in _ENTITY_KEYS:
        for key, given in value.items():
            found = named.match(key)
            if found and given:
                return f"{found[1]}_{given}"
    return None


def _digest(text: str) -> str:
    """The first hex digits of the SHA-256 of a text; halves of surrogate pairs are hashed as they stand."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:HASH_LENGTH]


def _node(identity: str, semantic_id: Any) -> KnowledgeNode:
    return KnowledgeNode(identity, Source.OBSERVED, Status.CONFIRMED, 1.0, Scope.FACTUAL, "strong", semantic_id)
