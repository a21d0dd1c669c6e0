"""Cedar+'s own semantics, as data that another implementation could run (``tests/conformance/``, see its README)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.support import evaluator
from workbench.engine import Decision, Entities, Evaluator, Grant, Request, case_key
from workbench.engine.entities import EntityError
from workbench.language.check import check

FOLDER = Path(__file__).parents[1] / "conformance"
SUITES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CASES = [(name, case) for name, suite in SUITES.items() for case in suite["cases"]]
ENGINES: dict[str, Evaluator] = {}

# What a file is about may need rules that can err, which the validator refuses; these files need none.
CLEAN = {"decide", "decimal", "grants", "memory", "requests", "entities", "sugar"}
FIELDS = {
    "outcome", "code", "retry", "reasons", "procedures", "errors", "observed", "score", "violation", "mentions",
    "reads", "missing", "allowed", "held", "denied", "scores",
}  # fmt: skip


def engine(name: str) -> Evaluator:
    if name not in ENGINES:
        ENGINES[name] = evaluator("\n".join(SUITES[name]["source"]), "\n".join(SUITES[name]["schema"]))
    return ENGINES[name]


def test_the_suite_is_there() -> None:
    named = {
        "decide",
        "fail_closed",
        "procedure",
        "prefer",
        "decimal",
        "stage",
        "grants",
        "rank",
        "requests",
        "entities",
    }
    assert named | {"memory", "evidence", "sugar", "erring_rules"} <= SUITES.keys()
    assert len(CASES) > 200
    for name, suite in SUITES.items():
        names = [case["name"] for case in suite["cases"]]
        assert len(names) == len(set(names)), name
        assert {field for case in suite["cases"] for field in case["expect"]} <= FIELDS, name


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_is_clean_cedar_plus(name: str) -> None:
    result = check("\n".join(SUITES[name]["source"]), "\n".join(SUITES[name]["schema"]))
    refused = {found.code for found in result.errors}
    assert refused <= (set() if name in CLEAN else {"CP002"})


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['name']}" for name, case in CASES])
@pytest.mark.parametrize("parsed_once", [True, False], ids=["store", "list"])
def test_case(name: str, case: dict[str, Any], parsed_once: bool) -> None:
    suite, expect = SUITES[name], case["expect"]
    own = case.get("entities", [])
    entities: Any = [*suite["entities"], *own]
    if parsed_once:
        store = Entities.from_json(suite["entities"], schema=engine(name).schema)
        if expect.get("code") == "invalid_entity":
            with pytest.raises(EntityError):
                store.with_added(own)
            return
        entities = store.with_added(own)
    grants = [grant if isinstance(grant, str) else bound(name, grant) for grant in case.get("grants", ())]
    if "rank" in case:
        check_ranking(engine(name), case["rank"], entities, grants, expect)
        return
    decision = engine(name).decide(case["request"], entities, grants=grants)
    for field, wanted in expect.items():
        assert observed(decision, field, wanted) == wanted, field


def bound(name: str, grant: dict[str, Any]) -> Grant:
    return Grant(grant["procedure"], case_key(Request.from_json(grant["request"]), engine(name).schema))


def check_ranking(
    engine: Evaluator, requests: list[Any], entities: Any, grants: Sequence[Any], expect: dict[str, Any]
) -> None:
    ranking = engine.rank(requests, entities, grants=grants)
    for field in ("allowed", "held", "denied"):
        assert [place for place, _ in getattr(ranking, field)] == expect[field], field
    if "scores" in expect:
        assert [decision.score for _, decision in ranking.allowed] == [Decimal(score) for score in expect["scores"]]


def observed(decision: Decision, field: str, wanted: Any) -> Any:
    match field:
        case "errors":
            return [error.rule for error in decision.errors]
        case "mentions":
            return wanted if wanted in decision.errors[0].message and wanted in decision.remedy else decision.errors
        case "score":
            return wanted if decision.score == Decimal(wanted) else str(decision.score)
        case "reads":
            return {item.rule: {read.path: read.value for read in item.reads} for item in decision.evidence}
        case "missing":
            found = {item.rule: [read.path for read in item.reads if read.missing] for item in decision.evidence}
            return {rule: paths for rule, paths in found.items() if paths}
        case _:
            value = getattr(decision, field)
            return list(value) if isinstance(value, tuple) else value
