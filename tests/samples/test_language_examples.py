"""The examples of the language's description, as written: a truth table of every combination of edge values.

What each example means is said a second time here, in plain Python, and compared with our engine and with Cedar's.
"""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.engine.support import ROOT, entity
from workbench.engine import Entities, Evaluator, Request, evaluate_predicate
from workbench.language.cedar import CedarEngine
from workbench.language.check import check
from workbench.language.lower import lower_policy
from workbench.language.program import Program

SCHEMA = (ROOT / "samples/schemas/concord-core.cedarschema").read_text(encoding="utf-8")
SOURCE = (ROOT / "tests/language/data/examples.cedarplus").read_text(encoding="utf-8")
NAMES = (  # by place: the examples have no `@id`
    "share_pii", "supervisor", "sensitive_task", "write_pii", "read_memory", "budget",
    "refund_above_threshold", "manual_review", "amend_major",
)  # fmt: skip

ROLES = ("supervisor", "operator", "worker", "compliance_handler")
REPUTATIONS = ("0.7999", "0.8", "0.8001", "-0.9", "0.8000")
BUDGETS = (9, 10, 11)
COST = 10
SCOPES = ("external", "internal", "swarm")
OWNERS = ("me", "somebody else")
TAGS: tuple[tuple[str, ...], ...] = ((), ("pii",), ("email", "pii"), ("PII",))
CATEGORIES = ("sensitive", "routine")
AMOUNTS = (-501, 0, 500, 501)
ON_RESOURCES = ("share_pii", "self_elevate", "handle_task", "call_tool", "issue_refund", "review_refund")
ON_MEMORY = ("read_shared_memory", "write_shared_memory")


class Agent(NamedTuple):
    role: str
    reputation: str
    budget: int


class Thing(NamedTuple):
    scope: str
    owner: str
    tags: tuple[str, ...]
    category: str


AGENTS = [Agent(*values) for values in product(ROLES, REPUTATIONS, BUDGETS)]
THINGS = [Thing(*values) for values in product(SCOPES, OWNERS, TAGS, CATEGORIES)]


class Meaning(NamedTuple):
    """What must come out. ``permits`` and ``forbids`` that are satisfied, procedures that trigger, the score."""

    permits: frozenset[str]
    forbids: frozenset[str]
    procedures: frozenset[str]
    score: Decimal

    @property
    def outcome(self) -> str:
        if self.forbids or not self.permits:
            return "deny"
        return "hold" if self.procedures else "allow"


def meaning(action: str, agent: Agent, thing: Thing, amount: int) -> Meaning:
    """The examples, said again."""
    permits, forbids, procedures = set(), set(), set()
    score = Decimal(0)
    if action == "share_pii" and thing.scope == "external":
        forbids.add("share_pii")
    if agent.role == "supervisor" and action != "self_elevate":
        permits.add("supervisor")
    if action == "handle_task" and Decimal(agent.reputation) > Decimal("0.8") and thing.category == "sensitive":
        score += Decimal("2.0")
    if action == "write_shared_memory" and "pii" in thing.tags and agent.role != "compliance_handler":
        forbids.add("write_pii")
    if action == "read_shared_memory" and (thing.scope == "swarm" or thing.owner == "me"):
        permits.add("read_memory")
    if action == "call_tool" and agent.budget < COST:
        forbids.add("budget")
    if action == "issue_refund" and amount > 500:
        procedures.add("refund_above_threshold")
    if action == "review_refund":
        procedures.add("manual_review")
    return Meaning(frozenset(permits), frozenset(forbids), frozenset(procedures), score)


@cache
def program() -> Program:
    result = check(SOURCE, SCHEMA)
    assert result.program is not None, result.errors
    return result.program


@cache
def named() -> dict[str, str]:
    """Rule ids (digests) to names, by place."""
    return {rule.id: name for rule, name in zip(program().rules, NAMES, strict=True)}


@cache
def rows() -> list[dict[str, Any]]:
    found = [
        entity(
            f"Agent::a{place}", {"id": "me", "role": a.role, "reputation": a.reputation, "budget_remaining": a.budget}
        )
        for place, a in enumerate(AGENTS)
    ]
    for kind in ("Resource", "Memory"):
        found += [
            entity(
                f"{kind}::t{place}",
                {
                    "scope": t.scope,
                    "owner": t.owner,
                    "tags": list(t.tags),
                    "category": t.category,
                    "estimated_cost": COST,
                },
            )
            for place, t in enumerate(THINGS)
        ]
    return found


def asked(action: str, agent: int, thing: int, amount: int) -> dict[str, Any]:
    kind = "Memory" if action in ON_MEMORY else "Resource"
    return {
        "principal": f'Agent::"a{agent}"',
        "action": f'Action::"{action}"',
        "resource": f'{kind}::"t{thing}"',
        "context": {"amount": amount, "now": "2026-03-15T10:00:00Z"},
    }


