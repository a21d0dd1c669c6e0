"""What happens when something breaks under an open screen: the database, or any one service call.

It says what happened, once; the screen lives on; once the fault is over it recovers by itself, and nothing typed is
lost.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection
from textual.pilot import Pilot

from workbench.service.clock import SystemClock
from workbench.service.player import decide_recorded, read_recording
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.errors import StoreError
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.author import AuthorScreen
from workbench.tui.screens.modals.error import ErrorScreen

FAULTS = {
    "vanished": StoreError("store_missing", "there is no workspace database at `x`", "make one, or name another"),
    "full": StoreError("store_full", "the disk of `x` is full", "free some space"),
}
PATIENCE = 600


class Broken:
    """What every transaction meets; ``None`` for none."""

    def __init__(self) -> None:
        self.fault: StoreError | None = None
        self.only_writes = False
        self.met = 0


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Broken:
    """A switch that breaks every database of this process."""
    switch = Broken()

    def through(original: Callable[[Database], Any], writes: bool) -> Callable[[Database], Any]:
        @contextmanager
        def guarded(self: Database) -> Iterator[Connection]:
            if switch.fault is not None and (writes or not switch.only_writes):
                switch.met += 1
                raise StoreError(switch.fault.code, switch.fault.message, switch.fault.help)
            with original(self) as connection:
                yield connection

        return guarded

    for name in ("read", "write"):
        monkeypatch.setattr(Database, name, through(getattr(Database, name), name == "write"))
    return switch


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("faults") / "demo"
    with Workspace.create(place) as workspace:
        recording = workspace.recording()
        assert recording is not None
        for line in read_recording(recording)[:60]:
            decide_recorded(workspace, line, SystemClock().now().date())
    return place


@pytest.fixture
def place(made: Path, tmp_path: Path) -> Path:
    own = tmp_path / "demo"
    shutil.copytree(made, own)
    return own


async def until(pilot: Pilot[None], holds: Callable[[], bool], what: str) -> None:
    """Wait for it, a dozen seconds at most."""
    for _ in range(PATIENCE):
        if holds():
            return
        await pilot._wait_for_screen()
        await asyncio.sleep(0.02)
    drawn = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
    raise AssertionError(f"never: {what}\n{drawn}")


async def idle(pilot: Pilot[None]) -> None:
    """Until no service is asked."""
    await until(pilot, lambda: not any(worker.is_running for worker in pilot.app.workers), "idle")
    await pilot.pause()


def said(app: WorkbenchApp) -> list[str]:
    """The toasts."""
    return [notice.title for notice in app._notifications]


@pytest.mark.parametrize("fault", FAULTS)
async def test_the_database_breaks_under_each_screen_and_comes_back(place: Path, broken: Broken, fault: str) -> None:
    app = WorkbenchApp(place)
    async with app.run_test(size=(110, 35)) as pilot:
        await until(pilot, lambda: app.status is not None, "opened")
        for name in SCREEN_NAMES:
            await app.goto(name)
            await idle(pilot)
            app.clear_notifications()
            asked = broken.met
            broken.fault = FAULTS[fault]
            app.look_now()  # within a second it would by itself
            await until(pilot, lambda: broken.met > asked, "asked")  # noqa: B023
            await until(pilot, lambda: bool(app._notifications), f"{name}: a word about it")
            await app._press_keys(["j", "k"] if name not in ("author", "speech") else ["down"])
            await idle(pilot)
            assert len(said(app)) <= 3, said(app)  # of what the clock asks, and of what the screen asks
            assert len(app.screen_stack) == 1, app.screen_stack
            assert app.front is not None
            assert name == app.front.NAME
            before = app.status
            broken.fault = None
            await until(pilot, lambda: app.status is not before, f"{name}: recovered")  # noqa: B023
            await idle(pilot)
        assert app._exception is None


async def test_what_was_typed_while_the_disk_was_full_is_saved_when_it_is_not(place: Path, broken: Broken) -> None:
    app = WorkbenchApp(place)
    async with app.run_test(size=(110, 35)) as pilot:
        await until(pilot, lambda: app.status is not None, "opened")
        author = await app.goto("author")
        assert isinstance(author, AuthorScreen)
        await until(pilot, lambda: author.kept is not None, "loaded")
        await idle(pilot)
        broken.fault, broken.only_writes = FAULTS["full"], True
        await app._press_keys(list("zebras"))
        await until(pilot, lambda: any("full" in title for title in said(app)), "said that it is not saved")
        assert "zebras" in author.texts[0]
        assert author.unsaved()
        broken.fault = None
        await until(pilot, lambda: not author.unsaved(), "saved by itself")
        assert app.workspace is not None
        assert "zebras" in app.workspace.draft().english


class Telling(WorkbenchApp):
    """Remembers what was reported: a key of the journey may close the window about it before anybody looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reported: list[str] = []

    def report(self, error: Exception) -> None:
        self.reported.append(str(error))
        super().report(error)


