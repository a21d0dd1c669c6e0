"""What may ground a statement: results of tools and external grounds, one by one; and what was left out, and why.

Imports the knowledge builder, grounds and annotations of this room, results. A bad item never takes the others with it.
A ground that only gives context, or that the agent itself declares, is known and can be cited, but supports nothing:
the agent's own words add nothing to its licence (draft-romanchuk-normative-admissibility-00, A5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.speech.annotations import parse_openai_citation
from workbench.speech.errors import SpeechError, ValidationError
from workbench.speech.grounds import CreatorType, Ground, LinkRole, parse_ground
from workbench.speech.knowledge import nodes_of
from workbench.speech.messages import ToolResultSpeechAct
from workbench.speech.normative import KnowledgeNode, Scope, Source, Status
from workbench.speech.strict.results import about_the_user, failure

_SHOWN = 80
"""Characters of a key that a remark shows."""


@dataclass(slots=True)
class Evidence:
    """``nodes`` by handle (the id, or another text for a node that only gives context), ``about``: what a node is
    about → its handle, ``keys``: citation key → the handles it points at, ``idle``: key → why it supports nothing,
    ``remarks``: what was left out of the evidence, in the order of the input."""

    nodes: dict[str, KnowledgeNode] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def accepted(self) -> int:
        """Number of distinct grounds that can be cited."""
        return len({self.nodes[handle].id for handles in self.keys.values() for handle in handles})

    def supports(self, key: str) -> bool:
        """``key`` points at a ground that supports what cites it."""
        return any(self.nodes[handle].scope is Scope.FACTUAL for handle in self.keys.get(key, ()))

    def best_key(self) -> str:
        """A key that would support a statement, the latest first; nothing if there is none."""
        return next((key for key in reversed(list(self.keys)) if self.supports(key)), "")


def gather(results: Iterable[ToolResultSpeechAct], grounds: object) -> Evidence:
    """All evidence of one evaluation. Raises :class:`SpeechError` where ``grounds`` is no list."""
    made = Evidence()
    for result in results:
        _add_result(result, made)
    if grounds is None:
        return made
    if isinstance(grounds, (str, bytes, Mapping)) or not isinstance(grounds, Iterable):
        raise SpeechError("grounds_not_a_list", f"`grounds` is a list of grounds, not {type(grounds).__name__}")
    for place, item in enumerate(grounds):
        try:
            ground = read_ground(item, place)
        except ValidationError as problem:
            made.remarks.append(f"{problem}: this ground is left out")
            continue
        _add_ground(ground, place, made)
    return made


def read_ground(item: object, place: int) -> Ground:
    """One ground: explicit, or an OpenAI annotation in the form of either API. Raises :class:`ValidationError`."""
    where = f"grounds[{place}]"
    if isinstance(item, Ground):
        ground = item
    elif isinstance(item, Mapping) and ({"citation_key", "ground_id"} & set(item) or "type" not in item):
        ground = parse_ground(item, place)
    else:
        nested = item.get("url_citation") if isinstance(item, Mapping) else None
        if isinstance(item, Mapping) and isinstance(nested, Mapping):
            item = {**nested, "type": "url_citation"}
        try:
            target = parse_openai_citation(item, place).target
        except ValidationError as problem:
            raise ValidationError(str(problem).replace("citations[", "grounds[", 1), problem.code) from None
        ground = Ground(citation_key=target, ground_id=target)
    if not ground.citation_key.strip() or not ground.ground_id.strip():
        raise ValidationError(f"{where} has no key or no id to cite it by", "ground")
    return ground


def _add_result(result: ToolResultSpeechAct, made: Evidence) -> None:
    named = f"the result of `{_cut(result.tool_name)}`"
    key = (result.tool_call_id or "").strip()
    if key:
        named += f" for `{_cut(key)}`"
    if key and (key in made.keys or key in made.idle):
        made.remarks.append(f"{named} answers a call that has been answered before: only the last answer counts")
        made.keys.pop(key, None)
        made.idle.pop(key, None)
    why = (
        "tells about the user, not about the world" if about_the_user(result.tool_name) else failure(result.result_text)
    )
    if why:
        made.remarks.append(f"{named} {why}: it is no evidence")
        if key:
            made.idle[key] = f"{named} {why}"
        return
    nodes = nodes_of(result)
    for node in nodes:
        made.nodes[node.id] = node
        made.about.setdefault(node.semantic_id or node.id, node.id)
    if key:
        made.keys[key] = list(dict.fromkeys(node.id for node in nodes))
    else:
        made.remarks.append(f"{named} has no call id, so it cannot be cited")


def _add_ground(ground: Ground, place: int, made: Evidence) -> None:
    key, identity = ground.citation_key.strip(), ground.ground_id.strip()
    shown = f"grounds[{place}] (`{_cut(key)}`)"
    why = ""
    if ground.role is not LinkRole.SUPPORTS:
        why = f"{shown} {ground.role.value} and does not support"
    elif ground.creator is CreatorType.AGENT_DECLARATION:
        why = f"{shown} is the agent's own declaration and does not support"
    if why:
        made.remarks.append(why)
        made.idle.setdefault(key, why)
        handle, scope = f"{identity}\0context", Scope.CONTEXTUAL
    else:
        handle, scope = identity if identity in made.nodes else made.about.get(identity, identity), Scope.FACTUAL
    made.nodes.setdefault(handle, _node(identity, scope))
    made.keys.setdefault(key, [])
    if handle not in made.keys[key]:
        made.keys[key].append(handle)


def _node(identity: str, scope: Scope) -> KnowledgeNode:
    return KnowledgeNode(identity, Source.OBSERVED, Status.CONFIRMED, 1.0, scope, "strong", identity)


def _cut(text: str) -> str:
    """A name from outside, short enough for a remark and on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1] + "…"


def cited_nodes(evidence: Evidence, keys: Sequence[str]) -> list[KnowledgeNode]:
    """The nodes that ``keys`` point at, each once, in the order of the keys."""
    handles = dict.fromkeys(handle for key in keys for handle in evidence.keys.get(key, ()))
    return [evidence.nodes[handle] for handle in handles]
