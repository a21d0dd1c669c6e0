"""What Live says and offers: only keys that do something, a number once, stops by who placed them, columns that fit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

from tests.tui.fakes import NOW, FakeWorkspace, make_app, make_row, settled
from tests.tui.group_fakes import FakeAgents, FakeGroups, a_few, group, some_agents
from tests.tui.test_live_filter import open_live, written
from tests.tui.test_shell import text_of
from workbench.service.governing_views import OverlayView
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.screens.norm_names import named, names_of
from workbench.tui.widgets.chrome import FooterBar

STOP = OverlayView(
    id="3f9a2c7e",
    kind="stop",
    state="in_force",
    what='agent Agent::"nora"',
    why="forty refunds a minute",
    placed_by='Operator::"ana"',
    placed_at=NOW,
    expires_at=NOW + timedelta(hours=4),
    rules=("stop:3f9a2c7e",),
)
REFUSED = replace(make_row(23), seq=5_001, agent="nora", code="stopped", violation=False, rule="stop:3f9a2c7e")


def with_stops(*stops: OverlayView) -> FakeWorkspace:
    made = FakeWorkspace()
    asked: list[bool] = []
    made.overlays = SimpleNamespace(list=lambda in_force=True: asked.append(in_force) or stops, asked=asked)
    return made


def footer(app) -> dict[str, str]:
    """What the footer offers: key → title."""
    return {action.key_text: action.title for action in app.front.query_one(FooterBar).actions}


def test_a_stop_is_called_by_who_placed_it_and_asked_for_once():
    made = with_stops(STOP, replace(STOP, id="b1", rules=("stop:b1",), signed=False))
    rows = [REFUSED, replace(REFUSED, rule="stop:b1"), replace(REFUSED, rule="stop:gone"), make_row(22)]
    for _ in range(2):
        found = [row.rule for row in named(made, rows)]
        assert found[:3] == ["stop by ana", "stop, unsigned", "stop:gone"]
        assert found[3] == make_row(22).rule
    assert made.overlays.asked == [False], "those that have ended too, and once"
    assert [row.rule for row in named(made, rows, stops=False)] == [row.rule for row in rows], "a file keeps ids"
    assert names_of(made, ("permit-daily-work", "")).get("permit-daily-work", "") == ""


async def test_a_filter_keeps_the_stop_key_for_the_agent_it_names_and_says_each_number_once():
    made = FakeWorkspace(500)
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        assert footer(app)["S"] == "Stop"
        await pilot.press("slash")
        await written(pilot, "agent:ada")
        await pilot.press("enter")
        await settled(pilot)
        assert footer(app)["S"] == "Stop"
        assert footer(app)["esc"] == "Clear"
        many = f"{live.feed.events.total:,}"
        bar, line = text_of(app).splitlines()[2:4]
        assert bar.rstrip().endswith("FOLLOWING")
        assert f"{many} found · esc clears" in line
        await pilot.press("k")
        await settled(pilot)
        bar, line = text_of(app).splitlines()[2:4]
        assert f"of {many} " in bar
        assert many not in line
        await pilot.press("slash", "ctrl+u")
        await written(pilot, "agent:ada nothing")
        await pilot.press("enter")
        await settled(pilot)
        assert "nothing matches" in text_of(app)
        assert not {"enter", "f"} & footer(app).keys(), "there is nothing to open or to follow"
        assert footer(app)["S"] == "Stop"
        await pilot.press("S")
        await settled(pilot)
        assert isinstance(app.screen, StopScreen)
        assert "ada" in text_of(app), "the agent that the filter names, though nothing is listed"


async def test_what_led_to_the_feed_is_named_by_the_way_back():
    made = FakeWorkspace()
    made.groups, made.agents = FakeGroups(a_few()), FakeAgents(some_agents())
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        await pilot.press("V", "V", "d")
        await settled(pilot)
        assert "esc back to Agents" in text_of(app).splitlines()[3]
        assert footer(app)["esc"] == "Back"


async def test_longer_names_widen_their_column_and_an_agents_own_timeline_has_none_for_agents():
    made = FakeWorkspace()
    made.agents = FakeAgents(some_agents())
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        before = live.feed.events._layout
        long = replace(make_row(22), seq=9_001, agent="bruno", verb="", action="delete_shared_memory")
        made.add(long)
        live.refresh_data()
        await settled(pilot)
        assert "delete_shared_memory" in text_of(app)
        assert live.feed.events._layout != before
        heads, row = text_of(app).splitlines()[3], text_of(app).splitlines()[22]
        assert heads.index("action") == row.index("delete_shared_memory"), "the heads go along"
        await pilot.press("V", "V", "j", "enter")
        await settled(pilot)
        assert [column.field for column in live.pane.page.events._layout] == [
            "time", "outcome", "action", "resource", "rule",
        ]  # fmt: skip
        assert sum("bruno" in line for line in text_of(app).splitlines()) == 1, "in the head"


async def test_the_heads_stand_over_their_columns_also_beside_an_opened_decision():
    app = make_app(FakeWorkspace())
    async with app.run_test(size=(120, 30)) as pilot:
        live = await open_live(pilot)
        for key in ("k", "enter", "escape"):
            await pilot.press(key)
            await settled(pilot)
            action = next(column for column in live.feed.events._layout if column.field == "action")
            assert text_of(app).splitlines()[3].index("action") == action.start, key


async def test_at_40x10_an_opened_agent_is_one_line_of_sums_and_its_decisions():
    made = FakeWorkspace()
    made.agents = FakeAgents(some_agents())
    app = make_app(made)
    async with app.run_test(size=(40, 10)) as pilot:
        live = await open_live(pilot)
        assert "✗ deny" in text_of(app), "the outcome is a word here too"
        await pilot.press("V", "V", "j", "enter")
        await settled(pilot)
        lines = text_of(app).splitlines()
        assert "bruno" in lines[3]
        assert "5% refused" in lines[3]
        assert live.pane.page.events.size.height >= 3
        assert "S stops it" in lines[8]


async def test_what_is_held_or_stopped_is_not_to_be_acknowledged():
    made = with_stops(STOP)
    stopped = replace(group("stop:3f9a2c7e", "nora", "reply", "deny", code="stopped"), standing="stopped")
    made.groups = FakeGroups([group("hold-large-refund", "bruno", "issue_refund", "hold", code="held"), stopped])
    app = make_app(made)
    async with app.run_test(size=(80, 24)) as pilot:
        await open_live(pilot)
        await pilot.press("R")
        await settled(pilot)
        assert "■ stop by ana" in text_of(app)
        assert "1 group, all acknowledged · 1 held" in text_of(app)
        assert "A" not in footer(app)
        await pilot.press("j")
        await settled(pilot)
        assert "A" not in footer(app)
