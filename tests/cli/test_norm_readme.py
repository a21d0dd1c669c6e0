"""What normsync's page documents of its command line and its GitHub Action, in our spelling, on a file of its own.

``normsync X`` is ``workbench norm X`` here. Where the original contradicts its page, the test says how.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import Outcome, Run
from workbench.compat.normsync import NormRevision, NormStore, WorldNorm

DB = ".normsync/norms.db"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, without a database."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def filled(here: Path) -> Path:
    """The same after ``normsync add no-attack "No attacking in safe zones" safe_zone attack``."""
    (here / ".normsync").mkdir()
    store = NormStore(DB)
    norm = WorldNorm("no-attack", "No attacking in safe zones", "safe_zone", "attack")
    store.save_norm(norm)
    store.save_revision(NormRevision(norm.id, "add", "norm added via CLI", 1e9))
    store.close()
    return here


def test_check_fails_if_attack_in_safe_zone_is_prohibited(run: Run, filled: Path) -> None:
    """``normsync check agent1 attack safe_zone   # Fails if "attack in safe_zone" is prohibited``. It does not: the
    original exits with 0, whatever it finds."""
    found = run("norm", "check", "agent1", "attack", "safe_zone", "--db", DB)
    assert found.code == 1
    assert found.out.splitlines()[0] == "Found 1 violation(s)!"
    assert "agent1" in found.out
    assert "no-attack" in found.out
    assert "warn" in found.out


def test_check_an_action(run: Run, filled: Path) -> None:
    """``normsync check hero attack safe_zone``; what is found is stored, and nothing of what is allowed."""
    assert run("norm", "check", "hero", "attack", "safe_zone", "--db", DB).code == 1
    fine = run("norm", "check", "hero", "walk", "safe_zone", "--db", DB)
    assert (fine.code, fine.out) == (0, "No violations detected.\n")
    assert run("norm", "check", "hero", "attack", "--db", DB).code == 0  # LOCATION may be left out
    assert stored(DB) == ["hero"]


def test_check_with_a_target_and_a_faction(run: Run, filled: Path) -> None:
    """Key options ``--target, --faction, --db``: their words count where conditions are looked for."""
    assert run("norm", "check", "hero", "attack", "forest", "--target", "safe_zone", "--db", DB).code == 1
    assert run("norm", "check", "hero", "attack", "forest", "--faction", "SAFE_ZONE", "--db", DB).code == 1
    assert run("norm", "check", "safe_zone", "attack", "forest", "--db", DB).code == 0


def test_db_is_an_option_of_each_command(run: Run, filled: Path) -> None:
    """The page says ``normsync [--db PATH] COMMAND``; in the original, as here, that is a usage error."""
    assert run("norm", "--db", DB, "status").code == 2
    assert run("--db", DB, "norm", "status").code == 2


def test_export_violations_as_json(run: Run, filled: Path) -> None:
    """``normsync violations --format json``"""
    run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    document = run("norm", "violations", "--format", "json", "--db", DB).json
    assert list(document) == [
        "norms", "norm_count", "active_count", "violations", "violation_count", "has_violations",
    ]  # fmt: skip
    (norm,), (violation,) = document["norms"], document["violations"]
    assert list(norm) == ["id", "name", "description", "condition", "prohibited", "scope", "active", "priority"]
    assert norm["id"] == violation["norm_id"] == "48d6b602024f7fea"  # as normsync 0.1.2 has it
    assert violation["description"] == "Agent 'hero' performed 'attack' in 'safe_zone', violating norm 'no-attack'"
    assert run("violations", "--json", "--db", DB).json == document


@pytest.mark.parametrize("form", ["table", "json", "markdown", "sarif", "junit"])
def test_violations_have_forms(run: Run, filled: Path, form: str) -> None:
    """``--format {table,json,markdown}``, and two more. A list of none is no failure."""
    empty = run("norm", "violations", "--format", form, "--db", DB)
    assert empty.code == 0
    run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    found = run("norm", "violations", "--format", form, "--db", DB)
    assert found.code == 0
    assert "hero" in found.out
    assert "hero" not in empty.out
    assert run("violations", "--format", form, "--db", DB).out == found.out
    assert run("violations", "--format", form, "--db", DB, "--fail-on-violation").code == 1


def test_check_the_constitutions_status(run: Run, filled: Path) -> None:
    """``normsync status``. The page gives it a CI exit code; the original's is 0 always."""
    fine = run("norm", "status", "--db", DB)
    assert (fine.code, fine.out) == (0, "norm status\n  Norms: 1 total, 1 active\n  Violations: 0\n  Revisions: 1\n")
    run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    failing = run("norm", "status", "--db", DB)
    assert failing.code == 1
    assert "  Violations: 1\n" in failing.out
    assert run("norm", "status", "--db", DB, "--no-fail-on-violation").code == 0
    assert run("norm", "status", "--db", DB, "--json").json == {
        "norms": 1, "active_norms": 1, "violations": 1, "violating_actions": 1, "revisions": 1,
        "failing": True,
    }  # fmt: skip


