"""What can be done with an open decision, over real workspaces: made a test, its rule and back, its norm, its group."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.fakes import FakeWorkspace, make_app, make_row, settled
from tests.tui.test_journey import drawn, type_text, until
from tests.tui.test_shell import toasts
from workbench.engine.filter_text import parse_filter
from workbench.norms import Norm
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.modals.acknowledge_group import AcknowledgeGroupScreen
from workbench.tui.screens.modals.norms import NormsScreen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A demo in which sixty recorded actions were decided; a world with a norm in force and one that was repealed."""
    folder = tmp_path_factory.mktemp("live-opened")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    with Workspace.create(folder / "demo", swarm_id="swarm-ui-live-opened") as demo:
        for line, _ in zip(read_recording(load_sample().actions), range(60), strict=False):
            decide_recorded(demo, line, demo.status().now.date())
    with Workspace.create(
        folder / "world", sample="world-norms", profile="unsigned", swarm_id="swarm-ui-live-norms"
    ) as world:
        world.norms.add(Norm("no-attack", "no attacks", "safe_zone", "attack"))
        world.norms.add(Norm("no-dance", "", "", "dance"))
        for verb in ("attack", "dance", "trade"):
            world.norms.check("grim", verb, "safe_zone")
        world.norms.repeal("no-dance")
    yield folder
    patch.undo()


@pytest.fixture
def demo(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "demo", tmp_path / "demo"))


@pytest.fixture
def world(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "world", tmp_path / "world"))


async def opened(pilot, text: str, words: str) -> str:
    """Open the newest decision that a filter wants; ``words`` stand in it."""
    await until(pilot, "v1.0.0")
    await pilot.press("6")
    await until(pilot, "FOLLOWING")
    pilot.app.front.show_feed(parse_filter(text))
    await settled(pilot)
    await until(pilot, "found")
    await pilot.press("enter")
    return await until(pilot, words)


async def told(pilot, words: str) -> None:
    """Wait for words in a toast."""
    for _ in range(150):
        await pilot.pause(0.1)
        if any(words in toast for toast in toasts(pilot.app)):
            return
    raise AssertionError(f"`{words}` was never said: {toasts(pilot.app)}")


async def test_a_decision_becomes_a_test_of_the_draft_with_what_should_have_happened(demo: Path) -> None:
    app = WorkbenchApp(demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "outcome:violation", "A rule forbids exactly this")
        workspace = app.front.workspace
        before = workspace.draft().tests
        await pilot.press("t")
        shown = await until(pilot, "deny (as it was)")
        assert "which was denied" in " ".join(shown.split())
        await pilot.press("right", "enter")  # the focus is on what was decided; hold should have been
        await told(pilot, "expects hold")
        (case,) = workspace.draft().tests[len(before) :]
        assert case["expect"] == "hold"
        assert case["request"]["principal"].startswith('Agent::"')
        assert not case.get("reviewed_by")
        await pilot.press("t")
        await until(pilot, "deny (as it was)")
        await pilot.press("right", "enter")
        await told(pilot, "has that test already")
        assert len(workspace.draft().tests) == len(before) + 1
        await pilot.press("t")
        await until(pilot, "deny (as it was)")
        await pilot.press("escape")
        await settled(pilot)
        assert len(workspace.draft().tests) == len(before) + 1


async def test_the_rule_opens_and_esc_comes_back_to_the_decision_unless_something_was_written(demo: Path) -> None:
    app = WorkbenchApp(demo)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(pilot, "outcome:violation", "RULE THAT DECIDED")
        live = app.front
        seq, rule = live.feed.shown.detail.row.seq, live.feed.shown.detail.rules[0].id
        await pilot.press("o")
        await until(pilot, f'@id("{rule}")')
        assert app.current_mode == "author"
        await pilot.press("escape")
        await settled(pilot)
        assert app.current_mode == "live"
        assert live.feed.shown.detail.row.seq == seq
        assert f"#{seq} " in drawn(app)
        await pilot.press("o")
        await until(pilot, f'@id("{rule}")')
        await type_text(pilot, "// mine ")
        await pilot.press("escape")  # leaves the editor, not the screen
        await settled(pilot)
        assert app.current_mode == "author"
        await pilot.press("6", "2", "escape")  # gone there by oneself: nothing to come back to
        await settled(pilot)
        assert app.current_mode == "author"


@pytest.mark.parametrize(("verb", "name"), [("attack", "no-attack"), ("dance", "no-dance")])
async def test_a_norm_opens_among_the_norms_whether_it_stands_or_has_ended(world: Path, verb: str, name: str) -> None:
    app = WorkbenchApp(world)
    async with app.run_test(size=(120, 40)) as pilot:
        shown = await opened(pilot, f"rule:{name}", "RULE THAT DECIDED")
        assert f"wanted  {verb}  on" in shown
        await pilot.press("o")
        for _ in range(100):
            await settled(pilot)
            current = app.screen.current if isinstance(app.screen, NormsScreen) else None
            if current is not None and current.name == name:
                break
        assert current is not None
        assert current.name == name
        assert current.active == (verb == "attack")
        await pilot.press("escape")
        await settled(pilot)
        assert app.front.feed.detail_open


async def test_a_refusal_is_acknowledged_with_its_group_and_an_allowed_one_is_not(demo: Path) -> None:
    app = WorkbenchApp(demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, "outcome:violation", "RULE THAT DECIDED")
        await pilot.press("A")
        for _ in range(100):
            await settled(pilot)
            if isinstance(app.screen, AcknowledgeGroupScreen):
                break
        assert isinstance(app.screen, AcknowledgeGroupScreen)
        row = app.front.feed.shown.detail.row
        assert row.agent in drawn(app)
        await pilot.press("escape")
        await settled(pilot)
        app.front.show_feed(parse_filter("outcome:allow"))
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        await pilot.press("A")
        await settled(pilot)
        assert app.screen is app.front


async def test_an_action_that_was_recorded_later_says_both_times(demo: Path) -> None:
    app = WorkbenchApp(demo)
    async with app.run_test(size=(120, 60)) as pilot:
        shown = await opened(pilot, "outcome:violation", "RECEIPT")
        row = app.front.feed.shown.detail.row
        assert f"{row.recorded_at:%Y-%m-%d %H:%M:%S} UTC" in shown.partition("╭")[2].splitlines()[0]
        assert f"{row.at:%Y-%m-%d %H:%M:%S} UTC, as whoever sent it says" in shown


async def test_a_decision_beside_the_list_goes_along_with_its_cursor() -> None:
    app = make_app(FakeWorkspace(500))
    async with app.run_test(size=(160, 40)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        live = app.front
        await pilot.press("enter")
        await settled(pilot)
        events = live.feed.events
        await pilot.click("#events", offset=(10, 4))
        await settled(pilot)
        assert live.feed.shown.detail.row.seq == events.selected == events._ids[events.scroll_offset.y + 4]
        await pilot.press("k")
        await settled(pilot)
        assert live.feed.shown.detail.row.seq == events.selected
        assert live.focused is events  # it stays there
        hints = drawn(app).splitlines()[-1]
        assert "Add test" in hints
        assert "Follow" not in hints


async def test_keys_of_an_open_decision_do_nothing_in_the_list() -> None:
    workspace = FakeWorkspace(0)
    workspace.add(make_row(7))
    app = make_app(workspace)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.press("6")
        await settled(pilot)
        await pilot.press("t", "A", "o", "C", "w", "c", "n", "b")
        await settled(pilot)
        assert app.screen is app.front
        assert not app.front.feed.detail_open
