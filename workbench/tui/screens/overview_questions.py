"""What the Overview asks the services, in threads: the pulse of a window, the last violations, what has a deadline.

Touches no widget; every answer is a frozen value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.service.amounts import amount_of
from workbench.tui.screens.norm_names import is_norm, names_of
from workbench.tui.screens.norm_names import named as with_names
from workbench.tui.view.spans import name_of
from workbench.tui.view.upcoming import Due, Waits

if TYPE_CHECKING:
    from workbench.service.pulse_views import Pulse
    from workbench.service.views import EventRow
    from workbench.service.workspace import Workspace

__all__ = ["Answer", "is_norm", "traffic", "waits"]

VIOLATIONS = 50
DUES = 50
NOTICES = 50


@dataclass(frozen=True, slots=True)
class Answer:
    """The pulse of ``window`` and the newest violations; a norm's rule by the norm's name.

    ``rules``: what the decisions call the pulse's rules, in its order.
    """

    window: str
    pulse: Pulse
    rows: tuple[EventRow, ...]
    rules: tuple[str, ...]


def traffic(workspace: Workspace, window: str, seconds: float) -> Answer:
    """What changes every second."""
    pulse = workspace.pulse.read(seconds)
    ids = tuple(share.name for share in pulse.rules)
    names = names_of(workspace, ids)
    rules = tuple(replace(share, name=names.get(share.name) or share.name) for share in pulse.rules)
    return Answer(window, replace(pulse, rules=rules), with_names(workspace, workspace.violations(VIOLATIONS)), ids)


def waits(workspace: Workspace) -> Waits:
    """Everything that ends by itself, the soonest first; and what could not be told to people."""
    dues = []
    listed = workspace.cases.list(limit=DUES)
    for case in listed:
        if case.state == "open" and case.deadline is not None:
            amount = amount_of(case.context)
            asked = f"{name_of(case.action)} by {name_of(case.requester)}{f', {amount}' if amount else ''}"
            dues.append(Due(case.deadline, "case", asked, case.id))
    for proposal in workspace.proposals(open_only=True):
        version = proposal.version
        if proposal.state == "approved" and proposal.effective_at is not None:
            dues.append(Due(proposal.effective_at, "takes effect", f"version {version.version}", version.digest))
        elif proposal.state == "proposed":
            dues.append(Due(proposal.expires_at, "expires", f"proposal {version.version}", version.digest))
    for overlay in workspace.overlays.list():
        if overlay.expires_at is not None:
            dues.append(Due(overlay.expires_at, "ends", f"{overlay.kind}: {overlay.what}"))
    failed = tuple(
        f"{notice.kind} {notice.subject}: {notice.failure}"
        for notice in workspace.notices.list(NOTICES, waiting_only=True)
        if notice.failure
    )
    dues.sort(key=lambda due: (due.at, due.kind, due.what))
    read = DUES if len(listed) == DUES else 0
    return Waits(tuple(dues), failed, workspace.groups.unacknowledged(), read)
