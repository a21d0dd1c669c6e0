"""A concrete request with what is known, as a starting point of changes: the entities that matter, and edits of them.

Pure. Only what a question asks about is kept of a large directory: the principal and the resource, what they lead to
through the attributes and memberships that are asked about, and some others that could stand in their place.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from workbench.analysis.model import Case
from workbench.engine.entities import Entities, entity_json
from workbench.engine.entity import Entity
from workbench.engine.request import Request
from workbench.engine.values import EntityUid, Record, SetValue, Value, to_json

OTHERS = 12
"""How many entities of a type, that nothing given leads to, are tried in the place of one that is referred to."""


@dataclass(frozen=True, slots=True)
class FieldPlace:
    """A field of the context (``owner`` is ``None``) or of an entity; a nested one has several steps."""

    owner: EntityUid | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagPlace:
    owner: EntityUid
    name: str


@dataclass(frozen=True, slots=True)
class ParentPlace:
    """Whether ``child`` is directly in ``parent``."""

    child: EntityUid
    parent: EntityUid


@dataclass(frozen=True, slots=True)
class EntityPlace:
    """Whether the entity is known, and then all its data."""

    uid: EntityUid


Place: TypeAlias = FieldPlace | TagPlace | ParentPlace | EntityPlace


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question looks at: attributes by ``(type, name)``; types whose members, and whose data, it asks for."""

    attributes: frozenset[tuple[str, str]]
    members: frozenset[str]
    types: frozenset[str]
    literals: tuple[EntityUid, ...]


class Given:
    """The request, and the entities that matter; ``known`` in a stable order, those that do not exist included.

    ``names``: how an entity is reached (``principal``, ``resource.owner``). ``cut``: whether some that could have stood
    in another's place were left out.
    """

    def __init__(self, request: Request, context: Record, entities: Entities, asked: Asked) -> None:
        self.request = request
        self.context = context
        self._entities = entities
        self._asked = asked
        self.cut = False
        self.names: dict[EntityUid, str] = {}
        self.known: dict[EntityUid, Entity | None] = {}
        self._reach(request.principal, "principal")
        self._reach(request.resource, "resource")
        for name, value in context.items():
            for path, uid in _references(value, f"context.{name}"):
                self._reach(uid, path)
        for uid in asked.literals:
            self._reach(uid, str(uid))
        self._add_others()

    def _reach(self, start: EntityUid, name: str) -> None:
        pending = [(start, name)]
        while pending:
            uid, path = pending.pop(0)
            if uid in self.known:
                continue
            entity = self.known[uid] = self._entities.find(uid)
            self.names[uid] = path
            if entity is None:
                continue
            for attribute, value in entity.attrs.items():
                if (uid.type, attribute) in self._asked.attributes:
                    pending += [(found, inner) for inner, found in _references(value, f"{path}.{attribute}")]
            for value in entity.tags.values():
                pending += [(found, str(found)) for _, found in _references(value, "")]
            if uid.type in self._asked.members:
                pending += [(parent, str(parent)) for parent in entity.parents]

    def _add_others(self) -> None:
        """Some that could take a place; and those through which one gets into a group that is asked about."""
        count = dict.fromkeys(self._asked.types, 0)
        groups = set(self._asked.literals)
        for entity in sorted(self._entities, key=lambda each: each.uid):
            uid = entity.uid
            if uid in self.known or not (uid.type in count or groups & entity.ancestors):
                continue
            if count.get(uid.type, 0) >= OTHERS:
                self.cut = True
                continue
            count[uid.type] = count.get(uid.type, 0) + 1
            self._reach(uid, str(uid))

    def add_unknown(self, uid: EntityUid) -> None:
        """An entity of which nothing is known, to be used where a new one is needed."""
        self.known.setdefault(uid, None)
        self.names.setdefault(uid, str(uid))

    def is_free(self, uid: EntityUid) -> bool:
        """Whether no entity that is given, or spoken of, has this uid."""
        return uid not in self.known and self._entities.find(uid) is None

    # ---- as a case, and edited -------------------------------------------------------------------------------------

    def case(self) -> Case:
        """The request with the entities that matter and exist."""
        rows = [entity_json(entity) for entity in self.known.values() if entity is not None]
        return Case(self._request(to_json(self.context)), tuple(rows))

    def _request(self, context: Any) -> dict[str, Any]:
        of = self.request
        return {
            "principal": str(of.principal),
            "action": str(of.action),
            "resource": str(of.resource),
            "context": context,
        }

    def edited(self, changes: Iterable[tuple[Place, Any]]) -> Case:
        """The case with other values in these places; ``None`` for absent. Entities' data first, then the rest."""
        case = self.case()
        context = copy.deepcopy(case.request["context"])
        rows: dict[EntityUid, Any] = {_uid_of(row): copy.deepcopy(row) for row in case.entities}
        for place, value in sorted(changes, key=lambda change: not isinstance(change[0], EntityPlace)):
            if isinstance(place, EntityPlace):
                rows.pop(place.uid, None)
                if value is not None:
                    rows[place.uid] = copy.deepcopy(value)
            elif isinstance(place, FieldPlace) and place.owner is None:
                _put(context, place.steps, value)
            else:
                owner = place.child if isinstance(place, ParentPlace) else place.owner
                if owner in rows:
                    _edit(rows[owner], place, value)
        return Case(self._request(context), tuple(rows.values()))


