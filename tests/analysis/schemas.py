"""Random changes of a schema, and one world seen from both of its sides.

A world is drawn for the old schema and carried over to the new one: what both declare alike is the same on both sides,
what only one declares is on that side alone, what they declare differently is there on both, with a value on each, or
on neither.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.analysis.pairs import Pair, as_permit, pair
from tests.analysis.worlds import Drawer, Row
from workbench.analysis.results import RequestEnvironment
from workbench.language.ast import GetAttr, Has, bodies, walk
from workbench.language.cedar import CedarError
from workbench.language.lower import lower_policy
from workbench.language.program import Program, Rule
from workbench.language.schema import Attribute, EntityType, ExtensionType, PrimitiveType, RecordType, Schema, Type
from workbench.language.schema_json import schema_text
from workbench.language.schema_reader import read_schema

TYPES: Sequence[Type] = [
    PrimitiveType("Long"),
    PrimitiveType("String"),
    ExtensionType("datetime"),
    PrimitiveType("Bool"),
]
Attributes = Mapping[str, Attribute]


def schema_pair(seed: int) -> Pair:
    """A pair whose second program has another schema; of its rules, those that fit it."""
    made, r = pair(seed), Random(f"schema {seed}")
    old = made.before.schema
    assert old is not None
    new = old
    read = _read(made.before)
    for _ in range(r.choice([1, 2, 3])):
        new = changed(r, new, read)
    text = schema_text(replace(new, text=""))
    new = read_schema(text)
    candidates = made.after.rules if r.random() < 0.6 else made.before.rules
    after = Program(tuple(rule for rule in candidates if _fits(rule, text)), new)
    return replace(made, after=after, after_text=text)


def _read(program: Program) -> set[str]:
    """Names of the attributes that the rules read: a change of these is likelier to matter."""
    found: set[str] = set()
    for node in (node for rule in program.rules for body in bodies(rule.statement) for node in walk(body)):
        if isinstance(node, GetAttr):
            found.add(node.attr)
        elif isinstance(node, Has):
            found.update(node.path)
    return found


def _fits(rule: Rule, schema: str) -> bool:
    import cedarpy

    try:
        return not cedarpy.validate_policies(lower_policy(as_permit(rule.statement)), schema).errors
    except (ValueError, CedarError):
        return False


# ---- changes -------------------------------------------------------------------------------------------------------


def changed(r: Random, schema: Schema, read: Collection[str]) -> Schema:
    """Another schema with the same actions and types: some attribute, or what may be in what, differs."""
    if r.random() < 0.4:
        uid = r.choice([uid for uid, action in schema.actions.items() if action.principals])
        action = schema.actions[uid]
        context = RecordType(_attributes(r, action.context.attributes, read))
        return replace(schema, actions={**schema.actions, uid: replace(action, context=context)})
    name = r.choice([name for name, kind in schema.entity_types.items() if kind.enum is None])
    kind = schema.entity_types[name]
    if r.random() < 0.3:
        kind = replace(kind, parents=_parents(r, kind, list(schema.entity_types)))
    else:
        kind = replace(kind, attributes=_attributes(r, kind.attributes, read))
    return replace(schema, entity_types={**schema.entity_types, name: kind})


def _parents(r: Random, kind: EntityType, among: list[str]) -> tuple[str, ...]:
    if kind.parents and r.random() < 0.6:
        return tuple(each for each in kind.parents if each != r.choice(kind.parents))
    return tuple(dict.fromkeys((*kind.parents, r.choice(among))))


def _attributes(r: Random, attributes: Attributes, read: Collection[str]) -> dict[str, Attribute]:
    found = dict(attributes)
    among = [name for name in found if name in read and r.random() < 0.9] or list(found)
    name = r.choice(among) if found else ""
    match r.randrange(6) if found else 0:
        case 0:
            found[r.choice(["fresh", "new one", "role", "n"])] = Attribute(r.choice(TYPES), r.random() < 0.5)
        case 1 | 2 | 5:
            found[name] = replace(found[name], required=not found[name].required)
        case 3:
            del found[name]
        case 4 if isinstance(inner := found[name].type, RecordType):
            found[name] = replace(found[name], type=RecordType(_attributes(r, inner.attributes, read)))
        case _:
            found[name] = replace(found[name], type=r.choice(TYPES))
    return found


# ---- one world on two sides ----------------------------------------------------------------------------------------


def carried(
    old: Schema, new: Schema, environment: RequestEnvironment, drawer: Drawer, request: Row, rows: Iterable[Row]
) -> tuple[tuple[Row, list[Row]], tuple[Row, list[Row]]]:
    """The world of the old schema, and the same as the new one has it; what both require is there on both."""
    action = environment.action
    contexts = old.actions[action].context.attributes, new.actions[action].context.attributes
    mine, theirs = [], []
    context, other = _both(drawer, request["context"], *contexts)
    for row in rows:
        kinds = old.entity_types[row["uid"]["type"]], new.entity_types[row["uid"]["type"]]
        attrs, others = _both(drawer, row["attrs"], kinds[0].attributes, kinds[1].attributes)
        known = [each for each in row["parents"] if each["type"] in kinds[1].parents]
        mine.append({**row, "attrs": attrs})
        theirs.append({**row, "attrs": others, "parents": known})
    for row in theirs:  # and what only the new schema lets it be in
        kind = row["uid"]["type"]
        for parent in drawer.parents(row["uid"], {*new.entity_types[kind].parents} - {*old.entity_types[kind].parents}):
            if not _within(theirs, parent, row["uid"]):
                row["parents"] = [*row["parents"], parent]
    return ({**request, "context": context}, mine), ({**request, "context": other}, theirs)


def _within(rows: Iterable[Row], child: Row, group: Row) -> bool:
    """Whether the one is, or is in, the other."""
    parents = {(row["uid"]["type"], row["uid"]["id"]): row["parents"] for row in rows}
    pending, seen = [child], []
    while pending:
        uid = pending.pop()
        if uid == group:
            return True
        if uid not in seen:
            seen.append(uid)
            pending += parents.get((uid["type"], uid["id"]), ())
    return False


def _both(drawer: Drawer, record: Row, old: Attributes, new: Attributes) -> tuple[Row, Row]:
    mine, theirs = dict(record), Row()
    for name, wanted in new.items():
        known = old.get(name)
        if known is not None and isinstance(known.type, RecordType) and isinstance(wanted.type, RecordType):
            if name not in mine and wanted.required:
                mine[name] = drawer.value(known.type)
            if name in mine:
                mine[name], theirs[name] = _both(drawer, mine[name], known.type.attributes, wanted.type.attributes)
        elif known is not None and known.type == wanted.type:
            if name not in mine and wanted.required:
                mine[name] = drawer.value(known.type)
            if name in mine:
                theirs[name] = mine[name]
        elif known is not None:
            if wanted.required and name not in mine:
                mine[name] = drawer.value(known.type)
            if name in mine:
                theirs[name] = drawer.value(wanted.type)
        elif wanted.required or drawer.r.random() < 0.5:
            theirs[name] = drawer.value(wanted.type)
    return mine, theirs


def seen_from(schema: Schema, drawer: Drawer, request: Row, rows: Iterable[Row], action: Any) -> tuple[Row, list[Row]]:
    """A witness as one side takes it: without what it does not declare, and with anything that it has otherwise."""
    context = _side(drawer, request["context"], schema.actions[action].context.attributes)
    mine = []
    for row in rows:
        kind = schema.entity_types.get(row["uid"]["type"])
        if kind is not None:
            above = schema.entity_ancestors(row["uid"]["type"])
            parents = [each for each in row["parents"] if each["type"] in above]
            mine.append({**row, "attrs": _side(drawer, row["attrs"], kind.attributes), "parents": parents})
    return {**request, "context": context}, mine


def lacks(context: Row, mine: Attributes, other: Attributes) -> bool:
    """Whether a context that fits one side lacks what this one requires and the other knows, but does not require."""
    for name, wanted in mine.items():
        known = other.get(name)
        if known is None:
            continue
        if name not in context:
            if wanted.required and not known.required:
                return True
        elif (
            isinstance(wanted.type, RecordType)
            and isinstance(known.type, RecordType)
            and lacks(context[name], wanted.type.attributes, known.type.attributes)
        ):
            return True
    return False


def _side(drawer: Drawer, record: Row, attributes: Attributes) -> Row:
    found = {}
    for name, wanted in attributes.items():
        if name in record and isinstance(wanted.type, RecordType):
            found[name] = _side(drawer, record[name], wanted.type.attributes)
        elif name in record:
            found[name] = record[name]
        elif wanted.required:
            found[name] = drawer.value(wanted.type)
    return found
