"""Writing the draft's invariants: checked and saved as they are written; nothing is lost when the draft moves on."""

import asyncio
import json
from dataclasses import replace

from tests.tui.fakes import make_app, settled
from tests.tui.meaning_fakes import INVARIANTS, MeaningWorkspace
from tests.tui.test_review import drawn
from workbench.analysis.invariants import check_invariants
from workbench.language.schema_reader import read_schema
from workbench.service.drafting import check_view
from workbench.service.errors import WorkbenchError
from workbench.service.unsaved_texts import FOLDER, UnsavedTexts
from workbench.tui.screens.modals.choice import ChoiceScreen
from workbench.tui.screens.modals.invariants import InvariantsScreen
from workbench.tui.screens.review_proofs import ProofsPane

NEW = '\n@id("no-deletion")\nforbid (principal, action == Action::"delete_ticket", resource);\n'


def with_checks():
    workspace = MeaningWorkspace()
    workspace.drafting.check_invariants = lambda text, revision=0, schema=None: check_view(
        check_invariants(text, read_schema(schema)), revision
    )
    return workspace


async def editor(pilot, *keys):
    await settled(pilot)
    for key in keys or ("2", "ctrl+g"):
        await pilot.press(key)
        await settled(pilot)
    assert isinstance(pilot.app.screen, InvariantsScreen)
    return pilot.app.screen


def area(window):
    return window.query_one("#invariants")


async def written(pilot, text):
    area(pilot.app.screen).insert(text, area(pilot.app.screen).document.end)
    await asyncio.sleep(0.3)
    await settled(pilot)


async def test_each_invariant_stands_below_in_words():
    async with make_app(with_checks()).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        text = drawn(window)
        assert area(window).text == INVARIANTS
        assert "✓ clean · 2 invariants" in text
        assert "✗ never permitted  no-pii-outside" in text
        assert "Nobody may issue a refund when the request's amount is more than 5000." in text
        await written(pilot, '@id("own")\npermit (principal, action == Action::"reply", resource);\n')
        assert "✓ always permitted  own" in drawn(window)


async def test_what_is_wrong_is_underlined_and_said_and_f8_goes_there():
    async with make_app(with_checks()).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        await written(pilot, 'forbid (principal, action == Action::"nothing", resource);\n')
        text = drawn(window)
        assert "✗ not clean · 1 error" in text
        assert "never permitted" not in text
        await pilot.press("ctrl+home", "f8")
        await settled(pilot)
        assert area(window).cursor_location[0] == INVARIANTS.count("\n")


async def test_it_is_saved_as_it_is_written_and_on_the_way_out():
    workspace = with_checks()
    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        window = await editor(pilot)
        await pilot.press("escape")
        await settled(pilot)
        assert "save_draft" not in workspace.calls, "nothing was written"
        window = await editor(pilot, "ctrl+g")
        await written(pilot, NEW)
        await asyncio.sleep(0.6)
        await settled(pilot)
        assert workspace.saved.invariants == INVARIANTS + NEW
        area(window).insert("// more\n", area(window).document.end)
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.saved.invariants == INVARIANTS + NEW + "// more\n"
        assert pilot.app.screen.NAME == "author"


async def test_a_draft_saved_elsewhere_with_the_same_invariants_is_built_on():
    workspace = with_checks()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        workspace.saved = replace(workspace.saved, english="Other words.\n", revision=workspace.saved.revision + 1)
        area(window).insert(NEW, area(window).document.end)
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.saved.invariants == INVARIANTS + NEW
        assert workspace.saved.english == "Other words.\n"
        assert pilot.app.screen.NAME == "author"


async def test_invariants_changed_on_both_sides_are_asked_about_and_nothing_is_lost():
    workspace = with_checks()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        theirs = "// theirs\n"
        workspace.saved = replace(workspace.saved, invariants=theirs, revision=workspace.saved.revision + 1)
        area(window).insert(NEW, area(window).document.end)
        await pilot.press("escape")
        await settled(pilot)
        assert isinstance(pilot.app.screen, ChoiceScreen)
        await asyncio.sleep(0.8)  # longer than it takes to save by itself
        await settled(pilot)
        assert len(pilot.app.screen_stack) == 3, "it asks once"
        await pilot.press("escape")  # decide later
        await settled(pilot)
        assert pilot.app.screen is window
        assert workspace.saved.invariants == theirs
        assert area(window).text == INVARIANTS + NEW
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("enter")  # keep mine
        await settled(pilot)
        assert workspace.saved.invariants == INVARIANTS + NEW


async def test_a_save_that_fails_keeps_the_window_and_the_text():
    workspace = with_checks()
    workspace.fail["save_draft"] = WorkbenchError("the disk is full", "no space left", "make room", "disk_full")
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        area(window).insert(NEW, area(window).document.end)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is window
        assert "not saved: the disk is full" in drawn(window)
        assert area(window).text == INVARIANTS + NEW
        del workspace.fail["save_draft"]
        await pilot.press("escape")
        await settled(pilot)
        assert workspace.saved.invariants == INVARIANTS + NEW


async def test_from_proofs_i_opens_them_and_they_are_proved_anew_afterwards():
    workspace = with_checks()
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot, "4", "v", "v", "i")
        proved = sum(kind == "prove" for kind, _, _ in workspace.analysing.asked)
        await written(pilot, NEW)
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is not window
        assert pilot.app.screen.NAME == "review"
        assert sum(kind == "prove" for kind, _, _ in workspace.analysing.asked) == proved + 1
        assert pilot.app.screen.query_one(ProofsPane).showing


async def test_any_size_is_survived():
    async with make_app(with_checks()).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        for size in [(40, 10), (200, 60), (60, 14), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settled(pilot, 1)
            assert {strip.cell_length for strip in window._compositor.render_strips()} == {size[0]}


async def test_leaving_the_program_asks_while_something_written_is_not_saved():
    workspace = with_checks()
    workspace.fail["save_draft"] = WorkbenchError("the disk is full", "no space left", "make room", "disk_full")
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        window = await editor(pilot)
        assert pilot.app.front.unsaved() == ""
        area(window).insert(NEW, area(window).document.end)
        await pilot.press("ctrl+q")
        await settled(pilot)
        assert "the invariants are not saved" in drawn(pilot.app.screen)


async def test_what_is_not_saved_is_written_down_until_it_is(tmp_path):
    """A program that is killed, or a save that fails, loses no word."""
    workspace = with_checks()
    workspace.drafting.writing.unsaved = UnsavedTexts(tmp_path)

    def down():
        return [path.read_text() for path in (tmp_path / FOLDER).glob("*.json")]

    async with make_app(workspace).run_test(size=(80, 24)) as pilot:
        await editor(pilot)
        workspace.fail["save_draft"] = WorkbenchError("no room", "the disk is full", "make room", "disk_full")
        await written(pilot, NEW)
        assert [json.loads(text)["invariants"] for text in down()] == [INVARIANTS + NEW]
        await asyncio.sleep(0.6)
        await settled(pilot)
        assert down(), "it could not be saved: it stays"
        del workspace.fail["save_draft"]
        await written(pilot, "// more\n")
        await asyncio.sleep(0.8)
        await settled(pilot)
        assert workspace.saved.invariants.endswith("// more\n")
        assert not down()
