"""``norm check | violations | status | compliance | conflicts | import | gate`` on a workspace, as shells see them."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Run
from workbench.compat.normsync import NormStore, WorldNorm
from workbench.norms import Norm
from workbench.service.samples import load_sample
from workbench.service.workspace import Workspace


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A world without signatures, with two norms; module-wide, so every test adds to what is recorded."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name in ("HOME", "WORKBENCH_CONFIG", "XDG_DATA_HOME"):
            patch.setenv(name, str(home))
        folder = tmp_path_factory.mktemp("world") / "ws"
        with Workspace.create(folder, sample="world-norms", profile="unsigned") as workspace:
            workspace.norms.add(Norm("no-attack", "no attacks", "safe_zone", "attack", severity="high"))
            workspace.norms.add(Norm("no-theft", "no theft", "market", "steal", priority=2))
        yield folder


@pytest.fixture
def norm(run: Run, place: Path) -> Run:
    """``norm("status")`` on that workspace."""

    def call(*arguments: object, input: str | bytes | None = None) -> Outcome:
        return run("norm", *arguments, "--workspace", place, input=input)

    return call


def test_check_exits_with_what_was_decided(norm: Run) -> None:
    fine = norm("check", "grim", "walk", "safe_zone")
    assert fine.code == 0
    assert fine.out.startswith("No violations detected.\n")
    found = norm("check", "grim", "Attack", "Safe_Zone")
    assert found.code == 1
    assert found.out.splitlines()[0] == "Found 1 violation(s)!"
    assert found.out.splitlines()[2] == (
        "high      no-attack  Agent 'grim' performed 'Attack' in 'Safe_Zone', violating norm 'no-attack'"
    )
    document = norm("check", "grim", "attack", "safe_zone", "--json")
    assert document.code == 1
    assert document.json["violation_count"] == 1
    assert document.json["violations"][0]["severity"] == "high"
    assert document.json["event"] > 0


def test_the_directorys_faction_counts(norm: Run, place: Path) -> None:
    with Workspace.open(place) as workspace:
        added = workspace.norms.add(Norm("guild", "", "", "haggle", "Iron Guild")).norm
    try:
        assert norm("check", "dagna", "haggle").code == 1  # the directory has her in the guild
        assert norm("check", "grim", "haggle", "--faction", "Iron Guild").code == 0  # he is of the Red Hand
        assert norm("check", "stranger", "haggle", "--faction", "iron guild").code == 1
    finally:
        with Workspace.open(place) as workspace:
            workspace.norms.repeal(added.id)


def test_what_is_held_exits_with_four(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a world whose constitution has duels approved by people. A gate over it says no, and that people must look."""
    root = tmp_path / "samples"
    shutil.copytree(load_sample("world-norms").root, root / "duels")
    with (root / "duels" / "constitution.cedarplus").open("a", encoding="utf-8") as file:
        file.write(
            '@id("duels")\nprocedure duels {\n  on action == Action::"act"\n  when verb == "duel"\n'
            "  require approval from principal\n  with timeout 1 hour\n}\n"
        )
    monkeypatch.setattr("workbench.service.samples.samples_root", lambda: root)
    folder = tmp_path / "ws"
    Workspace.create(folder, sample="duels", profile="unsigned").close()
    held = run("norm", "check", "grim", "Duel", "arena", "--workspace", folder)
    assert held.code == 4
    assert held.out.startswith("Held until people approve.\n")
    assert run("norm", "check", "grim", "walk", "arena", "--workspace", folder).code == 0
    gate = run("norm", "gate", "action", "duel", "arena", "--workspace", folder, "--json")
    assert (gate.code, gate.json["code"], gate.json["human_required"]) == (1, "held", True)


def test_status_is_a_gate(norm: Run) -> None:
    norm("check", "grim", "attack", "safe_zone")
    failing = norm("status")
    assert failing.code == 1
    assert failing.out.startswith("norm status\n  Norms: ")
    assert norm("status", "--no-fail-on-violation").code == 0
    assert norm("status", "--since", "2100-01-01").code == 0
    assert norm("status", "--at-least", "critical").code == 0
    assert norm("status", "--at-least", "high").code == 1
    assert norm("status", "--json").json["failing"] is True


