"""Review's meaning: what is decided otherwise, opened as requests, added as tests; asked, stopped, asked otherwise."""

import asyncio
import json
from dataclasses import replace

import pytest

from tests.tui.draft_fakes import SENTENCE
from tests.tui.fakes import HOSTILE, make_app, settled
from tests.tui.meaning_fakes import (
    DRAFTED,
    REFUND,
    SHARED,
    MeaningWorkspace,
    difference,
    unchanged,
)
from tests.tui.test_review import drawn, opened
from workbench.analysis.assumptions import OURS, Assumption
from workbench.analysis.results import ChangeWitness, Difference
from workbench.analysis.stop import Progress
from workbench.service.errors import WorkbenchError
from workbench.tui import clipboard
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.witness import WitnessScreen
from workbench.tui.screens.review_meaning import MeaningPane

WAIT = 0.25  # seconds: longer than the 150 ms after which waiting is said


async def meaning(pilot):
    screen = await opened(pilot)
    await pilot.press("v")
    await settled(pilot)
    return screen


def pane(screen):
    return screen.query_one(MeaningPane)


async def test_what_is_decided_otherwise_stands_there_with_a_request_for_each():
    async with make_app(MeaningWorkspace()).run_test(size=(160, 48)) as pilot:
        screen = await meaning(pilot)
        text = drawn(screen)
        for words in (
            "✓ 1 newly permitted",
            "✗ 1 newly denied",
            "◷ 1 newly held",
            "? 1 not decided",
            "= 8 of 12 kinds proved unchanged",
            "resource.tags [\"email\"] · a asks to share_external t",
            "assuming an error denies (ours) and entities may be missing · s, d change it",
            "1.0.0  ✓ allow  Cedar ✓ allow  by share-own-region",
            "draft  ✗ deny   Cedar ✗ deny   by never-share-email",
            "forbid never-share-email  + added",
            f"“{SENTENCE[:40]}",
        ):  # fmt: skip
            assert words in text, words


async def test_n_goes_from_witness_to_witness_and_the_rules_stand_beside_each():
    async with make_app(MeaningWorkspace()).run_test(size=(160, 48)) as pilot:
        screen = await meaning(pilot)
        seen = []
        for _ in range(3):
            seen.append(pane(screen).witness(pane(screen).current).witness)
            await pilot.press("n")
            await settled(pilot)
        assert seen[0] == SHARED
        assert seen[1] == REFUND
        assert pane(screen).witness(pane(screen).current).witness == SHARED, "around the end"
        await pilot.press("p", "p")
        await settled(pilot)
        assert "now Procedure" in drawn(screen)
        assert "~ changed" in drawn(screen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)
async def test_enter_opens_the_whole_request_with_both_decisions_and_esc_comes_back_to_it(size):
    async with make_app(MeaningWorkspace()).run_test(size=size) as pilot:
        screen = await meaning(pilot)
        await pilot.press("enter")
        await settled(pilot)
        window = pilot.app.screen
        assert isinstance(window, WitnessScreen)
        text = window.query_one("#witness-text").render().plain
        for words in (
            "The new version denies this, which the present one permits.",
            'principal         Agent::"a"',
            '▌ resource.tags     ["email"]',
            'context.currency            "EUR"',
            "Nobody may share a ticket outside the company",
            'when { resource.tags.contains("email") };',
            "assuming that an error denies, as the workbench decides, and that entities may be missing",
        ):
            assert words in text, words
        await pilot.press("n")
        await settled(pilot)
        assert "Witness 2 of 3" in drawn(window)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert pane(screen).witness(pane(screen).current).witness == REFUND


