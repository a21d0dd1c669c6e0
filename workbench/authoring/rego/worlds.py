"""What is known of the facts: everything, for one kind of request under a schema; or what the rules teach.

Imports kinds, terms, mapping, Cedar+'s tree and the schema's types. A *world* answers where a part of ``input`` is,
when it is there, and of what kind it is. :class:`Environment` is one of a schema (a type of principal, an action, a
type of resource); :class:`Lesson` stands in where nothing is declared yet, and keeps what it learns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from workbench.authoring.rego.kinds import Kind, entity, kind_of
from workbench.authoring.rego.mapping import InputMap, Spot
from workbench.authoring.rego.terms import TRUE, Const, Fact, Value
from workbench.language.ast import Expr, GetAttr, Has, Var
from workbench.language.schema import ActionType, Attribute, EntityRef, RecordType, Schema, Type

Root = Literal["principal", "action", "resource", "context"]


class Found(NamedTuple):
    """``present``: when it is there. ``value``: what it is; ``None`` for a record, of which only parts have a value."""

    present: Expr
    value: Value | None


@dataclass
class Uses:
    """How a text uses its input. ``asked``, ``found``: paths, since they were last cleared; ``ever``: all of them.

    ``action_names``: the texts that actions are compared with, where no schema lists them.
    """

    asked: set[tuple[str, ...]] = field(default_factory=set)
    found: set[tuple[str, ...]] = field(default_factory=set)
    ever: set[tuple[str, ...]] = field(default_factory=set)
    action_names: dict[str, None] = field(default_factory=dict)

    def ask(self, path: tuple[str, ...]) -> None:
        self.asked.add(path)
        self.ever.add(path)

    def has_parts(self, path: tuple[str, ...]) -> bool:
        """Whether some rule reads a part of ``path``."""
        return any(len(other) > len(path) and other[: len(path)] == path for other in self.ever)


class World(Protocol):
    """One kind of request."""

    mapping: InputMap
    uses: Uses

    def lookup(self, path: tuple[str, ...]) -> Found | None:
        """What is known of ``input.<path>``; ``None`` where no request of this kind has it."""
        ...


def read(spot: Spot) -> Expr:
    """The expression that reads a place."""
    expr: Expr = Var(spot.root)  # type: ignore[arg-type]
    for name in spot.attributes:
        expr = GetAttr(expr, name)
    return expr


@dataclass
class Environment:
    """Requests of one action, by principals of one type, on resources of one type.

    ``other``: the action stands for one that the schema may get some day, which no rule names.
    """

    schema: Schema
    mapping: InputMap
    uses: Uses
    principal: str
    action: ActionType
    resource: str
    other: bool = False

    def lookup(self, path: tuple[str, ...]) -> Found | None:
        spot = self.mapping.spot(path)
        if spot is None:
            return Found(TRUE, None)
        self.uses.ask(path)
        found = self._at(spot)
        if found is not None:
            self.uses.found.add(path)
        return found

    def _at(self, spot: Spot) -> Found | None:
        if spot.root == "action":
            return None if spot.attributes else Found(TRUE, Const("\0" if self.other else self.action.id))
        type_: Type
        if spot.root == "context":
            type_ = self.action.context
        else:
            type_ = EntityRef(self.principal if spot.root == "principal" else self.resource)
        certain, behind = True, False
        for name in spot.attributes:
            attribute = self._attributes(type_).get(name)
            if attribute is None:
                return None
            # what another entity has is asked for even where it must be there: the entity itself may be missing
            certain = certain and attribute.required and not (behind and isinstance(type_, EntityRef))
            behind, type_ = True, attribute.type
        root: Expr = Var(spot.root)  # type: ignore[arg-type]
        present = TRUE if certain else Has(root, spot.attributes)
        if isinstance(type_, RecordType):
            return Found(present, None)
        return Found(present, Fact(read(spot), kind_of(type_)))

    def _attributes(self, type_: Type) -> Mapping[str, Attribute]:
        if isinstance(type_, RecordType):
            return type_.attributes
        if isinstance(type_, EntityRef):
            declared = self.schema.entity_types.get(type_.name)
            return declared.attributes if declared is not None else {}
        return {}


@dataclass
class Lesson:
    """Any request at all: attributes may be missing, their kinds are learned. ``principal``, ``resource``: types."""

    mapping: InputMap
    uses: Uses
    principal: str
    resource: str
    kinds: dict[Spot, Kind] = field(default_factory=dict)

    def lookup(self, path: tuple[str, ...]) -> Found | None:
        spot = self.mapping.spot(path)
        if spot is None:
            return Found(TRUE, None)
        self.uses.ask(path)
        self.uses.found.add(path)
        if spot.root == "action":
            return None if spot.attributes else Found(TRUE, Fact(Var("action"), Kind("Action", fixed=True)))
        if not spot.attributes:
            if spot.root == "context":
                return Found(TRUE, None)
            return Found(TRUE, Fact(read(spot), entity(self.principal if spot.root == "principal" else self.resource)))
        kind = self.kinds.setdefault(spot, Kind())
        root: Expr = Var(spot.root)  # type: ignore[arg-type]
        return Found(Has(root, spot.attributes), Fact(read(spot), kind))
