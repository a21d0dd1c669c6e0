"""Gates over a workspace or a monitor: asked by callers before an act with side effects. A workspace records the answer
as a decision.

``gate_scope`` and ``gate_rule_review`` need no workspace: they are ``workbench.norms.gates``. A gate never raises and
never lets pass what it could not judge: whatever goes wrong is ``FAIL_LOUD``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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
from workbench.service.monitoring import Monitor
from workbench.service.views import Credential

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workbench.engine.request import Request
    from workbench.service.norm_views import Outcome
    from workbench.service.workspace import Workspace

__all__ = [
    "GateOutcome",
    "assert_action_allowed",
    "gate_action",
    "gate_actions",
    "gate_request",
    "gate_rule_review",
    "gate_scope",
    "gate_stored_action",
    "guarded",
]


def gate_action(
    workspace: Workspace | Monitor,
    action: str,
    *,
    agent_id: str = "agent",
    location: str = "",
    target: str = "",
    faction: str = "",
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
) -> GateOutcome:
    """Whether an agent may do something now, by everything that is in force in ``workspace`` (a world), or by the norms
    of a monitor.

    Active norms are the run-time norms and the forbids of the signed version; any word of the action can make it a
    high-risk one (``delete_ticket``). Codes: those of ``judge_action``; ``denied`` (refused, but by no forbid),
    ``held`` (people are asked first), ``gate_error`` (nothing was decided).
    """

    def ask() -> Outcome:
        asked = workspace if isinstance(workspace, Monitor) else workspace.norms
        return asked.check(agent_id, action, location, target, faction)

    return guarded(
        lambda: _judged(workspace, action, agent_id, ask, require_norms_for_high_risk, tuple(extra_high_risk)),
        action=action,
        agent_id=agent_id,
    )


def gate_request(
    workspace: Workspace,
    request: Request,
    *,
    entities: Sequence[Any] = (),
    facts: Mapping[str, Any] | None = None,
    require_norms_for_high_risk: bool = True,
    extra_high_risk: Iterable[str] = (),
) -> GateOutcome:
    """:func:`gate_action` of a whole request, under any schema. The caller vouches for who asks, and for ``facts``."""
    action, agent_id = request.action.id, request.principal.id

    def ask() -> Outcome:
        who = Credential(str(request.principal))
        return workspace.norms.check_request(request, credential=who, entities=entities, facts=facts)

    return guarded(
        lambda: _judged(workspace, action, agent_id, ask, require_norms_for_high_risk, tuple(extra_high_risk)),
        action=action,
        agent_id=agent_id,
    )


def _judged(
    workspace: Workspace | Monitor,
    action: str,
    agent_id: str,
    ask: Callable[[], Outcome],
    require_norms: bool,
    extra: tuple[str, ...],
) -> GateOutcome:
    count = _active(workspace)

    def verdict(violations: tuple[object, ...]) -> GateOutcome:
        return judge_action(
            action,
            agent_id=agent_id,
            active_norm_count=count,
            violations=violations,
            require_norms_for_high_risk=require_norms,
            extra_high_risk=extra,
            by_words=True,
        )

    first = verdict(())
    if not first.ok:
        return first  # nothing is recorded of what is refused unasked
    found = ask()
    outcome = verdict(tuple(found.violations))
    if not outcome.ok or found.allowed:
        return outcome
    held = found.decision.outcome == "hold"
    reason = f"`{action}` waits for people" if held else f"`{action}` is refused: {found.decision.remedy}"
    return _refused(outcome, "held" if held else "denied", reason, human=held)


def gate_actions(
    workspace: Workspace | Monitor,
    actions: Iterable[str],
    *,
    agent_id: str = "agent",
    location: str = "",
    faction: str = "",
) -> GateOutcome:
    """Several actions of an agent: the first refusal, else a pass. None at all fails loud."""
    return guarded(
        lambda: first_refusal(
            gate_action(workspace, action, agent_id=agent_id, location=location, faction=faction) for action in actions
        ),
        agent_id=agent_id,
    )


def assert_action_allowed(workspace: Workspace | Monitor, action: str, **about: str) -> GateOutcome:
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


def _active(workspace: Workspace | Monitor) -> int:
    """How many norms are in force: of a workspace, those that are listed and the other forbids of its version."""
    if isinstance(workspace, Monitor):
        return len(workspace.norms)
    norms = workspace.norms.list()
    listed = {norm.rule for norm in norms}
    rules = workspace.rules()
    forbids = sum(rule.kind == "forbid" and rule.stage == "enforce" and rule.id not in listed for rule in rules)
    return len(norms) + forbids


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
