"""Damaged files of every kind, given to the commands and to an opening workspace: an error, never an accident.

Whatever a file holds, a command ends with 0 to 3 and no traceback, says what is wrong where it refuses, and has then
written nothing; a workspace opens, or says in one clear error why not. ``tests/governance/test_attacks_malformed.py``
does the same to the readers themselves, with far more noise.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from tests.attacks.conftest import share
from tests.governance.test_attacks_malformed import NASTY
from tests.service.teams import OTHER, fresh_line, key, team, who, write
from workbench.cli.main import app
from workbench.governance.artifact import load_yaml
from workbench.governance.keys import load_private
from workbench.governance.vote_files import vote_to_json
from workbench.governance.votes import sign_vote
from workbench.service.clock import SystemClock
from workbench.service.errors import WorkbenchError
from workbench.service.governing_views import SignWith
from workbench.service.paths import pins_path
from workbench.service.workspace import Workspace

SECONDS = 20.0  # that one command or one opening may take on a busy machine
QUIET = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@dataclass(frozen=True)
class Desk:
    """A workspace of today, with a proposal that waits, and one good file for each command that reads one."""

    place: Path
    files: dict[str, bytes]
    commands: dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def desk(config: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    patch = pytest.MonkeyPatch()
    patch.setenv("WORKBENCH_CONFIG", str(folder / "config"))  # pins of its own: other teams have the same swarm's name
    using = SignWith(str(key(folder, "ana")))
    with team(folder, SystemClock()) as workspace:  # type: ignore[arg-type]  # commands take the real time
        write(workspace, OTHER)
        digest = workspace.propose("no data outside", proposer=who("ana")).version.digest
        proposal = next((workspace.location / "proposals").glob("*.yaml"))
        version = load_yaml(proposal.read_text())
        signer = load_private(key(folder, "ana").read_bytes(), None)
        vote = sign_vote(signer, version, principal=who("ana"), role="operator", signed_at=version.created_at)
        sam = next(each.fingerprint for each in workspace.key_care.roster_keys() if each.principal == who("sam"))
        rule = 'forbid (principal, action == Action::"reply", resource);'
        roster = yaml.safe_load(proposal.read_text())["content"]["roster"]
        roster.append({"principal": who("new"), "role": "operator", "keys": [fresh_line()]})
        files = {
            "a version": proposal.read_bytes(),
            "a vote": vote_to_json(vote, digest=digest, swarm_id="swarm-team").encode(),
            "a brake": workspace.overlays.brake_file(forbids=rule, why="x", using=[using]).encode(),
            "a key": key(folder, "ana").read_bytes(),
            "a roster": yaml.safe_dump({"roster": roster}, allow_unicode=True).encode(),
            "a statement": workspace.key_care.sign("suspend", sam, why="lost", using=[using])[0].encode(),
            "entities": json.dumps(list(workspace.entities())).encode(),
            "a public key": fresh_line().encode(),
        }
        workspace.backups.make(folder / "backup.zip")
        files["a backup"] = (folder / "backup.zip").read_bytes()
    ana, bob = str(key(folder, "ana")), str(key(folder, "bob"))
    commands = {
        "a version": ("sign", "FILE", "--key", ana, "--comment", "x"),
        "a vote": ("approve", "--vote", "FILE"),
        "a brake": ("overlays", "cosign", "FILE", "--key", bob),
        "a key": ("stop", "all", "--for", "1h", "--why", "x", "--key", "FILE"),
        "a roster": ("propose", "--roster", "FILE", "--summary", "x", "--as", who("ana")),
        "a statement": ("keys", "suspend", sam, "--statement", "FILE", "--key", bob),
        "entities": ("entities", "load", "FILE"),
        "a public key": ("keys", "rotate", sam, "FILE", "--as", who("ana")),
        "a backup": ("restore", "FILE", "TARGET"),
        "a chain": ("verify", "FILE"),
    }
    files["a chain"] = (workspace.location / "versions" / "1.0.0.yaml").read_bytes()
    yield Desk(workspace.location, files, commands)
    patch.undo()


# ---- damage ----------------------------------------------------------------------------------------------------------

PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(
    ["\u202e", "x" * 70_000, "'; --", "../../x", "${x}", "2026-13-99T00:00:00Z", "sha256:" + "0" * 64]
)  # fmt: skip


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value, the value itself first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from leaves(item, (*path, name))


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    inside = value[path[0]]
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = put(inside, path[1:], new)
    return changed


@st.composite
def damaged(draw: st.DrawFn, sound: bytes) -> bytes:
    """A good file, damaged: bytes cut, doubled or replaced, a line moved, or one value of its structure exchanged."""
    how = draw(st.sampled_from(["cut", "splice", "line", "value", "value", "noise"]))
    if how == "cut":
        return sound[: draw(st.integers(0, len(sound) - 1))]
    if how == "noise":
        return draw(st.binary(max_size=200))
    if how == "line":
        lines = sound.splitlines(keepends=True)
        place, other = draw(st.integers(0, len(lines) - 1)), draw(st.integers(0, len(lines) - 1))
        return b"".join([*lines[:place], lines[other], *lines[place + draw(st.integers(0, 2)) :]])
    if how == "value":
        with suppress(ValueError, RecursionError):
            value = json.loads(sound)
            return json.dumps(put(value, draw(st.sampled_from(list(leaves(value)))), draw(PLAIN))).encode()
    start = draw(st.integers(0, len(sound)))
    end = draw(st.integers(start, min(len(sound), start + 40)))
    return sound[:start] + draw(st.sampled_from(NASTY) | st.binary(max_size=8)) + sound[end:]


def record(place: Path) -> tuple[Any, ...]:
    """What a refused command must leave as it was."""
    with closing(sqlite3.connect(place / "workspace.db", timeout=10)) as raw:
        return tuple(
            raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in ("head", "proposals", "votes", "overlays", "key_holds", "directory", "versions")
        )


# ---- commands --------------------------------------------------------------------------------------------------------

KINDS = [
    "a version", "a vote", "a brake", "a key", "a roster", "a statement", "entities", "a public key", "a backup",
    "a chain",
]  # fmt: skip


def given_to_its_command(desk: Desk, kind: str, data: bytes, folder: Path) -> tuple[int, str, Path]:
    """Run the command over a copy of the workspace; its exit code, everything it said, and the copy."""
    place, file = folder / "team", folder / ("new.pub" if kind == "a public key" else "1.0.0.yaml")
    shutil.copytree(desk.place, place)
    file.write_bytes(data)
    words = [{"FILE": str(file), "TARGET": str(folder / "new")}.get(word, word) for word in desk.commands[kind]]
    before = record(place)
    started = time.monotonic()
    result = CliRunner().invoke(app, ["--workspace", str(place), *words])
    assert time.monotonic() - started < SECONDS
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code and kind != "a chain":
        assert record(place) == before
    return result.exit_code, result.stdout + result.stderr, folder / "new"


@pytest.mark.parametrize("kind", KINDS)
def test_the_good_file_is_taken(desk: Desk, kind: str, tmp_path: Path) -> None:
    """The control: otherwise a command that refuses everything would pass."""
    code, said, _ = given_to_its_command(desk, kind, desk.files[kind], tmp_path)
    assert code == 0, said


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=7, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_damaged_files_end_a_command_with_an_error(desk: Desk, kind: str, data: st.DataObject) -> None:
    broken = data.draw(damaged(desk.files[kind]))
    with tempfile.TemporaryDirectory() as folder:
        code, said, target = given_to_its_command(desk, kind, broken, Path(folder))
        assert code in (0, 1, 2, 3)
        assert "Traceback" not in said
        assert code == 0 or said.strip()
        if kind == "a backup":
            assert (code == 0) == target.exists(), "half a workspace was left"
        assert not [path.name for path in Path(folder).iterdir() if path.name.startswith(".")]


# ---- the folder ------------------------------------------------------------------------------------------------------

BESIDE: dict[str, Callable[[Path], Path]] = {
    "a version": lambda place: place / "versions" / "1.0.0.yaml",
    "a proposal": lambda place: next((place / "proposals").glob("*.yaml")),
    "a checkpoint": lambda place: max((place / "checkpoints").glob("*.json")),
    "the ledger key": lambda place: place / "ledger.key",
    "the channels": lambda place: place / "notice-channels.json",
    "a database's address": lambda place: place / "database.url",
    "the pins": lambda place: place.parent / "config" / pins_path().name,
}
WRITTEN = {
    "the channels": b'{"channels": {"aa": {"kind": "webhook", "url": "https://x.example/y", "secret": ""}}}',
    "a database's address": b"postgresql+psycopg://u:geheim@127.0.0.1:1/x",
}


def opened_and_used(place: Path) -> str:
    """Open, look, ask, audit: what the workspace could not do, in its words. Anything but a clean error is raised."""
    try:
        with Workspace.open(place) as workspace:
            assert share(workspace).decision.outcome in ("allow", "deny")
            looks = (workspace.status, workspace.tick, workspace.notices.channels, workspace.verify)
            return " ".join(str(complaint) for look in looks if (complaint := refusal_of(look)))
    except WorkbenchError as error:
        return complained(error)


def refusal_of(look: Callable[[], object]) -> str:
    try:
        look()
    except WorkbenchError as error:
        return complained(error)
    return ""


def complained(error: WorkbenchError) -> str:
    assert error.code
    assert error.title
    return f"{error} {error.hint} {error!r}"


@pytest.mark.parametrize("kind", list(BESIDE))
@settings(max_examples=5, deadline=None, suppress_health_check=QUIET)
@given(data=st.data())
def test_a_damaged_folder_opens_or_says_why(
    desk: Desk, kind: str, data: st.DataObject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Opened, looked at, asked, audited; and where it opens, a decision is recorded or refused with a reason."""
    with tempfile.TemporaryDirectory() as folder, monkeypatch.context() as patch:
        place = Path(folder) / "team"
        shutil.copytree(desk.place, place)
        shutil.copytree(pins_path().parent, place.parent / "config")
        patch.setenv("WORKBENCH_CONFIG", str(place.parent / "config"))
        file = BESIDE[kind](place)
        sound = WRITTEN.get(kind) or file.read_bytes()
        file.write_bytes(data.draw(damaged(sound)))
        started = time.monotonic()
        said = opened_and_used(place)
        assert "geheim" not in said, "an error shows no password"
        assert time.monotonic() - started < SECONDS
        with closing(sqlite3.connect(place / "workspace.db")) as raw:
            assert raw.execute("PRAGMA quick_check").fetchone() == ("ok",)
