"""World norms as normsync 0.1.2 has them: the same names, ids, matching, files and reports. Change one import.

    from workbench.compat.normsync import NormMonitor, WorldNorm, AgentAction, print_violations

Imports ``workbench.norms`` (the gates) and nothing else of the workbench. Modules bear the original's names where it
has them; besides are ``gates`` (its later versions'), ``index`` (why a check takes microseconds) and ``reading``
(import of a file).
"""

from workbench.compat.normsync.compliance import AgentCompliance, agent_compliance_report, fleet_compliance_report
from workbench.compat.normsync.conflicts import NormConflict, detect_norm_conflicts
from workbench.compat.normsync.gates import (
    ClosedLoopError,
    GateOutcome,
    analyze_rule_review,
    assert_action_allowed,
    assert_in_scope,
    assert_rule_review_ok,
    gate_action,
    gate_actions,
    gate_rule_review,
    gate_scope,
    is_cross_scope_action,
    is_high_risk_action,
    is_rule_review_dimension,
)
from workbench.compat.normsync.monitor import NormMonitor
from workbench.compat.normsync.norm import AgentAction, NormRevision, NormViolation, WorldNorm
from workbench.compat.normsync.reading import NormsDatabase, NormsDatabaseError, read_norms_db
from workbench.compat.normsync.report import print_violations, to_json, to_markdown
from workbench.compat.normsync.store import NormStore
from workbench.compat.normsync.versioning import NormVersion, NormVersionStore

__version__ = "0.1.2"  # of normsync, whose behaviour this is

__all__ = [
    "AgentAction",
    "AgentCompliance",
    "ClosedLoopError",
    "GateOutcome",
    "NormConflict",
    "NormMonitor",
    "NormRevision",
    "NormStore",
    "NormVersion",
    "NormVersionStore",
    "NormViolation",
    "NormsDatabase",
    "NormsDatabaseError",
    "WorldNorm",
    "agent_compliance_report",
    "analyze_rule_review",
    "assert_action_allowed",
    "assert_in_scope",
    "assert_rule_review_ok",
    "detect_norm_conflicts",
    "fleet_compliance_report",
    "gate_action",
    "gate_actions",
    "gate_rule_review",
    "gate_scope",
    "is_cross_scope_action",
    "is_high_risk_action",
    "is_rule_review_dimension",
    "print_violations",
    "read_norms_db",
    "to_json",
    "to_markdown",
]
