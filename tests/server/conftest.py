"""Workspaces behind a server: made once for this folder, each with tokens of its principals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.serving import Served, Threaded, serving_workspace
from tests.server.worlds import make_world


@dataclass(frozen=True)
class Desk:
    """A served workspace. ``tokens``: by the id of the agent; ``place``: its folder."""

    served: Served | Threaded
    place: Path
    tokens: dict[str, str]

    def bearing(self, who: str) -> dict[str, str]:
        """The header that proves ``who``."""
        return {"authorization": f"Bearer {self.tokens[who]}"}


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder of this folder's own, for this process and for the servers."""
    folder = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))
    patch.setenv("HOME", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(scope="package")
def desk(home: Path) -> Iterator[Desk]:
    """The demo's support swarm, signed; nora answers tickets, jonas refunds."""
    from tests.service.conftest import FACTS
    from workbench.service.workspace import Workspace

    place = home / "desk"
    with Workspace.create(place, swarm_id="swarm-served-desk") as workspace:
        for name, value in FACTS.items():
            workspace.set_fact(name, value)
        tokens = {
            who: workspace.credentials.new_token(f'Agent::"{who}"', label)[1]
            for who, label in (("nora", "nora"), ("jonas", "jonas"), ("emil", "emil"), ("lotte", "lotte"))
        }
    served = Served(home, "-w", place)
    yield Desk(served, place, tokens)
    served.stop()


@pytest.fixture(scope="package")
def desk_log(desk: Desk, home: Path) -> Path:
    """What the desk's server has written on stderr so far."""
    return home / "stderr.txt"


@pytest.fixture(scope="package")
def game(home: Path) -> Iterator[Desk]:
    """A world that takes norms from anyone (unsigned): a game."""
    yield from _served_world(home, "unsigned")


@pytest.fixture(scope="package")
def realm(home: Path) -> Iterator[Desk]:
    """A world in which an operator signs norms, alone."""
    yield from _served_world(home, "solo")


def _served_world(home: Path, profile: str) -> Iterator[Desk]:
    place = home / profile
    tokens = make_world(place, profile=profile, swarm_id=f"swarm-served-{profile}")
    served = serving_workspace(place)
    yield Desk(served, place, tokens)
    served.stop()
