"""Violations in normsync's form: ``{id, norm_id, norm_name, action_id, agent_id, description, severity, timestamp}``.

``timestamp`` in seconds since 1970; ``id`` and ``action_id`` are made as that package makes them. Each carries
``event`` beside it: the ledger number of the decision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.compat.normsync import NormViolation
from workbench.server.callers import Caller

if TYPE_CHECKING:
    from workbench.service.norm_views import Outcome, Violation
    from workbench.service.workspace import Workspace


def violation_json(violation: Violation, outcome: Outcome) -> dict[str, Any]:
    """One violation of an action that was just decided."""
    return {**_made(violation), "event": outcome.event}


def _made(violation: Violation) -> dict[str, Any]:
    return NormViolation(
        norm_id=violation.norm_id,
        norm_name=violation.norm_name,
        action_id=violation.action_id,
        agent_id=violation.agent_id,
        description=violation.description,
        severity=violation.severity,
        timestamp=violation.at.timestamp(),
    ).to_dict()


def listed(workspace: Workspace, caller: Caller, limit: int) -> list[dict[str, Any]]:
    """The newest violations, newest first: ``limit`` of those that the caller may read."""
