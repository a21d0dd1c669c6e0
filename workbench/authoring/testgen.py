"""Test cases made from rules, deterministically: every condition flipped alone, every boundary, every exception. Pure.

``expect`` is what the whole program decides: a proposal, until a person confirms it. Requests fit the schema; each is
built so that, as far as simple settings can, this rule alone decides. Imports engine, language, forcing, world, solved,
and of the analyses what needs no solver.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from workbench.analysis.conditions import atoms_of, condition_of
from workbench.authoring.casenames import describe
from workbench.authoring.forcing import ABSENT, Edits, Key, compared, force, path_of
from workbench.authoring.lexicon import real_actions
from workbench.authoring.solved import solved_cases
from workbench.authoring.world import Impossible, World, Worlds
from workbench.engine.decision import Decision
from workbench.engine.evaluator import Evaluator
from workbench.engine.request import Request
from workbench.language.ast import (
    ActionScope,
    Binary,
    EntityLit,
    Expr,
    GetAttr,
    Has,
    Policy,
    Procedure,
    Var,
    walk,
)
from workbench.language.program import Program, Rule
from workbench.language.schema import ActionType, Schema

MOST_PER_RULE = 40
_ALTERNATIVES = 6
_REPAIRS = 12
_INVALID = ("invalid_request", "invalid_entity")
_WORDS = {"allow": "allowed", "deny": "denied", "hold": "held"}


@dataclass(frozen=True, slots=True)
class _Case:
    """Settings that the rule's own condition asks for."""

    edits: Edits
    note: str = ""


def generate_tests(
    program: Program, rules: Iterable[str] | None = None, *, solve: bool = False
) -> list[dict[str, Any]]:
    """Test cases for ``rules`` (ids; ``None`` for all) in the artifact's ``test_cases`` form, in rule order.

    Nothing for a program without a schema, and for preferences (they decide nothing). Names are unique. With ``solve``
    the solver, where it is installed, looks for what simple settings could not do: conditions that nothing flips yet.
    """
    if program.schema is None:
        return []
    wanted = None if rules is None else set(rules)
    whole = Evaluator(program)
    chosen = [rule for rule in program.rules if wanted is None or rule.id in wanted]
    of_rule = {rule.id: list(_Generator(program, whole, rule).cases()) for rule in chosen}
    if solve:
        for name, more in solved_cases(program, of_rule).items():
            of_rule[name] += more
    made: list[dict[str, Any]] = []
    seen: set[str] = set()
    names: set[str] = set()
    for case in (case for rule in chosen for case in of_rule[rule.id]):
        key = json.dumps([case["request"], case["entities"]], sort_keys=True)
        if key in seen:
            continue
        seen.add(key)
        name, number = case["name"], 2
        while name in names:
            name, number = f"{case['name']} ({number})", number + 1
        names.add(name)
        made.append({**case, "name": name})
    return made


