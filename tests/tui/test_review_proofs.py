"""Review's proofs and tests: invariants first, counterexamples opened, failures first; the views and their keys."""

import pytest

from tests.tui.fakes import make_app, settled
from tests.tui.meaning_fakes import MeaningWorkspace, report
from tests.tui.test_review import drawn, opened
from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import ProofReport
from workbench.tui.screens.modals.witness import WitnessScreen
from workbench.tui.screens.review_proofs import ProofsPane
from workbench.tui.view.review import VIEWS


async def proofs(pilot):
    screen = await opened(pilot)
    await pilot.press("v", "v")
    await settled(pilot)
    return screen


async def test_invariants_come_first_then_what_is_worth_telling():
    async with make_app(MeaningWorkspace()).run_test(size=(160, 48)) as pilot:
        screen = await proofs(pilot)
        text = drawn(screen)
        order = [
            "The invariant `no-pii-outside` is broken.",
            "The invariant `refunds-capped` is kept.",
            "whether `memory-swarm` can always be evaluated",
            "Removing `memory-read` changes no decision: `memory-swarm` covers it.",
            "1 rule cannot be evaluated where an entity is unknown; a request that meets it is denied.",
            "Two amendment procedures meet no request.",
        ]
        rows = [row.cells[1].text for row in screen.query_one(ProofsPane).list.rows]
        assert [place for words in order for place, said in enumerate(rows) if words in said] == [0, 1, 2, 3, 5, 6]
        assert "✓ 1 invariant kept  ·  ✗ 1 invariant broken" in text
        assert "reply-rate" not in text, "that a rule applies sometimes is no news"
        assert "assuming an error denies (ours) and entities may be missing · s, d change it" in text


async def test_the_cursor_begins_at_the_broken_invariant_and_enter_opens_what_breaks_it():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await proofs(pilot)
        assert "Here is one, confirmed by both engines." in drawn(screen)
        await pilot.press("enter")
        await settled(pilot)
        window = pilot.app.screen
        assert isinstance(window, WitnessScreen)
        text = window.query_one("#witness-text").render().plain
        assert "✗ broken" in text
        assert "forbid no-pii-outside" in text
        assert "“Personal data is never shared with external services.”" in text
        assert "resource.tags" in text
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_enter_on_a_proof_opens_nothing_because_it_has_no_request():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await proofs(pilot)
        screen.query_one(ProofsPane).list.go_to("invariant/refunds-capped")
        await settled(pilot)
        await pilot.press("enter", "a", "y")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_z_lists_what_is_no_news_too_and_n_stops_only_at_news():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await proofs(pilot)
        await pilot.press("z")
        await settled(pilot)
        assert "`reply-rate` applies to some requests." in drawn(screen)
        pane = screen.query_one(ProofsPane)
        stops = set()
        for _ in range(12):
            await pilot.press("n")
            await settled(pilot, 1)
            stops.add(pane.current)
        assert "never_applies/reply-rate" not in stops
        assert "invariant/refunds-capped" not in stops
        assert len(stops) == 4
        await pilot.press("z")
        await settled(pilot)
        assert "reply-rate" not in drawn(screen)


async def test_proofs_are_asked_for_when_they_are_first_looked_at_and_under_their_own_assumption():
    workspace = MeaningWorkspace()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        assert [kind for kind, _, _ in workspace.analysing.asked] == ["difference"]
        await pilot.press("v", "v")
        await settled(pilot)
        assert [kind for kind, _, _ in workspace.analysing.asked] == ["difference", "prove"]
        await pilot.press("s")
        await settled(pilot)
        assert workspace.analysing.asked[-1] == ("prove", "draft", Assumption("cedar", "missing"))
        await pilot.press("left_square_bracket", "v")
        await settled(pilot)
        assert len(workspace.analysing.asked) == 3


async def test_a_constitution_without_anything_to_tell_says_so():
    workspace = MeaningWorkspace()
    workspace.analysing.reports = lambda assumption: ProofReport(
        assumption, tuple(a for a in report().answers if a.about == "reply-rate"), 8, 12
    )
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        text = drawn(await proofs(pilot))
        assert "no invariant is written" in text
        assert "Nothing here is worth telling" in text


async def test_tests_show_failures_first_and_enter_goes_on_to_that_case():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("left_square_bracket")  # the last view
        await settled(pilot)
        lines = [line for line in drawn(screen).splitlines() if "✓ pass" in line or "✗ fail" in line]
        assert "reply elsewhere" in lines[0]
        assert "ana" in lines[-1], "what somebody reviewed comes last"
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen.NAME == "tests"
        assert pilot.app.screen.current.name == "reply elsewhere"


async def test_every_view_is_reached_by_key_by_click_and_by_name():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        seen = []
        for _ in VIEWS:
            seen.append(screen.query_one("#review-body").current)
            await pilot.press("v")
            await settled(pilot)
        assert seen == [f"review-{name}" for name in VIEWS]
        await pilot.press("left_square_bracket")
        await settled(pilot)
        assert screen.query_one("#review-body").current == "review-tests"
        line = screen.query_one("#review-views").render().plain
        await pilot.click("#review-views", offset=(line.index("Meaning") + 1, 0))
        await settled(pilot)
        assert screen.query_one("#review-body").current == "review-meaning"
        await pilot.app.run_action("show_view('proofs')", default_namespace=screen)
        await settled(pilot)
        assert screen.query_one("#review-body").current == "review-proofs"
        assert pilot.app.focused is screen.query_one(ProofsPane).list


@pytest.mark.parametrize("presses", range(4))
async def test_every_view_survives_any_size(presses):
    """From 40x10 to 200x60 and back: nothing raises, nothing is wider than the screen."""
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press(*["v"] * presses)
        await settled(pilot)
        for size in [(40, 10), (30, 8), (200, 60), (60, 14), (99, 19), (100, 20), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            assert {strip.cell_length for strip in screen._compositor.render_strips()} == {size[0]}
            assert len(pilot.app.screen_stack) == 1, "no error window"


async def test_the_footer_shows_only_what_can_be_done_in_the_view():
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert "t Columns" in drawn(screen).splitlines()[-1]
        await pilot.press("v")
        await settled(pilot)
        footer = drawn(screen).splitlines()[-1]
        assert "t Columns" not in footer
        assert "enter Open" in footer
        await pilot.press("end")  # the line over what is proved unchanged has no request
        await settled(pilot)
        assert "enter Open" not in drawn(screen).splitlines()[-1]


@pytest.mark.parametrize(
    ("presses", "words"),
    [(1, "decides otherwise than what is in force"), (2, "must never, or always"), (3, "run on both engines")],
)
async def test_f1_explains_the_view(presses, words):
    async with make_app(MeaningWorkspace()).run_test(size=(120, 40)) as pilot:
        await opened(pilot)
        for _ in range(presses):
            await pilot.press("v")
            await settled(pilot)
        await pilot.press("f1")
        await settled(pilot)
        text = drawn(pilot.app.screen)
        assert words in " ".join(text.split())
        assert "esc closes" in text
