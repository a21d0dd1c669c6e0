"""A process of its own with an open workspace, doing what it is told. For tests of many at once.

It receives orders (dictionaries) and sends answers over a pipe; an error of the workspace is answered with its code.
The clock stands still unless an order moves it, and is the same in every process.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import workbench.service.uses  # noqa: F401  loaded once, before the processes part
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError
from workbench.service.player import decide_recorded, read_recording
from workbench.service.samples import load_sample
from workbench.service.workspace import Workspace
from workbench.store import postgresql  # noqa: F401


def obey(pipe: Connection, place: Path, busy_seconds: float, environment: Mapping[str, str]) -> None:
    """Open the workspace, say ``ready``, and obey until the other end is closed."""
    os.environ.update(environment)
    clock = FrozenClock()
    lines = read_recording(load_sample().actions)
    with Workspace.open(place, clock=clock, busy_seconds=busy_seconds) as workspace:
        pipe.send("ready")
        while True:
            try:
                order = pipe.recv()
            except EOFError:
                return
            if "threads" in order:
                _decide_for_ever(pipe, workspace, lines, order["threads"])
            try:
                for answer in _answers(workspace, clock, lines, order):
                    pipe.send(answer)
            except WorkbenchError as error:
                pipe.send(error.to_dict())


def _decide_for_ever(pipe: Connection, workspace: Workspace, lines: Any, threads: int) -> None:
    """In so many threads, whose receipts share commits; each is sent the moment its call returned. Until killed."""
    mutex = Lock()

    def decide(number: int) -> None:
        while True:
            recorded = decide_recorded(workspace, lines[number % len(lines)], date(2026, 3, 16))
            with mutex:
                pipe.send((recorded.seq, recorded.receipt_hash))
            number += threads

    working = [Thread(target=decide, args=(number,)) for number in range(threads)]
    for thread in working:
        thread.start()
    for thread in working:
        thread.join()


def _answers(workspace: Workspace, clock: FrozenClock, lines: Any, order: Mapping[str, Any]) -> Iterator[Any]:
    clock.advance(order.get("advance", 0))
    if order["do"] == "decide":
        for number in range(order["times"]):
            recorded = decide_recorded(workspace, lines[number % len(lines)], date(2026, 3, 16))
            yield (recorded.seq, recorded.receipt_hash)
    elif order["do"] == "vote":
        workspace.vote(order["digest"], key_path=Path(order["key"]), passphrase="")
        workspace.tick()
    elif order["do"] == "tick":
        for _ in range(order["times"]):
            for version in workspace.tick():
                yield version.version
    yield "done"