def test_violations_in_every_form_tell_the_same(norm: Run, run: Run, place: Path) -> None:
    norm("check", "grim", "steal", "market")
    document = norm("violations", "--format", "json").json
    count = document["violation_count"]
    assert document["norm_count"] >= 2
    assert len(document["violations"]) == count > 0
    newest = document["violations"][0]
    assert (newest["agent_id"], newest["norm_name"], newest["severity"]) == ("grim", "no-theft", "warn")
    assert {"seq", "at", "rule", "version", "outcome"} <= set(newest)
    assert len(norm("violations").out.splitlines()) == count + 1
    assert norm("violations", "--format", "markdown").out.partition("## Violations")[2].count("\n| grim |") > 0
    suite = ET.fromstring(norm("violations", "--format", "junit").out)
    told = sum(len((each.text or "").split("\n")) for each in suite.iter("failure"))
    assert told == count
    (sarif,) = json.loads(norm("violations", "--format", "sarif").out)["runs"]
    assert len(sarif["results"]) == count
    assert {"error", "warning"} >= {result["level"] for result in sarif["results"]}
    assert run("violations", "--json", "--workspace", place).json == document


def test_what_is_left_out_is_said(norm: Run) -> None:
    norm("check", "grim", "steal", "market")
    norm("check", "grim", "steal", "market")
    for form in ("table", "json", "markdown", "sarif", "junit"):
        assert "only the newest 1 are listed" in norm("violations", "--format", form, "--limit", 1).err
        assert "only the newest" not in norm("violations", "--format", form).err


def test_compliance_of_one_and_of_all(norm: Run) -> None:
    for _ in range(3):
        norm("check", "hild", "walk", "safe_zone")
    norm("check", "hild", "attack", "safe_zone")
    one = norm("compliance", "hild")
    assert one.out.splitlines()[:5] == [
        "Compliance report for agent: hild",
        "  Total actions: 4",
        "  Violations: 1",
        "  Compliance rate: 75.0%",
        "  Risk level: medium_risk",
    ]
    assert "nothing is recorded" not in one.err
    assert "nothing is recorded of `hidl`" in norm("compliance", "hidl").err
    fleet = norm("compliance", "--json").json["agents"]
    assert [each["compliance_rate"] for each in fleet] == sorted(each["compliance_rate"] for each in fleet)
    assert next(each for each in fleet if each["agent_id"] == "hild")["violation_breakdown"] == {"no-attack": 1}
    assert norm("compliance", "--since", "2100-01-01").out == "nothing is recorded of any agent\n"
    table = norm("compliance").out.splitlines()
    assert table[0].split() == ["agent", "actions", "violations", "rate", "risk", "trend", "most", "often"]
    assert len(table) == len(fleet) + 1


def test_conflicts_are_a_gate(norm: Run, place: Path) -> None:
    assert norm("conflicts").code == 0
    with Workspace.open(place) as workspace:
        added = workspace.norms.add(Norm("twice", "", "SAFE_ZONE", "attack")).norm
    try:
        found = norm("conflicts")
        assert found.code == 1
        assert "duplicate  `twice` forbids exactly what `no-attack` forbids" in found.out
        assert norm("conflicts", "--json").json["conflicts"][0]["kind"] == "duplicate"
    finally:
        with Workspace.open(place) as workspace:
            workspace.norms.repeal(added.id)
    assert norm("conflicts").out == "No norm conflicts detected.\n"


def test_import_shows_what_it_would_do_and_does_it_once(norm: Run, tmp_path: Path) -> None:
    path = tmp_path / "norms.db"
    store = NormStore(str(path))
    store.save_norm(WorldNorm("no-fire", "no fires", "forest", "burn"))
    store.save_norm(WorldNorm("gone", "", "", "sing", active=False))
    store.close()
    before = norm("status", "--json").json["norms"]
    dry = norm("import", path, "--dry-run")
    assert dry.code == 0
    assert "1 would be imported, 1 left out" in dry.out
    assert norm("status", "--json").json["norms"] == before
    done = norm("import", path, "--why", "moving in", "--json")
    assert done.code == 0
    assert [each["state"] for each in done.json["norms"]] == ["imported", "inactive"]
    assert norm("check", "grim", "burn", "forest").code == 1
    again = norm("import", path)
    assert (again.code, "1 in force already" in again.out) == (0, True)
    assert norm("status", "--json").json["norms"] == before + 1


