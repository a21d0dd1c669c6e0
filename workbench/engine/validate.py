"""Validators compiled from a schema: does a request, an entity fit? Pure; may import the engine and language types.

Reading and validating are one pass: a converter returns the runtime value, or raises with the place that is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from typing import Any, TypeAlias

from workbench.engine.conversion import InputError, new_uid, uid_from_json, untyped
from workbench.engine.entity import NO_ANCESTORS, Entity, new_entity
from workbench.engine.request import Request
from workbench.engine.typed import converter, record_converter
from workbench.engine.values import EntityUid, Record, Value
from workbench.language.schema import EntityType, RecordType, Schema


class EntityError(ValueError):
    """An entity that does not fit, or may not be where it is; the message names it and the attribute."""


@dataclass(frozen=True, slots=True)
class ActionCheck:
    """What the schema says of requests for one action. ``context`` raises ``InputError``."""

    principals: frozenset[str]
    resources: frozenset[str]
    context: Callable[[Any], Record]
    listed: bool  # whether some of the types are enumerations, whose ids must be looked up


@dataclass(frozen=True, slots=True)
class EntityCheck:
    """What the schema says of entities of one type. ``tag`` is ``None`` where the type has no tags."""

    attributes: Callable[[Any], Record]
    tag: Callable[[Any], Value] | None
    parents: frozenset[str]
    listed_parents: bool  # whether some of these are enumerations
    enum: frozenset[str] | None


class SchemaRules:
    """Every validator of one schema, compiled once; safe to share between threads."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.actions: Mapping[EntityUid, ActionCheck] = {
            EntityUid(*uid): ActionCheck(
                frozenset(action.principals),
                frozenset(action.resources),
                record_converter(action.context, schema),
                any(_is_listed(schema, name) for name in (*action.principals, *action.resources)),
            )
            for uid, action in schema.actions.items()
        }
        self.ancestors: Mapping[EntityUid, frozenset[EntityUid]] = {
            EntityUid(*uid): frozenset(EntityUid(*group) for group in schema.action_ancestors(uid))
            for uid in schema.actions
        }
        self.entities: Mapping[str, EntityCheck] = {
            name: self._entity_check(declared) for name, declared in schema.entity_types.items()
        }
        self._unlisted = {name: check for name, check in self.entities.items() if check.enum is None}
        self.action_types = frozenset(type_ for type_, _ in schema.actions)
        self.action_entities: dict[EntityUid, Any] | None = None  # filled, once, by the entity store

    def _entity_check(self, declared: EntityType) -> EntityCheck:
        above = self.schema.entity_ancestors(declared.name)
        return EntityCheck(
            record_converter(RecordType(declared.attributes), self.schema),
            None if declared.tags is None else converter(declared.tags, self.schema),
            above,
            any(_is_listed(self.schema, name) for name in above),
            None if declared.enum is None else frozenset(declared.enum),
        )

    # ---- requests ----------------------------------------------------------------------------------------------------

    def context_of(self, request: Request) -> Record:
        """The request's context as a value, once the whole request is found to fit. Raises ``InputError``."""
        check = self.actions.get(request.action)
        if check is None:
            raise InputError(f"the action `{request.action}` is not declared in the schema")
        if request.principal.type not in check.principals:
            raise InputError(self._misfit("principal", request.principal, request.action, check.principals))
        if request.resource.type not in check.resources:
            raise InputError(self._misfit("resource", request.resource, request.action, check.resources))
        if check.listed:
            self._require_listed(request)
        try:
            return check.context(request.context)
        except InputError as error:
            if error.path:
                raise InputError(f"context attribute `{error.place}`: {error.message}") from None
            raise InputError(f"the context: {error.message}") from None
        except RecursionError:
            raise InputError("the context is nested too deeply") from None

    def _require_listed(self, request: Request) -> None:
        for role, uid in (("principal", request.principal), ("resource", request.resource)):
            enum = self.entities[uid.type].enum
            if enum is not None and uid.id not in enum:
                raise InputError(f"the {role} `{uid}` is not one of the ids that `{uid.type}` lists")

    @staticmethod
    def _misfit(role: str, uid: EntityUid, action: EntityUid, allowed: frozenset[str]) -> str:
        if not allowed:
            return f"the action `{action}` is a group; a request must name one of its actions"
        kinds = " or ".join(f"`{name}`" for name in sorted(allowed))
        return f"the action `{action}` applies to a {role} of type {kinds}, not to `{uid}`"

    # ---- entities ----------------------------------------------------------------------------------------------------

    def read_entity(self, row: Any) -> Entity:
        """One entity in Cedar's JSON form, its ancestors not looked up yet. Raises ``EntityError``.

        An action may be given, if it is as the schema has it.
        """
        found = self._plain_row(row)
        if found is None:
            uid, attrs, tags, parents = _row_parts(row)
            check = self.entities.get(uid.type)
            if check is None:
                if uid.type in self.action_types:
                    return self._read_action(uid, attrs, tags, parents)
                raise EntityError(f"entity `{uid}`: the type `{uid.type}` is not declared in the schema")
            if check.enum is not None and uid.id not in check.enum:
                raise EntityError(f"entity `{uid}`: `{uid.type}` lists its ids, and this is not one of them")
            if tags and check.tag is None:
                raise EntityError(f"entity `{uid}`: `{uid.type}` has no tags")
        else:
            uid, attrs, tags, parents, check = found
        for parent in parents:
            if parent[0] not in check.parents:
                raise EntityError(f"entity `{uid}`: `{uid.type}` may not be a member of `{parent}`")
            if check.listed_parents:
                self._check_enum(uid, parent)
        try:
            record = check.attributes(attrs)
            if not tags or check.tag is None:
                return new_entity(Entity, (uid, record, _NO_TAGS, parents, NO_ANCESTORS))
            values = {}
            for name, item in tags.items():
                try:
                    values[name] = check.tag(item)
                except InputError as error:
                    raise error.within(name) from None
        except InputError as error:
            raise EntityError(_attribute_message(uid, error)) from None
        return Entity(uid, record, values, parents, NO_ANCESTORS)

    def _plain_row(self, row: Any) -> _PlainRow | None:
        """The parts of a row in the usual form, at half the cost of the general one; ``None`` for any other form."""
        if type(row) is not dict or "tags" in row:
            return None
        try:
            named, attrs, above = row["uid"], row["attrs"], row["parents"]
            if type(named) is not dict or len(named) != 2 or type(attrs) is not dict or type(above) is not list:
                return None
            type_, id_ = named["type"], named["id"]
            if type(type_) is not str or type(id_) is not str or not id_.isascii():
                return None
            check = self._unlisted[type_]
        except KeyError:
            return None
        if not above:
            return new_uid(EntityUid, (type_, id_)), attrs, _NO_TAGS, _NO_PARENTS, check
        try:
            parents = (uid_from_json(above[0]),) if len(above) == 1 else tuple([uid_from_json(uid) for uid in above])
        except InputError:
            return None
        return new_uid(EntityUid, (type_, id_)), attrs, _NO_TAGS, parents, check

    def _check_enum(self, uid: EntityUid, parent: EntityUid) -> None:
        check = self.entities.get(parent.type)
        if check is not None and check.enum is not None and parent.id not in check.enum:
            raise EntityError(f"entity `{uid}`: the parent `{parent}` is not one of the ids that its type lists")

    def _read_action(
        self, uid: EntityUid, attrs: Any, tags: Mapping[str, Any], parents: tuple[EntityUid, ...]
    ) -> Entity:
        """An action entity may only repeat what the schema says."""
        known = self.ancestors.get(uid)
        if known is None:
            raise EntityError(f"entity `{uid}`: the action is not declared in the schema")
        reached = set(parents)
        for parent in parents:
            reached |= self.ancestors.get(parent, frozenset())
        if attrs or tags or reached != known:
            raise EntityError(f"entity `{uid}`: the schema defines the action differently")
        return Entity(uid, Record(), {}, parents, NO_ANCESTORS)


