"""The application under a stopwatch: when a frame is drawn, what it cost, and how long a key waits for its frame."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from textual import events
from textual._compositor import CompositorUpdate
from textual.screen import Screen

from workbench.tui.app import WorkbenchApp


class WatchedApp(WorkbenchApp):
    """Draws every frame for a terminal that throws it away, and can be asked when it did."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.frames = 0
        self.bytes_drawn = 0
        self._awaited: Callable[[], bool] | None = None
        self._drawn_at: tuple[float, float] = (0.0, 0.0)
        self._came = asyncio.Event()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is None or self._batch_count:
            return
        if isinstance(renderable, CompositorUpdate):  # what a driver would write
            self.bytes_drawn += len(renderable.render_segments(self.console))
        self.frames += 1
        if self._awaited is not None and self._awaited():
            self._drawn_at = (time.perf_counter(), time.thread_time())
            self._awaited = None
            self._came.set()

    async def answered(self, key: str, shown: Callable[[], bool], patience: float = 30.0) -> tuple[float, float]:
        """Press ``key``; seconds until the first frame for which ``shown`` holds: by the clock, and of this thread."""
        self._came.clear()
        self._awaited = shown
        wall, own = time.perf_counter(), time.thread_time()
        self.post_message(events.Key(key, " " if key == "space" else key if len(key) == 1 else None))
        await asyncio.wait_for(self._came.wait(), patience)
        return self._drawn_at[0] - wall, self._drawn_at[1] - own