@pytest.mark.parametrize("action", [*ON_RESOURCES, *ON_MEMORY])
def test_the_truth_table_of_every_example(action: str) -> None:
    evaluator = Evaluator(program())
    known = Entities.from_json(rows(), schema=SCHEMA)
    amounts = AMOUNTS if action == "issue_refund" else (501,)
    outcomes = set()
    for agent, thing, amount in product(range(len(AGENTS)), range(len(THINGS)), amounts):
        expected = meaning(action, AGENTS[agent], THINGS[thing], amount)
        decision = evaluator.decide(Request.from_json(asked(action, agent, thing, amount)), known)
        case = (AGENTS[agent], THINGS[thing], amount)
        assert decision.outcome == expected.outcome, case
        assert decision.score == expected.score, case
        assert decision.errors == ()
        held = expected.procedures if expected.outcome == "hold" else frozenset()
        assert set(decision.procedures) == held, case
        if expected.outcome != "hold":
            assert {named()[rule] for rule in decision.reasons} == (expected.forbids or expected.permits), case
        outcomes.add(decision.outcome)
    assert (
        outcomes
        == {
            "share_pii": {"allow", "deny"},
            "self_elevate": {"deny"},
            "handle_task": {"allow", "deny"},
            "call_tool": {"allow", "deny"},
            "issue_refund": {"allow", "deny", "hold"},
            "review_refund": {"deny", "hold"},
            "read_shared_memory": {"allow", "deny"},
            "write_shared_memory": {"allow", "deny"},
        }[action]
    )


@pytest.mark.parametrize("action", [*ON_RESOURCES, *ON_MEMORY])
def test_the_truth_table_on_both_engines(action: str) -> None:
    policies = program().policies
    ids = {f"policy{place}": named()[rule.id] for place, (rule, _) in enumerate(policies)}
    cedar = CedarEngine("\n".join(lower_policy(policy) for _, policy in policies), rows(), SCHEMA)
    evaluator = Evaluator(program())
    known = Entities.from_json(rows(), schema=SCHEMA)
    cases = list(product(range(0, len(AGENTS), 3), range(len(THINGS))))
    answers = cedar.authorize_all([asked(action, agent, thing, 501) for agent, thing in cases])
    for (agent, thing), answer in zip(cases, answers, strict=True):
        plain = evaluator.decide(Request.from_json(asked(action, agent, thing, 501)), known, semantics="cedar")
        expected = meaning(action, AGENTS[agent], THINGS[thing], 501)
        assert answer.outcome == plain.outcome == ("deny" if expected.outcome == "deny" else "allow")
        assert {ids[policy] for policy in answer.reasons} == {named()[rule] for rule in plain.reasons}
        assert {ids[policy] for policy in answer.reasons} == (expected.forbids or expected.permits)
        assert answer.errors == ()


@pytest.mark.parametrize(
    ("name", "place", "who"),
    [
        ("refund_above_threshold", 0, {"supervisor"}),
        ("manual_review", 0, {"operator"}),
    ],
)
def test_who_approves(name: str, place: int, who: set[str]) -> None:
    (procedure,) = [found for _, found in program().procedures if found.name == name]
    where = procedure.requires[place].where
    assert where is not None
    approvers = {
        AGENTS[agent].role
        for agent in range(len(AGENTS))
        if evaluate_predicate(where, Request.from_json(asked("issue_refund", agent, 0, 501)), rows(), schema=SCHEMA)
    }
    assert approvers == who


def test_the_procedures_say_how_long_and_what_then() -> None:
    found = {procedure.name: procedure for _, procedure in program().procedures}
    refund, review, amend = found["refund_above_threshold"], found["manual_review"], found["amend_major"]
    assert refund.timeout is not None
    assert refund.timeout.seconds == 3_600
    assert refund.on_timeout is not None
    assert (refund.on_timeout.kind, refund.on_timeout.procedure) == ("escalate", "manual_review")
    assert review.timeout is not None
    assert review.timeout.seconds == 86_400
    assert review.on_timeout is not None
    assert review.on_timeout.kind == "deny"
    assert [require.count for require in review.requires] == [2]
    assert amend.timelock is not None
    assert amend.timeout is not None
    assert (amend.timelock.seconds, amend.timeout.seconds) == (86_400, 604_800)
    assert (amend.amendment, [require.count for require in amend.requires]) == ("major", [1, 1])


@pytest.mark.parametrize("field", ["role", "reputation", "budget_remaining", "id"])
def test_an_agent_without_a_field_is_refused_before_any_example_is_asked(field: str) -> None:
    broken = [
        {**row, "attrs": {name: value for name, value in row["attrs"].items() if name != field}}
        for row in rows()
        if row["uid"] == {"type": "Agent", "id": "a0"}
    ]
    things = [row for row in rows() if row["uid"]["type"] == "Resource"][:1]
    decision = Evaluator(program()).decide(Request.from_json(asked("handle_task", 0, 0, 0)), [*broken, *things])
    assert (decision.outcome, decision.code) == ("deny", "invalid_entity")
    assert field in decision.errors[0].message
