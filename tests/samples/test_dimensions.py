"""A sample for each dimension that norms speak about, run as a user would run it, on both engines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from workbench import Constitution
from workbench.engine import Decision, Entities, Evaluator, Request
from workbench.language.check import check
from workbench.language.format import format_source
from workbench.language.program import Program, Rule
from workbench.service.samples import samples_root
from workbench.service.testing import run_cases

ROOT = samples_root() / "dimensions"
EXPECTED = Path(__file__).parent / "expected"
DIMENSIONS = (
    "agent-actions",
    "amendment-rules",
    "escalation",
    "memory-access",
    "message-content",
    "resource-budgets",
    "temporal",
)


@cache
def constitution(name: str) -> Constitution:
    return Constitution.load(ROOT / name / "constitution.cedarplus")


@cache
def engine(name: str) -> Evaluator:
    return constitution(name).compile()


@cache
def loaded(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    return list(loaded(ROOT / name / "tests.json"))


def expectations(name: str) -> dict[str, dict[str, Any]]:
    """What each case must come to beyond its outcome: code, reasons, procedures, score, observed and erring rules."""
    return {expected["name"]: expected for expected in loaded(EXPECTED / f"{name}.json")}


def decided(name: str, case: dict[str, Any]) -> Decision:
    return engine(name).decide(Request.from_json(case["request"]), case["entities"])


def every_case() -> Iterator[Any]:
    for name in DIMENSIONS:
        for case in cases(name):
            yield pytest.param(name, case, id=f"{name}: {case['name']}")


def test_every_dimension_has_its_folder_and_nothing_else_is_there() -> None:
    assert {path.name for path in ROOT.iterdir()} == set(DIMENSIONS)
    for name in DIMENSIONS:
        present = {path.name for path in (ROOT / name).iterdir()}
        assert present >= {"constitution.cedarplus", "schema.cedarschema", "entities.json", "tests.json"}


@pytest.mark.parametrize("name", DIMENSIONS)
def test_it_is_clean_without_a_warning_and_formatted(name: str) -> None:
    text = (ROOT / name / "constitution.cedarplus").read_text(encoding="utf-8")
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
    assert [result.message for result in run.results if not result.passed or not result.engines_agree] == []
    assert len({case["name"] for case in cases(name)}) == len(run.results) >= 10
    assert run.reviewed == len(run.results)


@pytest.mark.parametrize(("name", "case"), every_case())
def test_a_case_comes_to_what_it_says_and_why(name: str, case: dict[str, Any]) -> None:
    decision = decided(name, case)
    expected = expectations(name)[case["name"]]
    found = {
        "name": case["name"],
        "code": decision.code,
        "reasons": list(decision.reasons),
        "procedures": list(decision.procedures),
        "score": str(decision.score),
        "observed": list(decision.observed),
        "errors": [error.rule for error in decision.errors],
    }
    assert found == expected
    assert decision.score == Decimal(expected["score"])


def test_no_expectation_is_left_over() -> None:
    for name in DIMENSIONS:
        assert list(expectations(name)) == [case["name"] for case in cases(name)]


def without(program: Program, dropped: Rule) -> Program:
    return Program(tuple(rule for rule in program.rules if rule is not dropped), program.schema)


def signature(decision: Decision) -> tuple[Any, ...]:
    return decision.outcome, decision.procedures, decision.score, decision.observed


def request_rules() -> Iterator[Any]:
    for name in DIMENSIONS:
        for rule in constitution(name).rules:
            if getattr(rule.statement, "amendment", None) is None:
                yield pytest.param(name, rule, id=f"{name}: {rule.id}")


@pytest.mark.parametrize(("name", "rule"), request_rules())
def test_the_cases_notice_when_a_rule_is_gone(name: str, rule: Rule) -> None:
    """Not merely that other reasons are given: the outcome, the procedures, the score or the record must differ.

    A procedure that only takes over from another's timeout is noticed by what it holds itself.
    """
    lesser = Evaluator(without(constitution(name).program, rule))
    noticed = [
        case["name"]
        for case in cases(name)
        if signature(lesser.decide(Request.from_json(case["request"]), case["entities"]))
        != signature(decided(name, case))
    ]
    assert noticed


@pytest.mark.parametrize("name", DIMENSIONS)
def test_its_world_fits_its_schema_and_its_cases(name: str) -> None:
    rows = loaded(ROOT / name / "entities.json")
    known = Entities.from_json(rows, schema=constitution(name).schema)
    assert len(rows) == len({json.dumps(row["uid"]) for row in rows})
    case = cases(name)[0]
    decision = engine(name).decide(Request.from_json(case["request"]), known)
    assert decision.outcome == case["expect"]
