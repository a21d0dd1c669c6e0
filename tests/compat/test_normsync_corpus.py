"""Equal to normsync on the corpora that it produced: ids, checks, conflicts, compliance, reports, store, versions.

``data/normsync_dev.jsonl.gz`` (200 checks) and ``data/normsync_extra_dev.jsonl.gz`` (90 of the rest) hold inputs and
the original's answers. Norms are made anew from their fields, so each case also tests ids and ``from_dict``.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from workbench.compat.normsync import (
    AgentAction,
    NormMonitor,
    NormRevision,
    NormStore,
    NormVersionStore,
    NormViolation,
    WorldNorm,
    agent_compliance_report,
    detect_norm_conflicts,
    fleet_compliance_report,
    to_json,
    to_markdown,
)

DATA = Path(__file__).parent / "data"


def _cases(name: str) -> list[dict[str, Any]]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


CHECKS = _cases("normsync_dev.jsonl.gz")
EXTRA = _cases("normsync_extra_dev.jsonl.gz")


def _of(kind: str) -> list[Any]:
    return [pytest.param(case, id=case["id"]) for case in EXTRA if case["kind"] == kind]


def _norms(told: list[dict[str, Any]]) -> list[WorldNorm]:
    return [WorldNorm.from_dict(norm) for norm in told]


def _filled(norms: list[WorldNorm]) -> NormStore:
    store = NormStore()
    for norm in norms:
        store.save_norm(norm)
    return store


def test_the_corpora_are_whole() -> None:
    assert (len(CHECKS), len(EXTRA)) == (200, 90)
    kinds = [case["kind"] for case in EXTRA]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "conflicts": 40, "compliance": 20, "report": 12, "store": 10, "versions": 8,
    }  # fmt: skip
    assert sum(bool(case["expected_violations"]) for case in CHECKS) > 50, "most cases must say something"


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CHECKS])
def test_checks(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: case["now"])
    norms, action = _norms(case["norms"]), AgentAction(**case["action"])
    assert [norm.id for norm in norms] == case["expected_norm_ids"]
    assert action.id == case["expected_action_id"]
    monitor = NormMonitor(norms)
    for _ in range(2):  # the second time by an index that knows the words
        assert [violation.to_dict() for violation in monitor.check(action)] == case["expected_violations"]


@pytest.mark.parametrize("case", _of("conflicts"))
def test_conflicts(case: dict[str, Any]) -> None:
    norms = _norms(case["norms"])
    found = detect_norm_conflicts(norms)
    assert [[c.norm_a, c.norm_b, c.conflict_type] for c in found] == case["expected"]
    stored = detect_norm_conflicts(_filled(norms))
    assert [[c.norm_a, c.norm_b, c.conflict_type] for c in stored] == case["expected_from_store"]


@pytest.mark.parametrize("case", _of("compliance"))
def test_compliance(case: dict[str, Any]) -> None:
    monitor = NormMonitor(_norms(case["norms"]))
    actions = [AgentAction(**action) for action in case["actions"]]
    report = vars(agent_compliance_report(monitor, case["agent_id"], actions))
    assert report == case["expected"]
    assert list(report["violation_breakdown"]) == list(case["expected"]["violation_breakdown"])
    agents = dict.fromkeys(action.agent_id for action in actions)
    fleet = fleet_compliance_report(monitor, dict.fromkeys(agents, actions))
    assert [vars(report) for report in fleet] == case["expected_fleet"]


@pytest.mark.parametrize("case", _of("report"))
def test_reports(case: dict[str, Any]) -> None:
    norms = _norms(case["norms"])
    told = case["violations"]
    violations = None if told is None else [
        NormViolation(**{name: value for name, value in v.items() if name != "id"}) for v in told
    ]  # fmt: skip
    assert to_json(norms, violations) == case["expected_json"]
    assert to_markdown(norms, violations) == case["expected_markdown"]


@pytest.mark.parametrize("case", _of("store"))
def test_stores(case: dict[str, Any]) -> None:
    store = _filled(_norms(case["norms"]))
    for violation in case["violations"]:
        store.save_violation(NormViolation(**violation))
    for revision in case["revisions"]:
        store.save_revision(NormRevision(**revision))
    assert [norm.to_dict() for norm in store.get_norms()] == case["expected_norms"]
    assert [norm.name for norm in store.get_norms(active_only=True)] == case["expected_active"]
    assert [violation.to_dict() for violation in store.get_violations()] == case["expected_violations"]
    assert [revision.to_dict() for revision in store.get_revisions()] == case["expected_revisions"]


@pytest.mark.parametrize("case", _of("versions"))
def test_versions(case: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    versions = NormVersionStore(NormStore())
    for at, change in enumerate(case["changes"]):
        monkeypatch.setattr("time.time", lambda change=change: change["at"])
        recorded = versions.record_change(WorldNorm.from_dict(change["norm"]), "admin", f"r{at}")
        assert vars(recorded) == change["expected"]
    history = [vars(version) for version in versions.get_history(case["name"])]
    assert [version["version"] for version in history] == sorted((v["version"] for v in history), reverse=True)
    key = lambda version: (-version["version"], version["norm_id"])  # noqa: E731
    assert sorted(history, key=key) == sorted(case["expected_history_unordered_within_version"], key=key)
    then = versions.get_norm_at(case["name"], case["at"])
    assert (then and then.to_dict()) == case["expected_at"]
    assert versions.diff_versions(case["name"], 1, 2) == case["diff_1_2"]
    assert versions.diff_versions(case["name"], 1, 99) == case["diff_1_99"]
