"""Pictures of Review's meaning, proofs, tests and of an opened witness, with their texts; and without colour."""

import asyncio

import pytest

from tests.tui.fakes import make_app, settled
from tests.tui.meaning_fakes import MeaningWorkspace
from tests.tui.pictures import SIZES, THEMES, picture
from tests.tui.test_invariants_editor import with_checks
from workbench.analysis.stop import Progress

VIEWS = {"meaning": ("v",), "proofs": ("v", "v"), "tests": ("v", "v", "v"), "witness": ("v", "n", "enter")}


def on_review(*keys):
    async def before(pilot):
        await settled(pilot)
        await pilot.press("4")
        await settled(pilot)
        for key in keys:
            await pilot.press(key)
            await settled(pilot)
        pilot.app.clear_notifications()
        await settled(pilot)

    return before


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("view", VIEWS)
def test_the_view_looks_as_it_did(snap_compare, view, size, theme):
    app = make_app(MeaningWorkspace(), theme=theme)
    picture(snap_compare, app, f"review-{view}", size, on_review(*VIEWS[view]))


def test_without_colour(snap_compare):
    """It reads as it does in colour: the same text."""
    picture(snap_compare, make_app(MeaningWorkspace(), theme="mono"), "review-meaning", SIZES[0], on_review("v"))


def test_wide(snap_compare):
    picture(snap_compare, make_app(MeaningWorkspace()), "review-meaning", (200, 60), on_review("v"))


def test_while_it_is_proved(snap_compare):
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True

    async def before(pilot):
        await on_review("v")(pilot)
        workspace.analysing.jobs[0].progress = Progress(5, 12, "Agent · issue_refund · Ticket")
        await asyncio.sleep(0.3)
        await pilot.pause()

    picture(snap_compare, make_app(workspace), "review-proving", SIZES[0], before)


def test_without_the_solver(snap_compare):
    workspace = MeaningWorkspace()
    workspace.analysing.solver = False
    picture(snap_compare, make_app(workspace), "review-no-solver", SIZES[0], on_review("v"))


def test_the_window_of_a_proposal(snap_compare):
    async def before(pilot):
        for key in ("5", "d", "m"):
            await settled(pilot)
            await pilot.press(key)
        await settled(pilot)

    app = make_app(MeaningWorkspace(proposed=True))
    picture(snap_compare, app, "sign-meaning", SIZES[0], before)


def test_the_editor_of_invariants(snap_compare):
    async def before(pilot):
        await on_review("i")(pilot)
        await asyncio.sleep(0.3)
        await settled(pilot)

    picture(snap_compare, make_app(with_checks()), "review-invariants", SIZES[0], before)
