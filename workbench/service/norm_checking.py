"""Asking what becomes of an action, and which norms it breaks: through the same decision as everything else.

In a world an action is told in words, which the service writes itself (world-norms specification §2): whoever asks
says the action, where, at whom and for which faction, and nothing more. The faction of an agent that the directory
puts into one is the directory's; only of others is it believed what they say. Not for faces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.entities import Entities
from workbench.engine.request import Request, RequestError, as_uid
from workbench.engine.values import EntityUid
from workbench.language.annotations import DEFAULT_SEVERITY
from workbench.language.program import Rule
from workbench.norms import Norm, NormError, Told, World, norm_of, told, told_in, world_of
from workbench.service.deciding import Deciding
from workbench.service.errors import WorkbenchError
from workbench.service.law import Law
from workbench.service.norm_views import Outcome, Violation
from workbench.service.session import Session
from workbench.service.views import Credential
from workbench.service.watching import Watching
from workbench.store.ledger import read_head

MAX_WORDS = 16 * 1024  # characters of everything that is told of an action
MAX_METADATA = 16 * 1024  # bytes as JSON
Marks = Mapping[str, tuple[str, str, str]]  # rule → id and name of the norm, English


class NormChecking:
    """The use case of ``norm check``, of monitors and of servers."""

    def __init__(self, session: Session, deciding: Deciding, watching: Watching) -> None:
        self._session = session
        self._deciding = deciding
        self._watching = watching

    def world(self) -> World | None:
        """The shape of a world that the schema in force has, if it has one."""
        return world_of(self._law().checked.schema)

    def check(
        self,
        agent_id: str,
        action: str,
        location: str = "",
        target: str = "",
        faction: str = "",
        metadata: Mapping[str, Any] | None = None,
        *,
        at: datetime | None = None,
        credential: Credential | None = None,
        world: str = "world",
    ) -> Outcome:
        """Decide and record an action of a world. See ``Norms.check``."""
        law = self._law()
        shape = world_of(law.checked.schema)
        if shape is None:
            raise not_a_world()
        agent = agent_of(agent_id, shape)
        believed = faction_of(agent, faction, shape, law.known.directory)
        words = words_of(action, location, target, believed)
        request = Request(agent, EntityUid(*shape.action), EntityUid(shape.places[0], world), {})
        who = credential or Credential(str(agent))
        said: dict[str, Any] = {"action": action, "location": location, "target": target, "faction": faction}
        if metadata:
            said["metadata"] = modest(metadata)
        recorded = self._deciding.decide(request, credential=who, facts=words._asdict(), at=at, said=said)
        when = at or self._watching.rows((recorded.seq,))[0].at
        return outcome(
            recorded.decision,
            self._marks(recorded.decision),
            (agent_id, action, location, target, believed),
            when,
            recorded.seq,
            recorded.receipt_hash,
            recorded.cases,
        )

    def check_request(
        self,
        request: Request,
        *,
        credential: Credential,
        entities: Sequence[Any] = (),
        facts: Mapping[str, Any] | None = None,
        at: datetime | None = None,
    ) -> Outcome:
        """Decide and record a whole request, under any schema."""
        recorded = self._deciding.decide(request, credential=credential, entities=entities, facts=facts, at=at)
        when = at or self._watching.rows((recorded.seq,))[0].at
        said = (request.principal.id, request.action.id, request.resource.id, "", "")
        marks = self._marks(recorded.decision)
        return outcome(recorded.decision, marks, said, when, recorded.seq, recorded.receipt_hash, recorded.cases)

    def _law(self) -> Law:
        with self._session.read() as connection:
            return self._session.laws.in_force(connection, read_head(connection))

    def _marks(self, decision: Decision) -> Marks:
        if not decision.violation:
            return {}
        law = self._law()
        found: dict[str, tuple[str, str, str]] = {}
        for rule in (*decision.reasons, *(error.rule for error in decision.errors)):
            standing = law.overlay.placing_of(rule)
            if standing is not None:
                content = standing.placing.content
                text = getattr(content, "cedar_plus", "")
                found[rule] = mark(told_in(text), rule, getattr(content, "english", ""))
            elif rule in law.checked.program.by_id:
                found[rule] = mark_of(law.checked.program.by_id[rule], law)
        return found


def mark(norm: Norm | None, rule: str, english: str) -> tuple[str, str, str]:
    """What a violation says of the rule that was broken: the norm's id and name, or the rule's own id; its English."""
    return (norm.id, norm.name, english) if norm is not None else (rule, rule, english)


def mark_of(rule: Rule, law: Law) -> tuple[str, str, str]:
    """The same of a rule of the version in force."""
    return mark(norm_of(rule, law.checked.schema), rule.id, rule.english)


def not_a_world() -> WorkbenchError:
    """What is said where the schema in force has no action that is told in words."""
    return WorkbenchError(
        "this is no world",
        "the schema in force has no action `act` that is told in words (verb, location, target, faction, hay)",
        "ask with a whole request (`--request FILE`), or make a world: `workbench new --sample world-norms`",
        "not_a_world",
    )


def modest(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is kept beside an action. Raises :class:`WorkbenchError` (``bad_metadata``) for what is no JSON object, or
    more than one action should carry."""
    try:
        size = len(json.dumps(metadata, allow_nan=False)) if isinstance(metadata, Mapping) else -1
    except (TypeError, ValueError, RecursionError):
        size = -1
    if size < 0:
        raise WorkbenchError("bad metadata", "the metadata is no JSON object", "leave it out", "bad_metadata")
    if size > MAX_METADATA:
        what = f"the metadata has {size} bytes, more than {MAX_METADATA}"
        raise WorkbenchError("too much metadata", what, "keep it elsewhere, and name it here", "bad_metadata")
    return metadata


