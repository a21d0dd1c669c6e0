"""Acknowledging a group from any view of Live: what is asked first, the window, and what is said afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.tui.screens.keyring import keys_here
from workbench.tui.screens.modals.acknowledge_group import AcknowledgeGroupScreen, WithdrawGroupScreen
from workbench.tui.screens.norm_names import names_of
from workbench.tui.view.groups import rule_word, who
from workbench.tui.view.plain import one_line

if TYPE_CHECKING:
    from datetime import datetime

    from workbench.service.group_views import AckView, GroupView
    from workbench.service.views import KeyView
    from workbench.service.workspace import Workspace
    from workbench.tui.screens.live_pane import LivePane


@dataclass(frozen=True, slots=True)
class Asked:
    """The group as it is now, the name of its norm, the keys here, and the present."""

    group: GroupView
    name: str
    keys: tuple[KeyView, ...]
    now: datetime


def ask(workspace: Workspace, rule: str, agent: str, action: str) -> Asked:
    """What the window shows; for a thread. Raises :class:`WorkbenchError` (``no_group``)."""
    group = workspace.groups.get(rule, agent, action)
    name = names_of(workspace, (rule,)).get(rule, "")
    return Asked(group, name, keys_here(workspace), workspace.groups.now())


def acknowledge(pane: LivePane, rule: str, agent: str, action: str) -> None:
    """Open the window in which the group is acknowledged."""

    def show(asked: Asked) -> None:
        window = AcknowledgeGroupScreen(pane.workspace, asked.group, asked.name, asked.keys, asked.now)
        pane.app.push_screen(window, lambda ack: _said(pane, asked, ack))

    pane.run_service(ask, pane.workspace, rule, agent, action, group="acknowledge", on_result=show)


def _said(pane: LivePane, asked: Asked, ack: AckView | None) -> None:
    if ack is None:
        return
    about = " × ".join(one_line(part) for part in (rule_word(asked.group, asked.name), ack.agent, ack.action))
    pane.notify(f"{about}\nuntil {ack.until:%d %b %H:%M} UTC, by {who(ack)}", title="✓ acknowledged", markup=False)
    go_on = getattr(pane, "go_on", None)
    if go_on is not None:
        go_on()
    _look(pane)


def withdraw(pane: LivePane, rule: str, agent: str, action: str) -> None:
    """Open the window in which an acknowledgement is taken back."""
    workspace = pane.workspace

    def show(asked: Asked) -> None:
        if asked.group.ack is not None:
            window = WithdrawGroupScreen(workspace, asked.group, asked.name, asked.keys, asked.now)
            pane.app.push_screen(window, lambda taken: _look(pane) if taken is not None else None)

    pane.run_service(ask, workspace, rule, agent, action, group="acknowledge", on_result=show)


def _look(pane: LivePane) -> None:
    anew = getattr(pane, "ask_anew", None)
    if anew is not None:
        anew()
