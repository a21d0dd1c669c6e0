"""A small workspace with overlays: what the stop key, the list and the line on every screen need, with no store behind.

Its answers have the real ones' form; ``tests/tui/test_stop_journey.py`` walks the same ways over the real workspace.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from tests.tui.draft_fakes import CASES, PASSPHRASE, DraftWorkspace
from tests.tui.fakes import NOW
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import OverlayView, SignWith
from workbench.service.views import Status, TestRun

ANA, SAM = 'Operator::"ana"', 'Operator::"sam"'
STOP = OverlayView(
    id="3f9a2c7e",
    kind="stop",
    state="in_force",
    what='agent Agent::"nora"',
    why="forty refunds a minute",
    placed_by=ANA,
    placed_at=NOW - timedelta(seconds=40),
    expires_at=NOW + timedelta(hours=3, minutes=59),
    signers=(ANA,),
    event=212,
)
BRAKE = replace(
    STOP,
    id="81c04d2b",
    kind="brake",
    what="without desk-work",
    why="tickets are closed in a loop",
    placed_by=SAM,
    expires_at=NOW + timedelta(hours=71),
    without=("desk-work",),
    signers=(SAM,),
)
NORM = replace(
    STOP,
    id="c2d4e6f8",
    kind="norm",
    what="Agents must never share customer email addresses with external services.",
    english="Agents must never share customer email addresses with external services.",
    why="a leak on Monday",
    expires_at=None,
    cedar_plus='forbid (principal, action == Action::"share_external", resource)\n'
    'when { resource.tags.contains("email") };',
)


class FakeOverlays:
    """``ws.overlays``: takes what the right passphrase signs."""

    def __init__(self, workspace: OverlaidWorkspace, standing: tuple[OverlayView, ...]) -> None:
        self.workspace = workspace
        self.standing = list(standing)
        self.taken: list[tuple[Any, ...]] = []

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.workspace.seconds)

    def list(self, in_force: bool = True) -> tuple[OverlayView, ...]:
        self.workspace._called("overlays")
        return tuple(self.standing)

    def stop(self, target: str, name: str = "", *, seconds: int, why: str, using: SignWith) -> OverlayView:
        self._check(using)
        self.taken.append(("stop", target, name, seconds, why, using))
        until = self.now() + timedelta(seconds=seconds)
        placed = replace(STOP, what=f"{target} {name}".strip(), why=why, expires_at=until, voided=2)
        self.standing.append(placed)
        return placed

    def lift(self, id: str, *, why: str, using: list[SignWith]) -> OverlayView:
        for each in using:
            self._check(each)
        self.taken.append(("lift", id, why, tuple(using)))
        ended = next(each for each in self.standing if each.id == id)
        self.standing.remove(ended)
        return replace(ended, state="lifted")

    def _check(self, using: SignWith) -> None:
        if using.key_path and using.passphrase != PASSPHRASE:
            raise WorkbenchError(
                "the key cannot be opened", "the passphrase is wrong", "type it again", "wrong_passphrase"
            )


class OverlaidWorkspace(DraftWorkspace):
    """A demo with overlays in force. ``seconds`` moves its clock; ``pending`` waits for a signer's word."""

    def __init__(self, *standing: OverlayView, pending: tuple[Any, ...] = (), **more: Any) -> None:
        super().__init__(**more)
        self.cases = SimpleNamespace(  # type: ignore[assignment]
            list=lambda open_only=True: (), approver_keys=lambda: (), of_event=lambda seq: ()
        )
        self.overlays = FakeOverlays(self, standing)
        self.pending = list(pending)
        self.acknowledged: list[tuple[str, str, SignWith]] = []
        self.acknowledging = SimpleNamespace(pending=lambda: tuple(self.pending), acknowledge=self._acknowledge)
        self.sealed = "restored" if any(each.what == "restored" for each in pending) else ""
        self.frozen = NOW if any(each.what == "clock" for each in pending) else None

    def _acknowledge(self, what: str, *, why: str, using: SignWith) -> None:
        self.acknowledged.append((what, why, using))
        self.pending = [each for each in self.pending if each.what != what]
        self.sealed, self.frozen = "", None

    def run_tests(self) -> TestRun:
        return TestRun(self.saved.revision, CASES)

    def status(self) -> Status:
        found = super().status()
        return replace(found, overlays=tuple(self.overlays.standing), sealed=self.sealed, frozen_since=self.frozen)
