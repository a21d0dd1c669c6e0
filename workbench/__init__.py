"""Constitution Workbench: write, prove, sign and watch the rules that agents run under.

The public Python names load on first use, so that ``import workbench`` stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.engine.decision import Decision
    from workbench.engine.entities import Entities
    from workbench.engine.request import Request
    from workbench.norms.gates import ClosedLoopError, assert_in_scope, gate_rule_review, gate_scope
    from workbench.norms.norm import Norm
    from workbench.service.constitution import Constitution
    from workbench.service.gating import assert_action_allowed, gate_action, gate_actions, gate_request
    from workbench.service.monitoring import Monitor
    from workbench.speech.strict.evaluating import evaluate_speech

__version__ = "0.1.0"

_HOMES = {
    "ClosedLoopError": "workbench.norms.gates",
    "Constitution": "workbench.service.constitution",
    "Decision": "workbench.engine.decision",
    "Entities": "workbench.engine.entities",
    "Monitor": "workbench.service.monitoring",
    "Norm": "workbench.norms.norm",
    "Request": "workbench.engine.request",
    "assert_action_allowed": "workbench.service.gating",
    "assert_in_scope": "workbench.norms.gates",
    "evaluate_speech": "workbench.speech.strict.evaluating",
    "gate_action": "workbench.service.gating",
    "gate_actions": "workbench.service.gating",
    "gate_request": "workbench.service.gating",
    "gate_rule_review": "workbench.norms.gates",
    "gate_scope": "workbench.norms.gates",
}

__all__ = [
    "ClosedLoopError",
    "Constitution",
    "Decision",
    "Entities",
    "Monitor",
    "Norm",
    "Request",
    "__version__",
    "assert_action_allowed",
    "assert_in_scope",
    "evaluate_speech",
    "gate_action",
    "gate_actions",
    "gate_request",
    "gate_rule_review",
    "gate_scope",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its home on first use (PEP 562)."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `workbench` has no attribute `{name}`")
    return getattr(import_module(home), name)