def read_untyped_entity(row: Any) -> Entity:
    """The same without a schema. Raises ``EntityError``."""
    uid, attrs, tags, parents = _row_parts(row)
    try:
        record = _values(attrs)
        values = _values(tags)
    except InputError as error:
        raise EntityError(_attribute_message(uid, error)) from None
    return Entity(uid, record, values, parents, NO_ANCESTORS)


def _values(data: Mapping[str, Any]) -> Record:
    out = Record()
    for name, item in data.items():
        if type(name) is not str:
            raise InputError("an attribute name is not a string")
        try:
            out[name] = untyped(item)
        except InputError as error:
            raise error.within(str(name)) from None
    return out


def _attribute_message(uid: EntityUid, error: InputError) -> str:
    where = f" attribute `{error.place}`:" if error.path else ""
    return f"entity `{uid}`:{where} {error.message}"


_PlainRow: TypeAlias = tuple[EntityUid, Mapping[str, Any], Mapping[str, Any], tuple[EntityUid, ...], EntityCheck]
_NO_TAGS: Mapping[str, Any] = {}
_NO_PARENTS: tuple[EntityUid, ...] = ()


RowParts: TypeAlias = tuple[EntityUid, Mapping[str, Any], Mapping[str, Any], tuple[EntityUid, ...]]


