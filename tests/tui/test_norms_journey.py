"""Norms by the keyboard over real workspaces: written, changed, compared, repealed; where nobody signs, and where an
operator does."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from tests.tui.test_journey import drawn, type_text, until
from tests.tui.test_stop_journey import said
from workbench.norms import Norm
from workbench.service.workspace import Workspace
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.modals.norm_add import PAUSE, AddNormScreen


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A world where nobody signs, and a demo where operators do; copied for each test."""
    folder = tmp_path_factory.mktemp("norms-journey")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    Workspace.create(folder / "world", sample="world-norms", profile="unsigned", swarm_id="swarm-ui-norms").close()
    Workspace.create(folder / "demo", swarm_id="swarm-ui-signed-norms").close()
    yield folder
    patch.undo()


@pytest.fixture
def world(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "world", tmp_path / "world"))


@pytest.fixture
def demo(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "demo", tmp_path / "demo"))


async def typed(pilot: Pilot[None], text: str) -> None:
    """Type, and wait until it was compiled."""
    await type_text(pilot, text)
    await pilot.pause(PAUSE * 1.5)
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def pressed(pilot: Pilot[None], button: str) -> None:
    """Press a button with enter."""
    pilot.app.screen.query_one(f"#{button}", Button).focus()
    await pilot.press("enter")


async def walked_to(pilot: Pilot[None], button: str) -> None:
    """Go to a button with the keys, and press it."""
    for _ in range(20):
        await pilot.press("tab")
        focused = pilot.app.focused
        if isinstance(focused, Button) and focused.id == button:
            await pilot.press("enter")
            return
    raise AssertionError(f"no `{button}` among the fields")


async def test_a_norm_is_written_changed_compared_and_repealed_where_nobody_signs(world: Path) -> None:
    app = WorkbenchApp(world)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, "a norm forbids something from the next action on")
        await pilot.press("a")
        await until(pilot, "no-attack | safe_zone | attack steal")  # an example, while nothing is written
        await typed(pilot, "no-attack | safe_zone")
        assert "✓" in drawn(app), "two parts are a name and what it forbids"
        await typed(pilot, " | attack steal")
        shown = drawn(app)
        assert (
            'context.hay like "*safe_zone*" && (context.verb like "*attack*" || context.verb like "*steal*")' in shown
        )
        await walked_to(pilot, "place")
        await said(pilot, "no-attack acts from the next action on")
        await until(pilot, "1 in force  ▄ 1 warn")
        with Workspace.open(world) as agents:
            assert not agents.norms.check("bob", "attack the merchant", "safe_zone").allowed
            assert agents.norms.check("bob", "greet the merchant", "safe_zone").violations == ()
        shown = await until(pilot, "▲ 1 action broke one")
        assert "▄ no-attack" in await until(pilot, "▄ no-attack"), "by its name, not by its id"

        await pilot.press("N", "enter")
        await until(pilot, "no-attack · 1 form")
        await pilot.press("a")
        await until(pilot, "It is in force already: nothing would be written.")
        assert pilot.app.screen.query_one("#place", Button).disabled
        await typed(pilot, " kill")
        assert "this acts in its place" in drawn(app), "a new form takes the place of the old one"
        await pressed(pilot, "place")
        await until(pilot, "no-attack · 2 forms")
        await pilot.press("d")
        shown = await until(pilot, "form 1 → 2")
        assert "attack steal kill" in shown
        await pilot.press("escape", "x")
        await until(pilot, "Repeal a norm")
        await pilot.press("enter")  # the focus is on Cancel
        await pilot.pause(0.2)
        await pilot.press("x")
        await until(pilot, "Repeal a norm")
        app.screen.query_one("#why", Input).value = "peace"
        await pressed(pilot, "yes")
        await said(pilot, "no-attack forbids no more")
        await pilot.press("escape", "escape", "9", "v", "v", "v", "v")
        shown = await until(pilot, "repealed no-attack by nobody")
        assert "added no-attack by nobody" in shown
        assert "4 entries" in shown, "added, added, replaced, repealed"
        await pilot.press("x")
        await said(pilot, "repealed already")
    with Workspace.open(world) as after:
        assert after.norms.list() == ()
        assert after.norms.check("bob", "attack the merchant", "safe_zone").allowed


async def test_an_operator_signs_for_a_norm_and_for_its_end(demo: Path) -> None:
    norm = Norm("no-share", "", "", "share_external")
    app = WorkbenchApp(demo)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "norms   none")
        await pilot.press("N")
        await until(pilot, "No norm is in force")
        await pilot.press("a")
        await typed(pilot, "no-share | share_externa")
        assert "did you mean `share_external`?" in drawn(app)
        await typed(pilot, "l")
        assert 'action == Action::"share_external"' in drawn(app)
        await pressed(pilot, "place")
        await until(pilot, "Sign and add")
        await pilot.press("enter")  # Cancel: nothing was signed, and what was typed stands
        await pilot.pause(0.3)
        assert isinstance(app.screen, AddNormScreen)
        assert "no-share | share_external" in drawn(app)
        await pressed(pilot, "place")
        await signed(pilot, norm.id, "000000")
        assert "not the last six" in drawn(app)
        await pilot.press("escape")
        await pressed(pilot, "place")
        await signed(pilot, norm.id, norm.id[-6:])
        await said(pilot, "no-share acts from the next action on")
        await until(pilot, "Norms: 1 in force")
        await pilot.press("x")
        await until(pilot, "Repeal a norm")
        window = app.screen
        assert isinstance(window.focused, Button)
        assert window.focused.id == "cancel", "Enter alone repeals nothing"
        for field, value in (("why", "no longer"), ("passphrase", "demo-only"), ("typed", norm.id[-6:])):
            window.query_one(f"#{field}", Input).value = value
        await pilot.pause()
        await pressed(pilot, "sign")
        await said(pilot, "no-share forbids no more")
    with Workspace.open(demo) as after:
        (view,) = after.norms.list(in_force=False)
        assert (view.state, view.ended_why, view.signed) == ("repealed", "no longer", True)
        assert view.added_by == 'Operator::"ana"'


async def signed(pilot: Pilot[None], id: str, confirm: str) -> None:
    """From the window that signs: the passphrase, the six characters, and the button, which is dead for wrong ones."""
    await until(pilot, id[:10])
    pilot.app.screen.query_one("#passphrase", Input).value = "demo-only"
    pilot.app.screen.query_one("#typed", Input).focus()
    await type_text(pilot, confirm)
    await pilot.press("enter", "enter")
    await pilot.pause(0.2)


async def test_what_was_typed_stands_there_again_and_a_norm_of_the_constitution_is_not_repealed(world: Path) -> None:
    with Workspace.open(world) as before:
        before.norms.add(Norm("kept", "", "", "dance"))
    app = WorkbenchApp(world)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, "norms   1")
        await pilot.press("a")
        await until(pilot, "for instance")
        await typed(pilot, "half | a thou")
        await pilot.press("escape", "a")
        await until(pilot, "half | a thou")
        await pilot.press("escape", "N")
        await until(pilot, "kept")
        await pilot.press("p")
        await said(pilot, "It stands in the draft now")
        await pilot.press("y", "o", "o", "enter")
        await until(pilot, "kept · 1 form")
        await pilot.press("d")
        await said(pilot, "It is the only form")
    with Workspace.open(world) as after:
        assert "dance" in after.draft().cedar_plus
