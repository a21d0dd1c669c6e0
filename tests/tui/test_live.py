"""Live: following, pausing, filters, one decision in full and back, the player; the list behind it."""

from __future__ import annotations

import time
from array import array
from dataclasses import replace

import pytest
from textual.app import App

from tests.tui.fakes import HOSTILE, FakePlayer, FakeWorkspace, make_app, make_row, settled
from tests.tui.test_shell import text_of, toasts
from workbench.service.errors import WorkbenchError
from workbench.tui.screens.modals.error import ErrorScreen
from workbench.tui.widgets.event_list import KEPT_ROWS, PAGE, EventList


async def open_live(pilot):
    await settled(pilot)
    await pilot.press("6")
    await settled(pilot)
    return pilot.app.front


async def news(pilot, live):
    """Let the screen ask for news now."""
    live.refresh_data()
    await settled(pilot)


async def test_it_follows_and_shows_new_decisions_without_being_asked():
    workspace = FakeWorkspace(9_100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        assert live.feed.events.following
        assert "FOLLOWING · 9,100" in text_of(app)
        workspace.add(replace(make_row(10**6), agent="newcomer"))
        await news(pilot, live)
        assert "FOLLOWING · 9,101" in text_of(app)
        assert "newcomer" in text_of(app).splitlines()[-2]
        assert live.feed.events.selected == 10**6


async def test_moving_the_cursor_pauses_and_says_so_and_g_follows_again():
    workspace = FakeWorkspace(9_100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("k", "k", "up")
        assert "PAUSED at 9,097 of 9,100 — G follows" in text_of(app)
        here, seen = live.feed.events.selected, text_of(app).splitlines()[4:20]
        workspace.grow(500)
        await news(pilot, live)
        assert live.feed.events.selected == here
        assert text_of(app).splitlines()[4:20] == seen  # nothing moved under the eye
        assert "PAUSED at 9,097 of 9,600" in text_of(app)
        await pilot.press("G")
        await settled(pilot)
        assert "FOLLOWING · 9,600" in text_of(app)
        await pilot.press("f")
        assert not live.feed.events.following
        await pilot.press("f")
        assert live.feed.events.following


async def test_home_end_and_pages():
    app = make_app(FakeWorkspace(9_100))
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("g")
        await settled(pilot)
        assert live.feed.events.cursor == 0
        assert make_row(1).resource in text_of(app)
        await pilot.press("pagedown")
        assert live.feed.events.cursor == live.feed.events.size.height - 1
        await pilot.press("pageup")
        assert live.feed.events.cursor == 0
        await pilot.press("k")
        assert live.feed.events.cursor == 0
        await pilot.press("end")
        assert live.feed.events.cursor == 9_099


async def test_the_wheel_pauses_and_a_click_selects_then_opens():
    app = make_app(FakeWorkspace(500))
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot._post_mouse_events([__import__("textual.events", fromlist=["x"]).MouseScrollUp], widget=EventList)
        await pilot.pause()
        assert not live.feed.events.following
        await pilot.click(EventList, offset=(10, 3))
        await settled(pilot)
        assert live.feed.events.cursor == live.feed.events.scroll_offset.y + 3
        assert not live.feed.detail_open
        await pilot.click(EventList, offset=(10, 3))
        await settled(pilot)
        assert live.feed.detail_open


async def test_the_filter_goes_round_and_keeps_the_place():
    workspace = FakeWorkspace(2_000)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press(*"k" * 40)
        near = live.feed.events.selected
        for only in ("violations", "deny", "hold", "all"):
            await pilot.press("v")
            await settled(pilot)
            assert list(live.feed.events._ids) == list(workspace.event_ids(only))
            shown = [line for line in text_of(app).splitlines()[5:-1] if line.strip()]
            word = {"violations": "violation", "deny": "✗ deny", "hold": "hold"}.get(only)
            assert word is None or all(word in line or "violation" in line for line in shown)
        assert abs(live.feed.events.selected - near) < 60
        assert not live.feed.events.following


async def test_a_filter_only_takes_news_that_passes_it():
    workspace = FakeWorkspace(100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("v")
        await settled(pilot)
        before = live.feed.events.total
        workspace.add(make_row(10_000 - 10_000 % 23 + 1))
        await news(pilot, live)
        assert live.feed.events.total == before
        workspace.add(replace(make_row(20_000), outcome="deny", code="forbidden", rule="r", violation=True))
        await news(pilot, live)
        assert live.feed.events.total == before + 1


async def test_a_decision_opens_in_full_and_esc_returns_to_the_same_place():
    app = make_app(FakeWorkspace(9_100))
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("v")
        await settled(pilot)
        await pilot.press("k", "k", "k")
        await settled(pilot)
        before, place = text_of(app), (live.feed.events.cursor, live.feed.events.scroll_offset)
        await pilot.press("enter")
        await settled(pilot)
        shown = text_of(app)
        assert "A rule forbids exactly this." in shown
        assert "Refunds above 500 euros are never paid." in shown
        assert "Nobody may issue a refund" in shown
        assert "▌ context.amount" in shown
        assert "900" in shown
        await pilot.press("escape")
        await settled(pilot)
        assert (live.feed.events.cursor, live.feed.events.scroll_offset) == place
        assert text_of(app) == before


async def test_in_an_open_decision_n_and_b_go_on_and_c_copies():
    app = make_app(FakeWorkspace(500))
    async with app.run_test(size=(140, 40)) as pilot:
        live = await open_live(pilot)
        await pilot.press("k", "k", "enter")
        await settled(pilot)
        first = live.feed.shown.detail.row.seq
        await pilot.press("n")
        await settled(pilot)
        assert live.feed.shown.detail.row.seq > first
        await pilot.press("b")
        await settled(pilot)
        assert live.feed.shown.detail.row.seq == first
        await pilot.press("c")
        await pilot.pause()
        assert any("Copied" in toast for toast in toasts(app))


async def test_side_by_side_where_there_is_room():
    app = make_app(FakeWorkspace(500))
    async with app.run_test(size=(140, 40)) as pilot:
        live = await open_live(pilot)
        await pilot.press("enter")
        await settled(pilot)
        assert live.feed.events.display and live.query_one("#listing").region.width > 50  # noqa: PT018
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert live.query_one("#listing").region.width == 0
        assert "RECEIPT" in text_of(app) or "REQUEST" in text_of(app)


async def test_the_rule_opens_in_author():
    app = make_app(FakeWorkspace(500))
    asked = []

    async def goto_rule(rule_id):
        asked.append(rule_id)

    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        app.goto_rule = goto_rule
        await pilot.press("o")
        assert asked == []  # only in an open decision
        await pilot.press("v")
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("o")
        await settled(pilot)
        assert asked == ["forbid-refund-over-500"]


async def test_a_default_deny_says_why_not():
    workspace = FakeWorkspace(0)
    workspace.add(replace(make_row(17), outcome="deny", code="not_permitted", rule="", violation=False))
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        assert "no permit applied" in text_of(app)
        await pilot.press("enter")
        await settled(pilot)
        assert 'resource.scope == "internal"' in text_of(app)
        assert "permit-replies" in text_of(app)


async def test_the_player_is_paused_resumed_and_paced():
    player = FakePlayer()
    app = make_app(player=player)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        assert "▶ plays 8/s" in text_of(app)
        await pilot.press("space")
        assert player.paused
        assert "⏸ paused" in text_of(app)
        await pilot.press("p", "plus", "plus", "minus")
        assert not player.paused
        assert player.pace == 16
        await pilot.pause()
        assert "▶ plays 16/s" in text_of(app)
        await pilot.press(*["plus"] * 9)
        assert player.pace == 128
        await pilot.press(*["minus"] * 20)
        assert player.pace == 0.5


async def test_an_empty_feed_says_what_will_be_here():
    app = make_app(FakeWorkspace(0))
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        assert "no decision yet" in text_of(app)
        assert "space plays" in text_of(app)
        await pilot.press("enter", "k", "g", "G", "v")
        await settled(pilot)
        assert not live.feed.detail_open


async def test_a_store_that_vanishes_is_said_once_and_its_return_is_seen():
    workspace = FakeWorkspace(100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        workspace.fail["high_water"] = WorkbenchError("the database is gone", "`x`", "bring it back", "store_missing")
        for _ in range(4):
            await news(pilot, live)
        assert "✗ the database is gone" in text_of(app)
        assert sum("gone" in toast for toast in toasts(app)) == 1
        workspace.fail.clear()
        workspace.grow(5)
        await news(pilot, live)
        assert "FOLLOWING · 105" in text_of(app)


async def test_an_older_store_in_its_place_is_listed_anew():
    """What was recorded after the copy was made never was; its numbers are given again."""
    workspace = FakeWorkspace(100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        last = workspace.seqs[-1]
        del workspace.seqs[-30:]
        await news(pilot, live)
        await news(pilot, live)
        assert "FOLLOWING · 70" in text_of(app)
        workspace.seqs.append(last)
        workspace.rows_by_seq[last] = replace(make_row(last), resource="ANOTHER")
        await news(pilot, live)
        await news(pilot, live)
        assert "FOLLOWING · 71" in text_of(app)
        assert "ANOTHER" in text_of(app), "not the row of that number from before"


async def test_rows_that_could_not_be_fetched_are_asked_for_again():
    workspace = FakeWorkspace(9_100)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        workspace.fail["rows"] = WorkbenchError("the workspace is locked", "", "", "store_locked")
        await pilot.press("g")
        await settled(pilot)
        assert "········" in text_of(app)
        workspace.fail.clear()
        await pilot.press("pagedown", "pageup")
        await settled(pilot)
        assert make_row(1).resource in text_of(app)


async def test_an_event_from_elsewhere_opens_and_lifts_a_filter_that_hides_it():
    workspace = FakeWorkspace(2_000)
    app = make_app(workspace)
    allowed = next(seq for seq in workspace.seqs if workspace.row(seq).outcome == "allow")
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("v")
        await settled(pilot)
        await app.goto("overview")
        await app.goto_event(allowed)
        await settled(pilot)
        assert live.feed.detail_open
        assert f"#{allowed} " in text_of(app)
        await pilot.press("escape")
        assert live.feed.events.selected == allowed


async def test_hostile_names_are_drawn_as_text():
    workspace = FakeWorkspace(0)
    workspace.add(replace(make_row(5), agent=HOSTILE, action=HOSTILE, resource=HOSTILE, rule=HOSTILE))
    app = make_app(workspace)
    async with app.run_test(size=(200, 30)) as pilot:
        await open_live(pilot)
        shown = text_of(app)
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "[red]" in shown
        await pilot.press("enter")
        await settled(pilot)
        assert not isinstance(app.screen, ErrorScreen)
        assert "\x1b" not in text_of(app)


# -- the list --------------------------------------------------------------------------------------------------------


class ListApp(App[None]):
    """A list with a million decisions; rows are answered at once."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.asked: list[int] = []

    def get_theme_variable_defaults(self):
        from workbench.tui.theming import fallback_variables

        return fallback_variables(self.current_theme)

    def compose(self):
        yield EventList()

    def on_mount(self) -> None:
        self.query_one(EventList).set_ids(array("q", range(1, self.count + 1)))

    def on_event_list_rows_wanted(self, event: EventList.RowsWanted) -> None:
        self.asked.append(len(event.ids))
        self.query_one(EventList).fill([make_row(seq) for seq in event.ids])


async def test_a_million_decisions_scroll_from_end_to_end_and_few_rows_are_kept():
    app = ListApp(1_000_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        feed = app.query_one(EventList)
        for key in ("G", "pageup", "g", "pagedown", "G"):
            await pilot.press(key)
            await pilot.pause()
        feed.select(500_000)
        await pilot.pause()
        assert feed.selected == 500_000
        assert len(feed._rows) < 20 * PAGE
        for start in range(0, 1_000_000, 7_000):
            feed.select(start + 1)
            await pilot.pause()
        assert len(feed._rows) <= KEPT_ROWS
        assert max(app.asked) <= PAGE


async def test_ten_thousand_decisions_a_second_cost_little():
    """A second's worth of news in ten parts, drawn: well under half of a processor, so that keys are answered."""
    app = ListApp(1_000_000)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        feed = app.query_one(EventList)
        began = time.process_time()
        last = 1_000_000
        for _ in range(10):
            feed.extend(
                array("q", range(last + 1, last + 1_001)), [make_row(seq) for seq in range(last + 900, last + 1_001)]
            )
            last += 1_000
            await pilot.pause()
        assert feed.total == 1_010_000
        assert time.process_time() - began < 1.0


async def test_news_that_is_known_already_is_not_listed_twice():
    app = ListApp(100)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        feed = app.query_one(EventList)
        feed.extend(array("q", [99, 100, 101, 103]))
        feed.extend(array("q", []))
        feed.extend(array("q", [50]))
        assert list(feed._ids)[-3:] == [100, 101, 103]
        assert feed.total == 102


@pytest.mark.parametrize("width", [20, 45, 60, 80, 140])
async def test_rows_fill_the_list_at_any_width(width):
    app = ListApp(100)
    async with app.run_test(size=(width, 10)) as pilot:
        await pilot.pause()
        feed = app.query_one(EventList)
        for line in range(10):
            assert feed.render_line(line).cell_length == feed.scrollable_content_region.width
