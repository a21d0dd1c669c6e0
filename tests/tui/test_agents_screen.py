"""Live's board of agents: figures and words, an agent's own timeline, the stop key, orders, the mouse."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import Input

from tests.tui.fakes import HOSTILE, FakeWorkspace, make_app, make_row, settled
from tests.tui.group_fakes import FakeAgents, agent, some_agents
from tests.tui.test_shell import text_of
from workbench.tui.remembered import Remembered
from workbench.tui.screens.live_agents import AgentsPane
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.widgets.chrome import FooterBar


def workspace(*more) -> FakeWorkspace:
    made = FakeWorkspace()
    made.agents = FakeAgents([*some_agents(), *more])
    return made


async def open_board(pilot) -> AgentsPane:
    await settled(pilot)
    await pilot.press("6", "V", "V")
    await settled(pilot)
    pane = pilot.app.front.pane
    assert isinstance(pane, AgentsPane)
    return pane


def footer(app) -> list[str]:
    """The keys that the footer offers."""
    return [action.key_text for action in app.screen.query_one(FooterBar).actions]


def rows(app) -> list[str]:
    return [line.rstrip() for line in text_of(app).splitlines()[4:22] if line.strip()]


async def test_the_board_says_everything_in_words_and_figures():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_board(pilot)
        heads, shown = text_of(app).splitlines()[3], rows(app)
        assert heads.split() == ["agent", "mix", "all", "✓", "◷", "refused▾", "%", "waits", "last"]
        ada = shown[0].split()
        assert ada[:3] == ["▸", ada[1], "ada"]
        assert ada[4:] == ["10,348", "312", "4", "10,032", "97%", "0", "12s", "■", "3h"]
        assert shown[1].split()[-2:] == ["3", "12s"], "three requests of bruno wait"
        assert shown[3].split()[-1] == "3h", "dalia is silent"
        assert shown[5].split()[-1] == "never", "zoe never acted"
        assert "6 agents" in text_of(app)
        assert "■ 1 stopped" in text_of(app)


async def test_enter_opens_the_agents_own_timeline():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(80, 30)) as pilot:
        pane = await open_board(pilot)
        await pilot.press("j", "enter")
        await settled(pilot)
        page = pane.page
        mine = [row.seq for row in made.last_events(1000) if row.agent == "bruno"]
        assert list(page.events._ids) == mine
        assert page.events.has_focus
        assert "✓ 140 allowed  ◷ 21 held  ✗ 6 denied  ▲ 2 violations" in text_of(app)
        assert "3 requests of it waits" not in text_of(app)
        assert "3 requests of it wait" in text_of(app)
        made.add(replace(make_row(10**6), agent="bruno"))
        made.add(replace(make_row(10**6 + 1), agent="chen"))
        pane.ask_anew()
        await settled(pilot)
        assert page.events.last_id == 10**6, "what it does next is appended, and only that"
        await pilot.press("enter")
        await settled(pilot)
        assert app.front.view == "feed"
        assert app.front.feed.shown.detail.row.seq == 10**6


async def test_opening_another_agent_shows_nothing_of_the_first():
    made = workspace()
    app = make_app(made)
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await open_board(pilot)
        for _ in range(2):
            await pilot.press("j", "enter")
            await settled(pilot)
            name = pane.page.agent.agent
            assert {made.row(seq).agent for seq in pane.page.events._ids} == {name}
            await pilot.press("escape")
            await settled(pilot)
        assert name == "chen"
        assert not pane.is_opened
        assert pane.figures.has_focus


async def test_its_decisions_are_one_key_away():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_board(pilot)
        await pilot.press("d")
        await settled(pilot)
        assert str(app.front.feed.wanted) == "agent:ada"


async def test_the_stop_key_offers_the_agent_also_one_that_never_acted():
    app = make_app(workspace())
    async with app.run_test(size=(80, 30)) as pilot:
        await open_board(pilot)
        await pilot.press("G", "S")
        await settled(pilot)
        assert isinstance(app.screen, StopScreen)
        assert app.screen.query_one("#name", Input).value == "zoe"


async def test_window_and_order_are_asked_for_and_remembered_apart_from_those_of_groups():
    made, memory = workspace(), Remembered()
    app = make_app(made, remembered=memory)
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_board(pilot)
        await pilot.press("W", "s", "s")
        await settled(pilot)
        assert made.agents.asked[-1] == ("24h", "silent")
        assert "last▾" in text_of(app)
        columns = pane.figures.columns(pane.figures.scrollable_content_region.width)
        await pilot.click(pane.figures, offset=(columns[0].start, 0))
        await settled(pilot)
        assert made.agents.asked[-1] == ("24h", "name")
        assert made.groups.asked == [("1h", "rate")]
    assert memory.get("live", "agents-window", "") == "24h"
    assert memory.get("live", "groups-window", "") == ""


async def test_names_are_data():
    app = make_app(workspace(agent(HOSTILE, 1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await open_board(pilot)
        await pilot.press("G", "enter")
        await settled(pilot)
        shown = text_of(app)
        assert "\x1b" not in shown
        assert "‮" not in shown
        assert "[red]" in shown


async def test_nobody_known_says_so_with_the_next_key():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(80, 24)) as pilot:
        await open_board(pilot)
        assert "no agent is known" in text_of(app)
        assert "workbench serve" in text_of(app)
        assert footer(app) == ["S", "W", "V", "space", "?", "ctrl+p"], "and nothing that does nothing"
        app.player = None
        app.front.show_hints()
        assert footer(app) == ["S", "W", "V", "?", "ctrl+p"], "nor plays where there is nothing to play"
        await pilot.press("enter", "d", "S")
        await settled(pilot)


async def test_what_is_exported_is_what_is_listed():
    app = make_app(workspace())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await open_board(pilot)
        view = app.front.export_view()
        found = [dict(zip(view.columns, row, strict=True)) for row in view.rows()]
        assert [f["agent"] for f in found] == [a.agent for a in pane.shown.agents]
        assert (found[0]["decisions_1h"], found[0]["deny_rate"]) == (10_348, 0.9695)
