"""Gates over a workspace: asked by callers before an act with side effects; the answer is recorded as a decision.

``gate_scope`` and ``gate_rule_review`` need no workspace: they are ``workbench.norms.gates``. A gate never raises and
never lets pass what it could not judge: whatever goes wrong is ``FAIL_LOUD``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.norms.gates import (
    EXIT_CODES,
    GateOutcome,
    assert_passed,
    first_refusal,
    gate_rule_review,
    gate_scope,
    judge_action,
)
from workbench.service.errors import WorkbenchError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.service.workspace import Workspace

__all__ = [
    "GateOutcome",
    "assert_action_allowed",
    "gate_action",
    "gate_actions",
    "gate_rule_review",
    "gate_scope",
    "gate_stored_action",
    "guarded",
]


def gate_action(
    workspace: Workspace,
    action: str,
    *,
    agent_id: str = "agent",
    location: str = "",
    target: str = "",
    faction: str = "",
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
) -> GateOutcome:
    """Whether an agent may do something now, by everything that is in force in ``workspace`` (a world).

    Active norms are the run-time norms and the forbids of the signed version. Codes: those of ``judge_action``;
    ``denied`` (refused, but by no forbid), ``held`` (people are asked first), ``gate_error`` (nothing was decided).
    """

    def judged() -> GateOutcome:
        extra = tuple(extra_high_risk)
        count = len(workspace.norms.list()) + _signed_forbids(workspace)

        def verdict(violations: tuple[object, ...]) -> GateOutcome:
            return judge_action(
                action,
                agent_id=agent_id,
                active_norm_count=count,
                violations=violations,
                require_norms_for_high_risk=require_norms_for_high_risk,
                extra_high_risk=extra,
            )

        first = verdict(())
        if not first.ok:
            return first  # nothing is recorded of what is refused unasked
        found = workspace.norms.check(agent_id, action, location, target, faction)
        outcome = verdict(tuple(found.violations))
        if not outcome.ok or found.allowed:
            return outcome
        held = found.decision.outcome == "hold"
        reason = f"`{action}` waits for people" if held else f"`{action}` is refused: {found.decision.remedy}"
        return _refused(outcome, "held" if held else "denied", reason, human=held)

    return guarded(judged, action=action, agent_id=agent_id)


def gate_actions(
    workspace: Workspace, actions: Iterable[str], *, agent_id: str = "agent", location: str = "", faction: str = ""
) -> GateOutcome:
    """Several actions of an agent: the first refusal, else a pass. None at all fails loud."""
    return guarded(
        lambda: first_refusal(
            gate_action(workspace, action, agent_id=agent_id, location=location, faction=faction) for action in actions
        ),
        agent_id=agent_id,
    )


def assert_action_allowed(workspace: Workspace, action: str, **about: str) -> GateOutcome:
    """:func:`gate_action`, raising ``ClosedLoopError`` on a refusal."""
    return assert_passed(gate_action(workspace, action, **about))  # type: ignore[arg-type]


def gate_stored_action(
    path: Path,
    action: str,
    *,
    at: float,
    agent_id: str = "agent",
    location: str = "",
    target: str = "",
    faction: str = "",
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
) -> GateOutcome:
    """The same over a norms.db: its active norms, matched as normsync matches; violations are stored in it."""

    def judged() -> GateOutcome:
        from workbench.service.norm_files import NormFile

        file = NormFile(path)
        count = len(file.active)
        found = file.check(agent_id, action, location, target, faction, at=at) if action.strip() else ()
        return judge_action(
            action,
            agent_id=agent_id,
            active_norm_count=count,
            violations=found,
            require_norms_for_high_risk=require_norms_for_high_risk,
            extra_high_risk=extra_high_risk,
        )

    return guarded(judged, action=action, agent_id=agent_id)


def guarded(judge: Callable[[], GateOutcome], *, action: str = "", agent_id: str = "") -> GateOutcome:
    """What ``judge`` says; ``FAIL_LOUD`` with the code ``gate_error`` where it raises anything at all."""
    try:
        return judge()
    except Exception as error:  # a gate that breaks is closed
        if isinstance(error, WorkbenchError):
            said = f"{error.title}: {error.detail}" if error.detail else error.title
        else:
            said = type(error).__name__  # the text of an exception may hold anything
        reason = f"nothing could be decided: {said}"
        return GateOutcome(
            False, "FAIL_LOUD", reason, EXIT_CODES["FAIL_LOUD"],
            action=action if isinstance(action, str) else "", agent_id=agent_id if isinstance(agent_id, str) else "",
            human_required=True, code="gate_error",
        )  # fmt: skip


def _signed_forbids(workspace: Workspace) -> int:
    """The forbids that bind in the version in force, those aside that are listed as norms."""
    listed = {norm.rule for norm in workspace.norms.list()}
    rules = workspace.rules()
    return sum(rule.kind == "forbid" and rule.stage == "enforce" and rule.id not in listed for rule in rules)


def _refused(outcome: GateOutcome, code: str, reason: str, *, human: bool) -> GateOutcome:
    return replace(
        outcome,
        ok=False,
        verdict="FAIL",
        exit_code=EXIT_CODES["FAIL"],
        code=code,
        reason=reason,
        human_required=human or outcome.high_risk,
    )
