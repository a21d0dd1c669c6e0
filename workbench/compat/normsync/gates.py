"""The gates of normsync's later versions (specification §10), over this package's norms, monitors and stores.

Imports the records, the monitor, the store and ``workbench.norms.gates``, where the verdicts are made. Ask before the
side effect, and act on ``exit_code`` 0, 1 or 2, or let the ``assert_`` forms raise.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workbench.compat.normsync.monitor import NormMonitor
from workbench.compat.normsync.norm import AgentAction, WorldNorm
from workbench.compat.normsync.store import NormStore
from workbench.norms.gates import (
    RULE_REVIEW_DIMENSIONS,
    ClosedLoopError,
    GateOutcome,
    RuleReview,
    analyze_rule_review,
    assert_in_scope,
    assert_passed,
    assert_rule_review_ok,
    first_refusal,
    gate_rule_review,
    gate_scope,
    is_cross_scope_action,
    is_high_risk_action,
    is_rule_review_dimension,
    judge_action,
)

__all__ = [
    "RULE_REVIEW_DIMENSIONS",
    "ClosedLoopError",
    "GateOutcome",
    "RuleReview",
    "analyze_rule_review",
    "assert_action_allowed",
    "assert_in_scope",
    "assert_rule_review_ok",
    "gate_action",
    "gate_actions",
    "gate_rule_review",
    "gate_scope",
    "is_cross_scope_action",
    "is_high_risk_action",
    "is_rule_review_dimension",
]


def gate_action(
    action: str | AgentAction,
    norms: Sequence[WorldNorm] | NormMonitor | NormStore | None = None,
    *,
    agent_id: str = "",
    location: str = "",
    target: str = "",
    faction: str = "",
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
    record_violations: bool | None = None,
    store: NormStore | None = None,
) -> GateOutcome:
    """Whether an action may go ahead under these norms (or those of ``store``, where none are given).

    ``agent_id``, ``location``, ``target`` and ``faction`` are for an action given as text. Violations are saved in
    ``store`` where one is given, unless ``record_violations`` is False; True needs a store (``ValueError``).
    Verdicts and codes: :func:`workbench.norms.gates.judge_action`.
    """
    if record_violations and store is None:
        raise ValueError("violations can be recorded only in a `store`, and none was given")
    asked = norms if norms is not None else store
    monitor = asked if isinstance(asked, NormMonitor) else NormMonitor(asked)
    done = action if isinstance(action, AgentAction) else AgentAction(agent_id, action, location, target, faction)
    named = isinstance(done.action, str) and bool(done.action.strip())
    found: list[Any] = list(monitor.check(done)) if named else []
    if store is not None and record_violations is not False:
        for violation in found:
            store.save_violation(violation)
    return judge_action(
        done.action,
        agent_id=done.agent_id,
        active_norm_count=len(monitor.active_norms()),
        violations=found,
        require_norms_for_high_risk=require_norms_for_high_risk,
        extra_high_risk=extra_high_risk,
    )


def gate_actions(
    actions: Iterable[str | AgentAction],
    norms: Sequence[WorldNorm] | NormMonitor | NormStore | None = None,
    **options: Any,
) -> GateOutcome:
    """The first refusal of a batch, after which nothing is asked; an empty batch fails loud."""
    monitor = norms if norms is None or isinstance(norms, NormMonitor) else NormMonitor(norms)
    return first_refusal(gate_action(action, monitor, **options) for action in actions)


def assert_action_allowed(
    action: str | AgentAction,
    norms: Sequence[WorldNorm] | NormMonitor | NormStore | None = None,
    **options: Any,
) -> GateOutcome:
    """:func:`gate_action`, raising :class:`ClosedLoopError` on a refusal."""
    return assert_passed(gate_action(action, norms, **options))
