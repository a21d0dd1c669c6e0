"""What a key costs in Author while the English is compiled, against what it costs while nothing runs: a ratio.

Of the interface's own thread, so that a busy machine changes little; the peer is the same key in the same run.
"""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

from tests.benchmarks.ui_watch import WatchedApp
from workbench.service.workspace import Workspace
from workbench.tui.widgets.code_area import CodeArea

KEYS = 40


async def typed(app: WatchedApp, area: CodeArea) -> tuple[float, list[float]]:
    """Type; the mean own seconds of a key, and how long each waited for its frame, in milliseconds."""
    own, waits = 0.0, []
    for _ in range(KEYS):
        before = area.text
        waited, spent = await app.answered("a", lambda before=before: area.text != before)  # type: ignore[misc]
        own += spent
        waits.append(waited * 1000)
        await asyncio.sleep(0.01)
    return own / KEYS, sorted(waits)


async def test_a_key_costs_the_same_while_a_compile_runs(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    Workspace.create(place).close()
    app = WatchedApp(place)
    async with app.run_test(size=(120, 40)) as pilot:
        for _ in range(600):
            await asyncio.sleep(0.05)
            if app.status is not None:
                break
        await app.goto("author")
        await app.workers.wait_for_complete()
        await pilot.pause()
        area = app.screen.query_one("#english", CodeArea)
        area.focus()
        area.go_to_end()
        await typed(app, area)  # whatever the first keys have to build
        quiet, waits = await typed(app, area)
        workspace, stop, compiled = app.workspace, threading.Event(), []
        assert workspace is not None
        english, cedar_plus = workspace.draft().english, workspace.draft().cedar_plus

        def compile_on() -> None:
            while not stop.is_set():
                more = f"Agents must never issue a refund above {len(compiled) + 7} euros.\n"  # nothing is read twice
                workspace.drafting.writing.live(workspace.draft(), english + more, cedar_plus)
                compiled.append(1)

        running = threading.Thread(target=compile_on)
        running.start()
        try:
            busy, busy_waits = await typed(app, area)
        finally:
            stop.set()
            running.join()
        for name, own, each in (("quiet", quiet, waits), ("compiling", busy, busy_waits)):
            print(
                f"\n{name}: {own * 1000:.1f} ms of this thread a key; by the clock p50 {each[KEYS // 2]:.0f} ms, "
                f"p95 {each[int(KEYS * 0.95)]:.0f} ms; load {os.getloadavg()[0]:.1f}"
            )
        assert busy < 2.5 * quiet + 0.005  # a key that reads, or waits for, the compile costs hundreds of ms
