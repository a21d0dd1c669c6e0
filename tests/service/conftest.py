"""A demo workspace made once and copied for each test; the clock stands still; configuration is in a temp folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.engine.request import Request
from workbench.engine.values import EntityUid
from workbench.service.clock import FrozenClock
from workbench.service.samples import load_sample
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("config")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder))
    patch.setenv("HOME", str(folder))
    yield folder
    patch.undo()


@pytest.fixture(scope="session")
def template(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("template") / "demo"
    Workspace.create(place, clock=FrozenClock(), swarm_id="swarm-test").close()
    return place


@pytest.fixture(scope="session")
def desk_template(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The customer desk, whose agents are judged by what they say."""
    place = tmp_path_factory.mktemp("desk") / "demo"
    Workspace.create(place, sample="customer-desk", clock=FrozenClock(), swarm_id="swarm-customer-desk").close()
    return place


@pytest.fixture(scope="module")
def shared_desk(desk_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """One for all tests of a module, which only ask."""
    copy = tmp_path_factory.mktemp("asked") / "demo"
    shutil.copytree(desk_template, copy)
    with Workspace.open(copy, clock=FrozenClock()) as opened:
        yield opened


@pytest.fixture
def own_desk(desk_template: Path, tmp_path: Path) -> Iterator[Workspace]:
    shutil.copytree(desk_template, tmp_path / "desk")
    with Workspace.open(tmp_path / "desk", clock=FrozenClock()) as opened:
        yield opened


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Path:
    target = tmp_path / "demo"
    shutil.copytree(template, target)
    return target


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def workspace(place: Path, clock: FrozenClock) -> Iterator[Workspace]:
    with Workspace.open(place, clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def recording() -> list[dict[str, Any]]:
    return [json.loads(line) for line in load_sample().actions.read_text().splitlines()]


Ask = Callable[..., Recorded]


@pytest.fixture
def ask(workspace: Workspace) -> Ask:
    """Ask as ``nora``: share a ticket of her region outside, with anything replaced by keyword."""

    def asking(
        *,
        agent: str = "nora",
        credential: str | None = None,
        action: str = "share_external",
        resource: str | EntityUid = 'Ticket::"T-1"',
        tags: tuple[str, ...] = (),
        context: dict[str, Any] | None = None,
        facts: dict[str, Any] | None = None,
        entities: list[Any] | None = None,
        **more: Any,
    ) -> Recorded:
        who = f'Agent::"{agent}"'
        request = Request(who, f'Action::"{action}"', resource, CONTEXT if context is None else context)
        return workspace.decide(
            request,
            credential=Credential(credential or who),
            entities=[ticket(tags=tags)] if entities is None else entities,
            facts=FACTS if facts is None else facts,
            **more,
        )

    return asking


CONTEXT: dict[str, Any] = {
    "amount": 0,
    "currency": "EUR",
    "recipient": "lena@example.com",
    "estimated_cost": 3,
    "customer_consented": False,
    "approvals": 0,
    "verified_identity": True,
}
FACTS: dict[str, Any] = {"refunds_today": 0, "messages_last_hour": 0, "budget_remaining": 2500}


def ticket(id: str = "T-1", tags: tuple[str, ...] = (), **attrs: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "owner": {"__entity": {"type": "Agent", "id": "nora"}},
        "category": "delivery",
        "priority": "normal",
        "tags": list(tags),
        "scope": "internal",
        "customer_tier": "plus",
        "region": "de",
        "status": "open",
    }
    return {"uid": {"type": "Ticket", "id": id}, "attrs": values | attrs, "parents": []}
