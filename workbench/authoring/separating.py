"""A request that separates readings where no generated test does: found by the solver, made as small as can be. Pure.

Without the solver there is none. Imports the analyses, and those that ask the solver only when something is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from workbench.analysis.results import Outcome, Witness
from workbench.analysis.task import SolverMissing, Task
from workbench.engine.evaluator import Evaluator
from workbench.language.program import Program

LIMIT_MS = 500
_MOST_FACTS = 3


def separated(programs: Sequence[Program]) -> tuple[str, tuple[str, ...], str] | None:
    """A request in words on which two of the readings differ, what each of all decides, and what would make them agree.

    ``None`` where there is none, none was found in time, or there is no solver.
    """
    from workbench.analysis.difference import difference
    from workbench.analysis.solver import afresh

    try:
        with afresh():  # the same sentence has the same question
            for one, other in combinations(programs, 2):
                found = difference(one, other, Task(limit_ms=LIMIT_MS)).witnesses
                if found:
                    witness = found[0][1].witness
                    decided = tuple(
                        Evaluator(each).decide(dict(witness.request), list(witness.entities)).outcome
                        for each in programs
                    )
                    return _in_words(one, other, witness), decided, _agreement(programs, one, witness)
    except SolverMissing:
        pass
    return None


def _in_words(one: Program, other: Program, witness: Witness) -> str:
    """Who does what to what, and the fields that the readings read of it."""
    from workbench.analysis.words import Voice, witness_said

    said = witness_said(witness, Voice(program=other, before=one), [rule.id for rule in (*one.rules, *other.rules)])
    facts = ", ".join(f"{fact.path} {fact.value}" for fact in said.read[:_MOST_FACTS])
    return f"{said.request.rstrip('.')}{f' where {facts}' if facts else ''}"


def _agreement(programs: Sequence[Program], one: Program, witness: Witness) -> str:
    """The smallest change after which the first reading decides as the other does now; empty where there is none."""
    from workbench.analysis.closest import closest
    from workbench.analysis.words_difference import change_words

    wanted: Outcome = witness.after.outcome
    found = closest(one, dict(witness.request), list(witness.entities), Task(limit_ms=LIMIT_MS), wanted=wanted)
    if not found.changes:
        return ""
    changes = ", ".join(map(change_words, found.changes))
    return f"reading {list(programs).index(one) + 1} would say the same with {changes}"
