"""A request that separates readings where no generated test does: found by the solver, made as small as can be. Pure.

Without the solver there is none. Imports the analyses, and those that ask the solver only when something is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from workbench.analysis.results import Outcome, Witness
from workbench.analysis.task import SolverMissing, Task
from workbench.engine.evaluator import Evaluator
from workbench.language.program import Program

LIMIT_MS = 500
_MOST_FACTS = 3
_MOST_COMPARED = 6  # readings, each with each other


@dataclass(frozen=True, slots=True)
class Separation:
    """A request on which two of the readings differ: in words, as data, what each of all readings decides on it.

    ``agreement``: what would make the two agree, where that is known.
    """

    example: str
    request: Mapping[str, Any]
    entities: tuple[Mapping[str, Any], ...]
    outcomes: tuple[str, ...]
    agreement: str = ""


def separated(programs: Sequence[Program], numbers: Sequence[int] = ()) -> Separation | None:
    """A request on which two of the readings differ. ``numbers``: what they are called (1, 2, … where not given).

    ``None`` where there is none, none was found in time, or there is no solver.
    """
    from workbench.analysis.difference import difference
    from workbench.analysis.solver import afresh

    try:
        with afresh():  # the same sentence has the same question
            for one, other in combinations(programs[:_MOST_COMPARED], 2):
                found = difference(one, other, Task(limit_ms=LIMIT_MS)).witnesses
                if found:
                    witness = found[0][1].witness
                    request, entities = dict(witness.request), list(witness.entities)
                    decided = tuple(Evaluator(each).decide(request, entities).outcome for each in programs)
                    example, agreement = (
                        _in_words(one, other, witness),
                        _agreement(_called(programs, one, numbers), one, witness),
                    )
                    return Separation(example, witness.request, witness.entities, decided, agreement)
    except SolverMissing:
        pass
    return None


def _in_words(one: Program, other: Program, witness: Witness) -> str:
    """Who does what to what, and the fields that the readings read of it."""
    from workbench.analysis.words import Voice, witness_said

    said = witness_said(witness, Voice(program=other, before=one), [rule.id for rule in (*one.rules, *other.rules)])
    facts = ", ".join(f"{fact.path} {fact.value}" for fact in said.read[:_MOST_FACTS])
    return f"{said.request.rstrip('.')}{f' where {facts}' if facts else ''}"


def _called(programs: Sequence[Program], one: Program, numbers: Sequence[int]) -> int:
    place = next(n for n, each in enumerate(programs) if each is one)
    return numbers[place] if numbers else place + 1


def _agreement(number: int, one: Program, witness: Witness) -> str:
    """The smallest change after which the one reading decides as the other does now; empty where there is none."""
    from workbench.analysis.closest import closest
    from workbench.analysis.words_difference import change_words

    wanted: Outcome = witness.after.outcome
    found = closest(one, dict(witness.request), list(witness.entities), Task(limit_ms=LIMIT_MS), wanted=wanted)
    if not found.changes:
        return ""
    changes = ", ".join(map(change_words, found.changes))
    return f"reading {number} would say the same with {changes}"
