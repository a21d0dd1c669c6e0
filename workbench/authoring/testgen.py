"""Test cases made from rules, deterministically: every condition flipped alone, every boundary, every exception. Pure.

What a case expects is what the whole program decides: a proposal, until a person confirms it. Requests fit the schema;
each is built so that, as far as simple settings can, this rule alone decides. Where the solver is asked too
(``solve``), it adds the pairs and boundaries that simple settings could not make (``solved``), and then a case for each
small mistake in the rules that no case notices yet (``analysis.mutation.directed``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from workbench.analysis.conditions import action_scope, atoms_of, condition_of
from workbench.analysis.task import Task
from workbench.authoring.casenames import describe
from workbench.authoring.clearing import ALTERNATIVES, Clearing, covers, decided, read_through
from workbench.authoring.expected import Collected, proposal
from workbench.authoring.forcing import ABSENT, Edits, Key, compared, force, path_of
from workbench.authoring.interactions import interactions
from workbench.authoring.lexicon import real_actions
from workbench.authoring.solved import directed_cases, solved_cases
from workbench.authoring.world import Impossible, Worlds
from workbench.engine.evaluator import Evaluator
from workbench.language.ast import Binary, EntityLit, Expr, GetAttr, Has, Var, walk
from workbench.language.program import Program, Rule
from workbench.language.schema import ActionType, Schema

MOST_PER_RULE = 40
_INVALID = ("invalid_request", "invalid_entity")


@dataclass(frozen=True, slots=True)
class _Case:
    """Settings that the rule's own condition asks for."""

    edits: Edits


def generate_tests(
    program: Program, rules: Iterable[str] | None = None, *, solve: bool = False, task: Task | None = None
) -> list[dict[str, Any]]:
    """Test cases for ``rules`` (ids; ``None`` for all) in the artifact's ``test_cases`` form, in rule order.

    Nothing for a program without a schema. Names are unique, and so is what is asked: request and entities. With
    ``solve`` the solver, where it is installed, looks for what simple settings could not do; the same program has the
    same cases whenever they are asked for, however busy the machine is. ``task`` tells how far it is, and stops it.
    Raises ``Stopped``.
    """
    if program.schema is None:
        return []
    wanted = None if rules is None else set(rules)
    whole = Evaluator(program)
    chosen = [rule for rule in program.rules if wanted is None or rule.id in wanted]
    ids = [rule.id for rule in chosen]
    through = read_through(program)
    of_rule = {rule.id: list(_Generator(program, whole, rule, through).cases()) for rule in chosen}
    more = list(interactions(program, whole, set(ids)))
    if solve:
        for name, found in solved_cases(program, of_rule, task or Task()).items():
            of_rule[name] += found
    collected = Collected()
    for case in (*(case for name in ids for case in of_rule[name]), *more):
        collected.add(case)
    if solve:
        for found_case in directed_cases(program, collected.named(), ids, task or Task()):
            collected.add(found_case)
    return collected.named()


class _Generator:
    """Cases of one rule."""

    def __init__(self, program: Program, whole: Evaluator, rule: Rule, through: frozenset[Key]) -> None:
        assert program.schema is not None
        schema = self._schema = program.schema
        self._whole = whole
        self._rule = rule
        self._actions = [action for action in real_actions(schema) if covers(rule, action, schema)]
        self._clearing = Clearing(program, {rule.id}, self._actions)
        self._through = through

    def cases(self) -> Iterator[dict[str, Any]]:
        """In the order in which the rule's conditions stand; none for what no request asks about."""
        if action_scope(self._rule) is None:
            return
        count = 0
        for index, action in enumerate(self._actions):
            worlds = Worlds(self._schema, action, self._through)
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
        for base in islice(force(condition, True, {}), ALTERNATIVES):
            keys = _keys(atom)
            rest = {k: v for k, v in base.items() if not any(k[: len(key)] == key for key in keys)}
            for truth in (True, False):
                for near in islice(force(atom, truth, rest), ALTERNATIVES):
                    if near != base:
                        yield _Case(near)
                        break
        for near in islice(force(condition, False, {}), ALTERNATIVES):
            yield _Case(near)
        for base in islice(force(condition, True, {}), ALTERNATIVES):
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
        permits = self._rule.kind == "permit" and self._rule.stage == "enforce"
        try:
            world = worlds.build(self._clearing.cleared(worlds, action, dict(case.edits), permits=permits))
        except Impossible:
            return None
        decision = decided(self._whole, world)
        if decision.code in _INVALID:
            return None
        said = describe(condition_of(self._rule), case.edits)
        return proposal(action.id, said, world, decision, [self._rule])


def _around(condition: Expr, pinned: Edits) -> Iterator[Edits]:
    """The other atoms set as when the condition holds, with the number pinned."""
    for base in islice(force(condition, True, {}), ALTERNATIVES):
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
