"""Which attributes a caller may not say: those that the schema gives another ``@source``, wherever they are nested.

Pure; imports the schema's types. Made once for a schema, because every request is asked about: what holds no such
attribute costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from workbench.language.schema import Attribute, RecordType, Schema, SetType, Type


class Sourced(NamedTuple):
    """One attribute that is not the caller's, or holds some that are not: then ``source`` is empty."""

    name: str
    source: str
    inner: tuple[Sourced, ...]


class SourcedOf(NamedTuple):
    """Of an entity type: in its attributes, and in each of its tags."""

    attributes: tuple[Sourced, ...]
    tags: tuple[Sourced, ...]


def sourced_entities(schema: Schema) -> dict[str, SourcedOf]:
    """The entity types that have any."""
    found = {
        name: SourcedOf(sourced(declared.attributes), () if declared.tags is None else _within(declared.tags))
        for name, declared in schema.entity_types.items()
    }
    return {name: each for name, each in found.items() if each.attributes or each.tags}


def sourced_contexts(schema: Schema) -> dict[tuple[str, str], tuple[Sourced, ...]]:
    """The actions in whose context there are any."""
    found = {uid: sourced(action.context.attributes) for uid, action in schema.actions.items()}
    return {uid: each for uid, each in found.items() if each}


def sourced(attributes: Mapping[str, Attribute]) -> tuple[Sourced, ...]:
    """Those of a record, as deep as the schema goes, which ends (CP003)."""
    found = [
        Sourced(name, "", _within(attribute.type))
        if attribute.source == "caller"
        else Sourced(name, attribute.source, ())
        for name, attribute in attributes.items()
    ]
    return tuple(each for each in found if each.source or each.inner)


def _within(type_: Type) -> tuple[Sourced, ...]:
    while isinstance(type_, SetType):
        type_ = type_.element
    return sourced(type_.attributes) if isinstance(type_, RecordType) else ()


def claimed(among: tuple[Sourced, ...], sent: Any, path: str) -> tuple[str, str] | None:
    """The first such attribute that ``sent`` says something of, as ``(path, source)``.

    ``sent``: a record, or a list with records in it, however deep; what is neither says nothing, and the engine
    refuses it where a record belongs.
    """
    if isinstance(sent, Mapping):
        for name, source, inner in among:
            if name not in sent:
                continue
            here = f"{path}.{name}"
            found = (here, source) if source else claimed(inner, sent[name], here)
            if found is not None:
                return found
    elif isinstance(sent, list | tuple):
        for item in sent:
            found = claimed(among, item, path)
            if found is not None:
                return found
    return None
