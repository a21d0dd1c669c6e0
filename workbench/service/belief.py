"""Who is believed: the directory, the server and the meters; never the caller about itself (governance §5).

Pure: takes what the caller sent and what the workspace knows, and returns the question that the engine may be asked,
or raises :class:`RefusedError`. The principal comes from the credential; its attributes and parents from the directory.
The caller may describe resources that the directory does not know: their attributes are its word, and the evidence of
a decision says so. It may not put them into what the directory knows (who is a member of a group is for the directory
to say), nor describe anything that the directory names, such as a group whose members it lists.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workbench.engine.entities import Entities
from workbench.engine.request import Request, RequestError, as_uid
from workbench.engine.values import EntityUid, Record, SetValue
from workbench.language.schema import FROM_CLOCK, ActionType, RecordType, Schema, Type
from workbench.language.schema_speech import MESSAGE_NAME, SPEECH_NAME, judges_speech, resembles_speech
from workbench.service.judging import Judging
from workbench.service.refusing import RefusedError, require_modest
from workbench.service.sourced import Sourced, SourcedOf, claimed, sourced_contexts, sourced_entities
from workbench.service.views import Credential

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace itself knows.

    ``written``: the directory's entities in Cedar's JSON form by (type, id). ``facts``: (principal uid or "",
    attribute) → value in that form. ``named``: every uid that the directory mentions, as a parent or in an attribute,
    whether it describes it or not. ``closed``: the types of principals and actions, of which requests say nothing.
    ``sourced_…``: the attributes that are not the caller's.
    """

    schema: Schema
    directory: Entities
    written: Mapping[tuple[str, str], Mapping[str, Any]]
    facts: Mapping[tuple[str, str], Any]
    principal_types: frozenset[str]
    named: frozenset[EntityUid] = field(init=False, repr=False)
    closed: frozenset[str] = field(init=False, repr=False)
    sourced_entities: Mapping[str, SourcedOf] = field(init=False, repr=False)
    sourced_contexts: Mapping[tuple[str, str], tuple[Sourced, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "named", _named(self.directory))
        object.__setattr__(self, "closed", self.principal_types | {type_ for type_, _ in self.schema.actions})
        object.__setattr__(self, "sourced_entities", sourced_entities(self.schema))
        object.__setattr__(self, "sourced_contexts", sourced_contexts(self.schema))


def principal_types(schema: Schema) -> frozenset[str]:
    """The types that some action takes as principal: requests may say nothing about entities of these."""
    return frozenset(name for action in schema.actions.values() for name in action.principals)


def believe(
    asked: Request,
    credential: Credential,
    entities: Sequence[Any],
    facts: Mapping[str, Any],
    at: datetime,
    known: Known,
    judging: Judging | None = None,
) -> Request:
    """The request as the engine may see it, context filled by those who vouch for it.

    ``judging``: what is made of its ``speech``, where that was begun before. Raises :class:`RefusedError`.
    """
    try:
        who = as_uid(credential.principal, "principal")
    except RequestError as error:
        raise RefusedError(
            "refused_claim", f"the credential names no principal: {error}", "use a valid credential"
        ) from None
    if asked.principal != who:
        raise RefusedError(
            "refused_claim",
            f"the request says it comes from `{asked.principal}`, but the credential is that of `{who}`",
            "ask in your own name",
        )
    require_modest(asked.context, "context", "invalid_request")
    _check_entities(entities, known)
    action = known.schema.actions.get((asked.action.type, asked.action.id))
    if action is None:
        return asked
    spoken: Mapping[str, Any] = {}
    if SPEECH_NAME in asked.context and resembles_speech(action.context.attributes.get(SPEECH_NAME)):
        raise RefusedError(
            "speech_claimed",
            "the request brings `context.speech`, and only the service judges what is said",
            "leave it out, and send the words themselves as `speech`",
        )
    if judges_speech(action):
        asked, spoken = _judged(asked, action, judging or Judging(asked.speech))
    context = _context(asked, action.context, {**facts, **spoken}, at, known)
    return Request(asked.principal, asked.action, asked.resource, context, asked.speech)


def _check_entities(entities: Sequence[Any], known: Known) -> None:
    if isinstance(entities, str | bytes | Mapping) or not isinstance(entities, Sequence):
        raise RefusedError("invalid_entity", "the entities are not a list", "send a list of entities")
    if not entities:
        return
    require_modest(entities, "entities", "invalid_entity")
    for entity in entities:
        try:
            uid = as_uid(entity["uid"])
            parents = [as_uid(parent) for parent in entity.get("parents") or ()]
        except (RequestError, KeyError, TypeError, AttributeError):
            raise RefusedError(
                "invalid_entity", "an entity has no valid uid, or parents that are none", "send Cedar's JSON form"
            ) from None
        _require_unknown(uid, known)
        for parent in parents:
            _require_open(uid, parent, known)
        among = known.sourced_entities.get(uid.type)
        if among is not None:
            _check_attributes(uid, entity, among)


def _require_unknown(uid: EntityUid, known: Known) -> None:
    """Only what the directory neither knows nor names may be described, and nothing that acts."""
    if uid.type in known.closed:
        raise _claims(
            f"the request describes `{uid}`, and entities of type `{uid.type}` come only from the directory"
            if uid.type in known.principal_types
            else f"the request describes `{uid}`, and actions come only from the schema"
        )
    if known.directory.find(uid) is not None:
        raise _claims(f"the request describes `{uid}`, which the directory knows")
    if uid in known.named:
        raise _claims(f"the request describes `{uid}`, which the directory names without describing it")


def _require_open(uid: EntityUid, parent: EntityUid, known: Known) -> None:
    """What is sent may be in what is sent; who is in a group of the directory, the directory says."""
    if parent.type in known.closed or known.directory.find(parent) is not None or parent in known.named:
        raise _claims(
            f"the request says that `{uid}` is in `{parent}`, whose members only the directory names",
            "leave the parent out, or let the operator load the entity",
        )


def _check_attributes(uid: EntityUid, entity: Mapping[str, Any], among: SourcedOf) -> None:
    said = claimed(among.attributes, entity.get("attrs"), str(uid))
    tags = entity.get("tags")
    if said is None and among.tags and isinstance(tags, Mapping):
        found = (claimed(among.tags, value, f"{uid} tag {name}") for name, value in tags.items())
        said = next((each for each in found if each is not None), None)
    if said is not None:
        raise _vouched(*said)


def _judged(asked: Request, action: ActionType, judging: Judging) -> tuple[Request, Mapping[str, Any]]:
    """The request without the text that is the judged one, and what the context gains: the judgement, the text."""
    judged = judging.read()
    gained = judged.in_context(action)
    if MESSAGE_NAME not in gained or MESSAGE_NAME not in asked.context:
        return asked, gained
    if asked.context[MESSAGE_NAME] != judged.text:
        raise RefusedError(
            "speech_differs",
            "`context.message` is not the text that `speech` gives to be judged",
            "send as `message` what you have judged, or leave it out: the service fills it in",
        )
    context = {name: value for name, value in asked.context.items() if name != MESSAGE_NAME}
    return Request(asked.principal, asked.action, asked.resource, context, asked.speech), gained


def _context(
    asked: Request, declared: RecordType, facts: Mapping[str, Any], at: datetime, known: Known
) -> Mapping[str, Any]:
    said = claimed(known.sourced_contexts.get((asked.action.type, asked.action.id), ()), asked.context, "context")
    if said is not None:
        raise _vouched(*said)
    filled = dict(asked.context)
    principal = str(asked.principal)
    for name, attribute in declared.attributes.items():
        if name in facts:
            filled[name] = facts[name]  # whoever vouches for it is believed before the caller
        elif name not in filled and attribute.source != "caller":
            if (principal, name) in known.facts:
                filled[name] = known.facts[principal, name]
            elif ("", name) in known.facts:
                filled[name] = known.facts["", name]
            elif attribute.source == "server":
                _fill_from_clock(filled, name, attribute.type, at)
    return filled


def _named(directory: Entities) -> frozenset[EntityUid]:
    """Every uid that some entity of the directory is in, or has in an attribute or a tag."""
    found: set[EntityUid] = set()
    for entity in directory:
        found |= entity.ancestors
        for value in (*entity.attrs.values(), *entity.tags.values()):
            _collect(value, found)
    return frozenset(found)


def _collect(value: Any, found: set[EntityUid]) -> None:
    if isinstance(value, EntityUid):
        found.add(value)
    elif isinstance(value, Record):
        for item in value.values():
            _collect(item, found)
    elif isinstance(value, SetValue):
        for item in value.members():
            _collect(item, found)


def _claims(message: str, remedy: str = "leave it out of the request") -> RefusedError:
    return RefusedError("refused_claim", message, remedy)


def _vouched(path: str, source: str) -> RefusedError:
    who = {"meter": "a meter", "identity": "the identity provider"}.get(source, "the server")
    return RefusedError(
        "refused_claim", f"the request claims `{path}`, which {who} vouches for", "leave it out of the request"
    )


_CLOCK: Mapping[str, Callable[[datetime], Any]] = {
    "hour": lambda at: at.hour,
    "weekday": lambda at: _WEEKDAYS[at.weekday()],
    "now": lambda at: {
        "__extn": {"fn": "datetime", "arg": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"}
    },
}


def _fill_from_clock(filled: dict[str, Any], name: str, type_: Type, at: datetime) -> None:
    """What this service itself knows of time, in UTC: ``hour`` (Long), ``weekday`` (String), ``now`` (datetime)."""
    if FROM_CLOCK.get(name) == type_:
        filled[name] = _CLOCK[name](at.astimezone(UTC))
