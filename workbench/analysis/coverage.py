"""Which conditions test cases have met, true and false. Pure.

A condition counts where its rule is for the action asked about, and where it evaluates: what is guarded and absent is
neither true nor false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from workbench.analysis.conditions import action_scope, atoms_of, condition_of
from workbench.analysis.environments import acts
from workbench.analysis.examined import Alone, Examined, examine
from workbench.language.ast import Condition, EntityScope, Expr, Policy, Scope
from workbench.language.digest import core_digest
from workbench.language.program import Program, Rule
from workbench.language.render import render_expr


@dataclass(frozen=True, slots=True)
class Covered:
    """A condition of a rule, as text, and by how many cases it was true, and false. None at all: an action's case.

    A rule without conditions has one entry, with ``condition`` empty: cases that its scope lets through, and none.
    """

    rule: str
    condition: str
    true: int
    false: int

    @property
    def both(self) -> bool:
        """Whether it was met both ways; a rule without conditions has but one."""
        return bool(self.true and (self.false or not self.condition))


def coverage(program: Program, cases: Iterable[Mapping[str, Any]]) -> tuple[Covered, ...]:
    """Every condition of every rule that decides, in their order; cases that do not fit the schema count for nothing.

    Nothing without a schema.
    """
    if program.schema is None:
        return ()
    alone = Alone(program.schema)
    examined = examine(program, cases, alone)
    found: list[Covered] = []
    for rule in program.rules:
        scope = action_scope(rule)
        if rule.stage == "observe" or rule.kind == "prefer" or scope is None:
            continue
        schema = program.schema
        met = [
            case
            for case in examined
            if acts(scope, case.environment.action, _groups(case, schema.action_ancestors(case.environment.action)))
        ]
        atoms = atoms_of(condition_of(rule))
        for atom in atoms:
            said = [alone.said(_only(rule, atom), case.request, case.entities) for case in met]
            found.append(Covered(rule.id, render_expr(atom), said.count("satisfied"), said.count("nothing")))
        if not atoms:
            found.append(Covered(rule.id, "", len(met), 0))
    return tuple(found)


def _groups(case: Examined, ancestors: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    return {case.environment.action, *ancestors}


def _only(rule: Rule, atom: Expr) -> Rule:
    """A permit that holds where the atom does."""
    anyone, scope = EntityScope("any"), action_scope(rule)
    assert scope is not None
    policy = Policy("permit", Scope(anyone, scope, anyone), (Condition("when", atom),))
    return Rule(rule.id, core_digest(policy), "permit", policy, "", rule.span)
