"""Test cases that simple settings cannot make: the solver finds them, for conditions that no case flips yet. Pure.

Without the solver there are none. Imports the analyses, and those that ask the solver only when something is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.analysis.task import SolverMissing, Task
from workbench.engine.conversion import parse_uid
from workbench.language.program import Program

if TYPE_CHECKING:
    from workbench.analysis.results import Witness

MOST_CONDITIONS = 100
LIMIT_MS = 1_000
_WORDS = {"allow": "allowed", "deny": "denied", "hold": "held"}


def solved_cases(program: Program, cases: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
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
    task = Task(limit_ms=LIMIT_MS)
    try:
        with afresh():  # the same text has the same tests
            for each in pairs(program, task, list(wanted), wanted):
                if isinstance(each, Pair) and each.decides:
                    flipped.add((each.rule, each.condition))
                    for truth, witness in (("true", each.true_case), ("false", each.false_case)):
                        found[each.rule].append(_case(program, f"`{each.condition}` {truth}", witness))
            for limit in boundaries(program, task, list(wanted)):
                if (limit.rule, limit.condition) in flipped:
                    found[limit.rule].append(_case(program, limit.note, limit.case))
    except SolverMissing:
        return {}
    return found


def _case(program: Program, said: str, witness: Witness) -> dict[str, Any]:
    action, expect = parse_uid(witness.request["action"]).id, witness.after.outcome
    case: dict[str, Any] = {
        "name": f"{action}: {said} → {_WORDS[expect]}",
        "request": dict(witness.request),
        "entities": [dict(row) for row in witness.entities],
        "expect": expect,
    }
    if expect == "hold":
        case["procedure"] = getattr(program.by_id[witness.after.reasons[0]].statement, "name", "")
    return case