async def test_y_copies_request_data_and_decisions_as_json(monkeypatch):
    copied = []
    monkeypatch.setattr(clipboard, "copy", lambda _app, text: copied.append(text) or "copied")
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        await meaning(pilot)
        await pilot.press("y", "enter")
        await settled(pilot)
        await pilot.press("y")
        await settled(pilot)
    assert copied[0] == copied[1]
    document = json.loads(copied[0])
    assert document["request"] == dict(SHARED.request)
    assert document["entities"] == [dict(entity) for entity in SHARED.entities]
    assert document["after"]["outcome"] == "deny"
    assert document["before"]["outcome"] == "allow"
    assert document["assumption"] == {"semantics": "cedar+", "data": "missing"}


async def test_a_witness_becomes_a_test_of_the_draft_that_nobody_has_reviewed():
    workspace = MeaningWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await meaning(pilot)
        await pilot.press("n", "enter")
        await settled(pilot)
        await pilot.press("a")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ChoiceScreen)
        assert workspace.saved.tests == (), "nothing is added before it is answered"
        await pilot.press("enter")  # as it is
        await settled(pilot)
        assert "✓ added as a test" in drawn(pilot.app.screen)
        (case,) = workspace.saved.tests
        assert case["expect"] == "hold"
        assert case["procedure"] == "refund-approval"
        assert case["request"] == dict(REFUND.request)
        assert case["entities"] == [dict(entity) for entity in REFUND.entities]
        assert "reviewed_by" not in case
        jobs = len(workspace.analysing.jobs)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert screen._compared.draft == workspace.saved, "what stands in the way is asked again"
        assert len(workspace.analysing.jobs) == jobs, "a test changes no decision: nothing is proved anew"
        assert pane(screen).showing


