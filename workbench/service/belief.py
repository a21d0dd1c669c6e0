"""Who is believed: the directory, the server and the meters; never the caller about itself (governance §5).

Pure: takes what the caller sent and what the workspace knows, and returns the question that the engine may be asked,
or raises :class:`RefusedError`. The principal comes from the credential; its attributes and parents from the directory.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from workbench.engine.entities import Entities
from workbench.engine.request import Request, RequestError, as_uid
from workbench.language.schema import Attribute, ExtensionType, PrimitiveType, RecordType, Schema, Type
from workbench.service.views import Credential

if TYPE_CHECKING:
    from workbench.engine.decision import Code

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class RefusedError(Exception):
    """The request is denied before any rule is asked. ``code`` as in a decision; ``remedy`` one sentence."""

    def __init__(self, code: Code, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Known:
    """What the workspace itself knows.

    ``written``: the directory's entities in Cedar's JSON form by (type, id). ``facts``: (principal uid or "",
    attribute) → value in that form.
    """

    schema: Schema
    directory: Entities
    written: Mapping[tuple[str, str], Mapping[str, Any]]
    facts: Mapping[tuple[str, str], Any]
    principal_types: frozenset[str]


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
) -> Request:
    """The request as the engine may see it, context filled by those who vouch for it. Raises :class:`RefusedError`."""
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
    _check_entities(entities, known)
    action = known.schema.actions.get((asked.action.type, asked.action.id))
    context = asked.context if action is None else _context(asked, action.context, facts, at, known)
    return Request(asked.principal, asked.action, asked.resource, context, asked.speech)


def _check_entities(entities: Sequence[Any], known: Known) -> None:
    if isinstance(entities, str | bytes | Mapping) or not isinstance(entities, Sequence):
        raise RefusedError("invalid_entity", "the entities are not a list", "send a list of entities")
    for entity in entities:
        try:
            uid = as_uid(entity["uid"])
        except (RequestError, KeyError, TypeError):
            raise RefusedError("invalid_entity", "an entity has no valid uid", "send Cedar's JSON form") from None
        if uid.type in known.principal_types or (uid.type, uid.id) in known.schema.actions:
            raise RefusedError(
                "refused_claim",
                f"the request describes `{uid}`, and entities of type `{uid.type}` come only from the directory",
                "leave it out of the request",
            )
        if known.directory.find(uid) is not None:
            raise RefusedError(
                "refused_claim",
                f"the request describes `{uid}`, which the directory knows",
                "leave it out of the request",
            )
        declared = known.schema.entity_types.get(uid.type)
        sent = entity.get("attrs") if isinstance(entity, Mapping) else None
        if declared is not None and isinstance(sent, Mapping):
            claimed = _claimed(declared.attributes, sent, f"{uid}.")
            if claimed is not None:
                raise _vouched(*claimed)


def _context(
    asked: Request, declared: RecordType, facts: Mapping[str, Any], at: datetime, known: Known
) -> Mapping[str, Any]:
    claimed = _claimed(declared.attributes, asked.context, "context.")
    if claimed is not None:
        raise _vouched(*claimed)
    filled = dict(asked.context)
    principal = str(asked.principal)
    for name, attribute in declared.attributes.items():
        if name in filled:
            continue
        if name in facts:
            filled[name] = facts[name]
        elif attribute.source != "caller":
            if (principal, name) in known.facts:
                filled[name] = known.facts[principal, name]
            elif ("", name) in known.facts:
                filled[name] = known.facts["", name]
            elif attribute.source == "server":
                _fill_from_clock(filled, name, attribute.type, at)
    return filled


def _claimed(
    declared: Mapping[str, Attribute], sent: Mapping[str, Any], path: str, depth: int = 32
) -> tuple[str, str] | None:
    """The first attribute in ``sent`` that is not the caller's to say, with its source; records within records too."""
    for name, attribute in declared.items():
        if name not in sent:
            continue
        if attribute.source != "caller":
            return path + name, attribute.source
        inner = sent[name]
        if isinstance(attribute.type, RecordType) and isinstance(inner, Mapping) and depth:
            found = _claimed(attribute.type.attributes, inner, f"{path}{name}.", depth - 1)
            if found is not None:
                return found
    return None


def _vouched(path: str, source: str) -> RefusedError:
    who = {"meter": "a meter", "identity": "the identity provider"}.get(source, "the server")
    return RefusedError(
        "refused_claim", f"the request claims `{path}`, which {who} vouches for", "leave it out of the request"
    )


_CLOCK: Mapping[tuple[str, Type], Callable[[datetime], Any]] = {
    ("hour", PrimitiveType("Long")): lambda at: at.hour,
    ("weekday", PrimitiveType("String")): lambda at: _WEEKDAYS[at.weekday()],
    ("now", ExtensionType("datetime")): lambda at: {
        "__extn": {"fn": "datetime", "arg": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"}
    },
}


def _fill_from_clock(filled: dict[str, Any], name: str, type_: Type, at: datetime) -> None:
    """What this service itself knows of time, in UTC: ``hour`` (Long), ``weekday`` (String), ``now`` (datetime)."""
    if isinstance(type_, PrimitiveType | ExtensionType):
        provider = _CLOCK.get((name, type_))
        if provider is not None:
            filled[name] = provider(at.astimezone(UTC))
