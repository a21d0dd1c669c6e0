"""Test cases that simple settings cannot make: the solver finds them. Pure.

For conditions that no case flips yet (MC/DC) with their boundaries, which need the solver; and then for small mistakes
that no case notices, which without it are looked for by trying. Imports the analyses, and those that ask the solver
only when something is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.analysis.case_words import told_case
from workbench.analysis.task import SolverMissing, Task
from workbench.language.program import Program

if TYPE_CHECKING:
    from workbench.analysis.results import Witness

MOST_CONDITIONS = 100
EFFORT = 5_000_000  # steps of the solver for one question, the same on every machine; some milliseconds are usual


def solved_cases(
    program: Program, cases: Mapping[str, Sequence[Mapping[str, Any]]], task: Task
) -> dict[str, list[dict[str, Any]]]:
    """By rule id, for each condition that ``cases`` (by rule id) do not flip alone: a pair that does, and its boundary.

    Expectations are what ``program``, which has a schema, decides. At most :data:`MOST_CONDITIONS` are looked at.
    """
    from workbench.analysis.boundary import boundaries
    from workbench.analysis.examined import Alone
    from workbench.analysis.mcdc import Pair, pairs, unpaired
    from workbench.analysis.solver import afresh

    assert program.schema is not None
    alone, left, wanted = Alone(program.schema), MOST_CONDITIONS, {}
    for name, known in cases.items():
        missing = unpaired(program, program.by_id[name], known, alone)[:left]
        left -= len(missing)
        if missing:
            wanted[name] = missing
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in wanted}
    if not wanted:
        return found
    flipped: set[tuple[str, str]] = set()
    task = replace(task, effort=EFFORT)
    try:
        with afresh():  # the same text has the same tests
            for each in pairs(program, task, list(wanted), wanted):
                if isinstance(each, Pair) and each.decides:
                    flipped.add((each.rule, each.condition))
                    found[each.rule] += [_case(program, each.rule, side) for side in (each.true_case, each.false_case)]
            for limit in boundaries(program, task, list(wanted)):
                if (limit.rule, limit.condition) in flipped:
                    found[limit.rule].append(_case(program, limit.rule, limit.case))
    except SolverMissing:
        return {}
    return found


def directed_cases(
    program: Program, cases: Sequence[Mapping[str, Any]], rules: Collection[str], task: Task
) -> list[Mapping[str, Any]]:
    """A case for each mutant of ``rules`` (ids) that neither ``cases`` nor one of these before notices."""
    from workbench.analysis.mutation import directed
    from workbench.analysis.solver import afresh

    with afresh():
        found = directed(program, cases, replace(task, effort=EFFORT), rules=rules)
        return [case for _, case in found]


def _case(program: Program, rule: str, witness: Witness) -> dict[str, Any]:
    asked = {"request": dict(witness.request), "entities": [dict(row) for row in witness.entities]}
    expect = witness.after.outcome
    case: dict[str, Any] = {"name": told_case(program.by_id[rule], asked, expect), **asked, "expect": expect}
    if expect == "hold":
        names = [getattr(program.by_id[each].statement, "name", "") for each in witness.after.reasons]
        case["procedure"] = names[0]
        if len(names) > 1:
            case["procedures"] = names
    return case
