"""What is known of principals and resources: a parsed, immutable store. Pure; may import the engine and language types.

The hierarchy is closed transitively when a store is made, so that ``in`` is one look-up. A store made with a schema
also holds the schema's actions and their groups. :meth:`Entities.with_added` lays a small delta over a large store
without copying it, which is what a gateway does for each request.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from workbench.engine.conversion import InputError, loads, parse_uid
from workbench.engine.entity import Entity, Find, new_entity
from workbench.engine.validate import EntityError, SchemaRules, read_untyped_entity, rules_for
from workbench.engine.values import EntityUid, Record, to_json
from workbench.language.schema import Schema

__all__ = ["Entities", "Entity", "EntityError"]


_EMPTY = Record()
# Memberships, direct and through others, that a store may hold: a long chain has as many as the square of its length.
_MEMBERSHIPS, _MEMBERSHIPS_EACH = 1_000_000, 100
_NO_ENTITIES: dict[EntityUid, Entity] = {}


def _close(rows: dict[EntityUid, Entity], children: list[Entity], find: Find) -> dict[EntityUid, Entity]:
    """The rows, each with its ancestors, through ``rows`` and then ``find``. Raises ``EntityError`` on a cycle.

    ``children``: those of the rows that are in something.
    """
    further: list[Entity] = []
    for row in children:
        uid, attrs, tags, parents, _ = row
        above = rows.get(parents[0])
        if above is not None and len(parents) == 1 and not above[3]:  # in one thing, which is in nothing: no cycle
            rows[uid] = new_entity(Entity, (uid, attrs, tags, parents, frozenset(parents)))
        else:
            further.append(row)
    return _closed(rows, further, find) if further else rows


def _closed(rows: dict[EntityUid, Entity], further: list[Entity], find: Find) -> dict[EntityUid, Entity]:
    """The same for any hierarchy, iteratively; only the rows ``further`` lack their ancestors."""
    done = dict(rows)
    room = _MEMBERSHIPS + _MEMBERSHIPS_EACH * len(rows)
    for row in further:
        del done[row.uid]
    for start in [row.uid for row in further]:
        stack = [start]
        open_: set[EntityUid] = set()
        while stack:
            uid = stack[-1]
            if uid in done:
                stack.pop()
                continue
            _, attrs, tags, parents, _ = rows[uid]
            if uid not in open_:
                open_.add(uid)
                waiting = [parent for parent in parents if parent in rows and parent not in done]
                for parent in waiting:
                    if parent in open_:
                        raise EntityError(f"entity `{uid}`: it is a member of itself, through `{parent}`")
                stack.extend(waiting)
                if waiting:
                    continue
            reached: set[EntityUid] = set(parents)
            for parent in parents:
                known = done.get(parent) or find(parent)
                if known is not None:
                    reached |= known.ancestors
            if uid in reached:
                raise EntityError(f"entity `{uid}`: it is a member of itself")
            room -= len(reached)
            if room < 0:
                raise EntityError(f"entity `{uid}`: the hierarchy is too deep; there are too many memberships in all")
            done[uid] = Entity(uid, attrs, tags, parents, frozenset(reached))
            stack.pop()
    return done


def _read(
    data: Sequence[Any] | str, rules: SchemaRules | None, repeats: bool
) -> tuple[dict[EntityUid, Entity], list[Entity]]:
    """The rows by uid, and those of them that are in something. Raises ``EntityError``."""
    if isinstance(data, str):
        try:
            data = loads(data)
        except InputError as error:
            raise EntityError(f"entities: {error.message}") from None
    if type(data) is not list and not isinstance(data, tuple | list):
        raise EntityError("entities: expected a list")
    read = read_untyped_entity if rules is None else rules.read_entity
    rows: dict[EntityUid, Entity] = {}
    children: list[Entity] = []
    for row in data:
        try:
            entity = read(row)
        except RecursionError:
            raise EntityError("an entity is nested too deeply") from None
        if rows.setdefault(entity[0], entity) is not entity and not (repeats and rows[entity[0]] == entity):
            raise EntityError(f"entity `{entity[0]}` is given twice")
        if entity[3]:
            children.append(entity)
    if rules is not None and not rules.ancestors.keys().isdisjoint(rows):
        for uid in rules.ancestors.keys() & rows.keys():
            del rows[uid]  # the schema has it
        children = [row for row in children if row[0] in rows]
    return rows, children


def _ghosts(entities: Mapping[EntityUid, Entity], known: Find) -> frozenset[EntityUid]:
    """Uids that some entity is in, of which nothing is known."""
    named = {uid for entity in entities.values() for uid in entity.ancestors}
    return frozenset(uid for uid in named if known(uid) is None)


class Entities:
    """An immutable store of entities; make one with :meth:`from_json`. Safe to share between threads.

    Three layers, searched in this order: a small delta, the main store, the schema's actions.
    """

    __slots__ = ("__weakref__", "_delta", "_main", "_main_ghosts", "find", "rules")

    find: Find  # the entity of a uid, or None; the quick form of :meth:`get`
    rules: SchemaRules | None  # the validators that the entities passed

    def __init__(
        self, main: dict[EntityUid, Entity], delta: dict[EntityUid, Entity], rules: SchemaRules | None
    ) -> None:
        """For this module only; others use :meth:`from_json`."""
        self._main = main
        self._delta = delta
        self._main_ghosts: frozenset[EntityUid] | None = None
        self.rules = rules
        self.find = _finder(delta, main, _NO_ENTITIES if rules is None else schema_actions(rules))

    @classmethod
    def from_json(
        cls, data: Sequence[Any] | str, schema: str | Schema | None = None, *, repeats: bool = False
    ) -> Entities:
        """Parse Cedar's JSON list of entities, or its text; with a schema, validate every one.

        ``repeats`` lets one entity be given twice if both are alike (Cedar does; Cedar+ does not).
        Raises ``EntityError`` naming entity and attribute, ``DiagnosticsError`` for a bad schema text.
        """
        return cls.checked(data, rules_for(schema), repeats=repeats)

    @classmethod
    def checked(cls, data: Sequence[Any] | str, rules: SchemaRules | None, *, repeats: bool = False) -> Entities:
        """As :meth:`from_json`, with the validators already compiled."""
        above = _NO_ENTITIES if rules is None else schema_actions(rules)
        return cls(_close(*_read(data, rules, repeats), above.get), {}, rules)

    def with_added(self, data: Sequence[Any] | str) -> Entities:
        """A new store with these entities as well; this one stays as it is. Raises ``EntityError``."""
        rows, children = _read(data, self.rules, repeats=False)
        for uid in rows:
            if self.find(uid) is not None:
                raise EntityError(f"entity `{uid}` is already known")
        ghosts = self._main_ghosts
        if ghosts is None:
            ghosts = self._main_ghosts = _ghosts(self._main, self.find)
        if not ghosts.isdisjoint(rows) or (self._delta and not _ghosts(self._delta, self.find).isdisjoint(rows)):
            # Something known is in one of the new entities, so its ancestors change: close everything again.
            everything = {entity.uid: entity for entity in self} | rows
            above = _NO_ENTITIES if self.rules is None else schema_actions(self.rules)
            inside = [entity for entity in everything.values() if entity.parents]
            return Entities(_close(everything, inside, above.get), {}, self.rules)
        added = Entities(self._main, {**self._delta, **_close(rows, children, self.find)}, self.rules)
        added._main_ghosts = ghosts
        return added

    def get(self, uid: EntityUid | str) -> Entity | None:
        """The entity of this uid (``'Type::"id"'`` is read too), or ``None``."""
        return self.find(parse_uid(uid) if isinstance(uid, str) else uid)

    def __len__(self) -> int:
        return len(self._main) + len(self._delta)

    def __iter__(self) -> Iterator[Entity]:
        """The entities given, without the schema's actions."""
        yield from self._main.values()
        yield from self._delta.values()

    def to_json(self) -> list[dict[str, Any]]:
        """Cedar's JSON form, with explicit escapes, in the order of the uids."""
        return [entity_json(entity) for entity in sorted(self, key=lambda entity: entity.uid)]


