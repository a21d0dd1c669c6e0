"""Live's groups: a storm at 80x24, the cursor that stays, acknowledging and taking it back, by keys and by mouse."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Button, Input, Select

from tests.tui.fakes import FakeWorkspace, make_app, settled
from tests.tui.group_fakes import NOW, FakeAgents, FakeGroups, a_few, group, some_agents
from tests.tui.test_shell import text_of, toasts
from workbench.engine.filter_text import parse_filter
from workbench.service.errors import WorkbenchError
from workbench.service.group_views import Counting, Storm
from workbench.tui.remembered import Remembered
from workbench.tui.screens.live_groups import GroupsPane
from workbench.tui.screens.modals.acknowledge_group import AcknowledgeGroupScreen, WithdrawGroupScreen, end_of
from workbench.tui.screens.modals.signing import NO_SECOND
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.widgets.group_list import key_of

STORM = Storm(10_012, 3, 22)


def workspace(*, storm: Storm | None = None, listed=None) -> FakeWorkspace:
    made = FakeWorkspace()
    made.groups = FakeGroups(a_few() if listed is None else listed, storm=storm)
    made.agents = FakeAgents(some_agents())
    return made


async def open_groups(pilot) -> GroupsPane:
    await settled(pilot)
    await pilot.press("6")
    await settled(pilot)
    live = pilot.app.front
    if live.view != "groups":
        await pilot.press("V")
        await settled(pilot)
    pane = pilot.app.front.pane
    assert isinstance(pane, GroupsPane)
    return pane


async def news(pilot, pane):
    """Let the view ask for news now."""
    pane.ask_anew()
    await settled(pilot)


def rows(app) -> list[str]:
    """The rows of the list as drawn."""
    return [line.rstrip() for line in text_of(app).splitlines()[4:22] if line.strip()]


async def test_groups_are_listed_with_their_figures_the_unacknowledged_first():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        shown = rows(app)
        assert "ada" in shown[0]
        assert "10,012" in shown[0]
        assert "9,870" in shown[0]
        assert "▲ viol." in shown[0]
        assert "↑ grew" in shown[1]
        assert "◌ over" in shown[2]
        assert "no permit" in shown[3]
        assert "◷ hold" in shown[4], "which is no refusal: after those that wait to be known"
        assert shown[4].endswith("Cases")
        assert "✓ 3h" in shown[5]
        assert "5 groups, 4 unacknowledged · 1 held" in text_of(app)


async def test_live_that_is_opened_in_a_storm_begins_with_the_groups():
    app = make_app(workspace(storm=STORM))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        assert app.front.view == "groups"
        assert "storm: 10.0k refusals/min in 3 of 22 groups" in text_of(app)
        app.look_now()
        await settled(pilot)
        assert text_of(app).count("▲ storm") == 1, "the bar of all screens leaves it to Live's own"
        await pilot.press("V")
        await settled(pilot)
        app.look_now()
        await settled(pilot)
        assert app.front.view == "agents", "what a person chose is not taken away"
        assert text_of(app).count("▲ storm") == 1, "and the storm is still said"
        await pilot.press("1")
        await settled(pilot)
        assert "▲ storm" in text_of(app).splitlines()[0]


async def test_a_storm_that_comes_later_is_said_and_moves_nobody():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        assert app.front.view == "feed"
        assert "storm" not in text_of(app)
        made.groups.thick = STORM
        app.look_now()
        await settled(pilot)
        assert app.front.view == "feed"
        assert "storm 10.0k/min — R" in text_of(app)
        assert "FOLLOWING" in text_of(app), "and whether the list moves is still seen"
        await pilot.press("k")
        await settled(pilot)
        assert "PAUSED" in text_of(app)
        made.groups.thick = None
        app.look_now()
        await settled(pilot)
        assert "storm" not in text_of(app)


async def test_a_storm_is_told_on_every_screen_and_leads_to_its_groups():
    made = workspace(storm=STORM)
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for key in "789":
            await pilot.press(key)
            await settled(pilot)
            assert "▲ storm 10.0k/min" in text_of(app).splitlines()[0]
        await pilot.click(offset=(text_of(app).splitlines()[0].index("▲ storm") + 3, 0))
        await settled(pilot)
        assert (app.current_mode, app.front.view) == ("live", "groups")
        made.groups.thick = None
        app.look_now()
        await settled(pilot)
        assert "storm" not in text_of(app).splitlines()[0]


async def test_what_waits_on_overview_leads_to_the_groups_and_not_to_the_view_that_was_last():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6", "V", "V")
        await settled(pilot)
        assert app.front.view == "agents"
        await pilot.press("1")
        await settled(pilot)
        lines = text_of(app).splitlines()
        row = next(index for index, line in enumerate(lines) if "6 Live" in line and index > 1)
        await pilot.click(offset=(lines[row].index("▲") + 4, row))
        await settled(pilot)
        assert (app.current_mode, app.front.view) == ("live", "groups")


async def test_the_keys_for_views_keep_their_order_in_a_storm_and_groups_have_their_own():
    app = make_app(workspace(storm=STORM))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        seen = [app.front.view]
        for _ in range(4):
            await pilot.press("V")
            await settled(pilot)
            seen.append(app.front.view)
        assert seen == ["groups", "agents", "feed", "groups", "agents"]
        assert "— R" in text_of(app), "which the storm names"
        for key, view in (("[", "groups"), ("[", "feed"), ("]", "groups"), ("R", "groups"), ("]", "agents")):
            await pilot.press(key)
            await settled(pilot)
            assert app.front.view == view
        await pilot.press("R")
        await settled(pilot)
        assert app.front.view == "groups"
        await pilot.press("V")
        await settled(pilot)
        bar = next(index for index, line in enumerate(text_of(app).splitlines()) if index and "▲ storm" in line)
        await pilot.click(offset=(text_of(app).splitlines()[bar].index("▲ storm") + 3, bar))
        await settled(pilot)
        assert app.front.view == "groups"


async def test_a_jump_to_a_decision_in_a_storm_shows_the_decision():
    app = make_app(workspace(storm=STORM))
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await app.goto_event(93)
        await settled(pilot)
        assert app.front.view == "feed"
        assert app.front.feed.detail_open


async def test_the_cursor_stays_on_its_group_and_order_waits_for_a_hand():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        now = [100.0]
        pane.figures._clock = lambda: now[0]
        await pilot.press("j", "j")
        here = pane.figures.value
        line = pane.figures.cursor
        made.groups.listed = [replace(here, rate=9_999, count=5), *[g for g in a_few() if g.key != here.key]]
        await news(pilot, pane)
        assert pane.figures.value.key == here.key
        assert pane.figures.cursor == line, "no row changes places under a moving hand"
        assert "9,999" in rows(app)[line], "its figures are new"
        assert "new order waits" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        await news(pilot, pane)
        assert pane.is_opened
        assert "waits" not in text_of(app).split("Group")[0], "nor of rows that are not in sight"
        await pilot.press("escape")
        await settled(pilot)
        now[0] += 3.1
        await news(pilot, pane)
        assert "new order waits" not in text_of(app)
        assert pane.figures.cursor == 0
        assert pane.figures.value.key == here.key
        made.groups.listed.pop(0)
        await news(pilot, pane)
        assert pane.figures.value is not None, "where its group has gone, the cursor is on another"


async def test_in_a_long_list_the_row_under_the_cursor_keeps_its_line():
    many = [group(f"rule-{n:03}", "ada", "reply", rate=1000 - n) for n in range(1000)]
    made = workspace(listed=many)
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        now = [100.0]
        pane.figures._clock = lambda: now[0]
        await pilot.press("pagedown", "pagedown", "k", "k")
        here, line = pane.figures.value, pane.figures.cursor - pane.figures.scroll_offset.y
        now[0] += 10
        made.groups.listed = [group(f"new-{n}", "bruno", "reply", rate=5000) for n in range(7)] + many
        await news(pilot, pane)
        assert pane.figures.value.key == here.key
        assert pane.figures.cursor - pane.figures.scroll_offset.y == line
        assert len({strip.cell_length for strip in app.screen._compositor.render_strips()}) == 1


async def test_a_thousand_groups_cost_what_is_seen(monkeypatch):
    many = [group(f"rule-{n:03}", f"agent-{n % 40}", "reply", rate=1000 - n) for n in range(1000)]
    app = make_app(workspace(listed=many, storm=Storm(10_000, 1000)))
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        drawn = []
        real = pane.figures._spans
        monkeypatch.setattr(pane.figures, "_spans", lambda value, columns: drawn.append(value) or real(value, columns))
        await news(pilot, pane)
        assert 0 < len(drawn) < 3 * 24
        assert "storm: 10.0k refusals/min in 1,000 groups" in text_of(app)
        assert max(len(line) for line in text_of(app).splitlines()) <= 80


async def test_enter_opens_the_group_with_its_newest_decision():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        await pilot.press("j", "enter")
        await settled(pilot)
        shown = text_of(app)
        assert "budget  ×" in shown
        assert "210" not in rows(app)[0]
        assert "grew: ana acknowledged at 4 a minute; it grew to 40 or more" in shown
        assert "the vendor's tool retries; ticket 4711" in shown
        assert "NEWEST DECISION" in shown
        made.groups.listed = [replace(g, total=777_777) for g in made.groups.listed]
        await news(pilot, pane)
        assert "777,777 in all" in text_of(app), "its figures go on"
        await pilot.press("escape")
        await settled(pilot)
        assert not pane.is_opened
        assert pane.figures.value.key == ("budget", "kofi", "reply")
        assert pane.figures.has_focus


async def test_its_decisions_are_one_key_away():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        await pilot.press("d")
        await settled(pilot)
        assert app.front.view == "feed"
        assert str(app.front.feed.wanted) == "rule:forbid-refund-over-500 agent:ada action:issue_refund"


async def test_esc_leads_back_to_the_group_and_leaves_the_feeds_own_filter_as_it_was():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        app.front.feed.list_anew(parse_filter("action:reply"))
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert pane.is_opened
        await pilot.press("d")
        await settled(pilot)
        assert app.front.view == "feed"
        await pilot.press("enter")
        await settled(pilot)
        if app.front.feed.detail_open:  # a decision that is opened there is closed first
            await pilot.press("escape")
            await settled(pilot)
            assert app.front.view == "feed"
        await pilot.press("escape")
        await settled(pilot)
        assert app.front.view == "groups"
        assert pane.is_opened
        assert str(app.front.feed.wanted) == "action:reply"
        await pilot.press("escape")
        await settled(pilot)
        assert not pane.is_opened


async def test_acknowledging_asks_why_and_says_so_at_once():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 30)) as pilot:
        pane = await open_groups(pilot)
        await pilot.press("A")
        await settled(pilot)
        window = app.screen
        assert isinstance(window, AcknowledgeGroupScreen)
        assert window.query_one("#why", Input).has_focus
        window.query_one("#sign", Button).press()
        await settled(pilot)
        assert "say why" in text_of(app)
        assert made.groups.said == []
        await pilot.press(*"ticket", "enter")
        assert window.query_one("#passphrase", Input).has_focus, "the operator's key here signs"
        await pilot.press(*"secret", "enter")
        assert window.query_one("#cancel", Button).has_focus, "enter alone never says it"
        await pilot.press("right", "enter")
        await settled(pilot)
        (said,) = made.groups.said
        assert said[:5] == ("acknowledge", "forbid-refund-over-500", "ada", "issue_refund", "ticket")
        assert said[5] == NOW + timedelta(hours=4)
        assert said[6].passphrase == "secret"
        assert "secret" not in repr(said)
        assert app.screen is app.front
        assert any("✓ acknowledged" in toast for toast in toasts(app))
        assert pane.figures.values[0].acknowledged, "it stays where it was for a moment, known"
        assert pane.figures.value.key == ("budget", "kofi", "reply"), "and the next one is at hand"
        assert "3 unacknowledged" in text_of(app)


async def test_someone_without_a_key_can_say_it_too():
    made = workspace()
    made.signing_keys = lambda: ()
    app = make_app(made)
    async with app.run_test(size=(80, 30)) as pilot:
        await open_groups(pilot)
        await pilot.press("A")
        await settled(pilot)
        window = app.screen
        assert window.query_one("#key", Select).value == NO_SECOND
        assert window.query_one("#passphrase", Input).disabled
        assert "90m" not in text_of(app), "which of two times counts need not be asked"
        await pilot.press("tab", "enter", "end", "enter")
        await settled(pilot)
        assert app.focused is window.query_one("#own", Input), "a time of one's own is asked for at once"
        assert "90m, 36h or 10d; at most 30d" in text_of(app)
        window.query_one("#why", Input).value = "known"
        await pilot.press("ctrl+s")
        await settled(pilot)
        assert "for how long" in text_of(app)
        window.query_one("#own", Input).value = "36h"
        await pilot.press("ctrl+s")
        await settled(pilot)
        (said,) = made.groups.said
        assert said[5:] == (NOW + timedelta(hours=36), None)


@pytest.mark.parametrize(
    ("chosen", "own", "end"),
    [
        ("1h", "", NOW + timedelta(hours=1)),
        ("tomorrow", "", NOW.replace(hour=9, minute=0) + timedelta(days=1)),
        ("7d", "", NOW + timedelta(days=7)),
        ("own", "90m", NOW + timedelta(minutes=90)),
        ("own", " 2 D ", NOW + timedelta(days=2)),
        ("own", "", None),
        ("own", "0h", None),
        ("own", "-3h", None),
        ("own", "٣h", None),
        ("own", "soon", None),
    ],
)
def test_when_it_ends(chosen, own, end):
    assert end_of(chosen, own, NOW) == end


async def test_what_the_service_refuses_is_said_in_the_window_and_nothing_is_lost():
    made = workspace()
    made.signing_keys = lambda: ()

    def refuse(*_, **__):
        raise WorkbenchError("it was not said", "an acknowledgement lasts at most 30 days", "", "too_long")

    made.groups.acknowledge = refuse
    app = make_app(made)
    async with app.run_test(size=(80, 30)) as pilot:
        await open_groups(pilot)
        await pilot.press("A")
        await settled(pilot)
        await pilot.press(*"because", "ctrl+s")
        await settled(pilot)
        assert "at most 30 days" in text_of(app)
        assert app.screen.query_one("#why", Input).value == "because"


async def test_withdrawing_asks_first_and_enter_alone_keeps_it():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        await pilot.press("U")
        await settled(pilot)
        assert app.screen is app.front, "nobody has acknowledged this one"
        await pilot.press("G", "U")
        await settled(pilot)
        assert isinstance(app.screen, WithdrawGroupScreen)
        assert "acknowledged by ana" in text_of(app)
        assert "the vendor's tool retries" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert made.groups.said == []
        await pilot.press("U")
        await settled(pilot)
        choices = [value for _, value in app.screen.query_one("#key", Select)._options]
        assert NO_SECOND not in choices, "ana signed it: nobody takes it back unsigned"
        anew = AcknowledgeGroupScreen(made, app.screen._group, "", made.signing_keys(), NOW)
        app.push_screen(anew)
        await settled(pilot)
        choices = [value for _, value in anew.query_one("#key", Select)._options]
        assert NO_SECOND not in choices, "nor says it anew for longer"
        await pilot.press("escape")
        await settled(pilot)
        await pilot.press("right", "enter")
        await settled(pilot)
        assert made.groups.said == [("withdraw", "forbid-refund-over-500", "chen", "issue_refund")]
        assert pane.shown.view.unacknowledged == 5


async def test_window_and_order_are_asked_for_and_remembered():
    made = workspace()
    memory = Remembered()
    app = make_app(made, remembered=memory)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        await pilot.press("W")
        await settled(pilot)
        assert made.groups.asked[-1] == ("24h", "rate")
        assert "last 24 h" in text_of(app)
        await pilot.press("s")
        await settled(pilot)
        assert made.groups.asked[-1] == ("24h", "count")
        assert "count▾" in text_of(app)
    again = workspace()
    app = make_app(again, remembered=memory)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        assert again.groups.asked[0] == ("24h", "count")
    memory.put("live", "groups-window", "a year")
    again = workspace()
    app = make_app(again, remembered=memory)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        assert again.groups.asked[0] == ("1h", "count"), "what no window is called is not asked for"


async def test_the_mouse_chooses_opens_and_orders():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        await pilot.click(pane.figures, offset=(20, 2))
        await settled(pilot)
        assert pane.figures.cursor == 1
        assert not pane.is_opened
        await pilot.click(pane.figures, offset=(20, 2))
        await settled(pilot)
        assert pane.is_opened
        await pilot.press("escape")
        columns = pane.figures.columns(pane.figures.scrollable_content_region.width)
        rule = next(column for column in columns if column.field == "rule")
        await pilot.click(pane.figures, offset=(rule.start + 1, 0))
        await settled(pilot)
        assert made.groups.asked[-1] == ("1h", "name")
        assert not pane.is_opened


async def test_the_stop_key_offers_the_groups_agent():
    app = make_app(workspace())
    async with app.run_test(size=(80, 30)) as pilot:
        pane = await open_groups(pilot)
        await pilot.press("S")
        await settled(pilot)
        assert isinstance(app.screen, StopScreen)
        row = app.workspace.row(pane.figures.value.newest)
        assert app.screen.query_one("#name", Input).value == row.agent


async def test_a_failing_service_is_said_once_and_recovers():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        listing = made.groups.list

        def fail(*_, **__):
            raise WorkbenchError("the store is locked", "another process writes", "wait", "store_locked")

        made.groups.list = fail
        await news(pilot, pane)
        await news(pilot, pane)
        assert "✗ the store is locked" in text_of(app)
        assert len(rows(app)) == 6, "what was known stays"
        assert sum("the store is locked" in str(note.title) for note in app._notifications) == 1
        made.groups.list = listing
        await news(pilot, pane)
        assert "✗ the store is locked" not in text_of(app).splitlines()[2]


async def test_counting_says_what_is_left_and_goes_on():
    made = workspace()
    made.groups.counting = Counting(left=400_000)
    app = make_app(made)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_groups(pilot)
        assert "counting, 400k left" in text_of(app)
        asked = len(made.groups.asked)
        pane.poll()
        await settled(pilot)
        assert len(made.groups.asked) > asked, "it does not wait a second for the next part"
        made.groups.counting = Counting()
        pane.poll()
        await settled(pilot)
        assert "counting" not in text_of(app)


async def test_nothing_refused_says_so_with_the_next_key():
    app = make_app(workspace(listed=[]))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_groups(pilot)
        assert "nothing was refused in this window" in text_of(app)
        assert "W takes a longer window" in text_of(app)
        await pilot.press("A", "U", "enter", "d", "o")
        await settled(pilot)
        assert app.screen is app.front


async def test_what_is_exported_is_what_is_listed():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        view = app.front.export_view()
        assert view.name == "groups"
        found = [dict(zip(view.columns, row, strict=True)) for row in view.rows()]
        assert [(f["rule"], f["agent"], f["action"]) for f in found] == [g.key for g in pane.shown.view.groups]
        assert found[-1]["why"] == "the vendor's tool retries; ticket 4711"
        assert found[-1]["acknowledged_by"] == "ana"


def test_keys_of_groups_are_never_mistaken_for_one_another():
    one, other = group("a\x001:b", "c", "d"), group("a", "1:b\x00c", "d")
    assert key_of(one) != key_of(other)


async def test_words_are_searched_for_as_in_any_list():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_groups(pilot)
        await pilot.press("slash", *"external", "enter")
        await settled(pilot)
        assert pane.figures.value.key == ("no-external-share", "dalia", "share_external")
        assert app.front.view == "groups"
