"""Sizes: storms of them while decisions stream in, and the smallest one on every screen."""

from __future__ import annotations

import asyncio
import random
import threading
from pathlib import Path

import pytest
from textual import events
from textual.geometry import Size

from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.monkey import Monkey
from workbench.service.workspace import Workspace
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp

EXTREMES = ((1, 1), (40, 10), (300, 100), (2, 30), (200, 3), (80, 24))


def resize(app, width: int, height: int) -> None:
    """As the terminal's driver tells of it."""
    size = Size(width, height)
    app._driver._size = size
    app.post_message(events.Resize(size, size))


async def test_a_storm_of_resizes_while_decisions_stream() -> None:
    """Five hundred sizes on the feed; afterwards the screen is drawn whole at the last one."""
    dice, workspace = random.Random(8), FakeWorkspace()
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.goto("live")
        monkey = Monkey(pilot, 8)
        before = threading.active_count()
        for turn in range(500):
            if turn % 5 == 0:
                workspace.grow(7)
            resize(app, *(dice.choice(EXTREMES) if turn % 3 else (dice.randint(1, 200), dice.randint(1, 60))))
            if turn % 10 == 0:
                await asyncio.sleep(0)
            if turn % 50 == 0:
                await monkey.rest()
        resize(app, 100, 30)
        await settled(pilot)
        await monkey.look()
        assert tuple(app.size) == (100, 30)
        assert "FOLLOWING" in monkey.drawn()
        assert threading.active_count() <= before + 6


@pytest.mark.parametrize("no_color", [False, True], ids=["colour", "no-colour"])
async def test_at_forty_by_ten_each_screen_is_usable_or_says_what_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    Workspace.create(tmp_path / "demo").close()
    app = WorkbenchApp(tmp_path / "demo")
    async with app.run_test(size=(40, 10)) as pilot:
        while app.status is None:
            await pilot.pause(0.05)
        monkey = Monkey(pilot, 0)
        for name in SCREEN_NAMES:
            screen = await app.goto(name)
            assert screen is not None
            await settled(pilot, rounds=1)
            await monkey.look()
            drawn = " ".join(monkey.drawn().split())
            if screen.has_class("-tiny"):
                assert f"40×10 is too small for {name.capitalize()}" in drawn
                assert "opens Live" in drawn, "where one can go from here"
            else:
                assert len(drawn.split()) > 12, f"{name} is empty: {drawn}"
            for strip in app.screen._compositor.render_strips() if no_color else ():
                for filtering in app._filters:  # as when it is written to the terminal
                    strip = strip.apply_filter(filtering, app.screen.background_colors[1])
                colours = {each.style.color.triplet for each in strip if each.style and each.style.color}
                assert all(max(colour) - min(colour) <= 2 for colour in colours if colour), f"{name}: {colours}"