def _row_parts(row: Any) -> RowParts:
    if type(row) is not dict and not isinstance(row, Mapping):
        raise EntityError("an entity must be an object with `uid`, `attrs` and `parents`")
    try:
        uid = uid_from_json(row.get("uid"))
    except InputError as error:
        raise EntityError(f"in the `uid` of an entity: {error.message}") from None
    attrs, tags, parents = row.get("attrs"), row.get("tags", _NO_TAGS), row.get("parents")
    if not (
        (type(attrs) is dict or isinstance(attrs, Mapping))
        and (type(tags) is dict or isinstance(tags, Mapping))
        and isinstance(parents, list | tuple)
    ):
        raise EntityError(f"entity `{uid}`: `attrs` must be an object, `parents` a list, `tags` (if any) an object")
    for name in tags:
        if type(name) is not str:
            raise EntityError(f"entity `{uid}`: a tag's name is not a string")
    if not parents:
        return uid, attrs, tags, _NO_PARENTS
    try:
        return uid, attrs, tags, tuple([uid_from_json(parent) for parent in parents])
    except InputError as error:
        raise EntityError(f"entity `{uid}`: in `parents`: {error.message}") from None


def _is_listed(schema: Schema, name: str) -> bool:
    declared = schema.entity_types.get(name)
    return declared is not None and declared.enum is not None


_compiled: dict[int, SchemaRules] = {}
_compiled_lock = Lock()
_COMPILED_MAX = 64


def rules_of(schema: Schema) -> SchemaRules:
    """The compiled validators of ``schema``, remembered per schema object (the last 64). Thread-safe."""
    with _compiled_lock:
        found = _compiled.get(id(schema))  # the entry holds the schema, so its id cannot be reused meanwhile
        if found is None:
            if len(_compiled) >= _COMPILED_MAX:
                del _compiled[next(iter(_compiled))]
            found = _compiled[id(schema)] = SchemaRules(schema)
        return found


@lru_cache(maxsize=16)
def _schema_from_text(text: str) -> Schema:
    from workbench.language.schema_reader import read_schema  # loads cedarpy, which a read schema does not need

    return read_schema(text)


def rules_for(schema: Schema | str | None) -> SchemaRules | None:
    """The compiled validators of a schema or its text. Raises ``DiagnosticsError`` for a text that is not clean."""
    if schema is None:
        return None
    return rules_of(_schema_from_text(schema) if isinstance(schema, str) else schema)
