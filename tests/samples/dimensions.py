"""The samples of ``samples/dimensions`` for the tests: each constitution loaded once, its cases, its world.

Imports the public package and the service that knows where samples lie.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from workbench import Constitution
from workbench.engine import Decision, Evaluator, Request
from workbench.language.ast import Procedure
from workbench.service.samples import samples_root

ROOT = samples_root() / "dimensions"
EXPECTED = Path(__file__).parent / "expected"
DIMENSIONS = (  # what the language's first design says that norms must be able to speak about
    "agent-actions",
    "amendment-rules",
    "escalation",
    "memory-access",
    "message-content",
    "resource-budgets",
    "temporal",
)


def path(name: str) -> Path:
    return ROOT / name / "constitution.cedarplus"


@cache
def constitution(name: str) -> Constitution:
    return Constitution.load(path(name))


@cache
def engine(name: str) -> Evaluator:
    return constitution(name).compile()


@cache
def _loaded(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def cases(name: str) -> list[dict[str, Any]]:
    """The test cases that ship with the sample, in the artifact's form."""
    return list(_loaded(ROOT / name / "tests.json"))


def case(name: str, called: str) -> dict[str, Any]:
    (found,) = [case for case in cases(name) if case["name"] == called]
    return found


def expectations(name: str) -> dict[str, dict[str, Any]]:
    """What each case must come to beyond its outcome: code, reasons, procedures, score, observed and erring rules."""
    return {expected["name"]: expected for expected in _loaded(EXPECTED / f"{name}.json")}


def world(name: str) -> list[dict[str, Any]]:
    """The entities that ship with the sample."""
    return list(_loaded(ROOT / name / "entities.json"))


def decided(name: str, case: dict[str, Any], **changes: Any) -> Decision:
    """The decision of a case, its context changed by ``context``, with any ``grants``."""
    asked = case["request"]
    request = Request.from_json({**asked, "context": {**asked["context"], **changes.pop("context", {})}})
    return engine(name).decide(request, case["entities"], **changes)


def procedure(name: str, called: str) -> Procedure:
    (found,) = [found for _, found in constitution(name).program.procedures if found.name == called]
    return found
