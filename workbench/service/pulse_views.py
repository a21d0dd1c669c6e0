"""What the pulse of a swarm returns to faces. Frozen values; times are aware UTC datetimes; names are data."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.service.views import Bucket


@dataclass(frozen=True, slots=True)
class Share:
    """How the decisions of one agent, or by one rule, came out. ``deny`` includes ``violations``."""

    name: str
    allow: int
    deny: int
    hold: int
    violations: int

    @property
    def refused(self) -> int:
        """Denied or held."""
        return self.deny + self.hold

    @property
    def total(self) -> int:
        """All of them."""
        return self.allow + self.deny + self.hold


@dataclass(frozen=True, slots=True)
class Pulse:
    """The decisions recorded within ``seconds`` before now.

    ``buckets``: equal slices of ``slice_seconds``, the oldest first, the last one holding the present. ``agents``: who
    acted, those refused most first; ``rules``: what denied or held, likewise (an empty name: no permit applied).
    ``agent_count``: how many acted, ``agents`` may be fewer.
    """

    seconds: float
    slice_seconds: float
    buckets: tuple[Bucket, ...]
    agents: tuple[Share, ...] = ()
    rules: tuple[Share, ...] = ()
    agent_count: int = 0

    @property
    def total(self) -> int:
        """How many decisions."""
        return sum(each.allow + each.deny + each.hold for each in self.buckets)
