"""Our engine against Cedar's: the same decision, the same reasons, the same erring policies, always."""

from __future__ import annotations

import os

import pytest

from tests.engine.generate import Generator
from tests.engine.support import Cedar, ours
from workbench.engine import Entities, Evaluator

ROUNDS = int(os.environ.get("WORKBENCH_FUZZ_ROUNDS", "60"))  # 40 decisions a round


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_random_policies(seed: int) -> None:
    """Forty loosely typed policies, some templates with links, asked forty times."""
    make = Generator(seed)
    policies = make.policies(36) + "\n" + "\n".join(make.policy(template=True) for _ in range(4))
    links = make.links([36, 37, 38, 39], 6)
    rows = make.entities()
    cedar, evaluator = Cedar(policies, rows, links=links), Evaluator.from_cedar(policies, links)
    entities = Entities.from_json(rows)
    for _ in range(40):
        request = make.request()
        assert ours(evaluator, request, entities) == cedar.decide(request), (seed, request)


def test_random_errors_are_frequent() -> None:
    """The generator is only worth something if policies err, match and stay silent in good numbers."""
    errors = reasons = 0
    for seed in range(4):
        make = Generator(seed)
        evaluator, rows = Evaluator.from_cedar(make.policies(40)), make.entities()
        for _ in range(20):
            _, matched, erring = ours(evaluator, make.request(), rows)
            errors, reasons = errors + len(erring), reasons + len(matched)
    assert errors > 80
    assert reasons > 60
