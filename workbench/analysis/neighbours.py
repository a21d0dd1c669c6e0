"""What a slip of the pen could put in the place of an attribute or of a type: another one that fits as well. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.analysis.mutated_scopes import covered
from workbench.language.ast import ActionScope, Expr, GetAttr, Var
from workbench.language.schema import ActionType, Attribute, EntityRef, RecordType, Schema, Type

_Fields = Mapping[str, Attribute]


class Neighbours:
    """For the conditions of one rule, which is for some actions."""

    def __init__(self, schema: Schema, scope: ActionScope) -> None:
        self._schema = schema
        self._actions = covered(scope, schema)

    def types(self, expr: Expr) -> tuple[str, ...]:
        """The entity types that a principal or resource of these actions may have; none for other expressions."""
        if not isinstance(expr, Var) or expr.name not in ("principal", "resource"):
            return ()
        named = (_side(action, expr.name) for action in self._actions)
        return tuple(dict.fromkeys(name for names in named for name in names))

    def attribute(self, node: GetAttr) -> str | None:
        """The next attribute of the same type and need, wherever ``node`` may be read; ``None`` where there is none."""
        records = self._records(node.expr)
        if not records or any(node.attr not in record for record in records):
            return None
        names = list(records[0])
        place = names.index(node.attr)
        for other in (*names[place + 1 :], *names[:place]):
            if all(other in record and _alike(record[other], record[node.attr]) for record in records):
                return other
        return None

    def _records(self, expr: Expr) -> Sequence[_Fields]:
        """The records that ``expr`` may be, over all actions and types."""
        match expr:
            case Var(name="context"):
                return [action.context.attributes for action in self._actions]
            case Var(name=("principal" | "resource")):
                return [self._schema.entity_types[name].attributes for name in self.types(expr)]
            case GetAttr(expr=holder, attr=attr):
                held = self._records(holder)
                if any(attr not in record for record in held):
                    return []
                return [fields for record in held if (fields := self._fields(record[attr].type)) is not None]
        return []

    def _fields(self, of: Type) -> _Fields | None:
        if isinstance(of, RecordType):
            return of.attributes
        declared = self._schema.entity_types.get(of.name) if isinstance(of, EntityRef) else None
        return None if declared is None else declared.attributes


def _side(action: ActionType, name: str) -> tuple[str, ...]:
    return action.principals if name == "principal" else action.resources


def _alike(one: Attribute, other: Attribute) -> bool:
    return one.type == other.type and (one.required or not other.required)
