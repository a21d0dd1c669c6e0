"""A command line in a clean corner: its own folders, its own home, no colour settings from outside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from workbench.service.samples import load_sample

SCHEMA = """entity User = { role: String };
entity Doc = { tags: Set<String>, owner: User };
type Facts = { size: Long };
action read appliesTo { principal: [User], resource: [Doc], context: Facts };
action "write" appliesTo { principal: [User], resource: [Doc], context: Facts };
"""
RULES = """@id("readers")
@english("Users may read documents.")
permit (principal, action == Action::"read", resource);
@id("secrets")
@english("Nobody may read secret documents.")
forbid (principal, action == Action::"read", resource) when { resource.tags.contains("secret") };
@id("writers")
permit (principal, action == Action::"write", resource) when { principal == resource.owner };
@id("big")
procedure big {
  on action == Action::"write"
  when size > 100
  require approval from principal where principal.role == "chief"
  with timeout 1 hour
}
@id("small-first")
prefer score(1.5) (principal, action == Action::"read", resource) when { context.size < 10 };
"""
ENTITIES = [
    {"uid": {"type": "User", "id": "ann"}, "attrs": {"role": "writer"}, "parents": []},
    {"uid": {"type": "User", "id": "bob"}, "attrs": {"role": "reader"}, "parents": []},
    *(
        {
            "uid": {"type": "Doc", "id": name},
            "attrs": {"tags": tags, "owner": {"__entity": {"type": "User", "id": "ann"}}},
            "parents": [],
        }
        for name, tags in (("plan", []), ("plot", ["secret"]))
    ),
]


def request(action: str = "read", *, who: str = "ann", doc: str = "plan", size: Any = 1) -> dict[str, Any]:
    """A request of the small schema above."""
    return {
        "principal": f'User::"{who}"',
        "action": f'Action::"{action}"',
        "resource": f'Doc::"{doc}"',
        "context": {"size": size},
    }


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document: anything around it fails the test."""
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def _clean_corner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKBENCH_WORKSPACE", str(tmp_path / "nowhere"))
    monkeypatch.setenv("WORKBENCH_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "120")
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)


@cache
def _command(app: Any) -> Any:
    return typer.main.get_command(app)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("check", path, input="…")``: one command in this process.

    The command line is put together once: to do so takes a hundred times as long as to run a small command.
    """
    from workbench.cli.main import app

    monkeypatch.setattr("typer.testing._get_command", _command, raising=False)

    def call(*arguments: object, input: str | bytes | None = None) -> Outcome:
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=input)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Outcome(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a small constitution, its schema, its entities."""
    folder = tmp_path / "desk"
    folder.mkdir()
    (folder / "rules.cedarplus").write_text(RULES, encoding="utf-8")
    (folder / "docs.cedarschema").write_text(SCHEMA, encoding="utf-8")
    (folder / "entities.json").write_text(json.dumps(ENTITIES), encoding="utf-8")
    return folder


@pytest.fixture
def asking(desk: Path) -> Callable[..., Path]:
    """Write requests into a file of the desk, and name it."""

    def write(value: dict[str, Any] | Sequence[dict[str, Any]], name: str = "request.json") -> Path:
        path = desk / name
        path.write_text(json.dumps(value), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def swarm() -> Path:
    """The folder of the support swarm sample."""
    return load_sample().root
