"""Violations in normsync's form: ``{id, norm_id, norm_name, action_id, agent_id, description, severity, timestamp}``.

``timestamp`` in seconds since 1970 (UTC). What a workspace knows besides (the decision's number, its code, its rule)
comes as further keys. Agents read their own, those who sign here read all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.norms.reporting import record_id
from workbench.server.callers import Caller

if TYPE_CHECKING:
    from workbench.service.norm_views import Violation
    from workbench.service.workspace import Workspace

MOST = 1000  # decisions of one agent's id that are looked through for its own


def violation_json(violation: Violation) -> dict[str, Any]:
    """One violation of an action that was just decided."""
    return {
        "id": record_id(violation.norm_id, violation.action_id, violation.event),
        "norm_id": violation.norm_id,
        "norm_name": violation.norm_name,
        "action_id": violation.action_id,
        "agent_id": violation.agent_id,
        "description": violation.description,
        "severity": violation.severity,
        "timestamp": violation.at.timestamp(),
        "seq": violation.event,
        "rule": violation.rule,
    }


@dataclass(frozen=True, slots=True)
class Listed:
    """The newest violations that a caller may read, newest first. ``more``: whether there are others."""

    violations: list[dict[str, Any]]
    more: bool


def listed(workspace: Workspace, caller: Caller, limit: int) -> Listed:
    """At most ``limit`` of them."""
    reports = workspace.norm_reports
    if caller.sees_all:
        report = reports.report(limit=limit)
        return _cut([each.to_dict() for each in report.violations], limit, report.cut)
    report = reports.report(limit=MOST, agent=caller.principal)  # by the id alone: others may share it
    found = [each.to_dict() for each in report.violations]
    own = caller.own(workspace, {each["seq"] for each in found})
    return _cut([each for each in found if each["seq"] in own], limit, report.cut)


def counted(workspace: Workspace, caller: Caller, shown: Listed) -> str:
    """How many there are, in words: of those that the caller may read."""
    if not shown.more:
        return str(len(shown.violations))
    if caller.sees_all:
        return str(workspace.norm_reports.counts().violations)
    return f"more than {len(shown.violations)}"


def _cut(found: list[dict[str, Any]], limit: int, more: bool) -> Listed:
    return Listed(found[:limit], more or len(found) > limit)