def test_status_counts_what_is_recent_or_grave(run: Run, filled: Path) -> None:
    run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    assert run("norm", "status", "--db", DB, "--since", "1h").code == 1
    assert run("norm", "status", "--db", DB, "--since", "2100-01-01").code == 0
    assert run("norm", "status", "--db", DB, "--at-least", "warn").code == 1
    assert run("norm", "status", "--db", DB, "--at-least", "high").code == 0


def test_compliance_of_an_agent(run: Run, filled: Path) -> None:
    """Not on the page. As the original counts: over violations, so that the rate says nothing, which is said."""
    run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    found = run("norm", "compliance", "hero", "--db", DB)
    assert found.out.splitlines()[:6] == [
        "Compliance report for agent: hero",
        "  Total actions (from violations): 1",
        "  Violations: 1",
        "  Compliance rate: 0.0%",
        "  Risk level: non_compliant",
        "  Trend: degrading",
    ]
    assert "only what violated" in found.err
    assert [each["agent_id"] for each in run("norm", "compliance", "--db", DB, "--json").json["agents"]] == ["hero"]


def test_conflicts_fail(run: Run, filled: Path) -> None:
    """Not on the page. The original tells of them and exits with 0."""
    assert run("norm", "conflicts", "--db", DB).out == "No norm conflicts detected.\n"
    store = NormStore(DB)
    store.save_norm(WorldNorm("elves", "", "safe_zone", "steal", scope="elves"))
    store.close()
    found = run("norm", "conflicts", "--db", DB)
    assert found.code == 1
    assert found.out.startswith("Found 1 conflict(s):\n  scope_overlap  no-attack and elves: ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check", "hero", "attack", "safe_zone"), "No database found. No norms to check against."),
        (("status",), "No database found."),
        (("status", "--no-fail-on-violation"), "No database found."),
        (("violations",), "No database found."),
        (("violations", "--format", "json"), "No database found."),
        (("conflicts",), "No database found."),
        (("compliance", "hero"), "No database found."),
    ],
)
def test_a_missing_database_never_passes(run: Run, here: Path, arguments: tuple[str, ...], words: str) -> None:
    """The original says so and exits with 0, also where JSON was asked for: CI is green, and nothing was checked."""
    found = run("norm", *arguments, "--db", DB)
    assert found.code == 2
    assert words in (found.json["error"]["title"] if "json" in arguments else found.err)
    assert not (here / ".normsync").exists()


@pytest.mark.parametrize(
    "command", [("status",), ("violations",), ("conflicts",), ("check", "a", "b"), ("compliance",)]
)
@pytest.mark.parametrize("garbage", ["text", "sqlite", "folder", "empty"])
def test_a_file_that_is_no_database_is_told_and_left(
    run: Run, here: Path, command: tuple[str, ...], garbage: str
) -> None:
    """The original ends with a traceback, or makes its tables in a database of another program."""
    path = here / "x.db"
    if garbage == "text":
        path.write_text("garbage " * 200, encoding="utf-8")
    elif garbage == "empty":
        path.touch()
    elif garbage == "folder":
        path.mkdir()
    else:
        import sqlite3

        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE mine (x)")
        connection.commit()
        connection.close()
    before = path.read_bytes() if path.is_file() else b""
    found = run("norm", *command, "--db", path)
    assert found.code == 3
    assert "x.db" in found.err
    assert "help: " in found.err
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_agents_cannot_write_on_the_terminal(run: Run, filled: Path) -> None:
    """The original reads names as Rich markup, so that ``[y]`` vanishes and ``[red]`` colours."""
    name = "[red]x[/red]\x1b[2J\u202e\n::error::y"
    run("norm", "check", name, "attack", "safe_zone", "--db", DB)
    for form in ("table", "markdown", "junit", "sarif"):
        shown = run("violations", "--format", form, "--db", DB).out
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert "\n::error" not in shown
        assert "red" in shown
    assert run("violations", "--format", "json", "--db", DB).json["violations"][0]["agent_id"] == name


