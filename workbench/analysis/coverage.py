"""Which conditions test cases have met, true and false, and between which cases one made the difference. Pure.

A condition counts where its rule is for the action asked about, and where it evaluates: what is guarded and absent is
neither true nor false. A *pair* (MC/DC) are two cases in which the condition differs, on which alone the rule hangs in
both, and in which the rule says different things (``analysis.mcdc`` looks for such pairs where there are none yet).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.analysis.conditions import action_scope, atoms_of, condition_of, hangs
from workbench.analysis.environments import acts
from workbench.analysis.examined import Alone, Examined, examine
from workbench.analysis.prover import Said
from workbench.analysis.staging import only
from workbench.language.ast import Expr
from workbench.language.program import Program, Rule
from workbench.language.render import render_expr

_VALUES: Mapping[Said, bool | None] = {"satisfied": True, "nothing": False, "erring": None}


@dataclass(frozen=True, slots=True)
class Covered:
    """A condition of a rule, as text, and by how many cases it was true, and false. None at all: an action's case.

    ``pair``: the names of two cases between which it alone makes the difference, the one where it is true first; empty
    where there are none. A rule without conditions has one entry, with ``condition`` empty: cases that its scope lets
    through, and none.
    """

    rule: str
    condition: str
    true: int
    false: int
    pair: tuple[str, str] | tuple[()] = ()

    @property
    def both(self) -> bool:
        """Whether it was met both ways; a rule without conditions has but one."""
        return bool(self.true and (self.false or not self.condition))

    @property
    def paired(self) -> bool:
        """Whether a pair shows that it makes a difference; a rule without conditions has none to show."""
        return bool(self.pair) or not self.condition


def coverage(program: Program, cases: Iterable[Mapping[str, Any]]) -> tuple[Covered, ...]:
    """Every condition of every rule for requests, in their order; cases that do not fit the schema count for nothing.

    Preferences, which weigh, and rules on trial, which only watch, have theirs. Nothing without a schema.
    """
    if program.schema is None:
        return ()
    alone = Alone(program.schema)
    examined = examine(program, cases, alone)
    found: list[Covered] = []
    for rule in program.rules:
        scope = action_scope(rule)
        if scope is None:
            continue
        schema = program.schema
        met = [
            case
            for case in examined
            if acts(scope, case.environment.action, _groups(case, schema.action_ancestors(case.environment.action)))
        ]
        found += _of_rule(rule, met, alone)
    return tuple(found)


def _of_rule(rule: Rule, met: Sequence[Examined], alone: Alone) -> Iterable[Covered]:
    condition = condition_of(rule)
    atoms = atoms_of(condition)
    if not atoms:
        yield Covered(rule.id, "", len(met), 0)
        return
    rows = [[alone.said(only(rule, atom), case.request, case.entities) for atom in atoms] for case in met]
    values = [[_VALUES[said] for said in row] for row in rows]
    for place, atom in enumerate(atoms):
        said = [row[place] for row in rows]
        pair = _pair(rule, condition, atoms, met, values, place)
        yield Covered(rule.id, render_expr(atom), said.count("satisfied"), said.count("nothing"), pair)


def _pair(
    rule: Rule,
    condition: Expr,
    atoms: Sequence[Expr],
    met: Sequence[Examined],
    values: Sequence[Sequence[bool | None]],
    place: int,
) -> tuple[str, str] | tuple[()]:
    """Of all pairs the one whose other conditions differ least, and among these the first."""
    hanging = [
        (case, row)
        for case, row in zip(met, values, strict=True)
        if row[place] is not None and rule.id in case.said and hangs(condition, atoms, row, place)
    ]
    best: tuple[int, str, str] | None = None
    for one, first in hanging:
        for other, second in hanging if first[place] else ():
            if not second[place] and {one.said[rule.id], other.said[rule.id]} == {"satisfied", "nothing"}:
                apart = sum(a != b for a, b in zip(first, second, strict=True))
                if best is None or apart < best[0]:
                    best = apart, one.name, other.name
                    if apart == 1:
                        return one.name, other.name
    return () if best is None else best[1:]


def _groups(case: Examined, ancestors: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    return {case.environment.action, *ancestors}
