"""A team's workspace under attack: what is in force, what is proposed, and somebody who can write to its files.

The template is made once; each test gets a copy and a clock that stands where the template's stood. The attacker
(:class:`Vandal`) writes to the database file with SQLite itself: he knows every column and can compute every hash, and
has neither the ledger key nor anybody's signing key.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.service.conftest import CONTEXT, FACTS, config, ticket  # noqa: F401  # a fixture
from tests.service.teams import OTHER, entry, key, team, votes, write
from workbench.engine.request import Request
from workbench.governance.artifact import dump_yaml, load_yaml
from workbench.service.clock import FrozenClock
from workbench.service.views import Credential, Recorded
from workbench.service.workspace import Workspace
from workbench.store.database import Database
from workbench.store.ledger import append, read_head

DAY = 86_400
__all__ = ["entry", "key"]


@dataclass(frozen=True)
class Story:
    """Where a copy of the template stands. ``now``: its clock; ``first``, ``active``, ``waiting``: digests of the first
    version, the one in force (it forbids e-mail addresses outside), and a proposal with one of its two approvals."""

    place: Path
    now: datetime
    first: str
    active: str
    waiting: str

    @property
    def people(self) -> Path:
        """The folder that ``tests.service.teams`` keeps key files in."""
        return self.place.parent

    def clock(self) -> FrozenClock:
        """A clock at the time of the story."""
        return FrozenClock(self.now)


@pytest.fixture(scope="session")
def written(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:  # noqa: F811  # the fixture
    folder = tmp_path_factory.mktemp("attacked")
    clock = FrozenClock()
    with team(folder, clock) as workspace:
        write(workspace)
        proposal = workspace.propose("no addresses outside", proposer='Operator::"ana"')
        votes(workspace, folder, proposal, "ana", "sam")
        clock.advance(DAY + 1)
        workspace.tick()
        write(workspace, OTHER)
        waiting = workspace.propose("no personal data outside", proposer='Operator::"ana"')
        votes(workspace, folder, waiting, "ana")
        first, active = (version.digest for version in workspace.versions())
        return Story(workspace.location, clock.now(), first, active, waiting.version.digest)


@pytest.fixture
def story(written: Story, tmp_path: Path) -> Story:
    shutil.copytree(written.place.parent, tmp_path, dirs_exist_ok=True)
    return Story(tmp_path / written.place.name, written.now, written.first, written.active, written.waiting)


@pytest.fixture
def clock(story: Story) -> FrozenClock:
    return story.clock()


@pytest.fixture
def opened(story: Story, clock: FrozenClock) -> Iterator[Workspace]:
    with Workspace.open(story.place, clock=clock) as workspace:
        yield workspace


class Vandal:
    """Somebody who can write to the database, and to nothing else."""

    def __init__(self, place: Path) -> None:
        self.file = place / "workspace.db"

    def run(self, statement: str, *values: Any) -> int:
        """One statement, committed; how many rows it changed. One that changes nothing is a mistake in the test."""
        with closing(sqlite3.connect(self.file, timeout=10)) as raw, raw:
            changed = raw.execute(statement, values).rowcount
        assert changed > 0, statement
        return changed

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self.file, timeout=10)) as raw:
            return raw.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def append(self, kind: str, body: dict[str, Any], at: int = 0) -> None:
        """A ledger entry that continues the chain as it should: hashes need no key."""
        database = Database.open(self.file)
        try:
            with database.write() as connection:
                append(connection, read_head(connection), kind=kind, at=at, body=body)
        finally:
            database.close()

    def rewrite(self, table: str, digest: str, **changes: Any) -> str:
        """Change the content of a stored version; its old YAML. Digest and every signature stay as they were."""
        old = self.one(f"SELECT yaml FROM {table} WHERE digest = ?", digest)
        version = load_yaml(old)
        other = version.model_copy(update={"content": version.content.model_copy(update=changes)})
        self.run(f"UPDATE {table} SET yaml = ? WHERE digest = ?", dump_yaml(other), digest)
        return str(old)

    def wake(self) -> None:
        """Make the next tick look at everything."""
        self.run("UPDATE head SET next_due = 1")

    def vote(self, digest: str) -> dict[str, Any]:
        """The first recorded vote on a proposal."""
        found: dict[str, Any] = json.loads(self.one("SELECT vote FROM votes WHERE digest = ? ORDER BY id", digest))
        return found

    def put_vote(self, digest: str, vote: dict[str, Any]) -> None:
        """Record a vote without anyone having looked at it."""
        self.run(
            "INSERT INTO votes (digest, principal, fingerprint, received_at, vote)"
            " SELECT digest, ?, ?, received_at, ? FROM votes WHERE digest = ? LIMIT 1",
            vote["principal"],
            vote["signed_by"],
            json.dumps(vote),
            digest,
        )


@pytest.fixture
def vandal(story: Story) -> Vandal:
    return Vandal(story.place)


def share(workspace: Workspace, *tags: str) -> Recorded:
    """Nora shares a ticket outside; tagged ``email`` that is forbidden by what is in force."""
    return workspace.decide(
        Request('Agent::"nora"', 'Action::"share_external"', 'Ticket::"T-1"', CONTEXT),
        credential=Credential('Agent::"nora"'),
        entities=[ticket(tags=tags)],
        facts=FACTS,
    )


def complaints(workspace: Workspace) -> dict[str, str]:
    """What the audit finds wrong: subject → words."""
    return {line.subject: line.message for line in workspace.verify().lines if not line.ok}
