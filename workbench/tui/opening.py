"""Opening the workspace and its player: runs in a thread, and imports the services there, after the first paint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.service.clock import Clock
    from workbench.service.deliverer import Deliverer
    from workbench.service.workspace import Workspace
    from workbench.tui.playing import PlayerLike


def open_workspace(location: Path | None, clock: Clock | None, *, demo: bool) -> Workspace:
    """The workspace at ``location`` (``None``: the default one, or the demo's). Raises ``WorkbenchError``."""
    if demo:
        from workbench.service.demo import open_demo

        return open_demo(location, clock=clock)
    from workbench.service.paths import default_workspace
    from workbench.service.workspace import Workspace

    return Workspace.open(location or default_workspace(), clock=clock)


def demo_player(workspace: Workspace, clock: Clock | None) -> PlayerLike | None:
    """A player of the sample's recorded actions that goes on where it was left; ``None`` where there are none."""
    recording = workspace.recording()
    if recording is None:
        return None
    from workbench.service.player import Player

    return Player(workspace, recording, played=sum(workspace.status().outcomes.values()), clock=clock)


def deliverer(workspace: Workspace) -> Deliverer:
    """What sends notices while the screens are open; it costs a look at the outbox every other second."""
    from workbench.service.deliverer import Deliverer

    return Deliverer(workspace.notices)