def test_a_report_takes_the_place_of_an_older_one_whole(run: Run, filled: Path) -> None:
    for count in (0, 1):
        done = run("norm", "violations", "--format", "sarif", "--db", DB, "--output", "reports/out.sarif")
        assert done.out == f"{count} violations written to reports/out.sarif\n"
        document = json.loads((filled / "reports" / "out.sarif").read_text(encoding="utf-8"))
        assert len(document["runs"][0]["results"]) == count
        run("norm", "check", "hero", "attack", "safe_zone", "--db", DB)
    assert [path.name for path in (filled / "reports").iterdir()] == ["out.sarif"]
    refused = run("norm", "violations", "--db", DB, "--output", "reports")  # a folder
    assert refused.code != 0
    assert [path.name for path in (filled / "reports").iterdir()] == ["out.sarif"]


def test_the_action_has_the_inputs_of_the_page() -> None:
    """``db: .normsync/norms.db`` and ``fail-on-violation: "true"``, which the original declares and never reads; that
    ours obeys them is tested in ``test_norm_action``."""
    action = Path(__file__).parents[2] / ".github" / "actions" / "check" / "action.yml"
    inputs = yaml.safe_load(action.read_text(encoding="utf-8"))["inputs"]
    assert inputs["db"]["default"] == DB
    assert inputs["fail-on-violation"]["default"] == "true"


# ---- gates: of the versions after that page --------------------------------------------------------------------------


def gate(run: Run, *arguments: str) -> Outcome:
    return run("norm", "gate", *arguments)


def test_gates_exit_with_their_verdict(run: Run, filled: Path) -> None:
    assert gate(run, "action", "walk", "--db", DB).code == 0
    assert gate(run, "action", "attack", "safe_zone", "--db", DB).code == 1
    assert gate(run, "action", "publish", "--db", "no.db").code == 2
    assert gate(run, "action", "", "--db", DB).code == 2
    empty = NormStore("empty.db")
    empty.close()
    loud = gate(run, "action", "publish", "--db", "empty.db", "--json")
    assert (loud.code, loud.json["verdict"], loud.json["code"]) == (2, "FAIL_LOUD", "no_active_norms")
    assert gate(run, "action", "ping", "--high-risk", "ping", "--db", "empty.db").code == 2
    assert gate(run, "action", "publish", "--no-require-norms", "--db", "empty.db").code == 0


def test_scope_gates(run: Run) -> None:
    assert gate(run, "scope", "read", "--declared", "team", "--target", "team/a").code == 0
    assert gate(run, "scope", "read", "--declared", "team", "--target", "finance").code == 1
    assert gate(run, "scope", "read").code == 2
    opened = ("scope", "publish", "--declared", "team", "--declared", "public", "--target", "public")
    assert gate(run, *opened).code == 1
    assert gate(run, *opened, "--classification", "public").code == 0
    assert gate(run, *opened, "--allow-declassify").code == 0


def test_review_gates(run: Run, here: Path) -> None:
    dimensions = ["document_structure", "scope_alignment", "normative_modality", "terminology_consistency",
                  "cross_section_consistency"]  # fmt: skip
    every = [word for name in dimensions for word in ("--dimension", name)]
    assert gate(run, "review", *every, "--approved").code == 0
    assert gate(run, "review", "--approved").code == 2
    assert gate(run, "review", *every[:-2]).code == 1
    findings = here / "findings.json"
    findings.write_text(json.dumps([{"dimension": name, "severity": "high"} for name in dimensions]), encoding="utf-8")
    assert gate(run, "review", str(findings)).code == 1
    findings.write_text("{", encoding="utf-8")
    broken = gate(run, "review", str(findings), *every)
    assert broken.code == 2  # what cannot be read is no review
    assert gate(run, "review", str(here / "none.json"), *every).code == 2


def test_a_gate_without_a_workspace_is_closed(run: Run) -> None:
    assert gate(run, "action", "walk").code == 2


def stored(path: str) -> list[str]:
    store = NormStore(path)
    try:
        return [each.agent_id for each in store.get_violations()]
    finally:
        store.close()
