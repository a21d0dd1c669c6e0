"""Evidence, near misses, retry and remedy: exactly what was read, and what would help."""

from __future__ import annotations

import pickle
from typing import Any

from tests.engine.support import entity, evaluator
from workbench.engine import Decision, Entities, Request

SCHEMA = """
entity Team;
entity Agent in [Team] = { @source("identity") role: String, @source("meter") budget: Long, boss?: Agent };
entity Doc = { @source("server") tags: Set<String>, owner: Agent, meta: { @source("server") lang: String, page: Long } }
  tags String;
action read, send appliesTo { principal: [Agent], resource: [Doc],
  context: { amount: Long, @source("server") hour: Long, note?: String } };
"""
ROWS = [
    entity("Team::blue"),
    entity("Agent::ann", {"role": "lead", "budget": 5, "boss": {"type": "Agent", "id": "bob"}}, ["Team::blue"]),
    entity("Agent::bob", {"role": "worker", "budget": 0}),
    entity(
        "Doc::d",
        {"tags": ["pii", "b"], "owner": {"type": "Agent", "id": "ann"}, "meta": {"lang": "de", "page": 3}},
        tags={"k": "v"},
    ),
]


def decide(source: str, who: str = "ann", does: str = "read", **context: Any) -> Decision:
    engine = evaluator(source, SCHEMA)
    entities = Entities.from_json(ROWS, schema=engine.schema)
    request = Request(f'Agent::"{who}"', f'Action::"{does}"', 'Doc::"d"', {"amount": 5, "hour": 9, **context})
    return engine.decide(request, entities)


def reads(source: str, **more: Any) -> dict[str, Any]:
    (evidence,) = decide(source, **more).evidence
    return evidence.to_dict()["reads"]


def test_reads_are_paths_with_values() -> None:
    source = """permit (principal in Team::"blue", action == Action::"read", resource) when {
        principal.role == "lead" && resource.tags.contains("pii") && context.amount > 1
        && resource.owner.boss.role == "worker" && resource.meta.page < 4 && resource.hasTag("k")
        && resource.getTag("k") like "v*" && principal == resource.owner
        && principal in [Team::"blue"] && !(context has note) };"""
    assert reads(source) == {
        'principal in Team::"blue"': True,
        "principal.role": "lead",
        "resource.tags": ["b", "pii"],
        "context.amount": 5,
        "resource.owner.boss.role": "worker",
        "resource.meta.page": 3,
        'resource.hasTag("k")': True,
        'resource.getTag("k")': "v",
        "principal": {"__entity": {"type": "Agent", "id": "ann"}},
        "resource.owner": {"__entity": {"type": "Agent", "id": "ann"}},
        'principal in [Team::"blue"]': True,
        "context has note": False,
    }


def test_short_circuited_reads_are_not_listed() -> None:
    assert reads('permit (principal, action, resource) when { principal.role == "lead" || context.amount > 1 };') == {
        "principal.role": "lead"
    }
    assert reads("permit (principal, action, resource) when { if context.hour > 8 then context.amount > 1 else "
                 "principal.budget > 1 };") == {"context.hour": 9, "context.amount": 5}  # fmt: skip


def test_silent_rules_leave_no_evidence() -> None:
    decision = decide(
        "permit (principal, action, resource); forbid (principal, action, resource) when { context.amount > 9 };"
    )
    assert [item.rule for item in decision.evidence] == ["rule0"]


def test_a_failed_read_is_missing() -> None:
    decision = decide(
        "permit (principal, action, resource); forbid (principal, action, resource) when { context.amount > 1 && "
        'resource.owner.boss.boss.role == "x" };'
    )
    assert decision.code == "evaluation_error"
    evidence = decision.evidence[1].to_dict()
    assert evidence["missing"] == ["resource.owner.boss.boss"]
    assert evidence["reads"]["context.amount"] == 5
    assert "resource.owner.boss.boss" in decision.remedy
    assert decision.retry == "after_change"


def test_sources_come_from_the_schema() -> None:
    decision = decide(
        'permit (principal, action, resource) when { principal.role == "lead" && principal.budget > 1 '
        '&& context.amount > 1 && context.hour > 1 && resource.meta.lang == "de" && resource.meta.page > 1 '
        '&& resource.owner.role == "lead" };'
    )
    assert decision.evidence[0].to_dict()["sources"] == {
        "principal.role": "identity",
        "principal.budget": "meter",
        "context.amount": "caller",
        "context.hour": "server",
        "resource.meta.lang": "server",
        "resource.meta.page": "caller",
        "resource.owner.role": "identity",
    }


