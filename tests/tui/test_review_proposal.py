"""The window of a proposal: signers see its texts and what it means, before they sign."""

import asyncio
from dataclasses import replace

from tests.tui.draft_fakes import NEW_DIGEST
from tests.tui.fakes import make_app, settled
from tests.tui.meaning_fakes import SHARED, MeaningWorkspace
from tests.tui.test_review import drawn
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.stop import Progress
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.modals.proposal_diff import ProposalDiffScreen
from workbench.tui.screens.modals.witness import WitnessScreen
from workbench.tui.screens.review_meaning import MeaningPane

WAIT = 0.25


async def window(pilot):
    await settled(pilot)
    await pilot.press("5")
    await settled(pilot)
    await pilot.press("d")
    await settled(pilot)
    assert isinstance(pilot.app.screen, ProposalDiffScreen)
    return pilot.app.screen


async def test_a_signer_sees_the_text_then_what_the_proposal_means_against_its_parent():
    workspace = MeaningWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(140, 40)) as pilot:
        screen = await window(pilot)
        assert "Meaning  ✓ 1 permitted ✗ 1 denied ◷ 1 held ? 1 open" in drawn(screen), "nobody need ask for it"
        assert "+ @id(\"never-share-email\")" in drawn(screen)  # fmt: skip
        assert workspace.analysing.asked == [("difference", NEW_DIGEST, OURS)]
        await pilot.press("m")
        await settled(pilot)
        text = drawn(screen)
        assert "What 1.1.0 changes" in text
        assert "1.1.0  ✗ deny" in text, "the newer side is called by its number"
        assert "assuming an error denies (ours)" in text
        await pilot.press("d")
        await settled(pilot)
        assert workspace.analysing.asked[-1] == ("difference", NEW_DIGEST, Assumption("cedar+", "complete"))
        await pilot.press("m")
        await settled(pilot)
        assert "+ @id(\"never-share-email\")" in drawn(screen)  # fmt: skip
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen.NAME == "sign"


async def test_a_witness_opens_from_there_and_cannot_be_added_to_the_draft():
    workspace = MeaningWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await window(pilot)
        await pilot.press("m", "enter")
        await settled(pilot)
        opened = pilot.app.screen
        assert isinstance(opened, WitnessScreen)
        assert opened.current.witness == SHARED
        await pilot.press("a")
        await settled(pilot)
        assert pilot.app.screen is opened
        assert "a test" not in drawn(opened).splitlines()[-3]
        await pilot.press("n", "escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        pane = screen.query_one(MeaningPane)
        assert pane.witness(pane.current).witness != SHARED, "the list is where the window was left"


async def test_esc_first_stops_what_runs_then_closes():
    workspace = MeaningWorkspace(proposed=True)
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await window(pilot)
        (job,) = workspace.analysing.jobs
        job.progress = Progress(1, 12, "x")
        await pilot.press("m")
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert "x stops it" in drawn(screen)
        await pilot.press("escape")
        await settled(pilot)
        assert job.stopped
        assert pilot.app.screen is screen
        assert "Stopped before it was done" in drawn(screen)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen.NAME == "sign"


async def test_closing_the_window_stops_what_runs():
    workspace = MeaningWorkspace(proposed=True)
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await window(pilot)
        await pilot.press("escape")  # on the text: nothing to stop there
        await settled(pilot)
        assert pilot.app.screen.NAME == "sign"
        assert workspace.analysing.jobs[0].stopped


async def test_without_the_solver_the_text_is_there_and_the_meaning_says_what_is_missing():
    workspace = MeaningWorkspace(proposed=True)
    workspace.analysing.solver = False
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        screen = await window(pilot)
        assert "change 1 of 3" in drawn(screen)
        await pilot.press("m")
        await settled(pilot)
        assert "The solver is not installed" in drawn(screen)


async def test_rules_that_cannot_be_read_leave_the_meaning_told_by_names():
    workspace = MeaningWorkspace(proposed=True)

    def gone(before="^", after="draft"):
        raise WorkbenchError("no such version", after, "", "no_version")

    async with make_app(workspace).run_test(size=(140, 40)) as pilot:
        about = workspace.analysing.pair()
        workspace.analysing.pair = gone
        workspace.analysing._start = replace_start(workspace, about)
        screen = await window(pilot)
        await pilot.press("m")
        await settled(pilot)
        assert "✗ 1 newly denied" in drawn(screen)
        assert "never-share-email" in drawn(screen)


def replace_start(workspace, about):
    from tests.tui.meaning_fakes import FakeJob

    def start(kind, what, assumption, make):
        workspace.analysing.jobs.append(FakeJob(about, make))
        return workspace.analysing.jobs[-1]

    return start


async def test_an_older_proposal_is_still_shown_by_its_own_text():
    workspace = MeaningWorkspace(proposed=True)
    workspace.listed[0] = replace(workspace.listed[0], state="superseded")
    async with make_app(workspace).run_test(size=(60, 14)) as pilot:
        screen = await window(pilot)
        await pilot.press("m")
        await settled(pilot)
        assert {strip.cell_length for strip in screen._compositor.render_strips()} == {60}


async def test_a_proposal_that_changes_the_english_alone_opens_on_it():
    workspace = MeaningWorkspace(proposed=True)
    review = workspace.listed[0].review
    workspace.listed[0] = replace(workspace.listed[0], review=replace(review, after_cedar=review.before_cedar))
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await window(pilot)
        assert "English of 1.1.0 · change 1 of 1" in drawn(screen)
        await pilot.press("E")
        await settled(pilot)
        assert "Cedar+ of 1.1.0 · no change" in drawn(screen)
