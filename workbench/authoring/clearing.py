"""Making the other rules stand back, so that what a test case shows is its own rule's doing. Pure.

Imports engine, language, forcing, world, and of the analyses what needs no solver.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice

from workbench.analysis.conditions import action_scope, condition_of
from workbench.analysis.environments import acts
from workbench.authoring.forcing import Edits, Key, force, path_of
from workbench.authoring.world import Impossible, World, Worlds
from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import GetAttr, Policy, Procedure, walk
from workbench.language.program import Program, Rule
from workbench.language.schema import ActionType, Schema

ALTERNATIVES = 6
_REPAIRS = 12


def decided(evaluator: Evaluator, world: World) -> Decision:
    """What is decided of a world."""
    return evaluator.decide(Request.from_json(world.request), list(world.entities))


def covers(rule: Rule, action: ActionType, schema: Schema) -> bool:
    """Whether the rule is for the action."""
    scope = action_scope(rule)
    return scope is not None and acts(scope, action.uid, {action.uid, *schema.action_ancestors(action.uid)})


def read_through(program: Program) -> frozenset[Key]:
    """The inputs that rules look further into: ``("principal", "team")`` where one reads ``principal.team.frozen``."""
    paths = (
        path_of(node)
        for rule in program.rules
        if action_scope(rule) is not None
        for node in walk(condition_of(rule))
        if isinstance(node, GetAttr)
    )
    return frozenset(path[:length] for path in paths if path is not None for length in range(2, len(path)))


class Clearing:
    """The rules of a program that can meet some of these actions, but for ``own``."""

    def __init__(self, program: Program, own: Collection[str], actions: Collection[ActionType]) -> None:
        assert program.schema is not None
        schema = self._schema = program.schema
        self._others = tuple(
            rule
            for rule in program.rules
            if rule.id not in own and any(covers(rule, action, schema) for action in actions)
        )
        self._rest = Evaluator(Program(self._others, schema, program.source))

    def cleared(self, worlds: Worlds, action: ActionType, edits: Edits, *, permits: bool) -> Edits:
        """Settings added so that the other rules allow, as far as simple settings can.

        ``permits``: it is enough that none forbids or holds, because the case's own rule is a permit.
        """
        best = edits
        for _ in range(_REPAIRS):
            try:
                decision = decided(self._rest, worlds.build(best))
            except Impossible:
                return edits
            if decision.code == "allowed" or (permits and decision.code == "not_permitted"):
                return best
            if decision.code == "not_permitted":
                better = self._permitted(worlds, action, best)
            else:
                blamed = set(decision.reasons) | set(decision.procedures) | {e.rule for e in decision.errors}
                better = self._spared(worlds, best, blamed)
            if better is None:
                return best
            best = better
        return best

    def _permitted(self, worlds: Worlds, action: ActionType, edits: Edits) -> Edits | None:
        for other in self._others:
            if other.kind == "permit" and other.stage == "enforce" and isinstance(other.statement, Policy):
                if not covers(other, action, self._schema):
                    continue
                for better in islice(force(condition_of(other), True, edits), ALTERNATIVES):
                    if _buildable(worlds, better):
                        return better
        return None

    def _spared(self, worlds: Worlds, edits: Edits, blamed: set[str]) -> Edits | None:
        for other in self._others:
            name = other.statement.name if isinstance(other.statement, Procedure) else other.id
            if name in blamed or other.id in blamed:
                for better in islice(force(condition_of(other), False, edits), ALTERNATIVES):
                    if better != edits and _buildable(worlds, better):
                        return better
        return None


def _buildable(worlds: Worlds, edits: Edits) -> bool:
    try:
        worlds.build(edits)
    except Impossible:
        return False
    return True
