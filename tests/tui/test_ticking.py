"""A second passes while the screen in front is not built yet, or fails: the program lives on."""

from __future__ import annotations

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, settled
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.screens.modals.error import ErrorScreen
from workbench.tui.screens.overview import OverviewScreen


async def test_a_second_passes_before_the_screen_is_built() -> None:
    """It ended the program: what fails in the app's own task does."""
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        status = app.status
        assert status is not None
        for name in SCREEN_NAMES[1:]:
            going = app.switch_mode(name)
            assert app.front is not None
            assert not app.front.children, "nothing of it is built yet"
            app._ticked(status, None, ("1.1.0",))
            app.front.show_hints()  # as the check of the chosen keys asks for, whenever it ends
            await going
            await pilot.pause()
        assert app._exception is None
        assert len(app.screen_stack) == 1, app.screen_stack


async def test_a_screen_that_fails_each_second_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        status, kept, asked = app.status, OverviewScreen.tick, 0

        def broken(self: OverviewScreen, status: object) -> None:
            nonlocal asked
            asked += 1
            raise RuntimeError("broken on purpose")

        monkeypatch.setattr(OverviewScreen, "tick", broken)
        assert status is not None
        for _ in range(3):
            app._ticked(status, None, ())
            await pilot.pause()
        assert asked >= 3
        assert [type(screen) for screen in app.screen_stack[1:]] == [ErrorScreen]
        await pilot.press("escape")
        app._ticked(status, None, ())
        await pilot.pause()
        assert len(app.screen_stack) == 1, "it was said"
        monkeypatch.setattr(OverviewScreen, "tick", kept)
        app._ticked(status, None, ())
        monkeypatch.setattr(OverviewScreen, "tick", broken)
        app._ticked(status, None, ())
        await pilot.pause()
        assert len(app.screen_stack) == 2, "it worked in between"
