"""The feed's filter line: written, completed, mistaken, given up, cycled with v, remembered, slow and stopped."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.widgets import Input

from tests.tui.fakes import HOSTILE, FakeWorkspace, make_app, make_row, settled
from tests.tui.test_shell import text_of
from workbench.analysis.stop import Stopped
from workbench.engine.decision_filter import EVERYTHING, Pattern, named
from workbench.engine.filter_text import FilterError, parse_filter
from workbench.service.errors import WorkbenchError
from workbench.tui.view import filters
from workbench.tui.widgets.filter_line import FilterLine


async def open_live(pilot):
    await settled(pilot)
    await pilot.press("6")
    await settled(pilot)
    return pilot.app.front


async def written(pilot, text):
    """Type into the open line, and let the pause after typing pass."""
    await pilot.press(*("space" if char == " " else char for char in text))
    await until(pilot, lambda: pilot.app.front.query_one(FilterLine)._timer is None or not timer_runs(pilot))
    await settled(pilot)


def timer_runs(pilot):
    timer = pilot.app.front.query_one(FilterLine)._timer
    return timer is not None and timer._task is not None and not timer._task.done()


async def until(pilot, true):
    for _ in range(200):
        if true():
            return
        await pilot.pause(0.02)
    raise AssertionError("waited in vain")


def listed(live):
    return list(live.feed.events._ids)


def wanted(workspace, text):
    return list(workspace.finding.ids(parse_filter(text)).ids)


async def test_a_filter_narrows_the_list_while_it_is_written_and_enter_goes_there():
    workspace = FakeWorkspace(2_000)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("slash")
        await pilot.pause()
        assert isinstance(live.focused, Input)
        assert "agent: outcome:" in text_of(app)
        assert "tab Complete" in text_of(app).splitlines()[-1]
        await written(pilot, "agent:ad")  # not finished: everybody whose name begins so
        assert listed(live) == wanted(workspace, "agent:ad*") != []
        await written(pilot, "a -outcome:allow")
        await pilot.press("enter")
        await settled(pilot)
        assert listed(live) == wanted(workspace, "agent:ada -outcome:allow") != []
        assert live.focused is live.feed.events
        shown = text_of(app)
        assert "/ agent:ada -outcome:allow" in shown
        assert f"{len(listed(live))} found · esc clears" in shown
        await pilot.press("escape")
        await settled(pilot)
        assert listed(live) == list(workspace.seqs)
        assert "found" not in text_of(app)


async def test_a_mistake_is_told_in_place_and_the_last_good_filter_stays():
    workspace = FakeWorkspace(500)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("slash")
        await written(pilot, "outcome:hold ")
        good = listed(live)
        assert good == wanted(workspace, "outcome:hold")
        await written(pilot, "agnt:x")
        shown = text_of(app)
        assert "✗ there is no key `agnt`" in shown
        assert 'did you mean `agent:`? Or quote it, to look for the text: "agnt:…"' in shown, "the way out is whole"
        assert listed(live) == good
        await pilot.press("enter")  # not taken: one stays in the line
        await settled(pilot)
        assert isinstance(live.focused, Input)
        assert listed(live) == good


async def test_esc_leaves_the_filter_as_it_was_and_earlier_ones_come_back_with_up():
    workspace = FakeWorkspace(500)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        for text in ("agent:ada", "rule:forbid*"):
            await pilot.press("escape", "slash")
            await written(pilot, text)
            await pilot.press("enter")
            await settled(pilot)
        before = listed(live)
        await pilot.press("slash")
        await written(pilot, "zzz")
        assert listed(live) == []
        assert "nothing matches" in text_of(app)
        await pilot.press("escape")
        await settled(pilot)
        assert listed(live) == before == wanted(workspace, "rule:forbid*")
        await pilot.press("slash", "up", "up", "enter")
        await settled(pilot)
        assert listed(live) == wanted(workspace, "agent:ada")
        await pilot.press("slash", "up", "up", "up", "down", "down", "down", "enter")  # past either end
        await settled(pilot)
        assert listed(live) == list(workspace.seqs)


async def test_v_changes_the_outcome_and_leaves_the_rest_of_the_filter():
    workspace = FakeWorkspace(2_000)
    app = make_app(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        live = await open_live(pilot)
        await pilot.press("slash")
        await written(pilot, "-agent:ada")
        await pilot.press("enter", "v")
        await settled(pilot)
        assert listed(live) == wanted(workspace, "outcome:violation -agent:ada") != []
        assert "/ outcome:violation -agent:ada" in text_of(app)
        await pilot.press("v", "v")
        await settled(pilot)
        assert listed(live) == wanted(workspace, "outcome:hold -agent:ada") != []
        await pilot.press("v")
        await settled(pilot)
        assert listed(live) == wanted(workspace, "-agent:ada")
        bar = text_of(app).splitlines()[2]
        await pilot.click("#bar", offset=(bar.index(" denied ") + 2, 0))
        await settled(pilot)
        assert listed(live) == wanted(workspace, "outcome:deny -agent:ada")


async def test_tab_completes_keys_and_known_names_and_never_what_a_terminal_would_act_on():
    workspace = FakeWorkspace(300)
    workspace.add(replace(make_row(9_999), agent=HOSTILE))
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("slash")
        await settled(pilot)
        await pilot.press("minus", "a", "g", "tab", "b", "r", "tab")
        assert live.query_one(Input).value == "-agent:bruno"
        await pilot.press("comma", "a", "tab")
        assert live.query_one(Input).value == "-agent:bruno,ada"
        await pilot.press("ctrl+u", *"agent:a1", "tab")
        assert live.query_one(Input).value == "agent:a1"


async def test_news_are_held_against_the_filter_and_counted():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("slash")
        await written(pilot, "agent:newcomer")
        await pilot.press("enter")
        await settled(pilot)
        assert "nothing matches" in text_of(app)
        workspace.add(replace(make_row(20_000), agent="other"))
        workspace.add(replace(make_row(20_001), agent="newcomer"))
        live.refresh_data()
        await settled(pilot)
        assert listed(live) == [20_001]
        assert "1 found" in text_of(app)


async def test_filter_and_view_are_remembered():
    memory = None
    for text in ("agent:ada", ""):
        app = make_app(FakeWorkspace(300))
        if memory is not None:
            app.remembered = memory
        async with app.run_test(size=(80, 24)) as pilot:
            live = await open_live(pilot)
            if text:
                await pilot.press("slash")
                await written(pilot, text)
                await pilot.press("enter")
                await settled(pilot)
            assert str(live.feed.wanted) == "agent:ada"
            assert "/ agent:ada" in text_of(app)
            memory = app.remembered
    assert memory.get("live", "filters", []) == ["agent:ada"]


async def test_what_v_chose_and_that_esc_cleared_are_remembered_too():
    app = make_app(FakeWorkspace(300))
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        await pilot.press("v")
        await settled(pilot)
        assert app.remembered.get("live", "filter", "") == str(live.feed.wanted) != ""
        await pilot.press("escape")
        await settled(pilot)
        assert app.remembered.get("live", "filter", "?") == ""


async def test_a_remembered_filter_that_is_none_lists_everything():
    app = make_app(FakeWorkspace(10))
    app.remembered.put("live", "filter", "agnt:x")
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        assert live.feed.wanted == EVERYTHING
        assert len(listed(live)) == 10


async def test_a_slow_search_says_so_keeps_the_list_and_is_stopped_by_the_next_one():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    asked, go = [], threading.Event()
    answer = workspace.finding.ids

    def ids(wanted, after=0, *, task=None):
        if str(wanted) != "slow":
            return answer(wanted, after, task=task)
        asked.append(task)
        task.step(1, 4, "searching")
        assert go.wait(20)
        task.stop.check()
        raise AssertionError("nobody stopped it")

    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        workspace.finding.ids = ids
        live.feed.list_anew(parse_filter("slow"))
        await until(pilot, lambda: bool(asked) and "searching … 25%" in text_of(app))
        assert listed(live) == list(workspace.seqs)
        await pilot.press("k")  # the list can be moved in meanwhile
        assert live.feed.events.cursor == 298
        live.feed.list_anew(parse_filter("agent:ada"))
        go.set()
        await settled(pilot)
        assert asked[0].stop.is_set
        with pytest.raises(Stopped):
            asked[0].stop.check()
        assert listed(live) == wanted(workspace, "agent:ada")


async def test_a_search_that_fails_is_told_and_tried_again():
    workspace = FakeWorkspace(300)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        workspace.fail["event_ids"] = WorkbenchError("the database is gone", "`x`", "bring it back", "store_missing")
        await pilot.press("v")
        await settled(pilot)
        assert "✗ the database is gone" in text_of(app)
        workspace.fail.clear()
        live.refresh_data()
        await settled(pilot)
        assert listed(live) == wanted(workspace, "outcome:violation")


async def test_the_exported_view_is_what_the_filter_wants_and_all_of_it():
    workspace = FakeWorkspace(3_000)
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        live = await open_live(pilot)
        live.feed.list_anew(parse_filter("agent:ada -outcome:deny"))
        await settled(pilot)
        view = live.export_view()
        rows = [dict(zip(view.columns, row, strict=True)) for row in view.rows()]
        assert [row["number"] for row in rows] == wanted(workspace, "agent:ada -outcome:deny") != []
        assert {row["agent"] for row in rows} == {"ada"}


@pytest.mark.parametrize("size", [(30, 8), (40, 10), (200, 60)])
async def test_the_line_fits_any_width_and_hostile_text_is_drawn_as_text(size):
    app = make_app(FakeWorkspace(3_000))
    async with app.run_test(size=size) as pilot:
        live = await open_live(pilot)
        await pilot.press("k")
        live.feed.list_anew(parse_filter(f'agent:"{HOSTILE}" "a\x1b[2Jb" -rule:{"x" * 100}'))
        await settled(pilot)
        shown = text_of(app)
        assert "\x1b" not in shown
        assert all(len(line) <= size[0] for line in shown.splitlines())
        live.feed.list_anew(EVERYTHING)
        await settled(pilot)
        await pilot.press("k")
        assert "PAUSED" in text_of(app)
        await pilot.press("slash", *"outcome:x y")
        await pilot.pause()
        assert all(len(line) <= size[0] for line in text_of(app).splitlines())


# -- pure ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ou", "outcome:"),
        ("x -s", "x -severity:"),
        ("outcome:d", "outcome:deny"),
        ("outcome:deny,h", "outcome:deny,hold"),
        ("severity:c", "severity:critical"),
        ("since:1", "since:10m"),
        ("AGENT:n", "AGENT:nora"),
        ("agent:nora", None),
        ("agent:x", None),
        ("agent:with", None),  # it would have to be quoted
        ('"ou', None),
        ("", None),
        ("x ", None),
    ],
)
def test_completion(text, said):
    assert filters.completed(text, {"agent": ["nora", "with blank"]}) == said


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=20), st.lists(st.text(max_size=6), max_size=4))
def test_what_is_completed_goes_on_from_what_was_written_and_means_the_name(text, names):
    found = filters.completed(text, {"agent": names, "rule": names})
    assert found is None or found.lower().startswith(text.lower())  # a key is written small
    for name in names:
        whole = filters.completed(f"agent:{name[:1]}", {"agent": [name]})
        assert whole is None or parse_filter(whole).terms == (named("agent", name),)


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from('agent:rule -"\\,* ab'), max_size=20))
def test_a_preview_is_a_filter_wherever_the_text_is_one_and_wants_no_less(text):
    try:
        meant = parse_filter(text)
    except FilterError:
        return
    preview = parse_filter(filters.previewed(text))
    assert len(preview.terms) == len(meant.terms)
    for before, after in zip(meant.terms, preview.terms, strict=True):
        for one, other in zip(before.patterns, after.patterns, strict=True):
            assert one == other or other == Pattern((*one.pieces, ""))


@pytest.mark.parametrize("text", ["agnt:x", "outcome:maybe", '"open', "since:soon", "a" * 3_000, "\x1b[31m:x"])
def test_a_mistake_and_its_way_out_fit(text):
    with pytest.raises(FilterError) as caught:
        parse_filter(text)
    lines = [filters.mistake(caught.value, width) for width in range(1, 160)]
    for width, lines_ in enumerate((line.plain.split("\n") for line in lines), 1):
        assert all(cell_len(line) <= width for line in lines_)
        assert len(lines_) <= filters.MISTAKE_LINES
        assert width < 80 or not any(line.endswith("…") for line in lines_), "nothing is cut at 80"
    assert "\x1b" not in lines[-1].plain
    assert caught.value.help[:20] in lines[-1].plain
