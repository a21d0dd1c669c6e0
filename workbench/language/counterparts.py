"""What an expression of a rule means in two schemas at once: its type in the old one beside that in the new one.

So a read ``resource.owner.name`` can be followed through renamed types, attributes and nested records. What cannot be
followed has no counterparts. Imports the tree, the model, inference and renames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from workbench.language.ast import ActionScope, EntityLit, EntityScope, Expr, GetAttr, If, Method, Name, Scope, Var
from workbench.language.inference import Environment, scope_actions
from workbench.language.schema import ActionType, Attribute, EntityRef, RecordType, Schema, Type
from workbench.language.schema_json import approver_types
from workbench.language.schema_renames import Renames, find_renames, renamed_attributes

Pair: TypeAlias = tuple[Type, Type]


@dataclass(frozen=True, slots=True)
class AttributeChange:
    """What became of an attribute: its new name (the old one where it stayed), and whether it may be missing now."""

    name: str
    became_optional: bool


class SchemaPair:
    """Two versions of a schema, and what one calls what the other called otherwise."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self.old = old
        self.new = new
        self.renames: Renames = find_renames(old, new)

    def attributes(self, pair: Pair) -> Iterator[tuple[str, Attribute, str, Attribute]]:
        """``(old name, old, new name, new)`` of each attribute of an entity or record that both versions have."""
        before, after = _attributes(pair[0], self.old), _attributes(pair[1], self.new)
        renamed = renamed_attributes(before, after)
        for name, attribute in before.items():
            now = renamed.get(name, name)
            if now in after:
                yield name, attribute, now, after[now]

    def entity(self, name: str) -> Pair:
        """An entity type in both."""
        return EntityRef(name), EntityRef(self.renames.type_name(name))

    def context(self, action: ActionType) -> Pair | None:
        """An action's context in both, if the new schema has the action."""
        after = self.new.actions.get(self.renames.action(action.uid))
        return None if after is None else (action.context, after.context)

    def tags(self, name: str) -> Pair | None:
        """The tags of an entity type in both."""
        before = self.old.entity_types.get(name)
        after = self.new.entity_types.get(self.renames.type_name(name))
        if before is None or after is None or before.tags is None or after.tags is None:
            return None
        return before.tags, after.tags


def _attributes(kind: Type, schema: Schema) -> dict[str, Attribute]:
    if isinstance(kind, RecordType):
        return dict(kind.attributes)
    if isinstance(kind, EntityRef) and kind.name in schema.entity_types:
        return dict(schema.entity_types[kind.name].attributes)
    return {}


class Counterparts:
    """What the variables of one rule are in both versions."""

    def __init__(
        self, schemas: SchemaPair, principals: Iterable[str], resources: Iterable[str], contexts: Iterable[Pair]
    ) -> None:
        self._schemas = schemas
        self._variables = {
            "principal": _distinct(map(schemas.entity, principals)),
            "resource": _distinct(map(schemas.entity, resources)),
            "context": _distinct(contexts),
        }

    @staticmethod
    def of_scope(scope: Scope, schemas: SchemaPair) -> Counterparts:
        """Those of a permit, a forbid, a prefer, or a procedure's ``when``."""
        environment = Environment.of_scope(scope, schemas.old)
        actions = scope_actions(scope.action, schemas.old)
        contexts = [pair for action in actions if action.principals and (pair := schemas.context(action))]
        return Counterparts(schemas, environment.principals, environment.resources, contexts)

    @staticmethod
    def of_approvers(trigger: ActionScope, schemas: SchemaPair) -> Counterparts:
        """Those of a ``where``: the principal is an approver, ``context`` also holds ``requester``."""
        environment = Environment.of_scope(Scope(EntityScope("any"), trigger, EntityScope("any")), schemas.old)
        contexts: list[Pair] = []
        for action in scope_actions(trigger, schemas.old):
            if (pair := schemas.context(action)) is not None:
                contexts += [_with_requester(pair, schemas.entity(name)) for name in action.principals]
        return Counterparts(schemas, approver_types(schemas.old), environment.resources, contexts)

    def types(self, expr: Expr) -> tuple[Pair, ...]:
        """Every type that ``expr`` may have, old beside new; empty where it cannot be followed."""
        match expr:
            case Var(name=name):
                return self._variables.get(name, ())
            case EntityLit(type=name):
                return (self._schemas.entity(name),)
            case GetAttr(expr=inner, attr=attr):
                return self._read(inner, attr)
            case Name(name=name):
                return self._read(Var("context"), name)
            case If(then=then, otherwise=otherwise):
                return _distinct([*self.types(then), *self.types(otherwise)])
            case Method(receiver=receiver, method="getTag"):
                owners = [kind.name for kind, _ in self.types(receiver) if isinstance(kind, EntityRef)]
                return _distinct(pair for name in owners if (pair := self._schemas.tags(name)) is not None)
        return ()

    def _read(self, inner: Expr, attr: str) -> tuple[Pair, ...]:
        return _distinct(
            (before.type, after.type)
            for pair in self.types(inner)
            for name, before, _, after in self._schemas.attributes(pair)
            if name == attr
        )

    def attribute(self, receiver: Expr, attr: str) -> tuple[AttributeChange, ...]:
        """What became of ``receiver.attr``; more than one where the types it may be of were changed differently."""
        found = [
            AttributeChange(now, before.required and not after.required)
            for pair in self.types(receiver)
            for name, before, now, after in self._schemas.attributes(pair)
            if name == attr
        ]
        names = dict.fromkeys(change.name for change in found)
        return tuple(
            AttributeChange(name, any(change.became_optional for change in found if change.name == name))
            for name in names
        )

    def had(self, receiver: Expr, attr: str) -> bool:
        """Whether ``receiver.attr`` could be read under the old schema."""
        return any(attr in _attributes(before, self._schemas.old) for before, _ in self.types(receiver))


def _with_requester(context: Pair, requester: Pair) -> Pair:
    before, after = context
    assert isinstance(before, RecordType)
    assert isinstance(after, RecordType)
    return (
        RecordType({**before.attributes, "requester": Attribute(requester[0])}),
        RecordType({**after.attributes, "requester": Attribute(requester[1])}),
    )


def _distinct(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    found: list[Pair] = []
    for pair in pairs:
        if pair not in found:
            found.append(pair)
    return tuple(found)
