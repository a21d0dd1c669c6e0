"""Review: what the draft changes, in words and line by line, and the step that proposes it."""

from dataclasses import replace

from tests.tui.draft_fakes import CEDAR, ENGLISH, NEW_RULE, SENTENCE, DraftWorkspace
from tests.tui.fakes import make_app, settled
from workbench.service.errors import WorkbenchError
from workbench.tui.widgets.diff_view import DiffView


def changed(**options):
    workspace = DraftWorkspace(**options)
    workspace.saved = replace(
        workspace.saved, english=ENGLISH + SENTENCE + "\n", cedar_plus=CEDAR + "\n" + NEW_RULE, changed=True
    )
    return workspace


async def opened(pilot):
    await settled(pilot)
    await pilot.press("4")
    await settled(pilot)
    return pilot.app.screen


def drawn(screen):
    return "\n".join(strip.text.rstrip() for strip in screen._compositor.render_strips())


async def test_the_change_is_told_in_words_with_its_class_and_its_lines():
    async with make_app(changed()).run_test(size=(140, 40)) as pilot:
        text = drawn(await opened(pilot))
        for word in (
            "+ never-share-email  forbid added",
            "No agent may share a ticket with external services",
            "major amendment",
            "the forbid `never-share-email` is added",
            "2 approvals, timelock 10 seconds",
            "+ @id(\"never-share-email\")",
            "in force · 1.0.0",
            "change 1 of 1",
        ):  # fmt: skip
            assert word in text


async def test_a_change_of_the_english_alone_opens_on_the_english_and_is_not_remembered():
    workspace = DraftWorkspace()
    workspace.saved = replace(workspace.saved, english=ENGLISH + SENTENCE + "\n", changed=True)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "English  -0 +1 · change 1 of 1" in drawn(screen)
        assert f"+ {SENTENCE[:40]}" in drawn(screen)
        assert app.remembered.get("review", "text", "") != "english", "nobody chose it"
        await pilot.press("E")
        await settled(pilot)
        assert "no change in this text" in drawn(screen)
        screen.refresh_data()
        await settled(pilot)
        assert "no change in this text" in drawn(screen), "what a person chose stays"


async def test_keys_switch_text_layout_and_folds():
    async with make_app(changed()).run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)
        diff = screen.query_one(DiffView)
        assert pilot.app.focused is diff
        assert diff.layout_now == "side"
        await pilot.press("t")
        assert diff.layout_now == "unified"
        await pilot.press("E")
        await settled(pilot)
        assert f"+ {SENTENCE}" in drawn(screen)
        await pilot.press("E", "z")
        await settled(pilot)
        assert "// Tickets" in drawn(screen)


async def test_nothing_changed_says_so():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert "The draft says the same as what is in force" in drawn(screen)
        await pilot.press("P")
        assert pilot.app.screen is screen


async def test_blockers_say_what_to_do_and_stop_the_proposal():
    workspace = changed(blocked=True)
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        assert "✗ `reply elsewhere` fails" in drawn(screen)
        assert "→ see Tests: correct the rule or the test" in drawn(screen)
        await pilot.press("P")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert "propose" not in workspace.calls


async def test_proposing_takes_a_summary_and_goes_on_to_sign():
    workspace = changed()
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        await opened(pilot)
        await pilot.press("P")
        await settled(pilot)
        await pilot.press("enter")
        await pilot.press("enter")
        await settled(pilot)
        assert "propose" not in workspace.calls, "enter leads to Cancel: nobody proposes by enter alone"
        await pilot.press("P")
        await settled(pilot)
        await pilot.press("enter", "right", "enter")
        await settled(pilot)
        assert workspace.listed[0].version.summary == SENTENCE
        assert workspace.listed[0].version.proposed_by == 'Operator::"ana"'
        assert pilot.app.screen.NAME == "sign"
        assert pilot.app.screen.current.version.version == "1.1.0"


async def test_a_refused_proposal_is_said_in_the_window_and_can_be_tried_again():
    workspace = changed()
    workspace.fail["propose"] = WorkbenchError(
        "the draft cannot be proposed", "it is stale", "load it again", "blocked"
    )
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        await pilot.press("P")
        await settled(pilot)
        await pilot.press("enter", "right", "enter")
        await settled(pilot)
        assert pilot.app.screen is not screen
        assert "it is stale" in drawn(pilot.app.screen)
        assert not pilot.app.screen.query_one("#propose").disabled
        await pilot.press("escape")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_the_meaning_stands_beside_the_text():
    from tests.tui.meaning_fakes import MeaningWorkspace

    for size, whole in (((120, 40), False), ((200, 60), True)):
        async with make_app(MeaningWorkspace()).run_test(size=size) as pilot:
            text = drawn(await opened(pilot))
            assert "1 newly permitted" in text
            assert '+ @id("never-share-email")' in text
            assert ("asks to share_external" in text) == whole, "each witness, where there is a pane for it"
            assert ("What it means" in text) == whole


async def test_how_it_was_left_is_remembered():
    from tests.tui.meaning_fakes import MeaningWorkspace

    app = make_app(MeaningWorkspace())
    async with app.run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("t", "E", "v")
        await settled(pilot)
        kept = {name: app.remembered.get("review", name, "") for name in ("layout", "text", "view")}
        assert kept == {"layout": "unified", "text": "english", "view": "meaning"}
    again = make_app(MeaningWorkspace())
    again.remembered = app.remembered
    async with again.run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)
        assert screen.query_one("#review-body").current == "review-meaning"
        await pilot.press("left_square_bracket")
        await settled(pilot)
        assert screen.query_one(DiffView).layout_now == "unified"
        assert "English" in drawn(screen)


async def test_the_border_between_words_and_lines_moves():
    async with make_app(changed()).run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)
        before = screen.query_one("#review-top").size.height
        await pilot.press("greater_than_sign")
        await settled(pilot)
        assert screen.query_one("#review-top").size.height > before


async def test_what_a_view_lists_can_be_exported():
    from tests.tui.meaning_fakes import MeaningWorkspace

    async with make_app(MeaningWorkspace()).run_test(size=(140, 40)) as pilot:
        screen = await opened(pilot)
        view = screen.export_view()
        rows = list(view.rows())
        assert {row[0] for row in rows} <= {"changed", "added", "removed"}
        assert any('@id("never-share-email")' in row for row in rows)
        await pilot.press("v")
        await settled(pilot)
        view = screen.export_view()
        rows = list(view.rows())
        assert view.name == "review-meaning"
        assert any("newly denied" in row[0] for row in rows)
        assert {len(row) for row in rows} == {len(view.columns)}


async def test_without_a_difference_nothing_is_exported():
    async with make_app(DraftWorkspace()).run_test(size=(80, 24)) as pilot:
        assert (await opened(pilot)).export_view() is None


async def test_a_store_that_comes_back_is_seen_without_a_key(monkeypatch):
    monkeypatch.setattr("workbench.tui.screens.review.RETRY", 0.05)
    workspace = changed()
    workspace.fail["review"] = WorkbenchError("the store is gone", "`ledger.db`", "bring it back", "store_missing")
    async with make_app(workspace).run_test(size=(100, 30)) as pilot:
        screen = await opened(pilot)
        assert "the store is gone" in drawn(screen)
        assert "y copies this text" in drawn(screen)
        del workspace.fail["review"]
        for _ in range(60):
            await pilot.pause(0.05)
            if "never-share-email" in drawn(screen):
                break
        assert "never-share-email  forbid added" in drawn(screen)
