"""Carries requests and entities (Cedar's JSON forms) over to a new schema: renamed types, actions and attributes.

Values only in, values only out; what does not fit the old schema is left as it is, for the validators to tell.
Imports the counterparts of two schemas.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.language.ast import EntityLit
from workbench.language.counterparts import Pair, SchemaPair
from workbench.language.diagnostics import DiagnosticsError
from workbench.language.parser import parse_expression
from workbench.language.render import render_entity
from workbench.language.schema import EntityRef, RecordType, SetType


def migrate_case(case: Mapping[str, Any], schemas: SchemaPair) -> dict[str, Any]:
    """A test case with its request and entities in the new schema's names."""
    moved = dict(case)
    if isinstance(case.get("request"), Mapping):
        moved["request"] = migrate_request(case["request"], schemas)
    if isinstance(case.get("entities"), list | tuple):
        moved["entities"] = migrate_entities(case["entities"], schemas)
    return moved


def migrate_request(request: Mapping[str, Any], schemas: SchemaPair) -> dict[str, Any]:
    """``{"principal", "action", "resource", "context"?}`` in the new schema's names."""
    moved = dict(request)
    for role in ("principal", "action", "resource"):
        if role in request:
            moved[role] = _uid(request[role], schemas)
    literal = _literal(request.get("action"))
    action = None if literal is None else schemas.old.actions.get((literal.type, literal.id))
    pair = None if action is None else schemas.context(action)
    if pair is not None and "context" in request:
        moved["context"] = _value(request["context"], pair, schemas)
    return moved


def migrate_entities(entities: Iterable[Any], schemas: SchemaPair) -> list[Any]:
    """Entities in the new schema's names: uids, parents, attributes and tags."""
    return [_entity(entity, schemas) if isinstance(entity, Mapping) else entity for entity in entities]


def _entity(entity: Mapping[str, Any], schemas: SchemaPair) -> dict[str, Any]:
    moved = dict(entity)
    uid = entity.get("uid")
    if uid is not None:
        moved["uid"] = _uid(uid, schemas)
    if isinstance(entity.get("parents"), list):
        moved["parents"] = [_uid(parent, schemas) for parent in entity["parents"]]
    literal = _literal(uid)
    if literal is None:
        return moved
    if "attrs" in entity:
        moved["attrs"] = _record(entity["attrs"], schemas.entity(literal.type), schemas)
    tags = schemas.tags(literal.type)
    if tags is not None and isinstance(entity.get("tags"), Mapping):
        moved["tags"] = {name: _value(value, tags, schemas) for name, value in entity["tags"].items()}
    return moved


def _value(value: Any, pair: Pair, schemas: SchemaPair) -> Any:
    match pair[0], pair[1]:
        case EntityRef(), EntityRef():
            return _uid(value, schemas) if isinstance(value, Mapping) else value
        case SetType(element=before), SetType(element=after) if isinstance(value, list | tuple):
            return [_value(item, (before, after), schemas) for item in value]
        case RecordType(), RecordType():
            return _record(value, pair, schemas)
    return value


def _record(value: Any, pair: Pair, schemas: SchemaPair) -> Any:
    if not isinstance(value, Mapping):
        return value
    known = {name: (now, (before.type, after.type)) for name, before, now, after in schemas.attributes(pair)}
    moved = {}
    for name, item in value.items():
        now, types = known.get(name, (name, None))
        moved[now] = item if types is None else _value(item, types, schemas)
    return moved


def _uid(form: Any, schemas: SchemaPair) -> Any:
    """A uid in any of its forms (``'Type::"id"'``, ``{"type", "id"}``, ``{"__entity": …}``), form kept."""
    if isinstance(form, Mapping) and "__entity" in form:
        return {**form, "__entity": _uid(form["__entity"], schemas)}
    literal = _literal(form)
    if literal is None:
        return form
    kind, id = schemas.renames.action((literal.type, literal.id))
    moved = EntityLit(schemas.renames.type_name(kind), id)
    if moved == literal:
        return form
    return render_entity(moved) if isinstance(form, str) else {**form, "type": moved.type, "id": moved.id}


def _literal(form: Any) -> EntityLit | None:
    if isinstance(form, Mapping):
        if "__entity" in form:
            return _literal(form["__entity"])
        kind, id = form.get("type"), form.get("id")
        return EntityLit(kind, id) if isinstance(kind, str) and isinstance(id, str) else None
    if not isinstance(form, str):
        return None
    try:
        parsed = parse_expression(form)
    except DiagnosticsError:
        return None
    return parsed if isinstance(parsed, EntityLit) else None
