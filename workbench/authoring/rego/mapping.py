"""Where the parts of Rego's ``input`` are found in a request of Cedar: who acts, what is done, to what, and the rest.

Imports nothing of the house. A mapping is a list of ``input.path=place``; what no line of it covers goes by
:data:`USUAL`, and everything else is an attribute of ``context``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

ROOTS = ("principal", "action", "resource", "context")
USUAL: Mapping[str, str] = {
    "principal": "principal",
    "user": "principal",
    "subject": "principal",
    "actor": "principal",
    "agent": "principal",
    "action": "action",
    "operation": "action",
    "method": "action",
    "resource": "resource",
    "object": "resource",
    "context": "context",
}
"""The first names after ``input`` that say where they belong."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class MappingError(ValueError):
    """A line of a mapping that says nothing. ``help`` shows one that does."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.help = "write `input.user=principal`, or `input.env.hour=context.hour`"


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a request: one of :data:`ROOTS`, and the attributes from there on."""

    root: str
    attributes: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return ".".join((self.root, *self.attributes))


@dataclass(frozen=True, slots=True)
class InputMap:
    """``lines``: input paths (without ``input``) and their places; the longest that fits is taken."""

    lines: tuple[tuple[tuple[str, ...], Spot], ...] = ()

    def spot(self, path: tuple[str, ...]) -> Spot | None:
        """Where ``path`` is found; ``None`` for ``input`` as a whole, and for what only longer paths say."""
        for length in range(len(path), 0, -1):
            for start, spot in self.lines:
                if start == path[:length]:
                    return Spot(spot.root, (*spot.attributes, *path[length:]))
        if not path or any(start[: len(path)] == path for start, _ in self.lines):
            return None
        root = USUAL.get(path[0])
        if root is not None:
            return Spot(root, path[1:])
        return Spot("context", path)


def read_mapping(lines: Iterable[str]) -> InputMap:
    """The mapping that ``lines`` say, each ``input.path=place``. Raises :class:`MappingError`."""
    found: dict[tuple[str, ...], Spot] = {}
    for line in lines:
        path, equals, place = (part.strip() for part in line.partition("="))
        names, attributes = path.split("."), place.split(".")
        if not equals or names[0] != "input" or len(names) < 2 or not all(map(_NAME.fullmatch, names)):
            raise MappingError(f"`{line}` does not say where a part of `input` belongs")
        if attributes[0] not in ROOTS or not all(map(_NAME.fullmatch, attributes)):
            raise MappingError(f"`{place}` is no place in a request: principal, action, resource or context")
        if attributes[0] == "action" and len(attributes) > 1:
            raise MappingError(f"`{place}` is no place in a request: an action has a name and nothing else")
        key = tuple(names[1:])
        if found.setdefault(key, Spot(attributes[0], tuple(attributes[1:]))) != Spot(
            attributes[0], tuple(attributes[1:])
        ):
            raise MappingError(f"`{path}` is given two places")
    return InputMap(tuple(found.items()))
