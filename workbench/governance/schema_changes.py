"""What changed between two schemas, part by part, and which class of amendment each part makes.

Imports the language's schema types. Words (``@phrase``, ``@values``) and extensions that leave everything there as it
was are major; ``@doc`` is minor; everything else, ``@source`` first of all, is sensitive. What this module does not
know of is compared whole, and so sensitive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from workbench.governance.findings import Finding
from workbench.language.schema import ActionType, Attribute, EntityType, RecordType, Schema, SetType, Type

_WORDS = frozenset({"phrase", "values"})
D = TypeVar("D", EntityType, ActionType)


def schema_changes(old: Schema, new: Schema) -> Iterator[Finding]:
    """Every difference in meaning; none for schemas that differ in layout, order or comments alone."""
    entities = {f"type `{name}`": entity for name, entity in old.entity_types.items()}
    new_entities = {f"type `{name}`": entity for name, entity in new.entity_types.items()}
    yield from _declarations(entities, new_entities)
    actions = {f'action `{kind}::"{name}"`': action for (kind, name), action in old.actions.items()}
    new_actions = {f'action `{kind}::"{name}"`': action for (kind, name), action in new.actions.items()}
    yield from _declarations(actions, new_actions)
    if replace(old, entity_types={}, actions={}) != replace(new, entity_types={}, actions={}):
        yield Finding("sensitive", "the schema itself is changed")


def _declarations(old: Mapping[str, D], new: Mapping[str, D]) -> Iterator[Finding]:
    for name in old.keys() - new.keys():
        yield Finding("sensitive", f"the {name} is removed from the schema")
    for name in new.keys() - old.keys():
        yield Finding("major", f"the {name} is added to the schema")
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        if before != after:
            yield from _annotations(name, before.annotations, after.annotations)
            yield from _attributes(name, _record(before), _record(after))
            if _rest(before) != _rest(after):
                yield Finding("sensitive", f"the {name} is declared differently")


def _record(declaration: EntityType | ActionType) -> Mapping[str, Attribute]:
    return declaration.attributes if isinstance(declaration, EntityType) else declaration.context.attributes


def _rest(declaration: EntityType | ActionType) -> EntityType | ActionType:
    """The declaration without the parts that are compared one by one."""
    if isinstance(declaration, EntityType):
        return replace(declaration, attributes={}, annotations={})
    return replace(declaration, context=replace(declaration.context, attributes={}), annotations={})


def _attributes(where: str, old: Mapping[str, Attribute], new: Mapping[str, Attribute]) -> Iterator[Finding]:
    for name in old.keys() - new.keys():
        yield Finding("sensitive", f"the attribute `{name}` of the {where} is removed")
    for name in new.keys() - old.keys():
        if new[name].required:
            yield Finding("sensitive", f"the {where} gets the required attribute `{name}`")
        else:
            yield Finding("major", f"the {where} gets the optional attribute `{name}`")
    for name in old.keys() & new.keys():
        place = f"attribute `{name}` of the {where}"
        before, after = old[name], new[name]
        yield from _annotations(place, before.annotations, after.annotations)
        yield from _types(place, before.type, after.type)
        if replace(before, type=after.type, annotations={}) != replace(after, annotations={}):
            yield Finding("sensitive", f"the {place} is declared differently")


def _types(where: str, old: Type, new: Type) -> Iterator[Finding]:
    match old, new:
        case RecordType(), RecordType():
            yield from _attributes(where, old.attributes, new.attributes)
            if replace(old, attributes={}) != replace(new, attributes={}):
                yield Finding("sensitive", f"the {where} has another type")
        case SetType(), SetType():
            yield from _types(where, old.element, new.element)
        case _:
            if old != new:
                yield Finding("sensitive", f"the {where} has another type")


def _annotations(where: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) == new.get(name):
            continue
        if name == "doc":
            yield Finding("minor", f"`@doc` of the {where} is changed")
        elif name in _WORDS:
            yield Finding("major", f"`@{name}` of the {where} is changed: sentences may compile to other rules")
        else:
            yield Finding("sensitive", f"`@{name}` of the {where} is changed")
