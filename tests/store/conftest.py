"""Both kinds of database for every test that asks for one: a file, and a database on a real PostgreSQL server.

``place`` is a copy of a demo workspace on the kind of the test; ``workspace``, ``ask`` and the rest are those of the
service's tests, so that those tests run here on the other database as well.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy.engine import URL

from tests.service.conftest import ask, clock, recording, workspace
from tests.store.server import Server
from workbench.service.clock import FrozenClock
from workbench.service.databases import DATABASE_URL
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.postgresql import server_url

__all__ = ["ask", "clock", "recording", "workspace"]
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="package")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("store-config")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder))
    patch.setenv("HOME", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """The server of this run. A test that stops it must start it again."""
    made = Server()
    yield made
    made.remove()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def nowhere(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Path | URL]]:
    """Gives addresses under which a database can be made; a server only where the test is about one."""

    def make() -> Path | URL:
        if kind == "sqlite":
            return tmp_path / f"{len(list(tmp_path.iterdir()))}.db"
        server: Server = request.getfixturevalue("server")
        names.append(server.new_database())
        return server_url(server.url(names[-1]))

    names: list[str] = []
    yield make
    for name in names:
        request.getfixturevalue("server").drop(name)


@pytest.fixture
def database(nowhere: Callable[[], Path | URL]) -> Iterator[Database]:
    """A new database with nothing in its tables."""
    made = Database.open(nowhere(), create=True)
    yield made
    made.close()


@pytest.fixture(scope="package")
def templates() -> dict[str, tuple[Path, str]]:
    """Of each kind: the folder of a demo workspace, and its database on the server."""
    return {}


@pytest.fixture
def place(
    kind: str,
    config: Path,
    templates: dict[str, tuple[Path, str]],
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    server: Server | None = request.getfixturevalue("server") if kind == "postgresql" else None
    if kind not in templates:
        folder = tmp_path_factory.mktemp(f"template-{kind}") / "demo"
        name = server.new_database() if server else ""
        url = server.url(name) if server else ""
        swarm = "swarm-test" if server else "swarm-file"  # the service's tests, which run here again, know its name
        Workspace.create(folder, clock=FrozenClock(), swarm_id=swarm, database=url).close()
        templates[kind] = (folder, name)
    folder, name = templates[kind]
    target = tmp_path / "demo"
    shutil.copytree(folder, target)
    if server is None:
        yield target
        return
    copy = server.new_database(name)
    (target / DATABASE_URL).write_text(server.url(copy))
    yield target
    server.drop(copy)
