"""Starting processes that share one workspace, and talking to them. One process loads the program, the others fork
from it before it opened anything: ten separate processes for the price of one start."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.store.citizen_process import obey

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.store.citizen_process"])


class Citizen:
    """One process; see ``citizen_process``."""

    def __init__(self, place: Path, busy_seconds: float) -> None:
        self.pipe, theirs = _CONTEXT.Pipe()
        environment = {name: os.environ[name] for name in ("HOME", "WORKBENCH_CONFIG") if name in os.environ}
        self.process = _CONTEXT.Process(target=obey, args=(theirs, place, busy_seconds, environment), daemon=True)
        self.process.start()
        theirs.close()

    def tell(self, **order: Any) -> None:
        """Give an order, and do not wait for it."""
        self.pipe.send(order)

    def hear(self) -> Any:
        """The next answer. Raises ``EOFError`` where the process ended."""
        return self.pipe.recv()

    def hear_all(self) -> list[Any]:
        """Every answer to the last order, up to ``done``, an error, or the end of the process."""
        found: list[Any] = []
        with suppress(EOFError, ConnectionResetError):
            while (answer := self.hear()) != "done":
                found.append(answer)
                if isinstance(answer, dict):
                    break
        return found

    def end(self) -> None:
        """Let it end, or end it."""
        self.pipe.close()
        self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@contextmanager
def citizens(place: Path, count: int, busy_seconds: float = 60) -> Iterator[list[Citizen]]:
    """So many processes on the workspace, all of them ready."""
    made = [Citizen(place, busy_seconds) for _ in range(count)]
    try:
        assert [each.hear() for each in made] == ["ready"] * count
        yield made
    finally:
        for each in made:
            each.end()


def all_at_once(who: Iterable[Citizen], **order: Any) -> list[list[Any]]:
    """The same order to all, given before any answer is waited for; each one's answers."""
    told = list(who)
    for each in told:
        each.tell(**order)
    return [each.hear_all() for each in told]
