"""The interface under load: what a second of it costs its own thread, at a trickle and at a flood of decisions.

``pytest tests/benchmarks/test_ui_speed.py -s`` prints figures. Asserted are ratios of processor time between two arms
of one run: a busy machine makes both slower, a cost for every decision makes only the second one slower.
``WORKBENCH_UI_BENCHMARK=1000000 pytest … -s`` fills in so many decisions first, streams 10,000 a second for ten
seconds, and prints how long a key waits for its frame.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.benchmarks.ui_load import fill
from tests.benchmarks.ui_watch import WatchedApp
from workbench.service.workspace import Workspace
from workbench.tui.actions import SCREEN_NAMES
from workbench.tui.screens.author import AuthorScreen
from workbench.tui.widgets.event_list import KEPT_ROWS, KEPT_STRIPS, EventList

ROOT = Path(__file__).parents[2]
BEHIND = int(os.environ.get("WORKBENCH_UI_BENCHMARK", "0"))
IN_EARNEST = bool(BEHIND)
VISITED = (*tuple(enumerate(SCREEN_NAMES, start=1))[1:], (1, SCREEN_NAMES[0]))
TRICKLE, FLOOD = (1_000, 10_000) if IN_EARNEST else (300, 6_000)
SECONDS = 10.0 if IN_EARNEST else 3.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with many decisions."""
    made = tmp_path_factory.mktemp("speed") / "demo"
    Workspace.create(made).close()
    fill(made, BEHIND or 20_000)
    return made


async def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    """Wait for it."""
    for _ in range(int(seconds / 0.02)):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came")


@dataclass
class Streamed:
    """What a stream cost. Seconds are of the interface's own thread, but for ``keys`` (by the clock)."""

    written: int
    seen: int
    own_a_second: float
    keys: list[float]
    grown: int

    def line(self, name: str) -> str:
        """For the note."""
        keys = sorted(self.keys)
        return (
            f"{name}: {self.seen:,} of {self.written:,} seen; {len(keys)} keys, p50 {keys[len(keys) // 2]:.0f} ms, "
            f"p95 {keys[int(len(keys) * 0.95)]:.0f} ms, max {keys[-1]:.0f} ms; {self.own_a_second:.0%} of a core; "
            f"memory +{self.grown / 1e6:.1f} MB; load {os.getloadavg()[0]:.1f}"
        )


async def streamed(app: WatchedApp, events: EventList, place: Path, rate: int) -> Streamed:
    """Let another process write, press keys meanwhile, and look at what that costs here."""
    command = [sys.executable, "-m", "tests.benchmarks.ui_load", str(place), str(rate), str(SECONDS)]
    writer = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout is not None
    await writer.stdout.readline()
    process, before = psutil.Process(), events.total
    memory, own, wall = process.memory_info().rss, time.thread_time(), time.perf_counter()
    keys: list[float] = []
    ended = asyncio.create_task(writer.wait())
    while not ended.done():
        await asyncio.sleep(0.1)
        at = events.cursor
        if len(keys) % 8 == 7:
            waited, _ = await app.answered("G", lambda: events.following)
        else:
            waited, _ = await app.answered("k", lambda at=at: not events.following and events.cursor != at)  # type: ignore[misc]
        keys.append(waited * 1000)
    spent, took = time.thread_time() - own, time.perf_counter() - wall
    written = int((await writer.stdout.readline()).split()[0])
    await until(lambda: events.total - before >= written)
    return Streamed(written, events.total - before, spent / took, keys, process.memory_info().rss - memory)


async def test_a_flood_costs_no_more_than_a_trickle(place: Path) -> None:
    app = WatchedApp(place)
    async with app.run_test(size=(150, 45)):
        await until(lambda: app.status is not None)
        await app.goto("live")
        events = app.screen.query_one(EventList)
        await until(lambda: events.total > 0)
        await asyncio.sleep(1.0)
        slow = await streamed(app, events, place, TRICKLE)
        fast = await streamed(app, events, place, FLOOD)
        print("\n" + slow.line(f"{TRICKLE:,}/s") + "\n" + fast.line(f"{FLOOD:,}/s"))
        assert (slow.seen, fast.seen) == (slow.written, fast.written), "every one is listed, and once"
        assert fast.own_a_second < 2.5 * slow.own_a_second  # a cost for each decision would make it twenty times
        assert len(events._rows) <= KEPT_ROWS
        assert len(events._strips) <= KEPT_STRIPS
        if IN_EARNEST:
            assert fast.grown < 30_000_000


async def test_a_screen_comes_back_for_less_than_it_took_to_build(place: Path) -> None:
    """What was built is shown again, not built again: the peer is the first visit, in the same run."""
    app = WatchedApp(place)
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.status is not None)
        spent: dict[int, dict[str, tuple[float, float]]] = {}
        for turn in range(3):
            spent[turn] = {}
            for number, name in VISITED:
                await app.answered("ctrl+o", lambda: len(app.screen_stack) == 2)
                await asyncio.sleep(0.1)
                spent[turn][name] = await app.answered(
                    str(number),
                    lambda name=name: app.current_mode == name and len(app.screen_stack) == 1,  # type: ignore[misc]
                )
                await app.workers.wait_for_complete()
        for turn, said in spent.items():
            figures = ", ".join(f"{name} {wall * 1000:.0f} ({own * 1000:.0f})" for name, (wall, own) in said.items())
            print(f"\nvisit {turn + 1}: ms by the clock (of this thread): {figures}; load {os.getloadavg()[0]:.1f}")
        first, later = (sum(own for _, own in spent[turn].values()) for turn in (0, 2))
        assert later < first / 1.5


async def test_compiling_while_one_types_costs_the_typing_little(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The interface's own thread, a key at a time: with every question asked of the services, and with none."""
    app = WatchedApp(place)
    async with app.run_test(size=(120, 40)):
        await until(lambda: app.status is not None)
        author = await app.goto("author")
        assert isinstance(author, AuthorScreen)
        await until(lambda: author.kept is not None)
        await app.workers.wait_for_complete()

        async def typed(words: str) -> tuple[float, float]:
            """Milliseconds a key: the median by the clock, and of this thread on the average."""
            waited, own = [], time.thread_time()
            for char in words:
                text = author.texts[0]
                key = "space" if char == " " else char
                wall, _ = await app.answered(key, lambda text=text: author.texts[0] != text)  # type: ignore[misc]
                waited.append(wall * 1000)
                await asyncio.sleep(0.04)
            return sorted(waited)[len(waited) // 2], (time.thread_time() - own) * 1000 / len(words)

        await typed("warm")
        asking = await typed(" agents must never share the notes of a customer")
        await app.workers.wait_for_complete()
        monkeypatch.setattr(author, "run_service", lambda *_, **__: True)
        silent = await typed(" agents must never share the notes of a customer")
        print(f"\ntyping: {asking[0]:.0f} ms to a key's frame, {asking[1]:.1f} ms of this thread; ", end="")
        print(f"without any compiling {silent[0]:.0f} ms, {silent[1]:.1f} ms")
        assert asking[1] < 4 * silent[1]
