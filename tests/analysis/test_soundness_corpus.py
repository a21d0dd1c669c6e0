"""Cedar's conformance corpus against the encoding: in each recorded world the terms decide what Cedar decided.

Those of its cases whose policies fit their schema. Some are asked of the solver too, with the recorded world pinned.
"""

from __future__ import annotations

from collections import Counter
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests.analysis.checks import Bench
from tests.analysis.pairs import rule_of
from tests.analysis.worlds import environments, worlds
from tests.engine.test_corpus import CORPUS
from workbench.analysis.assumptions import Assumption
from workbench.analysis.results import RequestEnvironment
from workbench.language.ast import Policy
from workbench.language.lower import desugar
from workbench.language.parser import parse
from workbench.language.program import Program
from workbench.language.schema import Schema
from workbench.language.schema_reader import read_schema

PARTS = 6
FITTING = [case for case in CORPUS if case["validates"]]


def bench(case: dict[str, Any]) -> Bench:
    statements = [desugar(surface) for surface in parse(case["policies"], max_depth=64).statements]
    rules = tuple(rule_of(each, f"policy{place}") for place, each in enumerate(statements) if isinstance(each, Policy))
    return Bench(Program(rules, schema_of(case["schema"])), case["schema"], Assumption("cedar", "missing"))


def schema_of(text: str) -> Schema:
    return read_schema(text)


def environment_of(case: dict[str, Any]) -> RequestEnvironment:
    request = case["request"]
    action = request["action"]
    return RequestEnvironment(request["principal"]["type"], (action["type"], action["id"]), request["resource"]["type"])


def check(case: dict[str, Any], *, pinned: bool) -> Counter[str]:
    """One case: the encoding alone, and through the solver."""
    made, environment = bench(case), environment_of(case)
    assert environment in environments(made.schema)
    actions = set(made.schema.actions)
    rows = [row for row in case["entities"] if (row["uid"]["type"], row["uid"]["id"]) not in actions]
    unique = {str(row["uid"]): row for row in rows}  # Cedar takes the same entity twice
    said = made.truth.said(case["request"], made.truth.entities(list(unique.values())))
    assert made.truth.outcome(said, "cedar") == case["decision"]
    assert sorted(said.erring) == sorted(case["errors"])
    world = case["request"], list(unique.values())
    made.encoding(environment, [world])
    if pinned:
        made.pinned(environment, *world)
        drawn = worlds(made.schema, environment, Random(case["name"]), made.program)
        made.bombard(environment, made.ask_rules(environment), islice(drawn, 3))
    return made.tally


@pytest.mark.parametrize("part", range(PARTS))
def test_in_the_recorded_world_the_terms_decide_what_cedar_decided(part: int) -> None:
    tally: Counter[str] = Counter()
    for place, case in enumerate(FITTING[part::PARTS]):
        tally += check(case, pinned=place % 2 == 0)
    assert tally["decisions in worlds"] > 200, tally
    assert tally["worlds pinned"] > 120, tally
    assert tally["unsupported"] < 20, tally