async def test_a_test_may_expect_what_was_before_and_esc_adds_none():
    workspace = MeaningWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await meaning(pilot)
        await pilot.press("a")
        await settled(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.saved.tests == ()
        await pilot.press("a")
        await settled(pilot)
        await pilot.press("left", "enter")  # from deny, where the focus is, to allow
        await settled(pilot)
        (case,) = workspace.saved.tests
        assert case["expect"] == "allow"
        assert "procedure" not in case


# ---- long work -------------------------------------------------------------------------------------------------------


async def test_long_work_says_how_far_it_is_and_can_be_stopped_and_asked_again():
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("4")
        await pilot.press("v")
        await pilot.app.workers.wait_for_complete()
        await asyncio.sleep(WAIT)
        (job,) = workspace.analysing.jobs
        job.progress = Progress(3, 12, "Agent · reply · Ticket")
        await asyncio.sleep(WAIT)
        text = drawn(pilot.app.screen)
        assert "3 of 12  Agent · reply · Ticket" in text
        assert "x stops it" in text
        assert "◌ 3/12" in text.splitlines()[2], "also where the views are named"
        await pilot.press("x")
        await settled(pilot)
        assert job.stopped
        text = drawn(pilot.app.screen)
        assert "Stopped before it was done" in text
        assert "unchanged" not in text
        await pilot.press("r")
        await settled(pilot)
        workspace.analysing.jobs[-1].finish()
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert len(workspace.analysing.jobs) == 2
        assert "✗ 1 newly denied" in drawn(pilot.app.screen)


async def test_work_that_is_done_at_once_never_says_that_it_waits():
    shown = []
    async with make_app(MeaningWorkspace()).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        real = pane(screen)._say
        pane(screen)._say = lambda state, *rest: shown.append(state) or real(state, *rest)
        await pilot.press("v", "s", "d")
        await settled(pilot)
        await asyncio.sleep(WAIT)
        assert pane(screen).showing
    assert "loading" not in shown


async def test_escape_stops_it_too_and_means_nothing_when_nothing_runs():
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.analysing.jobs[0].stopped
        assert not screen.check_action("stop", ())
        await pilot.press("escape", "x")
        await settled(pilot)
        assert len(workspace.analysing.jobs) == 1


async def test_leaving_the_program_stops_what_runs():
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await meaning(pilot)
        (job,) = workspace.analysing.jobs
        assert not job.stopped
    assert job.stopped


async def test_what_was_found_of_an_older_draft_is_dropped():
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        (old,) = workspace.analysing.jobs
        newer = DRAFTED.replace("amount > 300", "amount > 400")
        workspace.saved = replace(workspace.saved, cedar_plus=newer, revision=workspace.saved.revision + 1)
        old.about = workspace.analysing.pair()  # it read the draft only after it had changed
        old.finish()
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert not pane(screen).showing
        assert len(workspace.analysing.jobs) == 2, "the newer draft is asked about instead"
        workspace.analysing.jobs[-1].finish()
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert pane(screen).showing


async def test_coming_back_with_another_draft_asks_anew_and_with_the_same_does_not():
    workspace = MeaningWorkspace()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        assert len(workspace.analysing.jobs) == 1
        await pilot.press("3", "4")
        await settled(pilot)
        assert len(workspace.analysing.jobs) == 1
        newer = DRAFTED.replace("amount > 300", "amount > 400")
        workspace.saved = replace(workspace.saved, cedar_plus=newer, revision=workspace.saved.revision + 1)
        await pilot.press("3", "4")
        await settled(pilot)
        assert len(workspace.analysing.jobs) == 2
        assert pane(screen).showing


async def test_s_and_d_change_what_is_taken_for_granted_and_the_answer_goes_with_it():
    workspace = MeaningWorkspace()
    analysing = workspace.analysing
    analysing.differences = lambda assumption: difference(assumption) if assumption == OURS else unchanged(assumption)
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        await pilot.press("s")
        await settled(pilot)
        text = drawn(screen)
        assert analysing.asked[-1] == ("difference", "draft", Assumption("cedar", "missing"))
        assert "assuming a rule that errors is skipped (Cedar's)" in text
        assert "newly denied  " not in text, "what was found under the other assumption is gone"
        assert "The new version decides every request as the present one does: proved." in text
        await pilot.press("d")
        await settled(pilot)
        assert analysing.asked[-1][2] == Assumption("cedar", "complete")
        assert "d every entity exists" in drawn(screen)
        await pilot.press("s", "d")
        await settled(pilot)
        assert analysing.asked[-1][2] == OURS
        assert "✗ 1 newly denied" in drawn(screen)


async def test_a_question_that_was_replaced_is_stopped():
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        await pilot.press("d")
        await settled(pilot)
        first, second = workspace.analysing.jobs
        assert first.stopped
        assert not second.stopped
        first.stopped, first.done = False, False
        first.finish()  # it answers nevertheless
        await asyncio.sleep(WAIT)
        assert not pane(screen).showing
        second.finish()
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert "d every entity exists" in drawn(screen)


# ---- what cannot be said ---------------------------------------------------------------------------------------------


async def test_without_the_solver_it_says_how_to_get_it_and_texts_and_tests_still_work():
    workspace = MeaningWorkspace()
    workspace.analysing.solver = False
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert "– no solver" in drawn(screen)
        assert "~ refund-approval  procedure changed" in drawn(screen)
        for _ in range(2):  # meaning, proofs
            await pilot.press("v")
            await settled(pilot)
            text = drawn(screen)
            assert "The solver is not installed" in text
            assert "pip install 'constitution-workbench[proofs]'" in text
        await pilot.press("v")
        await settled(pilot)
        assert "5 cases  ·  ✓ 4 passed" in drawn(screen)


async def test_an_analysis_that_fails_says_so_with_a_text_to_copy_and_can_be_asked_again():
    workspace = MeaningWorkspace()

    def broken(assumption):
        raise WorkbenchError("not analysed", "the analysis ended with KeyError", "report it", "analysis_failed")

    workspace.analysing.differences = broken
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        text = drawn(screen)
        assert "the analysis ended with KeyError" in text
        assert "y copies this text" in text
        assert "unchanged" not in text
        workspace.analysing.differences = difference
        await pilot.press("r")
        await settled(pilot)
        assert "✗ 1 newly denied" in drawn(screen)


async def test_a_draft_that_is_the_same_has_no_meaning_to_prove():
    workspace = MeaningWorkspace(differs=False)
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        assert "The draft means what is in force" in drawn(screen)
        assert workspace.analysing.jobs == []
        await pilot.press("v")  # proofs are of the draft as it is
        await settled(pilot)
        assert "no-pii-outside" in drawn(screen)


async def test_hostile_text_is_data():
    """An agent's or a rule's text with markup and terminal codes is drawn as signs, in the list and in the window."""
    request = dict(SHARED.request) | {"principal": f'Agent::"{HOSTILE}"'}
    entities = ({"uid": {"type": "Agent", "id": HOSTILE}, "attrs": {"role": HOSTILE}, "parents": []},)
    told = replace(SHARED, request=request, entities=entities)

    def hostile(assumption):
        found = difference(assumption)
        changed = tuple(
            replace(each, witnesses=(ChangeWitness(w.change, told, (HOSTILE,)),))
            if (w := next(iter(each.witnesses), None))
            else each
            for each in found.environments
        )
        return Difference(assumption, changed, only_before=(HOSTILE,), scores=(HOSTILE,))

    workspace = MeaningWorkspace()
    workspace.analysing.differences = hostile
    async with make_app(workspace).run_test(size=(160, 48)) as pilot:
        screen = await meaning(pilot)
        for text in (drawn(screen), await _opened_text(pilot)):
            assert "\x1b" not in text
            assert "‮" not in text
            assert "[red]" in text, "markup is shown, not obeyed"


async def _opened_text(pilot):
    await pilot.press("enter")
    await settled(pilot)
    assert isinstance(pilot.app.screen, WitnessScreen)
    return drawn(pilot.app.screen)


async def test_an_error_in_a_view_that_is_not_shown_leaves_the_focus_where_it_is():
    workspace = MeaningWorkspace()

    def broken(assumption):
        raise WorkbenchError("not analysed", "the analysis ended with KeyError", "report it", "analysis_failed")

    workspace.analysing.differences = broken
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert "✗ failed" in drawn(screen)
        assert pilot.app.focused is screen.query_one("#diff")
        before = screen.query_one("#diff").layout_now
        await pilot.press("t")
        assert screen.query_one("#diff").layout_now != before


async def test_work_that_another_one_took_the_place_of_says_so_and_can_be_asked_again():
    """The service runs one difference at a time: opening a proposal on Sign ends the one of Review."""
    workspace = MeaningWorkspace()
    workspace.analysing.waits = True
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await meaning(pilot)
        workspace.analysing.jobs[0].stop()
        await asyncio.sleep(WAIT)
        await settled(pilot)
        assert "Another analysis was begun in its place." in drawn(screen)
        assert "■ stopped" in drawn(screen)
        workspace.analysing.waits = False
        await pilot.press("r")
        await settled(pilot)
        assert "✗ 1 newly denied" in drawn(screen)


@pytest.mark.parametrize(
    ("code", "next_key"), [("not_clean", "2 opens Author"), ("invariants_unclean", "i opens the invariants")]
)
async def test_a_text_that_is_not_clean_says_where_and_what_to_do(code, next_key):
    workspace = MeaningWorkspace()

    def unclean(assumption):
        raise WorkbenchError("it is not clean", "draft: line 3: `x` is no attribute", "correct the text", code)

    workspace.analysing.differences = workspace.analysing.reports = unclean
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert ("✗ error" if code == "not_clean" else "– not clean") in drawn(screen)
        await pilot.press("v", "v")
        await settled(pilot)
        text = drawn(screen)
        assert "draft: line 3: `x` is no attribute" in text
        assert "␊" not in text, "what to do stands on a line of its own"
        assert next_key in text
        assert ("The draft has an error" in text) == (code == "not_clean"), "as the other views say it"
        assert "s Semantics" not in text.splitlines()[-1], "there is nothing to assume"
