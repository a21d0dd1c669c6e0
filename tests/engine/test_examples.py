"""The examples of the language's own description, evaluated as written."""

from __future__ import annotations

from typing import Any

import pytest

from tests.engine.support import ROOT, entity
from workbench.engine import Entities, Evaluator, Request
from workbench.language.check import check

SCHEMA = (ROOT / "samples/schemas/concord-core.cedarschema").read_text(encoding="utf-8")
SOURCE = """
@id("no-pii-out")
forbid (principal, action == Action::"share_pii", resource)
when { resource.scope == "external" };

@id("supervisors")
permit (principal, action, resource)
when { principal.role == "supervisor" }
unless { action == Action::"self_elevate" };

@id("good-hands")
prefer score(2.0) (principal, action == Action::"handle_task", resource)
when { principal.reputation > 0.8 && resource.category == "sensitive" };

@id("no-pii-in-memory")
forbid (principal, action == Action::"write_shared_memory", resource)
when { resource.tags.contains("pii") }
unless { principal.role == "compliance_handler" };

@id("memory-readers")
permit (principal, action == Action::"read_shared_memory", resource)
when { resource.scope == "swarm" || principal.id == resource.owner };

@id("within-budget")
forbid (principal, action == Action::"call_tool", resource)
when { principal.budget_remaining < resource.estimated_cost };

procedure refund_above_threshold {
  on action == Action::"issue_refund"
  when amount > 500
  require approval from principal where principal.role == "supervisor"
  with timeout 1 hour
  on timeout escalate to procedure manual_review
}
procedure manual_review {
  on action == Action::"review_refund"
  require 2 approvals from principal where principal.role == "operator"
  with timeout 1 day
  on timeout deny
}

procedure amend_major {
  on amendment major
  require approval from principal where principal.role == "operator"
  require approval from principal where principal.role == "supervisor"
  with timelock 24 hours
  with timeout 7 days
}
"""


def agent(name: str, role: str, reputation: str = "0.5", budget: int = 100) -> dict[str, Any]:
    return entity(f"Agent::{name}", {"id": name, "role": role, "reputation": reputation, "budget_remaining": budget})


def thing(uid: str, **attrs: Any) -> dict[str, Any]:
    base = {"owner": "sue", "scope": "internal", "tags": [], "category": "routine", "estimated_cost": 10}
    return entity(uid, base | attrs)


@pytest.fixture(scope="module")
def engine() -> Evaluator:
    result = check(SOURCE, SCHEMA)
    assert result.program is not None, result.errors
    return Evaluator(result.program)


@pytest.fixture(scope="module")
def known() -> Entities:
    rows = [
        agent("sue", "supervisor", "0.9"),
        agent("wim", "worker", "0.8", budget=5),
        agent("cy", "compliance_handler"),
        thing("Resource::out", scope="external", category="sensitive"),
        thing("Resource::in"),
        thing("Memory::shared", scope="swarm", tags=["pii"]),
        thing("Memory::wims", scope="private", owner="wim"),
    ]
    return Entities.from_json(rows, schema=SCHEMA)


@pytest.mark.parametrize(
    ("who", "does", "what", "amount", "outcome", "code", "named"),
    [
        ("sue", "share_pii", "Resource::out", 0, "deny", "forbidden", ["no-pii-out"]),
        ("sue", "share_pii", "Resource::in", 0, "allow", "allowed", ["supervisors"]),
        ("sue", "self_elevate", "Resource::in", 0, "deny", "not_permitted", []),
        ("wim", "share_pii", "Resource::in", 0, "deny", "not_permitted", []),
        ("sue", "handle_task", "Resource::out", 0, "allow", "allowed", ["supervisors"]),
        ("sue", "write_shared_memory", "Memory::shared", 0, "deny", "forbidden", ["no-pii-in-memory"]),
        ("cy", "write_shared_memory", "Memory::shared", 0, "deny", "not_permitted", []),
        ("wim", "read_shared_memory", "Memory::shared", 0, "allow", "allowed", ["memory-readers"]),
        ("wim", "read_shared_memory", "Memory::wims", 0, "allow", "allowed", ["memory-readers"]),
        ("cy", "read_shared_memory", "Memory::wims", 0, "deny", "not_permitted", []),
        ("wim", "call_tool", "Resource::in", 0, "deny", "forbidden", ["within-budget"]),
        ("sue", "call_tool", "Resource::in", 0, "allow", "allowed", ["supervisors"]),
        ("sue", "issue_refund", "Resource::in", 500, "allow", "allowed", ["supervisors"]),
        ("sue", "issue_refund", "Resource::in", 501, "hold", "held", ["refund_above_threshold"]),
        ("sue", "review_refund", "Resource::in", 0, "hold", "held", ["manual_review"]),
        ("wim", "issue_refund", "Resource::in", 501, "deny", "not_permitted", []),
    ],
)
def test_decisions(
    engine: Evaluator,
    known: Entities,
    who: str,
    does: str,
    what: str,
    amount: int,
    outcome: str,
    code: str,
    named: list[str],
) -> None:
    type_, _, id_ = what.partition("::")
    request = Request(
        f'Agent::"{who}"', f'Action::"{does}"', f'{type_}::"{id_}"', {"amount": amount, "now": "2024-05-01T10:00:00Z"}
    )
    decision = engine.decide(request, known)
    assert (decision.outcome, decision.code) == (outcome, code)
    assert list(decision.procedures if outcome == "hold" else decision.reasons) == named


def test_preference(engine: Evaluator, known: Entities) -> None:
    context = {"amount": 0, "now": "2024-05-01"}
    scores = {
        what: engine.decide(
            Request('Agent::"sue"', 'Action::"handle_task"', f'Resource::"{what}"', context), known
        ).score
        for what in ("out", "in")
    }
    assert str(scores["out"]) == "2.0"
    assert scores["in"] == 0