def value_at(case: Case, place: Place) -> Any:
    """What stands in a place of a case, in JSON form; ``None`` for absent, ``False`` for no membership."""
    match place:
        case FieldPlace(owner=None, steps=steps):
            return _get(case.request["context"], steps)
    rows = {_uid_of(row): row for row in case.entities}
    match place:
        case FieldPlace(owner=EntityUid() as owner, steps=steps):
            return _get(rows[owner]["attrs"], steps) if owner in rows else None
        case TagPlace(owner=owner, name=name):
            return rows[owner].get("tags", {}).get(name) if owner in rows else None
        case ParentPlace(child=child, parent=parent):
            return child in rows and {"type": parent.type, "id": parent.id} in rows[child]["parents"]
        case EntityPlace(uid=uid):
            return rows.get(uid)
    return None


def _uid_of(row: Mapping[str, Any]) -> EntityUid:
    return EntityUid(row["uid"]["type"], row["uid"]["id"])


def _edit(row: dict[str, Any], place: Place, value: Any) -> None:
    match place:
        case FieldPlace(steps=steps):
            _put(row["attrs"], steps, value)
        case TagPlace(name=name):
            tags = row.setdefault("tags", {})
            _put(tags, (name,), value)
            if not tags:
                del row["tags"]
        case ParentPlace(parent=parent):
            uid = {"type": parent.type, "id": parent.id}
            row["parents"] = [each for each in row["parents"] if each != uid] + ([uid] if value else [])


def _get(record: Mapping[str, Any], steps: tuple[str, ...]) -> Any:
    found: Any = record
    for step in steps:
        if not isinstance(found, Mapping) or step not in found:
            return None
        found = found[step]
    return found


def _put(record: dict[str, Any], steps: tuple[str, ...], value: Any) -> None:
    for step in steps[:-1]:
        if step not in record:
            return
        record = record[step]
    if value is None:
        record.pop(steps[-1], None)
    else:
        record[steps[-1]] = copy.deepcopy(value)


def _references(value: Value, path: str) -> Iterator[tuple[str, EntityUid]]:
    """The entities that a value refers to, with their paths (a set's members have none of their own)."""
    match value:
        case EntityUid():
            yield path, value
        case SetValue():
            for member in sorted((m for m in value.members() if isinstance(m, EntityUid)), key=str):
                yield str(member), member
        case Record():
            for name, inner in value.items():
                yield from _references(inner, f"{path}.{name}")
