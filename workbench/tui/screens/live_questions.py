"""What Live asks the services, in threads: a decision with the cases that hold it, and what a stop would be about.

Touches no widget; every answer is a frozen value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.service.event_cases import case_of
from workbench.tui.screens.keyring import keys_here
from workbench.tui.view.detail import uid_text
from workbench.tui.view.norms import is_called

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.service.governing_views import CaseView
    from workbench.service.views import EventDetail, KeyView
    from workbench.service.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Opened:
    """A decision, and the cases that it opened or that held it already."""

    detail: EventDetail
    cases: tuple[CaseView, ...] = ()


@dataclass(frozen=True, slots=True)
class Stoppable:
    """What is offered for a stop: the keys here, the digest in force, and uids by kind (``agent``, ``action``)."""

    keys: tuple[KeyView, ...]
    digest: str
    names: Mapping[str, str]


def opened(workspace: Workspace, seq: int) -> Opened:
    """A decision in full. Raises :class:`WorkbenchError` (``no_event``)."""
    detail = workspace.event(seq)
    if detail.row.outcome != "hold":
        return Opened(detail)
    return Opened(detail, workspace.cases.of_event(seq) or _held_already(workspace, detail))


def _held_already(workspace: Workspace, detail: EventDetail) -> tuple[CaseView, ...]:
    """The cases that stood when the same was asked again: of each procedure the newest that is not younger than it."""
    about = tuple(uid_text(detail.request.get(name)) for name in ("principal", "action", "resource"))
    found: dict[str, CaseView] = {}
    listed = workspace.cases.list(open_only=False)
    for case in sorted(listed, key=lambda case: case.opened_at):
        same = (case.requester, case.action, case.resource) == about and case.event < detail.row.seq
        if same and case.procedure in detail.decision.get("procedures", ()):
            found[case.procedure] = case
    return tuple(found.values())


def stoppable(workspace: Workspace, about: int | Mapping[str, str] | None) -> Stoppable:
    """What a stop could name: of a decision by its ``seq``, or the uids given; nothing of it where there is none."""
    names: dict[str, str] = {}
    if isinstance(about, int):
        request = workspace.event(about).request
        given = {"agent": request.get("principal"), "action": request.get("action")}
        names = {kind: uid_text(value) for kind, value in given.items() if value}
    elif about is not None:
        names = dict(about)
    return Stoppable(keys_here(workspace), workspace.version().digest, names)


def opens_in(workspace: Workspace, rule_id: str) -> Literal["author", "norms", "overlays"]:
    """Where a rule that decided can be read: the constitution's in Author, a norm among norms, else an overlay."""
    if any(rule.id == rule_id for rule in workspace.rules()):
        return "author"
    if any(is_called(norm, rule_id) for norm in workspace.norms.list(in_force=False)):
        return "norms"
    return "overlays" if rule_id.startswith(("norm:", "brake:", "stop:")) else "author"


@dataclass(frozen=True, slots=True)
class AddedCase:
    """A decision as a test case of the draft. ``name`` is empty where the draft asked that already."""

    name: str
    tests: int


def add_case(workspace: Workspace, detail: EventDetail, expect: str) -> AddedCase:
    """Make a decision a test case that expects ``expect``, with the entities that it was decided by."""
    before = {str(case.get("name")) for case in workspace.draft().tests}
    after = workspace.add_tests((case_of(detail, expect, workspace.entities()),)).tests
    names = [str(case.get("name")) for case in after]
    return AddedCase(next((name for name in names if name not in before), ""), len(names))
