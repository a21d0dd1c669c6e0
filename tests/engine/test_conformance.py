"""Cedar+'s own semantics, as data that another implementation could run (``tests/conformance/*.json``).

A file holds ``schema``, ``source``, ``entities`` and ``cases``. A case asks one ``request`` (with further ``entities``
and ``grants``) or ranks several (``rank``); every field of ``expect`` must hold: ``errors`` are rule ids, ``mentions``
is a word that the recorded message contains, ``rank`` lists are places in the input.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.support import evaluator
from workbench.engine import Decision, Entities, Evaluator, Request
from workbench.language.check import check

FILES = sorted((Path(__file__).parents[1] / "conformance").glob("*.json"))
SUITES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FILES}
CASES = [(name, case) for name, suite in SUITES.items() for case in suite["cases"]]
ENGINES: dict[str, Evaluator] = {}


def engine(name: str) -> Evaluator:
    if name not in ENGINES:
        ENGINES[name] = evaluator(SUITES[name]["source"], SUITES[name]["schema"])
    return ENGINES[name]


def test_the_suite_is_there() -> None:
    assert {"decide", "fail_closed", "procedure", "prefer", "decimal", "stage"} <= SUITES.keys()
    assert len(CASES) > 55


@pytest.mark.parametrize("name", SUITES)
def test_the_suite_is_clean_cedar_plus(name: str) -> None:
    """Fail closed needs rules that can fail, which the validator refuses; all other sources pass the whole check."""
    result = check(SUITES[name]["source"], SUITES[name]["schema"])
    refused = {found.code for found in result.errors}
    assert refused <= {"CP002"}
    assert (not refused) or name in ("fail_closed", "procedure", "prefer", "stage")


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}: {case['name']}" for name, case in CASES])
@pytest.mark.parametrize("parsed_once", [True, False], ids=["store", "list"])
def test_case(name: str, case: dict[str, Any], parsed_once: bool) -> None:
    suite, expect = SUITES[name], case["expect"]
    own = case.get("entities", [])
    entities: Any = [*suite["entities"], *own]
    if parsed_once and expect.get("code") != "invalid_entity":
        entities = Entities.from_json(suite["entities"], schema=engine(name).schema).with_added(own)
    if "rank" in case:
        ranking = engine(name).rank([Request.from_json(request) for request in case["rank"]], entities)
        for field, places in expect.items():
            assert [place for place, _ in getattr(ranking, field)] == places, field
        return
    decision = engine(name).decide(Request.from_json(case["request"]), entities, grants=case.get("grants", ()))
    for field, wanted in expect.items():
        assert observed(decision, field, wanted) == wanted, field


def observed(decision: Decision, field: str, wanted: Any) -> Any:
    match field:
        case "errors":
            return [error.rule for error in decision.errors]
        case "mentions":
            return wanted if wanted in decision.errors[0].message and wanted in decision.remedy else decision.errors
        case "score":
            return wanted if decision.score == Decimal(wanted) else str(decision.score)
        case _:
            value = getattr(decision, field)
            return list(value) if isinstance(value, tuple) else value
