"""The typed model of a Cedar schema, as the engine, the compiler of English and the analyses read it.

Values only; ``language.schema_reader`` makes them from schema text. All names are fully qualified (``Ns::Type``);
common types are already resolved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class PrimitiveType:
    name: Literal["Long", "String", "Bool"]


@dataclass(frozen=True, slots=True)
class ExtensionType:
    name: Literal["decimal", "ipaddr", "datetime", "duration"]


@dataclass(frozen=True, slots=True)
class EntityRef:
    """The type "an entity of type ``name``"."""

    name: str


@dataclass(frozen=True, slots=True)
class SetType:
    element: Type


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a record; ``annotations`` keep its words and sources (``phrase``, ``values``, ``source`` …)."""

    type: Type
    required: bool = True
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """Who vouches for the value: ``caller`` (default), ``server``, ``meter`` or ``identity``."""
        return self.annotations.get("source", "caller")

    @property
    def volatile(self) -> bool:
        """Whether the value may change between a request and its retry."""
        return "volatile" in self.annotations


@dataclass(frozen=True, slots=True)
class RecordType:
    attributes: Mapping[str, Attribute]


Type: TypeAlias = PrimitiveType | ExtensionType | EntityRef | SetType | RecordType

FROM_CLOCK: Mapping[str, Type] = {
    "hour": PrimitiveType("Long"),
    "weekday": PrimitiveType("String"),
    "now": ExtensionType("datetime"),
}
"""Context attributes of a type that the deciding service fills in itself, in UTC, where ``@source("server")``."""


@dataclass(frozen=True, slots=True)
class EntityType:
    """``parents``: the types it may be a direct member of. ``enum``: the only ids there are, for an enumerated type."""

    name: str
    parents: tuple[str, ...] = ()
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    tags: Type | None = None
    enum: tuple[str, ...] | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ActionType:
    """An action (or action group). ``id`` is unqualified; ``type`` is ``Action`` or ``Ns::Action``.

    ``groups`` are the uids ``(type, id)`` of the groups it is directly in. ``principals`` and ``resources`` are empty
    for an action without ``appliesTo`` (a group, which no request may name).
    """

    id: str
    type: str = "Action"
    groups: tuple[tuple[str, str], ...] = ()
    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    context: RecordType = field(default_factory=lambda: RecordType({}))
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def uid(self) -> tuple[str, str]:
        return (self.type, self.id)


@dataclass(frozen=True, slots=True)
class Schema:
    """A whole schema; mappings keep declaration order. ``text`` is the source it was read from."""

    entity_types: Mapping[str, EntityType]
    actions: Mapping[tuple[str, str], ActionType]
    text: str = field(default="", compare=False, repr=False)

    def action_ancestors(self, uid: tuple[str, str]) -> frozenset[tuple[str, str]]:
        """All groups that contain the action, directly or through others (without the action itself)."""
        found: set[tuple[str, str]] = set()
        pending = [uid]
        while pending:
            action = self.actions.get(pending.pop())
            for group in action.groups if action else ():
                if group not in found:
                    found.add(group)
                    pending.append(group)
        return frozenset(found)

    def entity_ancestors(self, name: str) -> frozenset[str]:
        """The types that an entity of this type may be in, directly or through others; itself only where it recurs."""
        found: set[str] = set()
        pending = [name]
        while pending:
            declared = self.entity_types.get(pending.pop())
            for parent in declared.parents if declared is not None else ():
                if parent not in found:
                    found.add(parent)
                    pending.append(parent)
        return frozenset(found)

    def members_of(self, group: tuple[str, str]) -> tuple[ActionType, ...]:
        """Every action that is in ``group`` (itself included, if it is one), in declaration order."""
        return tuple(
            action for uid, action in self.actions.items() if uid == group or group in self.action_ancestors(uid)
        )
