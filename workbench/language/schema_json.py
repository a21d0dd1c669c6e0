"""Typed schemas → Cedar's JSON schema form: whole, cut to some actions, or changed for judging approver predicates.

The handles made here are cached by schema text. Imports language only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from workbench.language.cedar import SchemaHandle, parse_schema, parse_schema_json
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    EntityType,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)
from workbench.language.schema_reader import read_schema

_SLICE_FROM = 16


def schema_json(schema: Schema) -> dict[str, Any]:
    """Cedar's JSON form of ``schema``, every type written out in full."""
    namespaces: dict[str, dict[str, Any]] = {}

    def namespace(name: str) -> tuple[dict[str, Any], str]:
        space, _, last = name.rpartition("::")
        return namespaces.setdefault(space, {"entityTypes": {}, "actions": {}}), last

    for entity in schema.entity_types.values():
        held, last = namespace(entity.name)
        held["entityTypes"][last] = _entity(entity)
    for action in schema.actions.values():
        held, _ = namespace(action.type)
        held["actions"][action.id] = _action(action)
    return namespaces


def _entity(entity: EntityType) -> dict[str, Any]:
    if entity.enum is not None:
        return {"enum": list(entity.enum)}
    row: dict[str, Any] = {"memberOfTypes": list(entity.parents), "shape": _record(entity.attributes)}
    if entity.tags is not None:
        row["tags"] = _type(entity.tags)
    return row


def _action(action: ActionType) -> dict[str, Any]:
    row: dict[str, Any] = {"memberOf": [{"type": kind, "id": id} for kind, id in action.groups]}
    if action.principals and action.resources:
        row["appliesTo"] = {
            "principalTypes": list(action.principals),
            "resourceTypes": list(action.resources),
            "context": _record(action.context.attributes),
        }
    return row


def _record(attributes: Mapping[str, Attribute]) -> dict[str, Any]:
    fields = {name: {**_type(field.type), "required": field.required} for name, field in attributes.items()}
    return {"type": "Record", "attributes": fields}


def _type(kind: Type) -> dict[str, Any]:
    match kind:
        case PrimitiveType(name=name):
            return {"type": "Boolean" if name == "Bool" else name}
        case ExtensionType(name=name):
            return {"type": "Extension", "name": name}
        case EntityRef(name=name):
            return {"type": "Entity", "name": name}
        case SetType(element=element):
            return {"type": "Set", "element": _type(element)}
        case RecordType(attributes=attributes):
            return _record(attributes)


def schema_text(schema: Schema) -> str:
    """The text of ``schema``: as it was read, or in Cedar's own rendering for one that was made."""
    return schema.text or str(parse_schema_json(json.dumps(schema_json(schema))))


@lru_cache(maxsize=16)
def slice_handle(text: str, actions: frozenset[tuple[str, str]]) -> SchemaHandle:
    """The schema ``text`` for rules about ``actions`` only: the validator's cost grows with the actions it must try.

    The other actions keep their names and groups but apply to nothing. Small schemas are not cut.
    """
    schema = read_schema(text)
    if len(schema.actions) <= _SLICE_FROM or len(actions) == len(schema.actions) or not actions:
        return parse_schema(text)
    kept = {uid: action if uid in actions else _bare(action) for uid, action in schema.actions.items()}
    return parse_schema_json(json.dumps(schema_json(replace(schema, actions=kept))))


def _bare(action: ActionType) -> ActionType:
    return replace(action, principals=(), resources=(), context=RecordType({}))


def approver_types(schema: Schema) -> tuple[str, ...]:
    """Every entity type that is the principal of some action: who may be asked to approve."""
    return tuple(dict.fromkeys(name for action in schema.actions.values() for name in action.principals))


@lru_cache(maxsize=256)
def approval_schema(text: str, actions: frozenset[tuple[str, str]], requester: str) -> tuple[Schema, SchemaHandle]:
    """The schema in which a ``where`` is judged for held requests of ``actions`` by principals of type ``requester``.

    The principal is the approver (any approver type); ``context`` gains ``requester``. Other actions apply to nothing.
    """
    schema = read_schema(text)
    approvers = approver_types(schema)
    changed: dict[tuple[str, str], ActionType] = {}
    for uid, action in schema.actions.items():
        if uid in actions and requester in action.principals:
            fields = {**action.context.attributes, "requester": Attribute(EntityRef(requester))}
            changed[uid] = replace(action, principals=approvers, context=RecordType(fields))
        else:
            changed[uid] = _bare(action)
    derived = replace(schema, actions=changed, text="")
    return derived, parse_schema_json(json.dumps(schema_json(derived)))
