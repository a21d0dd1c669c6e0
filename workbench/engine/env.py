"""One request, ready to be asked: what a compiled rule reads. Pure; may import the engine's values and entities."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from workbench.engine.entities import Find
from workbench.engine.values import EntityUid, Record, Value

_EMPTY = Record()
_NONE: frozenset[EntityUid] = frozenset()


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
        entity = find(principal)
        self.principal_attrs, self.principal_ancestors = (
            (_EMPTY, _NONE) if entity is None else (entity.attrs, entity.ancestors)
        )
        entity = find(resource)
        self.resource_attrs, self.resource_ancestors = (
            (_EMPTY, _NONE) if entity is None else (entity.attrs, entity.ancestors)
        )

    def tracing(self) -> Env:
        """A copy that collects reads, by path."""
        copy = Env(self.principal, self.action, self.resource, self.context, self.find)
        copy.reads = {}
        return copy

    reads: dict[str, TracedRead]


Fn: TypeAlias = Callable[[Env], Value]
Test: TypeAlias = Callable[[Env], bool]
