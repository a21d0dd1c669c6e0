"""A workspace in which nothing has happened yet: every screen, view and window that is empty says what it is, why there
is nothing, and the next key; and that key does something. While the workspace is opened, every screen says so.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from threading import Event

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.tui.fakes import FakeWorkspace, make_app
from tests.tui.hands import Keys
from workbench.service.clock import FrozenClock
from workbench.tui.actions import REGISTRY, SCREEN_NAMES, shown_key
from workbench.tui.app import WorkbenchApp
from workbench.tui.remembered import Remembered
from workbench.tui.screens.base import LOADING_AFTER
from workbench.tui.widgets.empty_state import MOST_CELLS, EmptyState

EMPTY = {
    "overview": ("1",),
    "review": ("4",),
    "review meaning": ("4", "v"),
    "sign": ("5",),
    "live feed": ("6",),
    "live groups": ("6", "R"),
    "cases": ("7",),
    "speech": ("8",),
    "norms": ("1", "N"),
    "last days": ("1", "ctrl+o", "d"),
}
"""Where nothing is to be seen in a new workspace, and the keys that lead there."""
TOLD = {"overlays": ("1", "L"), "tests": ("3",), "history": ("9",), "agents": ("6", "R", "V"), "author": ("2",)}
"""What is never quite empty (a version is in force, with tests and a genesis), or says it in a sentence of its own."""
KEYS = {shown: key for key in ("right", "left", "escape") for shown in (shown_key(key),)} | {"esc": "escape"}


@pytest.fixture
def fresh(made_swarm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return Path(shutil.copytree(made_swarm, tmp_path / "fresh"))


def state_shown(app: WorkbenchApp) -> EmptyState | None:
    """The sentence that stands in place of a list; ``None`` where a list is shown."""
    found = (each for each in app.screen.query(EmptyState) if each.is_on_screen and each.state == "empty")
    return next(found, None)


def named_keys(sentence: str) -> list[str]:
    """The keys that ``2 opens Author · v goes on`` names, as they are pressed."""
    firsts = (re.split(r"\s", part.strip())[0] for part in re.split(r"·|,", sentence))
    return [
        KEYS.get(word, word) for word in firsts if len(word) == 1 or word in KEYS or word.startswith(("ctrl+", "F"))
    ]


def look(app: WorkbenchApp) -> tuple[str, int, str]:
    """What tells whether a key did anything."""
    drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
    return app.current_mode, len(app.screen_stack), drawn


async def at_rest(pilot: Pilot[None]) -> tuple[str, int, str]:
    """What is shown once nothing has moved for a while, so that what moves then is the key's doing."""
    still, before = 0, look(pilot.app)
    for _ in range(200):
        await pilot.pause(0.1)
        now = look(pilot.app)
        still, before = (still + 1, now) if now == before else (0, now)
        if still == 12:  # more than the second in which everything is asked again
            return now
    raise AssertionError(f"it never comes to rest:\n{before[2]}")


async def arrive(pilot: Pilot[None], keys: tuple[str, ...]) -> None:
    app = pilot.app
    while len(app.screen_stack) > 1:
        await pilot.press("escape")
        await pilot.pause()
    await pilot.press("escape")
    for key in keys:
        await pilot.press(key)
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def test_what_is_empty_says_why_and_the_key_it_names_leads_on(fresh: Path) -> None:
    app = WorkbenchApp(fresh, clock=FrozenClock(), remembered=Remembered())
    async with app.run_test(size=(80, 24)) as pilot:
        person = Keys(pilot, FrozenClock())
        await person.sees("v1.0.0", "In force")
        for name, keys in EMPTY.items():
            await app.goto("overview")
            await arrive(pilot, keys)
            await person.holds(lambda: state_shown(app) is not None, f"the empty {name}")
            state = state_shown(app)
            assert state is not None
            assert state.title, name
            assert state.why, name
            commands = re.findall(r"`?workbench (\w+)", f"{state.why} {state.next_key}")
            offered = named_keys(state.next_key)
            assert offered or commands, f"{name} names no way on: {state.next_key!r}"
            assert state.region.height >= 3, f"{name} is cut"
            if offered:
                before = await at_rest(pilot)
                await pilot.press(offered[0])
                await person.holds(lambda before=before: look(app) != before, f"what `{offered[0]}` of {name} does")
            if name == "live groups":  # back to where the next round begins
                await arrive(pilot, ("6", "V", "V"))


async def test_what_is_never_quite_empty_is_there_too(fresh: Path) -> None:
    words = {
        "overlays": "Nothing acts beside the signed version",
        "tests": "reviewed",
        "history": "genesis",
        "agents": "never",
        "author": "22 rules",
    }
    app = WorkbenchApp(fresh, clock=FrozenClock(), remembered=Remembered())
    async with app.run_test(size=(80, 24)) as pilot:
        person = Keys(pilot, FrozenClock())
        await person.sees("v1.0.0", "In force")
        for name, keys in TOLD.items():
            await app.goto("overview")
            await arrive(pilot, keys)
            await person.sees(words[name])


async def test_every_screen_says_that_the_workspace_is_being_opened_when_that_takes_long() -> None:
    opened = Event()
    app = make_app()

    def slow() -> FakeWorkspace:
        assert opened.wait(60)
        return FakeWorkspace()

    app._open_workspace = slow  # type: ignore[assignment]
    async with app.run_test(size=(80, 24)) as pilot:
        person = Keys(pilot, FrozenClock())
        for name in SCREEN_NAMES:
            await app.goto(name)
            if app.screen.NEEDS_WORKSPACE:  # type: ignore[attr-defined]
                await person.sees("opening the workspace")
                assert person.screen().count("opening the workspace") == 1
        await app.goto("cases")
        opened.set()
        await person.sees("v1.0.0", "Nothing waits", gone="opening the workspace")
    assert LOADING_AFTER == 0.15


def test_no_screen_is_left_out() -> None:
    """All nine are looked at, here or there."""
    digits = {keys[0] for keys in (*EMPTY.values(), *TOLD.values())}
    assert digits == {shown_key(REGISTRY[f"global.open-{name}"].keys[0]) for name in SCREEN_NAMES}


@pytest.mark.parametrize("width", [40, 200])
async def test_a_sentence_of_an_empty_state_is_as_wide_as_it_is_easy_to_read(width: int) -> None:
    why = " ".join(f"word{number}" for number in range(40))

    class Alone(App[None]):
        def compose(self) -> ComposeResult:
            yield EmptyState("Nothing", why)

    async with Alone().run_test(size=(200, 24)) as pilot:
        await pilot.resize_terminal(width, 24)
        await pilot.pause()
        lines = [strip.text.strip() for strip in pilot.app.screen._compositor.render_strips()]
        said = [line for line in lines if line.startswith("word")]
        assert " ".join(said) == why
        room = min(width - 4, MOST_CELLS)
        assert all(room - len(" word10") <= len(line) <= room for line in said[:-1]), "no line ends before it must"