class Watched:
    """A service, and the services that it hands out, whose calls are counted and fail where that is wanted."""

    def __init__(self, real: Any, faults: Faults, path: str = "") -> None:
        self._real, self._faults, self._path = real, faults, path

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._real, name)
        path = f"{self._path}.{name}".lstrip(".")
        if callable(value) and not isinstance(value, type):
            return self._faults.through(value, path)
        if type(value).__module__.startswith("workbench.service.") and not hasattr(value, "__dataclass_fields__"):
            return Watched(value, self._faults, path)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
        else:
            setattr(self._real, name, value)


class Faults:
    """Which calls were made, and which one fails."""

    def __init__(self) -> None:
        self.called: set[str] = set()
        self.failing = ""
        self.failed = 0

    def through(self, call: Callable[..., Any], path: str) -> Callable[..., Any]:
        def made(*args: Any, **kwargs: Any) -> Any:
            self.called.add(path)
            if path == self.failing:
                self.failed += 1
                raise RuntimeError(f"{path} is {PURPOSE}")
            return call(*args, **kwargs)

        return made


PURPOSE = "broken [on] purpose"
QUIET = {"close", "notices.deliver", "drafting.writing.complete", "drafting.writing.live"}
"""Nobody waits for these: leaving, the outbox in its own thread, and what is offered or said while one types."""
KEYS: dict[str, list[str]] = {
    "overview": ["j"],
    "author": ["x"],
    "tests": ["j", "r"],
    "review": ["d"],
    "sign": ["j", "a", "escape", "v"],
    "live": ["G", "enter", "escape"],
    "cases": ["j"],
    "speech": ["f", "escape"],
    "history": ["j", "enter", "escape"],
}


@pytest.mark.parametrize("name", SCREEN_NAMES)
async def test_each_service_call_of_a_screen_may_fail(place: Path, name: str) -> None:
    """One after the other: something is said, the screen stands, and shows again what it showed once the call works."""
    faults = Faults()
    app = Telling(place, open_workspace=lambda: Watched(Workspace.open(place), faults))  # type: ignore[arg-type, return-value]
    other = "sign" if name != "sign" else "overview"

    def is_told() -> bool:
        windows = [window for window in app.screen_stack if isinstance(window, ErrorScreen)]
        assert len(windows) <= 1, f"{faults.failing}: {windows}"
        drawn = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        return bool(app.reported) or PURPOSE in drawn or "✗" in drawn

    async def visit(pilot: Pilot[None], failing: str = "") -> bool:
        """Go there, press what is usual there; whether a fault was told of. What the other screen asks does not fail:
        it would be told there."""
        await app.goto(other)
        await idle(pilot)
        faults.called.clear()
        faults.failing, faults.failed = failing, 0
        told = False
        for key in ("", *KEYS[name]):
            await (app._press_keys([key]) if key else app.goto(name))
            await idle(pilot)
            told = told or is_told()
        for _ in range(50):  # what the clock asked may have failed just now
            if told or not faults.failed:
                break
            await asyncio.sleep(0.02)
            await pilot._wait_for_screen()
            told = is_told()
        return told

    async with app.run_test(size=(110, 35)) as pilot:
        await until(pilot, lambda: app.status is not None, "opened")
        await visit(pilot)
        calls = sorted(faults.called - QUIET)
        assert calls
        silent = []
        for call in calls:
            app.clear_notifications()
            app.reported.clear()
            if not await visit(pilot, call) and faults.failed:
                silent.append(call)
            faults.failing = ""
            for _ in range(8):
                if len(app.screen_stack) > 1:
                    await app._press_keys(["escape"])
                    await pilot.pause()
            assert len(app.screen_stack) == 1, f"{call}: {app.screen_stack}"
            assert app.front is not None
            assert name == app.front.NAME
        assert app._exception is None
        assert not silent, f"failed, and nobody was told: {silent}"
        app.clear_notifications()
        await visit(pilot)
        assert not [window for window in app.screen_stack if isinstance(window, ErrorScreen)]
