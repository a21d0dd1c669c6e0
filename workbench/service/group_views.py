"""What the service tells of groups (rule × agent × action) and of agents: frozen values, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

Standing: TypeAlias = Literal["open", "acknowledged", "grew", "expired", "stopped"]
"""``open``: nobody has acknowledged it; ``grew``, ``expired``: somebody had; ``stopped``: a stop refused it, so whoever
placed the stop knows."""


@dataclass(frozen=True, slots=True)
class AckView:
    """Who acknowledged a group, why, and until when. ``by`` is empty where nobody signed: someone at a terminal here.
    ``rate``: refusals in the minute before; ``bound``: how many in a minute bring the group back."""

    id: str
    rule: str
    agent: str
    action: str
    by: str
    why: str
    at: datetime
    until: datetime
    rate: int
    bound: int
    event: int  # its ledger number

    @property
    def key(self) -> tuple[str, str, str]:
        """The group: rule, agent, action."""
        return self.rule, self.agent, self.action


@dataclass(frozen=True, slots=True)
class GroupView:
    """One rule stopping one agent at one action. ``rule`` is empty for a default deny (``code`` says which).

    ``count``: in the window; ``total``: as far as was counted; ``rate``: in the last minute; ``minutes``: in each of
    the last twenty, oldest first. ``first``, ``last``: when seen, of all counted. ``newest``: its last decision.
    ``ack``: what was said of it last, also where that has lapsed (``standing`` says so).
    """

    rule: str
    agent: str
    action: str
    kind: Literal["violation", "deny", "hold"]
    severity: str
    code: str
    count: int
    total: int
    rate: int
    minutes: tuple[int, ...]
    first: datetime
    last: datetime
    newest: int
    standing: Standing = "open"
    ack: AckView | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """Rule, agent, action: what makes it this group."""
        return self.rule, self.agent, self.action

    @property
    def acknowledged(self) -> bool:
        """Whether somebody has said that it is known, and that still stands."""
        return self.standing == "acknowledged"

    @property
    def known(self) -> bool:
        """Whether it is acknowledged, or known by definition: what a stop refuses, somebody meant to be refused."""
        return self.standing in ("acknowledged", "stopped")

    @property
    def unacknowledged(self) -> bool:
        """Whether it waits for somebody to acknowledge it. What is held is not refused: it waits among the cases."""
        return self.kind != "hold" and not self.known


@dataclass(frozen=True, slots=True)
class Storm:
    """Refusals that come thick: ``rate`` of them in the last minute, in so many ``groups`` that nobody acknowledged.
    ``of``: how many groups of refusals of the last hour nobody acknowledged, thick or not."""

    rate: int
    groups: int
    of: int = 0


@dataclass(frozen=True, slots=True)
class Counting:
    """How far counting has come. ``left``: decisions' numbers that are not looked at yet (the older ones; 0: none).
    ``dropped``: groups that were left out because there were too many."""

    left: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class GroupsView:
    """The groups of a window: unacknowledged refusals, what was held, what is known. ``now``: the present as the
    ledger believes it."""

    window: str
    order: str
    groups: tuple[GroupView, ...]
    now: datetime
    storm: Storm | None = None
    counting: Counting = Counting()

    @property
    def unacknowledged(self) -> int:
        """How many groups of refusals nobody has acknowledged, or no more."""
        return sum(group.unacknowledged for group in self.groups)

    @property
    def held(self) -> int:
        """How many groups are of requests that were held, not refused."""
        return sum(group.kind == "hold" for group in self.groups)


@dataclass(frozen=True, slots=True)
class AgentView:
    """What one agent was told in the window. ``violation`` counts apart from ``deny`` (the other denials).

    ``last`` is ``None`` for an agent of the directory that never acted. ``held``: requests of it that wait now.
    ``stopped_until``: when the stop of it (or of all) ends; ``None`` where none is in force.
    """

    agent: str
    allow: int
    hold: int
    deny: int
    violation: int
    rate: int
    minutes: tuple[int, ...]
    first: datetime | None
    last: datetime | None
    newest: int = 0
    held: int = 0
    stopped_until: datetime | None = None

    @property
    def total(self) -> int:
        """Decisions in the window."""
        return self.allow + self.hold + self.deny + self.violation

    @property
    def denied(self) -> int:
        """Refusals in the window: violations and all other denials."""
        return self.deny + self.violation

    @property
    def deny_rate(self) -> float:
        """Refusals as a part of all, 0 to 1; 0 where nothing was decided."""
        return self.denied / self.total if self.total else 0.0


@dataclass(frozen=True, slots=True)
class AgentsView:
    """Every agent that acted, and those of the directory that never did. ``now`` as in :class:`GroupsView`."""

    window: str
    order: str
    agents: tuple[AgentView, ...]
    now: datetime
    counting: Counting = Counting()
