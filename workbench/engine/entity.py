"""One entity as the engine knows it. Pure; imports the engine's values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from workbench.engine.values import EntityUid, Record, Value

NO_ANCESTORS: frozenset[EntityUid] = frozenset()


class Entity(NamedTuple):
    """``ancestors`` are all entities that it is in, directly or through others (itself not included)."""

    uid: EntityUid
    attrs: Record
    tags: Mapping[str, Value]
    parents: tuple[EntityUid, ...]
    ancestors: frozenset[EntityUid]


# The entity of a uid, or None where nothing is known of it.
Find: TypeAlias = Callable[[EntityUid], Entity | None]
new_entity: Callable[[type[Entity], tuple[Any, ...]], Entity] = tuple.__new__  # skips the named tuple's own step
