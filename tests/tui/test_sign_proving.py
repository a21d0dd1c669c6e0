"""Sign, while what a proposal promises is being proved: how far it is, esc that stops it, p that begins again."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from tests.tui.draft_fakes import NEW_DIGEST, DraftWorkspace
from tests.tui.fakes import make_app
from tests.tui.test_sign import drawn
from workbench.service.views import UNPROVED, Blocker


class Promising(DraftWorkspace):
    """A proposal whose promise takes as long to prove as nobody stops it, and is proved once ``quick``."""

    def __init__(self) -> None:
        super().__init__(proposed=True)
        self.quick = False
        self.began: list[str] = []
        self.ended = threading.Event()
        self.amending: Any = SimpleNamespace(prove=self._prove)

    def proposals(self, open_only: bool = False) -> Any:
        warned = (Blocker(UNPROVED, "a promise is not proved yet", ""),) if not self.ended.is_set() else ()
        return tuple(
            replace(each, review=replace(each.review, warnings=warned)) for each in super().proposals(open_only)
        )

    def _prove(self, digest: str, task: Any) -> None:
        self.began.append(digest)
        while not self.quick:
            task.step(3, 12, "a promise")
            time.sleep(0.005)
        self.ended.set()


async def until(pilot: Any, condition: Any) -> None:
    for _ in range(400):
        await pilot.pause(0.02)
        if condition():
            return
    raise AssertionError("it never came:\n" + drawn(pilot.app.screen))


async def test_a_proof_says_how_far_it_is_is_stopped_and_begins_again_when_asked() -> None:
    workspace = Promising()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: workspace.began)
        screen = pilot.app.screen
        await until(pilot, lambda: "proving what is promised 3 of 12 · esc stops" in drawn(screen))
        assert workspace.began == [NEW_DIGEST]
        assert screen.check_action("approve", ()), "signing waits for nobody"
        await pilot.press("escape")
        await until(pilot, lambda: "proving" not in drawn(screen).split("Proposal")[1])
        assert any("Stopped" in note.title for note in pilot.app._notifications)
        calls = workspace.calls.count("proposals")
        await until(pilot, lambda: workspace.calls.count("proposals") > calls + 1)
        assert workspace.began == [NEW_DIGEST], "what a person stopped does not begin by itself"
        await pilot.press("p")
        await until(pilot, lambda: len(workspace.began) == 2)
        workspace.quick = True
        await until(pilot, lambda: workspace.ended.is_set() and "1 proposal open" in drawn(screen))
        assert not screen.check_action("stop", ())
        assert not screen.check_action("prove", ()), "it is proved"


async def test_leaving_stops_the_proof() -> None:
    workspace = Promising()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: workspace.began)
        screen = pilot.app.screen
        proof = screen._proof
    assert proof is not None
    assert proof.is_set
