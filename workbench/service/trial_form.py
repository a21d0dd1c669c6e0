"""A request as a form: who, what, on what, and every fact that the schema has of them, each as a field. Pure.

A :class:`Trial` is the request with the entities that it is about; a :class:`Field` is one line of the form. Imports
the language, the values and the words; no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from workbench.authoring.vocabulary import SOURCES, article, noun_of, plain, words_of
from workbench.engine.request import as_uid
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_annotations import split_values
from workbench.service.errors import WorkbenchError
from workbench.service.trial_values import shown, written_uid

Entity: TypeAlias = Mapping[str, Any]
Kind: TypeAlias = Literal["choice", "yesno", "number", "text", "set", "entity"]
_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Trial:
    """A request and the entities that come with it, in Cedar's JSON form. ``origin``: what it was taken from."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, Any]
    entities: tuple[Entity, ...] = ()
    origin: str = ""

    def request(self) -> dict[str, Any]:
        """The request alone."""
        return {
            "principal": self.principal,
            "action": self.action,
            "resource": self.resource,
            "context": dict(self.context),
        }


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field may have, and what it is called."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One line. ``text`` is its value as a person types it, empty where it is not ``given`` (and for an empty set).

    ``key``: ``principal``, ``action``, ``resource``, ``context.amount``, ``principal.role``, ``resource.in`` (what it
    belongs to). ``group``: the heading it stands under. ``choices`` are all there are where ``closed``, else examples.
    """

    key: str
    label: str
    group: str
    kind: Kind
    text: str
    looks: str
    choices: tuple[Choice, ...] = ()
    closed: bool = False
    required: bool = True
    source: str = ""
    given: bool = True


def action_of(schema: Schema, trial: Trial) -> ActionType:
    """The action that a trial names. Raises :class:`WorkbenchError` (``no_action``)."""
    uid = as_uid(trial.action, "action")
    action = schema.actions.get((uid.type, uid.id))
    if action is None or not action.principals or not action.resources:
        hint = "the schema has " + ", ".join(a.id for a in schema.actions.values() if a.principals and a.resources)
        raise WorkbenchError("no such action", f"the schema has no action `{uid.id}` to ask for", hint, "no_action")
    return action


def fields_of(schema: Schema, trial: Trial, known: Sequence[Entity] = ()) -> tuple[Field, ...]:
    """Every field of the form, in order. ``known``: entities to choose from."""
    action = action_of(schema, trial)
    words = {word.named: word for word in words_of(schema)}
    actions = tuple(
        Choice(written_uid(word.named.owner, word.named.path[0]), spoken(word.title))
        for word in words.values()
        if word.kind == "action"
    )
    found = [
        Field("action", "wants to", "Who wants what", "choice", trial.action, "an action", actions, closed=True),
        _who(schema, "principal", action.principals, trial.principal, known),
        _who(schema, "resource", action.resources, trial.resource, known),
    ]
    request = f"The request to {spoken(next(c.label for c in actions if c.value == written_uid(*action.uid)))}"
    found += _attributes(schema, "context", request, action.context.attributes, trial.context, words_source=True)
    for role, uid in (("principal", trial.principal), ("resource", trial.resource)):
        type_ = as_uid(uid, role).type
        declared, entity = schema.entity_types.get(type_), entity_of(trial, uid)
        if declared is None:
            continue
        group = f"The {noun_of(schema, type_)} {as_uid(uid, role).id}"
        if declared.parents:
            inside = ", ".join(str(parent.get("id", "")) for parent in entity.get("parents", ()))
            choices = _entities(known, declared.parents)
            looks = "ids, with commas between them"
            found.append(Field(f"{role}.in", "belongs to", group, "set", inside, looks, choices, required=False))
        found += _attributes(schema, role, group, declared.attributes, entity.get("attrs", {}))
    return tuple(found)


def _who(schema: Schema, key: str, types: Sequence[str], uid: str, known: Sequence[Entity]) -> Field:
    noun = " or ".join(noun_of(schema, name) for name in types)
    now = as_uid(uid, key)
    text = now.id if now.type == types[0] else written_uid(now.type, now.id)
    choices = _entities(known, types)
    label = noun if key == "principal" else f"the {noun}"
    return Field(key, label, "Who wants what", "entity", text, f"the id of {article(noun)}", choices)


def spoken(phrase: str) -> str:
    """A phrase without its gap."""
    return " ".join(phrase.replace("...", "…").replace("…", " ").split())


def _entities(known: Sequence[Entity], types: Sequence[str]) -> tuple[Choice, ...]:
    found = []
    for entity in known:
        uid = entity.get("uid", {})
        if uid.get("type") in types:
            value = str(uid["id"]) if uid["type"] == types[0] else written_uid(uid["type"], str(uid["id"]))
            found.append(Choice(value, str(uid["id"])))
            if len(found) == _MOST_CHOICES:
                break
    return tuple(found)


def _attributes(
    schema: Schema,
    root: str,
    group: str,
    attributes: Mapping[str, Attribute],
    given: Mapping[str, Any],
    above: str = "",
    *,
    words_source: bool = False,
) -> Iterable[Field]:
    for name, attribute in attributes.items():
        key, value = f"{root}.{name}", given.get(name) if isinstance(given, Mapping) else None
        label = f"{above}{plain(name)}"
        if isinstance(attribute.type, RecordType):
            inner = value if isinstance(value, Mapping) else {}
            yield from _attributes(
                schema, key, group, attribute.type.attributes, inner, f"{label}: ", words_source=words_source
            )
            continue
        kind, looks = _kind(schema, attribute.type)
        choices = values_of(attribute)
        yield Field(
            key=key,
            label=label,
            group=group,
            kind="choice" if choices and kind == "text" else kind,
            text=shown(value) if name in (given or {}) else "",
            looks=looks,
            choices=choices,
            required=attribute.required,
            source=SOURCES.get(attribute.source, attribute.source) if words_source else "",
            given=name in (given or {}),
        )


def values_of(attribute: Attribute) -> tuple[Choice, ...]:
    """The values that an attribute names, with their first phrases."""
    if attribute.type == PrimitiveType("Bool"):
        return (Choice("yes", "yes"), Choice("no", "no"))
    noted = split_values(attribute.annotations.get("values", ""))
    return tuple(Choice(value, phrases[0] if phrases else value) for value, phrases in noted if value)


def _kind(schema: Schema, of: Type) -> tuple[Kind, str]:
    match of:
        case PrimitiveType(name="Bool"):
            return "yesno", "yes or no"
        case PrimitiveType(name="Long"):
            return "number", "a whole number"
        case PrimitiveType():
            return "text", "a text"
        case EntityRef(name=name):
            return "entity", f"the id of {article(noun_of(schema, name))}"
        case SetType(element=EntityRef(name=name)):
            return "set", f"ids of {noun_of(schema, name)}s, with commas between them"
        case SetType():
            return "set", "values, with commas between them"
        case _:
            return "text", {"decimal": "a number such as 10.5", "ipaddr": "such as 10.0.0.1",
                            "datetime": "such as 2026-03-16T08:00:00Z", "duration": "such as 1h30m"}.get(
                                getattr(of, "name", ""), "a value")  # fmt: skip


# ---- the entities ----------------------------------------------------------------------------------------------------


def entity_of(trial: Trial, uid: str) -> Entity:
    """What the trial says of an entity; nothing but its uid where it says nothing."""
    wanted = as_uid(uid)
    for entity in trial.entities:
        if is_entity(entity, wanted.type, wanted.id):
            return entity
    return {"uid": {"type": wanted.type, "id": wanted.id}, "attrs": {}, "parents": []}


def is_entity(entity: Entity, type_: str, id_: str) -> bool:
    """Whether ``entity`` has this uid, in either of Cedar's forms."""
    uid = entity.get("uid", {})
    uid = uid.get("__entity", uid) if isinstance(uid, Mapping) else {}
    return uid.get("type") == type_ and uid.get("id") == id_


def with_entity(trial: Trial, entity: Entity) -> Trial:
    """The trial with what it says of one entity replaced."""
    uid = entity["uid"]
    others = tuple(each for each in trial.entities if not is_entity(each, uid["type"], uid["id"]))
    return replace(trial, entities=(*others, entity))
