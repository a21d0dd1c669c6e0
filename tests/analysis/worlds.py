"""Random requests with data, for any schema: valid, and biased towards what the rules of a program look at.

    for request, entities in islice(worlds(schema, environment, rng, program), 100): …

Missing entities, absent optional attributes, tags, hierarchies, sets, the edges of i64, extension values beyond what
their texts can hold: all occur. In most worlds the data is bent so that some rule of the program (nearly) applies.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Sequence
from random import Random
from typing import Any

from tests.analysis.pools import Pools, nodes_of
from tests.analysis.tagged import Both, with_tags
from tests.analysis.wishes import Path, Wish, Wisher
from tests.engine.pools import UNWRITABLE
from workbench.analysis.results import RequestEnvironment
from workbench.engine.conversion import parse_uid
from workbench.language import ast
from workbench.language.program import Program
from workbench.language.schema import (
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)

Row = dict[str, Any]
Ref = tuple[str, str]

CONSTRUCTOR = {"decimal": "decimal", "ipaddr": "ip", "datetime": "datetime", "duration": "duration"}


def environments(schema: Schema) -> list[RequestEnvironment]:
    """Every kind of request that the schema knows."""
    return [
        RequestEnvironment(principal, uid, resource)
        for uid, action in schema.actions.items()
        for principal in action.principals
        for resource in action.resources
    ]


def worlds(
    schema: Schema,
    environment: RequestEnvironment,
    rng: Random,
    program: Program | None = None,
    *,
    complete: bool = False,
) -> Iterator[tuple[Row, list[Row]]]:
    """Endlessly: a request of the environment and entities, both in Cedar's JSON form.

    ``complete``: every entity that the request, the data or a rule refers to is known.
    """
    statements = [] if program is None else [rule.statement for rule in program.rules]
    pools = Pools(schema, statements)
    while True:
        world = Drawer(schema, environment, rng, pools, complete)
        if statements and rng.random() < 0.7:
            for _ in range(rng.choice([1, 1, 2])):
                for wish in Wisher(rng).statement(rng.choice(statements)):
                    world.grant(wish)
        yield world.result()


def completed(
    program: Program, environment: RequestEnvironment, rng: Random, request: Row, rows: Sequence[Row]
) -> list[Row]:
    """The entities, with some data for every one that request, data or rules refer to and that is not known."""
    schema = program.schema
    assert schema is not None
    world = drawer(program, environment, rng)
    found = {(row["uid"]["type"], row["uid"]["id"]): row for row in rows}
    named = {
        (node.type, node.id)
        for rule in program.rules
        for node in nodes_of(rule.statement)
        if isinstance(node, ast.EntityLit)
    }
    pending = named | references([request, list(rows)])
    while pending:
        uid = pending.pop()
        kind = schema.entity_types.get(uid[0])
        if uid not in found and kind is not None and kind.enum is None:
            found[uid] = {**world.row(uid), "parents": []}
            pending |= references(found[uid])
    return list(found.values())


def drawer(program: Program, environment: RequestEnvironment, rng: Random) -> Drawer:
    """Something to draw single values from, as for the program's worlds."""
    schema = program.schema
    assert schema is not None
    return Drawer(schema, environment, rng, Pools(schema, [rule.statement for rule in program.rules]), True)


def references(value: Any) -> set[Ref]:
    """Every entity that a JSON value refers to; a witness's request has its own uids as texts."""
    if isinstance(value, list | tuple):
        return {uid for each in value for uid in references(each)}
    if not isinstance(value, dict):
        return set()
    if value.keys() == {"type", "id"} and all(isinstance(part, str) for part in value.values()):
        return {(value["type"], value["id"])}
    found = {uid for each in value.values() for uid in references(each)}
    for side in ("principal", "resource"):
        if "action" in value and isinstance(value.get(side), str):
            found.add(tuple(parse_uid(value[side])))  # type: ignore[arg-type]
    return found


