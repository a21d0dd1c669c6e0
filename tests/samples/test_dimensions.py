"""A sample for each dimension that norms speak about: every case on both engines, and no rule that no case needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.samples.dimensions import (
    DIMENSIONS,
    ROOT,
    case,
    cases,
    constitution,
    decided,
    engine,
    expectations,
    path,
    world,
)
from tests.samples.mutations import mutants
from workbench.analysis.mutation import score
from workbench.analysis.task import Task
from workbench.engine import Decision, Entities, Evaluator, Request
from workbench.governance.artifact import TestCase
from workbench.language.check import check
from workbench.language.format import format_source
from workbench.language.program import Program, Rule
from workbench.service.testing import run_cases


def every_case() -> Iterator[Any]:
    for name in DIMENSIONS:
        for asked in cases(name):
            yield pytest.param(name, asked, id=f"{name}: {asked['name']}")


def test_every_dimension_has_its_folder_and_nothing_else_is_there() -> None:
    assert {folder.name for folder in ROOT.iterdir()} == set(DIMENSIONS)
    for name in DIMENSIONS:
        present = {file.name for file in (ROOT / name).iterdir()}
        assert present == {"constitution.cedarplus", "schema.cedarschema", "entities.json", "tests.json"}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_it_is_clean_without_a_warning_and_formatted(name: str) -> None:
    text = path(name).read_text(encoding="utf-8")
    assert check(text, constitution(name).schema).diagnostics == ()
    assert format_source(text) == text


@pytest.mark.parametrize("name", DIMENSIONS)
def test_every_rule_has_a_name_and_a_sentence_of_its_own(name: str) -> None:
    rules = constitution(name).rules
    assert all("id" in rule.annotations and rule.english.endswith(".") for rule in rules)
    assert len({rule.english for rule in rules}) == len(rules)


@pytest.mark.parametrize("name", DIMENSIONS)
def test_both_engines_pass_its_cases(name: str) -> None:
    run = run_cases(constitution(name).program, cases(name))
    assert run.reviewed == 0, "a case is a proposal until a person confirms it, and no person did"
    assert [result.message for result in run.results if not result.passed or not result.engines_agree] == []
    assert len({asked["name"] for asked in cases(name)}) == len(run.results) >= 10
    assert {result.expect for result in run.results} == {"allow", "deny", "hold"}


def test_the_cross_check_sees_a_rule_that_means_something_else_to_the_other_engine() -> None:
    """Both engines are really asked: the same cases against ``permit`` for ``forbid`` differ in outcome, on both."""
    source = path("memory-access").read_text(encoding="utf-8").replace("forbid (", "permit (")
    program = check(source, constitution("memory-access").schema).program
    assert program is not None
    failed = [result for result in run_cases(program, cases("memory-access")).results if not result.passed]
    assert len(failed) >= 8
    assert all(result.engines_agree and result.ours in ("allow", "hold") for result in failed)


@pytest.mark.parametrize(("name", "asked"), every_case())
def test_a_case_comes_to_what_it_says_and_why(name: str, asked: dict[str, Any]) -> None:
    decision = decided(name, asked)
    expected = expectations(name)[asked["name"]]
    found = {
        "name": asked["name"],
        "code": decision.code,
        "reasons": list(decision.reasons),
        "procedures": list(decision.procedures),
        "score": str(decision.score),
        "observed": list(decision.observed),
        "errors": [error.rule for error in decision.errors],
    }
    assert found == expected
    assert decision.score == Decimal(expected["score"])


@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_finer_expectations_are_of_the_same_cases(name: str) -> None:
    assert list(expectations(name)) == [asked["name"] for asked in cases(name)]


@pytest.mark.parametrize("name", DIMENSIONS)
def test_its_cases_can_be_signed_as_part_of_a_constitution(name: str) -> None:
    for asked in cases(name):
        kept = TestCase.of(asked).to_mapping()
        assert kept == {"procedure": "", "reviewed_by": "", **asked}


def without(program: Program, dropped: Rule) -> Program:
    return Program(tuple(rule for rule in program.rules if rule is not dropped), program.schema)


def signature(decision: Decision) -> tuple[Any, ...]:
    errors = tuple(error.rule for error in decision.errors)
    return decision.outcome, decision.procedures, decision.score, decision.observed, errors


def request_rules() -> Iterator[Any]:
    for name in DIMENSIONS:
        for rule in constitution(name).rules:
            if getattr(rule.statement, "amendment", None) is None:
                yield pytest.param(name, rule, id=f"{name}: {rule.id}")


@pytest.mark.parametrize(("name", "rule"), request_rules())
def test_the_cases_notice_when_a_rule_is_gone(name: str, rule: Rule) -> None:
    """Not merely that other reasons are given: the outcome, the procedures, the score or the record must differ."""
    lesser = Evaluator(without(constitution(name).program, rule))
    noticed = [
        asked["name"]
        for asked in cases(name)
        if signature(lesser.decide(Request.from_json(asked["request"]), asked["entities"]))
        != signature(decided(name, asked))
    ]
    assert noticed


# A change that no request can tell: nobody is a member of a tool or of a cluster.
EQUIVALENT = {("resource-budgets", "report", "any action")}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_the_cases_notice_every_small_change_of_a_rule(name: str) -> None:
    """Each comparison, bound, value, condition and scope of each rule, changed one at a time."""
    program = constitution(name).program
    asked = [
        (Request.from_json(asked["request"]), asked["entities"], signature(decided(name, asked)))
        for asked in cases(name)
    ]
    survivors = []
    count = 0
    for place, rule in enumerate(program.rules):
        if getattr(rule.statement, "amendment", None) is not None:
            continue
        for words, statement in mutants(rule.statement):
            count += 1
            rules = (*program.rules[:place], replace(rule, statement=statement), *program.rules[place + 1 :])
            changed = Evaluator(Program(rules, program.schema))
            if all(signature(changed.decide(request, rows)) == before for request, rows, before in asked):
                survivors.append((name, rule.id, words))
    assert set(survivors) <= EQUIVALENT
    assert count >= 15


@pytest.mark.parametrize("name", DIMENSIONS)
def test_its_own_cases_notice_mistakes_as_generated_ones_do(name: str) -> None:
    """What ``workbench test`` says of the sample; approvals, scores and rules on trial included."""
    found = score(constitution(name).program, cases(name), Task())
    assert found.ratio >= 0.95, [each.mutant.sentence for each in (*found.survived, *found.undecided)]
    assert {mutant.kind for mutant in found.killed} >= {"removed", "effect", "action", "approval"}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_its_world_parsed_once_decides_like_the_entities_of_a_case(name: str) -> None:
    rows = world(name)
    known = Entities.from_json(rows, schema=constitution(name).schema)
    compared = 0
    for asked in cases(name):
        alone = decided(name, asked)
        # what errs in a case may err for want of an entity that the world has
        if all(row in rows for row in asked["entities"]) and alone.code != "evaluation_error":
            assert engine(name).decide(Request.from_json(asked["request"]), known) == alone, asked["name"]
            compared += 1
    assert compared >= 5


# ---- evidence --------------------------------------------------------------------------------------------------------

NOW = {"__extn": {"fn": "datetime", "arg": "2026-03-20T21:00:00.000Z"}}
PURCHASING = {"__entity": {"type": "Department", "id": "purchasing"}}


@pytest.mark.parametrize(
    ("name", "called", "evidence"),
    [
        ("agent-actions", "anyone reads code", {"read": {}}),
        (
            "agent-actions",
            "the linter",
            {"run-tools": {"context.command": "ruff check ."}},
        ),
        (
            "agent-actions",
            "proven and knows the language: 1.1 + 2.2 is exactly 3.3",
            {
                "take": {},
                "prefer-proven": {
                    "principal.success_rate": {"__extn": {"fn": "decimal", "arg": "0.9001"}},
                    "resource.risk": "high",
                },
                "prefer-language": {"principal.languages": ["python", "rust"], "resource.language": "python"},
            },
        ),
        (  # not the second alternative of `||`, and not the other rules, which did not apply
            "memory-access",
            "anyone recalls the lore",
            {"recall-world": {"resource.scope": "world"}},
        ),
        (
            "message-content",
            "personal data outside",
            {
                "own-languages": {"principal.languages": ["de", "en"], "context.content.language": "en"},
                "personal-data-stays": {
                    "context.content.contains_pii": True,
                    "context.recipient": "lena@customer.test",
                },
            },
        ),
        (
            "resource-budgets",
            "a cent over a quarter of the team's budget waits",
            {
                "research": {},
                "big_spend": {
                    "resource.price": 251,
                    "context.calls": 1,
                    "principal.team.budget_remaining": 1000,
                },
            },
        ),
        (
            "temporal",
            "22:00 where she works",
            {
                "wake": {},
                "night-rest": {
                    "context.now": NOW,
                    "resource.utc_offset": {"__extn": {"fn": "duration", "arg": "3600000ms"}},
                    "resource.role": "responder",
                },
            },
        ),
        (  # `amount > 10000` is not asked of a domestic supplier
            "escalation",
            "1001 waits for a controller",
            {
                "pay": {"principal.department": PURCHASING, "resource.department": PURCHASING},
                "large_payment": {"resource.amount": 1001},
            },
        ),
        (
            "amendment-rules",
            "retracting what was published waits",
            {"publish": {"principal.role": "editor"}, "retraction": {"resource.status": "published"}},
        ),
    ],
)
def test_evidence_is_what_was_read_and_nothing_else(
    name: str, called: str, evidence: dict[str, Mapping[str, Any]]
) -> None:
    found = decided(name, case(name, called)).evidence
    assert {item.rule: {read.path: read.value for read in item.reads} for item in found} == evidence


def test_evidence_says_who_vouches() -> None:
    item = decided("resource-budgets", case("resource-budgets", "the agent could, the team cannot")).evidence[1]
    assert {read.path: read.source for read in item.reads} == {
        "principal.team.budget_remaining": "meter",
        "resource.price": "server",
        "context.calls": "server",
    }


def test_what_is_missing_is_named_and_asked_for() -> None:
    decision = decided("resource-budgets", case("resource-budgets", "a team that nothing is known about denies"))
    missing = {item.rule: [read.path for read in item.reads if read.missing] for item in decision.evidence}
    assert missing["team-budget-tools"] == ["principal.team.budget_remaining"]
    assert missing["frozen"] == ["principal.team.frozen"]
    assert missing["research"] == []
    assert decision.retry == "after_change"
    assert "principal.team.budget_remaining" in decision.remedy


def test_the_engine_reads_no_clock() -> None:
    """The same request comes to the same, whatever year its time is in: only `context.now` counts."""
    asked = case("temporal", "exactly 15 minutes after the last restart")
    assert [
        decided("temporal", asked, context={"now": now}).outcome for now in ("1970-01-01", "2026-03-20", "9999-12-31")
    ] == ["deny", "deny", "allow"]


# ---- ranking ---------------------------------------------------------------------------------------------------------


def candidates(*who: str, task: str = "t1", tasks: int = 0) -> list[dict[str, Any]]:
    return [
        {
            "principal": f'Agent::"{name}"',
            "action": 'Action::"take_task"',
            "resource": f'Task::"{task}"',
            "context": {"open_tasks": tasks},
        }
        for name in who
    ]


def test_a_dispatcher_gets_the_best_first_and_never_the_denied() -> None:
    rows = world("agent-actions")
    publish = {"principal": 'Agent::"rex"', "action": 'Action::"publish_package"', "resource": 'Repository::"kit"'}
    asked = [*candidates("sid", "cody", "rory", "rex"), publish, *candidates("rita")]
    ranking = engine("agent-actions").rank(asked, rows)
    assert [(index, str(decision.score)) for index, decision in ranking.allowed] == [
        (5, "3.3"),  # rita: proven, and knows the language; as floats 1.1 + 2.2 would be 3.3000000000000003
        (1, "2.2"),  # cody and rory tie, and stay in the order they were given in
        (2, "2.2"),
        (3, "1.1"),
    ]
    assert [(index, decision.procedures) for index, decision in ranking.held] == [(4, ("publish_public",))]
    # sid would have had the highest score of all, shared with rita
    assert [(index, str(decision.score)) for index, decision in ranking.denied] == [(0, "3.3")]


def test_a_busy_agent_falls_behind() -> None:
    rows = world("agent-actions")
    asked = [*candidates("rita", tasks=3), *candidates("cody")]
    ranking = engine("agent-actions").rank(asked, rows)
    assert [(index, str(decision.score)) for index, decision in ranking.allowed] == [(1, "2.2"), (0, "1.8")]


def test_a_norm_on_trial_is_recorded_and_binds_once_its_stage_is_gone() -> None:
    asked = case("agent-actions", "401 lines would be denied, and are recorded")
    on_trial = decided("agent-actions", asked)
    assert (on_trial.outcome, on_trial.observed) == ("allow", ("small-changes",))
    assert {item.rule: item.stage for item in on_trial.evidence}["small-changes"] == "observe"
    source = path("agent-actions").read_text(encoding="utf-8").replace('@stage("observe")\n', "")
    program = check(source, constitution("agent-actions").schema).program
    assert program is not None
    bound = Evaluator(program).decide(Request.from_json(asked["request"]), asked["entities"])
    assert (bound.outcome, bound.reasons, bound.observed) == ("deny", ("small-changes",), ())
