"""Windows as such: in a small terminal, with long texts in their fields, and which of their buttons enter reaches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Button, Input, Select

from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import DIGEST, NOW, VERSION, FakePlayer, make_app, settled
from tests.tui.group_fakes import a_few
from tests.tui.test_sign_dangerous import WINDOWS
from workbench.service.views import Verification, VerifyLine
from workbench.tui.screens.modals.acknowledge_group import AcknowledgeGroupScreen, WithdrawGroupScreen
from workbench.tui.screens.modals.confirm import ConfirmScreen
from workbench.tui.screens.modals.error import ErrorScreen, Problem
from workbench.tui.screens.modals.export import ExportScreen
from workbench.tui.screens.modals.keys import HelpScreen
from workbench.tui.screens.modals.propose import ProposeScreen
from workbench.tui.screens.modals.revert import RevertScreen
from workbench.tui.screens.modals.stop import StopScreen
from workbench.tui.screens.modals.window import Window
from workbench.tui.view.export import ExportView
from workbench.tui.view.timeline import verification
from workbench.tui.widgets.chrome import FooterBar, TopBar

PEOPLE = ('Operator::"ana"', 'Operator::"sam"')
LONG = "Agents must never share customer email addresses with external services."
TRACE = "\n".join(f"  line {number}" for number in range(40))


def forms(workspace: Any) -> dict[str, Any]:
    """Every window with buttons that a small terminal must have room for."""
    keys = workspace.signing_keys()
    known = next(group for group in a_few() if group.acknowledged)
    made = {name: make(workspace, keys) for name, make in WINDOWS.items()}
    return made | {
        "propose": ProposeScreen(workspace, workspace.review(), PEOPLE),
        "revert": RevertScreen(workspace, VERSION, PEOPLE),
        "acknowledge a group": AcknowledgeGroupScreen(workspace, known, "", keys, NOW),
        "withdraw": WithdrawGroupScreen(workspace, known, "", keys, NOW),
        "export": ExportScreen(ExportView("decisions", ("a", "b"), lambda: iter(())), NOW),
        "error": ErrorScreen(Problem("It failed", LONG, LONG, "code", TRACE)),
        "confirm": ConfirmScreen("Leave the workbench?", LONG),
    }


async def test_in_forty_by_ten_the_buttons_stay_in_sight_and_a_form_begins_with_its_first_field() -> None:
    workspace = DraftWorkspace(proposed=True)
    async with make_app(workspace).run_test(size=(40, 10)) as pilot:
        await settled(pilot)
        screen = Region(0, 0, 40, 10)
        for name, window in forms(workspace).items():
            pilot.app.push_screen(window)
            await settled(pilot)
            assert pilot.app.screen is window, name
            box = window.query_one(".window")
            buttons = [button.region for button in window.query(".window--buttons Button")]
            assert len(buttons) >= 2, name
            assert all(screen.contains_region(region) for region in buttons), f"{name}: {buttons}"
            assert {region.y for region in buttons} == {box.content_region.bottom - 1}, f"{name}: not its last line"
            fields = [field for field in window.query("Input, Select") if field.display and not field.disabled]
            if fields:
                assert box.content_region.contains_region(fields[0].region), f"{name}: its first field is out of sight"
                assert fields[0].region.bottom <= buttons[0].y, f"{name}: the buttons lie over its first field"
            for row in window.query("#own-row"):  # there once a time of one's own is chosen
                row.display = True
            await settled(pilot)
            for field in [each for each in window.query(Input) if not each.value]:
                shown = field.render_line(0).text.rstrip()
                whole = field.placeholder
                assert shown == whole or shown.endswith("…"), f"{name}: `{whole}` is cut to `{shown}` without a mark"
            await pilot.press("escape")
            await settled(pilot)
            assert pilot.app.screen is not window, name


async def a_text_longer_than_its_field_is_seen(pilot: Pilot[None]) -> None:
    """Its one line once went to a scrollbar as soon as the text was too long."""
    window = ExportScreen(ExportView("x", ("a",), lambda: iter(())), NOW)
    pilot.app.push_screen(window)
    await settled(pilot)
    field = window.query_one("#file", Input)
    field.value = LONG
    await pilot.press("end")
    await settled(pilot)
    assert field.scrollable_content_region.height == 1
    assert LONG[-20:] in "".join(strip.text for strip in window._compositor.render_strips())
    await pilot.press("escape")


async def enter_alone_proposes_nothing(pilot: Pilot[None], make: Callable[[], Window[Any]], calls: list[str]) -> None:
    """And what was written is offered again."""
    answers: list[Any] = []
    pilot.app.push_screen(make(), answers.append)
    await settled(pilot)
    pilot.app.screen.query_one("#summary", Input).clear()
    await pilot.press(*"because", "enter")
    assert pilot.app.screen.query_one("#cancel", Button).has_focus
    await pilot.press("enter")
    await settled(pilot)
    assert answers == [None]
    assert "propose" not in calls
    assert "revert" not in calls
    pilot.app.push_screen(again := make())
    await settled(pilot)
    assert again.query_one("#summary", Input).value == "because"
    assert again.query_one("#proposer", Select).value == PEOPLE[0]
    await pilot.press("escape")
    await settled(pilot)


async def the_arrows_go_from_button_to_button(pilot: Pilot[None]) -> None:
    """Among those that can be pressed."""
    pilot.app.push_screen(window := ExportScreen(ExportView("x", ("a",), lambda: iter(())), NOW))
    await settled(pilot)
    window.query_one("#cancel", Button).focus()
    window.query_one("#copy", Button).disabled = True
    seen = []
    for key in ("right", "right", "left"):
        await pilot.press(key)
        seen.append(window.focused.id if window.focused else None)
    assert seen == ["write", "cancel", "write"]
    await pilot.press("escape")


async def enter_walks_a_form_to_its_end(pilot: Pilot[None], workspace: Any) -> None:
    """Also over fields that are picked, whose list it opens and closes; once it went round in the first of them."""
    pilot.app.push_screen(window := StopScreen(workspace, workspace.signing_keys(), DIGEST, {"agent": 'Agent::"ada"'}))
    await settled(pilot)
    window.query_one("#target").focus()
    await settled(pilot)
    walked = []
    for _ in range(16):
        field = window.focused
        assert field is not None
        if field.id and field.id not in walked:  # the list of one that is picked has none
            walked.append(field.id)
        if field.id == "typed":
            await pilot.press(*DIGEST[-6:])
        await pilot.press("enter")
        await settled(pilot)
        if isinstance(window.focused, Button):
            break
    assert walked == ["target", "name", "seconds", "why", "key", "passphrase", "typed"]
    assert window.focused is window.query_one("#sign", Button), "it leads there, and signs nothing"
    assert pilot.app.screen is window
    await pilot.press("escape")


async def a_text_above_the_buttons_is_reached_from_them(pilot: Pilot[None]) -> None:
    """Screenfuls and ends; once they did nothing until the focus had left the buttons."""
    pilot.app.push_screen(window := ErrorScreen(Problem("It failed", LONG, LONG, "code", TRACE)))
    await settled(pilot)
    box = window.query_one(".window")
    seen = []
    for key in ("pagedown", "end", "home"):
        assert window.query_one("#close", Button).has_focus
        await pilot.press(key)
        await settled(pilot)
        seen.append(box.scroll_y)
    assert 0 == seen[2] < seen[0] < seen[1] == box.max_scroll_y
    await pilot.press("escape")


def test_a_verification_says_once_that_it_is_not_anchored_and_what_then() -> None:
    digest = "sha256:" + "4f" * 32
    lines = (VerifyLine(True, "1.0.0", f"in force since 2026-11-29T12:58:52.122Z; {digest}"),)
    found = Verification(True, False, digest, "1 version, head 1.0.0: consistent, NOT anchored; UNSIGNED: x", lines)
    shown = verification(found, width=69).plain
    assert shown.count("NOT anchored") == 1
    assert "1 version, head 1.0.0; UNSIGNED: x" in shown
    assert "workbench verify PATH --genesis DIGEST" in shown
    assert f"sha256\n  {digest.removeprefix('sha256:')}" in shown, "a digest is not broken"
    assert verification(replace(found, anchored=True)).plain.startswith("✓ verified, anchored")
    broken = Verification(False, False, "", "broken at 1.0.0: its digest: consistent and anchored", ())
    assert broken.message in verification(broken).plain, "what is wrong is said as it was"
    assert "--genesis" not in verification(broken).plain


async def test_fields_and_buttons() -> None:
    workspace = DraftWorkspace(proposed=True)
    workspace.calls.clear()
    async with make_app(workspace).run_test(size=(60, 20)) as pilot:
        await settled(pilot)
        await a_text_longer_than_its_field_is_seen(pilot)
        review = workspace.review()
        await enter_alone_proposes_nothing(pilot, lambda: ProposeScreen(workspace, review, PEOPLE), workspace.calls)
        await enter_alone_proposes_nothing(pilot, lambda: RevertScreen(workspace, VERSION, PEOPLE), workspace.calls)
        await the_arrows_go_from_button_to_button(pilot)
        await a_text_above_the_buttons_is_reached_from_them(pilot)
        await enter_walks_a_form_to_its_end(pilot, workspace)


async def test_the_bars_are_controls_and_the_palette_ends_above_the_footer() -> None:
    player = FakePlayer()
    app = make_app(DraftWorkspace(), player=player)
    copied: list[str] = []
    app.copy = copied.append  # type: ignore[method-assign]
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        line = app.screen.query_one(TopBar).render().plain.split("\n")[0]
        await pilot.click(offset=(line.index("plays") + 1, 0))
        await settled(pilot)
        assert player.paused
        line = app.screen.query_one(TopBar).render().plain.split("\n")[0]
        await pilot.click(offset=(line.index("paused"), 0))
        await settled(pilot)
        assert not player.paused
        digest = app.status.version.digest if app.status else ""
        await pilot.click(offset=(line.index(digest.removeprefix("sha256:")[:8]), 0))
        assert copied == [digest], "all of it, though only its beginning is shown"
        for size in ((80, 24), (40, 10)):
            await pilot.resize_terminal(*size)
            await pilot.press("ctrl+p")
            await settled(pilot)
            box = app.screen.query_one("#--container").region
            assert box.bottom <= size[1] - 1, f"it lies over the footer at {size}"
            assert app.screen.query_one("CommandList").region.height >= 3
            await pilot.press("f1")
            await settled(pilot)
            assert isinstance(app.screen, HelpScreen)
            await pilot.press("escape", "escape")
            await settled(pilot)
        assert app.screen is app.front
        assert app.screen.has_class("-tiny")
        hints = app.screen.query_one(FooterBar).render().plain
        assert "Open" not in hints, "no keys of what is not shown"
        assert "Palette" in hints
