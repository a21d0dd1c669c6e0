"""Monitors from Python: in memory by the same engine as everywhere, or over a workspace."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from workbench import Monitor, Norm
from workbench.service.errors import WorkbenchError
from workbench.service.workspace import Workspace

CORPUS = Path(__file__).resolve().parents[1] / "compat" / "data" / "normsync_dev.jsonl.gz"
PEACE = Norm("peace", "No fights", "temple", "attack", severity="high")
FACTIONS = [
    {"uid": {"type": "Faction", "id": "Reds"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Agent", "id": "ann"}, "attrs": {}, "parents": [{"type": "Faction", "id": "Reds"}]},
]


def refused(code: str) -> Any:
    return pytest.raises(WorkbenchError, check=lambda error: error.code == code)


def test_a_monitor_in_memory_tells_with_evidence_and_records_nothing() -> None:
    monitor = Monitor([PEACE])
    at = datetime(2026, 3, 21, tzinfo=UTC)
    found = monitor.check("grim", "Attack", "Temple", at=at)
    assert (found.allowed, found.severity, found.event, found.receipt) == (False, "high", 0, "")
    (violation,) = found.violations
    assert violation.description == "Agent 'grim' performed 'Attack' in 'Temple', violating norm 'peace'"
    assert (violation.norm_id, violation.at) == (PEACE.id, at)
    (evidence,) = (item for item in found.decision.evidence if item.rule == PEACE.id)
    assert [read.path for read in evidence.reads] == ["context.hay", "context.verb"]
    assert monitor.check("grim", "attack", "market").allowed
    assert json.loads(json.dumps(found.to_dict()))["violations"][0]["norm_name"] == "peace"


def test_norms_come_and_go_and_one_of_an_id_takes_the_others_place() -> None:
    monitor = Monitor()
    assert monitor.check("a", "attack", "temple").allowed
    monitor.add(PEACE)
    monitor.add(Norm("peace", "", "temple", "attack", severity="info"))
    assert [norm.severity for norm in monitor.norms] == ["info"]
    assert monitor.check("a", "attack", "temple").severity == "info"
    assert monitor.repeal("nothing") is None
    assert monitor.repeal("peace") is not None
    assert monitor.check("a", "attack", "temple").allowed


def test_what_is_no_norm_leaves_the_monitor_as_it_was() -> None:
    monitor = Monitor([PEACE])
    with refused("nothing_prohibited"):
        monitor.add(Norm("n", "", "", ""))
    with refused("norm_twice"):
        Monitor([PEACE, Norm("peace", "", "temple", "attack", scope="Reds")])
    with refused("not_text"):
        monitor.check("a", 5)  # type: ignore[arg-type]
    with refused("bad_metadata"):
        monitor.check("a", "x", metadata={"n": float("inf")})
    assert monitor.norms == (PEACE,)


def test_a_directory_says_who_is_in_which_faction() -> None:
    monitor = Monitor([Norm("oath", "", "", "flee", scope="reds")], directory=FACTIONS)
    assert not monitor.check("ann", "flee", faction="Blues").allowed
    assert monitor.check("bob", "flee", faction="Blues").allowed
    assert not monitor.check("bob", "flee", faction="REDS").allowed


def test_reasons_are_ordered_by_priority() -> None:
    norms = [Norm(f"n{place}", "", "", "go", priority=priority) for place, priority in enumerate((0, 5, -1, 5))]
    found = Monitor(norms).check("a", "go")
    assert [violation.norm_name for violation in found.violations] == ["n1", "n3", "n0", "n2"]


def test_in_memory_the_corpus_is_told_as_the_original_tells_it() -> None:
    """Of the cases whose norms are all active, distinct and bite: names and sentences, in the norms' own order."""
    looked_at = 0
    for line in gzip.decompress(CORPUS.read_bytes()).decode().splitlines():
        case = json.loads(line)
        raw = [norm for norm in case["norms"] if norm.get("active", True)]
        if len({Norm.from_dict({**norm, "scope": "global"}).id for norm in raw}) != len(raw) or not all(
            norm["prohibited"].replace("==", "").split() and norm["name"].strip() for norm in raw
        ):
            continue
        norms = [Norm.from_dict({**norm, "scope": "global", "priority": 0}) for norm in raw]
        action = case["action"]
        found = Monitor(norms).check(
            action["agent_id"], action["action"], action["location"], action["target"], action["faction"]
        )
        told = [(violation.norm_id, violation.norm_name, violation.description) for violation in found.violations]
        expected = case["expected_violations"]
        assert told == [(each["norm_id"], each["norm_name"], each["description"]) for each in expected], case["id"]
        looked_at += bool(told)
        if looked_at >= 40:
            break
    assert looked_at == 40


def test_over_a_workspace_it_records_and_binds_everyone(config: Path, tmp_path: Path) -> None:
    place = tmp_path / "game"
    Workspace.create(place, sample="world-norms", profile="unsigned", swarm_id="swarm-monitor-test").close()
    with Monitor(place) as mine, Workspace.open(place) as workspace:
        theirs = Monitor(workspace)
        assert mine.add(PEACE) == PEACE
        assert theirs.norms == (PEACE,)
        found = theirs.check("grim", "attack", "temple")
        assert (found.allowed, found.severity) == (False, "high")
        assert workspace.rows([found.event])[0].rule == PEACE.id
        assert theirs.repeal("peace") == PEACE
        assert mine.check("grim", "attack", "temple").allowed
        assert workspace.norms.revisions()[0].reason == "repealed by a monitor"
