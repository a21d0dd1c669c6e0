"""Where rules meet: two procedures that hold the same request, two preferences that weigh the same one. Pure.

That a forbid overrides a permit, and that a permit needs no forbid beside it, each rule's own cases show
(``authoring.testgen``). Imports engine, language, clearing, expected, forcing, world.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import combinations, islice
from typing import Any

from workbench.analysis.conditions import condition_of
from workbench.authoring.casenames import describe
from workbench.authoring.clearing import ALTERNATIVES, Clearing, covers, decided, read_through
from workbench.authoring.expected import proposal
from workbench.authoring.forcing import force
from workbench.authoring.lexicon import real_actions
from workbench.authoring.world import Impossible, Worlds
from workbench.engine.evaluator import Evaluator
from workbench.language.ast import Binary
from workbench.language.program import Program, Rule
from workbench.language.schema import ActionType

MOST_PAIRS = 6  # of an action: of many rules each meets its neighbours


def interactions(program: Program, whole: Evaluator, about: Collection[str]) -> Iterator[dict[str, Any]]:
    """One case for each two procedures, and each two preferences, that can apply together; one of them is ``about``
    (ids). ``program`` has a schema; ``whole`` decides as it does.
    """
    schema = program.schema
    assert schema is not None
    binding = [rule for rule in program.rules if rule.stage == "enforce"]
    seen: set[tuple[str, str]] = set()
    for action in real_actions(schema):
        for kind in ("procedure", "prefer"):
            meeting = [rule for rule in binding if rule.kind == kind and covers(rule, action, schema)]
            fresh = (
                (one, other)
                for one, other in combinations(meeting, 2)
                if (one.id in about or other.id in about) and (one.id, other.id) not in seen
            )
            for one, other in islice(fresh, MOST_PAIRS):
                case = _together(program, whole, action, one, other)
                if case is not None:
                    seen.add((one.id, other.id))
                    yield case


def _together(program: Program, whole: Evaluator, action: ActionType, one: Rule, other: Rule) -> dict[str, Any] | None:
    assert program.schema is not None
    both = Binary("&&", condition_of(one), condition_of(other))
    swapped = Binary("&&", condition_of(other), condition_of(one))  # a number is set by what comes first
    worlds = Worlds(program.schema, action, read_through(program))
    clearing = Clearing(program, {one.id, other.id}, [action])
    ways = (islice(force(condition, True, {}), ALTERNATIVES) for condition in (both, swapped))
    for edits in (way for found in ways for way in found):
        try:
            world = worlds.build(clearing.cleared(worlds, action, dict(edits), permits=False))
        except Impossible:
            continue
        decision = decided(whole, world)
        noted = {each.rule for each in decision.evidence}
        if {one.id, other.id} <= noted and decision.outcome != "deny":
            return proposal(action.id, describe(both, edits), world, decision, [one, other])
    return None