def agent_of(agent_id: str, world: World) -> EntityUid:
    """The agent's uid: as it is where one is written, else of the type that acts in the world.

    Raises :class:`WorkbenchError` (``bad_agent``).
    """
    if not isinstance(agent_id, str):
        raise WorkbenchError("which agent?", "the agent's id is not a text", "", "bad_agent")
    if '::"' not in agent_id:
        return EntityUid(world.agents[0], agent_id)
    try:
        return as_uid(agent_id)
    except RequestError as error:
        raise WorkbenchError("which agent?", str(error), 'write it as `Agent::"nora"`', "bad_agent") from error


def faction_of(agent: EntityUid, claimed: str, world: World, directory: Entities) -> str:
    """The faction that is believed: what the agent says, unless the directory puts it into other ones. Where it is in
    several, the one that it says it acts for; else the first of them by name."""
    entity = directory.find(agent)
    if entity is None or not world.faction or not isinstance(claimed, str):
        return claimed
    factions = sorted(uid.id for uid in entity.ancestors if uid.type == world.faction)
    said = claimed.strip().lower()
    if not factions or any(faction.strip().lower() == said for faction in factions):
        return claimed
    return factions[0]


def words_of(action: str, location: str, target: str, faction: str) -> Told:
    """The words of an action. Raises :class:`WorkbenchError`: ``not_text``, ``too_long``."""
    try:
        words = told(action, location, target, faction)
        if len(words.hay) > MAX_WORDS:
            what = f"the action is told in {len(words.hay)} characters, more than {MAX_WORDS}"
            raise NormError("too_long", what, "tell it shorter")
    except NormError as error:
        raise WorkbenchError("what happened?", error.message, error.help, error.code) from error
    return words


def outcome(
    decision: Decision,
    marks: Marks,
    said: tuple[str, str, str, str, str],
    at: datetime,
    event: int = 0,
    receipt: str = "",
    cases: tuple[str, ...] = (),
) -> Outcome:
    """What became of the action ``said``: agent, action, location, target, faction."""
    agent, action, location, target, faction = said
    id = hashlib.sha256(f"{agent}|{action}|{location}|{at.timestamp()}".encode(errors="replace")).hexdigest()[:16]
    severities = {item.rule: item.severity or DEFAULT_SEVERITY for item in decision.evidence if item.effect == "forbid"}
    found: list[Violation] = []
    broken = dict.fromkeys(decision.reasons, "") if decision.code == "forbidden" else {}
    if decision.code == "evaluation_error":  # as reports and counts read it from the ledger: each rule once
        failed = {error.rule: error.message for error in decision.errors if error.rule}
        broken = failed or {"": "; ".join(error.message for error in decision.errors)}
    for rule, trouble in broken.items():
        norm_id, name, english = marks.get(rule, (rule or decision.code, rule or decision.code, ""))
        did = f"Agent '{agent}' performed '{action}' in '{location}'"
        described = f"{did}, and the rule '{name}' failed: {trouble}" if trouble else f"{did}, violating norm '{name}'"
        severity = severities.get(rule, DEFAULT_SEVERITY)
        found.append(Violation(rule, norm_id, name, severity, described, agent, id, event, at, english))
    return Outcome(event, decision, receipt, agent, action, location, target, faction, id, at, tuple(found), cases)
