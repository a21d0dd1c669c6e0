"""Cedar's own conformance corpus: decision, reasons and erring policies agree, however a policy has travelled.

Every case is asked three ways: as it is written, after the formatter (parse, format, parse), and after Cedar's JSON
(our tree written as Cedar's JSON policy form, which cedarpy reads and prints again). The data is the part of Cedar's
corpus that cedarpy itself decides; each case holds one request.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import cedarpy
import pytest

from tests.engine.support import DATA, Cedar, ours
from workbench.engine import Entities, Evaluator
from workbench.language.ast import Policy
from workbench.language.cedar_json import policy_to_json
from workbench.language.format import format_source
from workbench.language.lower import desugar
from workbench.language.parser import parse

CORPUS: list[dict[str, Any]] = [
    json.loads(line) for line in gzip.decompress((DATA / "cedar_corpus.jsonl.gz").read_bytes()).splitlines()
]
PARTS = 8  # so that a failure names few cases, and the work spreads over processes


def as_written(policies: str) -> str:
    return policies


def formatted(policies: str) -> str:
    return format_source(policies)


def through_json(policies: str) -> str:
    statements = parse(policies).statements
    static = {f"policy{n}": policy_to_json(s) for n, s in enumerate(map(desugar, statements)) if isinstance(s, Policy)}
    assert len(static) == len(statements) > 0
    return cedarpy.policies_from_json_str(json.dumps({"staticPolicies": static, "templates": {}, "templateLinks": []}))


WAYS = {"as written": as_written, "formatted": formatted, "through JSON": through_json}


def test_the_corpus_is_whole() -> None:
    """2,284 cases, the hand-written ones among them, with every outcome and both kinds of schema fit."""
    assert len(CORPUS) == len({case["name"] for case in CORPUS}) == 2284
    assert sum(case["name"].startswith("tests/") for case in CORPUS) > 60
    assert {case["decision"] for case in CORPUS} == {"allow", "deny"}
    assert sum(bool(case["errors"]) for case in CORPUS) > 100
    assert {case["validates"] for case in CORPUS} == {True, False}


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("way", WAYS)
def test_case_by_case(way: str, part: int) -> None:
    travel = WAYS[way]
    for case in CORPUS[part::PARTS]:
        evaluator = Evaluator.from_cedar(travel(case["policies"]))
        entities = Entities.from_json(case["entities"], schema=case["schema"], repeats=True)
        expected = case["decision"], sorted(case["reasons"]), sorted(case["errors"])
        assert ours(evaluator, case["request"], entities) == expected, case["name"]


def test_cedarpy_still_says_what_the_corpus_says() -> None:
    """Else the data, or the installed Cedar, has moved, and the agreement above means less than it seems to."""
    for case in CORPUS[::4]:
        cedar = Cedar(case["policies"], case["entities"], case["schema"])
        assert cedar.decide(case["request"]) == (case["decision"], sorted(case["reasons"]), sorted(case["errors"]))
