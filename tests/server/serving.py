"""Servers on free ports: ``workbench serve`` in a process of its own, and the same application in a thread.

A process takes seconds to start: it is for what a process is needed for (signals, output, the command itself).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx

from workbench.compat.normsync.registry import open_registry
from workbench.server.app import compat_app, workspace_app
from workbench.server.listening import guarded, listen, server_of, url_of
from workbench.service.workspace import Workspace

SECONDS = 30.0
ROOT = Path(__file__).parents[2]


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """A clean corner: nothing of this machine's workspace or configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WORKBENCH_", "NORMSYNC_"))}
    places = {"HOME": str(home), "WORKBENCH_CONFIG": str(home / "config"), "XDG_DATA_HOME": str(home / "data")}
    return {**kept, **places, "PYTHONPATH": str(ROOT), **(more or {})}


class Threaded:
    """An application behind the guard, served as ``serve`` does, in a thread of this process."""

    def __init__(self, make: Callable[[Event], Any]) -> None:
        """``make(stopping)``: the application; what it opened it closes at its end."""
        stopping = Event()
        listener = listen("127.0.0.1", 0)
        self.url = url_of(listener)
        self.server = server_of(guarded(make(stopping), "127.0.0.1"), stopping)
        self._thread = Thread(target=self.server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        self.client = httpx.Client(base_url=self.url, timeout=SECONDS)

    def stop(self) -> None:
        """Stop it as a signal does, and wait."""
        self.client.close()
        self.server.handle_exit(signal.SIGTERM, None)
        self._thread.join(SECONDS)
        assert not self._thread.is_alive()


def serving_workspace(place: Path) -> Threaded:
    """``workbench serve -w PLACE``."""
    return Threaded(lambda stopping: workspace_app(Workspace.open(place), stopping))


def serving_norms(db: Path | None = None) -> Threaded:
    """``workbench serve --compat``, with ``--db``."""
    return Threaded(lambda _: compat_app(open_registry("" if db is None else str(db))))


class Served:
    """A server that listens. ``url`` has no slash at its end; ``client`` asks it."""

    def __init__(self, home: Path, *arguments: object, env: Mapping[str, str] | None = None) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.errors = home / "stderr.txt"
        with self.errors.open("ab") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "workbench", "serve", "--port", "0", *map(str, arguments)],
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=home,
                env=environment(home, env),
            )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().strip()
        assert said.startswith("listening on http://"), said + self.errors.read_text()
        self.url = said.removeprefix("listening on ")
        self.client = httpx.Client(base_url=self.url, timeout=SECONDS)

    def stop(self) -> int:
        """Stop it as a service manager does (SIGTERM), and wait."""
        self.process.terminate()
        return self._ended()

    def kill(self) -> None:
        """End it in the middle of whatever it does (SIGKILL)."""
        self.process.kill()
        self._ended()

    def _ended(self) -> int:
        self.client.close()
        code = self.process.wait(SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


def problem_of(answer: httpx.Response) -> dict[str, Any]:
    """The RFC 9457 document that a refusal must be."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document: dict[str, Any] = answer.json()
    assert document["status"] == answer.status_code
    assert set(document) >= {"type", "title", "status", "detail", "code"}
    return document
