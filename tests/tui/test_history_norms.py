"""Norms on History and on the Overview: their own group, found by their own words, opened, compared; asked for only
when something changed."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Button

from tests.tui.fakes import make_app, make_row, settled
from tests.tui.norm_fakes import FIGHTS, MAIL, NEW_FIGHTS, NORMS, REDS, NormedWorkspace, normed
from tests.tui.overlay_fakes import NORM as OVERLAY
from tests.tui.test_history import drawn, listed, opened, rested
from tests.tui.test_shell import text_of
from tests.tui.timeline_fakes import entry
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.modals.norm_forms import NormFormsScreen
from workbench.tui.screens.modals.norm_sign import RepealNormScreen
from workbench.tui.screens.norm_names import named
from workbench.tui.view import timeline


async def of_norms(pilot):
    screen = await opened(pilot)
    screen.action_set_group("norms")
    await settled(pilot)
    return screen


async def test_the_group_lists_what_was_done_with_norms_and_the_versions_that_have_some():
    async with make_app(normed()).run_test(size=(120, 40)) as pilot:
        screen = await of_norms(pilot)
        assert listed(screen) == [3820, 3611, 3610, 3500, 2001]
        text = drawn(screen)
        assert "▆ high · repealed no-attack by ana: replaced by aef5b3321dd858de" in text
        assert "1.1.0 comes into force" in text, "that version took a norm in"
        screen.action_set_group("overlays")
        await settled(pilot)
        assert listed(screen) == [3940, 3600], "stops and brakes"
        screen.action_set_group("all")
        await settled(pilot)
        assert {3820, 3940, 3990} <= set(listed(screen))
        assert "added reds by sam" in drawn(screen)


async def test_on_a_norm_the_footer_offers_first_what_is_done_with_norms():
    async with make_app(normed()).run_test(size=(80, 24)) as pilot:
        screen = await of_norms(pilot)
        own = [action.id for action in screen.hints()]
        assert own[:3] == ["history.open", "history.compare", "history.norm"]
        await pilot.press("G")
        await settled(pilot)
        assert [action.id for action in screen.hints()][:2] == ["history.open", "history.filter"], "a version"


async def test_an_entry_is_found_by_the_words_it_shows():
    async with make_app(normed()).run_test(size=(120, 40)) as pilot:
        screen = await of_norms(pilot)
        for words, found in (("repealed no-attack", [3611]), ("critical", [3610]), ("zebra", [])):
            await pilot.press("slash", *(key if key != " " else "space" for key in words), "enter")
            await settled(pilot)
            assert listed(screen) == found


async def test_an_entry_shows_the_norm_today_and_its_forms_and_leads_to_them():
    async with make_app(normed()).run_test(size=(200, 60)) as pilot:
        screen = await of_norms(pilot)
        await pilot.press("j", "j")
        await rested(pilot)
        text = drawn(screen)
        for said in ("NORM TODAY", NEW_FIGHTS.id, "“kill was missing”", "ITS 2 FORMS", "prohibited, severity",
                     "d compares this one with the one before"):  # fmt: skip
            assert said in text, said
        await pilot.press("d")
        await settled(pilot)
        assert "form 1 → 2" in drawn(pilot.app.screen)
        await pilot.press("escape", "n")
        await settled(pilot)
        assert isinstance(pilot.app.screen, NormFormsScreen)
        await pilot.press("escape", "G")
        await rested(pilot)
        assert "◆ taken in  no-mail" in drawn(screen)
        assert MAIL.id in drawn(screen)


async def test_what_has_no_norm_offers_none():
    async with make_app(normed()).run_test(size=(120, 40)) as pilot:
        screen = await opened(pilot)
        await pilot.press("n", "x")
        await settled(pilot)
        assert pilot.app.screen is screen
        assert "Norm's forms" not in drawn(screen)


async def test_repealing_from_there_asks_for_a_signature_and_begins_on_cancel():
    workspace = normed()
    workspace.norms.check_repeal = workspace.norms.get
    async with make_app(workspace).run_test(size=(120, 40)) as pilot:
        screen = await of_norms(pilot)
        await pilot.press("x")
        await settled(pilot)
        window = pilot.app.screen
        assert isinstance(window, RepealNormScreen)
        assert REDS.id in drawn(window)
        assert window.focused.id == "cancel"
        assert window.query_one("#sign", Button).disabled
        await pilot.press("enter")
        await settled(pilot)
        assert pilot.app.screen is screen


async def test_a_norm_that_was_named_by_an_enemy_is_shown_as_it_was_written():
    body = {"event": "placed", "id": "bad", "kind": "norm", "what": "\x1b[31m[red]boo\u202e", "by": ""}
    workspace = NormedWorkspace([entry(5, "overlay", body)])
    evil = replace(REDS, name="\x1b[31m[red]boo\u202e", overlay="bad", why="[b]\x07")
    workspace.norms.list = lambda in_force=True: (evil,)
    async with make_app(workspace).run_test(size=(200, 60)) as pilot:
        screen = await of_norms(pilot)
        await rested(pilot)
        assert drawn(screen).count("[red]boo") >= 3
        assert not any(char in drawn(screen) for char in "\x1b\u202e\x07")


def test_every_entry_of_the_ledger_has_the_kind_that_its_group_lists():
    stop = entry(1, "overlay", {"kind": "stop", "id": "a"})
    norm = entry(2, "overlay", {"kind": "norm", "id": "b"})
    assert [timeline.kind_of(each) for each in (stop, norm)] == ["overlay", "norm"]
    assert [timeline.norm_of(each) for each in (stop, norm)] == ["", "b"]


async def test_the_window_finds_norms_and_looks_for_conflicts_where_there_are_very_many(monkeypatch):
    monkeypatch.setattr("workbench.tui.screens.norm_questions.MOST", 2)
    async with make_app(normed()).run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "conflicts are not looked for among so many" in text_of(pilot.app)
        await pilot.press("N")
        await settled(pilot)
        assert "3 in force · c looks for conflicts" in drawn(pilot.app.screen)
        await pilot.press("c")
        await settled(pilot)
        assert "▲ 1 conflict" in drawn(pilot.app.screen)
        assert "▲ reds" in drawn(pilot.app.screen)
        await pilot.press("slash", *"hand", "enter")
        await settled(pilot)
        table = pilot.app.screen.query_one("#norms-list")
        assert [row.key for row in table.rows] == [REDS.overlay]
        assert pilot.app.focused is table
        await pilot.press("slash", *"zebra", "enter")
        await settled(pilot)
        assert "No norm has the words zebra" in drawn(pilot.app.screen)
        await pilot.press("slash", "escape")
        await settled(pilot)
        assert len(table.rows) == 3


async def test_before_the_workspace_is_open_nothing_opens_but_a_word():
    app = make_app(normed())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        app.workspace = None
        await pilot.press("N", "a")
        assert len(app.screen_stack) == 1
        assert [note.message for note in app._notifications] == ["The workspace is still being opened."] * 2


# ---- Overview --------------------------------------------------------------------------------------------------------


async def test_the_panel_is_asked_for_again_only_when_norms_or_violations_are_others():
    workspace = normed()
    asked = []
    workspace.norms.revisions = lambda limit=None: asked.append("norms") or ()
    workspace.norm_reports.fleet = lambda since=None: asked.append("broken") or ()
    standing = []
    workspace.change_status = lambda status: replace(status, overlays=tuple(standing), violations=1 + len(standing))
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        for _ in range(3):
            app.look_now()
            await settled(pilot)
        assert sorted(asked) == ["broken", "norms"]
        standing.append(OVERLAY)
        app.look_now()
        await settled(pilot)
        assert sorted(asked) == ["broken", "broken", "norms", "norms"]
        assert "✓ no action broke one" in text_of(app)


async def test_only_norms_count_among_what_was_caught_and_a_failure_is_said_in_place():
    workspace = normed()
    app = make_app(workspace)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        assert "▲ 3 actions broke one" in text_of(app), "one more broke a rule of the version"
        assert "▲ 1 conflict with each other or the version" in text_of(app)

        def fail(in_force=True):
            raise WorkbenchError("the workspace is locked", "", "", "x")

        workspace.norms.list = fail
        workspace.change_status = lambda status: replace(status, overlays=(OVERLAY,))
        app.look_now()
        await settled(pilot)
        assert "✗ the workspace is locked" in text_of(app)
        assert len(app.screen_stack) == 1


def test_names_are_asked_for_once_and_only_for_what_may_be_a_norm():
    workspace = normed()
    asked = []
    workspace.norms.list = lambda in_force=True: asked.append(in_force) or NORMS
    row = replace(make_row(23), violation=True, outcome="deny", code="forbidden")
    rows = [replace(row, rule=rule) for rule in (FIGHTS.id, "0123456789abcdef", "forbid-refund-over-500", "norm:c2d4")]
    assert named(workspace, rows[2:])[0].rule == "forbid-refund-over-500"
    assert asked == []
    shown = [each.rule for each in named(workspace, rows)]
    assert shown == ["no-attack", "0123456789abcdef", "forbid-refund-over-500", "norm:c2d4"]
    named(workspace, rows)
    assert asked == [False], "those that have ended, too; and what is no norm is not asked for again"
