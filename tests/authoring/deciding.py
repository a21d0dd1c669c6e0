"""Whether two sets of rules decide alike: what the grader of the corpora asks, instead of comparing texts.

Permits and forbids are compared alone and over a rule that permits everything, so that neither hides behind the
default; preferences as what they apply to, score by score; procedures by what they hold, by whom they let approve, and
by their times. Proved where there is a solver, else looked for among requests made of the constants of both. The order
of conditions is of no account where all data is there, so that is assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from random import Random
from typing import TypeAlias, TypeVar

from tests.analysis.worlds import environments, worlds
from workbench.analysis.assumptions import Assumption
from workbench.analysis.equivalence import equivalent
from workbench.analysis.task import SolverMissing, Task
from workbench.engine.entities import Entities
from workbench.engine.evaluator import Evaluator
from workbench.language.ast import (
    ActionScope,
    Condition,
    EntityScope,
    Expr,
    Fallback,
    Policy,
    Prefer,
    Procedure,
    Scope,
    Statement,
)
from workbench.language.check import check
from workbench.language.program import Program, Rule
from workbench.language.render import render_statement
from workbench.language.schema import Schema

Kind = TypeVar("Kind")
Same: TypeAlias = Callable[[Program, Program], bool]
_ANY = EntityScope("any")
_BROAD = Policy("permit", Scope(_ANY, ActionScope("any"), _ANY), ())
_WORLDS = 120


def alike(one: Sequence[Statement], other: Sequence[Statement], schema: Schema, same: Same | None = None) -> bool:
    """Whether both mean the same under ``schema``; ``same`` decides it of two programs of permits and forbids."""
    if tuple(one) == tuple(other):
        return True
    judge = _Judge(schema, same or proved)
    return (
        judge.policies(*(tuple(s for s in side if isinstance(s, Policy)) for side in (one, other)))
        and _matched(*([s for s in side if isinstance(s, Prefer)] for side in (one, other)), judge.preferences)
        and _matched(*([s for s in side if isinstance(s, Procedure)] for side in (one, other)), judge.procedures)
    )


class _Judge:
    def __init__(self, schema: Schema, same: Same) -> None:
        self._schema = schema
        self._same = same

    def policies(self, one: tuple[Policy, ...], other: tuple[Policy, ...]) -> bool:
        if set(one) == set(other):
            return True
        sides = (one, other)
        alone = tuple(tuple(p for p in side if p.effect == "permit") for side in sides)
        if any(alone) and not self._programs(*sides):
            return False
        return self._programs((*one, _BROAD), (*other, _BROAD))

    def _programs(self, one: tuple[Policy, ...], other: tuple[Policy, ...]) -> bool:
        return self._same(self._program(one), self._program(other))

    def _program(self, statements: tuple[Policy, ...]) -> Program:
        result = check("\n".join(render_statement(statement) for statement in dict.fromkeys(statements)), self._schema)
        assert result.program is not None, result.errors
        return result.program

    def preferences(self, one: Prefer, other: Prefer) -> bool:
        applies = [(Policy("permit", p.scope, p.conditions),) for p in (one, other)]
        return one.score == other.score and self.policies(*applies)

    def procedures(self, one: Procedure, other: Procedure) -> bool:
        if _terms(one) != _terms(other) or not self._expressions(one, one.when, other, other.when):
            return False
        return all(
            mine.count == theirs.count and self._expressions(one, mine.where, other, theirs.where)
            for mine, theirs in zip(one.requires, other.requires, strict=True)
        )

    def _expressions(self, one: Procedure, mine: Expr | None, other: Procedure, theirs: Expr | None) -> bool:
        if mine == theirs and one.action == other.action:
            return True
        return self.policies((_permit(one, mine),), (_permit(other, theirs),))


def _terms(procedure: Procedure) -> tuple[object, ...]:
    times = (procedure.timeout, procedure.timelock)
    return (
        procedure.amendment,
        len(procedure.requires),
        *(time.seconds if time is not None else None for time in times),
        *(_fallback(fallback) for fallback in (procedure.on_timeout, procedure.on_rejection)),
    )


def _fallback(fallback: Fallback | None) -> tuple[str, str | None]:
    return ("deny", None) if fallback is None else (fallback.kind, fallback.procedure)


def _permit(procedure: Procedure, when: Expr | None) -> Policy:
    conditions = () if when is None else (Condition("when", when),)
    return Policy("permit", Scope(_ANY, procedure.action or ActionScope("any"), _ANY), conditions)


def _matched(ones: list[Kind], others: list[Kind], same: Callable[[Kind, Kind], bool]) -> bool:
    """Whether each of the ones has a partner of its own among the others (being the same is transitive)."""
    left = list(others)
    for one in ones:
        partner = next((index for index, other in enumerate(left) if same(one, other)), None)
        if partner is None:
            return False
        del left[partner]
    return not left


# ---- of two programs of permits and forbids ------------------------------------------------------------------------


def proved(one: Program, other: Program) -> bool:
    """By proof; what the solver leaves open, or is not there to say, is looked for instead."""
    try:
        verdict = equivalent(one, other, Task(Assumption("cedar+", "complete"))).verdict
    except SolverMissing:
        return enumerated(one, other)
    return verdict == "same" if verdict in ("same", "differs") else enumerated(one, other)


def enumerated(one: Program, other: Program) -> bool:
    """By requests made of the constants of both programs and their neighbours, the same ones every time."""
    evaluators = Evaluator(one), Evaluator(other)
    return all(
        len({evaluator.decide(request, entities).outcome for evaluator in evaluators}) == 1
        for request, entities in _requests(one, other)
    )


def _requests(one: Program, other: Program) -> Iterator[tuple[dict[str, object], Entities]]:
    schema = one.schema
    assert schema is not None
    both = Program((*one.rules, *other.rules), schema)
    rng = Random(len(both.rules))
    digests = [{rule.digest for rule in program.rules} for program in (one, other)]
    changed = [rule for rule in both.rules if rule.digest in digests[0] ^ digests[1]]
    for environment in environments(schema):
        if not _bears(changed, environment.action, schema):  # elsewhere the two cannot differ
            continue
        for request, rows in islice(worlds(schema, environment, rng, both, complete=True), _WORLDS):
            yield request, Entities.from_json(rows, schema=schema)


def _bears(rules: Sequence[Rule], action: tuple[str, str], schema: Schema) -> bool:
    """Whether any of the rules speaks of the action."""
    for rule in rules:
        assert isinstance(rule.statement, Policy)
        scope = rule.statement.scope.action
        uids = {(named.type, named.id) for named in scope.entities}
        groups = {uid for uid in uids if uid in schema.actions and action in {a.uid for a in schema.members_of(uid)}}
        if scope.kind == "any" or action in uids or groups:
            return True
    return False
