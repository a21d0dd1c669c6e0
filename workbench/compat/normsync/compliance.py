"""How well agents keep to the norms: one agent, or the fleet with the worst first (specification §6).

Imports the records and the monitor. Actions count in the order given, whatever their timestamps say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.compat.normsync.monitor import NormMonitor
from workbench.compat.normsync.norm import AgentAction

_RISKS = ((1.0, "compliant"), (0.9, "low_risk"), (0.7, "medium_risk"), (0.5, "high_risk"))
_TURN = 0.1  # by how much the share of violating actions must move to be a trend


@dataclass
class AgentCompliance:
    """One agent's record. ``compliance_rate``: share of its actions without a violation, 0 to 1.

    ``violation_breakdown``: violations by norm name, first seen first; ``risk_level``: compliant, low_risk,
    medium_risk, high_risk, non_compliant; ``trend``: improving, stable, degrading (second half against first).
    """

    agent_id: str
    total_actions: int
    violations: int
    compliance_rate: float
    violation_breakdown: dict[str, int]
    risk_level: str
    trend: str


def _share(violating: list[bool]) -> float:
    return sum(violating) / max(1, len(violating))


def _trend(violating: list[bool]) -> str:
    half = len(violating) // 2
    first, second = _share(violating[:half]), _share(violating[half:])
    if second < first - _TURN:
        return "improving"
    return "degrading" if second > first + _TURN else "stable"


def agent_compliance_report(monitor: NormMonitor, agent_id: str, actions: Iterable[AgentAction]) -> AgentCompliance:
    """Check those of the actions that are this agent's. An agent without actions is compliant."""
    violating: list[bool] = []
    breakdown: dict[str, int] = {}
    for action in actions:
        if action.agent_id != agent_id:
            continue
        found = monitor.check(action)
        violating.append(bool(found))
        for violation in found:
            breakdown[violation.norm_name] = breakdown.get(violation.norm_name, 0) + 1
    rate = 1.0 - _share(violating)
    risk = next((name for least, name in _RISKS if rate >= least), "non_compliant")
    return AgentCompliance(agent_id, len(violating), sum(breakdown.values()), rate, breakdown, risk, _trend(violating))


def fleet_compliance_report(
    monitor: NormMonitor, actions_by_agent: Mapping[str, Iterable[AgentAction]]
) -> list[AgentCompliance]:
    """One report for each agent, the lowest compliance rate first; equal rates in the order given."""
    reports = [agent_compliance_report(monitor, agent, actions) for agent, actions in actions_by_agent.items()]
    return sorted(reports, key=lambda report: report.compliance_rate)
