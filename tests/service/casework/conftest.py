"""A swarm of the tests' own, made once and copied for each; people with keys and tokens ask and vote in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.service.casework.swarm import Desk, make
from workbench.service.clock import FrozenClock
from workbench.service.errors import WorkbenchError

Refused: TypeAlias = Callable[[str], pytest.RaisesExc[WorkbenchError]]


@pytest.fixture(scope="session")
def swarm(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("approvals") / "demo"
    make(place, FrozenClock())
    return place


@pytest.fixture
def desk(swarm: Path, tmp_path: Path, clock: FrozenClock) -> Iterator[Desk]:
    place = tmp_path / "demo"
    shutil.copytree(swarm, place)
    opened = Desk.open(place, clock)
    yield opened
    opened.workspace.close()


@pytest.fixture
def refused() -> Refused:
    """That a :class:`WorkbenchError` with a certain code is raised."""
    return lambda code: pytest.RaisesExc(WorkbenchError, check=lambda error: error.code == code)
