"""Which static types an expression may have under a schema: enough to say where a validator's complaint belongs.

Not a type checker (cedarpy is that): unknown means the empty tuple, and nothing is ever refused here. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.language.ast import (
    ActionScope,
    Binary,
    Call,
    EntityLit,
    EntityScope,
    Expr,
    GetAttr,
    Has,
    If,
    Is,
    Like,
    Lit,
    Method,
    RecordLit,
    Scope,
    SetLit,
    Unary,
    Var,
)
from workbench.language.schema import (
    ActionType,
    Attribute,
    EntityRef,
    ExtensionType,
    PrimitiveType,
    RecordType,
    Schema,
    SetType,
    Type,
)

LONG = PrimitiveType("Long")
STRING = PrimitiveType("String")
BOOL = PrimitiveType("Bool")
DECIMAL = ExtensionType("decimal")
DURATION = ExtensionType("duration")
DATETIME = ExtensionType("datetime")

_CONSTRUCTED: dict[str, Type] = {
    "ip": ExtensionType("ipaddr"),
    "decimal": DECIMAL,
    "datetime": DATETIME,
    "duration": DURATION,
}
_METHOD_RESULT: dict[str, Type] = {
    "offset": DATETIME,
    "durationSince": DURATION,
    "toDate": DATETIME,
    "toTime": DURATION,
    **dict.fromkeys(("toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"), LONG),
}


def scope_actions(scope: ActionScope, schema: Schema) -> tuple[ActionType, ...]:
    """The declared actions that a scope lets through, in declaration order."""
    if scope.kind == "any":
        return tuple(schema.actions.values())
    uids = [(entity.type, entity.id) for entity in scope.entities]
    if scope.kind == "eq":
        return tuple(schema.actions[uid] for uid in uids if uid in schema.actions)
    found = {action.uid: action for uid in uids for action in schema.members_of(uid)}
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Environment:
    """What the variables may be where a rule applies: entity type names, and the contexts of its actions."""

    schema: Schema
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    contexts: tuple[RecordType, ...]

    @staticmethod
    def of_scope(scope: Scope, schema: Schema) -> Environment:
        """The environment of a rule's scope."""
        actions = [action for action in scope_actions(scope.action, schema) if action.principals]
        return Environment(
            schema,
            _narrowed(scope.principal, (name for action in actions for name in action.principals)),
            _narrowed(scope.resource, (name for action in actions for name in action.resources)),
            tuple(action.context for action in actions),
        )

    def types(self, expr: Expr) -> tuple[Type, ...]:
        """Every type that ``expr`` may have; empty where nothing is known."""
        match expr:
            case Lit(value=value):
                return (BOOL if isinstance(value, bool) else LONG if isinstance(value, int) else STRING,)
            case EntityLit(type=name):
                return (EntityRef(name),)
            case Var(name=name):
                return self._variable(name)
            case Unary(op=op):
                return (BOOL if op == "!" else LONG,)
            case Binary(op=op):
                return (LONG,) if op in ("+", "-", "*") else (BOOL,)
            case Has() | Like() | Is():
                return (BOOL,)
            case If(then=then, otherwise=otherwise):
                return _distinct([*self.types(then), *self.types(otherwise)])
            case GetAttr(expr=inner, attr=attr):
                return _distinct(found.type for found in self.attributes(inner, attr))
            case SetLit(items=items):
                return _distinct(SetType(kind) for item in items for kind in self.types(item))
            case RecordLit(items=fields):
                known = {name: kinds[0] for name, value in fields if (kinds := self.types(value))}
                return (RecordType({name: Attribute(kind) for name, kind in known.items()}),)
            case Call(function=function):
                made = _CONSTRUCTED.get(function)
                return () if made is None else (made,)
            case Method(receiver=receiver, method=method):
                return self._method(receiver, method)
        return ()

    def _variable(self, name: str) -> tuple[Type, ...]:
        match name:
            case "principal":
                return tuple(map(EntityRef, self.principals))
            case "resource":
                return tuple(map(EntityRef, self.resources))
            case "context":
                return _distinct(self.contexts)
        return (EntityRef("Action"),)

    def _method(self, receiver: Expr, method: str) -> tuple[Type, ...]:
        if method == "getTag":
            names = [kind.name for kind in self.types(receiver) if isinstance(kind, EntityRef)]
            owners = (self.schema.entity_types.get(name) for name in names)
            return _distinct(owner.tags for owner in owners if owner is not None and owner.tags is not None)
        return (_METHOD_RESULT.get(method, BOOL),)

    def attributes(self, receiver: Expr, name: str) -> tuple[Attribute, ...]:
        """The declarations that ``receiver.name`` may read."""
        found = []
        for kind in self.types(receiver):
            declared = attributes_of(kind, self.schema).get(name)
            if declared is not None:
                found.append(declared)
        return tuple(found)


def attributes_of(kind: Type, schema: Schema) -> dict[str, Attribute]:
    """The attributes of an entity or record type by name; empty for other types."""
    if isinstance(kind, RecordType):
        return dict(kind.attributes)
    if isinstance(kind, EntityRef) and kind.name in schema.entity_types:
        return dict(schema.entity_types[kind.name].attributes)
    return {}


def type_name(kind: Type) -> str:
    """A type as Cedar's messages and people write it."""
    match kind:
        case PrimitiveType(name=name) | ExtensionType(name=name) | EntityRef(name=name):
            return name
        case SetType(element=element):
            return f"Set<{type_name(element)}>"
        case RecordType():
            return "record"


def _narrowed(scope: EntityScope, applicable: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(applicable))
    if scope.type is not None:
        return tuple(name for name in names if name == scope.type)
    if scope.kind == "eq" and isinstance(scope.entity, EntityLit):
        return tuple(name for name in names if name == scope.entity.type)
    return names


def _distinct(kinds: Iterable[Type]) -> tuple[Type, ...]:
    found: list[Type] = []
    for kind in kinds:
        if kind not in found:
            found.append(kind)
    return tuple(found)
