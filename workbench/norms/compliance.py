"""Compliance: how much of what agents did kept to the rules. Pure; imports nothing.

Counted over **every** recorded action, not over violating ones only. The thresholds of the risk level are normsync's
(``agent_compliance_report``). The trend compares the later half of an agent's actions with the earlier half, as there,
with two differences, because there one violating action made an agent ``degrading`` for good: under
:data:`FEWEST` actions nothing is said (``unknown``), and the halves must differ by more than one violating action as
well as by more than a tenth of the actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Risk = Literal["compliant", "low_risk", "medium_risk", "high_risk", "non_compliant"]
Trend = Literal["improving", "stable", "degrading", "unknown"]
FEWEST = 10  # actions from which on a trend is told
MARGIN = 0.1  # the share of violating actions by which the halves must differ, and more
_LEVELS: tuple[tuple[float, Risk], ...] = (
    (1.0, "compliant"),
    (0.9, "low_risk"),
    (0.7, "medium_risk"),
    (0.5, "high_risk"),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one agent. ``total``: recorded actions; ``violating``: those among them that violated a rule;
    ``violating_early``: those among the violating ones that fall into the first ``total // 2`` actions;
    ``breakdown``: rule → how often it was broken; an action may break several at once."""

    agent_id: str
    total: int
    violating: int = 0
    violating_early: int = 0
    breakdown: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentCompliance:
    """One agent's report. ``violations``: how often a rule was broken, the sum of the breakdown; ``violating_actions``:
    how many actions broke one or more. ``compliance_rate``: the share of the others among all actions, from 0 to 1; 1
    where nothing was recorded."""

    agent_id: str
    total_actions: int
    violations: int
    compliance_rate: float
    risk_level: Risk
    trend: Trend
    violation_breakdown: Mapping[str, int]
    violating_actions: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {
            "agent_id": self.agent_id,
            "total_actions": self.total_actions,
            "violations": self.violations,
            "violating_actions": self.violating_actions,
            "compliance_rate": self.compliance_rate,
            "risk_level": self.risk_level,
            "trend": self.trend,
            "violation_breakdown": dict(self.violation_breakdown),
        }


def risk_level(rate: float) -> Risk:
    """The level of a rate between 0 and 1."""
    return next((level for least, level in _LEVELS if rate >= least), "non_compliant")


def trend(total: int, violating: int, violating_early: int) -> Trend:
    """Whether the later half of ``total`` actions violates less or more than the earlier half (``total // 2``)."""
    if total < FEWEST:
        return "unknown"
    early, late = total // 2, total - total // 2
    later = violating - violating_early
    change = later / late - violating_early / early
    if abs(later - violating_early) < 2 or abs(change) <= MARGIN:
        return "stable"
    return "degrading" if change > 0 else "improving"


def agent_report(counted: Counted) -> AgentCompliance:
    """The report of one agent; the breakdown begins with what was violated most."""
    rate = 1.0 - counted.violating / max(counted.total, 1)
    return AgentCompliance(
        agent_id=counted.agent_id,
        total_actions=counted.total,
        violations=sum(counted.breakdown.values()),
        compliance_rate=rate,
        risk_level=risk_level(rate),
        trend=trend(counted.total, counted.violating, counted.violating_early),
        violation_breakdown=dict(sorted(counted.breakdown.items(), key=lambda item: (-item[1], item[0]))),
        violating_actions=counted.violating,
    )


def fleet_report(counted: Iterable[Counted]) -> tuple[AgentCompliance, ...]:
    """Every agent's report, the worst first: by rate, then by how often they violated, then by name."""
    reports = [agent_report(each) for each in counted]
    return tuple(sorted(reports, key=lambda each: (each.compliance_rate, -each.violations, each.agent_id)))