def find_among(data: Sequence[Any] | str, rules: SchemaRules | None) -> Find:
    """How to find the entities that came with one request: a store's ``find`` without the store.

    Raises ``EntityError``.
    """
    actions = _NO_ENTITIES if rules is None else rules.action_entities or schema_actions(rules)
    in_rows, in_actions = _close(*_read(data, rules, False), actions.get).get, actions.get
    return lambda uid: in_rows(uid) or in_actions(uid)


def entity_json(entity: Entity) -> dict[str, Any]:
    """One entity in Cedar's JSON form, with explicit escapes; ``tags`` only where there are any."""
    row: dict[str, Any] = {
        "uid": {"type": entity.uid.type, "id": entity.uid.id},
        "attrs": to_json(entity.attrs),
        "parents": [{"type": parent.type, "id": parent.id} for parent in sorted(entity.parents)],
    }
    if entity.tags:
        row["tags"] = {name: to_json(value) for name, value in sorted(entity.tags.items())}
    return row


def schema_actions(rules: SchemaRules) -> dict[EntityUid, Entity]:
    """The schema's actions as entities; made once per schema (two threads may both make them, alike)."""
    found: dict[EntityUid, Entity] | None = rules.action_entities
    if found is None:
        groups = {EntityUid(*uid): action.groups for uid, action in rules.schema.actions.items()}
        found = rules.action_entities = {
            uid: Entity(uid, _EMPTY, {}, tuple([EntityUid(*group) for group in groups[uid]]), ancestors)
            for uid, ancestors in rules.ancestors.items()
        }
    return found


def _finder(delta: dict[EntityUid, Entity], main: dict[EntityUid, Entity], actions: dict[EntityUid, Entity]) -> Find:
    in_delta, in_main, in_actions = delta.get, main.get, actions.get
    if not delta and not actions:
        return in_main
    if not delta:
        if len(main) >= len(actions):  # one table is quicker to ask, and this store is likely to be asked often
            return {**actions, **main}.get
        return lambda uid: in_main(uid) or in_actions(uid)
    return lambda uid: in_delta(uid) or in_main(uid) or in_actions(uid)
