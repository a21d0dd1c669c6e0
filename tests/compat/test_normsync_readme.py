"""The Python examples of normsync's own page, run word for word with only the import changed.

Where normsync 0.1.2 contradicts its page, the test says so: the second and third examples open a file in ``.normsync``,
and neither normsync nor its page makes that folder (its command ``add`` does). The page's commands are tested with the
command line, its REST calls and MCP tools with the server.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

QUICK_START = """
from normsync import NormMonitor, WorldNorm, AgentAction, print_violations

# Define world norms
monitor = NormMonitor()
monitor.add_norm(WorldNorm(
    name="no-attack-in-safe-zone",
    description="Attacking is prohibited in safe zones",
    condition="safe_zone",
    prohibited="attack",
))

# Check agent actions
action = AgentAction("hero", "attack", "safe_zone")
violations = monitor.check(action)

print_violations(violations)
# → Norm Violations table: hero | no-attack-in-safe-zone | ...

# Repeal a norm at runtime
monitor.repeal_norm(monitor.active_norms()[0].id)
"""

PERSISTENCE = """
from normsync import NormStore, NormMonitor, NormRevision, WorldNorm, AgentAction, print_violations
import time

# Persist norms to SQLite (single file, shareable between agents)
store = NormStore(".normsync/norms.db")
norm = WorldNorm(
    name="no-attack-in-safe-zone",
    description="Attacking is prohibited in safe zones",
    condition="safe_zone",
    prohibited="attack",
)
store.save_norm(norm)
store.save_revision(NormRevision(norm_id=norm.id, revision_type="add", timestamp=time.time()))

# Load active norms into monitor and check actions
monitor = NormMonitor(store.get_norms(active_only=True))
action = AgentAction("hero", "attack", "safe_zone")
violations = monitor.check(action)
for v in violations:
    store.save_violation(v)

print_violations(violations)
# → Norm Violations table: hero | no-attack-in-safe-zone | ...

store.close()
"""

HISTORY = """
from normsync import NormStore, NormVersionStore, WorldNorm

store = NormStore(".normsync/norms.db")
version_store = NormVersionStore(store)

norm = WorldNorm(
    name="no-friendly-fire",
    description="Friendly fire is prohibited",
    condition="friendly",
    prohibited="attack",
)
store.save_norm(norm)
v1 = version_store.record_change(norm, changed_by="admin", reason="initial rule")

# Retrieve full version history
history = version_store.get_history("no-friendly-fire")
print(f"Version {history[0].version} by {history[0].changed_by}: {history[0].change_reason}")
store.close()
"""


def _run(example: str) -> dict[str, object]:
    """Run an example of the page; its names afterwards."""
    assert example.count("from normsync import") == 1
    names: dict[str, object] = {}
    exec(example.replace("from normsync import", "from workbench.compat.normsync import"), names)
    return names


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")
    return tmp_path


def test_the_quick_start(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = _run(QUICK_START)
    told = capsys.readouterr().out
    assert "Norm Violations" in told
    row = next(line for line in told.splitlines() if "hero" in line)
    assert "no-attack-in-safe-zone" in row
    assert names["monitor"].active_norms() == []  # type: ignore[attr-defined]
    assert names["monitor"].check(names["action"]) == []  # type: ignore[attr-defined]


def test_persistence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".normsync").mkdir()
    _run(PERSISTENCE)
    assert "no-attack-in-safe-zone" in capsys.readouterr().out
    with sqlite3.connect(folder / ".normsync" / "norms.db") as connection:
        (agent, severity), = connection.execute("SELECT agent_id, severity FROM violations")  # fmt: skip
        assert (agent, severity) == ("hero", "warn")
        assert connection.execute("SELECT revision_type FROM revisions").fetchall() == [("add",)]
    _run(PERSISTENCE)
    with sqlite3.connect(folder / ".normsync" / "norms.db") as connection:
        assert connection.execute("SELECT count(*) FROM norms").fetchone() == (1,), "the same rule, the same id"


def test_version_history(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / ".normsync").mkdir()
    _run(HISTORY)
    assert capsys.readouterr().out == "Version 1 by admin: initial rule\n"
    _run(HISTORY)
    assert capsys.readouterr().out == "Version 2 by admin: initial rule\n"


@pytest.mark.parametrize("example", [PERSISTENCE, HISTORY])
def test_the_page_forgets_that_the_folder_must_be_there(folder: Path, example: str) -> None:
    """normsync 0.1.2 raises the same error, so programs may catch it: it stays."""
    with pytest.raises(sqlite3.OperationalError, match="unable to open database file"):
        _run(example)
    assert list(folder.iterdir()) == []
