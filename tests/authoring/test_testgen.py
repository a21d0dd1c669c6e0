"""Generated tests: valid, deterministic, at every condition and boundary, and true of the program."""

from __future__ import annotations

from typing import Any

import pytest

from tests.authoring.corpus import DATA, all_cases, schema_of
from workbench.analysis import mutation, solver
from workbench.analysis.equivalence import Judge
from workbench.analysis.examined import Alone
from workbench.analysis.mcdc import pairs, unpaired
from workbench.analysis.mutation import score
from workbench.analysis.solver import Question
from workbench.analysis.stop import Stopped
from workbench.analysis.task import SolverMissing, Task
from workbench.authoring.solved import EFFORT
from workbench.authoring.testgen import generate_tests
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.check import check
from workbench.language.program import Program
from workbench.language.schema_reader import read_schema

BROAD = '@id("broad") permit (principal, action, resource);\n'


def program_of(source: str, name: str = "support-swarm") -> Program:
    result = check(source, schema_of(name))
    assert result.program is not None, result.diagnostics
    return result.program


def names(cases: list[dict[str, Any]]) -> list[str]:
    return [case["name"] for case in cases]


def test_a_forbid_over_a_broad_permit_has_a_hit_and_a_near_miss() -> None:
    rule = """@id("r") forbid (principal, action == Action::"share_external", resource)
        when { resource.tags.contains("email") };"""
    assert names(generate_tests(program_of(BROAD + rule), ["r"])) == [
        "share_external: email tag → denied",
        "share_external: no email tag → allowed",
    ]


def test_each_condition_alone_and_each_exception_saves() -> None:
    rule = """@id("r") forbid (principal, action == Action::"close_ticket", resource)
        when { resource.priority == "high" } unless { principal == resource.owner || principal.role == "lead" };"""
    assert names(generate_tests(program_of(BROAD + rule), ["r"])) == [
        "close_ticket: priority high, another's (owner), other role → denied",
        "close_ticket: another's (owner), other role, other priority → allowed",
        "close_ticket: priority high, own (owner), other role → allowed",
        "close_ticket: priority high, another's (owner), role lead → allowed",
    ]


@pytest.mark.parametrize(
    ("op", "outcomes"), [(">", "allow allow deny"), (">=", "allow deny deny"), ("<", "deny allow allow")]
)
def test_numbers_are_tried_at_the_limit_and_next_to_it(op: str, outcomes: str) -> None:
    rule = (
        f'@id("r") forbid (principal, action == Action::"issue_refund", resource) when {{ context.amount {op} 500 }};'
    )
    cases = generate_tests(program_of(BROAD + rule), ["r"])
    by_amount = {case["request"]["context"]["amount"]: case["expect"] for case in cases}
    assert [by_amount[k] for k in (499, 500, 501)] == outcomes.split()


def test_decimals_are_tried_one_ten_thousandth_apart() -> None:
    rule = '@id("r") forbid (principal, action == Action::"deploy", resource) when { context.risk > 0.75 };'
    cases = generate_tests(program_of(BROAD + rule, "coding-agent"), ["r"])
    assert {case["request"]["context"]["risk"]["__extn"]["arg"] for case in cases} == {"0.7499", "0.75", "0.7501"}


def test_a_permit_is_shown_with_the_default_deny_around_it() -> None:
    rule = """@id("r") permit (principal in Team::"billing", action == Action::"issue_refund", resource)
        when { context.amount <= 200 };"""
    cases = generate_tests(program_of(rule), ["r"])
    assert cases[0]["expect"] == "allow"
    assert {case["expect"] for case in cases[1:]} == {"allow", "deny"}
    assert any("not in team billing" in name and name.endswith("denied") for name in names(cases))


def test_a_procedure_holds_by_name() -> None:
    rule = """procedure big { on action == Action::"issue_refund" when amount > 500
        require approval from principal where principal.role == "lead" with timeout 1 hour }"""
    cases = generate_tests(program_of(BROAD + rule))
    held = [case for case in cases if case["expect"] == "hold"]
    assert {case["procedure"] for case in held} == {"big"}
    assert any(case["request"]["context"].get("amount") == 500 and case["expect"] == "allow" for case in cases)


def test_a_missing_optional_attribute_is_tried() -> None:
    text = (
        (DATA / "support-swarm.cedarschema")
        .read_text(encoding="utf-8")
        .replace("category: String,", "category?: String,", 1)
    )
    source = (
        BROAD
        + """@id("r") forbid (principal, action == Action::"close_ticket", resource)
        when { if resource has category then resource.category == "sensitive" else true };"""
    )
    program = check(source, read_schema(text)).program
    assert program is not None
    assert "close_ticket: category missing → denied" in names(generate_tests(program, ["r"]))


