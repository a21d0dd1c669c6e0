"""What a generated test case expects: what the program decides, and of the rest what its rule is about. Pure.

Imports engine, language, and what the analyses say a case can expect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.analysis.case_words import OUTCOMES, told_apart
from workbench.analysis.expecting import FIELDS, case_key, requires_of
from workbench.authoring.world import World
from workbench.engine.decision import Decision
from workbench.language.ast import Procedure
from workbench.language.program import Rule


def proposal(action: str, said: str, world: World, decision: Decision, rules: Sequence[Rule]) -> dict[str, Any]:
    """The case in the artifact's form, marked as generated. ``rules``: whose doing it is to show.

    A procedure's says what is asked of people, a preference's the score, that of a rule on trial whether it speaks;
    two procedures' names both.
    """
    case: dict[str, Any] = {
        "name": f"{action}: {said} → {OUTCOMES[decision.outcome]}",
        "request": dict(world.request),
        "entities": [dict(entity) for entity in world.entities],
        "expect": decision.outcome,
    }
    procedures = (rule.statement for rule in rules if isinstance(rule.statement, Procedure) and rule.stage == "enforce")
    own = [procedure for procedure in procedures if procedure.name in decision.procedures]
    if decision.outcome == "hold":
        case["procedure"] = own[0].name if own else decision.procedures[0]
        if own:
            case["requires"] = {procedure.name: requires_of(procedure) for procedure in own}
        if len(decision.procedures) > 1:
            case["procedures"] = list(decision.procedures)
    if any(rule.kind == "prefer" and rule.stage == "enforce" for rule in rules):
        case["score"] = str(decision.score)
    for rule in rules:
        if rule.stage == "observe":
            case.setdefault("observed" if rule.id in decision.observed else "unobserved", []).append(rule.id)
    return {**case, "origin": "generated"}


class Collected:
    """Cases of which no two ask the same; a later one adds what it expects to the earlier one."""

    def __init__(self) -> None:
        self._cases: dict[str, dict[str, Any]] = {}

    def add(self, case: Mapping[str, Any]) -> None:
        """Take it, with the mark of a proposal."""
        key = case_key(case)
        standing = self._cases.get(key)
        if standing is None:
            self._cases[key] = {**case, "origin": "generated"}
            return
        for name in FIELDS:
            if name not in case:
                continue
            if name == "requires":
                standing[name] = {**standing.get(name, {}), **case[name]}
            elif name in ("observed", "unobserved"):
                standing[name] = list(dict.fromkeys((*standing.get(name, ()), *case[name])))
            else:
                standing.setdefault(name, case[name])

    def named(self) -> list[dict[str, Any]]:
        """All, in the order in which they came; of two that had the same name, one tells what they differ in."""
        first: dict[str, Mapping[str, Any]] = {}
        made = []
        for case in self._cases.values():
            name = base = case["name"]
            if name in first:
                apart = told_apart(case, first[name])
                name = base = _with(name, apart)
            number = 2
            while name in first:
                name, number = f"{base} ({number})", number + 1
            first[name] = case
            made.append({**case, "name": name})
        return made


def _with(name: str, apart: str) -> str:
    said, arrow, outcome = name.rpartition(" → ")
    return f"{said}, {apart}{arrow}{outcome}" if apart else name
