"""Every window that signs, one by one: it begins on Cancel, Enter alone signs nothing, wrong characters sign nothing.

The windows are found in the package: one that is added later and not listed here fails the first test.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Button, Input

import workbench.tui.screens.modals as modals
from tests.tui.draft_fakes import DraftWorkspace
from tests.tui.fakes import DIGEST, NOW, make_app, settled
from tests.tui.held_fakes import held
from tests.tui.norm_fakes import FIGHTS
from tests.tui.overlay_fakes import BRAKE, STOP
from workbench.service.acknowledging import Pending
from workbench.tui.screens.modals.acknowledge import AcknowledgeScreen
from workbench.tui.screens.modals.acknowledge_group import AcknowledgeGroupScreen, GroupWordWindow, WithdrawGroupScreen
from workbench.tui.screens.modals.case_vote import CaseVoteScreen
from workbench.tui.screens.modals.lift import LiftScreen
from workbench.tui.screens.modals.norm_sign import PlaceNormScreen, RepealNormScreen
from workbench.tui.screens.modals.sign_confirm import SignScreen
from workbench.tui.screens.modals.signing import SigningWindow
from workbench.tui.screens.modals.stop import StopScreen

PENDING = Pending("clock", "the clock ran 3,600 seconds ahead", {"ahead_seconds": 3600})
NEW_NORM = SimpleNamespace(id="norm:0011223344556677", severity="warn")
HARMLESS = {GroupWordWindow, AcknowledgeGroupScreen, WithdrawGroupScreen}
"""They take no decision and change none: they say that a group is known, or no more, with or without a signature."""


def approving(workspace: Any, keys: Any) -> SigningWindow[Any]:
    return SignScreen(workspace, workspace.proposals()[0], "approve", keys)


def rejecting(workspace: Any, keys: Any) -> SigningWindow[Any]:
    return SignScreen(workspace, workspace.proposals()[0], "reject", keys)


WINDOWS: dict[str, Callable[[Any, Any], SigningWindow[Any]]] = {
    "approve a proposal": approving,
    "reject a proposal": rejecting,
    "approve a case": lambda workspace, keys: CaseVoteScreen(workspace, held(1), "approve", keys),
    "reject a case": lambda workspace, keys: CaseVoteScreen(workspace, held(1), "reject", keys),
    "stop": lambda workspace, keys: StopScreen(workspace, keys, DIGEST, {"agent": 'Agent::"ada"'}),
    "lift a stop": lambda workspace, keys: LiftScreen(workspace, STOP, keys, NOW),
    "lift a brake": lambda workspace, keys: LiftScreen(workspace, BRAKE, keys, NOW),
    "acknowledge": lambda workspace, keys: AcknowledgeScreen(workspace, PENDING, keys, DIGEST),
    "add a norm": lambda workspace, keys: PlaceNormScreen(
        workspace, NEW_NORM, "Nobody fights.", keys, why="peace", replace=False
    ),
    "repeal a norm": lambda workspace, keys: RepealNormScreen(workspace, FIGHTS, keys),
}


def subclasses(kind: type) -> set[type]:
    found = set(kind.__subclasses__())
    return found | {each for one in found for each in subclasses(one)}


def test_every_window_that_signs_is_walked_here() -> None:
    for module in pkgutil.iter_modules(modals.__path__):
        importlib.import_module(f"{modals.__name__}.{module.name}")
    workspace = DraftWorkspace(proposed=True)
    keys = workspace.signing_keys()
    walked = {type(make(workspace, keys)) for make in WINDOWS.values()}
    ours = {kind for kind in subclasses(SigningWindow) if kind.__module__.startswith("workbench.")}
    assert ours - HARMLESS == walked


async def open_window(pilot: Pilot[None], name: str) -> tuple[SigningWindow[Any], list[str], list[Any]]:
    """The window, what it was asked to sign (never really), and what it answered."""
    workspace: Any = pilot.app.workspace  # type: ignore[attr-defined]
    window = WINDOWS[name](workspace, workspace.signing_keys())
    signed: list[str] = []
    answers: list[Any] = []

    def work() -> Callable[[], str]:
        signed.append(name)
        return lambda: "signed"

    window.work = work  # type: ignore[method-assign]
    window.missing = lambda: ("", "")  # type: ignore[method-assign] # all else is filled in
    pilot.app.push_screen(window, answers.append)
    await settled(pilot)
    assert pilot.app.screen is window
    return window, signed, answers


async def test_each_begins_on_cancel_and_enter_goes_back() -> None:
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in WINDOWS:
            window, signed, answers = await open_window(pilot, name)
            cancel, sign = window.query_one("#cancel", Button), window.query_one("#sign", Button)
            assert window.focused is cancel
            assert sign.disabled
            for button in (cancel, sign):
                assert window.region.contains_region(button.region), f"{button.label} is out of sight at 80x24"
            await pilot.press("enter")
            await settled(pilot)
            assert (signed, answers) == ([], [None])


async def test_enter_in_every_field_signs_nothing_until_the_button_that_six_characters_wake() -> None:
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in WINDOWS:
            window, signed, answers = await open_window(pilot, name)
            sign, typed = window.query_one("#sign", Button), window.query_one("#typed", Input)
            for field in window.query(Input):
                if field.disabled:
                    continue
                field.focus()
                await pilot.press("enter", "enter")
                if not typed.has_focus:
                    typed.focus()
                await pilot.press("enter", "enter")
            assert (signed, answers) == ([], [])
            assert sign.disabled
            right = window._confirm[-6:]
            for wrong in (right[:-1], right[::-1] if right != right[::-1] else "zzzzzz", f"{right}x"[1:]):
                typed.value = wrong
                await settled(pilot)
                assert sign.disabled, f"`{wrong}` is not `{right}`"
                sign.press()
                await pilot.press("enter", "enter")
                await settled(pilot)
                assert (signed, answers) == ([], [])
            typed.value = right
            typed.focus()
            await settled(pilot)
            assert not sign.disabled
            await pilot.press("enter")
            await settled(pilot)
            assert signed == [], "Enter behind the characters goes to the button, and signs nothing yet"
            assert window.focused is sign
            await pilot.press("enter")
            await settled(pilot)
            assert (signed, answers) == ([name], ["signed"])
            assert all(not field.value for field in window.query(Input) if field.password)


async def test_a_passphrase_does_not_stay_in_a_window_that_is_left() -> None:
    async with make_app(DraftWorkspace(proposed=True)).run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        for name in WINDOWS:
            window, signed, answers = await open_window(pilot, name)
            field = window.query_one("#passphrase", Input)
            field.value = "hush-hush"
            await pilot.press("escape")
            await settled(pilot)
            assert (signed, answers) == ([], [None])
            assert field.value == ""