def test_everything_generated_is_valid_true_unreviewed_unique_and_stable() -> None:
    for corpus in ("support-swarm", "coding-agent", "finance-operations"):
        rules = [
            case.rules
            for case in all_cases()
            if case.corpus == corpus and case.rules and "manual_review" not in case.rules
        ]
        seen: dict[str, None] = {}
        for rule in rules:
            seen[rule] = None
        sources: list[str] = [BROAD]
        for rule in seen:
            if check("\n".join([*sources, rule]), schema_of(corpus)).program is not None:
                sources.append(rule)
        program = program_of("\n".join(sources), corpus)
        cases = generate_tests(program)
        assert cases == generate_tests(program)
        assert len(set(names(cases))) == len(cases) > 40
        evaluator = Evaluator(program)
        for case in cases:
            decision = evaluator.decide(Request.from_json(case["request"]), case["entities"])
            assert decision.code not in ("invalid_request", "invalid_entity"), (case["name"], decision.remedy)
            assert decision.outcome == case["expect"]
            assert "reviewed_by" not in case


def test_without_a_schema_there_is_nothing_to_generate() -> None:
    program = check("permit (principal, action, resource);", None).program
    assert program is not None
    assert generate_tests(program) == []


# ---- with the solver -------------------------------------------------------------------------------------------------

COUPLED = (
    BROAD + '@id("r") forbid (principal, action == Action::"close_ticket", resource) '
    "when { resource.owner.trust < principal.trust && resource.owner.trust * 2 > 7 };"
)


def test_the_solver_flips_what_simple_settings_do_not() -> None:
    """An owner's trust between two bounds, one of them the principal's own: no single setting does that."""
    program = program_of(COUPLED)
    plain, solved = generate_tests(program, ["r"]), generate_tests(program, ["r"], solve=True)
    assert solved[: len(plain)] == plain
    assert score(program, solved, Task()).ratio > score(program, plain, Task()).ratio
    assert not unpaired(program, program.by_id["r"], solved, Alone(program.schema))  # type: ignore[arg-type]
    evaluator = Evaluator(program)
    for case in solved:
        assert evaluator.decide(Request.from_json(case["request"]), case["entities"]).outcome == case["expect"]
    assert len(set(names(solved))) == len(solved)
    list(pairs(program, Task()))  # what was asked before does not show
    assert solved == generate_tests(program, ["r"], solve=True)


def test_the_solver_is_not_asked_where_every_condition_flips(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Any:
        raise AssertionError("the solver was loaded")

    monkeypatch.setattr(solver, "_z3", missing)
    program = program_of(BROAD + '@id("r") forbid (principal, action, resource) when { principal.trust > 5 };')
    assert generate_tests(program, ["r"], solve=True) == generate_tests(program, ["r"])


def test_without_the_solver_requests_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """No pairs for what is coupled; but a case for each mistake that trying shows."""

    def missing() -> Any:
        raise SolverMissing

    program = program_of(BROAD + '@id("r") permit (principal, action == Action::"reply", resource);')
    solved = generate_tests(program, ["r"], solve=True)
    monkeypatch.setattr(solver, "_z3", missing)
    monkeypatch.setattr(mutation, "_TRIES", 2_000)
    monkeypatch.setattr(mutation, "_TRIES_EACH", 50)
    assert {case["expect"] for case in solved} == {case["expect"] for case in generate_tests(program, solve=True)}
    coupled = program_of(COUPLED)
    plain, tried = generate_tests(coupled, ["r"]), generate_tests(coupled, ["r"], solve=True)
    assert tried[: len(plain)] == plain
    assert score(coupled, tried, Task()).ratio > score(coupled, plain, Task()).ratio
    assert tried == generate_tests(coupled, ["r"], solve=True)


# ---- limits ----------------------------------------------------------------------------------------------------------


def test_a_question_ends_by_the_steps_that_it_takes_and_not_by_the_clock() -> None:
    """So that the tests of a text do not depend on how busy the machine is."""
    program = program_of(COUPLED)
    rule = program.by_id["r"]
    hasty = Judge(program, Task(limit_ms=1, effort=EFFORT)).changed(rule, None)
    assert hasty.verdict == "differs", "a millisecond would not have been enough"
    lazy = Judge(program, Task(limit_ms=60_000, effort=1)).changed(rule, None)
    assert lazy.verdict == "undecided", "one step is not, whatever the time"


def test_every_question_of_generation_is_limited_by_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    made = Question.__init__

    def noted(self: Question, translator: Any, limit_ms: int, stop: Any, effort: int = 0) -> None:
        asked.append(effort)
        made(self, translator, limit_ms, stop, effort)

    monkeypatch.setattr(Question, "__init__", noted)
    generate_tests(program_of(COUPLED), ["r"], solve=True)
    assert set(asked) == {EFFORT}


def test_generation_can_be_stopped_and_tells_how_far_it_is() -> None:
    said: list[str] = []
    generate_tests(program_of(COUPLED), solve=True, task=Task(tell=lambda progress: said.append(progress.what)))
    assert "looking for test cases that notice mistakes" in said
    task = Task()
    task.stop.set()
    with pytest.raises(Stopped):
        generate_tests(program_of(COUPLED), solve=True, task=task)