class _Generator:
    """Cases of one rule."""

    def __init__(self, program: Program, whole: Evaluator, rule: Rule) -> None:
        assert program.schema is not None
        self._schema: Schema = program.schema
        self._whole = whole
        self._rule = rule
        others = tuple(other for other in program.rules if other is not rule)
        self._others = others
        self._rest = Evaluator(Program(others, program.schema, program.source))

    def cases(self) -> Iterator[dict[str, Any]]:
        statement = self._rule.statement
        if not isinstance(statement, (Policy, Procedure)):
            return
        if isinstance(statement, Procedure) and statement.action is None:
            return
        scope = statement.action if isinstance(statement, Procedure) else statement.scope.action
        actions = _covered(scope or ActionScope("any"), self._schema)
        count = 0
        for index, action in enumerate(actions):
            worlds = Worlds(self._schema, action)
            settings = self._settings(action)
            if index:  # the same conditions on further actions: one case each is enough
                settings = islice(settings, 1)
            for case in settings:
                done = self._finish(worlds, action, case)
                if done is not None:
                    yield done
                    count += 1
                if count >= MOST_PER_RULE:
                    return

    # ---- settings that the rule asks for

    def _settings(self, action: ActionType) -> Iterator[_Case]:
        condition = condition_of(self._rule)
        firing = next(iter(force(condition, True, {})), None)
        if firing is None:
            return
        yield _Case(firing)
        for atom in atoms_of(condition):
            yield from self._flipped(condition, atom)
            number = compared(atom)
            if number is not None:
                step = Decimal("0.0001") if number.decimal else Decimal(1)
                for value in (number.value - step, number.value, number.value + step):
                    around = next(iter(_around(condition, {number.key: value})), None)
                    if around is not None:
                        yield _Case(around)
            yield from self._missing(atom, action, firing)

    def _flipped(self, condition: Expr, atom: Expr) -> Iterator[_Case]:
        """Two settings that differ in ``atom`` alone and in the outcome of the rule (where simple settings can)."""
        for base in islice(force(condition, True, {}), _ALTERNATIVES):
            keys = _keys(atom)
            rest = {k: v for k, v in base.items() if not any(k[: len(key)] == key for key in keys)}
            for truth in (True, False):
                for near in islice(force(atom, truth, rest), _ALTERNATIVES):
                    if near != base:
                        yield _Case(near)
                        break
        for near in islice(force(condition, False, {}), _ALTERNATIVES):
            yield _Case(near)
        for base in islice(force(condition, True, {}), _ALTERNATIVES):
            yield _Case(base)

    def _missing(self, atom: Expr, action: ActionType, firing: Edits) -> Iterator[_Case]:
        for node in walk(atom):
            key = path_of(node) if isinstance(node, GetAttr) else None
            if key is not None and _optional(self._schema, action, key):
                rest = {k: v for k, v in firing.items() if k[: len(key)] != key}
                yield _Case({**rest, key: ABSENT})

    # ---- the rest of the world

    def _finish(self, worlds: Worlds, action: ActionType, case: _Case) -> dict[str, Any] | None:
        """The case as a test, in a world where the other rules stand back as far as they can."""
        edits = self._cleared(worlds, action, dict(case.edits))
        try:
            world = worlds.build(edits)
        except Impossible:
            return None
        decision = _decide(self._whole, world)
        if decision.code in _INVALID:
            return None
        said = describe(condition_of(self._rule), case.edits)
        expect = decision.outcome
        done: dict[str, Any] = {
            "name": f"{action.id}: {said} → {_WORDS[expect]}",
            "request": dict(world.request),
            "entities": [dict(entity) for entity in world.entities],
            "expect": expect,
        }
        if expect == "hold" and decision.procedures:
            done["procedure"] = decision.procedures[0]
        return done

    def _cleared(self, worlds: Worlds, action: ActionType, edits: Edits) -> Edits:
        """Settings added so that the other rules allow (for a permit: so that none forbids or holds)."""
        permit = self._rule.kind == "permit"
        best = edits
        for _ in range(_REPAIRS):
            try:
                decision = _decide(self._rest, worlds.build(best))
            except Impossible:
                return edits
            if decision.code == "allowed" or (permit and decision.code == "not_permitted"):
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
                if action not in _covered(other.statement.scope.action, self._schema):
                    continue
                for better in islice(force(condition_of(other), True, edits), _ALTERNATIVES):
                    if _buildable(worlds, better):
                        return better
        return None

    def _spared(self, worlds: Worlds, edits: Edits, blamed: set[str]) -> Edits | None:
        for other in self._others:
            name = other.statement.name if isinstance(other.statement, Procedure) else other.id
            if name in blamed or other.id in blamed:
                for better in islice(force(condition_of(other), False, edits), _ALTERNATIVES):
                    if better != edits and _buildable(worlds, better):
                        return better
        return None


def _buildable(worlds: Worlds, edits: Edits) -> bool:
    try:
        worlds.build(edits)
    except Impossible:
        return False
    return True


def _decide(evaluator: Evaluator, world: World) -> Decision:
    return evaluator.decide(Request.from_json(world.request), list(world.entities))


def _around(condition: Expr, pinned: Edits) -> Iterator[Edits]:
    """The other atoms set as when the condition holds, with the number pinned."""
    for base in islice(force(condition, True, {}), _ALTERNATIVES):
        rest = {k: v for k, v in base.items() if k not in pinned}
        yield {**rest, **pinned}
    yield pinned


def _keys(atom: Expr) -> list[Key]:
    """The inputs that an atom reads."""
    found: list[Key] = []
    for node in walk(atom):
        if isinstance(node, (GetAttr, Var)):
            key = path_of(node)
            if key is not None and len(key) > 1:
                found.append(key)
        if isinstance(node, Has):
            key = path_of(node.expr)
            if key is not None:
                found.append((*key, *node.path))
    match atom:
        case Binary(op="in", left=Var(name=name)):
            found.append((name, "#in"))
        case Binary(op=("==" | "!="), left=Var(name=name), right=EntityLit()):
            found.append((name, "#id"))
    return found


def _optional(schema: Schema, action: ActionType, key: Key) -> bool:
    records: Sequence[Any]
    if key[0] == "context":
        records = [action.context.attributes]
    else:
        names = action.principals if key[0] == "principal" else action.resources
        records = [schema.entity_types[name].attributes for name in names]
    return any(len(key) == 2 and key[1] in record and not record[key[1]].required for record in records)


def _covered(scope: ActionScope, schema: Schema) -> tuple[ActionType, ...]:
    everything = real_actions(schema)
    if scope.kind == "any":
        return everything
    uids = {(entity.type, entity.id) for entity in scope.entities}
    if scope.kind == "eq":
        return tuple(a for a in everything if a.uid in uids)
    return tuple(a for a in everything if a.uid in uids or uids & schema.action_ancestors(a.uid))
