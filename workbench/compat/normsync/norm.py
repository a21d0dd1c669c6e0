"""The four records of normsync: a norm, an action, a violation, a revision. Mutable dataclasses, as programs expect.

Imports nothing of the workbench. An id is the first 16 hex digits of the SHA-256 of some fields joined by ``|``, set at
construction and never again (specification §1, with its collisions: they are part of the file format).

A :class:`WorldNorm` tells when one of its fields is set anew, so that an index over a thousand norms need not look at
each of them before each check. What bypasses attribute assignment (``vars(norm)["active"] = False``,
``object.__setattr__``) is not noticed; a *subclass* of WorldNorm is looked at anew at every check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Any


class Mutations:
    """The number of the last assignment to any existing norm. Numbers are never used twice, whatever threads do."""

    __slots__ = ("last", "numbers")

    def __init__(self) -> None:
        self.numbers = count(1)
        self.last = 0

    def happened(self) -> None:
        """Note one; to be called after the field has its new value."""
        self.last = next(self.numbers)


MUTATIONS = Mutations()


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:16]


@dataclass
class WorldNorm:
    """A rule of a world: where the words of ``condition`` are met, the words of ``prohibited`` must not be done."""

    name: str
    description: str
    condition: str
    prohibited: str
    scope: str = "global"
    active: bool = True
    priority: int = 0
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = _digest(f"{self.name}|{self.condition}|{self.prohibited}")

    def __setattr__(self, name: str, value: Any) -> None:
        made = "id" in self.__dict__  # set last: before it, this is the construction
        object.__setattr__(self, name, value)
        if made:
            MUTATIONS.happened()

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        MUTATIONS.happened()

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the id, then the fields in their order."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "condition": self.condition,
            "prohibited": self.prohibited,
            "scope": self.scope,
            "active": self.active,
            "priority": self.priority,
        }

    @classmethod
    def from_dict(cls, d: Mapping[str, Any]) -> WorldNorm:
        """A norm from its JSON form; an ``id`` and unknown keys are ignored. ``KeyError`` where a needed key lacks."""
        return cls(
            name=d["name"],
            description=d["description"],
            condition=d["condition"],
            prohibited=d["prohibited"],
            scope=d.get("scope", "global"),
            active=d.get("active", True),
            priority=d.get("priority", 0),
        )


@dataclass
class AgentAction:
    """Something that an agent did. ``timestamp``: seconds since the epoch, 0 for "now, when it is checked"."""

    agent_id: str
    action: str
    location: str = ""
    target: str = ""
    faction: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    timestamp: float = 0.0
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = _digest(f"{self.agent_id}|{self.action}|{self.location}|{self.timestamp}")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the id, then the fields in their order."""
        return {
            "id": self.id,
            "agent_id": self.agent_id,
            "action": self.action,
            "location": self.location,
            "target": self.target,
            "faction": self.faction,
            "metadata": self.metadata,
            "timestamp": self.timestamp,
        }


@dataclass
class NormViolation:
    """An action that a norm prohibits. ``timestamp``: seconds since the epoch."""

    norm_id: str
    norm_name: str
    action_id: str
    agent_id: str
    description: str
    severity: str = "warn"
    timestamp: float = 0.0
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = _digest(f"{self.norm_id}|{self.action_id}|{self.timestamp}")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the id, then the fields in their order."""
        return {
            "id": self.id,
            "norm_id": self.norm_id,
            "norm_name": self.norm_name,
            "action_id": self.action_id,
            "agent_id": self.agent_id,
            "description": self.description,
            "severity": self.severity,
            "timestamp": self.timestamp,
        }


@dataclass
class NormRevision:
    """That a norm was added, modified or repealed. ``timestamp``: seconds since the epoch."""

    norm_id: str
    revision_type: str
    reason: str = ""
    timestamp: float = 0.0
    id: str = field(init=False)

    def __post_init__(self) -> None:
        self.id = _digest(f"{self.norm_id}|{self.revision_type}|{self.timestamp}")

    def to_dict(self) -> dict[str, Any]:
        """The JSON form: the id, then the fields in their order."""
        return {
            "id": self.id,
            "norm_id": self.norm_id,
            "revision_type": self.revision_type,
            "reason": self.reason,
            "timestamp": self.timestamp,
        }
