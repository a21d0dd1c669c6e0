"""The demo: opened or made, begun anew without deleting, told as lines; samples; what importing costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.service.clock import FrozenClock
from workbench.service.constitution import Constitution
from workbench.service.demo import open_demo, tell_story
from workbench.service.errors import WorkbenchError
from workbench.service.samples import load_sample, read_sample
from workbench.service.workspace import Workspace


def test_a_fresh_demo_moves_the_old_one_aside(place: Path, clock: FrozenClock) -> None:
    with open_demo(place, clock=clock) as demo:
        swarm = demo.swarm_id
        demo.save_draft(english="Mine.", revision=0)
    with open_demo(place, clock=clock) as again:
        assert (again.swarm_id, again.draft().english) == (swarm, "Mine.")
    with open_demo(place, fresh=True, clock=clock) as fresh:
        assert fresh.swarm_id != swarm
    with Workspace.open(place.with_name("demo.old-1"), clock=clock) as old:
        assert old.draft().english == "Mine."


def test_a_demo_is_not_played_in_a_workspace_of_ones_own(tmp_path: Path, clock: FrozenClock, config: Path) -> None:
    Workspace.create(tmp_path / "mine", profile="solo", passphrase="secret", clock=clock).close()
    with pytest.raises(WorkbenchError, check=lambda error: error.code == "not_demo"):
        open_demo(tmp_path / "mine", clock=clock)


def test_the_story_is_told_from_the_real_parts(config: Path) -> None:
    clock = FrozenClock()
    lines: list[str] = []
    pins = (config / "pins.yaml").read_text() if (config / "pins.yaml").exists() else ""
    assert tell_story(lines.append, clock=clock, sleep=clock.advance) == 0
    story = "\n".join(lines)
    for wanted in (
        "forbid",
        'resource.tags.contains("email")',
        "ours and Cedar's agree on every one",
        "class: major",
        "demo-only",
        "10 s left",
        "is in force",
        "→ DENY",
        "read resource.tags",
        "Violations",
    ):
        assert wanted in story
    assert (config / "pins.yaml").read_text() == pins, "a story that is thrown away pins nothing"


def breaking(name: str, change: Callable[[Path], object]) -> Callable[[Path], None]:
    return lambda root: (change(root / name), None)[1]


@pytest.mark.parametrize(
    "damage",
    [
        breaking("schema.cedarschema", Path.unlink),
        breaking("directory.json", lambda path: path.write_text("{")),
        breaking("tests.json", lambda path: path.write_text('{"a": 1}')),
        breaking("roster.yaml", lambda path: path.write_text("- [")),
        breaking("roster.yaml", lambda path: path.write_text("- {name: x}")),
        breaking("actions.jsonl", Path.unlink),
        breaking("constitution.cedarplus", lambda path: path.write_bytes(b"\xff\xfe")),
    ],
)
def test_a_broken_sample_names_its_file(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    import shutil

    shutil.copytree(load_sample().root, tmp_path / "sample")
    damage(tmp_path / "sample")
    with pytest.raises(WorkbenchError) as caught:
        read_sample(tmp_path / "sample")
    assert caught.value.code == "broken_sample"
    assert "sample/" in caught.value.detail


def test_a_constitution_is_read_from_cedar_plus_and_from_the_artifact(place: Path) -> None:
    sample = load_sample()
    text = Constitution.load(sample.root / "constitution.cedarplus")
    artifact = Constitution.load(place / "versions" / "1.0.0.yaml")
    assert [rule.id for rule in text.rules] == [rule.id for rule in artifact.rules]
    assert text.digest == artifact.digest
    assert text.compile().decide is not None


def test_importing_the_workspace_loads_nothing_heavy() -> None:
    code = (
        "import sys, workbench.service.workspace, workbench.service.player, workbench.service.demo;"
        "print([m for m in ('sqlmodel', 'sqlalchemy', 'alembic', 'cedarpy', 'cryptography', 'pydantic', 'yaml')"
        " if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert found.stdout.strip() == "[]"


def test_opening_a_workspace_does_not_load_alembic(place: Path) -> None:
    code = f"import sys; from workbench.service.workspace import Workspace; Workspace.open({str(place)!r}).close();"
    code += "print('alembic' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert found.stdout.strip() == "False"