class Drawer:
    """One world in the making, and what its values are drawn with.

    The order of ``self.rank`` is the hierarchy's: parents come later.
    """

    def __init__(
        self, schema: Schema, environment: RequestEnvironment, rng: Random, pools: Pools, complete: bool
    ) -> None:
        self.schema, self.r, self.pools, self.complete = schema, rng, pools, complete
        self.action = environment.action
        self.known = 1.0 if complete else rng.choice([1.0, 0.95, 0.7])
        self.there = rng.choice([1.0, 0.6, 0.6, 0.1])
        uids = [(name, id_) for name, ids in pools.ids.items() for id_ in ids]
        rng.shuffle(uids)
        self.rank = {uid: place for place, uid in enumerate(uids)}
        self.sides: dict[str, Ref] = {
            "principal": (environment.principal, rng.choice(pools.ids[environment.principal])),
            "resource": (environment.resource, rng.choice(pools.ids[environment.resource])),
        }
        self.context = self.record(schema.actions[self.action].context.attributes)
        self.rows = {uid: self.row(uid) for uid in uids if self.enum(uid) is None and rng.random() < self.known}

    def enum(self, uid: Ref) -> tuple[str, ...] | None:
        return self.schema.entity_types[uid[0]].enum

    # ---- drawing values

    def row(self, uid: Ref) -> Row:
        kind = self.schema.entity_types[uid[0]]
        above = [other for other in self.rank if other[0] in kind.parents and self.may_be_in(uid, other)]
        row: Row = {
            "uid": {"type": uid[0], "id": uid[1]},
            "attrs": self.record(kind.attributes),
            "parents": [_ref(each) for each in self.r.sample(above, min(len(above), self.r.choice([0, 0, 1, 1, 2])))],
        }
        if kind.tags is not None:
            row["tags"] = {tag: self.value(kind.tags) for tag in self.pools.tags if self.r.random() < self.there}
        return row

    def parents(self, uid: Row, types: Collection[str]) -> list[Row]:
        """Some entities of these types that it may be directly in."""
        own = (uid["type"], uid["id"])
        above = [other for other in self.rank if other[0] in types and self.may_be_in(own, other)]
        return [_ref(each) for each in self.r.sample(above, min(len(above), 1))]

    def may_be_in(self, uid: Ref, group: Ref) -> bool:
        return uid in self.rank and group in self.rank and self.rank[uid] < self.rank[group]

    def record(self, attributes: dict[str, Attribute] | Any) -> Row:
        return {
            name: self.value(attribute.type)
            for name, attribute in attributes.items()
            if attribute.required or self.r.random() < self.there
        }

    def value(self, type_: Type) -> Any:
        r = self.r
        match type_:
            case PrimitiveType(name="Bool"):
                return r.random() < 0.5
            case PrimitiveType(name="Long"):
                return r.choice(self.pools.longs)
            case PrimitiveType(name="String"):
                return r.choice(self.pools.strings)
            case EntityRef(name=name):
                return {"__entity": _ref(self.some(name))}
            case SetType(element=element):
                return [self.value(element) for _ in range(r.choice([0, 1, 1, 2, 3]))]
            case RecordType(attributes=attributes):
                return self.record(attributes)
            case ExtensionType(name="datetime") if r.random() < 0.1:
                epoch, by = ("datetime", "1970-01-01"), ("duration", f"{r.choice(UNWRITABLE)}ms")
                return {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": f, "arg": a}} for f, a in (epoch, by)]}}
            case ExtensionType(name=name):
                return {"__extn": {"fn": CONSTRUCTOR[name], "arg": r.choice(self.pools.texts[name])}}
        raise ValueError(type_)

    def some(self, type_: str) -> Ref:
        """An entity of the type; often the principal or the resource, so that things refer to each other."""
        sides = [uid for uid in self.sides.values() if uid[0] == type_]
        if sides and self.r.random() < 0.4:
            return self.r.choice(sides)
        if type_ not in self.schema.entity_types:  # an action
            return self.r.choice([uid for uid in self.schema.actions if uid[0] == type_])
        return (type_, self.r.choice(self.pools.ids[type_]))

    # ---- bending

    def grant(self, wish: Wish) -> None:
        """Make it come true where the schema allows that."""
        r = self.r
        if r.random() < 0.05:
            return
        if len(wish.path) == 1:
            self.grant_side(wish)
            return
        found = self.holder(wish.path[:-1])
        if found is None:
            return
        holder, attributes = found
        name = wish.path[-1]
        declared = attributes.get(name)
        if declared is None:
            return
        if wish.how == "absent":
            if not declared.required:
                holder.pop(name, None)
            return
        if name not in holder:
            holder[name] = self.value(declared.type)
        value = self.at(wish.value) if isinstance(wish.value, tuple) else copy.deepcopy(wish.value)
        if value is None and wish.how not in ("there", "grow"):
            return
        match wish.how:
            case "set" | "copy" if fits(self.schema, declared.type, value):
                holder[name] = value
            case "add" if isinstance(declared.type, SetType) and fits(self.schema, declared.type.element, value):
                holder[name] = [*holder[name], value]
            case "drop" if isinstance(declared.type, SetType):
                holder[name] = [each for each in holder[name] if each != value]
            case "grow" if isinstance(declared.type, SetType):
                holder[name] = [*holder[name], self.value(declared.type.element)]
            case "in" | "out":
                reference = holder[name].get("__entity") if isinstance(holder[name], dict) else None
                if reference is not None:
                    self.relate(wish.how, (reference["type"], reference["id"]), value)

    def grant_side(self, wish: Wish) -> None:
        (side,) = wish.path
        if side not in self.sides:
            return
        value = self.at(wish.value) if isinstance(wish.value, tuple) else wish.value
        if not isinstance(value, dict) or "__entity" not in value:
            return
        uid = (value["__entity"]["type"], value["__entity"]["id"])
        if wish.how in ("uid", "set", "copy") and uid[0] == self.sides[side][0] and uid[1] in self.pools.ids[uid[0]]:
            self.sides[side] = uid
        elif wish.how in ("in", "out"):
            self.relate(wish.how, self.sides[side], value)

    def relate(self, how: str, uid: Ref, value: Any) -> None:
        """``uid`` is to be in, or not in, the entity."""
        if not isinstance(value, dict) or "__entity" not in value or uid not in self.rows:
            return
        group = (value["__entity"]["type"], value["__entity"]["id"])
        row = self.rows[uid]
        if how == "out":
            row["parents"] = [each for each in row["parents"] if each != _ref(group)]
            return
        for _ in range(3):  # directly, or through something in between
            if group[0] in self.schema.entity_types[uid[0]].parents and self.may_be_in(uid, group):
                if _ref(group) not in row["parents"]:
                    row["parents"].append(_ref(group))
                return
            between = [
                other
                for other in self.rows
                if other[0] in self.schema.entity_types[uid[0]].parents
                and self.may_be_in(uid, other)
                and self.may_be_in(other, group)
            ]
            if not between:
                return
            step = self.r.choice(between)
            if _ref(step) not in row["parents"]:
                row["parents"].append(_ref(step))
            uid, row = step, self.rows[step]

    def holder(self, path: Path) -> tuple[Row, dict[str, Attribute] | Any] | None:
        """The record or entity at the path, and what it may have; made where it is missing."""
        if path[0] == "context":
            record, attributes = self.context, self.schema.actions[self.action].context.attributes
        else:
            found = self.entity(self.sides[path[0]])
            if found is None:
                return None
            record, attributes = found
        for step in path[1:]:
            declared = attributes.get(step)
            if declared is None:
                return None
            if step not in record:
                record[step] = self.value(declared.type)
            if isinstance(declared.type, RecordType):
                record, attributes = record[step], declared.type.attributes
            elif isinstance(declared.type, EntityRef) and declared.type.name in self.schema.entity_types:
                reference = record[step]["__entity"]
                found = self.entity((reference["type"], reference["id"]))
                if found is None:
                    return None
                record, attributes = found
            else:
                return None
        return record, attributes

    def entity(self, uid: Ref) -> tuple[Row, dict[str, Attribute]] | None:
        """Attributes and tags of an entity together, under the names that paths have for them."""
        kind = self.schema.entity_types[uid[0]]
        if kind.enum is not None:
            return None
        if uid not in self.rows:
            if self.r.random() < 0.2:
                return None
            self.rows[uid] = self.row(uid)
        row = self.rows[uid]
        return Both(row["attrs"], row.setdefault("tags", {})), with_tags(kind.attributes, kind.tags)

    def at(self, path: Path) -> Any:
        if len(path) == 1:
            return {"__entity": _ref(self.sides[path[0]])} if path[0] in self.sides else None
        found = self.holder(path[:-1])
        return None if found is None else copy.deepcopy(found[0].get(path[-1]))

    # ---- the result

    def result(self) -> tuple[Row, list[Row]]:
        if self.complete:
            self.fill()
        rows = []
        for row in self.rows.values():
            if self.schema.entity_types[row["uid"]["type"]].tags is None:
                row.pop("tags", None)
            rows.append(row)
        request = {
            "principal": _ref(self.sides["principal"]),
            "action": {"type": self.action[0], "id": self.action[1]},
            "resource": _ref(self.sides["resource"]),
            "context": self.context,
        }
        return request, rows

    def fill(self) -> None:
        """Add what is referred to and not there yet."""
        for uid in self.rank:
            if uid not in self.rows and self.enum(uid) is None:
                self.rows[uid] = self.row(uid)


def fits(schema: Schema, type_: Type, value: Any) -> bool:
    """Whether a value in Cedar's JSON form, with explicit escapes, is of the type."""
    match type_:
        case PrimitiveType(name="Bool"):
            return isinstance(value, bool)
        case PrimitiveType(name="Long"):
            return type(value) is int
        case PrimitiveType(name="String"):
            return isinstance(value, str)
        case EntityRef(name=name):
            if not isinstance(value, dict) or value.get("__entity", {}).get("type") != name:
                return False
            kind = schema.entity_types.get(name)
            return kind is None or kind.enum is None or value["__entity"]["id"] in kind.enum
        case SetType(element=element):
            return isinstance(value, list) and all(fits(schema, element, each) for each in value)
        case RecordType(attributes=attributes):
            return (
                isinstance(value, dict)
                and value.keys() <= attributes.keys()
                and all(name in value or not each.required for name, each in attributes.items())
                and all(fits(schema, attributes[name].type, each) for name, each in value.items())
            )
        case ExtensionType(name=name):
            return isinstance(value, dict) and value.get("__extn", {}).get("fn") in (CONSTRUCTOR[name], "offset")
    raise ValueError(type_)


def _ref(uid: Ref) -> dict[str, str]:
    return {"type": uid[0], "id": uid[1]}
