"""Tests: what was measured of an older revision of the draft says so, and is measured again where it is looked at."""

from __future__ import annotations

from typing import Any

from tests.tui.fakes import make_app, settled
from tests.tui.test_mistakes import Small, case, worked
from workbench.tui.remembered import Remembered
from workbench.tui.screens.tests_panes import ConditionsPane, MistakesPane


async def opened(pilot: Any) -> Any:
    await settled(pilot)
    await pilot.press("3")
    await settled(pilot)
    return pilot.app.screen


def drawn(pilot: Any) -> str:
    return "\n".join(strip.text.rstrip() for strip in pilot.app.screen._compositor.render_strips())


async def test_measures_of_an_older_revision_are_marked_and_made_anew_where_they_are_looked_at() -> None:
    workspace = Small()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("v")
        await worked(pilot)
        conditions = screen.query_one(ConditionsPane)
        measured = conditions.mark.plain
        assert measured
        assert not conditions.aged
        await pilot.press("v")
        await worked(pilot)
        mistakes = screen.query_one(MistakesPane)
        assert mistakes.mark.plain
        await pilot.press("left_square_bracket", "left_square_bracket")
        await settled(pilot)
        workspace.add_tests([case(901, "deny")])
        await pilot.press("r")
        await settled(pilot)
        assert (conditions.aged, mistakes.aged) == (True, True)
        assert f"{measured} ↻ stale" in drawn(pilot).split("\n")[2]
        await pilot.press("v")
        await worked(pilot)
        assert not conditions.aged, "it is looked at, and so made anew"
        assert "stale" not in conditions.mark.plain
        assert mistakes.aged, "nobody looks at it yet"


async def test_view_and_filter_are_remembered() -> None:
    memory = Remembered()
    async with make_app(Small(), remembered=memory).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("f", "f")
        await pilot.press("v")
        await worked(pilot)
        assert memory.get("tests", "filter", "") == "unreviewed"
        assert memory.get("tests", "view", "") == "conditions"
    async with make_app(Small(), remembered=memory).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await worked(pilot)
        assert (screen._view, screen._cases.filter) == ("conditions", "unreviewed")