def test_asking_whether_a_field_is_there_reads_no_more_than_that() -> None:
    decision = decide(
        "permit (principal, action, resource) "
        "when { resource.meta has lang && principal has boss && context has hour };"
    )
    evidence = decision.evidence[0].to_dict()
    assert evidence["reads"] == {"resource.meta has lang": True, "principal has boss": True, "context has hour": True}
    assert list(evidence["sources"].values()) == ["server", "caller", "server"]
    failing = decide(
        "permit (principal, action, resource); "
        "forbid (principal, action, resource) when { resource.owner.boss.boss has role };"
    ).evidence[1].to_dict()  # fmt: skip
    assert failing["missing"] == ["resource.owner.boss.boss"]


def test_evidence_is_of_the_moment_of_decision() -> None:
    """Made when first read, yet from what was decided, not from what the caller has done to its data since."""
    engine = evaluator("permit (principal, action, resource) when { context.amount > 1 };", SCHEMA)
    context = {"amount": 5, "hour": 1}
    decision = engine.decide(Request('Agent::"ann"', 'Action::"read"', 'Doc::"d"', context), ROWS)
    context["amount"] = 0
    assert decision.evidence[0].to_dict()["reads"] == {"context.amount": 5}


def test_every_satisfied_or_erring_rule_has_evidence_in_source_order() -> None:
    decision = decide(
        """@id("a") permit (principal, action, resource);
        @id("b") prefer score(1.0) (principal, action, resource) when { context.amount == 5 };
        @id("c") @stage("observe") forbid (principal, action, resource) when { context.hour == 9 };
        procedure d { on action == Action::"read" when amount > 4 require approval from principal }"""
    )
    assert [(e.rule, e.effect, e.stage) for e in decision.evidence] == [
        ("a", "permit", "enforce"),
        ("b", "prefer", "enforce"),
        ("c", "forbid", "observe"),
        ("d", "procedure", "enforce"),
    ]
    assert decision.evidence[3].to_dict()["reads"] == {"context.amount": 5}
    assert "1 approval" in decision.remedy


def test_why_not_names_the_false_conditions_of_the_nearest_permits() -> None:
    decision = decide(
        """@id("far") permit (principal in Team::"red", action, resource) when { context.amount > 1 };
        @id("near") permit (principal, action, resource) when { context.hour > 1 && context.amount > 9 };
        @id("two") permit (principal, action, resource) when { context.amount > 8 }
        unless { resource.tags.contains("pii") };
        @id("other") permit (principal, action == Action::"send", resource);"""
    )
    assert decision.code == "not_permitted"
    assert [(miss.rule, miss.failed) for miss in decision.why_not] == [
        ("near", ("context.amount > 9",)),
        ("two", ("context.amount > 8", '!resource.tags.contains("pii")')),
    ]
    assert decision.why_not[0].to_dict()["reads"] == {"context.amount": 5}
    assert decision.retry == "after_change"
    assert decision.remedy == "Rule `near` permits this if `context.amount > 9` is true."


def test_why_not_of_a_scope() -> None:
    decision = decide('@id("reds") permit (principal in Team::"red", action, resource);')
    assert decision.why_not[0].failed == ('principal in Team::"red"',)
    assert decision.why_not[0].to_dict()["reads"] == {'principal in Team::"red"': False}
    assert decision.retry == "never"


def test_nothing_permits() -> None:
    decision = decide('permit (principal, action == Action::"send", resource);')
    assert (decision.retry, decision.why_not) == ("never", ())
    assert "No rule permits" in decision.remedy


def test_what_would_spare_a_forbidden_request() -> None:
    permit = "permit (principal, action, resource);"
    unless = (
        permit
        + '@id("f") forbid (principal, action, resource) when { context.hour > 1 } unless { context.amount > 9 };'
    )
    assert decide(unless).remedy == "Rule `f` does not apply if `context.amount > 9` is true."
    when = permit + '@id("f") forbid (principal, action, resource) when { resource.tags.contains("pii") };'
    assert decide(when).remedy == 'Rule `f` does not apply if `resource.tags.contains("pii")` is false.'
    assert decide(when).retry == "after_change"
    always = permit + '@id("f") forbid (principal, action, resource);'
    assert decide(always).retry == "never"
    identity = permit + '@id("f") forbid (principal, action, resource) when { principal.role == "lead" };'
    assert decide(identity).retry == "never"
    assert decide(when + '@id("g") forbid (principal, action, resource);').retry == "never"


def test_a_decision_travels_as_plain_values() -> None:
    decision = decide('@id("p") permit (principal, action, resource) when { context.amount > 1 };')
    copy = pickle.loads(pickle.dumps(decision))
    assert type(copy) is Decision
    assert copy == decision
    assert copy.to_dict() == decision.to_dict()
