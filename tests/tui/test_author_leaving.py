"""Leaving the program in order: nothing is left that looks like a crash, and no word is lost, wherever one is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui.fakes import settled
from workbench.service.clock import FrozenClock
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.draft_keeper import DraftKeeper


async def typed(pilot: Pilot[None]) -> None:
    """``xy`` at the end of the English."""
    await settled(pilot)
    await pilot.press("2")
    await settled(pilot)
    await pilot.press(*"xy")


@pytest.mark.parametrize("elsewhere", [(), ("escape", "4")], ids=["on-author", "on-review"])
async def test_what_was_saved_leaves_no_trace_of_a_session_that_did_not_end(
    swarm: Path, elsewhere: tuple[str, ...]
) -> None:
    app = WorkbenchApp(swarm, clock=FrozenClock())
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot)
        author = app.screen
        assert isinstance(author, DraftKeeper)
        author._write_down()
        await settled(pilot)
        assert list((swarm / "unsaved").glob("*.lock"))
        author.save()
        await settled(pilot)
        await pilot.press(*elsewhere)
        await settled(pilot)
        await pilot.press("ctrl+q")
    assert not (swarm / "unsaved").exists()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["on-author", "on-review"])
async def test_what_was_not_saved_is_written_down_for_the_next_start(
    swarm: Path, elsewhere: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DraftKeeper, "save", lambda self: None)  # the store is away
    monkeypatch.setattr(DraftKeeper, "_write_down", lambda self: None)  # and it is quicker than a moment
    app = WorkbenchApp(swarm, clock=FrozenClock())
    async with app.run_test(size=(80, 24)) as pilot:
        await typed(pilot)
        if elsewhere:
            await app.goto("review")
            await settled(pilot)
        app.exit()
    (written,) = (swarm / "unsaved").glob("*.json")
    assert "xy" in json.loads(written.read_text(encoding="utf-8"))["english"]
