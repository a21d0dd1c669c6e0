"""Two schemas over one world: requests and data of which each side takes what it knows. Pure.

For differences across a change of schema. Where both declare an attribute alike, it is one; where only one side does,
the other side's request lacks it, and so with memberships. What is required on one side is there. Where they declare an
attribute with different types, list other ids for a type, or differ in how a membership can come about, a comparison
can pass over that only as long as no rule depends on it; else it is not supported. (Ids of principals and resources are
another matter: who is not listed is denied.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from workbench.analysis.defaults import plain_value
from workbench.analysis.encode import Encoder
from workbench.analysis.facts import Facts
from workbench.analysis.model import Case
from workbench.analysis.results import RequestEnvironment
from workbench.analysis.terms import Term
from workbench.analysis.values import Unsupported, path_to
from workbench.engine.values import EntityUid, to_json
from workbench.language.quotation import quoted
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
    certain on the other; of entities they are taken for there, of a context for what one side denies the lack of.
    ``certain``: what one side requires is in all data, whether a rule asks for its presence or not."""

    clashes: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    certain: bool = False


@dataclass
class Merged:
    """``schema`` is what both take. What is known of entities and of the context is kept apart: a type may be called
    ``context``. ``listed``: types of which the two list different ids. ``otherwise``: memberships (type in type) that
    can come about through one that only one side knows."""

    schema: Schema
    entities: Paths = field(default_factory=lambda: Paths(certain=True))
    context: Paths = field(default_factory=Paths)
    listed: set[str] = field(default_factory=set)
    otherwise: set[tuple[str, str]] = field(default_factory=set)


def merge(before: Schema, after: Schema, environment: RequestEnvironment) -> Merged:
    """The schema of the requests of one environment that some side has."""
    merged = Merged(before)
    kinds = {}
    for name, old in before.entity_types.items():
        new = after.entity_types.get(name)
        kinds[name] = old if new is None else _entity(merged.entities, old, new)
        if new is not None and set(old.enum or ()) != set(new.enum or ()):
            merged.listed.add(name)
    kinds |= {name: new for name, new in after.entity_types.items() if name not in kinds}
    sides = [schema.actions[environment.action] for schema in (before, after) if environment.action in schema.actions]
    context = sides[0].context.attributes
    if len(sides) == 2:
        context = _record(merged.context, "context", context, sides[1].context.attributes)
    action = replace(sides[0], context=RecordType(context))
    merged.schema = Schema(kinds, {**after.actions, **before.actions, environment.action: action})
    apart = {*before.actions} ^ {*after.actions}
    merged.listed.update(kind for kind, _ in apart)
    merged.otherwise = set(_other_ways(before, after, merged.schema))
    return merged


def _other_ways(before: Schema, after: Schema, both: Schema) -> Iterator[tuple[str, str]]:
    """Memberships that both sides know, and that hang on a direct one that only one of them knows."""
    sides = [
        {(name, parent) for name, kind in schema.entity_types.items() for parent in kind.parents}
        for schema in (before, after)
    ]
    for child, parent in sides[0] ^ sides[1]:
        for kind in both.entity_types:
            if kind == child or child in both.entity_ancestors(kind):
                above = {parent, *both.entity_ancestors(parent)}
                known = before.entity_ancestors(kind) & after.entity_ancestors(kind)
                yield from ((kind, group) for group in above & known)


def _entity(paths: Paths, old: EntityType, new: EntityType) -> EntityType:
    enum = None
    if old.enum is not None and new.enum is not None:  # those that fit both first: they are taken where any will do
        shared = [id for id in old.enum if id in new.enum]
        enum = tuple(dict.fromkeys([*shared, *old.enum, *new.enum]))
    tags = old.tags or new.tags
    if old.tags is not None and new.tags is not None and old.tags != new.tags:
        paths.clashes.add(f"{old.name}#")
        tags = None
    return EntityType(
        old.name,
        tuple(dict.fromkeys((*old.parents, *new.parents))),
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
            either = one.required or two.required
            found[name] = Attribute(type_, either if paths.certain else one.required and two.required)
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
        if term.args and name in self._merged.entities.present:
            yield term  # who is asked about is known to both sides as it is
        refuse(self._merged, term)


def refuse(merged: Merged, term: Term) -> None:
    """Raises :class:`Unsupported` where the two schemas understand an unknown otherwise."""
    if term.op != "app":
        return
    name = str(term.data)
    for clash in merged.entities.clashes if term.args else merged.context.clashes:
        if name == clash or name.startswith((f"{clash}.", f"{clash}:", f"{clash}?")):
            raise Unsupported(f"{quoted(clash)} has different types before and after")
    if name == "in":
        kind, group = (arg.sort[2:] for arg in term.args)
        if (kind, group) in merged.otherwise:
            raise Unsupported(f"a {quoted(kind)} can be in a {quoted(group)} in other ways before and after")
    kind = term.sort.rpartition("E:")[2] if "E:" in term.sort else ""
    if kind in merged.listed and (term.args or name not in ("principal", "resource")):
        raise Unsupported(f"other ids of {quoted(kind)} are listed before and after")


Path: TypeAlias = tuple[str, ...]


def demanded(mine: Mapping[str, Attribute], other: Mapping[str, Attribute], at: Path = ()) -> Iterator[Path]:
    """The fields of a context that one side requires and the other, which knows them, does not."""
    for name, attribute in mine.items():
        known = other.get(name)
        if known is not None:
            if attribute.required and not known.required:
                yield (*at, name)
            if isinstance(attribute.type, RecordType) and isinstance(known.type, RecordType):
                yield from demanded(attribute.type.attributes, known.type.attributes, (*at, name))


def certain(path: Path, attributes: Mapping[str, Attribute]) -> bool:
    """Whether the field is there in every context of these attributes."""
    for name in path:
        attribute = attributes.get(name)
        if attribute is None or not attribute.required:
            return False
        attributes = attribute.type.attributes if isinstance(attribute.type, RecordType) else {}
    return True


def there(context: Mapping[str, Any], path: Path) -> bool:
    """Whether the field is there, or what it would be in is not."""
    held: Any = context
    for name in path[:-1]:
        if name not in held:
            return True
        held = held[name]
    return path[-1] in held


def projected(case: Case, schema: Schema) -> Case:
    """The case as one side takes it: without what its schema does not declare, and with a plain value for a clash."""
    action = next(each for each in schema.actions.values() if _named(each.uid) == case.request["action"])
    rows = []
    for row in case.entities:
        kind = row["uid"]["type"]
        if _listed(row["uid"], schema):
            declared = schema.entity_types[kind]
            mine = {**row, "attrs": _fitted(row["attrs"], declared.attributes, schema)}
            if declared.tags is None:
                mine.pop("tags", None)
            above = schema.entity_ancestors(kind)
            mine["parents"] = [each for each in row["parents"] if each["type"] in above and _listed(each, schema)]
            rows.append(mine)
    context = _fitted(case.request["context"], action.context.attributes, schema)
    return Case({**case.request, "context": context}, tuple(rows))


def _listed(uid: Mapping[str, str], schema: Schema) -> bool:
    """Whether the schema takes an entity of this uid."""
    declared = schema.entity_types.get(uid["type"])
    return declared is not None and (declared.enum is None or uid["id"] in declared.enum)


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