def test_import_of_what_cannot_be_a_norm_changes_nothing(norm: Run, tmp_path: Path) -> None:
    path = tmp_path / "norms.db"
    store = NormStore(str(path))
    store.save_norm(WorldNorm("fine", "", "forest", "whistle"))
    store.save_norm(WorldNorm("grave", "", "forest", "burn", priority=10**12))
    store.save_norm(WorldNorm("nothing", "", "forest", ""))
    store.close()
    before = norm("status", "--json").json["norms"]
    for arguments in ((), ("--dry-run",)):
        refused = norm("import", path, *arguments)
        assert refused.code == 3
        assert "out of bounds" in refused.out
    assert norm("status", "--json").json["norms"] == before
    assert norm("import", path, "--leave-out", "gra").code == 2  # a name that the file does not have
    left = norm("import", path, "--leave-out", "grave", "--dry-run")
    assert (left.code, left.out.splitlines()[-1]) == (0, "1 would be imported, 2 left out")
    assert "prohibits nothing: left out" in left.out
    assert norm("import", tmp_path / "none.db").code == 2
    path.write_bytes(b"SQLite format 3\0 and then garbage")
    assert norm("import", path).code == 3


def test_an_operator_signs_an_import(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, path = tmp_path / "ws", tmp_path / "norms.db"
    with Workspace.create(folder, sample="world-norms", profile="demo") as workspace:
        monkeypatch.setenv("SECRET", workspace.demo_passphrase())
    store = NormStore(str(path))
    store.save_norm(WorldNorm("no-fire", "no fires", "forest", "burn"))
    store.close()
    keys = [folder / "keys" / name for name in ("demo-ana", "demo-sam")]  # an operator, a supervisor

    def imported(*named: Path) -> Outcome:
        options = [word for each in named for word in ("--key", str(each))]
        return run("norm", "import", path, "--workspace", folder, "--passphrase-env", "SECRET", *options)

    assert imported().code == 2  # two could sign
    assert "one operator signs" in imported(*keys).err
    refused = imported(keys[1])
    assert refused.code == 1
    assert "needs an operator's signature" in refused.err
    assert run("norm", "check", "grim", "burn", "forest", "--workspace", folder).code == 0
    assert imported(keys[0]).code == 0
    assert run("norm", "check", "grim", "burn", "forest", "--workspace", folder).code == 1
    assert 'Operator::"ana"' in run("norm", "revisions", "--workspace", folder).out
    assert "1 in force already" in imported().out  # nothing is to be signed


def test_gates_on_a_workspace(norm: Run) -> None:
    assert norm("gate", "action", "walk", "safe_zone", "--agent", "grim").code == 0
    refused = norm("gate", "action", "attack", "safe_zone", "--agent", "grim", "--json")
    assert (refused.code, refused.json["code"], refused.json["violation_count"]) == (1, "norms_violated", 1)
    assert refused.json["human_required"] is True


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("check", "grim"), 2),
        (("status", "--since", "yesterday"), 2),
        (("status", "--at-least", "terrible"), 2),
        (("violations", "--format", "pdf"), 2),
        (("violations", "--limit", "0"), 2),
        (("compliance", "a", "b"), 2),
        (("gate", "action"), 2),
        (("import",), 2),
    ],
)
def test_misuse_is_a_usage_error(norm: Run, arguments: tuple[str, ...], code: int) -> None:
    assert norm(*arguments).code == code


def test_what_is_no_text_is_refused_and_recorded(norm: Run) -> None:
    """Half a character, as a shell passes on a byte that is not UTF-8."""
    refused = norm("check", "grim", "walk\udc80", "x")
    assert refused.code == 1
    assert "Refused (invalid_request), though by no norm." in refused.out


def test_without_a_workspace_nothing_passes(run: Run, tmp_path: Path) -> None:
    for arguments in (("check", "a", "b"), ("status",), ("violations",), ("conflicts",), ("compliance",)):
        assert run("norm", *arguments, "--workspace", tmp_path / "none").code == 2


def test_check_needs_a_world(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "ws"
    Workspace.create(folder, sample="support-swarm", profile="unsigned").close()
    refused = run("norm", "check", "nora", "reply", "--workspace", folder)
    assert refused.code == 2
    assert "no world" in refused.err
    assert "help: " in refused.err
