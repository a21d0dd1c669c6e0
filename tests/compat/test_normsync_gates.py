"""Gates over compatible norms, monitors and stores; the verdicts themselves are tested in ``tests/norms``."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.compat import normsync
from workbench.compat.normsync import (
    AgentAction,
    ClosedLoopError,
    NormMonitor,
    NormStore,
    WorldNorm,
    assert_action_allowed,
    gate_action,
    gate_actions,
)

ATTACK = AgentAction("hero", "attack", "safe_zone", timestamp=1.0)


def norms() -> list[WorldNorm]:
    return [WorldNorm("no-attack", "", "safe_zone", "attack"), WorldNorm("red", "", "red", "trade")]


def _store() -> NormStore:
    store = NormStore()
    for norm in norms():
        store.save_norm(norm)
    return store


@pytest.mark.parametrize("under", [norms, lambda: NormMonitor(norms()), _store, lambda: NormMonitor(_store())])
def test_an_action_is_gated_by_whatever_holds_norms(under: Any) -> None:
    refused = gate_action(ATTACK, under())
    assert (refused.verdict, refused.exit_code, refused.violation_count) == ("FAIL", 1, 1)
    assert (refused.active_norm_count, refused.agent_id, refused.action) == (2, "hero", "attack")
    assert refused.to_dict()["violations"][0]["norm_name"] == "no-attack"
    assert gate_action("attack", under(), agent_id="hero", location="tower").ok
    assert not gate_action("trade", under(), faction="RED").ok
    assert not gate_action("trade", under(), target="red").ok


@pytest.mark.parametrize("under", [None, [], NormStore(), NormMonitor()])
def test_a_high_risk_action_without_norms_fails_loud(under: Any) -> None:
    for action in ("attack", ATTACK, "post:forum"):
        assert gate_action(action, under).exit_code == 2
    assert gate_action("walk", under).ok
    assert gate_action("attack", under, require_norms_for_high_risk=False).ok
    assert gate_action("walk", under, extra_high_risk=["walk"]).code == "no_active_norms"


def test_repealed_norms_are_no_norms() -> None:
    listed = norms()
    for norm in listed:
        norm.active = False
    assert gate_action("attack", listed).code == "no_active_norms"


@pytest.mark.parametrize("action", ["", "  ", None, AgentAction("x", " ")])
def test_an_action_without_a_name_fails_loud_and_is_not_checked(action: Any) -> None:
    always = [WorldNorm("all", "", "", "a")]
    assert gate_action(action, always).code == "empty_action"


def test_violations_are_recorded_where_a_store_is_given() -> None:
    store = _store()
    gate_action(ATTACK, store)
    assert store.get_violations() == [], "asking is not recording"
    gate_action(ATTACK, store, store=store, record_violations=False)
    assert store.get_violations() == []
    outcome = gate_action(ATTACK, norms(), store=store)
    assert tuple(store.get_violations()) == outcome.violations
    assert gate_action(ATTACK, store=store).code == "norms_violated", "norms of the store, where none are given"
    with pytest.raises(ValueError, match="none was given"):
        gate_action(ATTACK, norms(), record_violations=True)


def test_a_batch_stops_at_its_first_refusal() -> None:
    store = _store()
    batch = ["walk", ATTACK, AgentAction("rogue", "trade", faction="red")]
    outcome = gate_actions(batch, norms(), store=store)
    assert (outcome.action, outcome.exit_code) == ("attack", 1)
    assert [violation.agent_id for violation in store.get_violations()] == ["hero"]
    assert gate_actions(["walk", "sing"], norms()).ok
    assert gate_actions([], norms()).code == "empty_batch"
    assert gate_actions(["walk", ""], norms()).code == "empty_action"


def test_an_assertion_raises_what_was_found() -> None:
    assert assert_action_allowed("walk", norms()).ok
    with pytest.raises(ClosedLoopError, match="`attack` violates 1 norm") as caught:
        assert_action_allowed(ATTACK, norms())
    assert caught.value.outcome.violations[0].norm_name == "no-attack"


PUBLIC = """
    AgentAction AgentCompliance NormConflict NormMonitor NormRevision NormStore NormVersion NormVersionStore
    NormViolation WorldNorm agent_compliance_report detect_norm_conflicts fleet_compliance_report print_violations
    to_json to_markdown
    gate_action gate_actions assert_action_allowed is_high_risk_action gate_scope assert_in_scope is_cross_scope_action
    gate_rule_review analyze_rule_review assert_rule_review_ok is_rule_review_dimension GateOutcome ClosedLoopError
"""


def test_every_public_name_of_the_original_is_here() -> None:
    names = set(PUBLIC.split())
    assert names <= set(normsync.__all__)
    assert all(hasattr(normsync, name) for name in normsync.__all__)
    assert normsync.__version__ == "0.1.2"
    for module in ("norm", "monitor", "store", "report", "versioning", "conflicts", "compliance"):
        assert __import__(f"workbench.compat.normsync.{module}", fromlist=["x"]), "the original's module paths"
