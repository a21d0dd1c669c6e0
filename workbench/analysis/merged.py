"""Two schemas over one world: what a request must be to fit both, each side leaving out what it does not know. Pure.

For differences across a change of schema. Where both declare an attribute alike, it is one; where only one side does,
the other side's request lacks it; where they declare it with different types it is a *clash*, which a comparison can
pass over only as long as no rule reads it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workbench.analysis.defaults import plain_value
from workbench.analysis.encode import Encoder
from workbench.analysis.facts import Facts
from workbench.analysis.model import Case
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported, path_to
from workbench.engine.values import EntityUid, to_json
from workbench.language.schema import (
    Attribute,
    EntityRef,
    EntityType,
    RecordType,
    Schema,
    Type,
)


@dataclass
class Paths:
    """Names of unknowns. ``clashes``: attributes of two types. ``present``: presences that are optional on one side and
    certain on the other."""

    clashes: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)


@dataclass
class Merged:
    """``schema`` is what both take. What is known of entities and of the context is kept apart: a type may be called
    ``context``."""

    schema: Schema
    entities: Paths = field(default_factory=Paths)
    context: Paths = field(default_factory=Paths)


def merge(before: Schema, after: Schema, environment: RequestEnvironment) -> Merged:
    """The schema of the requests of one environment that both have."""
    merged = Merged(before)
    kinds = {}
    for name, old in before.entity_types.items():
        new = after.entity_types.get(name)
        kinds[name] = old if new is None else _entity(merged.entities, old, new)
    kinds |= {name: new for name, new in after.entity_types.items() if name not in kinds}
    old_action, new_action = before.actions[environment.action], after.actions[environment.action]
    context = _record(merged.context, "context", old_action.context.attributes, new_action.context.attributes)
    action = replace(old_action, context=RecordType(context))
    merged.schema = Schema(kinds, {**before.actions, environment.action: action})
    return merged


def _entity(paths: Paths, old: EntityType, new: EntityType) -> EntityType:
    enum = old.enum if new.enum is None else new.enum
    if old.enum is not None and new.enum is not None:
        enum = tuple(id for id in old.enum if id in new.enum)
    tags = old.tags or new.tags
    if old.tags is not None and new.tags is not None and old.tags != new.tags:
        paths.clashes.add(f"{old.name}#")
        tags = None
    return EntityType(
        old.name,
        tuple(parent for parent in old.parents if parent in new.parents),
        _record(paths, old.name, old.attributes, new.attributes),
        tags,
        enum,
    )


def _record(
    paths: Paths, path: str, old: Mapping[str, Attribute], new: Mapping[str, Attribute]
) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for name in {**old, **new}:
        one, two = old.get(name), new.get(name)
        if one is None or two is None:
            known = one or two
            assert known is not None
            found[name] = known
            continue
        here = path_to(path, name)
        type_ = _type(paths, here, one.type, two.type)
        if type_ is not None:
            found[name] = Attribute(type_, one.required or two.required)
            if one.required != two.required:
                paths.present.add(f"{here}?")
    return found


def _type(paths: Paths, path: str, one: Type, two: Type) -> Type | None:
    if isinstance(one, RecordType) and isinstance(two, RecordType):
        return RecordType(_record(paths, path, one.attributes, two.attributes))
    if one == two:
        return one
    paths.clashes.add(path)
    return None


class MergedFacts(Facts):
    """The facts of a world that fits both schemas."""

    def __init__(self, encoder: Encoder, merged: Merged) -> None:
        super().__init__(encoder)
        self._merged = merged

    def _about_unknown(self, term: Term) -> Iterator[Term]:
        yield from super()._about_unknown(term)
        name = str(term.data)
        paths = self._merged.entities if term.args else self._merged.context
        if name in paths.present:
            yield term
        for clash in paths.clashes:
            if name == clash or name.startswith((f"{clash}.", f"{clash}:", f"{clash}?")):
                raise Unsupported(f"`{clash}` has different types before and after")
        if name == "in":
            entity, group = term.args
            if group.sort[2:] not in self._encoder.ancestor_types(entity.sort[2:]):
                yield self._terms.not_(term)


def projected(case: Case, schema: Schema) -> Case:
    """The case as one side takes it: without what its schema does not declare, and with a plain value for a clash."""
    action = next(each for each in schema.actions.values() if _named(each.uid) == case.request["action"])
    rows = []
    for row in case.entities:
        declared = schema.entity_types.get(row["uid"]["type"])
        if declared is not None:
            mine = {**row, "attrs": _fitted(row["attrs"], declared.attributes, schema)}
            if declared.tags is None:
                mine.pop("tags", None)
            mine["parents"] = [each for each in row["parents"] if each["type"] in schema.entity_types]
            rows.append(mine)
    context = _fitted(case.request["context"], action.context.attributes, schema)
    return Case({**case.request, "context": context}, tuple(rows))


def _named(uid: tuple[str, str]) -> str:
    return str(EntityUid(*uid))


def _fitted(record: Mapping[str, Any], declared: Mapping[str, Attribute], schema: Schema) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, attribute in declared.items():
        if name in record:
            value = record[name]
            if isinstance(attribute.type, RecordType):
                value = _fitted(value, attribute.type.attributes, schema)
            found[name] = value
        elif attribute.required:
            found[name] = _plain(attribute.type, schema)
    return found


def _plain(type_: Type, schema: Schema) -> Any:
    if isinstance(type_, RecordType):
        return _fitted({}, type_.attributes, schema)
    if isinstance(type_, EntityRef):
        kind = schema.entity_types.get(type_.name)
        return {"__entity": {"type": type_.name, "id": kind.enum[0] if kind is not None and kind.enum else "some"}}
    return to_json(plain_value(type_))
