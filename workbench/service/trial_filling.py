"""Filling a form in: one field after the other, or everything at its least. Pure.

Imports the form, the values, the language; no database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workbench.authoring.vocabulary import plain
from workbench.engine.request import as_uid
from workbench.language.schema import Attribute, EntityRef, ExtensionType, PrimitiveType, RecordType, Schema, SetType
from workbench.language.schema_annotations import split_phrases
from workbench.service.errors import WorkbenchError
from workbench.service.trial_form import (
    Entity,
    Field,
    Trial,
    action_of,
    entity_of,
    fields_of,
    is_entity,
    spoken,
    values_of,
    with_entity,
)
from workbench.service.trial_values import NOT_GIVEN, typed, uid_typed, written_uid

_LEAST = {
    "decimal": {"fn": "decimal", "arg": "0.0"},
    "ipaddr": {"fn": "ip", "arg": "127.0.0.1"},
    "datetime": {"fn": "datetime", "arg": "2026-01-01"},
    "duration": {"fn": "duration", "arg": "0s"},
}


def with_field(schema: Schema, trial: Trial, key: str, text: str, known: Sequence[Entity] = ()) -> Trial:
    """The trial with one field filled in as ``text`` says.

    Another principal or resource that is ``known`` brings its own facts; another action keeps what it takes as well.
    Raises :class:`WorkbenchError`: ``bad_value``, ``no_field``, ``no_action``.
    """
    if key == "action":
        return _with_action(schema, trial, text, known)
    action = action_of(schema, trial)
    if key in ("principal", "resource"):
        types = action.principals if key == "principal" else action.resources
        if not text.strip():
            raise WorkbenchError("that does not fit", f"the {key} is not named", f"{' or '.join(types)}", "bad_value")
        uid = uid_typed(text, types, schema, key)
        moved = replace(trial, principal=uid) if key == "principal" else replace(trial, resource=uid)
        return _settled(moved, trial, key, known)
    root, _, rest = key.partition(".")
    steps = tuple(rest.split(".")) if rest else ()
    if root == "context" and steps:
        attribute = _declared(action.context.attributes, steps, key)
        value = typed(text, attribute.type, schema, plain(steps[-1]))
        return replace(trial, context=_set(trial.context, steps, _or_absent(value, text, attribute)))
    if root in ("principal", "resource") and steps:
        uid = trial.principal if root == "principal" else trial.resource
        declared = schema.entity_types[as_uid(uid, root).type]
        entity = dict(entity_of(trial, uid))
        if steps == ("in",) and declared.parents and "in" not in declared.attributes:
            entity["parents"] = _parents(schema, declared.parents, text)
        else:
            attribute = _declared(declared.attributes, steps, key)
            value = typed(text, attribute.type, schema, plain(steps[-1]))
            entity["attrs"] = _set(entity.get("attrs", {}), steps, _or_absent(value, text, attribute))
        return with_entity(trial, entity)
    raise _no_field(key, fields_of(schema, trial))


def _no_field(key: str, fields: Sequence[Field]) -> WorkbenchError:
    hint = "fields: " + ", ".join(field.key for field in fields)
    return WorkbenchError("no such field", f"this request has no `{key}`", hint, "no_field")


def _declared(attributes: Mapping[str, Attribute], steps: Sequence[str], key: str) -> Attribute:
    attribute = attributes.get(steps[0])
    if attribute is not None and len(steps) > 1 and isinstance(attribute.type, RecordType):
        return _declared(attribute.type.attributes, steps[1:], key)
    if attribute is None or len(steps) > 1:
        hint = "it has " + (", ".join(attributes) or "none")
        raise WorkbenchError("no such field", f"this request has no `{key}`", hint, "no_field")
    return attribute


def _or_absent(value: Any, text: str, attribute: Attribute) -> Any:
    """An empty field of an optional set is not given either."""
    return NOT_GIVEN if not text.strip() and not attribute.required else value


def _set(record: Mapping[str, Any], steps: Sequence[str], value: Any) -> dict[str, Any]:
    made = dict(record)
    if len(steps) > 1:
        inner = made.get(steps[0])
        made[steps[0]] = _set(inner if isinstance(inner, Mapping) else {}, steps[1:], value)
    elif value is NOT_GIVEN:
        made.pop(steps[0], None)
    else:
        made[steps[0]] = value
    return made


def _parents(schema: Schema, types: Sequence[str], text: str) -> list[dict[str, str]]:
    found = typed(text, SetType(EntityRef(types[0])), schema, "belongs to") if len(types) == 1 else [
        typed(part, EntityRef(types[0]), schema, "belongs to") for part in text.split(",") if part.strip()
    ]  # fmt: skip
    return [dict(item["__entity"]) for item in found]


def _settled(trial: Trial, before: Trial, key: str, known: Sequence[Entity]) -> Trial:
    """The newly named entity with its own facts where it is known, else with those that stood in the form."""
    uid = as_uid(trial.principal if key == "principal" else trial.resource)
    said = next((e for e in (*trial.entities, *known) if is_entity(e, uid.type, uid.id)), None)
    if said is None:
        was = as_uid(before.principal if key == "principal" else before.resource)
        copied = entity_of(before, written_uid(was.type, was.id)) if was.type == uid.type else {}
        said = {
            "uid": {"type": uid.type, "id": uid.id},
            "attrs": dict(copied.get("attrs", {})),
            "parents": list(copied.get("parents", ())),
        }
    return with_entity(trial, said)


def _with_action(schema: Schema, trial: Trial, text: str, known: Sequence[Entity]) -> Trial:
    said = " ".join(text.split()).casefold()
    wanted = ""
    for action in schema.actions.values():
        phrases = {spoken(p).casefold() for p in split_phrases(action.annotations.get("phrase", ""))}
        if action.principals and said in {written_uid(*action.uid).casefold(), action.id.casefold(), *phrases}:
            wanted = written_uid(*action.uid)
            break
    if not wanted:
        raise WorkbenchError("no such action", f"the schema has no action `{text}` to ask for", "", "no_action")
    moved = replace(trial, action=wanted)
    action = action_of(schema, moved)
    context = {name: value for name, value in trial.context.items() if name in action.context.attributes}
    moved = replace(moved, context=context)
    for key, types in (("principal", action.principals), ("resource", action.resources)):
        uid = as_uid(moved.principal if key == "principal" else moved.resource)
        if uid.type not in types:
            named = next((e["uid"]["id"] for e in known if e.get("uid", {}).get("type") in types[:1]), "example")
            fresh = written_uid(types[0], str(named))
            before = moved
            moved = replace(moved, principal=fresh) if key == "principal" else replace(moved, resource=fresh)
            moved = _settled(moved, before, key, known)
    return moved


def blank(schema: Schema, known: Sequence[Entity] = ()) -> Trial:
    """A request to begin from: the first action, entities that are known, and of every required fact the least.

    Raises :class:`WorkbenchError` (``no_action``) for a schema with none.
    """
    action = next((a for a in schema.actions.values() if a.principals and a.resources), None)
    if action is None:
        raise WorkbenchError("nothing to try", "the schema has no action", "write one into the schema", "no_action")
    uids = []
    for types in (action.principals, action.resources):
        named = next((e["uid"] for e in known if e.get("uid", {}).get("type") in types), None)
        uids.append(written_uid(named["type"], named["id"]) if named else written_uid(types[0], "example"))
    trial = Trial(uids[0], written_uid(*action.uid), uids[1], {}, origin="an empty form")
    for uid in uids:
        said = next((e for e in known if is_entity(e, as_uid(uid).type, as_uid(uid).id)), None)
        if said is None:
            attributes = schema.entity_types[as_uid(uid).type].attributes
            said = {**entity_of(trial, uid), "attrs": _least(attributes, known)}
        trial = with_entity(trial, said)
    return replace(trial, context=_least(action.context.attributes, known))


def _least(attributes: Mapping[str, Attribute], known: Sequence[Entity]) -> dict[str, Any]:
    """The least that fits of every required attribute: no, nought, nothing, the first of its values."""
    found: dict[str, Any] = {}
    for name, attribute in attributes.items():
        values = values_of(attribute)
        match attribute.type if attribute.required else None:
            case PrimitiveType(name="Bool"):
                found[name] = False
            case PrimitiveType(name="Long"):
                found[name] = 0
            case PrimitiveType():
                found[name] = values[0].value if values else "example"
            case SetType():
                found[name] = []
            case RecordType(attributes=inner):
                found[name] = _least(inner, known)
            case EntityRef(name=of):
                uid = next((e["uid"] for e in known if e.get("uid", {}).get("type") == of), None)
                found[name] = {"__entity": dict(uid) if uid else {"type": of, "id": "example"}}
            case ExtensionType(name=of):
                found[name] = {"__extn": dict(_LEAST[of])}
    return found
