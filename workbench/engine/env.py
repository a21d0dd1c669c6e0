"""One request, ready to be asked: what a compiled rule reads. Pure; may import the engine's values and entities."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from workbench.engine.entity import Entity, Find
from workbench.engine.values import EntityUid, Record, Value

_UNKNOWN = Entity(EntityUid("", ""), Record(), {}, (), frozenset())  # what an entity that is not known looks like


class TracedRead(NamedTuple):
    """A read as it happened. ``fields`` lead from ``root`` (a variable's name, or "") to the value; ``value`` is
    ``None`` where the field was ``missing``."""

    root: str
    fields: tuple[str, ...]
    value: Value | None
    missing: bool


class Env:
    """One request, ready to be asked. Made per decision and never changed afterwards (``reads`` apart)."""

    __slots__ = (
        "action",
        "context",
        "find",
        "principal",
        "principal_ancestors",
        "principal_attrs",
        "reads",
        "resource",
        "resource_ancestors",
        "resource_attrs",
    )

    def __init__(
        self, principal: EntityUid, action: EntityUid, resource: EntityUid, context: Record, find: Find
    ) -> None:
        self.principal = principal
        self.action = action
        self.resource = resource
        self.context = context
        self.find = find
        entity = find(principal) or _UNKNOWN
        self.principal_attrs = entity[1]  # by place, which is quicker than by name: this is done for every request
        self.principal_ancestors = entity[4]
        entity = find(resource) or _UNKNOWN
        self.resource_attrs = entity[1]
        self.resource_ancestors = entity[4]

    def tracing(self) -> Env:
        """A copy that collects reads, by path."""
        copy = Env(self.principal, self.action, self.resource, self.context, self.find)
        copy.reads = {}
        return copy

    reads: dict[str, TracedRead]


Fn: TypeAlias = Callable[[Env], Value]
Test: TypeAlias = Callable[[Env], bool]
