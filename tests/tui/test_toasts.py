"""What is said over a screen: toasts go with the screen that said them; the error window begins at its beginning."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Static

from tests.tui.fakes import make_app, settled
from tests.tui.test_shell import text_of, toasts
from workbench.service.errors import WorkbenchError
from workbench.tui import toasts as module
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.modals.error import ErrorScreen, Problem


def age(app: WorkbenchApp) -> None:
    """As if all toasts had been there for two seconds."""
    for toast in app._notifications:
        toast.raised_at -= timedelta(seconds=2).total_seconds()


async def test_a_toast_leaves_with_its_screen() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.screen.notify("3 test cases", title="Compiled")
        app.screen.notify("look at this", severity="warning")
        await settled(pilot)
        assert "3 test cases" in text_of(app)
        age(app)
        await pilot.press("1")  # the screen that is there: it is not left
        await settled(pilot)
        assert "3 test cases" in text_of(app)
        await pilot.press("6")
        await settled(pilot)
        assert toasts(app) == []
        assert "3 test cases" not in text_of(app)
        await pilot.press("1")
        await settled(pilot)
        assert "3 test cases" not in text_of(app)


async def test_errors_and_what_is_announced_stay_and_markup_is_text() -> None:
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.report(WorkbenchError("not read", "the store is locked", "try again", "locked"))
        app.announce("[red]1.1.0[/] is in force", title="Constitution")
        await settled(pilot)
        age(app)
        await pilot.press("6")
        await settled(pilot)
        assert len(toasts(app)) == 2
        assert "the store is locked" in text_of(app)
        assert "[red]1.1.0[/] is in force" in text_of(app)


async def test_what_the_act_says_that_leads_to_another_screen_is_seen_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JUST_SAID", 60.0)  # so that a loaded machine does not decide
    app = make_app()
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settled(pilot)
        app.screen.notify("1.1.0 waits for signatures", title="Proposed")
        await app.goto("live")
        await settled(pilot)
        assert "1.1.0 waits for signatures" in text_of(app)


@pytest.mark.parametrize("size", [(80, 24), (60, 14)])
async def test_the_error_window_begins_with_what_happened_and_its_buttons_stay(size: tuple[int, int]) -> None:
    trace = "\n".join(f"line {number} of the trace" for number in range(60))
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        app.push_screen(ErrorScreen(Problem("It broke", "ValueError: boom", "Copy the text and report it", "x", trace)))
        await settled(pilot)
        shown = text_of(app)
        assert "✗ It broke" in shown
        assert shown.index("ValueError: boom") < shown.index("Copy the text and report it") < shown.index("line 0 of")
        assert "esc Close" in shown
        for _ in range(12):
            await pilot.press("pagedown")
        await settled(pilot)
        assert "line 59 of the trace" in text_of(app)
        assert "esc Close" in text_of(app)
        last = app.screen.query(Static).last().region
        buttons = app.screen.query_one(".window--buttons").region
        assert last.bottom <= buttons.y  # the trace does not end under them
