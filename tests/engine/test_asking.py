"""Many requests at once, a deadline, and what would have spared a forbidden request."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.engine.generate import Generator
from tests.engine.support import entity, evaluator
from workbench.engine import Decision, Entities

SCHEMA = """
entity Team;
entity Agent in [Team] = { @source("identity") role: String, budget: Long };
entity Doc = { tags: Set<String> };
action send appliesTo { principal: [Agent], resource: [Doc], context: { amount: Long } };
"""
ROWS = [
    entity("Team::t"),
    entity("Agent::a", {"role": "worker", "budget": 3}, ["Team::t"]),
    entity("Doc::d", {"tags": ["pii"]}),
]
REQUEST: dict[str, Any] = {
    "principal": 'Agent::"a"',
    "action": 'Action::"send"',
    "resource": 'Doc::"d"',
    "context": {"amount": 7},
}


def test_many_at_once_are_decided_as_one_by_one() -> None:
    make = Generator(3)
    engine = evaluator(make.policies(5))
    rows, requests = make.entities(), [make.request() for _ in range(60)]
    alone = [engine.decide(request, rows) for request in requests]
    assert engine.decide_all(requests, rows) == alone
    assert engine.decide_all(requests, Entities.from_json(rows)) == alone
    plain = engine.decide_all(requests, rows, semantics="cedar")
    assert plain == [engine.decide(request, rows, semantics="cedar") for request in requests]
    assert {decision.outcome for decision in [*alone, *plain]} == {"allow", "deny"}


def test_a_bad_request_spoils_only_itself_and_bad_entities_spoil_all() -> None:
    engine = evaluator("permit (principal, action, resource);", SCHEMA)
    bad: list[Any] = [REQUEST, {**REQUEST, "context": {}}, 7, REQUEST]
    assert [d.code for d in engine.decide_all(bad, ROWS)] == [
        "allowed",
        "invalid_request",
        "invalid_request",
        "allowed",
    ]
    assert [d.code for d in engine.decide_all([REQUEST] * 2, [*ROWS, ROWS[0]])] == ["invalid_entity"] * 2
    assert engine.decide_all([], ROWS) == []


# ---- the deadline ----------------------------------------------------------------------------------------------------


def test_time_up_denies_and_says_so() -> None:
    engine = evaluator("\n".join(f"permit (principal, action, resource) when {{ context.amount > {n} }} unless "
                                 "{ principal.role like \"x*\" };" for n in range(5)), SCHEMA)  # fmt: skip
    ticks = count()
    decision = engine.decide(REQUEST, ROWS, deadline=lambda: next(ticks) >= 3)
    assert (decision.outcome, decision.code, decision.reasons) == ("deny", "deadline_exceeded", ())
    assert "time" in decision.errors[0].message
    assert decision.retry == "after_change"
    assert next(ticks) == 4  # asked between rules, and not again once it was up
    assert engine.decide(REQUEST, ROWS, deadline=lambda: False).outcome == "allow"
    assert engine.decide(REQUEST, ROWS).outcome == "allow"


# ---- what would have spared it ---------------------------------------------------------------------------------------


def spared(source: str) -> Decision:
    decision = evaluator("permit (principal, action, resource);" + source, SCHEMA).decide(REQUEST, ROWS)
    assert decision.code == "forbidden"
    return decision


def test_every_condition_that_alone_would_have_spared_it() -> None:
    decision = spared(
        '@id("pii") forbid (principal, action, resource) '
        'when { resource.tags.contains("pii") && context.amount > 5 } unless { principal.role == "lead" };'
    )
    (sparing,) = decision.spared_by
    assert sparing.rule == "pii"
    assert sparing.conditions == ('`resource.tags.contains("pii")` is false', "`context.amount > 5` is false")
    assert {read.path: read.value for read in sparing.reads} == {"resource.tags": ["pii"], "context.amount": 7}
    assert decision.to_dict()["spared_by"][0]["rule"] == "pii"


def test_an_identity_cannot_be_changed_but_an_exception_may() -> None:
    """The role is what the identity provider says, so only a condition on other facts is named."""
    (sparing,) = spared('@id("x") forbid (principal, action, resource) when { principal.role == "worker" };').spared_by
    assert sparing.conditions == ()
    (sparing,) = spared('@id("x") forbid (principal, action, resource) unless { principal.budget > 5 };').spared_by
    assert sparing.conditions == ("`principal.budget > 5` is true",)


def test_all_forbids_are_named_and_observed_ones_are_not() -> None:
    decision = spared(
        '@id("one") forbid (principal, action, resource) when { context.amount > 1 };'
        '@id("two") forbid (principal, action, resource) when { context.amount > 2 };'
        '@id("trial") @stage("observe") forbid (principal, action, resource) when { context.amount > 3 };'
    )
    assert [sparing.rule for sparing in decision.spared_by] == ["one", "two"]
    assert decision.observed == ("trial",)


def test_what_is_said_to_spare_does_not_hold_and_would_spare() -> None:
    """For any rule: each named condition is not met as things stand, and the forbid with it added does not apply."""
    found = 0
    make = Generator(11)
    for _ in range(600):
        condition = make.condition()
        source = f"permit (principal, action, resource); forbid (principal, action, resource) when {{ {condition} }}"
        rows, asked = make.entities(), make.request()
        for sparing in evaluator(source + ";").decide(asked, rows).spared_by:
            for text in sparing.conditions:
                body, _, truth = text.removeprefix("`").rpartition("` is ")
                wish = body if truth == "true" else f"!({body})"
                assert evaluator(f"{source} unless {{ {wish} }};").decide(asked, rows).code == "forbidden"
                assert evaluator(f"{source} when {{ {wish} }};").decide(asked, rows).code == "allowed"
                found += 1
    assert found > 12
