"""Cases in which every entity exists that rules look into by name, where that is taken for granted. Pure.

The solver's case holds what its question is about. Under ``complete`` data the other rules may count on their entities
too: ``Config::"main".limit`` must not err because a question about another rule never heard of ``Config::"main"``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any, TypeAlias

from workbench.analysis.defaults import plain_value
from workbench.analysis.model import Case
from workbench.engine.values import to_json
from workbench.language.ast import EntityLit, Expr, GetAttr, Has, Method, Procedure, bodies, walk
from workbench.language.program import Rule
from workbench.language.schema import Attribute, EntityRef, RecordType, Schema, Type

Uid: TypeAlias = tuple[str, str]


def looked_into(rules: Iterable[Rule]) -> tuple[Uid, ...]:
    """The entities whose attributes or tags rules read by name, each once; approvers are another matter."""
    found: dict[Uid, None] = {}
    for rule in rules:
        statement = rule.statement
        if isinstance(statement, Procedure):
            parts: Iterable[Expr] = () if statement.when is None else (statement.when,)
        else:
            parts = bodies(statement)
        for node in (node for part in parts for node in walk(part)):
            match node:
                case GetAttr(expr=holder) | Has(expr=holder) | Method(receiver=holder, method="hasTag" | "getTag"):
                    named = (each for each in walk(holder) if isinstance(each, EntityLit))
                    found.update(((each.type, each.id), None) for each in named)
    return tuple(found)


def completed(case: Case, schema: Schema, uids: Iterable[Uid]) -> Case:
    """The case with a plain row for each of ``uids`` that has none, and for what such rows refer to."""
    rows = list(case.entities)
    known = {(row["uid"]["type"], row["uid"]["id"]): None for row in rows}
    pending = [uid for uid in uids if uid not in known]
    if not pending:
        return case
    for uid in pending:  # grows meanwhile
        declared = schema.entity_types.get(uid[0])
        if uid not in known and declared is not None and declared.enum is None:
            known[uid] = None
            attrs = _record(declared.attributes, schema, known, pending)
            rows.append({"uid": {"type": uid[0], "id": uid[1]}, "attrs": attrs, "parents": []})
    return Case(case.request, tuple(rows))


def _record(
    attributes: Mapping[str, Attribute], schema: Schema, known: Mapping[Uid, None], pending: list[Uid]
) -> dict[str, Any]:
    return {
        name: _value(attribute.type, schema, known, pending)
        for name, attribute in attributes.items()
        if attribute.required
    }


def _value(type_: Type, schema: Schema, known: Mapping[Uid, None], pending: list[Uid]) -> Any:
    match type_:
        case RecordType(attributes=attributes):
            return _record(attributes, schema, known, pending)
        case EntityRef(name=name):
            uid = next(_some(name, schema, known, pending))
            return {"__entity": {"type": uid[0], "id": uid[1]}}
    return to_json(plain_value(type_))


def _some(kind: str, schema: Schema, known: Mapping[Uid, None], pending: list[Uid]) -> Iterator[Uid]:
    """Some entity of the type, which is or will be there."""
    declared = schema.entity_types.get(kind)
    if declared is None:
        yield from (uid for uid in schema.actions if uid[0] == kind)
        return
    yield from ((kind, id) for id in declared.enum or ())
    yield from (uid for uid in (*known, *pending) if uid[0] == kind)
    stem = kind.rpartition("::")[2].lower()
    fresh = next((kind, f"{stem}-{n}") for n in count(1) if (kind, f"{stem}-{n}") not in known)
    pending.append(fresh)
    yield fresh
