"""Violations in normsync's form: ``{id, norm_id, norm_name, action_id, agent_id, description, severity, timestamp}``.

``timestamp`` in seconds since 1970 (UTC). What a workspace knows besides (the decision's number, its code, its rule)
comes as further keys. Agents read their own, those who sign here read all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.norms.reporting import record_id
from workbench.server.callers import Caller

if TYPE_CHECKING:
    from workbench.service.norm_views import Violation
    from workbench.service.workspace import Workspace

MOST = 1000  # decisions that are looked through for those of one agent


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


def listed(workspace: Workspace, caller: Caller, limit: int) -> list[dict[str, Any]]:
    """The newest violations, newest first: at most ``limit`` of those that the caller may read."""
    found = workspace.norm_reports.report(limit=limit if caller.sees_all else MOST).violations
    mine = [each.to_dict() for each in found if caller.sees_all or each.agent_id == caller.agent]
    own = caller.own(workspace, {each["seq"] for each in mine})
    return [each for each in mine if each["seq"] in own][:limit]
